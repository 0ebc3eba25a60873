// When a run that went up has diverged, and why, in words with the numbers
// compared. Gradient descent on a function whose curvature is at most L falls at
// any rate below 2/L and can rise at any above (Nesterov 2004, section 1.2.3); a
// stochastic step needs less still, and at a fixed rate hovers around a minimum.

import { figure } from './solver.js';

// A rise by this factor is divergence whatever the rate.
const steepRise = 100;

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

/** What happened to a loss that ended above its start; undefined when it only hovers: the rate is stable and the rise small. */
export function divergingRise(initial: number, loss: number, rate: number, bound: number): string | undefined {
  const diverges = rate > 2 / bound || loss > steepRise * Math.abs(initial);
  return loss > initial && diverges ? `the loss rose from ${figure(initial)} to ${figure(loss)}` : undefined;
}
