// What a fit by least squares knows of its parameters: covariance s²·(JᵀJ)⁻¹ with
// s² = Σ r² / (m − n), standard errors, degrees of freedom (Seber and Wild, Nonlinear Regression, 1989,
// section 2.1), by QR of J. Parameters at a bound count as known; those that J does not
// determine have no standard error, and it is said why.

import { allocateQr, factor, type PivotedQr, safeNorm, solveUpper } from './dense-qr.js';
import type { Bounds } from './solver.js';

export interface FitAtMinimum {
  /** Residuals × parameters, row-major. */
  readonly jacobian: Float64Array;
  readonly parameters: Float64Array;
  readonly residualCount: number;
  /** Σ r² (twice the value of a solver). */
  readonly sumOfSquares: number;
  readonly bounds?: Bounds | undefined;
}

export interface ParameterCovariance {
  /** n×n, row-major; 0 in the rows of parameters at a bound. Undefined where a parameter has no variance. */
  readonly covariance: Float64Array | undefined;
  /** Of each parameter; undefined for those in `reasons`. */
  readonly standardErrors: readonly (number | undefined)[];
  /** Why a parameter has no standard error; undefined for those that have one. */
  readonly reasons: readonly (string | undefined)[];
  /** Residuals less the parameters that the fit determined. */
  readonly degreesOfFreedom: number;
  /** √(Σ r² / degreesOfFreedom); undefined without degrees of freedom. */
  readonly residualStandardDeviation: number | undefined;
}

// A column that depends on others by less than this does so by rounding.
const dependence = 2 ** -26;

export function parameterCovariance(fit: FitAtMinimum): ParameterCovariance {
  const { jacobian, parameters, residualCount: m, bounds } = fit;
  const n = parameters.length;
  const reasons = new Array<string | undefined>(n).fill(undefined);
  const chosen = new Float64Array(n).fill(1);
  for (let j = 0; j < n; j += 1) {
    const x = parameters[j] as number;
    const at = bounds && (x <= (bounds.lower[j] as number) || x >= (bounds.upper[j] as number));
    if (!at) continue;
    chosen[j] = 0;
    reasons[j] = `it is at its bound ${x}`;
  }
  const qr = allocateQr(m, n);
  factor(qr, jacobian, normsOfColumns(jacobian, m, n), chosen);
  const degreesOfFreedom = m - qr.rank;
  const variance = degreesOfFreedom > 0 ? fit.sumOfSquares / degreesOfFreedom : undefined;
  const inverse = invertTriangle(qr);
  markUndetermined(qr, reasons);
  const deficient = qr.rank < qr.count;
  if (variance === undefined) {
    for (let j = 0; j < n; j += 1) {
      reasons[j] ??= `${m} residuals for ${qr.rank} parameters leave nothing to judge the spread`;
    }
  }
  const standardDeviation = variance === undefined ? undefined : Math.sqrt(variance);
  const standardErrors = new Array<number | undefined>(n).fill(undefined);
  for (let k = 0; k < qr.rank && standardDeviation !== undefined; k += 1) {
    const j = qr.order[k] as number;
    if (reasons[j] !== undefined) continue;
    const row = k * n;
    standardErrors[j] = standardDeviation * (qr.scale[j] as number) * safeNorm(inverse, row + k, row + qr.rank);
  }
  const covariance = variance === undefined || deficient ? undefined : covarianceOf(qr, inverse, variance);
  return { covariance, standardErrors, reasons, degreesOfFreedom, residualStandardDeviation: standardDeviation };
}

function normsOfColumns(jacobian: Float64Array, m: number, n: number): Float64Array {
  const column = new Float64Array(m);
  const norms = new Float64Array(n);
  for (let j = 0; j < n; j += 1) {
    for (let i = 0; i < m; i += 1) column[i] = jacobian[i * n + j] as number;
    norms[j] = safeNorm(column, 0, m);
  }
  return norms;
}

/** R⁻¹ of the leading `rank` rows and columns, row-major. */
function invertTriangle(qr: PivotedQr): Float64Array {
  const { columns: n, rank, r } = qr;
  const inverse = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let k = 0; k < rank; k += 1) {
    column.fill(0);
    column[k] = 1;
    solveUpper(r, n, k + 1, column);
    for (let i = 0; i <= k; i += 1) inverse[i * n + k] = column[i] as number;
  }
  return inverse;
}

/** The parameters that some combination leaving r unchanged moves: R₁₁⁻¹R₁₂ shows which take part. */
function markUndetermined(qr: PivotedQr, reasons: (string | undefined)[]): void {
  const { columns: n, rank, count, r, order } = qr;
  const why = `the Jacobian has rank ${rank} with ${count} parameters, and does not tell it from others`;
  const column = new Float64Array(n);
  for (let k = rank; k < count; k += 1) {
    reasons[order[k] as number] = why;
    for (let i = 0; i < rank; i += 1) column[i] = r[i * n + k] as number;
    solveUpper(r, n, rank, column);
    for (let i = 0; i < rank; i += 1) {
      if (Math.abs(column[i] as number) > dependence) reasons[order[i] as number] = why;
    }
  }
}

/** s²·R⁻¹R⁻ᵀ, back in the order and units of the parameters. */
function covarianceOf(qr: PivotedQr, inverse: Float64Array, variance: number): Float64Array {
  const { columns: n, rank, order, scale } = qr;
  const covariance = new Float64Array(n * n);
  for (let k = 0; k < rank; k += 1) {
    for (let l = 0; l <= k; l += 1) {
      let sum = 0;
      for (let i = k; i < rank; i += 1) sum += (inverse[k * n + i] as number) * (inverse[l * n + i] as number);
      const a = order[k] as number;
      const b = order[l] as number;
      const entry = variance * sum * (scale[a] as number) * (scale[b] as number);
      covariance[a * n + b] = entry;
      covariance[b * n + a] = entry;
    }
  }
  return covariance;
}
