// The line search of L-BFGS-B: that of wolfe.ts along a segment that stays in the box.
// Every trial is put back into the box, which x + t d may leave by a rounding, and on
// the bounds it should reach but for a rounding, so that they become active exactly.

import { type BoxState, clamp } from './box.js';
import type { Request, ValueGradientRequest } from './solver.js';
import { strongWolfe } from './wolfe.js';

export interface BoxSearchState extends BoxState {
  /** Where the step of length 1 ends, and the way there from the parameters. */
  readonly target: Float64Array;
  readonly direction: Float64Array;
  readonly trial: ValueGradientRequest;
}

const epsilon = 2 ** -52;
const largestStep = 1e10;

/**
 * Moves `state` along `direction`.
 * @param slope gradientᵀ·direction, negative.
 * @returns the step, or 0 when none lowers the value: the state is then unchanged.
 */
export function* searchInBox(state: BoxSearchState, slope: number): Generator<Request, number, void> {
  const { trial, direction } = state;
  const most = Math.max(1, largestFeasibleStep(state));
  const search = strongWolfe(state, trial, direction, slope, 1, most);
  for (;;) {
    const next = search.next();
    if (next.done) return next.value;
    putInside(state);
    yield next.value;
  }
}

/** The largest t with x + t d in the box. */
function largestFeasibleStep({ parameters, direction, lower, upper }: BoxSearchState): number {
  let most = largestStep;
  for (let i = 0; i < direction.length; i += 1) {
    const d = direction[i] as number;
    const end = (d > 0 ? upper[i] : lower[i]) as number;
    if (d !== 0) most = Math.min(most, (end - (parameters[i] as number)) / d);
  }
  return most;
}

function putInside({ trial, direction, parameters, lower, upper }: BoxSearchState): void {
  const { at } = trial;
  for (let i = 0; i < at.length; i += 1) {
    const to = clamp(at[i] as number, lower[i] as number, upper[i] as number);
    const end = ((direction[i] as number) > 0 ? upper[i] : lower[i]) as number;
    const rounding = 2 * epsilon * Math.max(Math.abs(to), Math.abs(parameters[i] as number));
    at[i] = direction[i] !== 0 && Math.abs(end - to) <= rounding ? end : to;
  }
}
