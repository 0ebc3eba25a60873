// ‖x‖₂ where squares would overflow or vanish: gradients of 1e200, steps of
// 1e-200. In the ordinary range it is the plain sum, with the same bits.

import { euclideanNorm } from './solver.js';

// Between these a sum of squares has lost nothing to underflow that counts.
const smallest = 1e-140;
const largest = 1e150;

/** NaN where x holds NaN, ∞ where it holds infinity. */
export function scaledNorm(x: Float64Array): number {
  const norm = euclideanNorm(x);
  if (norm > smallest && norm < largest) return norm;
  const scale = largestMagnitude(x);
  if (!(scale > 0) || scale === Number.POSITIVE_INFINITY) return scale;
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) {
    const ratio = (x[i] as number) / scale;
    sum += ratio * ratio;
  }
  return scale * Math.sqrt(sum);
}

/** max |xᵢ|, 0 for an empty vector, NaN where x holds NaN. */
export function largestMagnitude(x: Float64Array): number {
  let largestSoFar = 0;
  for (let i = 0; i < x.length; i += 1) {
    const magnitude = Math.abs(x[i] as number);
    if (!(magnitude <= largestSoFar)) {
      if (Number.isNaN(magnitude)) return magnitude;
      largestSoFar = magnitude;
    }
  }
  return largestSoFar;
}
