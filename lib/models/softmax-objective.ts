// The mean softmax cross-entropy over rows, with a ridge penalty, as an objective over
// class-major parameters: coefficients and intercept of the first class, then the next.

import type { Kernels, SoftmaxSpec, SoftmaxSums } from '../kernels/kernels.js';
import type { Layout, Request, RequestKind, ValueGradientRequest, ValueRequest } from '../optimizers/solver.js';
import type { Objective, Work } from './objective.js';

export const softmaxAnswers: readonly RequestKind[] = ['value', 'value-gradient'];

export interface SoftmaxObjectiveOptions {
  readonly spec: SoftmaxSpec;
  /** λ of the ridge penalty. */
  readonly l2: number;
  /** λ of the lasso penalty, which is the solver's: values come without it. */
  readonly l1: number;
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
    for (const { offset } of blocks) strengths.fill(l1, offset, offset + spec.columns);
    this.layout = { size, blocks, l1: l1 > 0 ? strengths : undefined };
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
    let squares = 0;
    for (let i = 0; i < size; i += 1) {
      const penalised = i % each < spec.columns ? (at[i] as number) : 0;
      squares += penalised * penalised;
      if (gradient) gradient[i] = (sums[i] as number) / weight + l2 * penalised;
    }
    request.value = (sums[size] as number) / weight + l2 * 0.5 * squares;
    return true;
  }
}
