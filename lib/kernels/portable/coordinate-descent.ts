// The moves of coordinate descent, and the rows that they add to a gradient:
// native/core/coordinate_descent.cc does the same operations in the same order.

import type { Coordinates } from '../kernels.js';
import { axpy } from './vectors.js';

export function moveCoordinates(part: Coordinates, skip: number, moves: number): number {
  const { count, matrix, stride, l1, lower, upper, point, slope, turn } = part;
  let k = turn[0]!;
  let quiet = turn[1]!;
  let made = 0;
  while (quiet < count && made < moves) {
    const a = matrix[k * stride + k]!;
    const x = point[k]!;
    let to = coordinateMinimum(x, slope[k]!, l1[k]!, a);
    if (to < lower[k]!) to = lower[k]!;
    if (to > upper[k]!) to = upper[k]!;
    const change = to - x;
    if (Math.abs(a * change) > skip || (to === 0 && x !== 0)) {
      point[k] = to;
      axpy(change, matrix, k * stride, slope, count);
      made += 1;
      quiet = 0;
    } else {
      quiet += 1;
    }
    k += 1;
    if (k === count) k = 0;
  }
  turn[0] = k;
  turn[1] = quiet;
  return made;
}

/** argmin over z of q(z − x) + ½a(z − x)² + λ|z|. Without curvature it stays, unless the penalty draws it to 0. */
function coordinateMinimum(x: number, q: number, lambda: number, a: number): number {
  if (!(a > 0)) return lambda > 0 && Math.abs(q) <= lambda ? 0 : x;
  const above = x - (q + lambda) / a;
  if (above > 0) return above;
  const below = x - (q - lambda) / a;
  return below < 0 ? below : 0;
}

export function addRows(
  matrix: Float64Array,
  stride: number,
  list: Uint32Array,
  weights: Float64Array,
  out: Float64Array,
): void {
  for (let k = 0; k < list.length; k += 1) axpy(weights[k]!, matrix, list[k]! * stride, out, out.length);
}
