// Second derivatives of the softmax cross-entropy, by products with the rows: the block of classes k and l is
// Zᵀ diag(w·pₖ(δₖₗ − pₗ)) Z (Böhning 1992). As pₖ(1 − pₖ) = Σ pₖpₗ over the others, the whole is the sum over pairs k < l of
// (eₖ − eₗ)(eₖ − eₗ)ᵀ ⊗ Zᵀ diag(w·pₖpₗ) Z: one Gram matrix a pair, no differences of near numbers, and never indefinite.

import { type Kernels, type SoftmaxSpec, smallJob } from '../kernels/kernels.js';
import type { Work } from './objective.js';
import { overRows } from './over-rows.js';
import { RowProducts } from './row-products.js';

// Exponentials taken, and predictors copied, between two chances to pause: well under a millisecond.
const exponentialsPiece = 16_384;
const copiesPiece = 65_536;

export class SoftmaxCurvature {
  readonly #spec: SoftmaxSpec;
  readonly #kernels: Kernels;
  readonly #products: RowProducts;
  /** Class-major: rows of the first class, then of the next. */
  readonly #probabilities: Float64Array;
  #point: Float64Array | undefined;

  constructor(spec: SoftmaxSpec, kernels: Kernels, threads: number) {
    this.#spec = spec;
    this.#kernels = kernels;
    this.#products = new RowProducts(spec, kernels, threads);
    this.#probabilities = new Float64Array(spec.classes * spec.rows);
  }

  dispose(): void {
    this.#products.dispose();
  }

  /** Σ w over rows of the second derivatives at a point, (classes·p)², both triangles; false when aborted. */
  *hessian(at: Float64Array, out: Float64Array): Work<boolean> {
    if (!(yield* this.#moveTo(at))) return false;
    out.fill(0);
    for (let k = 0; k < this.#spec.classes; k += 1) {
      for (let l = 0; l < k; l += 1) if (!(yield* this.#addPair(k, l, out))) return false;
    }
    return true;
  }

  /** Their product with a vector: Zᵀ w·pₖ(aₖ − Σ pₗaₗ) for each class, a = Z·vector; false when aborted. */
  *product(at: Float64Array, vector: Float64Array, out: Float64Array): Work<boolean> {
    if (!(yield* this.#moveTo(at))) return false;
    const { classes, rows } = this.#spec;
    const directional = new Float64Array(classes * rows);
    if (!(yield* this.#predictors(vector, directional))) return false;
    const { factors, product, size } = this.#products;
    const probabilities = this.#probabilities;
    const means = new Float64Array(rows);
    for (let k = 0; k < classes; k += 1) {
      const start = k * rows;
      const add = (i: number): void => {
        means[i] = (means[i] as number) + (probabilities[start + i] as number) * (directional[start + i] as number);
      };
      if (!(yield* this.#eachRow(add))) return false;
    }
    for (let k = 0; k < classes; k += 1) {
      const start = k * rows;
      const fill = (i: number, weight: number): void => {
        const relative = (means[i] as number) - (directional[start + i] as number);
        factors[i] = weight * (probabilities[start + i] as number) * relative;
      };
      if (!(yield* this.#eachRow(fill))) return false;
      if (!(yield this.#products.transpose())) return false;
      out.set(product, k * size);
    }
    return true;
  }

  /** Probabilities at a point, once for all that is asked there. */
  *#moveTo(at: Float64Array): Work<boolean> {
    if (this.#point?.every((value, i) => value === at[i])) return true;
    this.#point = undefined;
    if (!(yield* this.#predictors(at, this.#probabilities))) return false;
    const { classes, rows } = this.#spec;
    const piece = Math.max(1, Math.floor(exponentialsPiece / classes));
    for (let first = 0; first < rows; first += piece) {
      const last = Math.min(first + piece, rows);
      const job = smallJob(() => softmax(this.#probabilities, rows, classes, first, last, this.#kernels));
      if (!(yield job)) return false;
    }
    this.#point = at.slice();
    return true;
  }

  /** out = Z·parameters of each class, class-major. */
  *#predictors(parameters: Float64Array, out: Float64Array): Work<boolean> {
    const { classes, rows } = this.#spec;
    const { eta, size } = this.#products;
    for (let k = 0; k < classes; k += 1) {
      if (!(yield this.#products.predictors(parameters.subarray(k * size, (k + 1) * size)))) return false;
      for (let first = 0; first < rows; first += copiesPiece) {
        const part = eta.subarray(first, first + copiesPiece);
        if (!(yield smallJob(() => out.set(part, k * rows + first)))) return false;
      }
    }
    return true;
  }

  *#addPair(k: number, l: number, out: Float64Array): Work<boolean> {
    const { classes, rows } = this.#spec;
    const { weights, matrix, size: p } = this.#products;
    const probabilities = this.#probabilities;
    const fill = (i: number, weight: number): void => {
      weights[i] = weight * (probabilities[k * rows + i] as number) * (probabilities[l * rows + i] as number);
    };
    if (!(yield* this.#eachRow(fill))) return false;
    if (!(yield this.#products.gram())) return false;
    const width = classes * p;
    const add = (i: number, j: number, value: number): void => {
      const at = (a: number, b: number): number => (a * p + i) * width + b * p + j;
      out[at(k, k)] = (out[at(k, k)] as number) + value;
      out[at(l, l)] = (out[at(l, l)] as number) + value;
      out[at(k, l)] = -value;
      out[at(l, k)] = -value;
    };
    for (let i = 0; i < p; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const value = matrix[i * p + j] as number;
        add(i, j, value);
        if (j < i) add(j, i, value);
      }
    }
    return true;
  }

  *#eachRow(visit: (row: number, weight: number) => void): Work<boolean> {
    const { rows, weights } = this.#spec;
    return yield* overRows(rows, (i) => visit(i, weights ? (weights.data[i] as number) : 1));
  }
}

/** e^(η − max) / Σ over the classes of rows `first` to `last`, in place of the predictors. */
function softmax(
  eta: Float64Array,
  rows: number,
  classes: number,
  first: number,
  last: number,
  kernels: Kernels,
): void {
  const length = last - first;
  const largest = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  const sum = new Float64Array(length);
  const parts = Array.from({ length: classes }, (_, k) => eta.subarray(k * rows + first, k * rows + last));
  for (const part of parts) {
    for (let i = 0; i < length; i += 1) largest[i] = Math.max(largest[i] as number, part[i] as number);
  }
  for (const part of parts) {
    for (let i = 0; i < length; i += 1) part[i] = (part[i] as number) - (largest[i] as number);
    kernels.map('exp', part, part);
    for (let i = 0; i < length; i += 1) sum[i] = (sum[i] as number) + (part[i] as number);
  }
  for (const part of parts) {
    for (let i = 0; i < length; i += 1) part[i] = (part[i] as number) / (sum[i] as number);
  }
}
