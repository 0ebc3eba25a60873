// Steepest descent as the methods with a memory need it: the first direction, the
// one after the memory was of no use, and how they know and say that they have come
// as far as float64 goes.

import { firstStepLength } from './first-step.js';
import { euclideanNorm, figure, type Halt, type SolverState } from './solver.js';

/** What a run has to show for itself, so that it ends when it only follows rounding about. */
export interface Progress {
  /** The lowest value, and the gradient norm that halved last. */
  lowestValue: number;
  halvedNorm: number;
  /** Iterations since either fell. */
  idle: number;
}

// Superlinear methods need few steps below the rounding of the value to end; ten bring a slow one three digits.
const mostIdle = 10;

export function emptyProgress(): Progress {
  return { lowestValue: Number.POSITIVE_INFINITY, halvedNorm: Number.POSITIVE_INFINITY, idle: 0 };
}

/** Call after each step; the reason to stop once the last ten neither lowered the value nor halved the gradient. */
export function withoutProgress(state: SolverState & Progress): Halt | undefined {
  if (state.value < state.lowestValue) {
    state.lowestValue = state.value;
    state.idle = 0;
    return undefined;
  }
  const norm = euclideanNorm(state.gradient);
  if (norm <= 0.5 * state.halvedNorm) {
    state.halvedNorm = norm;
    state.idle = 0;
    return undefined;
  }
  state.idle += 1;
  if (state.idle < mostIdle) return undefined;
  const what = `${state.idle} steps neither went below the value ${figure(state.lowestValue)} nor halved the gradient`;
  return { status: 'stalled', reason: `${what}, whose norm is ${figure(norm)}: as far as float64 lets it go` };
}

/** direction = −gradient/‖gradient‖, whose products neither overflow nor vanish; returns the first step to try along it. */
export function steepest({ parameters, value, gradient }: SolverState, direction: Float64Array): number {
  const norm = euclideanNorm(gradient);
  for (let i = 0; i < direction.length; i += 1) direction[i] = -(gradient[i] as number) / norm;
  return firstStepLength(parameters, value, norm);
}

/** When no step along −gradient lowers the value. */
export function endOfDescent(state: SolverState): Halt {
  const norm = figure(euclideanNorm(state.gradient));
  const what = `no step downhill lowers the value ${figure(state.value)} any further in float64`;
  return {
    status: 'stalled',
    reason: `${what}, gradient norm ${norm}: as far as rounding lets it go, or a wrong gradient (checkGradient tells)`,
  };
}
