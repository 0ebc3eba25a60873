// The rows with columns of mean 0 (only with an intercept) and size 1, where a Gram matrix keeps the most digits, for what is
// computed from Gram matrices: sandwich covariances, collinearity, separation. Covariances come back on the user's scale.

import type { DoubleStorage, Kernels } from '../../kernels/kernels.js';
import type { ColumnScales } from '../column-scales.js';
import type { LabelledRows } from '../labelled-rows.js';
import type { Work } from '../objective.js';
import { RowProducts } from '../row-products.js';

export interface ColumnFacts extends ColumnScales {
  /** Of each column, with the weights of the rows; the variance is that of the population. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Rows with what is added to the predictor of each, where the data has such. */
export type OffsetRows = LabelledRows & { readonly offset?: DoubleStorage | undefined };

/** Undefined when aborted. */
export function* columnFacts(
  rows: LabelledRows,
  intercept: boolean,
  kernels: Kernels,
  threads: number,
): Work<ColumnFacts | undefined> {
  const moments = kernels.moments(rows, threads);
  if (!(yield moments.compute())) return undefined;
  const variance = moments.variance.slice();
  const mean = moments.mean.slice();
  moments.dispose();
  const shift = intercept ? mean.slice() : new Float64Array(mean.length);
  // What is a rounding beside the mean of its column counts as constant, and vanishes.
  const size = variance.map((v, j) => {
    const square = (mean[j] as number) ** 2;
    return intercept ? (v > 2 ** -100 * square ? v : 0) : v + square;
  });
  const scale = size.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
  return { shift, scale, mean, variance };
}

export class StandardDesign {
  readonly size: number;
  readonly #rows: LabelledRows;
  readonly #facts: ColumnFacts;
  readonly #kernels: Kernels;
  readonly #products: RowProducts;

  constructor(rows: LabelledRows, intercept: boolean, facts: ColumnFacts, kernels: Kernels, threads: number) {
    const { shift, scale } = facts;
    this.#rows = rows;
    this.#facts = facts;
    this.#kernels = kernels;
    this.#products = new RowProducts({ ...rows, offset: undefined, intercept, shift, scale }, kernels, threads);
    this.size = this.#products.size;
  }

  get rows(): number {
    return this.#rows.rows;
  }

  get kernels(): Kernels {
    return this.#kernels;
  }

  /** One a row: where `gram` and `transpose` read, for who fills them in place. */
  get weights(): Float64Array {
    return this.#products.weights;
  }

  get factors(): Float64Array {
    return this.#products.factors;
  }

  /** The whole of ZᵀWZ, W = diag(weights); undefined when aborted. */
  *gram(weights = this.weights): Work<Float64Array | undefined> {
    if (weights !== this.weights) this.weights.set(weights);
    if (!(yield this.#products.gram())) return undefined;
    const { matrix } = this.#products;
    const p = this.size;
    return Float64Array.from(matrix, (_, at) => {
      const i = Math.floor(at / p);
      const j = at % p;
      return matrix[i >= j ? at : j * p + i] as number;
    });
  }

  /** Zᵀ·factors; undefined when aborted. */
  *transpose(): Work<Float64Array | undefined> {
    if (!(yield this.#products.transpose())) return undefined;
    return this.#products.product.map((value) => -value);
  }

  /** Zθ for parameters on the scale of the design, one a row. */
  predictors(parameters: Float64Array): Float64Array {
    const { shift, scale } = this.#facts;
    const coefficients = scale.map((s, j) => s * (parameters[j] as number));
    let intercept = parameters.length > scale.length ? (parameters[scale.length] as number) : 0;
    coefficients.forEach((coefficient, j) => {
      intercept -= coefficient * (shift[j] as number);
    });
    const out = new Float64Array(this.#rows.rows);
    this.#kernels.predict(this.#rows, coefficients, intercept, out);
    return out;
  }

  /** The same without holding the event loop; a view that the next call overwrites. Undefined when aborted. */
  *predictorsJob(parameters: Float64Array): Work<Float64Array | undefined> {
    return (yield this.#products.predictors(parameters)) ? this.#products.eta : undefined;
  }

  /** A diagonal ridge penalty on the user's coefficients, on the scale of the design. */
  penalty(diagonal: Float64Array): Float64Array {
    return diagonal.map((value, j) => value * (this.#facts.scale[j] ?? 1) ** 2);
  }

  /** T·covariance·Tᵀ with T that takes parameters to the user's scale. */
  onDataScale(covariance: Float64Array): Float64Array {
    const { shift, scale } = this.#facts;
    const p = this.size;
    const out = covariance.slice();
    const apply = (stride: number, step: number): void => {
      for (let line = 0; line < p; line += 1) {
        const at = (j: number): number => line * stride + j * step;
        let moved = 0;
        scale.forEach((s, j) => {
          out[at(j)] = (out[at(j)] as number) * s;
          moved += (out[at(j)] as number) * (shift[j] as number);
        });
        if (p > scale.length) out[at(scale.length)] = (out[at(scale.length)] as number) - moved;
      }
    };
    apply(p, 1);
    apply(1, p);
    return out;
  }

  dispose(): void {
    this.#products.dispose();
  }
}

/** One a row in the order of the rows, 1 where there are no weights. */
export function weightsOf(weights: DoubleStorage | undefined, rows: number): Float64Array {
  return weights === undefined ? new Float64Array(rows).fill(1) : weights.data;
}
