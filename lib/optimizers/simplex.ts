// A simplex of points and the values there, for the Nelder–Mead method: how it is laid
// out around a start inside bounds, how its points are ordered, and how large it is. Only
// parameters whose bounds leave room take part; a fixed one has the same number in every
// point. Points that are being tried live in arrays of their own until their values are
// known, so that an evaluation that never comes back leaves the simplex whole.

import type { Bounds, Request } from './solver.js';

/** m + 1 points for m free parameters. */
export interface Simplex {
  /** The numbers of the free parameters. */
  readonly free: Float64Array;
  /** (m + 1) × n, a point a row. */
  readonly points: Float64Array;
  /** +∞ where the function is not finite. */
  readonly values: Float64Array;
  /** The points' numbers, best first; of equal values the older first. */
  readonly order: Float64Array;
  /** n each; empty without bounds. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** The edges of the first simplex, n: a thousandth is the least length in which a parameter is measured. */
  readonly edges: Float64Array;
  /** The difference of values in the first simplex, the least in which values are measured. */
  valueScale: number;
  /** Points and values that are to replace those of the simplex. */
  readonly newPoints: Float64Array;
  readonly newValues: Float64Array;
  /** max |xᵢⱼ − x₁ⱼ| / max(|x₁ⱼ|, edgeⱼ/1000) over the points i and parameters j. */
  size: number;
  /** Largest value − smallest value. */
  spread: number;
}

// Of SciPy (and MATLAB's fminsearch): the first edges.
const relativeEdge = 0.05;
const edgeAtZero = 0.00025;
// Of an edge: parameters that end near 0, but not at it, are found to their own digits (Brown's badly scaled function).
const leastLength = 1e-3;

export function emptySimplex(n: number, bounds: Bounds | undefined): Simplex {
  const isFree = (j: number): boolean =>
    bounds === undefined || (bounds.lower[j] as number) < (bounds.upper[j] as number);
  const free = Float64Array.from(Array.from({ length: n }, (_, j) => j).filter(isFree));
  const count = free.length + 1;
  return {
    free,
    points: new Float64Array(count * n),
    values: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    order: Float64Array.from({ length: count }, (_, i) => i),
    lower: bounds ? bounds.lower.slice() : new Float64Array(0),
    upper: bounds ? bounds.upper.slice() : new Float64Array(0),
    edges: new Float64Array(n),
    valueScale: 0,
    newPoints: new Float64Array(count * n),
    newValues: new Float64Array(count),
    size: 0,
    spread: 0,
  };
}

/** Into the bounds. */
export function clip({ lower, upper }: Simplex, x: Float64Array): void {
  for (let j = 0; j < lower.length; j += 1) {
    x[j] = Math.min(Math.max(x[j] as number, lower[j] as number), upper[j] as number);
  }
}

/** `from` + `edge`, or to the other side where a bound is in the way, or as far as there is room; never `from` itself. */
export function edgeInside({ lower, upper }: Simplex, j: number, from: number, edge: number): number {
  if (lower.length === 0) return from + edge;
  const low = lower[j] as number;
  const high = upper[j] as number;
  if (from + edge >= low && from + edge <= high) return from + edge;
  if (from - edge >= low && from - edge <= high) return from - edge;
  return high - from >= from - low ? high : low;
}

/** Lays the first simplex around a point inside the bounds, into the new points. */
export function layOut(simplex: Simplex, start: Float64Array): void {
  const { free, newPoints, edges } = simplex;
  const n = start.length;
  newPoints.set(start);
  for (let k = 0; k < free.length; k += 1) {
    const j = free[k] as number;
    const x = start[j] as number;
    const row = (k + 1) * n;
    newPoints.set(start, row);
    newPoints[row + j] = edgeInside(simplex, j, x, x === 0 ? edgeAtZero : relativeEdge * x);
    edges[j] = Math.abs((newPoints[row + j] as number) - x);
  }
}

/** Evaluates new points from number `first` on. */
export function* evaluateNew(simplex: Simplex, first: number, at: Float64Array): Generator<Request, void, void> {
  const { newPoints, newValues } = simplex;
  const n = at.length;
  for (let i = first; i < newValues.length; i += 1) {
    for (let j = 0; j < n; j += 1) at[j] = newPoints[i * n + j] as number;
    clip(simplex, at);
    newPoints.set(at, i * n);
    newValues[i] = yield* valueAt(at);
  }
}

/** +∞ where the value is not finite. */
export function* valueAt(at: Float64Array): Generator<Request, number, void> {
  const request = { kind: 'value' as const, at, value: Number.NaN };
  yield request;
  return Number.isFinite(request.value) ? request.value : Number.POSITIVE_INFINITY;
}

/** Makes the new points the simplex; point 0 goes first among equals. */
export function takeNew(simplex: Simplex): void {
  const { points, values, order, newPoints, newValues } = simplex;
  points.set(newPoints);
  values.set(newValues);
  for (let i = 0; i < order.length; i += 1) place(order, values, i, i);
}

/** Puts a point in the place of the worst: after all that are as good. */
export function replaceWorst(simplex: Simplex, at: Float64Array, value: number): void {
  const { points, values, order } = simplex;
  const last = order.length - 1;
  const worst = order[last] as number;
  points.set(at, worst * at.length);
  values[worst] = value;
  place(order, values, last, worst);
}

/** Inserts point `index` into the order, whose first `position` entries are sorted. */
function place(order: Float64Array, values: Float64Array, position: number, index: number): void {
  const value = values[index] as number;
  let k = position;
  while (k > 0 && value < (values[order[k - 1] as number] as number)) {
    order[k] = order[k - 1] as number;
    k -= 1;
  }
  order[k] = index;
}

/** Brings `size` and `spread` up to date. */
export function measure(simplex: Simplex): void {
  const { free, points, values, order, edges } = simplex;
  const n = edges.length;
  const best = (order[0] as number) * n;
  let size = 0;
  for (let k = 0; k < free.length; k += 1) {
    const j = free[k] as number;
    const x = points[best + j] as number;
    let widest = 0;
    for (let i = 0; i < order.length; i += 1) {
      widest = Math.max(widest, Math.abs((points[i * n + j] as number) - x));
    }
    size = Math.max(size, widest / Math.max(Math.abs(x), leastLength * (edges[j] as number)));
  }
  simplex.size = size;
  simplex.spread = (values[order[order.length - 1] as number] as number) - (values[order[0] as number] as number);
}
