// RMSProp (Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5, 2012):
// v ← ρv + (1 − ρ)g², θ ← θ − η·g / (√v + ε); centred (Graves 2013) v less the square of
// the average gradient; with momentum b ← μb + g/…, θ ← θ − η·b. Defaults are PyTorch's.

import { markCopy } from '../copies.js';
import { type EpsilonPlacement, rmsprop as rmspropKernel } from '../kernels/rules.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';
import type { Schedule } from '../schedules/schedule.js';
import { checkEpsilonPlacement, checkLearningRate, kernelArrays, type Rule, type RuleState, stepOnce } from './rule.js';
import type { Layout, OptimizerDescription } from './solver.js';

export interface RMSPropOptions {
  /** A positive number, or a schedule of the step (from 0). Default 1e-2. */
  readonly learningRate?: number | Schedule;
  /** ρ in (0, 1): how much of the average is kept. Default 0.99. */
  readonly decay?: number;
  /** ε > 0; default 1e-8. */
  readonly epsilon?: number;
  /** 'outside' (default): √v + ε; 'inside': √(v + ε). */
  readonly epsilonPlacement?: EpsilonPlacement;
  /** μ in [0, 1); default 0. */
  readonly momentum?: number;
  /** Divide by the deviation of the gradient in place of its size; default false. */
  readonly centered?: boolean;
}

const optionNames = ['learningRate', 'decay', 'epsilon', 'epsilonPlacement', 'momentum', 'centered'] as const;

export class RMSProp implements Rule {
  static {
    markCopy(RMSProp);
  }

  readonly name = 'RMSProp';
  readonly defaultBatchSize = 32;
  readonly learningRate: Schedule;
  readonly kernel: Rule['kernel'];
  readonly #options: Readonly<Required<Omit<RMSPropOptions, 'learningRate'>>>;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: RMSPropOptions = {}) {
    checkOptions(options, optionNames, 'RMSProp');
    this.learningRate = checkLearningRate(options.learningRate ?? 1e-2);
    this.#options = {
      decay: checkNumber(options.decay ?? 0.99, '`decay`', { above: 0, below: 1 }),
      epsilon: checkNumber(options.epsilon ?? 1e-8, '`epsilon`', { above: 0 }),
      epsilonPlacement: checkEpsilonPlacement(options.epsilonPlacement),
      momentum: checkNumber(options.momentum ?? 0, '`momentum`', { min: 0, below: 1 }),
      centered: checkBoolean(options.centered ?? false, '`centered`'),
    };
    this.kernel = rmspropKernel(this.#options);
  }

  /** { square }, { average } when centred, { momentum } with momentum: all zeros. */
  init({ size }: Layout): RuleState {
    return {
      square: new Float64Array(size),
      ...(this.#options.centered ? { average: new Float64Array(size) } : {}),
      ...(this.#options.momentum > 0 ? { momentum: new Float64Array(size) } : {}),
    };
  }

  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, state: RuleState): void {
    stepOnce(this.kernel, parameters, gradient, learningRate, 0, kernelArrays(this, state));
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: this.#options, learningRate: this.learningRate.description };
  }
}
