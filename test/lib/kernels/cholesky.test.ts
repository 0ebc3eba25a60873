// Factorisation, solutions, inverse, condition and the modified factorisation on
// every kernel set: by identity, the same bits inside a class and at any number of
// threads, and what bad input gives.

import { describe, expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import { bitClass, type Kernels } from '../../../lib/kernels/kernels.js';
import { availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';

const random = new Random(21);
const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, () => 2 * random.uniform() - 1);
const at = (a: Float64Array, i: number): number => a[i] as number;
const bits = (array: Float64Array): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');

/** Both triangles of BBᵀ + I. */
function positiveDefinite(n: number): Float64Array {
  const b = numbers(n * 8);
  return Float64Array.from({ length: n * n }, (_, index) => {
    const i = Math.floor(index / n);
    const j = index % n;
    let sum = i === j ? 1 : 0;
    for (let k = 0; k < 8; k += 1) sum += at(b, i * 8 + k) * at(b, j * 8 + k);
    return sum;
  });
}

const hilbert = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, index) => 1 / (Math.floor(index / n) + (index % n) + 1));

function symmetric(n: number): Float64Array {
  const a = numbers(n * n);
  for (let i = 0; i < n; i += 1) for (let j = 0; j < i; j += 1) a[j * n + i] = at(a, i * n + j);
  return a;
}

function product(a: Float64Array, n: number, x: Float64Array, m: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < n; k += 1) {
      for (let j = 0; j < m; j += 1) out[i * m + j] = at(out, i * m + j) + at(a, i * n + k) * at(x, k * m + j);
    }
  }
  return out;
}

function distance(x: Float64Array, y: Float64Array): number {
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - at(y, i))), 0);
}

/** Everything the primitives give for one matrix, in one array. */
function everything(kernels: Kernels, a: Float64Array, n: number, rhs: Float64Array, threads: number): Float64Array {
  const l = a.slice();
  expect(kernels.cholesky(l, n, threads)).toBe(-1);
  const one = rhs.slice(0, n);
  const many = rhs.slice();
  const inverse = new Float64Array(n * n);
  const diagonal = new Float64Array(n);
  kernels.choleskySolve(l, n, one);
  kernels.choleskySolve(l, n, many, 5, threads);
  kernels.choleskyInverse(l, n, inverse, threads);
  kernels.choleskyInverseDiagonal(l, n, diagonal, threads);
  const norm = kernels.symmetricNorm(a, n);
  const facts = [norm, kernels.conditionEstimate(l, n, norm)];
  return Float64Array.from([...l, ...one, ...many, ...inverse, ...diagonal, ...facts]);
}

const sizes = [0, 1, 2, 3, 7, 8, 9, 23, 24, 25, 47, 48, 49, 73, 97, 131];

describe.each(availableKernelSets())('%s', (set) => {
  const kernels = kernelSet(set);

  test('L Lᵀ is the matrix, solutions solve, the inverse inverts', () => {
    for (const n of sizes) {
      const a = positiveDefinite(n);
      const l = a.slice();
      expect(kernels.cholesky(l, n)).toBe(-1);
      for (let i = 0; i < n; i += 1) {
        for (let j = 0; j <= i; j += 1) {
          let sum = 0;
          for (let k = 0; k <= j; k += 1) sum += at(l, i * n + k) * at(l, j * n + k);
          expect(Math.abs(sum - at(a, i * n + j))).toBeLessThan(1e-14 * n);
        }
        for (let j = i + 1; j < n; j += 1) expect(l[i * n + j]).toBe(a[i * n + j]);
      }
      for (const m of [1, 2, 30]) {
        const x = numbers(n * m);
        const b = product(a, n, x, m);
        kernels.choleskySolve(l, n, b, m);
        expect(distance(b, x)).toBeLessThan(1e-11);
      }
      const inverse = new Float64Array(n * n);
      const diagonal = new Float64Array(n);
      kernels.choleskyInverse(l, n, inverse);
      kernels.choleskyInverseDiagonal(l, n, diagonal);
      const one = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
      expect(distance(product(a, n, inverse, n), one)).toBeLessThan(1e-11);
      expect(
        distance(
          diagonal,
          inverse.filter((_, i) => i % (n + 1) === 0),
        ),
      ).toBeLessThan(1e-13);
      kernels.choleskyInverse(l, n, l);
      expect(bits(l)).toBe(bits(inverse));
    }
  });

  test('a pivot that is not above n·2⁻⁵² of its element is named', () => {
    expect(kernels.cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBe(1);
    expect(kernels.cholesky(Float64Array.of(Number.NaN), 1)).toBe(0);
    const dependent = positiveDefinite(400);
    for (let j = 0; j < 400; j += 1) {
      dependent[333 * 400 + j] = at(dependent, 200 * 400 + j);
      dependent[j * 400 + 333] = at(dependent, j * 400 + 200);
    }
    dependent[333 * 400 + 333] = at(dependent, 200 * 400 + 200);
    for (const threads of [1, 2]) expect(kernels.cholesky(dependent.slice(), 400, threads)).toBe(333);
    // Pivot k is 1 / (2k over k)² of its element: 9e-15 in row 13, 6e-16 in row 14.
    for (let n = 1; n <= 18; n += 1) {
      const row = kernels.cholesky(hilbert(n), n);
      expect(n < 14 ? row === -1 : row === 13 || row === (n === 14 ? -1 : 14)).toBe(true);
    }
  });

  test('the estimated condition is below the true one and above a tenth of it', () => {
    for (const [a, n] of [...[2, 5, 9].map((n) => [hilbert(n), n] as const), [positiveDefinite(60), 60] as const]) {
      const l = a.slice();
      expect(kernels.cholesky(l, n)).toBe(-1);
      const inverse = new Float64Array(n * n);
      kernels.choleskyInverse(l, n, inverse);
      const norm = kernels.symmetricNorm(a, n);
      const ratio = kernels.conditionEstimate(l, n, norm) / (norm * kernels.symmetricNorm(inverse, n));
      expect(ratio).toBeGreaterThan(0.1);
      expect(ratio).toBeLessThan(1.01);
    }
    expect(kernels.symmetricNorm(Float64Array.of(Number.NaN, 0, 0, 1), 2)).toBeNaN();
  });

  test('the modified factorisation leaves positive definite matrices alone and makes the others so', () => {
    for (const n of [1, 2, 5, 24, 70]) {
      const a = positiveDefinite(n);
      const x = numbers(n);
      const b = product(a, n, x, 1);
      expect(kernels.modifiedCholesky(a.slice(), n, b)).toEqual({ modification: 0, negative: 0, zero: 0 });
      expect(distance(b, x)).toBeLessThan(1e-11);
      const indefinite = symmetric(n);
      indefinite[0] = -1;
      const gradient = numbers(n);
      const direction = gradient.map((value) => -value);
      const { modification, negative } = kernels.modifiedCholesky(indefinite, n, direction);
      expect(negative).toBeGreaterThan(0);
      expect(modification).toBeGreaterThan(0);
      expect(direction.reduce((sum, value, i) => sum + value * at(gradient, i), 0)).toBeLessThan(0);
    }
    const saddle = Float64Array.of(1, 2);
    expect(kernels.modifiedCholesky(Float64Array.of(1, 0, 0, -1), 2, saddle)).toEqual({
      modification: 2,
      negative: 1,
      zero: 0,
    });
    expect([...saddle]).toEqual([1, 2]);
    const lost = Float64Array.of(1, 2);
    expect(kernels.modifiedCholesky(Float64Array.of(1, 0, Number.NaN, -1), 2, lost).modification).toBeNaN();
    expect([...lost]).toEqual([Number.NaN, Number.NaN]);
  });

  test('sizes that do not fit are refused', () => {
    if (!kernels.native) return;
    const a = new Float64Array(9);
    expect(() => kernels.cholesky(a, 2)).toThrow();
    expect(() => kernels.cholesky(a, 3, 0)).toThrow();
    expect(() => kernels.choleskySolve(a, 3, new Float64Array(4))).toThrow();
    expect(() => kernels.choleskySolve(a, 3, new Float64Array(6), 3)).toThrow();
    expect(() => kernels.choleskyInverse(a, 3, new Float64Array(8))).toThrow();
    expect(() => kernels.choleskyInverseDiagonal(a, 3, new Float64Array(2))).toThrow();
    expect(() => kernels.symmetricNorm(a, 4)).toThrow();
    expect(() => kernels.conditionEstimate(a, 4, 1)).toThrow();
    expect(() => kernels.modifiedCholesky(a, 3, new Float64Array(2))).toThrow();
  });
});

test('sets of a class agree to the bit, at any number of threads', () => {
  for (const n of [...sizes, 310]) {
    const a = positiveDefinite(n);
    const indefinite = symmetric(n);
    const rhs = numbers(5 * n);
    const seen = new Map<string, string>();
    for (const set of availableKernelSets()) {
      const kernels = kernelSet(set);
      const x = rhs.slice(0, n);
      const { modification } = kernels.modifiedCholesky(indefinite.slice(), n, x);
      for (const threads of n < 300 ? [1, 2] : [1, 2, 3, 7]) {
        const all = bits(Float64Array.from([...everything(kernels, a, n, rhs, threads), ...x, modification]));
        expect(seen.get(bitClass(set)) ?? all).toBe(all);
        seen.set(bitClass(set), all);
      }
    }
  }
});
