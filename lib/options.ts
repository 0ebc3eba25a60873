// Checks of option objects: unknown names and values out of range become typed
// errors before any work starts. Every public function with options calls these.

import { expected, expectedBut } from './errors.js';

type Range = {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
  readonly below?: number;
  readonly integer?: boolean;
};

/** Refuses anything but an object whose keys are all among `names`. */
export function checkOptions(options: unknown, names: readonly string[], owner: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw expected('ERR_GRADUS_OPTION', `the options of ${owner}`, 'an object', options);
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      const allowed = names.length ? `one of ${names.join(', ')}` : 'absent (there are none)';
      throw expected('ERR_GRADUS_OPTION', `each option of ${owner}`, allowed, name);
    }
  }
}

/** Whether an object's fields are what it holds: no array, no Map. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** A finite number in a range; returns it. */
export function checkNumber(value: unknown, what: string, range: Range = {}): number {
  const ok =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!range.integer || Number.isInteger(value)) &&
    (range.min === undefined || value >= range.min) &&
    (range.above === undefined || value > range.above) &&
    (range.max === undefined || value <= range.max) &&
    (range.below === undefined || value < range.below);
  if (!ok) throw expected('ERR_GRADUS_OPTION', what, describeRange(range), value);
  return value;
}

function describeRange(range: Range): string {
  const bounds = [
    range.min !== undefined ? `at least ${range.min}` : '',
    range.above !== undefined ? (range.above === 0 ? 'positive' : `above ${range.above}`) : '',
    range.max !== undefined ? `at most ${range.max}` : '',
    range.below !== undefined ? `below ${range.below}` : '',
  ].filter((part) => part !== '');
  const kind = range.integer ? 'an integer' : 'a finite number';
  return bounds.length ? `${kind}, ${bounds.join(' and ')}` : kind;
}

export function checkBoolean(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw expected('ERR_GRADUS_OPTION', what, 'true or false', value);
  return value;
}

export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function') throw expected('ERR_GRADUS_OPTION', what, 'a function', value);
}

/** Refuses an array of another length. */
export function checkLength(length: number, wanted: number, what: string, unit: string): void {
  if (length !== wanted) throw expectedBut('ERR_GRADUS_SHAPE', what, `${wanted} ${unit}`, `${length}`);
}
