// The minimum of a convex quadratic with Σ λⱼ|xⱼ| in a box, by cyclic coordinate descent
// (Friedman, Hastie & Tibshirani 2010, "covariance updates"): each coordinate goes to its
// minimum by a soft threshold and a clamp, and the gradient q follows. The sweeps run
// over the coordinates that may differ from 0, in a copy of their part of the matrix;
// the others are looked at after each round, and come in where they break the conditions
// of optimality, so that none is left out for good. Where sweeps are slow (columns that
// nearly depend on each other) Newton's step on the present face ends them: the linear
// system of the coordinates off 0 and off their bounds, up to the first that gets there.
// Called by CoordinateDescent and by regularisation paths.

import { choleskySolveSteps, choleskySteps } from '../kernels/portable/cholesky.js';
import { clamp, projectedStep } from './box.js';
import { euclideanNorm, innerProduct } from './solver.js';
import { minimumNormSubgradient } from './subgradient.js';

// Multiply-adds between two chances to pause, a fraction of a millisecond.
const pauseWork = 400_000;
const mostRounds = 1000;
const mostSweeps = 100_000;
// Sweeps before the first Newton step on a face, and how many in units of its size cost as much as one.
const fewSweeps = 12;
const faceCost = 1 / 6;
const fastFaceCost = 1 / 30;

export interface CoordinateModel {
  /** n×n, both triangles; not changed. */
  readonly hessian: Float64Array;
  /** Added to its diagonal. */
  readonly diagonal: Float64Array;
  /** λⱼ of Σ λⱼ|xⱼ|. */
  readonly l1: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Where the descent starts, and where it ends. */
  readonly point: Float64Array;
  /** The gradient of the quadratic at the point; follows it. */
  readonly slope: Float64Array;
  /** Room for n² numbers each that descents one after another share; made anew without. */
  readonly room?: { readonly matrix: Float64Array; readonly factor: Float64Array };
  /** A faster Cholesky factorisation than the one in TypeScript, with its meaning in `Kernels`. */
  readonly cholesky?: (a: Float64Array, n: number) => number;
  /** True of coordinates that are at 0 and likely to leave it: they are in the sweeps from the first round on. */
  likely?(j: number): boolean;
}

/** The part of a model that the sweeps work on: m coordinates. */
interface Part {
  readonly list: number[];
  readonly matrix: Float64Array;
  readonly curvature: Float64Array;
  readonly l1: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly point: Float64Array;
  readonly slope: Float64Array;
}

/** The element of least norm of the subdifferential in coordinate j, 0 where the box ends its way. */
function violation({ point, slope, l1, lower, upper }: CoordinateModel, j: number): number {
  const x = point[j] as number;
  const v = minimumNormSubgradient(x, slope[j] as number, l1[j] as number);
  return v === 0 ? 0 : projectedStep(x, v, lower[j] as number, upper[j] as number);
}

/** ‖P(x − v) − x‖₂, v the subgradient of least norm: 0 at the minimum. */
export function modelNorm(model: CoordinateModel): number {
  let sum = 0;
  for (let j = 0; j < model.point.length; j += 1) sum += violation(model, j) ** 2;
  return Math.sqrt(sum);
}

/**
 * Descends until the norm is at most `tolerance`, or rounding allows no more; yields where the caller may pause. The point is
 * lower than before, or where it was.
 */
export function* descendCoordinates(model: CoordinateModel, tolerance: number): Generator<void, void, void> {
  const { point, slope, hessian } = model;
  const n = point.length;
  let best = Number.POSITIVE_INFINITY;
  let idle = 0;
  let work = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const norm = modelNorm(model);
    idle = norm < 0.5 * best ? 0 : idle + 1;
    best = Math.min(best, norm);
    if (!(norm > tolerance) || idle > 2) return;
    const part = workingPart(model, round === 0);
    yield* minimizePart(part, model, Math.max(0.3 * tolerance, 2 ** -50 * norm));
    for (const [k, j] of part.list.entries()) {
      const change = (part.point[k] as number) - (point[j] as number);
      if (change === 0) continue;
      point[j] = part.point[k] as number;
      addRow(hessian, j * n, change, slope, n);
      slope[j] = (slope[j] as number) + (model.diagonal[j] as number) * change;
      work += n;
      if (work > pauseWork) {
        work = 0;
        yield;
      }
    }
  }
}

/** The coordinates that are off 0, and those that the conditions of optimality would move. */
function workingPart(model: CoordinateModel, isFirst: boolean): Part {
  const { hessian, diagonal, point } = model;
  const n = point.length;
  const list: number[] = [];
  for (let j = 0; j < n; j += 1) {
    if (point[j] !== 0 || violation(model, j) !== 0 || (isFirst && model.likely?.(j))) list.push(j);
  }
  const m = list.length;
  const matrix = model.room?.matrix ?? new Float64Array(m * m);
  for (let k = 0; k < m; k += 1) {
    const row = (list[k] as number) * n;
    for (let i = 0; i < m; i += 1) matrix[k * m + i] = hessian[row + (list[i] as number)] as number;
    matrix[k * m + k] = (matrix[k * m + k] as number) + (diagonal[list[k] as number] as number);
  }
  const take = (of: Float64Array): Float64Array => Float64Array.from(list, (j) => of[j] as number);
  return {
    list,
    matrix,
    curvature: Float64Array.from(list, (_, k) => matrix[k * m + k] as number),
    l1: take(model.l1),
    lower: take(model.lower),
    upper: take(model.upper),
    point: take(point),
    slope: take(model.slope),
  };
}

function* minimizePart(part: Part, model: CoordinateModel, tolerance: number): Generator<void, void, void> {
  const m = part.list.length;
  // Moves of so little are not worth a row: together the gradients left are within the tolerance.
  const skip = Math.max(tolerance, rounding(part)) / Math.sqrt(Math.max(1, m));
  let work = 0;
  let sinceFace = 0;
  const usual = Math.max(fewSweeps, (model.cholesky ? fastFaceCost : faceCost) * m);
  let wait = usual;
  for (let count = 0; count < mostSweeps; count += 1) {
    if (sweep(part, skip) === 0) return;
    work += m * m;
    if (work > pauseWork) {
      work = 0;
      yield;
    }
    sinceFace += 1;
    if (sinceFace < wait) continue;
    // A face that has no minimum of its own (duplicate columns) is left to the sweeps for longer and longer.
    wait = (yield* stepOnFace(part, model)) ? usual : 2 * wait;
    sinceFace = 0;
  }
}

/** What the gradients of the coordinates cannot be told from 0 below. */
function rounding({ curvature, l1, point, slope }: Part): number {
  let sum = 0;
  for (let k = 0; k < point.length; k += 1) {
    const size =
      Math.abs((curvature[k] as number) * (point[k] as number)) + (l1[k] as number) + Math.abs(slope[k] as number);
    sum += size * size;
  }
  return 2 ** -51 * Math.sqrt(sum);
}

/** One pass over the coordinates, but for those whose gradient is no more than `skip`; how many moved. */
function sweep({ matrix, curvature, l1, lower, upper, point, slope }: Part, skip: number): number {
  const m = point.length;
  let moved = 0;
  for (let k = 0; k < m; k += 1) {
    const a = curvature[k]!;
    const x = point[k]!;
    const to = clamp(coordinateMinimum(x, slope[k]!, l1[k]!, a), lower[k]!, upper[k]!);
    const change = to - x;
    if (Math.abs(a * change) <= skip && (to === 0) === (x === 0)) continue;
    point[k] = to;
    moved += 1;
    addRow(matrix, k * m, change, slope, m);
  }
  return moved;
}

/** argmin over z of q(z − x) + ½a(z − x)² + λ|z|. A coordinate without curvature stays, unless a penalty draws it to 0. */
function coordinateMinimum(x: number, q: number, lambda: number, a: number): number {
  if (!(a > 0)) return lambda > 0 && Math.abs(q) <= lambda ? 0 : x;
  const above = x - (q + lambda) / a;
  if (above > 0) return above;
  const below = x - (q - lambda) / a;
  return below < 0 ? below : 0;
}

/** slope ← slope + change·row. */
function addRow(matrix: Float64Array, from: number, change: number, slope: Float64Array, n: number): void {
  const whole = n - (n % 4);
  let i = 0;
  for (let at = from; i < whole; i += 4, at += 4) {
    slope[i] = slope[i]! + change * matrix[at]!;
    slope[i + 1] = slope[i + 1]! + change * matrix[at + 1]!;
    slope[i + 2] = slope[i + 2]! + change * matrix[at + 2]!;
    slope[i + 3] = slope[i + 3]! + change * matrix[at + 3]!;
  }
  for (; i < n; i += 1) slope[i] = slope[i]! + change * matrix[from + i]!;
}

/** Newton's step on the coordinates off 0 and off their bounds, up to the first that comes to either; false where there is none. */
function* stepOnFace(part: Part, { cholesky, room }: CoordinateModel): Generator<void, boolean, void> {
  const { matrix, l1, lower, upper, point, slope } = part;
  const m = point.length;
  const face: number[] = [];
  for (let k = 0; k < m; k += 1) {
    const x = point[k] as number;
    const kinked = x === 0 && (l1[k] as number) > 0;
    if (!kinked && x > (lower[k] as number) && x < (upper[k] as number)) face.push(k);
  }
  const size = face.length;
  if (size === 0) return false;
  const factor = room?.factor ?? new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    const row = (face[i] as number) * m;
    for (let j = 0; j <= i; j += 1) factor[i * size + j] = matrix[row + (face[j] as number)] as number;
  }
  const gradient = Float64Array.from(face, (k) =>
    minimumNormSubgradient(point[k] as number, slope[k] as number, l1[k] as number),
  );
  const step = gradient.map((value) => -value);
  if ((cholesky ? cholesky(factor.subarray(0, size * size), size) : yield* choleskySteps(factor, size)) >= 0)
    return false;
  yield* choleskySolveSteps(factor, size, step);
  if (!(innerProduct(step, gradient) < 0) || !Number.isFinite(euclideanNorm(step))) return false;
  let length = 1;
  const ends = face.map((k, i) => endOfFace(part, k, step[i] as number));
  for (let i = 0; i < size; i += 1) {
    const reach = ((ends[i] as number) - (point[face[i] as number] as number)) / (step[i] as number);
    if (step[i] !== 0) length = Math.min(length, reach);
  }
  for (let i = 0; i < size; i += 1) {
    const k = face[i] as number;
    const x = point[k] as number;
    const end = ends[i] as number;
    const stops = step[i] !== 0 && (end - x) / (step[i] as number) <= length;
    const change = stops ? end - x : length * (step[i] as number);
    point[k] = stops ? end : x + change;
    addRow(matrix, k * m, change, slope, m);
  }
  return true;
}

/** Where a coordinate that moves that way leaves its face: at 0, where the penalty has its kink, or at a bound. */
function endOfFace({ point, l1, lower, upper }: Part, k: number, step: number): number {
  const bound = (step > 0 ? upper[k] : lower[k]) as number;
  const crosses = (l1[k] as number) > 0 && (point[k] as number) * step < 0;
  if (!crosses) return bound;
  return step > 0 ? Math.min(0, bound) : Math.max(0, bound);
}
