// The mean softmax cross-entropy over rows, with a ridge penalty, as an objective over
// class-major parameters: coefficients and intercept of the first class, then the next.

import { type Kernels, type SoftmaxSpec, type SoftmaxSums, smallJob } from '../kernels/kernels.js';
import type { Layout, Request, RequestKind, ValueGradientRequest, ValueRequest } from '../optimizers/solver.js';
import type { Objective, Work } from './objective.js';

export const softmaxAnswers: readonly RequestKind[] = ['value', 'value-gradient'];

export interface SoftmaxObjectiveOptions {
  readonly spec: SoftmaxSpec;
  /** λⱼ of the ridge penalty, one a column, for every class. */
  readonly l2: Float64Array;
  /** λⱼ of the lasso penalty, which is the solver's: values come without it. */
  readonly l1: Float64Array;
  readonly kernels: Kernels;
  readonly threads: number;
}

export class SoftmaxObjective implements Objective {
  readonly answers = softmaxAnswers;
  readonly layout: Layout;
  readonly #options: SoftmaxObjectiveOptions;
  readonly #sums: SoftmaxSums;

  constructor(options: SoftmaxObjectiveOptions) {
    const { spec, l1, kernels, threads } = options;
    this.#options = options;
    this.#sums = kernels.softmax(spec, threads);
    const each = spec.columns + (spec.intercept ? 1 : 0);
    const size = spec.classes * each;
    const blocks = Array.from({ length: spec.classes }, (_, k) => ({
      name: `class ${k}`,
      offset: k * each,
      size: each,
    }));
    const strengths = new Float64Array(size);
    for (const { offset } of blocks) strengths.set(l1, offset);
    this.layout = { size, blocks, l1: l1.some((strength) => strength > 0) ? strengths : undefined };
  }

  get rows(): number {
    return this.#options.spec.rows;
  }

  dispose(): void {
    this.#sums.dispose();
  }

  *answer(request: Request): Work<boolean> {
    switch (request.kind) {
      case 'value':
      case 'value-gradient':
        return yield* this.#valueGradient(request);
      case 'limited-memory-direction': {
        const { memory, gradient, direction } = request;
        request.slope = this.#options.kernels.limitedMemoryDirection(memory, gradient, direction);
        return true;
      }
      case 'kernels':
        request.kernels = this.#options.kernels;
        return true;
      case 'pause':
        return yield smallJob(() => {});
      default:
        throw new TypeError(`a softmax objective cannot answer ${request.kind}`);
    }
  }

  *#valueGradient(request: ValueRequest | ValueGradientRequest): Work<boolean> {
    const { parameters, sums } = this.#sums;
    const { spec, l2 } = this.#options;
    const { at } = request;
    parameters.set(at);
    if (!(yield this.#sums.gradient())) return false;
    const size = at.length;
    const weight = sums[size + 1] as number;
    const each = size / spec.classes;
    const gradient = request.kind === 'value' ? undefined : request.gradient;
    let penalty = 0;
    for (let i = 0; i < size; i += 1) {
      const j = i % each;
      const slope = j < spec.columns ? (l2[j] as number) * (at[i] as number) : 0;
      penalty += slope * (at[i] as number);
      if (gradient) gradient[i] = (sums[i] as number) / weight + slope;
    }
    request.value = (sums[size] as number) / weight + 0.5 * penalty;
    return true;
  }
}
