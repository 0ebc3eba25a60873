// Node's own headers on this machine, so that node-gyp need not download them.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds include/node: the one named by npm_config_nodedir, or the one above the folder of `node`. */
export function nodeHeaders(): string | undefined {
  const { npm_config_nodedir: named } = process.env;
  if (named !== undefined && named !== '') return named;
  const folder = dirname(dirname(process.execPath));
  return existsSync(join(folder, 'include', 'node', 'common.gypi')) ? folder : undefined;
}
