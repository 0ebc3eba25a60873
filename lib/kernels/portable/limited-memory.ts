// The direction of L-BFGS by the two loops (Nocedal and Wright, Numerical Optimization,
// algorithm 7.4): native/core/limited_memory.cc does the same operations in the same order.

import type { LimitedMemory } from '../kernels.js';
import { axpy, dot } from './vectors.js';

export function limitedMemoryDirection(memory: LimitedMemory, gradient: Float64Array, direction: Float64Array): number {
  const { steps, changes, inverses, weights, pairs, next, scale } = memory;
  const n = direction.length;
  const room = inverses.length;
  for (let i = 0; i < n; i += 1) direction[i] = -gradient[i]!;
  for (let k = 1; k <= pairs; k += 1) {
    const slot = (next + room - k) % room;
    const weight = dot(steps, slot * n, direction, 0, n) * inverses[slot]!;
    weights[slot] = weight;
    axpy(-weight, changes, slot * n, direction, n);
  }
  for (let i = 0; i < n; i += 1) direction[i] = direction[i]! * scale;
  for (let k = pairs; k >= 1; k -= 1) {
    const slot = (next + room - k) % room;
    const along = dot(changes, slot * n, direction, 0, n);
    axpy(weights[slot]! - along * inverses[slot]!, steps, slot * n, direction, n);
  }
  return dot(gradient, 0, direction, 0, n);
}
