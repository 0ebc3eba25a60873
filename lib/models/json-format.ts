// The outer shape of what this package saves as JSON: an object that names its
// format. Who reads one goes on to its version and fields, none of which is trusted.

import { expected, expectedBut } from '../errors.js';

/**
 * The fields of an object of this format, given as JSON text or parsed.
 * @param what its name in messages. @throws ERR_GRADUS_FORMAT for text that does not parse and for anything else.
 */
export function parseFormat(json: unknown, what: string, format: string): Readonly<Record<string, unknown>> {
  let parsed = json;
  if (typeof json === 'string') {
    try {
      parsed = JSON.parse(json);
    } catch {
      throw expectedBut('ERR_GRADUS_FORMAT', what, 'JSON text', 'text that does not parse');
    }
  }
  const fields = parsed as Record<string, unknown> | null;
  if (typeof fields !== 'object' || fields === null || fields.format !== format) {
    throw expected('ERR_GRADUS_FORMAT', what, `an object with format '${format}'`, parsed);
  }
  return fields;
}

/** Whether this is an array of one or more names, each there once. */
export function areNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    Array.from(value).every((name) => typeof name === 'string' && name !== '') &&
    new Set(value).size === value.length
  );
}

/** Whether this is an array of so many finite numbers. */
export function areNumbers(value: unknown, length: number): value is readonly number[] {
  return Array.isArray(value) && value.length === length && Array.from(value).every(Number.isFinite);
}
