// Why a run went up, in words with the numbers compared. Gradient descent on a
// function whose curvature is at most L falls at any rate below 2/L and can rise
// at any above (Nesterov 2004, section 1.2.3); a stochastic step needs less still.

import { figure } from './solver.js';

/**
 * @param what happened. @param step at which. @param bound L, NaN when none is known.
 * @param advice what to do, besides lowering the rate.
 */
export function divergenceReason(what: string, step: number, rate: number, bound: number, advice: string): string {
  const largest = 2 / bound;
  const cause =
    rate > largest
      ? `rate ${figure(rate)} > 2/L = ${figure(largest)}, the largest stable rate`
      : `rate ${figure(rate)}`;
  return `${what} at step ${step}: ${cause}. Lower the rate, ${advice}, or scale the features with standardize: true`;
}
