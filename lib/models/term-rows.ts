// The rows of a data set, and behind them one unit row for each coefficient under an l1 penalty: λⱼ|θⱼ| is the loss of one row
// more, whose target is 0. Products with all of them, for what knows terms and not where they come from.

import { type Kernels, smallJob } from '../kernels/kernels.js';
import type { Work } from './objective.js';
import { type DesignSpec, RowProducts } from './row-products.js';

/** Terms looked at between two chances to pause: well under a millisecond. */
const termsPiece = 32_768;

/** Visits `count` terms in pieces; false when aborted. */
export function* eachPiece(count: number, visit: (first: number, last: number) => void): Work<boolean> {
  for (let first = 0; first < count; first += termsPiece) {
    const last = Math.min(first + termsPiece, count);
    if (!(yield smallJob(() => visit(first, last)))) return false;
  }
  return true;
}

export class TermRows {
  /** Parameters: columns, then the intercept where there is one. */
  readonly size: number;
  /** Rows and unit rows. */
  readonly count: number;
  readonly #design: DesignSpec;
  readonly #units: readonly number[];
  readonly #products: RowProducts;

  /** @param units the parameter of each unit row. */
  constructor(design: DesignSpec, units: readonly number[], kernels: Kernels, threads: number) {
    this.#design = design;
    this.#units = units;
    this.#products = new RowProducts(design, kernels, threads);
    this.size = this.#products.size;
    this.count = design.rows + units.length;
  }

  dispose(): void {
    this.#products.dispose();
  }

  /** Hands out Z·vector, piece by piece; false when aborted. */
  *multiply(vector: Float64Array, take: (predictors: Float64Array, first: number) => void): Work<boolean> {
    const { rows } = this.#design;
    if (!(yield this.#products.predictors(vector))) return false;
    const { eta } = this.#products;
    if (!(yield* eachPiece(rows, (first, last) => take(eta.subarray(first, last), first)))) return false;
    take(
      Float64Array.from(this.#units, (j) => vector[j] as number),
      rows,
    );
    return true;
  }

  /** out = −Zᵀ·factors; false when aborted. */
  *transpose(factors: Float64Array, out: Float64Array): Work<boolean> {
    const { rows } = this.#design;
    const products = this.#products;
    const copy = (first: number, last: number): void => products.factors.set(factors.subarray(first, last), first);
    if (!(yield* eachPiece(rows, copy))) return false;
    if (!(yield products.transpose())) return false;
    out.set(products.product);
    for (const [k, j] of this.#units.entries()) out[j] = (out[j] as number) - (factors[rows + k] as number);
    return true;
  }

  /** out = Zᵀ diag(weights) Z, both triangles; false when aborted. */
  *gram(weights: Float64Array, out: Float64Array): Work<boolean> {
    const { rows } = this.#design;
    const products = this.#products;
    const copy = (first: number, last: number): void => products.weights.set(weights.subarray(first, last), first);
    if (!(yield* eachPiece(rows, copy))) return false;
    if (!(yield products.gram())) return false;
    const { matrix, size: p } = products;
    for (let i = 0; i < p; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const value = matrix[i * p + j] as number;
        out[i * p + j] = value;
        out[j * p + i] = value;
      }
    }
    for (const [k, j] of this.#units.entries()) {
      out[j * p + j] = (out[j * p + j] as number) + (weights[rows + k] as number);
    }
    return true;
  }

  /** The parameter of a unit row; undefined for a row of the data. */
  unit(i: number): number | undefined {
    return this.#units[i - this.#design.rows];
  }

  /** One row of Z. */
  row(i: number): Float64Array {
    const { x, rows, columns, list, shift, scale, intercept } = this.#design;
    const out = new Float64Array(this.size);
    if (i >= rows) {
      out[this.#units[i - rows] as number] = 1;
      return out;
    }
    const start = (list ? (list[i] as number) : i) * columns;
    for (let j = 0; j < columns; j += 1) {
      const value = x.data[start + j] as number;
      out[j] = shift && scale ? (value - (shift[j] as number)) * (scale[j] as number) : value;
    }
    if (intercept) out[columns] = 1;
    return out;
  }
}
