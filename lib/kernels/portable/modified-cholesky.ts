// The modified factorisation P A Pᵀ = L D Lᵀ for symmetric matrices that need not be
// positive definite: rook pivoting, and eigenvalues λ of D replaced by
// max(|λ|, 2⁻²⁶ ‖A‖). native/core/modified_cholesky.cc is the same, and names the papers.

import type { ModifiedCholesky } from '../kernels.js';
import { symmetricNorm } from './condition.js';
import { axpy, axpyAt, dot } from './vectors.js';

const pivotShare = 0.6403882032022076; // (1 + √17) / 8

interface Pivot {
  readonly rows: 1 | 2;
  readonly first: number;
  readonly second: number;
}

class Factors {
  readonly #a: Float64Array;
  readonly #n: number;
  readonly #values: Float64Array;
  readonly #cosine: Float64Array;
  readonly #sine: Float64Array;
  readonly #v: Float64Array;
  readonly #w: Float64Array;
  readonly #order: Uint32Array;

  constructor(a: Float64Array, n: number) {
    this.#a = a;
    this.#n = n;
    this.#values = new Float64Array(n);
    this.#cosine = new Float64Array(n);
    this.#sine = new Float64Array(n);
    this.#v = new Float64Array(n);
    this.#w = new Float64Array(n);
    this.#order = Uint32Array.from({ length: n }, (_, i) => i);
  }

  factor(): void {
    for (let k = 0; k < this.#n; ) {
      const { rows, first, second } = this.#choose(k);
      this.#exchange(k, first);
      if (rows === 2) {
        this.#exchange(k + 1, second);
        this.#eliminateTwo(k);
      } else {
        this.#eliminateOne(k);
      }
      k += rows;
    }
  }

  modify(norm: number): ModifiedCholesky {
    const n = this.#n;
    const a = this.#a;
    const least = norm > 0 ? norm * 2 ** -26 : 1;
    const smallest = n * 2 ** -52 * norm;
    let modification = 0;
    let negative = 0;
    let zero = 0;
    for (let k = 0; k < n; k += 1) {
      const value = this.#values[k]!;
      const size = Math.abs(value);
      const wanted = size > least ? size : least;
      if (size <= smallest) zero += 1;
      else if (value < 0) negative += 1;
      if (wanted === value) continue;
      const first = k > 0 && this.#cosine[k - 1] !== 0 ? k - 1 : k;
      const cosine = this.#cosine[first]!;
      const sine = this.#sine[first]!;
      const pair = cosine !== 0;
      const left = first === k ? cosine : sine;
      const right = first === k ? -sine : cosine;
      let squares = 1;
      for (let i = first + (pair ? 2 : 1); i < n; i += 1) {
        const at = i * n + first;
        const u = pair ? a[at]! * left + a[at + 1]! * right : a[at]!;
        squares += u * u;
      }
      modification += (wanted - value) * squares;
      this.#values[k] = wanted;
    }
    return { modification, negative, zero };
  }

  solve(b: Float64Array): void {
    const n = this.#n;
    const y = this.#v;
    for (let i = 0; i < n; i += 1) y[i] = b[this.#order[i]!]! - dot(this.#a, i * n, y, 0, i);
    for (let k = 0; k < n; k += 1) {
      const c = this.#cosine[k]!;
      const s = this.#sine[k]!;
      if (c === 0) {
        y[k] = y[k]! / this.#values[k]!;
        continue;
      }
      const first = (c * y[k]! - s * y[k + 1]!) / this.#values[k]!;
      const second = (s * y[k]! + c * y[k + 1]!) / this.#values[k + 1]!;
      y[k] = c * first + s * second;
      y[k + 1] = c * second - s * first;
      k += 1;
    }
    for (let i = n - 1; i >= 0; i -= 1) axpy(-y[i]!, this.#a, i * n, y, i);
    for (let i = 0; i < n; i += 1) b[this.#order[i]!] = y[i]!;
  }

  #size(i: number, j: number): number {
    return Math.abs(i > j ? this.#a[i * this.#n + j]! : this.#a[j * this.#n + i]!);
  }

  /** Where in row i the largest element beside the diagonal is, of those not eliminated; i when all are zero. */
  #largestBeside(i: number, k: number): { readonly most: number; readonly at: number } {
    let most = 0;
    let at = i;
    for (let j = k; j < this.#n; j += 1) {
      const size = j === i ? 0 : this.#size(i, j);
      if (!(size > most)) continue;
      most = size;
      at = j;
    }
    return { most, at };
  }

  #choose(k: number): Pivot {
    let { most, at: q } = this.#largestBeside(k, k);
    if (!(most > 0) || this.#size(k, k) >= pivotShare * most) return { rows: 1, first: k, second: k };
    for (let p = k; ; ) {
      const { most: beside, at: next } = this.#largestBeside(q, k);
      if (this.#size(q, q) >= pivotShare * beside) return { rows: 1, first: q, second: q };
      if (!(beside > most)) return { rows: 2, first: p, second: q };
      p = q;
      q = next;
      most = beside;
    }
  }

  /** Exchanges rows and columns i ≤ j, with what is already of L. */
  #exchange(i: number, j: number): void {
    if (i === j) return;
    const n = this.#n;
    const a = this.#a;
    const swap = (p: number, q: number): void => {
      const x = a[p]!;
      a[p] = a[q]!;
      a[q] = x;
    };
    for (let m = 0; m < i; m += 1) swap(i * n + m, j * n + m);
    for (let m = i + 1; m < j; m += 1) swap(m * n + i, j * n + m);
    for (let m = j + 1; m < n; m += 1) swap(m * n + i, m * n + j);
    swap(i * n + i, j * n + j);
    const row = this.#order[i]!;
    this.#order[i] = this.#order[j]!;
    this.#order[j] = row;
  }

  #eliminateOne(k: number): void {
    const n = this.#n;
    const a = this.#a;
    const pivot = a[k * n + k]!;
    this.#values[k] = pivot;
    if (pivot === 0) return; // and so is the column
    for (let i = k + 1; i < n; i += 1) {
      const row = i * n;
      this.#v[i] = a[row + k]!;
      const l = a[row + k]! / pivot;
      a[row + k] = l;
      axpyAt(-l, this.#v, k + 1, a, row + k + 1, i - k);
    }
  }

  #eliminateTwo(k: number): void {
    const n = this.#n;
    const a = this.#a;
    const x = a[k * n + k]!;
    const c = a[(k + 1) * n + k]!;
    const z = a[(k + 1) * n + k + 1]!;
    a[(k + 1) * n + k] = 0;
    const p = z / c;
    const q = x / c;
    const t = 1 / (p * q - 1) / c;
    for (let i = k + 2; i < n; i += 1) {
      const row = i * n;
      const v = a[row + k]!;
      const w = a[row + k + 1]!;
      this.#v[i] = v;
      this.#w[i] = w;
      const l = t * (p * v - w);
      const m = t * (q * w - v);
      a[row + k] = l;
      a[row + k + 1] = m;
      axpyAt(-l, this.#v, k + 2, a, row + k + 2, i - k - 1);
      axpyAt(-m, this.#w, k + 2, a, row + k + 2, i - k - 1);
    }
    const theta = (z - x) / (2 * c);
    const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    this.#cosine[k] = 1 / Math.sqrt(tangent * tangent + 1);
    this.#sine[k] = tangent * this.#cosine[k]!;
    this.#values[k] = x - tangent * c;
    this.#values[k + 1] = z + tangent * c;
  }
}

/** Solves (A + E) x = b in place of b; a is lost. All NaN when a is not finite. */
export function modifiedCholesky(a: Float64Array, n: number, b: Float64Array): ModifiedCholesky {
  const norm = symmetricNorm(a, n);
  if (!Number.isFinite(norm)) {
    b.fill(Number.NaN);
    return { modification: Number.NaN, negative: 0, zero: 0 };
  }
  const factors = new Factors(a, n);
  factors.factor();
  const result = factors.modify(norm);
  factors.solve(b);
  return result;
}
