// The update rules of the kernel sets with their options: which kernel, and what its
// scalars are at a step. All that depends on the step is computed here, in float64,
// once for every kernel set; the kernels (native/kernels/rules.inc, portable/steps.ts)
// have the formulas and their sources. Optimizers are made of these.
//
// Where libraries differ in more than a number the scalars express it. Keras keeps the
// rate in the momentum buffer, v ← μv − ηg: that is b with the factor μ·ηₜ₋₁/ηₜ in
// place of μ. Coupled weight decay (L2) is in the gradient that comes in.

import type { RuleName } from './kernels.js';
import { PowerComplement } from './powers.js';

/** What a kernel works with: so many arrays of state, and so many scalars a step. native/kernels/kernels.h holds the same. */
export const ruleShapes: Readonly<Record<RuleName, { readonly states: number; readonly scalars: number }>> = {
  sgd: { states: 0, scalars: 1 },
  momentum: { states: 1, scalars: 2 },
  nesterov: { states: 1, scalars: 2 },
  adagrad: { states: 1, scalars: 3 },
  rmsprop: { states: 1, scalars: 5 },
  rmspropMomentum: { states: 2, scalars: 6 },
  rmspropCentered: { states: 2, scalars: 5 },
  rmspropCenteredMomentum: { states: 3, scalars: 6 },
  adadelta: { states: 2, scalars: 4 },
  adam: { states: 2, scalars: 8 },
  amsgrad: { states: 3, scalars: 8 },
  lion: { states: 1, scalars: 6 },
  ftrl: { states: 2, scalars: 4 },
};

export interface FusedRule {
  readonly name: RuleName;
  /** True when the scalars change from step to step though the rate does not. */
  readonly countsSteps: boolean;
  /** Writes the scalars of a step, counted from 0, to out[at], out[at + 1], …; the rate is that of the step. */
  fill(rate: number, step: number, out: Float64Array, at: number): void;
}

/** θ ← θ − η·g. */
export function sgd(): FusedRule {
  return byRate('sgd', []);
}

/** State: the buffer. @param momentum μ. */
export function momentum(momentum: number, nesterov = false): FusedRule {
  return byRate(nesterov ? 'nesterov' : 'momentum', [momentum]);
}

/** 'outside': √v + ε; 'inside': √(v + ε). */
export type EpsilonPlacement = 'outside' | 'inside';

function epsilons(epsilon: number, placement: EpsilonPlacement): [outside: number, inside: number] {
  return placement === 'inside' ? [0, epsilon] : [epsilon, 0];
}

/** State: the sum of squared gradients. */
export function adagrad(epsilon: number, placement: EpsilonPlacement): FusedRule {
  return byRate('adagrad', epsilons(epsilon, placement));
}

export interface RMSPropKernelOptions {
  /** Of the averages; Hinton's .9. */
  readonly decay: number;
  readonly epsilon: number;
  readonly epsilonPlacement: EpsilonPlacement;
  /** 0 for none, which needs no buffer. */
  readonly momentum: number;
  readonly centered: boolean;
}

/** State: the average of squares, that of gradients when centered, the buffer with momentum. */
export function rmsprop({ decay, epsilon, epsilonPlacement, momentum, centered }: RMSPropKernelOptions): FusedRule {
  const constants = [decay, 1 - decay, ...epsilons(epsilon, epsilonPlacement)];
  if (momentum === 0) return byRate(centered ? 'rmspropCentered' : 'rmsprop', constants);
  return byRate(centered ? 'rmspropCenteredMomentum' : 'rmspropMomentum', [...constants, momentum]);
}

/** State: the averages of squared gradients and of squared steps. */
export function adadelta(decay: number, epsilon: number): FusedRule {
  return byRate('adadelta', [decay, 1 - decay, epsilon]);
}

export interface AdamKernelOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Kingma and Ba's second form (section 2, end): √v + ε̂, with all of the bias correction in the rate. */
  readonly epsilonHat: boolean;
  /** λ of the decoupled decay θ ← (1 − η·λ)·θ: AdamW. 0 for none. */
  readonly decay: number;
  readonly amsgrad: boolean;
}

/** State: the averages of gradients and of squares; with `amsgrad` the largest of the latter. */
export function adam({ beta1, beta2, epsilon, epsilonHat, decay, amsgrad }: AdamKernelOptions): FusedRule {
  const first = new PowerComplement(beta1);
  const second = new PowerComplement(beta2);
  return {
    name: amsgrad ? 'amsgrad' : 'adam',
    countsSteps: true,
    fill: (rate, step, out, at) => {
      const corrected = rate / first.at(step + 1);
      const root = Math.sqrt(second.at(step + 1));
      out[at] = 1 - rate * decay;
      out[at + 1] = epsilonHat ? corrected * root : corrected;
      out[at + 2] = beta1;
      out[at + 3] = 1 - beta1;
      out[at + 4] = beta2;
      out[at + 5] = 1 - beta2;
      out[at + 6] = epsilonHat ? 1 : 1 / root;
      out[at + 7] = epsilon;
    },
  };
}

/** State: the average of gradients. @param beta1 of the step. @param beta2 of the state. @param decay as AdamW's. */
export function lion(beta1: number, beta2: number, decay: number): FusedRule {
  const constants = [beta1, 1 - beta1, beta2, 1 - beta2];
  const fill = (rate: number, _: number, out: Float64Array, at: number): void => {
    out[at] = 1 - rate * decay;
    out[at + 1] = rate;
    copy(constants, out, at + 2);
  };
  return { name: 'lion', countsSteps: false, fill };
}

/**
 * FTRL-Proximal; η is McMahan's α. State: z and n. The parameters are a function of them: one that starts at θ ≠ 0 starts
 * with z = −θ·((β + √n) / α + λ₂) − sign(θ)·λ₁.
 */
export function ftrl(beta: number, l1: number, l2: number): FusedRule {
  const constants = [beta, l1, l2];
  const fill = (rate: number, _: number, out: Float64Array, at: number): void => {
    out[at] = 1 / rate;
    copy(constants, out, at + 1);
  };
  return { name: 'ftrl', countsSteps: false, fill };
}

/** A rule whose scalars are the rate and constants. */
function byRate(name: RuleName, constants: readonly number[]): FusedRule {
  const fill = (rate: number, _: number, out: Float64Array, at: number): void => {
    out[at] = rate;
    copy(constants, out, at + 1);
  };
  return { name, countsSteps: false, fill };
}

function copy(constants: readonly number[], out: Float64Array, at: number): void {
  for (let i = 0; i < constants.length; i += 1) out[at + i] = constants[i] as number;
}
