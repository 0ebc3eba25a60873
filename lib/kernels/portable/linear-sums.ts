// Sums over rows of a linear predictor with a pointwise loss: gradient, Gram
// matrix and the Newton system, in TypeScript.

import type { Job, LinearSpec, LinearSums } from '../kernels.js';
import { choleskySolveSteps, choleskySteps, powerOfTwoScale } from './cholesky.js';
import { addGram } from './gram.js';
import { job, type Steps, sliceWork } from './jobs.js';
import { LeastSquares } from './least-squares.js';
import { ChunkPass, gradientSteps, predictorSteps } from './passes.js';
import { leafRows, sumLeaves } from './row-tree.js';

export class PortableLinear implements LinearSums {
  readonly size: number;
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
  readonly diagonal: Float64Array;
  readonly rhs: Float64Array;
  readonly direction: Float64Array;
  readonly solution: Float64Array;
  readonly variances: Float64Array;
  readonly eta: Float64Array;
  correction = Number.NaN;
  residualSquares = Number.NaN;
  shift = 0;
  failedPivot = -1;
  condition = Number.NaN;
  readonly #spec: LinearSpec;
  readonly #pass: ChunkPass;

  constructor(spec: LinearSpec) {
    const p = spec.columns + (spec.intercept ? 1 : 0);
    this.#spec = { ...spec, shift: spec.shift?.slice(), scale: spec.scale?.slice() };
    this.size = p;
    this.parameters = new Float64Array(p);
    this.sums = new Float64Array(p * p + p + 2);
    this.diagonal = new Float64Array(p);
    this.rhs = new Float64Array(p);
    this.direction = new Float64Array(p);
    this.solution = new Float64Array(p);
    this.variances = new Float64Array(p);
    this.eta = new Float64Array(spec.predictors ? spec.rows : 0);
    this.#pass = new ChunkPass(this.#spec, this.parameters);
  }

  gradient(): Job {
    const { rows, columns } = this.#spec;
    const out = this.sums.subarray(this.size * this.size);
    return job(rows * columns, () => gradientSteps(this.#pass, this.#spec, rows, out));
  }

  gram(): Job {
    return job((this.#spec.rows * this.size * this.size) / 2, () => this.#gramSteps());
  }

  predictors(): Job {
    return job(this.#spec.rows * this.#spec.columns, () => predictorSteps(this.#pass, this.#spec, this.eta));
  }

  solve(): Job {
    return job(this.size ** 3 / 3, () => this.#solveSteps());
  }

  leastSquares(): Job {
    return job(this.#spec.rows * this.size * (this.size + 30), () => this.#leastSquaresSteps());
  }

  leastSquaresVariances(): Job {
    return job(this.#spec.rows * this.size * (this.size * 10), () => this.#variancesSteps());
  }

  dispose(): void {}

  *#leastSquaresSteps(): Steps {
    const problem = new LeastSquares(this.#spec, this.#weight, this.diagonal);
    yield* problem.factor();
    this.correction = problem.failedPivot < 0 ? yield* problem.solve(this.solution) : 0;
    this.failedPivot = problem.failedPivot;
    this.condition = problem.condition;
  }

  *#variancesSteps(): Steps {
    const problem = new LeastSquares(this.#spec, this.#weight, this.diagonal);
    yield* problem.factor();
    this.residualSquares = yield* problem.residualSquares(this.parameters);
    if (problem.failedPivot < 0) yield* problem.variances(this.variances);
    this.failedPivot = problem.failedPivot;
    this.condition = problem.condition;
  }

  get #weight(): number {
    return this.sums[this.size * this.size + this.size + 1]!;
  }

  *#gramSteps(): Steps {
    const { rows, columns: d, intercept } = this.#spec;
    const p = this.size;
    const pass = this.#pass;
    const z = new Float64Array(leafRows * p);
    const weighted = new Float64Array(leafRows * p);
    let work = 0;
    const leaf = function* (first: number, count: number, sums: Float64Array): Steps {
      for (let r = 0; r < count; r += pass.chunkRows) {
        const n = Math.min(pass.chunkRows, count - r);
        pass.evaluate(first + r, n);
        for (let i = 0; i < n; i += 1) {
          const w = pass.rows.curvature[i]!;
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
    const weight = this.#weight;
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
}
