// The variances of least squares estimates for σ = 1: from the Gram matrix where it is well conditioned, else from QR of
// the rows (docs/numerics.md). With working weights they are those of any generalised linear model.

import type { Kernels, LinearSpec, LinearSums } from '../../kernels/kernels.js';
import { powerOfTwoScale } from '../../kernels/portable/cholesky.js';
import { qrMostBytes } from '../linear-objective.js';
import type { Work } from '../objective.js';

// The Gram matrix loses as many digits of a variance as its condition number has, and nothing refines them
// afterwards: above this (Cholesky's estimate) QR answers.
const gramCondition = 1e3;

/** How the variances were found; 'dependent' when there are none because columns depend on each other. */
export type VarianceMethod = 'cholesky' | 'qr' | 'dependent';

export interface Variances {
  /** Of the estimates, for σ = 1. */
  readonly variances: Float64Array;
  readonly method: VarianceMethod;
  /** Estimate of the condition number of the scaled Hessian; its square root is that of the columns. */
  readonly condition: number;
  /** Σw(y − ŷ)². */
  readonly residualSquares: number;
}

/** Of weighted least squares at `sums.parameters`, with the ridge penalty in `sums.diagonal`. */
export function* variancesOf(sums: LinearSums, spec: LinearSpec, kernels: Kernels): Work<Variances> {
  const { size } = sums;
  yield sums.gradient();
  yield sums.gram();
  const residualSquares = 2 * (sums.sums[size * size + size] as number);
  const gram = variancesByCholesky(sums, kernels);
  const fits = 8 * spec.rows * size <= qrMostBytes;
  if (gram !== undefined && (gram.condition <= gramCondition || !fits)) {
    return { ...gram, residualSquares, method: 'cholesky' };
  }
  const none = { variances: new Float64Array(size).fill(Number.NaN), condition: Number.POSITIVE_INFINITY };
  if (!fits) return { ...none, residualSquares, method: 'dependent' };
  yield sums.leastSquaresVariances();
  const { residualSquares: accurate, failedPivot, condition } = sums;
  if (failedPivot >= 0) return { ...none, residualSquares: accurate, method: 'dependent' };
  return {
    variances: sums.variances.slice(),
    residualSquares: accurate,
    method: 'qr',
    condition: condition * condition,
  };
}

/** The diagonal of C G C / Σw, G = ZᵀWZ / Σw, C = (G + penalty)⁻¹; undefined when a pivot fails. */
function variancesByCholesky(
  { sums, size: p, diagonal }: LinearSums,
  kernels: Kernels,
): Pick<Variances, 'variances' | 'condition'> | undefined {
  const weight = sums[p * p + p + 1] as number;
  const gram = (i: number, j: number): number => (sums[Math.max(i, j) * p + Math.min(i, j)] as number) / weight;
  const scale = diagonal.map((penalty, i) => powerOfTwoScale(gram(i, i) + penalty));
  const scaled = new Float64Array(p * p);
  for (let i = 0; i < p; i += 1) {
    for (let j = 0; j < p; j += 1) scaled[i * p + j] = gram(i, j) * (scale[i] as number) * (scale[j] as number);
  }
  const factor = scaled.slice();
  for (let i = 0; i < p; i += 1) {
    factor[i * p + i] = (factor[i * p + i] as number) + (diagonal[i] as number) * (scale[i] as number) ** 2;
  }
  if (kernels.cholesky(factor, p) >= 0) return undefined;
  const pivots = Array.from({ length: p }, (_, i) => factor[i * p + i] as number);
  const variances = diagonal.map((_, j) => {
    const column = new Float64Array(p);
    column[j] = 1;
    kernels.choleskySolve(factor, p, column);
    let sum = 0;
    for (let i = 0; i < p; i += 1) {
      sum += (column[i] as number) * kernels.dot(scaled.subarray(i * p, (i + 1) * p), column);
    }
    return ((scale[j] as number) ** 2 * sum) / weight;
  });
  return { variances, condition: (Math.max(...pivots) / Math.min(...pivots)) ** 2 };
}
