// Cholesky factorisation and solves on the lower triangle of a row-major matrix.
// Every element is one chain s ← s − Lᵢₖ·Lⱼₖ over k in order, so blocking is free,
// and then times the reciprocal of the pivot.

import { axpy, dot } from './vectors.js';

// Multiplications between two chances to pause.
const sliceWork = 200_000;

/** Factors in place; returns the row whose pivot failed, or −1. */
export function* choleskySteps(a: Float64Array, n: number): Generator<void, number, void> {
  let work = 0;
  const reciprocal = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const row = i * n;
    const threshold = n * 2 ** -52 * a[row + i]!;
    let j = 0;
    for (; j + 4 <= i; j += 4) {
      fourElements(a, n, i, j, reciprocal);
      work += 4 * j;
      if (work > sliceWork) {
        work = 0;
        yield;
      }
    }
    for (; j <= i; j += 1) {
      let s = a[row + j]!;
      for (let k = 0, other = j * n; k < j; k += 1) s -= a[row + k]! * a[other + k]!;
      if (j < i) {
        a[row + j] = s * reciprocal[j]!;
      } else if (s > threshold) {
        a[row + i] = Math.sqrt(s);
        reciprocal[i] = 1 / a[row + i]!;
      } else {
        return i;
      }
    }
  }
  return -1;
}

/** Columns j … j + 3 of row i: four chains at once for k < j, then the small triangle. */
function fourElements(a: Float64Array, n: number, i: number, j: number, reciprocal: Float64Array): void {
  const row = i * n;
  const j0 = j * n;
  const j1 = j0 + n;
  const j2 = j1 + n;
  const j3 = j2 + n;
  let s0 = a[row + j]!;
  let s1 = a[row + j + 1]!;
  let s2 = a[row + j + 2]!;
  let s3 = a[row + j + 3]!;
  for (let k = 0; k < j; k += 1) {
    const l = a[row + k]!;
    s0 -= l * a[j0 + k]!;
    s1 -= l * a[j1 + k]!;
    s2 -= l * a[j2 + k]!;
    s3 -= l * a[j3 + k]!;
  }
  s0 *= reciprocal[j]!;
  s1 = (s1 - s0 * a[j1 + j]!) * reciprocal[j + 1]!;
  s2 = (s2 - s0 * a[j2 + j]! - s1 * a[j2 + j + 1]!) * reciprocal[j + 2]!;
  s3 = (s3 - s0 * a[j3 + j]! - s1 * a[j3 + j + 1]! - s2 * a[j3 + j + 2]!) * reciprocal[j + 3]!;
  a[row + j] = s0;
  a[row + j + 1] = s1;
  a[row + j + 2] = s2;
  a[row + j + 3] = s3;
}

/** Solves L Lᵀ x = b in place of b. */
export function* choleskySolveSteps(l: Float64Array, n: number, b: Float64Array): Generator<void, void, void> {
  let work = 0;
  for (let step = 0; step < 2 * n; step += 1) {
    const i = step < n ? step : 2 * n - 1 - step;
    if (step < n) {
      b[i] = (b[i]! - dot(l, i * n, b, 0, i)) * (1 / l[i * n + i]!);
    } else {
      const x = b[i]! * (1 / l[i * n + i]!);
      b[i] = x;
      axpy(-x, l, i * n, b, i);
    }
    work += i;
    if (work > sliceWork) {
      work = 0;
      yield;
    }
  }
}

const bits = new DataView(new ArrayBuffer(8));

/** The power of two that brings a diagonal element into [1, 4); 1 where it is not a positive normal number. */
export function powerOfTwoScale(diagonal: number): number {
  if (!(diagonal >= 2 ** -1022) || diagonal === Number.POSITIVE_INFINITY) return 1;
  bits.setFloat64(0, diagonal);
  const exponent = (bits.getUint16(0) >>> 4) - 1023;
  return 2 ** -(exponent >> 1);
}
