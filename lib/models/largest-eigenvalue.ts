// The largest eigenvalue of ZᵀWZ/Σw by power iteration: each product with a vector is
// one gradient of a squared loss with target 0.

import type { LinearSums } from '../kernels/kernels.js';
import type { Random } from '../kernels/random.js';
import { euclideanNorm } from '../optimizers/solver.js';
import type { Work } from './objective.js';

// Power iteration stops when the estimate moves by less than this: the rate 1/L
// needs no more, and descent is safe while the estimate is above L/2.
const boundTolerance = 1e-4;
const boundIterations = 200;

/** Of ZᵀWZ/Σw; undefined when aborted. */
export function* largestEigenvalue(product: LinearSums, random: Random): Work<number | undefined> {
  const { size } = product;
  const tail = product.sums.subarray(size * size);
  const v = Float64Array.from({ length: size }, () => random.uniform() - 0.5);
  let estimate = 0;
  for (let count = 0; count < boundIterations; count += 1) {
    const norm = euclideanNorm(v);
    if (norm === 0) break;
    for (let j = 0; j < size; j += 1) v[j] = (v[j] as number) / norm;
    product.parameters.set(v);
    if (!(yield product.gradient())) return undefined;
    for (let j = 0; j < size; j += 1) v[j] = (tail[j] as number) / (tail[size + 1] as number);
    const next = euclideanNorm(v);
    const settled = Math.abs(next - estimate) <= boundTolerance * next;
    estimate = next;
    if (settled) break;
  }
  return estimate;
}
