// Steepest descent as the methods with a memory need it: the first direction, the
// one after the memory was of no use, and the words for when even that is the end.

import { firstStepLength } from './first-step.js';
import { euclideanNorm, figure, type Halt, type SolverState } from './solver.js';

/** direction = −gradient; the first step to try along it. */
export function steepest({ parameters, value, gradient }: SolverState, direction: Float64Array): number {
  for (let i = 0; i < direction.length; i += 1) direction[i] = -(gradient[i] as number);
  const norm = euclideanNorm(gradient);
  return firstStepLength(parameters, value, norm) / norm;
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
