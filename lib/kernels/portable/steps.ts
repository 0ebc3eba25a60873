// The update rules of first-order methods, in place: the arithmetic of
// native/kernels/steps.inc. + − × ÷ √ only, so that given the same gradient every
// kernel set gives the same bits.

import type { RuleName } from '../kernels.js';

/**
 * One step over n = gradient.length parameters.
 * @param constant the rule's own number: momentum, or epsilon. @param state as long as the parameters; unused by 'sgd'.
 */
export type StepKernel = (
  gradient: Float64Array,
  rate: number,
  constant: number,
  parameters: Float64Array,
  state: Float64Array,
) => void;

/** θ ← θ − η·g. */
const sgd: StepKernel = (gradient, rate, _, parameters) => {
  for (let j = 0; j < gradient.length; j += 1) parameters[j] = parameters[j]! - rate * gradient[j]!;
};

/** b ← μ·b + g; θ ← θ − η·b (Polyak 1964; the rate outside the buffer, as in PyTorch). */
const momentum: StepKernel = (gradient, rate, mu, parameters, state) => {
  for (let j = 0; j < gradient.length; j += 1) {
    const b = mu * state[j]! + gradient[j]!;
    state[j] = b;
    parameters[j] = parameters[j]! - rate * b;
  }
};

/** The same with a look ahead: θ ← θ − η·(g + μ·b). */
const nesterov: StepKernel = (gradient, rate, mu, parameters, state) => {
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const b = mu * state[j]! + g;
    state[j] = b;
    parameters[j] = parameters[j]! - rate * (g + mu * b);
  }
};

/** s ← s + g²; θ ← θ − η·g / (√s + ε) (Duchi, Hazan, Singer 2011, figure 1). */
const adagrad: StepKernel = (gradient, rate, epsilon, parameters, state) => {
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const s = state[j]! + g * g;
    state[j] = s;
    parameters[j] = parameters[j]! - (rate * g) / (Math.sqrt(s) + epsilon);
  }
};

/** The same with ε inside the root: θ ← θ − η·g / √(s + ε). */
const adagradInside: StepKernel = (gradient, rate, epsilon, parameters, state) => {
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const s = state[j]! + g * g;
    state[j] = s;
    parameters[j] = parameters[j]! - (rate * g) / Math.sqrt(s + epsilon);
  }
};

export const stepKernels: Readonly<Record<RuleName, StepKernel>> = { sgd, momentum, nesterov, adagrad, adagradInside };
