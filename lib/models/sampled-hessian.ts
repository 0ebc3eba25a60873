// A sample of the rows of a linear problem, for a Hessian that need not be exact: one row drawn from each of as many
// strata of neighbours, so that no order of the rows (by class, by time, periodic) biases it.

import type { DoubleStorage, Kernels, LinearSpec, LinearSums } from '../kernels/kernels.js';
import { Random } from '../kernels/random.js';
import { allocateDoubles } from '../kernels/select.js';
import { innerProduct, type NewtonDirectionRequest } from '../optimizers/solver.js';
import type { Work } from './objective.js';
import type { PointSums } from './vector-sums.js';

// A sample smaller than this multiple of the parameters is too far from the whole, and one of more than half the rows
// saves too little.
const rowsPerParameter = 60;

/** Rows of a sample of that share; undefined where it does not pay. */
export function sampleSize(rows: number, parameters: number, share: number): number | undefined {
  const count = Math.ceil(Math.max(rows * share, rowsPerParameter * parameters));
  return 2 * count < rows ? count : undefined;
}

/** Its rows in ascending order, the same ones for the same count. They weigh, and are offset, as in the whole. */
export function sampleRows(spec: LinearSpec, count: number): LinearSpec {
  const random = new Random(count);
  const positions = new Uint32Array(count);
  const stratum = spec.rows / count;
  for (let k = 0; k < count; k += 1) {
    positions[k] = Math.min(Math.floor((k + random.uniform()) * stratum), spec.rows - 1);
  }
  const { list } = spec;
  return {
    ...spec,
    rows: count,
    list: list ? positions.map((position) => list[position] as number) : positions,
    y: gather(spec.y, positions),
    weights: gather(spec.weights, positions),
    offset: gather(spec.offset, positions),
  };
}

function gather(from: DoubleStorage | undefined, positions: Uint32Array): DoubleStorage | undefined {
  if (from === undefined) return undefined;
  const out = allocateDoubles(positions.length);
  for (let k = 0; k < positions.length; k += 1) out.data[k] = from.data[positions[k] as number] as number;
  return out;
}

/** Newton's directions from the Hessian of the rows of a sample. */
export class SampledHessian {
  readonly rows: number;
  readonly #sums: LinearSums;
  /** λⱼ of the ridge penalty, one a parameter. */
  readonly #l2: Float64Array;
  /** Where the Hessian was taken last. */
  #at: Float64Array | undefined;

  constructor(sample: LinearSpec, l2: Float64Array, kernels: Kernels, threads: number) {
    this.rows = sample.rows;
    this.#l2 = l2;
    this.#sums = kernels.linear(sample, threads);
    const { size, sums } = this.#sums;
    sums[size * size + size + 1] = totalWeight(sample);
  }

  dispose(): void {
    this.#sums.dispose();
  }

  *answer(request: NewtonDirectionRequest): Work<boolean> {
    const sums = this.#sums;
    const { at } = request;
    if (!this.#at?.every((value, i) => value === at[i])) {
      this.#at = undefined;
      sums.parameters.set(at);
      if (!(yield sums.gram())) return false;
      this.#at = at.slice();
    }
    sums.diagonal.set(this.#l2);
    request.sampled = true;
    return yield* solveNewton(sums, request);
  }
}

function totalWeight({ weights, rows }: LinearSpec): number {
  return weights === undefined ? rows : weights.data.reduce((sum, weight) => sum + weight, 0);
}

/** Answers the request from the Gram matrix, the weight and the diagonal in the sums. */
export function* solveNewton(sums: PointSums, request: NewtonDirectionRequest): Work<boolean> {
  sums.rhs.set(request.gradient);
  sums.shift = request.shift;
  if (!(yield sums.solve())) return false;
  request.direction.set(sums.direction);
  request.decrement = -innerProduct(request.gradient, request.direction);
  request.failedPivot = sums.failedPivot;
  request.condition = sums.condition;
  request.method = sums.failedPivot >= 0 ? 'failed' : request.shift > 0 ? 'shifted' : 'cholesky';
  return true;
}
