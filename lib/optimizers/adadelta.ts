// AdaDelta (Zeiler 2012, algorithm 1): v ← ρv + (1 − ρ)g², d = g·√(u + ε)/√(v + ε), u ← ρu
// + (1 − ρ)d², θ ← θ − η·d. The step has the unit of the parameters. Defaults are PyTorch's.

import { markCopy } from '../copies.js';
import { adadelta as adadeltaKernel } from '../kernels/rules.js';
import { checkNumber, checkOptions } from '../options.js';
import type { Schedule } from '../schedules/schedule.js';
import { checkLearningRate, kernelArrays, type Rule, type RuleState, stepOnce } from './rule.js';
import type { Layout, OptimizerDescription } from './solver.js';

export interface AdaDeltaOptions {
  /** A positive number, or a schedule of the step (from 0). Default 1, Zeiler's method. */
  readonly learningRate?: number | Schedule;
  /** ρ in (0, 1): how much of the averages is kept. Default 0.9. */
  readonly decay?: number;
  /** ε > 0, which sets the size of the first steps; default 1e-6. */
  readonly epsilon?: number;
}

export class AdaDelta implements Rule {
  static {
    markCopy(AdaDelta);
  }

  readonly name = 'AdaDelta';
  readonly defaultBatchSize = 32;
  readonly learningRate: Schedule;
  readonly kernel: Rule['kernel'];
  readonly #options: Readonly<Required<Omit<AdaDeltaOptions, 'learningRate'>>>;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: AdaDeltaOptions = {}) {
    checkOptions(options, ['learningRate', 'decay', 'epsilon'], 'AdaDelta');
    this.learningRate = checkLearningRate(options.learningRate ?? 1);
    this.#options = {
      decay: checkNumber(options.decay ?? 0.9, '`decay`', { above: 0, below: 1 }),
      epsilon: checkNumber(options.epsilon ?? 1e-6, '`epsilon`', { above: 0 }),
    };
    this.kernel = adadeltaKernel(this.#options.decay, this.#options.epsilon);
  }

  /** { square, step }: the averages of squared gradients and squared steps, zeros. */
  init({ size }: Layout): RuleState {
    return { square: new Float64Array(size), step: new Float64Array(size) };
  }

  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, state: RuleState): void {
    stepOnce(this.kernel, parameters, gradient, learningRate, 0, kernelArrays(this, state));
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: this.#options, learningRate: this.learningRate.description };
  }
}
