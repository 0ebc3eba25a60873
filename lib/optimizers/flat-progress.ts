// Progress where the value is flat to rounding: there the norm of the gradient, which
// is more accurate, still falls, though not at every step. A step that raises the
// value by no more than rounding over the lowest so far may therefore be taken, and
// the run is stalled when many such steps in a row bring no smaller norm.

import { valueRounding } from './line-search.js';
import type { SolverState } from './solver.js';

export interface FlatProgress {
  /** The lowest value and norm so far. */
  lowest: number;
  lowestNorm: number;
  /** Iterations since either fell, the value by more than rounding. */
  idle: number;
  /** The iteration noted last. */
  iteration: number;
}

export function noProgress(): FlatProgress {
  return { lowest: Number.POSITIVE_INFINITY, lowestNorm: Number.POSITIVE_INFINITY, idle: 0, iteration: -1 };
}

/** Called at the start of an iteration, `norm` that of its point; an iteration that was cut off and begun again counts once. */
export function noteProgress(progress: FlatProgress, { value, iteration }: SolverState, norm: number): void {
  if (progress.iteration === iteration) return;
  const isLower = value < progress.lowest - valueRounding(progress.lowest);
  progress.idle = isLower || norm < progress.lowestNorm ? 0 : progress.idle + 1;
  progress.lowest = Math.min(progress.lowest, value);
  progress.lowestNorm = Math.min(progress.lowestNorm, norm);
  progress.iteration = iteration;
}

/** Whether a value is no higher than the lowest, but for rounding. */
export function isNoRise({ lowest }: FlatProgress, value: number): boolean {
  return value <= lowest + valueRounding(lowest);
}
