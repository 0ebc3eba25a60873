// The generalised Cauchy point: the first minimum of the quadratic model
// gᵀz + ½ zᵀBz along the projected path P(x − t g), which is straight between the
// breakpoints where parameters reach their bounds (Byrd, Lu, Nocedal & Zhu 1995,
// algorithm CP). Called by lbfgsb.ts. Departures: everything is counted in units of
// g/max|g| and max|g|/θ, so that no scale of the problem over- or underflows.

import { clamp } from './box.js';
import {
  type CompactBfgs,
  rowOf,
  rowTimes,
  scaleHalves,
  smallProduct,
  solveSaddle,
  timesTransposed,
} from './compact-bfgs.js';
import { innerProduct } from './solver.js';

const epsilon = 2 ** -52;

/** Plain arrays, made once. */
export interface CauchyPoint {
  /** The point itself. */
  readonly point: Float64Array;
  /** 1 where a parameter is away from its bounds at the point, 0 where the path ended on one. */
  readonly isFree: Float64Array;
  free: number;
  /** How many parameters still move along the path. */
  moving: number;
  /** The gradient of the model at the point, in units of `largest`. */
  readonly modelGradient: Float64Array;
  /** max |gᵢ| over the parameters that can move, and the length `largest`/θ that steps are counted in. */
  largest: number;
  unit: number;
  /** −g in units of `largest`, 0 for parameters on their bounds. */
  readonly direction: Float64Array;
  readonly breakpoints: Float64Array;
  /** Binary heap of parameters by breakpoint. */
  readonly heap: Float64Array;
  /** Wᵀd, Wᵀz, a row of W and M times it. */
  readonly p: Float64Array;
  readonly c: Float64Array;
  readonly row: Float64Array;
  readonly solved: Float64Array;
}

export function makeCauchyPoint(size: number, memory: number): CauchyPoint {
  return {
    point: new Float64Array(size),
    isFree: new Float64Array(size),
    free: 0,
    moving: 0,
    modelGradient: new Float64Array(size),
    largest: 0,
    unit: 0,
    direction: new Float64Array(size),
    breakpoints: new Float64Array(size),
    heap: new Float64Array(size),
    p: new Float64Array(2 * memory),
    c: new Float64Array(2 * memory),
    row: new Float64Array(2 * memory),
    solved: new Float64Array(2 * memory),
  };
}

/**
 * Finds the point, the free parameters and the model's gradient there.
 * @returns false when no parameter can move, or the model's arithmetic is no longer finite.
 */
export function findCauchyPoint(
  cauchy: CauchyPoint,
  bfgs: CompactBfgs,
  x: Float64Array,
  g: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): boolean {
  const { direction, breakpoints, heap, p, c, row, solved, isFree } = cauchy;
  const nearest = setOut(cauchy, bfgs.theta, x, g, lower, upper);
  if (!(cauchy.unit > 0) || cauchy.unit === Number.POSITIVE_INFINITY) return false;
  divide(direction, cauchy.largest);
  timesTransposed(bfgs, direction, p);
  c.fill(0);
  let slope = -innerProduct(direction, direction);
  solved.set(p);
  solveSaddle(bfgs.middle, solved);
  let curvature = -slope - smallProduct(bfgs, p, solved);
  const leastCurvature = epsilon * -slope;
  let time = 0;
  // Mostly the minimum lies before the nearest breakpoint, and none needs to be put in order.
  const isPassed = -slope > Math.max(curvature, leastCurvature) * nearest;
  let waiting = isPassed ? fillHeap(cauchy) : 0;
  while (waiting > 0) {
    const b = heap[0] as number;
    const span = (breakpoints[b] as number) - time;
    if (-slope <= Math.max(curvature, leastCurvature) * span) break;
    waiting = removeFirst(heap, breakpoints, waiting);
    time = breakpoints[b] as number;
    const gb = -(direction[b] as number);
    const zb = -time * gb;
    addScaled(c, span, p);
    rowOf(bfgs, b, row);
    solved.set(row);
    solveSaddle(bfgs.middle, solved);
    const rowMp = smallProduct(bfgs, solved, p);
    const rowMc = smallProduct(bfgs, solved, c);
    const rowMrow = smallProduct(bfgs, solved, row);
    slope += span * curvature + gb * gb + gb * zb - gb * rowMc;
    curvature -= gb * gb + 2 * gb * rowMp + gb * gb * rowMrow;
    addScaled(p, gb, row);
    direction[b] = 0;
    isFree[b] = 0;
    cauchy.free -= 1;
    cauchy.point[b] = gb > 0 ? (lower[b] as number) : (upper[b] as number);
    cauchy.moving -= 1;
  }
  const last = cauchy.moving > 0 && slope < 0 ? -slope / Math.max(curvature, leastCurvature) : 0;
  time += last;
  addScaled(c, last, p);
  solved.set(c);
  solveSaddle(bfgs.middle, solved);
  scaleHalves(bfgs, solved);
  placeFree(cauchy, bfgs, x, time, lower, upper);
  return Number.isFinite(time);
}

/** The free parameters at `time`, and the model's gradient there; `solved` holds M Wᵀz. */
function placeFree(
  { point, isFree, modelGradient, direction, solved, unit }: CauchyPoint,
  bfgs: CompactBfgs,
  x: Float64Array,
  time: number,
  lower: Float64Array,
  upper: Float64Array,
): void {
  for (let i = 0; i < x.length; i += 1) {
    if (isFree[i] !== 1) continue;
    const z = time * (direction[i] as number);
    point[i] = clamp((x[i] as number) + unit * z, lower[i] as number, upper[i] as number);
    modelGradient[i] = z - (direction[i] as number) - rowTimes(bfgs, i, solved);
  }
}

/** Directions, not yet in units of `largest`, and breakpoints; returns the nearest of these. */
function setOut(
  cauchy: CauchyPoint,
  theta: number,
  x: Float64Array,
  g: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): number {
  const { point, isFree, modelGradient, direction, breakpoints } = cauchy;
  const n = x.length;
  let largest = 0;
  let nearest = Number.POSITIVE_INFINITY;
  let free = 0;
  let moving = 0;
  for (let i = 0; i < n; i += 1) {
    const xi = x[i] as number;
    const gi = g[i] as number;
    const below = xi - (lower[i] as number);
    const above = (upper[i] as number) - xi;
    const room = gi > 0 ? below : above;
    const moves = gi !== 0 && room > 0;
    const isInside = moves || (gi === 0 && below > 0 && above > 0);
    point[i] = xi;
    modelGradient[i] = 0;
    direction[i] = moves ? -gi : 0;
    isFree[i] = isInside ? 1 : 0;
    if (isInside) free += 1;
    if (moves) moving += 1;
    breakpoints[i] = moves ? (room / Math.abs(gi)) * theta : Number.POSITIVE_INFINITY;
    if (moves) largest = Math.max(largest, Math.abs(gi));
    nearest = Math.min(nearest, breakpoints[i] as number);
  }
  cauchy.free = free;
  cauchy.moving = moving;
  cauchy.largest = largest;
  cauchy.unit = largest / theta;
  return nearest;
}

/** Puts the parameters with finite breakpoints into the heap; returns how many these are. */
function fillHeap({ heap, breakpoints }: CauchyPoint): number {
  let count = 0;
  for (let i = 0; i < breakpoints.length; i += 1) {
    if (breakpoints[i] === Number.POSITIVE_INFINITY) continue;
    heap[count] = i;
    count += 1;
  }
  for (let i = (count >> 1) - 1; i >= 0; i -= 1) siftDown(heap, breakpoints, i, count);
  return count;
}

function divide(x: Float64Array, by: number): void {
  for (let i = 0; i < x.length; i += 1) x[i] = (x[i] as number) / by;
}

function addScaled(to: Float64Array, factor: number, from: Float64Array): void {
  for (let j = 0; j < to.length; j += 1) to[j] = (to[j] as number) + factor * (from[j] as number);
}

function removeFirst(heap: Float64Array, keys: Float64Array, count: number): number {
  heap[0] = heap[count - 1] as number;
  siftDown(heap, keys, 0, count - 1);
  return count - 1;
}

function siftDown(heap: Float64Array, keys: Float64Array, from: number, count: number): void {
  const moving = heap[from] as number;
  const key = keys[moving] as number;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && (keys[heap[child + 1] as number] as number) < (keys[heap[child] as number] as number)) {
      child += 1;
    }
    if ((keys[heap[child] as number] as number) >= key) break;
    heap[at] = heap[child] as number;
    at = child;
  }
  heap[at] = moving;
}
