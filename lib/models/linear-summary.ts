// What linear least squares knows of its estimates: standard errors, the residual
// standard deviation, R². Variances come from the Gram matrix where it is well
// conditioned, else from QR of the rows: docs/numerics.md.

import type { Kernels, LinearSpec, LinearSums } from '../kernels/kernels.js';
import { powerOfTwoScale } from '../kernels/portable/cholesky.js';
import { qrMostBytes } from './linear-objective.js';
import type { Work } from './objective.js';

export interface CoefficientSummary {
  /** Of the column; 'intercept' for the constant term. */
  readonly name: string;
  readonly estimate: number;
  /** NaN when columns depend on each other or there are no degrees of freedom. */
  readonly standardError: number;
}

export interface LinearSummary {
  /** One a column, then the intercept where there is one. */
  readonly coefficients: readonly CoefficientSummary[];
  /** σ, NaN without degrees of freedom: an observation of weight w has variance σ²/w. */
  readonly residualStandardDeviation: number;
  /** Rows of positive weight less parameters. */
  readonly degreesOfFreedom: number;
  /** 1 − Σw(y − ŷ)² / Σw(y − ȳ)²; without an intercept about the origin: 1 − Σw(y − ŷ)² / Σwy². NaN for a constant target. */
  readonly rSquared: number;
  /** How the variances were found; 'dependent' when there are none because columns depend on each other. */
  readonly method: 'cholesky' | 'qr' | 'dependent';
  /** Estimate of the condition number of the scaled Hessian; its square root is that of the columns. */
  readonly condition: number;
}

// The Gram matrix loses as many digits of a variance as its condition number has, and nothing refines them
// afterwards: above this (Cholesky's estimate) QR answers.
const gramCondition = 1e3;

/**
 * @param spec the rows as they are, with squared loss. @param parameters the model's, on the scale of the data.
 * @param diagonal the ridge penalty ½ Σ diagonalⱼβⱼ², in the same units.
 */
export function* summarise(
  spec: LinearSpec,
  names: readonly string[],
  parameters: Float64Array,
  diagonal: Float64Array,
  kernels: Kernels,
  threads: number,
): Work<LinearSummary> {
  const sums = kernels.linear(spec, threads);
  try {
    sums.parameters.set(parameters);
    sums.diagonal.set(diagonal);
    const { variances, residualSquares, method, condition } = yield* variancesOf(sums, spec, kernels);
    const { freedom, squares } = spread(spec, parameters.length);
    const deviation = freedom > 0 ? Math.sqrt(residualSquares / freedom) : Number.NaN;
    const coefficients = Array.from(parameters, (estimate, j) => ({
      name: names[j] ?? 'intercept',
      estimate,
      standardError: deviation * Math.sqrt(variances[j] as number),
    }));
    return {
      coefficients,
      residualStandardDeviation: deviation,
      degreesOfFreedom: freedom,
      rSquared: squares === 0 ? Number.NaN : 1 - residualSquares / squares,
      method,
      condition,
    };
  } finally {
    sums.dispose();
  }
}

interface Variances extends Pick<LinearSummary, 'method' | 'condition'> {
  /** Of the estimates, for σ = 1. */
  readonly variances: Float64Array;
  /** Σw(y − ŷ)². */
  readonly residualSquares: number;
}

function* variancesOf(sums: LinearSums, spec: LinearSpec, kernels: Kernels): Work<Variances> {
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

/** Degrees of freedom, and the sum of squares that R² compares with. */
function spread({ y, weights, rows, intercept }: LinearSpec, size: number): { freedom: number; squares: number } {
  const weightOf = (i: number): number => (weights === undefined ? 1 : (weights.data[i] as number));
  const target = (i: number): number => (y === undefined ? 0 : (y.data[i] as number));
  let used = 0;
  let total = 0;
  let centre = 0;
  for (let i = 0; i < rows; i += 1) {
    if (weightOf(i) > 0) used += 1;
    total += weightOf(i);
    centre += weightOf(i) * target(i);
  }
  centre = intercept ? centre / total : 0;
  let squares = 0;
  for (let i = 0; i < rows; i += 1) squares += weightOf(i) * (target(i) - centre) ** 2;
  return { freedom: used - size, squares };
}
