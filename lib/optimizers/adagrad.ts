// AdaGrad (Duchi, Hazan, Singer 2011, figure 1, diagonal case): s ← s + g²,
// θ ← θ − η·g / (√s + ε). Defaults follow PyTorch; where libraries differ there is
// an option: ε inside the root and a positive start of s are those of Keras.

import { markCopy } from '../copies.js';
import { adagrad as adagradKernel, type EpsilonPlacement } from '../kernels/rules.js';
import { checkNumber, checkOptions } from '../options.js';
import type { Schedule } from '../schedules/schedule.js';
import { checkEpsilonPlacement, checkLearningRate, type Rule, type RuleState, stepOnce } from './rule.js';
import type { Layout, OptimizerDescription } from './solver.js';

export interface AdaGradOptions {
  /** A positive number, or a schedule of the step (from 0). Default 1e-2. */
  readonly learningRate?: number | Schedule;
  /** ε ≥ 0; default 1e-10. With 0 a parameter whose gradient was always 0 becomes NaN. */
  readonly epsilon?: number;
  /** 'outside' (default): √s + ε; 'inside': √(s + ε). */
  readonly epsilonPlacement?: EpsilonPlacement;
  /** The start of s, ≥ 0; default 0. */
  readonly initialAccumulator?: number;
}

export class AdaGrad implements Rule {
  static {
    markCopy(AdaGrad);
  }

  readonly name = 'AdaGrad';
  readonly defaultBatchSize = 32;
  readonly learningRate: Schedule;
  readonly kernel: Rule['kernel'];
  readonly #epsilon: number;
  readonly #placement: EpsilonPlacement;
  readonly #initial: number;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: AdaGradOptions = {}) {
    checkOptions(options, ['learningRate', 'epsilon', 'epsilonPlacement', 'initialAccumulator'], 'AdaGrad');
    this.learningRate = checkLearningRate(options.learningRate ?? 1e-2);
    this.#epsilon = checkNumber(options.epsilon ?? 1e-10, '`epsilon`', { min: 0 });
    const placement = checkEpsilonPlacement(options.epsilonPlacement);
    this.#initial = checkNumber(options.initialAccumulator ?? 0, '`initialAccumulator`', { min: 0 });
    this.#placement = placement;
    this.kernel = adagradKernel(this.#epsilon, placement);
  }

  /** { accumulator }: s, the sum of squared gradients. */
  init(layout: Layout): RuleState {
    return { accumulator: new Float64Array(layout.size).fill(this.#initial) };
  }

  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, state: RuleState): void {
    stepOnce(this.kernel, parameters, gradient, learningRate, 0, [state.accumulator as Float64Array]);
  }

  describe(): OptimizerDescription {
    const options = {
      epsilon: this.#epsilon,
      epsilonPlacement: this.#placement,
      initialAccumulator: this.#initial,
    };
    return { name: this.name, options, learningRate: this.learningRate.description };
  }
}
