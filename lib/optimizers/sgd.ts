// Stochastic gradient descent: θ ← θ − η·g, g the mean gradient over the rows of
// a step (Robbins and Monro 1951), with Polyak's or Nesterov's momentum. Defaults
// and the place of the rate follow PyTorch: b ← μb + g; θ ← θ − ηb, or with
// Nesterov θ ← θ − η(g + μb).

import { markCopy } from '../copies.js';
import { expectedBut } from '../errors.js';
import { momentum as momentumKernel, sgd as sgdKernel } from '../kernels/rules.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';
import type { Schedule } from '../schedules/schedule.js';
import { checkLearningRate, type Rule, type RuleState, stepOnce } from './rule.js';
import type { Layout, OptimizerDescription } from './solver.js';

export interface SGDOptions {
  /** A positive number, or a schedule of the step (from 0). Default 1e-3. */
  readonly learningRate?: number | Schedule;
  /** μ in [0, 1); default 0. */
  readonly momentum?: number;
  /** Nesterov's form; needs momentum. Default false. */
  readonly nesterov?: boolean;
}

export class SGD implements Rule {
  static {
    markCopy(SGD);
  }

  readonly name = 'SGD';
  readonly defaultBatchSize = 1;
  readonly learningRate: Schedule;
  readonly kernel: Rule['kernel'];
  readonly #momentum: number;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: SGDOptions = {}) {
    checkOptions(options, ['learningRate', 'momentum', 'nesterov'], 'SGD');
    this.learningRate = checkLearningRate(options.learningRate ?? 1e-3);
    const momentum = checkNumber(options.momentum ?? 0, '`momentum`', { min: 0, below: 1 });
    const nesterov = checkBoolean(options.nesterov ?? false, '`nesterov`');
    if (nesterov && momentum === 0) {
      throw expectedBut('ERR_GRADUS_OPTION', '`momentum`', 'positive with nesterov: true', '0');
    }
    this.kernel = momentum === 0 ? sgdKernel() : momentumKernel(momentum, nesterov);
    this.#momentum = momentum;
  }

  /** { momentum }: the buffer b, zeros; nothing without momentum. */
  init(layout: Layout): RuleState {
    return this.#momentum === 0 ? {} : { momentum: new Float64Array(layout.size) };
  }

  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, state: RuleState): void {
    stepOnce(this.kernel, parameters, gradient, learningRate, 0, state.momentum ? [state.momentum] : []);
  }

  describe(): OptimizerDescription {
    const options = { momentum: this.#momentum, nesterov: this.kernel.name === 'nesterov' };
    return { name: this.name, options, learningRate: this.learningRate.description };
  }
}
