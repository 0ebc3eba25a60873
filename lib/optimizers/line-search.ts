// Backtracking line search with the Armijo condition f(x + tp) ≤ f + c₁·t·gᵀp
// (Nocedal and Wright, Numerical Optimization, algorithm 3.1), the next trial by
// quadratic interpolation. Two departures: a trial that is not finite means "too
// far", and where rounding drowns f a step counts when the gradient fell.

import { euclideanNorm, isFiniteState, type Request, type SolverState } from './solver.js';

const sufficientDecrease = 1e-4;
const epsilon = 2 ** -52;

/** |Δf| at or below this is rounding. */
export function valueRounding(value: number): number {
  return 16 * epsilon * Math.abs(value);
}

/**
 * Moves `state` along `direction` by the first accepted step length, at most `first`.
 * @param slope gᵀ·direction, negative.
 * @returns the step length, or 0 when no trial was accepted: the state is then unchanged.
 */
export function* backtrack(
  state: SolverState,
  direction: Float64Array,
  slope: number,
  first: number,
  trials = 40,
): Generator<Request, number, void> {
  const trial = {
    kind: 'value-gradient' as const,
    at: new Float64Array(direction.length),
    gradient: new Float64Array(direction.length),
    value: Number.NaN,
  };
  const norm = euclideanNorm(state.gradient);
  let t = first;
  for (let count = 0; count < trials; count += 1) {
    for (let i = 0; i < direction.length; i += 1) {
      trial.at[i] = (state.parameters[i] as number) + t * (direction[i] as number);
    }
    yield trial;
    const change = trial.value - state.value;
    if (isFiniteState(trial.value, trial.gradient)) {
      const lower = change <= sufficientDecrease * t * slope;
      const flat = Math.abs(change) <= valueRounding(state.value) && euclideanNorm(trial.gradient) < norm;
      if (lower || flat) {
        state.parameters.set(trial.at);
        state.gradient.set(trial.gradient);
        state.value = trial.value;
        return t;
      }
      const minimum = (-0.5 * slope * t * t) / (change - slope * t);
      t = Math.min(0.5 * t, Math.max(0.1 * t, minimum));
    } else {
      t *= 0.1;
    }
  }
  return 0;
}
