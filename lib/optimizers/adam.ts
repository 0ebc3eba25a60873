// Adam (Kingma and Ba 2015, algorithm 1): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ −
// η·m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ); AMSGrad (Reddi et al. 2018) divides by
// the largest v so far. AdamW (Loshchilov and Hutter 2019) shrinks θ by η·λ first, which
// an l2 penalty in the gradient would not do. Defaults are PyTorch's.

import { markCopy } from '../copies.js';
import { adam as adamKernel } from '../kernels/rules.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';
import type { Schedule } from '../schedules/schedule.js';
import { checkLearningRate, countedStep, type Rule, type RuleState } from './rule.js';
import type { Layout, OptimizerDescription } from './solver.js';

export interface AdamOptions {
  /** A positive number, or a schedule of the step (from 0). Default 1e-3. */
  readonly learningRate?: number | Schedule;
  /** β₁ in (0, 1): how much of the average gradient is kept. Default 0.9. */
  readonly beta1?: number;
  /** β₂ in (0, 1): how much of the average square is kept. Default 0.999. */
  readonly beta2?: number;
  /** ε > 0; default 1e-8. */
  readonly epsilon?: number;
  /** Divide by the largest average of squares so far; default false. */
  readonly amsgrad?: boolean;
}

export interface AdamWOptions extends AdamOptions {
  /** λ ≥ 0: every step multiplies the parameters, intercept included, by 1 − η·λ. Default 0.01. */
  readonly weightDecay?: number;
}

const optionNames = ['learningRate', 'beta1', 'beta2', 'epsilon', 'amsgrad'] as const;

abstract class AdamRule implements Rule {
  abstract readonly name: string;
  readonly defaultBatchSize = 32;
  readonly learningRate: Schedule;
  readonly kernel: Rule['kernel'];
  readonly #options: Readonly<Record<string, unknown>> & { readonly amsgrad: boolean };

  protected constructor(options: AdamOptions, weightDecay: number | undefined) {
    this.learningRate = checkLearningRate(options.learningRate ?? 1e-3);
    const checked = {
      beta1: checkNumber(options.beta1 ?? 0.9, '`beta1`', { above: 0, below: 1 }),
      beta2: checkNumber(options.beta2 ?? 0.999, '`beta2`', { above: 0, below: 1 }),
      epsilon: checkNumber(options.epsilon ?? 1e-8, '`epsilon`', { above: 0 }),
      amsgrad: checkBoolean(options.amsgrad ?? false, '`amsgrad`'),
    };
    this.kernel = adamKernel({ ...checked, epsilonHat: false, decay: weightDecay ?? 0 });
    this.#options = { ...checked, ...(weightDecay === undefined ? {} : { weightDecay }) };
  }

  /** { average, square }, { largest } with amsgrad, zeros; { count } of steps. */
  init({ size }: Layout): RuleState {
    return {
      average: new Float64Array(size),
      square: new Float64Array(size),
      ...(this.#options.amsgrad ? { largest: new Float64Array(size) } : {}),
      count: new Float64Array(1),
    };
  }

  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, state: RuleState): void {
    countedStep(this, parameters, gradient, learningRate, state);
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: this.#options, learningRate: this.learningRate.description };
  }
}

export class Adam extends AdamRule {
  static {
    markCopy(Adam);
  }

  readonly name = 'Adam';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: AdamOptions = {}) {
    checkOptions(options, optionNames, 'Adam');
    super(options, undefined);
  }
}

export class AdamW extends AdamRule {
  static {
    markCopy(AdamW);
  }

  readonly name = 'AdamW';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: AdamWOptions = {}) {
    checkOptions(options, [...optionNames, 'weightDecay'], 'AdamW');
    super(options, checkNumber(options.weightDecay ?? 0.01, '`weightDecay`', { min: 0 }));
  }
}
