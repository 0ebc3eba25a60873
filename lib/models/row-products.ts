// The three products with the rows Z of a linear predictor that any pointwise computation can be built of: Zθ, Zᵀd and
// ZᵀWZ, d and W filled in by whoever holds this, one number a row. The rows themselves stay in the kernels.

import type { Job, Kernels, LinearSpec, LinearSums, RowsSpec } from '../kernels/kernels.js';

/** Rows as a linear predictor reads them; weights and targets play no part. */
export type DesignSpec = Pick<RowsSpec, 'x' | 'columns' | 'rows' | 'list'> &
  Pick<LinearSpec, 'intercept' | 'shift' | 'scale' | 'offset'>;

export class RowProducts {
  /** p = columns + (intercept ? 1 : 0). */
  readonly size: number;
  /** One a row: the inputs of `transpose` and of `gram`. */
  readonly factors: Float64Array;
  readonly weights: Float64Array;
  readonly #predictors: LinearSums;
  readonly #transpose: LinearSums;
  readonly #gram: LinearSums;

  constructor(design: DesignSpec, kernels: Kernels, threads: number) {
    const negated = kernels.memory(design.rows);
    const weights = kernels.memory(design.rows);
    const spec = { ...design, loss: 'squared', lossParameter: 0, weights: undefined, y: undefined } as const;
    this.#predictors = kernels.linear({ ...spec, predictors: true }, threads);
    // The gradient of ½Σ(zᵀθ − y)² at θ = 0 is −Zᵀy, its Hessian with weights ZᵀWZ.
    this.#transpose = kernels.linear({ ...spec, offset: undefined, y: negated }, threads);
    this.#gram = kernels.linear({ ...spec, offset: undefined, weights }, threads);
    this.size = this.#predictors.size;
    this.factors = negated.data;
    this.weights = weights.data;
  }

  /** Fills `eta` = Zθ + offset. */
  predictors(parameters: Float64Array): Job {
    this.#predictors.parameters.set(parameters);
    return this.#predictors.predictors();
  }

  /** One a row. */
  get eta(): Float64Array {
    return this.#predictors.eta;
  }

  /** Fills `product` = −Zᵀ·factors. */
  transpose(): Job {
    return this.#transpose.gradient();
  }

  /** p long. */
  get product(): Float64Array {
    const { sums, size } = this.#transpose;
    return sums.subarray(size * size, size * size + size);
  }

  /** Fills `matrix` = ZᵀWZ, W = diag(weights), which may be negative. */
  gram(): Job {
    return this.#gram.gram();
  }

  /** p×p, row-major, the lower triangle. */
  get matrix(): Float64Array {
    return this.#gram.sums.subarray(0, this.size * this.size);
  }

  /** Whose Gram matrix `gram` fills, to be solved with. */
  get system(): LinearSums {
    return this.#gram;
  }

  dispose(): void {
    for (const sums of [this.#predictors, this.#transpose, this.#gram]) sums.dispose();
  }
}
