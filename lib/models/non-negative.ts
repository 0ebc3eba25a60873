// The option that keeps coefficients from becoming negative: what it may be, and the
// bounds it makes. Standardisation divides by positive scales, so that they are the
// same on either scale. The intercept is never bounded.

import { expected, expectedBut } from '../errors.js';
import type { Bounds } from '../optimizers/solver.js';

/** All coefficients, none, or those of the columns named. */
export type NonNegative = boolean | readonly string[];

/** A copy. @throws ERR_GRADUS_OPTION */
export function checkNonNegative(value: unknown): NonNegative {
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return [...value];
  throw expected('ERR_GRADUS_OPTION', '`nonNegative`', 'true, false or an array of column names', value);
}

export function bindsAny(which: NonNegative): boolean {
  return which === true || (which !== false && which.length > 0);
}

/** Undefined where nothing is bounded. @param size of the parameters. @throws ERR_GRADUS_OPTION for a name that no column has. */
export function nonNegativeBounds(which: NonNegative, names: readonly string[], size: number): Bounds | undefined {
  if (!bindsAny(which)) return undefined;
  const lower = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  if (typeof which === 'boolean') lower.fill(0, 0, names.length);
  else {
    for (const name of which) {
      const j = names.indexOf(name);
      if (j < 0) throw expectedBut('ERR_GRADUS_OPTION', 'each name in `nonNegative`', 'that of a column', `'${name}'`);
      lower[j] = 0;
    }
  }
  return { lower, upper };
}
