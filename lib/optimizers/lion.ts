// Lion (Chen et al. 2023, algorithm 2): θ ← (1 − η·λ)θ − η·sign(β₁m + (1 − β₁)g), m ← β₂m + (1 −
// β₂)g. Every parameter moves by η; a sign has no proximal form, so an l1 penalty is not for it.

import { markCopy } from '../copies.js';
import { lion as lionKernel } from '../kernels/rules.js';
import { checkNumber, checkOptions } from '../options.js';
import type { Schedule } from '../schedules/schedule.js';
import { checkLearningRate, kernelArrays, type Rule, type RuleState, stepOnce } from './rule.js';
import type { Layout, OptimizerDescription } from './solver.js';

export interface LionOptions {
  /** A positive number, or a schedule of the step (from 0). Default 1e-4, the paper's; a tenth of Adam's is usual. */
  readonly learningRate?: number | Schedule;
  /** β₁ in (0, 1): of the step. Default 0.9. */
  readonly beta1?: number;
  /** β₂ in (0, 1): of the average that is kept. Default 0.99. */
  readonly beta2?: number;
  /** λ ≥ 0: every step multiplies the parameters, intercept included, by 1 − η·λ. Default 0. */
  readonly weightDecay?: number;
}

export class Lion implements Rule {
  static {
    markCopy(Lion);
  }

  readonly name = 'Lion';
  readonly defaultBatchSize = 32;
  readonly learningRate: Schedule;
  readonly kernel: Rule['kernel'];
  readonly #options: Readonly<Required<Omit<LionOptions, 'learningRate'>>>;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LionOptions = {}) {
    checkOptions(options, ['learningRate', 'beta1', 'beta2', 'weightDecay'], 'Lion');
    this.learningRate = checkLearningRate(options.learningRate ?? 1e-4);
    this.#options = {
      beta1: checkNumber(options.beta1 ?? 0.9, '`beta1`', { above: 0, below: 1 }),
      beta2: checkNumber(options.beta2 ?? 0.99, '`beta2`', { above: 0, below: 1 }),
      weightDecay: checkNumber(options.weightDecay ?? 0, '`weightDecay`', { min: 0 }),
    };
    this.kernel = lionKernel(this.#options.beta1, this.#options.beta2, this.#options.weightDecay);
  }

  /** { average }: of the gradients, zeros. */
  init({ size }: Layout): RuleState {
    return { average: new Float64Array(size) };
  }

  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, state: RuleState): void {
    stepOnce(this.kernel, parameters, gradient, learningRate, 0, kernelArrays(this, state));
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: this.#options, learningRate: this.learningRate.description };
  }
}
