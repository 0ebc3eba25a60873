// Householder QR of a tall matrix whose rows lie in blocks of one leaf each: the
// arithmetic of native/core/qr.cc. R starts as a diagonal and takes in one block after
// the other; the reflectors H = I − tau (v0, v)(v0, v)ᵀ replace the block.

import type { Steps } from './jobs.js';
import { leafRows } from './row-tree.js';
import { axpyAt, dot } from './vectors.js';

// Multiplications between two chances to pause.
const sliceWork = 200_000;
// Of a column in a block: less counts as 0 (native/core/qr.cc says why).
const noSquares = 2 ** -960;

export class BlockQr {
  readonly rows: number;
  readonly columns: number;
  /** The block of each leaf, column after column; whoever loads them makes them, one at a time. */
  readonly blocks: Float64Array[] = [];
  /** Row-major; its upper triangle holds the diagonal to start from, then R. */
  readonly r: Float64Array;
  /** v0 of each column, then tau, for each leaf. */
  readonly #reflectors: Float64Array;
  #work = 0;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.r = new Float64Array(columns * columns);
    this.#reflectors = new Float64Array(2 * columns * Math.ceil(rows / leafRows));
  }

  *factor(): Steps {
    for (let first = 0; first < this.rows; first += leafRows) yield* this.#factorBlock(first);
  }

  /** Column k: (R_kk, x) becomes (∓alpha, 0), with the sign that adds up in v0; tau = 1 / (alpha·|v0|). */
  *#factorBlock(first: number): Steps {
    const { columns: p, r } = this;
    const reflectors = this.#reflectors;
    const block = this.blocks[first / leafRows]!;
    const n = Math.min(leafRows, this.rows - first);
    const v0At = (first / leafRows) * 2 * p;
    for (let k = 0; k < p; k += 1) {
      const v = k * n;
      const squares = dot(block, v, block, v, n);
      this.#work += n;
      reflectors[v0At + k] = 0;
      reflectors[v0At + p + k] = 0;
      if (squares < noSquares) continue;
      const head = r[k * p + k]!;
      const size = Math.sqrt(squares + head * head);
      const alpha = head < 0 || Object.is(head, -0) ? -size : size;
      const v0 = head + alpha;
      const tau = 1 / (alpha * v0);
      reflectors[v0At + k] = v0;
      reflectors[v0At + p + k] = tau;
      r[k * p + k] = -alpha;
      for (let j = k + 1; j < p; j += 1) {
        const t = tau * (v0 * r[k * p + j]! + dot(block, v, block, j * n, n));
        r[k * p + j] = r[k * p + j]! - t * v0;
        axpyAt(-t, block, v, block, j * n, n);
        this.#work += 2 * n;
        if (this.#work > sliceWork) {
          this.#work = 0;
          yield;
        }
      }
    }
  }

  /** (top, x) = Qᵀ (top, x). */
  *applyTransposed(top: Float64Array, x: Float64Array): Steps {
    for (let first = 0; first < this.rows; first += leafRows) {
      for (let k = 0; k < this.columns; k += 1) {
        this.#reflect(first, k, top, x);
        if (k % 128 === 127) yield;
      }
      yield;
    }
  }

  /** (top, x) = Q (top, x). */
  *apply(top: Float64Array, x: Float64Array): Steps {
    for (let leaf = Math.ceil(this.rows / leafRows) - 1; leaf >= 0; leaf -= 1) {
      for (let k = this.columns - 1; k >= 0; k -= 1) {
        this.#reflect(leaf * leafRows, k, top, x);
        if (k % 128 === 127) yield;
      }
      yield;
    }
  }

  #reflect(first: number, k: number, top: Float64Array, x: Float64Array): void {
    const p = this.columns;
    const block = this.blocks[first / leafRows]!;
    const n = Math.min(leafRows, this.rows - first);
    const at = (first / leafRows) * 2 * p + k;
    const v0 = this.#reflectors[at]!;
    const t = this.#reflectors[at + p]! * (v0 * top[k]! + dot(block, k * n, x, first, n));
    top[k] = top[k]! - t * v0;
    axpyAt(-t, block, k * n, x, first, n);
  }
}

/** R x = b in place of b. */
export function* upperSolve(r: Float64Array, n: number, b: Float64Array): Steps {
  for (let i = n - 1; i >= 0; i -= 1) {
    b[i] = (b[i]! - dot(r, i * n + i + 1, b, i + 1, n - i - 1)) / r[i * n + i]!;
    if (i % 128 === 127) yield;
  }
}

/** Rᵀ x = b in place of b. */
export function* upperSolveTransposed(r: Float64Array, n: number, b: Float64Array): Steps {
  for (let i = 0; i < n; i += 1) {
    const x = b[i]! / r[i * n + i]!;
    b[i] = x;
    axpyAt(-x, r, i * n + i + 1, b, i + 1, n - i - 1);
    if (i % 128 === 127) yield;
  }
}

/** Writes R⁻¹ column after column; the condition number of R in the 1-norm. */
export function* upperInvert(r: Float64Array, n: number, inverse: Float64Array): Generator<void, number, void> {
  let norm = 0;
  let inverseNorm = 0;
  let finite = true;
  let work = 0;
  for (let j = 0; j < n; j += 1) {
    const x = j * n;
    inverse[x + j] = 1 / r[j * n + j]!;
    for (let i = j - 1; i >= 0; i -= 1) {
      inverse[x + i] = -dot(r, i * n + i + 1, inverse, x + i + 1, j - i) / r[i * n + i]!;
    }
    let sum = 0;
    let inverseSum = 0;
    for (let i = 0; i <= j; i += 1) {
      sum += Math.abs(r[i * n + j]!);
      inverseSum += Math.abs(inverse[x + i]!);
    }
    finite &&= Number.isFinite(sum) && Number.isFinite(inverseSum);
    norm = Math.max(norm, sum);
    inverseNorm = Math.max(inverseNorm, inverseSum);
    work += (j * j) / 2;
    if (work > sliceWork) {
      work = 0;
      yield;
    }
  }
  return finite ? norm * inverseNorm : Number.POSITIVE_INFINITY;
}
