// When a Nelder–Mead simplex has lost a dimension or goes down without getting near a
// minimum, a new one is laid around its best point, its edges turned downhill by the
// simplex gradient D = V⁻¹δ (V the edges, δ the differences of values): the oriented
// restart of Kelley 1999 (Detection and remediation of stagnation in the Nelder–Mead
// algorithm using a sufficient decrease condition). It stagnates where the mean value
// fell, but by less than α‖D‖², α = 1e-4 σ₀/‖D₀‖ of the first simplex. Departures: all
// lengths are relative to the parameters; the test is made once in m + 1 iterations;
// the new edges are as long as the longest old one, not half of the shortest, which may be 0.

import { valueRounding } from './line-search.js';
import { euclideanNorm } from './solver.js';
import { edgeInside, type Simplex } from './simplex.js';

const sufficientDecrease = 1e-4;
const epsilon = 2 ** -52;

/** What the test of stagnation remembers. */
export interface Stagnation {
  /** α; NaN before the first test. */
  alpha: number;
  /** Mean value at the last test. */
  mean: number;
  /** Iterations since then. */
  iterations: number;
  restarts: number;
  /** m × m: V, then its triangular factors. */
  readonly edges: Float64Array;
  /** m: δ, then D. */
  readonly slopes: Float64Array;
}

export function emptyStagnation(free: number): Stagnation {
  return {
    alpha: Number.NaN,
    mean: Number.NaN,
    iterations: 0,
    restarts: 0,
    edges: new Float64Array(free * free),
    slopes: new Float64Array(free),
  };
}

/**
 * True when the simplex, of the given mean value, should be laid anew; `slopes` are then those of D, or 0 where V is singular.
 * Asked again, it answers the same.
 */
export function stagnates(simplex: Simplex, memory: Stagnation, mean: number): boolean {
  const { slopes } = memory;
  if (!Number.isFinite(mean)) return false;
  const singular = !simplexGradient(simplex, memory);
  if (singular) {
    slopes.fill(0);
    return true;
  }
  const norm = euclideanNorm(slopes);
  if (Number.isNaN(memory.alpha)) memory.alpha = norm > 0 ? (sufficientDecrease * simplex.size) / norm : 0;
  const fallen = memory.mean - mean;
  if (simplex.spread <= valueRounding(mean)) return false;
  return fallen > 0 && fallen < memory.alpha * norm * norm;
}

/** The new simplex around the best point, into the new points. */
export function orient(simplex: Simplex, memory: Stagnation): void {
  const { free, points, values, order, edges, newPoints, newValues } = simplex;
  const n = edges.length;
  const best = (order[0] as number) * n;
  const point = points.subarray(best, best + n);
  newPoints.set(point);
  newValues[0] = values[order[0] as number] as number;
  for (let k = 0; k < free.length; k += 1) {
    const j = free[k] as number;
    const row = (k + 1) * n;
    const x = point[j] as number;
    const edge = simplex.size * unit(simplex, j, x);
    newPoints.set(point, row);
    newPoints[row + j] = edgeInside(simplex, j, x, (memory.slopes[k] as number) > 0 ? -edge : edge);
  }
}

function unit({ edges }: Simplex, j: number, x: number): number {
  return Math.max(Math.abs(x), edges[j] as number);
}

export function meanValue({ values }: Simplex): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] as number;
  return sum / values.length;
}

/** Solves V D = δ by elimination with row pivots, in relative lengths; false where V is singular to rounding. */
function simplexGradient(simplex: Simplex, { edges: v, slopes: d }: Stagnation): boolean {
  const { free, points, values, order, edges } = simplex;
  const n = edges.length;
  const m = free.length;
  const best = order[0] as number;
  let largest = 0;
  for (let i = 0; i < m; i += 1) {
    const other = order[i + 1] as number;
    d[i] = (values[other] as number) - (values[best] as number);
    for (let k = 0; k < m; k += 1) {
      const j = free[k] as number;
      const x = points[best * n + j] as number;
      const edge = ((points[other * n + j] as number) - x) / unit(simplex, j, x);
      v[i * m + k] = edge;
      largest = Math.max(largest, Math.abs(edge));
    }
  }
  for (let k = 0; k < m; k += 1) {
    let pivot = k;
    for (let i = k + 1; i < m; i += 1) {
      if (Math.abs(v[i * m + k] as number) > Math.abs(v[pivot * m + k] as number)) pivot = i;
    }
    if (!(Math.abs(v[pivot * m + k] as number) > m * epsilon * largest)) return false;
    swapRows(v, d, m, k, pivot);
    for (let i = k + 1; i < m; i += 1) {
      const factor = (v[i * m + k] as number) / (v[k * m + k] as number);
      for (let j = k + 1; j < m; j += 1) v[i * m + j] = (v[i * m + j] as number) - factor * (v[k * m + j] as number);
      d[i] = (d[i] as number) - factor * (d[k] as number);
    }
  }
  for (let k = m - 1; k >= 0; k -= 1) {
    let sum = d[k] as number;
    for (let j = k + 1; j < m; j += 1) sum -= (v[k * m + j] as number) * (d[j] as number);
    d[k] = sum / (v[k * m + k] as number);
  }
  return true;
}

function swapRows(v: Float64Array, d: Float64Array, m: number, a: number, b: number): void {
  if (a === b) return;
  for (let j = 0; j < m; j += 1) {
    const held = v[a * m + j] as number;
    v[a * m + j] = v[b * m + j] as number;
    v[b * m + j] = held;
  }
  const held = d[a] as number;
  d[a] = d[b] as number;
  d[b] = held;
}
