// Small symmetric matrices of a summary: the inverse of an information matrix, and what its factor tells. Row-major, whole.

import type { Kernels } from '../../kernels/kernels.js';
import { powerOfTwoScale } from '../../kernels/portable/cholesky.js';

export interface Inverted {
  /** A⁻¹, whole. */
  readonly inverse: Float64Array;
  /** L⁻¹ with A = L·Lᵀ; the lower triangle, the rest 0. */
  readonly root: Float64Array;
  /** Estimate of the condition number of A with its diagonal scaled by powers of two. */
  readonly condition: number;
}

/** Undefined where A is not positive definite. */
export function invert(a: Float64Array, p: number, kernels: Kernels): Inverted | undefined {
  const scale = Float64Array.from({ length: p }, (_, i) => powerOfTwoScale(a[i * p + i] as number));
  const factor = a.map((value, at) => value * (scale[Math.floor(at / p)] as number) * (scale[at % p] as number));
  const norm = kernels.symmetricNorm(factor, p);
  if (!Number.isFinite(norm) || kernels.cholesky(factor, p) >= 0) return undefined;
  const inverse = new Float64Array(p * p);
  kernels.choleskyInverse(factor, p, inverse);
  const root = inverseOfLower(factor, p);
  const condition = kernels.conditionEstimate(factor, p, norm);
  for (let i = 0; i < p; i += 1) {
    for (let j = 0; j < p; j += 1) {
      const at = i * p + j;
      inverse[at] = (inverse[at] as number) * (scale[i] as number) * (scale[j] as number);
      root[at] = (root[at] as number) * (scale[j] as number);
    }
  }
  return { inverse, root, condition };
}

function inverseOfLower(l: Float64Array, p: number): Float64Array {
  const out = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1) {
    const pivot = l[i * p + i] as number;
    for (let j = 0; j <= i; j += 1) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k += 1) sum -= (l[i * p + k] as number) * (out[k * p + j] as number);
      out[i * p + j] = sum / pivot;
    }
  }
  return out;
}

/** A·B of two p×p matrices, A symmetric. */
export function multiply(a: Float64Array, b: Float64Array, p: number, kernels: Kernels): Float64Array {
  const out = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1) {
    const row = out.subarray(i * p, (i + 1) * p);
    for (let k = 0; k < p; k += 1) kernels.axpy(a[i * p + k] as number, b.subarray(k * p, (k + 1) * p), row);
  }
  return out;
}

/** C·M·C. */
export function sandwich(bread: Float64Array, meat: Float64Array, p: number, kernels: Kernels): Float64Array {
  return multiply(bread, multiply(meat, bread, p, kernels), p, kernels);
}

export function diagonalOf(a: Float64Array, p: number): Float64Array {
  return Float64Array.from({ length: p }, (_, i) => a[i * p + i] as number);
}
