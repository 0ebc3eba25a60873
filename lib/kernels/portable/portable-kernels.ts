// The TypeScript kernel set: the fallback where no addon loads, and the parity
// reference of the plain bit class.

import type { ColumnMoments, FiniteScan, Job, Kernels, RowsSpec, Storage } from '../kernels.js';
import { choleskySteps } from './cholesky.js';
import { conditionEstimate, symmetricNorm } from './condition.js';
import { map } from './elementary.js';
import { drain, job, type Steps, sliceWork } from './jobs.js';
import { PortableLinear } from './linear-sums.js';
import { modifiedCholesky } from './modified-cholesky.js';
import { chunkRows } from './passes.js';
import { sumLeaves } from './row-tree.js';
import { accumulate, accumulateSquares, addWeights, type Chunk, linear, loadRows, type Scaling } from './rows.js';
import { PortableSoftmax } from './softmax.js';
import { PortableSpan } from './span.js';
import { step } from './steps.js';
import { choleskyInverse, choleskyInverseDiagonal, choleskySolve } from './triangular.js';
import { axpy, dot, sumLanes } from './vectors.js';
import { addRows, moveCoordinates } from './coordinate-descent.js';
import { limitedMemoryDirection } from './limited-memory.js';

const unscaled: Scaling = { shift: undefined, scale: undefined };

export function portableStorage(length: number, type: 'float64' | 'float32'): Storage {
  return { data: type === 'float64' ? new Float64Array(length) : new Float32Array(length), handle: undefined };
}

class PortableMoments implements ColumnMoments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  weight = Number.NaN;
  readonly #spec: RowsSpec;

  constructor(spec: RowsSpec) {
    this.#spec = spec;
    this.mean = new Float64Array(spec.columns);
    this.variance = new Float64Array(spec.columns);
  }

  compute(): Job {
    return job(this.#spec.rows * this.#spec.columns, () => this.#steps());
  }

  *#steps(): Steps {
    const d = this.#spec.columns;
    const sums = new Float64Array(d + 1);
    yield* this.#pass(unscaled, accumulate, sums);
    this.weight = sums[d]!;
    for (let j = 0; j < d; j += 1) this.mean[j] = sums[j]! / this.weight;
    const centred = { shift: this.mean, scale: new Float64Array(d).fill(1) };
    yield* this.#pass(centred, accumulateSquares, sums);
    for (let j = 0; j < d; j += 1) this.variance[j] = sums[j]! / this.weight;
  }

  dispose(): void {}

  *#pass(scaling: Scaling, add: typeof accumulate, out: Float64Array): Steps {
    const spec = this.#spec;
    const { columns: d, weights } = spec;
    const size = chunkRows(d);
    const chunk: Chunk = { x: out, offset: 0 };
    const scratch = new Float64Array(size * d);
    const factors = new Float64Array(size).fill(1);
    const leafWeights = new Float64Array(8);
    let work = 0;
    const leaf = function* (first: number, count: number, sums: Float64Array): Steps {
      leafWeights.fill(0);
      for (let r = 0; r < count; r += size) {
        const n = Math.min(size, count - r);
        loadRows(spec, scaling, first + r, n, scratch, chunk);
        if (weights) factors.set(weights.data.subarray(first + r, first + r + n));
        add(chunk, n, d, factors, sums);
        addWeights(weights?.data, first + r, n, leafWeights);
        work += n * (d + 1);
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
      sums[d] = sumLanes(leafWeights);
    };
    yield* sumLeaves(spec.rows, d + 1, leaf, out);
  }
}

class PortableScan implements FiniteScan {
  found = -1;
  readonly #data: Storage['data'];

  constructor(storage: Storage) {
    this.#data = storage.data;
  }

  dispose(): void {}

  scan(): Job {
    return job(this.#data.length, () => this.#steps());
  }

  *#steps(): Steps {
    this.found = -1;
    for (let i = 0; i < this.#data.length; i += 1) {
      if (!Number.isFinite(this.#data[i]!)) {
        this.found = i;
        return;
      }
      if (i % 65536 === 65535) yield;
    }
  }
}

export const portableKernels: Kernels = {
  name: 'portable',
  native: false,
  linear: (spec) => new PortableLinear(spec),
  memory: (length) => ({ data: new Float64Array(length), handle: undefined }),
  softmax: (spec) => new PortableSoftmax(spec),
  span: (spec) => new PortableSpan(spec),
  moments: (spec) => new PortableMoments(spec),
  finite: (storage) => new PortableScan(storage),
  predict: (spec, coefficients, intercept, out) => {
    const size = chunkRows(spec.columns);
    const chunk: Chunk = { x: coefficients, offset: 0 };
    const scratch = new Float64Array(size * spec.columns);
    for (let r = 0; r < spec.rows; r += size) {
      const n = Math.min(size, spec.rows - r);
      loadRows(spec, unscaled, r, n, scratch, chunk);
      linear(chunk, n, spec.columns, coefficients, out.subarray(r, r + n));
    }
    for (let r = 0; r < spec.rows; r += 1) out[r] = out[r]! + intercept;
  },
  dot: (x, y) => dot(x, 0, y, 0, x.length),
  axpy: (a, x, y) => axpy(a, x, 0, y, x.length),
  limitedMemoryDirection,
  moveCoordinates,
  addRows,
  step,
  map,
  cholesky: (a, n) => drain(choleskySteps(a, n)),
  choleskySolve: (l, n, b, columns = 1) => choleskySolve(l, n, b, columns),
  choleskyInverse,
  choleskyInverseDiagonal,
  symmetricNorm,
  conditionEstimate,
  modifiedCholesky,
};
