// What all saved linear models have in common: version, name and options.

import { describeValue, expected, expectedBut } from '../errors.js';
import { parseFormat } from './json-format.js';

export const formatVersion = 1;

/** The fields of a saved model of this name. @throws ERR_GRADUS_FORMAT */
export function parseModel(json: unknown, name: string): Readonly<Record<string, unknown>> {
  const fields = parseFormat(json, 'the model', 'gradus');
  if (fields.version !== formatVersion || fields.model !== name) {
    const got = `${describeValue(fields.model)} of version ${describeValue(fields.version)}`;
    throw expectedBut('ERR_GRADUS_FORMAT', 'the model', `a ${name} of version ${formatVersion}`, got);
  }
  return fields;
}

/** The saved options, for the constructor to check. @throws ERR_GRADUS_FORMAT */
export function savedOptions({ options = {} }: Readonly<Record<string, unknown>>): object {
  if (typeof options === 'object' && options !== null) return options;
  throw expected('ERR_GRADUS_FORMAT', 'the options of the model', 'an object', options);
}
