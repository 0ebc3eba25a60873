// A line search along the axis of one parameter, and the functions of Moré and Thuente.

import {
  emptyState,
  type Request,
  type SolverState,
  type ValueGradientRequest,
} from '../../../lib/optimizers/solver.js';

/** A function of x and its derivative. */
export type Line = (x: number) => readonly [number, number];

export interface Found {
  readonly step: number;
  readonly state: SolverState;
  readonly tried: readonly number[];
}

/** Searches f over the line x = t from 0 on; `slope` overrides the true one. */
export function along(
  f: Line,
  begin: (
    state: SolverState,
    trial: ValueGradientRequest,
    direction: Float64Array,
    slope: number,
  ) => Generator<Request, number, void>,
  slope?: number,
): Found {
  const state = emptyState({ size: 1, blocks: [] });
  const [value, gradient] = f(0);
  state.value = value;
  state.gradient[0] = gradient;
  const trial = {
    kind: 'value-gradient' as const,
    at: new Float64Array(1),
    gradient: new Float64Array(1),
    value: Number.NaN,
  };
  const tried: number[] = [];
  const steps = begin(state, trial, Float64Array.of(1), slope ?? gradient);
  let step = steps.next();
  for (; !step.done; step = steps.next()) {
    const at = trial.at[0] as number;
    tried.push(at);
    const [here, gradientHere] = f(at);
    trial.value = here;
    trial.gradient[0] = gradientHere;
  }
  return { step: step.value, state, tried };
}

/** The functions of Moré and Thuente (1994), formulas 5.1 to 5.3. */
export const moreThuente: readonly (readonly [string, Line])[] = [
  ['5.1', (x) => [-x / (x * x + 2), (x * x - 2) / (x * x + 2) ** 2]],
  ['5.2', (x) => [(x + 0.004) ** 5 - 2 * (x + 0.004) ** 4, 5 * (x + 0.004) ** 4 - 8 * (x + 0.004) ** 3]],
  [
    '5.3',
    (x) => {
      const [beta, l] = [0.01, 39];
      const wave = (2 * (1 - beta)) / (l * Math.PI);
      const bend = x <= 1 - beta ? 1 - x : x >= 1 + beta ? x - 1 : ((x - 1) ** 2 / beta + beta) / 2;
      const slope = x <= 1 - beta ? -1 : x >= 1 + beta ? 1 : (x - 1) / beta;
      return [bend + wave * Math.sin((l * Math.PI * x) / 2), slope + (1 - beta) * Math.cos((l * Math.PI * x) / 2)];
    },
  ],
];
