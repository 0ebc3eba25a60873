// The linear least-squares problem by QR with refinement of the augmented system
// (Björck 1967), and the variances of its solution: native/core/least_squares.cc in
// TypeScript, the same operations in the same order.

import type { LinearSpec } from '../kernels.js';
import { choleskySolveSteps, choleskySteps, powerOfTwoScale } from './cholesky.js';
import { add, addProduct, productError, totalOf } from './double-double.js';
import { type Steps, sliceWork } from './jobs.js';
import { BlockQr, upperInvert, upperSolve, upperSolveTransposed } from './qr.js';
import { leafRows } from './row-tree.js';
import { type Chunk, loadRows } from './rows.js';
import { dot } from './vectors.js';

const mostSweeps = 10;
const halfUlp = 2 ** -53;
// Products in twice the precision that take as long as an element read from memory.
const extraPrecision = 8;

export class LeastSquares {
  /** The column of least pivot when the columns count as dependent, else −1. */
  failedPivot = -1;
  /** Of the scaled R in the 1-norm; infinite when the columns count as dependent. */
  condition = 1;
  readonly #spec: LinearSpec;
  readonly #size: number;
  readonly #qr: BlockQr;
  readonly #scale: Float64Array;
  readonly #penalty: Float64Array;
  readonly #penaltyResidual: Float64Array;
  readonly #top: Float64Array;
  readonly #gradient: Float64Array;
  readonly #inverse: Float64Array;
  #residual = new Float64Array();
  #correction = new Float64Array();
  readonly #scratch: Float64Array;
  readonly #chunk: Chunk;
  readonly #sum = new Float64Array(2);
  readonly #sums: Float64Array;

  /** @param weight Σ w. @param diagonal the penalty weight · Σ diagonalⱼβⱼ². */
  constructor(spec: LinearSpec, weight: number, diagonal: Float64Array) {
    const p = diagonal.length;
    this.#spec = spec;
    this.#size = p;
    this.#qr = new BlockQr(spec.rows, p);
    this.#scale = new Float64Array(p);
    this.#penalty = diagonal.map((value) => Math.sqrt(value * weight));
    this.#penaltyResidual = new Float64Array(p);
    this.#top = new Float64Array(p);
    this.#gradient = new Float64Array(p);
    this.#inverse = new Float64Array(p * p);
    this.#scratch = new Float64Array(Math.min(leafRows, spec.rows) * spec.columns);
    this.#chunk = { x: this.#scratch, offset: 0 };
    this.#sums = new Float64Array(2 * p);
  }

  /** Loads, scales and factors; sets `condition` and `failedPivot`. */
  *factor(): Steps {
    const p = this.#size;
    const qr = this.#qr;
    yield* this.#load();
    yield* this.#scaleColumns();
    yield* qr.factor();
    if (p === 0) return;
    this.condition = yield* upperInvert(qr.r, p, this.#inverse);
    if (this.condition < 2 ** 46 / p) return;
    this.condition = Number.POSITIVE_INFINITY;
    this.failedPivot = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < p; j += 1) {
      const pivot = Math.abs(qr.r[j * p + j]!);
      if (pivot < least) {
        least = pivot;
        this.failedPivot = j;
      }
    }
  }

  /** Björck's iteration from zero; the last correction, relative to the solution. */
  *solve(solution: Float64Array): Generator<void, number, void> {
    const p = this.#size;
    const qr = this.#qr;
    const gradient = this.#gradient;
    const top = this.#top;
    solution.fill(0);
    this.#penaltyResidual.fill(0);
    // Fresh memory is slow to touch for the first time.
    this.#residual = new Float64Array(this.#spec.rows);
    yield;
    this.#correction = new Float64Array(this.#spec.rows);
    yield;
    let last = Number.POSITIVE_INFINITY;
    let relative = 0;
    for (let sweep = 0; sweep < mostSweeps; sweep += 1) {
      yield* this.#residuals(solution);
      yield* upperSolveTransposed(qr.r, p, gradient);
      yield* qr.applyTransposed(top, this.#correction);
      for (let j = 0; j < p; j += 1) {
        const h = gradient[j]!;
        gradient[j] = top[j]! - h;
        top[j] = h;
      }
      yield* upperSolve(qr.r, p, gradient);
      yield* qr.apply(top, this.#correction);
      yield* this.#correctRows();
      const { settled, size, largest } = this.#correct(solution);
      relative = largest > 0 ? size / largest : 0;
      if (settled || !(size <= last / 2)) break;
      last = size;
    }
    return relative;
  }

  /** Adds the corrections of the rows' residuals. */
  *#correctRows(): Steps {
    for (let i = 0; i < this.#residual.length; i += 1) {
      const q = this.#root(i);
      if (q > 0) this.#residual[i] = this.#residual[i]! + this.#correction[i]! / q;
      if (i % 65536 === 65535) yield;
    }
  }

  /** Adds the corrections of the solution; how large they were. */
  #correct(solution: Float64Array): { settled: boolean; size: number; largest: number } {
    let size = 0;
    let largest = 0;
    let settled = true;
    for (let j = 0; j < this.#size; j += 1) {
      const scale = this.#scale[j]!;
      const change = scale * this.#gradient[j]!;
      const value = solution[j]! + change;
      solution[j] = value;
      this.#penaltyResidual[j] = this.#penaltyResidual[j]! + this.#top[j]!;
      settled &&= Math.abs(change) <= halfUlp * Math.abs(value);
      size = Math.max(size, Math.abs(this.#gradient[j]!));
      largest = Math.max(largest, Math.abs(value / scale));
    }
    return { settled, size, largest };
  }

  /** Σ w (y − zᵀparameters)². */
  *residualSquares(parameters: Float64Array): Generator<void, number, void> {
    const { columns: d, weights } = this.#spec;
    const squares = new Float64Array(2);
    const negated = parameters.map((value) => -value);
    let work = 0;
    for (let first = 0; first < this.#spec.rows; first += leafRows) {
      const n = this.#read(first);
      for (let i = 0; i < n; i += 1) {
        const e = this.#rowResidual(first + i, 0, this.#chunk.offset + i * d, negated);
        const square = e * e;
        const w = weights === undefined ? 1 : weights.data[first + i]!;
        addProduct(squares, 0, w, square);
        squares[1] = squares[1]! + w * productError(e, e, square);
        work += extraPrecision * d;
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
    }
    return totalOf(squares);
  }

  /** The diagonal of C ZᵀWZ C through B = A R⁻¹, whose BᵀB is nearly the identity. */
  *variances(out: Float64Array): Steps {
    const p = this.#size;
    const inverse = this.#inverse;
    for (let c = 0; c < p; c += 1) {
      for (let j = 0; j <= c; j += 1) inverse[c * p + j] = inverse[c * p + j]! * this.#scale[j]!;
    }
    yield* this.#multiplyByInverse();
    const inner = new Float64Array(p * p);
    const factor = this.#qr.r;
    yield* this.#innerProducts(inner, factor);
    const failed = (yield* choleskySteps(factor, p)) >= 0;
    const top = this.#top;
    for (let j = 0; j < p; j += 1) {
      for (let c = 0; c < p; c += 1) top[c] = inverse[c * p + j]!;
      yield* choleskySolveSteps(factor, p, top);
      for (let c = 0; c < p; c += 1) {
        this.#gradient[c] = dot(inner, c * p, top, 0, p);
        if (c % 128 === 127) yield;
      }
      out[j] = failed ? Number.NaN : dot(top, 0, this.#gradient, 0, p);
      yield;
    }
  }

  /** Points the chunk at a leaf of rows; their number. */
  #read(first: number): number {
    const spec = this.#spec;
    const n = Math.min(leafRows, spec.rows - first);
    loadRows(spec, spec, first, n, this.#scratch, this.#chunk);
    return n;
  }

  #root(i: number): number {
    const { weights } = this.#spec;
    return weights === undefined ? 1 : Math.sqrt(weights.data[i]!);
  }

  /** The blocks: rows times √w, transposed, with the intercept's column last. */
  *#load(): Steps {
    const { rows, columns: d, intercept } = this.#spec;
    const { blocks } = this.#qr;
    let work = 0;
    for (let first = 0; first < rows; first += leafRows) {
      const n = this.#read(first);
      const block = new Float64Array(n * this.#size);
      blocks.push(block);
      for (let i = 0; i < n; i += 1) {
        const q = this.#root(first + i);
        const z = this.#chunk.offset + i * d;
        for (let j = 0; j < d; j += 1) block[j * n + i] = q * this.#chunk.x[z + j]!;
        if (intercept) block[d * n + i] = q;
        work += d;
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
    }
  }

  /** Powers of two that bring the norm of every column into [1, 2). */
  *#scaleColumns(): Steps {
    const p = this.#size;
    const { blocks, r } = this.#qr;
    for (let j = 0; j < p; j += 1) {
      let squares = this.#penalty[j]! * this.#penalty[j]!;
      for (const [leaf, block] of blocks.entries()) {
        const n = block.length / p;
        squares += dot(block, j * n, block, j * n, n);
        if (leaf % 64 === 63) yield;
      }
      const scale = powerOfTwoScale(squares);
      this.#scale[j] = scale;
      for (const [leaf, block] of blocks.entries()) {
        const n = block.length / p;
        for (let i = j * n; i < (j + 1) * n; i += 1) block[i] = block[i]! * scale;
        if (leaf % 64 === 63) yield;
      }
      r[j * p + j] = this.#penalty[j]! * scale;
    }
  }

  /** y − e − zᵀβ of row i. */
  #rowResidual(i: number, e: number, z: number, negated: Float64Array): number {
    const { columns: d, intercept, y } = this.#spec;
    const sum = this.#sum;
    const { x } = this.#chunk;
    sum[0] = y === undefined ? 0 : y.data[i]!;
    sum[1] = 0;
    add(sum, 0, -e);
    if (intercept) add(sum, 0, negated[d]!);
    for (let j = 0; j < d; j += 1) addProduct(sum, 0, negated[j]!, x[z + j]!);
    return totalOf(sum);
  }

  /** √w (y − e − zᵀβ) of all rows and −Σ w e z: the right-hand side of the augmented system. */
  *#residuals(solution: Float64Array): Steps {
    const { columns: d, intercept, weights } = this.#spec;
    const sums = this.#sums;
    const residual = this.#residual;
    const negated = solution.map((value) => -value);
    let work = 0;
    sums.fill(0);
    for (let first = 0; first < residual.length; first += leafRows) {
      const n = this.#read(first);
      const { x } = this.#chunk;
      for (let i = first, z = this.#chunk.offset; i < first + n; i += 1, z += d) {
        const e = residual[i]!;
        this.#correction[i] = this.#root(i) * this.#rowResidual(i, e, z, negated);
        const high = weights === undefined ? e : weights.data[i]! * e;
        const low = weights === undefined ? 0 : productError(weights.data[i]!, e, high);
        for (let j = 0; j < d; j += 1) {
          addProduct(sums, 2 * j, -high, x[z + j]!);
          sums[2 * j + 1] = sums[2 * j + 1]! - low * x[z + j]!;
        }
        if (intercept) {
          add(sums, 2 * d, -high);
          sums[2 * d + 1] = sums[2 * d + 1]! - low;
        }
        work += 2 * extraPrecision * d;
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
    }
    this.#penaltyResiduals(negated);
  }

  #penaltyResiduals(negated: Float64Array): void {
    const sum = this.#sum;
    for (let j = 0; j < this.#size; j += 1) {
      const penalty = this.#penalty[j]!;
      const residual = this.#penaltyResidual[j]!;
      sum[0] = -residual;
      sum[1] = 0;
      addProduct(sum, 0, penalty, negated[j]!);
      this.#top[j] = totalOf(sum);
      addProduct(this.#sums, 2 * j, -penalty, residual);
      this.#gradient[j] = this.#scale[j]! * totalOf(this.#sums, 2 * j);
    }
  }

  /** The blocks become A R⁻¹, accumulated in twice the precision. */
  *#multiplyByInverse(): Steps {
    const { rows, columns: d } = this.#spec;
    const p = this.#size;
    const sum = this.#sum;
    let work = 0;
    for (let first = 0; first < rows; first += leafRows) {
      const n = this.#read(first);
      const { x, offset } = this.#chunk;
      const block = this.#qr.blocks[first / leafRows]!;
      for (let c = 0; c < p; c += 1) {
        const column = c * p;
        const most = Math.min(c + 1, d);
        for (let i = 0; i < n; i += 1) {
          const z = offset + i * d;
          sum[0] = c === d ? this.#inverse[column + d]! : 0;
          sum[1] = 0;
          for (let j = 0; j < most; j += 1) addProduct(sum, 0, x[z + j]!, this.#inverse[column + j]!);
          block[c * n + i] = this.#root(first + i) * totalOf(sum);
        }
        work += extraPrecision * n * most;
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
    }
  }

  /** inner = BᵀB over the rows, and `factor` the same with the penalty's rows (lower triangle). */
  *#innerProducts(inner: Float64Array, factor: Float64Array): Steps {
    const p = this.#size;
    const inverse = this.#inverse;
    let work = 0;
    for (const block of this.#qr.blocks) {
      const n = block.length / p;
      for (let i = 0; i < p; i += 1) {
        for (let j = 0; j <= i; j += 1) {
          inner[i * p + j] = inner[i * p + j]! + dot(block, i * n, block, j * n, n);
        }
        work += n * (i + 1);
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
    }
    for (let i = 0; i < p; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        let penalty = 0;
        for (let k = 0; k <= j; k += 1) {
          penalty += this.#penalty[k]! * inverse[i * p + k]! * (this.#penalty[k]! * inverse[j * p + k]!);
        }
        factor[i * p + j] = inner[i * p + j]! + penalty;
        inner[j * p + i] = inner[i * p + j]!;
      }
      yield;
    }
  }
}
