// The objective of a single row: the loss of its linear predictor, and the
// gradient that a step takes, penalty and all. It is the arithmetic of a step of
// one row in the plain kernel sets, on arrays that are made once.

import { type LossRows, lossKernels } from '../kernels/portable/losses.js';
import { type Chunk, linear } from '../kernels/portable/rows.js';
import { linearLayout } from './linear-objective.js';
import type { RowTerms } from './objective.js';

export class RowObjective {
  /** Where the row is read from. */
  readonly x: Float64Array;
  /** Output of `evaluate`. */
  readonly gradient: Float64Array;
  readonly #terms: RowTerms;
  readonly #chunk: Chunk;
  readonly #run: LossRows & { readonly y: Float64Array };
  readonly #sums = new Float64Array(16);

  constructor(columns: number, terms: RowTerms) {
    const one = (): Float64Array => new Float64Array(1);
    this.x = new Float64Array(columns);
    this.gradient = new Float64Array(linearLayout(columns, terms.intercept).size);
    this.#terms = terms;
    this.#chunk = { x: this.x, offset: 0 };
    this.#run = { eta: one(), y: one(), weights: undefined, first: 0, derivative: one(), curvature: one() };
  }

  /** d loss / d eta where it was last evaluated, without the weight. */
  get derivative(): number {
    return this.#run.derivative[0] as number;
  }

  /** The loss, without weight and penalty; fills the gradient of weight · loss + penalty. */
  evaluate(parameters: Float64Array, y: number, weight: number): number {
    const { x, gradient } = this;
    const { loss, l2, intercept } = this.#terms;
    const run = this.#run;
    const d = x.length;
    linear(this.#chunk, 1, d, parameters, run.eta);
    if (intercept) run.eta[0] = (run.eta[0] as number) + (parameters[d] as number);
    run.y[0] = y;
    this.#sums.fill(0);
    lossKernels[loss.name](run, 1, loss.parameter, this.#sums);
    const derivative = weight * (run.derivative[0] as number);
    for (let j = 0; j < d; j += 1) gradient[j] = 0 + derivative * (x[j] as number);
    if (intercept) gradient[d] = 0 + derivative;
    if (l2 !== 0) for (let j = 0; j < d; j += 1) gradient[j] = (gradient[j] as number) + l2 * (parameters[j] as number);
    return this.#sums[0] as number;
  }
}
