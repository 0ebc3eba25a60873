// The TypeScript kernel set: the fallback where no addon loads, and the parity
// reference of the plain bit class. Long work is a generator that pauses at
// bounded intervals, so a fit holds the event loop for a few milliseconds at most.

import type {
  ColumnMoments,
  FiniteScan,
  Job,
  Kernels,
  LinearSpec,
  LinearSums,
  Pace,
  RowsSpec,
  Storage,
} from '../kernels.js';
import { choleskySolveSteps, choleskySteps, powerOfTwoScale } from './cholesky.js';
import { addGram } from './gram.js';
import { type LossRows, lossKernels } from './losses.js';
import { leafRows, sumLeaves } from './row-tree.js';
import { accumulate, accumulateSquares, addWeights, type Chunk, linear, loadRows, type Scaling } from './rows.js';
import { axpy, dot, sumLanes } from './vectors.js';

type Steps = Generator<void, void, void>;

// Jobs above this many elements are run in slices.
const inlineWork = 200_000;
// Elements read between two chances to pause.
const sliceWork = 50_000;
const unscaled: Scaling = { shift: undefined, scale: undefined };

/** Runs all steps at once; what they return. */
function drain<R>(running: Generator<void, R, void>): R {
  let step = running.next();
  while (!step.done) step = running.next();
  return step.value;
}

function job(work: number, steps: () => Steps): Job {
  return {
    inline: work <= inlineWork,
    run: () => drain(steps()),
    start: async (pace: Pace) => {
      const running = steps();
      while (!running.next().done) {
        if (pace.due()) await pace.breathe();
        if (pace.signal?.aborted) return false;
      }
      return true;
    },
  };
}

export function portableStorage(length: number, type: 'float64' | 'float32'): Storage {
  return { data: type === 'float64' ? new Float64Array(length) : new Float32Array(length), handle: undefined };
}

/** Multiples of 8 rows that fit in the first cache. */
function chunkRows(columns: number): number {
  return Math.min(128, Math.max(8, Math.floor(2048 / columns / 8) * 8));
}

class PortableLinear implements LinearSums {
  readonly size: number;
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
  readonly diagonal: Float64Array;
  readonly rhs: Float64Array;
  readonly direction: Float64Array;
  shift = 0;
  failedPivot = -1;
  condition = Number.NaN;
  readonly #spec: LinearSpec;

  constructor(spec: LinearSpec) {
    const p = spec.columns + (spec.intercept ? 1 : 0);
    this.#spec = { ...spec, shift: spec.shift?.slice(), scale: spec.scale?.slice() };
    this.size = p;
    this.parameters = new Float64Array(p);
    this.sums = new Float64Array(p * p + p + 2);
    this.diagonal = new Float64Array(p);
    this.rhs = new Float64Array(p);
    this.direction = new Float64Array(p);
  }

  gradient(): Job {
    const { rows, columns } = this.#spec;
    return job(rows * columns, () => this.#gradientSteps());
  }

  gram(): Job {
    return job((this.#spec.rows * this.size * this.size) / 2, () => this.#gramSteps());
  }

  solve(): Job {
    return job(this.size ** 3 / 3, () => this.#solveSteps());
  }

  *#gradientSteps(): Steps {
    const { rows, columns: d, intercept, weights } = this.#spec;
    const p = this.size;
    const pass = this.#chunkPass();
    const leafWeights = new Float64Array(8);
    let work = 0;
    const leaf = function* (first: number, count: number, sums: Float64Array): Steps {
      pass.lossSums.fill(0);
      leafWeights.fill(0);
      for (let r = 0; r < count; r += pass.chunkRows) {
        const n = Math.min(pass.chunkRows, count - r);
        pass.evaluate(first + r, n);
        accumulate(pass.chunk, n, d, pass.run.derivative, sums);
        addWeights(weights?.data, first + r, n, leafWeights);
        work += n * p;
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
      if (intercept) sums[d] = sumLanes(pass.lossSums, 8);
      sums[p] = sumLanes(pass.lossSums);
      sums[p + 1] = sumLanes(leafWeights);
    };
    yield* sumLeaves(rows, p + 2, leaf, this.sums.subarray(p * p));
  }

  *#gramSteps(): Steps {
    const { rows, columns: d, intercept } = this.#spec;
    const p = this.size;
    const pass = this.#chunkPass();
    const z = new Float64Array(leafRows * p);
    const weighted = new Float64Array(leafRows * p);
    let work = 0;
    const leaf = function* (first: number, count: number, sums: Float64Array): Steps {
      for (let r = 0; r < count; r += pass.chunkRows) {
        const n = Math.min(pass.chunkRows, count - r);
        pass.evaluate(first + r, n);
        for (let i = 0; i < n; i += 1) {
          const w = pass.run.curvature[i]!;
          const to = (r + i) * p;
          const from = pass.chunk.offset + i * d;
          for (let j = 0; j < d; j += 1) {
            const value = pass.chunk.x[from + j]!;
            z[to + j] = value;
            weighted[to + j] = w * value;
          }
          if (intercept) {
            z[to + d] = 1;
            weighted[to + d] = w;
          }
        }
        work += n * p;
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
      yield* addGram(z, weighted, count, p, sums);
    };
    yield* sumLeaves(rows, p * p, leaf, this.sums.subarray(0, p * p));
  }

  *#solveSteps(): Steps {
    const n = this.size;
    const weight = this.sums[n * n + n + 1]!;
    const a = new Float64Array(n * n);
    const scale = new Float64Array(n);
    let work = 0;
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j <= i; j += 1) a[i * n + j] = this.sums[i * n + j]! / weight;
      a[i * n + i] = a[i * n + i]! + this.diagonal[i]!;
      scale[i] = powerOfTwoScale(a[i * n + i]!);
      for (let j = 0; j <= i; j += 1) a[i * n + j] = a[i * n + j]! * scale[i]! * scale[j]!;
      a[i * n + i] = a[i * n + i]! + this.shift;
      work += i;
      if (work > sliceWork) {
        work = 0;
        yield;
      }
    }
    this.condition = Number.POSITIVE_INFINITY;
    this.failedPivot = yield* choleskySteps(a, n);
    if (this.failedPivot >= 0) return;
    const b = this.rhs.map((value, i) => -value * scale[i]!);
    yield* choleskySolveSteps(a, n, b);
    let largest = 0;
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i += 1) {
      this.direction[i] = b[i]! * scale[i]!;
      largest = Math.max(largest, a[i * n + i]!);
      smallest = Math.min(smallest, a[i * n + i]!);
    }
    this.condition = n > 0 ? (largest / smallest) * (largest / smallest) : 1;
  }

  /** Loads a chunk of rows, then its predictor and loss. */
  #chunkPass() {
    const spec = this.#spec;
    const { columns: d, intercept, loss, lossParameter } = spec;
    const size = chunkRows(d);
    const chunk: Chunk = { x: this.sums, offset: 0 };
    const scratch = new Float64Array(size * d);
    const lossSums = new Float64Array(16);
    const kernel = lossKernels[loss];
    const run: LossRows = {
      eta: new Float64Array(size),
      y: spec.y?.data,
      weights: spec.weights?.data,
      first: 0,
      derivative: new Float64Array(size),
      curvature: new Float64Array(size),
    };
    const evaluate = (first: number, n: number): void => {
      loadRows(spec, spec, first, n, scratch, chunk);
      linear(chunk, n, d, this.parameters, run.eta);
      if (intercept) for (let i = 0; i < n; i += 1) run.eta[i] = run.eta[i]! + this.parameters[d]!;
      run.first = first;
      kernel(run, n, lossParameter, lossSums);
    };
    return { chunk, run, lossSums, chunkRows: size, evaluate };
  }
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
  cholesky: (a, n) => drain(choleskySteps(a, n)),
  choleskySolve: (l, n, b) => drain(choleskySolveSteps(l, n, b)),
};
