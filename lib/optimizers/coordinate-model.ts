// The minimum of a convex quadratic with Σ λⱼ|xⱼ| in a box, by cyclic coordinate descent
// (Friedman, Hastie & Tibshirani 2010, "covariance updates"): each coordinate goes to its
// minimum by a soft threshold and a clamp, and the gradient q follows. The moves are made
// by the kernels, over the coordinates that may differ from 0 (working-set.ts); the others
// are looked at after each round, and come in where they break the conditions of
// optimality, so that none is left out for good. Where sweeps are slow (columns that
// nearly depend on each other) Newton's step on the present face ends them: the linear
// system of the coordinates off 0 and off their bounds, up to the first that gets there.
// Called by CoordinateDescent and by regularisation paths.

import type { Kernels } from '../kernels/kernels.js';
import { choleskySteps } from '../kernels/portable/cholesky.js';
import { projectedStep } from './box.js';
import { euclideanNorm, innerProduct } from './solver.js';
import { minimumNormSubgradient } from './subgradient.js';
import { WorkingSet } from './working-set.js';

// Multiply-adds between two chances to pause, some fraction of a millisecond.
const pauseWork = 400_000;
const mostRounds = 1000;
const mostSweeps = 100_000;
// Sweeps before the first Newton step on a face, and how many in units of its size cost as much as one.
const fewSweeps = 6;
const faceCost = 1 / 30;
// Up to this size a factorisation by native kernels takes no longer than an event loop may be held.
const heldFaceMost = 700;

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
  readonly kernels: Kernels;
  /** Coordinates of the same Hessian that descents one after another share; made anew without. */
  readonly set?: WorkingSet;
  /** True of coordinates that are at 0 and likely to leave it: they are in the sweeps from the first round on. */
  likely?(j: number): boolean;
}

/** The element of least norm of the subdifferential in coordinate j, 0 where the box ends its way. */
function violation({ point, slope, l1, lower, upper }: CoordinateModel, j: number): number {
  const x = point[j] as number;
  const v = minimumNormSubgradient(x, slope[j] as number, l1[j] as number);
  return v === 0 ? 0 : projectedStep(x, v, lower[j] as number, upper[j] as number);
}

/** ‖P(x − v) − x‖₂, v the subgradient of least norm: 0 at the minimum. */
function modelNorm(model: CoordinateModel): number {
  let sum = 0;
  for (let j = 0; j < model.point.length; j += 1) sum += violation(model, j) ** 2;
  return Math.sqrt(sum);
}

/**
 * Descends until the norm is at most `tolerance`, or rounding allows no more; yields where the caller may pause. The point is
 * lower than before, or where it was.
 */
export function* descendCoordinates(model: CoordinateModel, tolerance: number): Generator<void, void, void> {
  const { point } = model;
  const set = model.set ?? new WorkingSet(model.hessian, point.length);
  let best = Number.POSITIVE_INFINITY;
  let idle = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const norm = modelNorm(model);
    idle = norm < 0.5 * best ? 0 : idle + 1;
    best = Math.min(best, norm);
    if (!(norm > tolerance) || idle > 2) return;
    yield* gather(model, set, round === 0);
    yield* minimizePart(set, model, Math.max(0.3 * tolerance, 2 ** -50 * norm));
    yield* takeOver(model, set);
  }
}

/** Sees to it that the coordinates off 0, and those that the conditions of optimality would move, are in the set. */
function* gather(model: CoordinateModel, set: WorkingSet, isFirst: boolean): Generator<void, void, void> {
  const { point } = model;
  const n = point.length;
  const wanted: number[] = [];
  for (let j = 0; j < n; j += 1) {
    if (point[j] !== 0 || violation(model, j) !== 0 || (isFirst && model.likely?.(j))) wanted.push(j);
  }
  // A few that stay at 0 cost less than packing anew.
  if (isFirst && set.count > 1.2 * wanted.length) set.clear();
  yield* set.add(wanted.filter((j) => !set.has(j)));
  set.load(model);
}

/** Brings point and slope of the model to those of the set. */
function* takeOver({ point, slope, hessian, diagonal, kernels }: CoordinateModel, set: WorkingSet) {
  const n = point.length;
  const list: number[] = [];
  const changes: number[] = [];
  for (let k = 0; k < set.count; k += 1) {
    const j = set.list[k]!;
    const change = set.point[k]! - point[j]!;
    if (change === 0) continue;
    point[j] = set.point[k]!;
    slope[j] = slope[j]! + diagonal[j]! * change;
    list.push(j);
    changes.push(change);
  }
  yield* addRowsInParts(kernels, hessian, n, list, changes, slope);
}

/** `Kernels.addRows` with chances to pause. */
export function* addRowsInParts(
  kernels: Kernels,
  matrix: Float64Array,
  stride: number,
  list: readonly number[],
  weights: readonly number[],
  out: Float64Array,
): Generator<void, void, void> {
  const rows = Math.max(1, Math.floor(pauseWork / Math.max(1, out.length)));
  for (let from = 0; from < list.length; from += rows) {
    if (from > 0) yield;
    const part = Uint32Array.from(list.slice(from, from + rows));
    kernels.addRows(matrix, stride, part, Float64Array.from(weights.slice(from, from + rows)), out);
  }
}

function* minimizePart(set: WorkingSet, model: CoordinateModel, tolerance: number): Generator<void, void, void> {
  const { kernels } = model;
  const m = set.count;
  // Moves of so little are not worth a row: together the gradients left are within the tolerance.
  const skip = Math.max(tolerance, rounding(set)) / Math.sqrt(Math.max(1, m));
  const most = Math.max(1, Math.floor(pauseWork / Math.max(1, m)));
  const usual = Math.ceil(Math.max(fewSweeps, faceCost * m)) * m;
  let left = mostSweeps * m;
  let interval = usual;
  let wait = usual;
  while (left > 0) {
    const moves = Math.min(most, wait);
    const made = kernels.moveCoordinates(set, skip, moves);
    if (made < moves) return;
    yield;
    left -= made;
    wait -= made;
    if (wait > 0) continue;
    // A face that has no minimum of its own (duplicate columns) is left to the sweeps for longer and longer.
    interval = (yield* stepOnFace(set, model)) ? usual : 2 * interval;
    wait = interval;
  }
}

/** What the gradients of the coordinates cannot be told from 0 below. */
function rounding({ count, matrix, stride, l1, point, slope }: WorkingSet): number {
  let sum = 0;
  for (let k = 0; k < count; k += 1) {
    const size = Math.abs(matrix[k * stride + k]! * point[k]!) + l1[k]! + Math.abs(slope[k]!);
    sum += size * size;
  }
  return 2 ** -51 * Math.sqrt(sum);
}

/** Newton's step on the coordinates off 0 and off their bounds, up to the first that comes to either; false where there is none. */
function* stepOnFace(set: WorkingSet, { kernels }: CoordinateModel): Generator<void, boolean, void> {
  const { count, matrix, stride, l1, lower, upper, point, slope } = set;
  const face: number[] = [];
  for (let k = 0; k < count; k += 1) {
    const x = point[k]!;
    const kinked = x === 0 && l1[k]! > 0;
    if (!kinked && x > lower[k]! && x < upper[k]!) face.push(k);
  }
  const size = face.length;
  if (size === 0) return false;
  const factor = set.factor(size);
  for (let i = 0; i < size; i += 1) {
    const row = face[i]! * stride;
    for (let j = 0; j <= i; j += 1) factor[i * size + j] = matrix[row + face[j]!]!;
  }
  const gradient = Float64Array.from(face, (k) => minimumNormSubgradient(point[k]!, slope[k]!, l1[k]!));
  const step = gradient.map((value) => -value);
  const held = kernels.native && size <= heldFaceMost;
  if ((held ? kernels.cholesky(factor, size) : yield* choleskySteps(factor, size)) >= 0) return false;
  kernels.choleskySolve(factor, size, step);
  if (!(innerProduct(step, gradient) < 0) || !Number.isFinite(euclideanNorm(step))) return false;
  let length = 1;
  const ends = face.map((k, i) => endOfFace(set, k, step[i]!));
  for (let i = 0; i < size; i += 1) {
    if (step[i] !== 0) length = Math.min(length, (ends[i]! - point[face[i]!]!) / step[i]!);
  }
  const changes = face.map((k, i) => {
    const x = point[k]!;
    const end = ends[i]!;
    const stops = step[i] !== 0 && (end - x) / step[i]! <= length;
    const change = stops ? end - x : length * step[i]!;
    point[k] = stops ? end : x + change;
    return change;
  });
  yield* addRowsInParts(kernels, matrix, stride, face, changes, slope.subarray(0, count));
  set.turn.fill(0);
  return true;
}

/** Where a coordinate that moves that way leaves its face: at 0, where the penalty has its kink, or at a bound. */
function endOfFace({ point, l1, lower, upper }: WorkingSet, k: number, step: number): number {
  const bound = (step > 0 ? upper[k] : lower[k]) as number;
  const crosses = (l1[k] as number) > 0 && (point[k] as number) * step < 0;
  if (!crosses) return bound;
  return step > 0 ? Math.min(0, bound) : Math.max(0, bound);
}
