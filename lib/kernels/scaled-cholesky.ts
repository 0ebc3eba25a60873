// Cholesky of a small symmetric matrix whose rows and columns are first multiplied by powers of two, so that its diagonal
// is near 1: pivots and condition then say something of the problem and nothing of its units.

import type { Kernels } from './kernels.js';

/** Multiplies row and column i of the n×n matrix, both triangles, by 2^-k so that the diagonal is near 1; the factors. */
export function scaleToUnitDiagonal(matrix: Float64Array, n: number): Float64Array {
  const scale = new Float64Array(n).fill(1);
  for (let i = 0; i < n; i += 1) {
    const size = Math.sqrt(Math.abs(matrix[i * n + i] as number));
    if (size > 0 && Number.isFinite(size)) scale[i] = 2 ** -Math.round(Math.log2(size));
  }
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < n; j += 1) {
      matrix[i * n + j] = (matrix[i * n + j] as number) * (scale[i] as number) * (scale[j] as number);
    }
  }
  return scale;
}

/** (A + shift·D)⁻¹, D the power-of-two diagonal that the scaling makes of A's. */
export interface ScaledCholesky {
  /** Row at which the pivot was not positive, or -1; with such a row there is nothing to solve with. */
  readonly failedPivot: number;
  /** Estimate of the condition number of the scaled matrix in the 1-norm; infinite with a failed pivot. */
  readonly condition: number;
  /** b becomes the solution. */
  solve(b: Float64Array): void;
}

/** Factors the n×n matrix, both triangles, which is overwritten. */
export function scaledCholesky(
  matrix: Float64Array,
  n: number,
  shift: number,
  kernels: Kernels,
  threads: number,
): ScaledCholesky {
  const scale = scaleToUnitDiagonal(matrix, n);
  for (let i = 0; i < n; i += 1) matrix[i * n + i] = (matrix[i * n + i] as number) + shift;
  const norm = kernels.symmetricNorm(matrix, n);
  const failedPivot = kernels.cholesky(matrix, n, threads);
  const unscale = (b: Float64Array): void => {
    for (let i = 0; i < n; i += 1) b[i] = (b[i] as number) * (scale[i] as number);
  };
  return {
    failedPivot,
    condition: failedPivot < 0 ? kernels.conditionEstimate(matrix, n, norm) : Number.POSITIVE_INFINITY,
    solve: (b) => {
      unscale(b);
      kernels.choleskySolve(matrix, n, b, 1, threads);
      unscale(b);
    },
  };
}
