// The step of Levenberg and Marquardt: min ‖r + J p‖ over ‖D p‖ ≤ Δ, by a search for
// the damping λ with ‖D p(λ)‖ within a tenth of Δ, p(λ) = min ‖r + J p‖² + λ‖D p‖² (Moré 1978,
// sections 3 and 5, algorithm 5.5). Every system is solved from the orthogonal
// factorisation; JᵀJ is never formed.

import { type PivotedQr, solveDamped, solveUpper, solveUpperTransposed } from './dense-qr.js';

const closeness = 0.1;
const mostTrials = 10;
const smallest = Number.MIN_VALUE * 2 ** 52;

/** Work arrays of one step, all of the length of the parameters but `triangle`, n×n. */
export interface DampedStepWork {
  readonly triangle: Float64Array;
  readonly solution: Float64Array;
  readonly weights: Float64Array;
  readonly damping: Float64Array;
  readonly row: Float64Array;
  readonly slope: Float64Array;
}

export function dampedStepWork(n: number): DampedStepWork {
  return {
    triangle: new Float64Array(n * n),
    solution: new Float64Array(n),
    weights: new Float64Array(n),
    damping: new Float64Array(n),
    row: new Float64Array(n),
    slope: new Float64Array(n),
  };
}

/** −(basic solution) of min ‖A z + b‖ within the numerical rank; zeros beyond it. `projected` is Qᵀb. */
export function basicSolution(qr: PivotedQr, projected: Float64Array, z: Float64Array): void {
  for (let k = 0; k < qr.count; k += 1) z[k] = k < qr.rank ? -(projected[k] as number) : 0;
  solveUpper(qr.r, qr.columns, qr.rank, z);
}

/** From places and scaled columns back to parameters. */
export function scatter(qr: PivotedQr, z: Float64Array, step: Float64Array): void {
  for (let k = 0; k < qr.count; k += 1) {
    const j = qr.order[k] as number;
    step[j] = (z[k] as number) * (qr.scale[j] as number);
  }
}

function weightedNorm(weights: Float64Array, z: Float64Array, n: number): number {
  let largest = 0;
  for (let k = 0; k < n; k += 1) largest = Math.max(largest, Math.abs((weights[k] as number) * (z[k] as number)));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let k = 0; k < n; k += 1) sum += (((weights[k] as number) * (z[k] as number)) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/**
 * Writes the step of the parameters that the factorisation holds, and gives λ.
 * @param scaling D, a positive number for each parameter.
 * @param first λ of the step before, where the search begins.
 */
export function dampedStep(
  qr: PivotedQr,
  projected: Float64Array,
  scaling: Float64Array,
  radius: number,
  first: number,
  work: DampedStepWork,
  step: Float64Array,
): number {
  const { solution, weights, damping, triangle, row, slope } = work;
  const { count, columns, rows, r } = qr;
  for (let k = 0; k < count; k += 1) {
    const j = qr.order[k] as number;
    const weight = (scaling[j] as number) * (qr.scale[j] as number);
    weights[k] = weight > 0 ? weight : 1;
  }
  basicSolution(qr, projected, solution);
  let length = weightedNorm(weights, solution, count);
  let excess = length - radius;
  if (excess <= closeness * radius) {
    scatter(qr, solution, step);
    return 0;
  }
  const full = qr.rank === count;
  let lower = full ? newtonCorrection(r, columns, count, weights, solution, length, radius, excess, slope) : 0;
  for (let k = 0; k < count; k += 1) {
    let sum = 0;
    for (let i = 0; i <= k && i < rows; i += 1) sum += (r[i * columns + k] as number) * (projected[i] as number);
    slope[k] = sum / (weights[k] as number);
  }
  const steepest = Math.sqrt(squares(slope, count));
  let upper = Math.max(steepest / radius, smallest);
  let lambda = Math.min(Math.max(first, lower), upper);
  if (lambda === 0) lambda = steepest / length;
  for (let trials = 0; ; trials += 1) {
    if (lambda === 0) lambda = Math.max(smallest, 0.001 * upper);
    const root = Math.sqrt(lambda);
    for (let k = 0; k < count; k += 1) damping[k] = root * (weights[k] as number);
    solveDamped(qr, damping, projected, triangle, row, solution);
    for (let k = 0; k < count; k += 1) solution[k] = -(solution[k] as number);
    length = weightedNorm(weights, solution, count);
    const before = excess;
    excess = length - radius;
    const shortened = lower === 0 && excess <= before && before < 0;
    if (Math.abs(excess) <= closeness * radius || shortened || trials === mostTrials - 1) break;
    const correction = newtonCorrection(triangle, columns, count, weights, solution, length, radius, excess, slope);
    if (excess > 0) lower = Math.max(lower, lambda);
    else upper = Math.min(upper, lambda);
    lambda = Math.max(lower, lambda + correction);
  }
  scatter(qr, solution, step);
  return lambda;
}

/** (φ/Δ) / ‖S⁻ᵀ D²p/‖D p‖‖², φ = ‖D p‖ − Δ: what Newton on 1/‖D p(λ)‖ = 1/Δ adds to λ. */
function newtonCorrection(
  triangle: Float64Array,
  stride: number,
  count: number,
  weights: Float64Array,
  solution: Float64Array,
  length: number,
  radius: number,
  excess: number,
  into: Float64Array,
): number {
  for (let k = 0; k < count; k += 1) {
    const w = weights[k] as number;
    into[k] = w * ((w * (solution[k] as number)) / length);
  }
  solveUpperTransposed(triangle, stride, count, into);
  return excess / radius / squares(into, count);
}

function squares(x: Float64Array, n: number): number {
  let sum = 0;
  for (let k = 0; k < n; k += 1) sum += (x[k] as number) * (x[k] as number);
  return sum;
}
