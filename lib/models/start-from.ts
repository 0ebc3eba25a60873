// The start of a fit that its caller gives.

import { badEntry } from '../data/matrix-input.js';
import { checkLength } from '../options.js';

/** A copy of the start that was given, zeros without one. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function startFrom(given: ArrayLike<number> | undefined, size: number, unit: string): Float64Array {
  const start = new Float64Array(size);
  if (given === undefined) return start;
  checkLength(given.length, size, '`initial`', unit);
  for (let j = 0; j < size; j += 1) {
    const value = given[j];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw badEntry('`initial`', j, value);
    start[j] = value;
  }
  return start;
}
