// One pass over the rows of a linear predictor: chunk by chunk predictor, loss and
// what is summed from them, leaf by leaf into the tree.

import type { LinearSpec } from '../kernels.js';
import { type Steps, sliceWork } from './jobs.js';
import { type LossRows, lossKernels } from './losses.js';
import { sumLeaves } from './row-tree.js';
import { accumulate, addWeights, type Chunk, linear, loadRows } from './rows.js';
import { sumLanes } from './vectors.js';

/** Multiples of 8 rows that fit in the first cache. */
export function chunkRows(columns: number): number {
  return Math.min(128, Math.max(8, Math.floor(2048 / columns / 8) * 8));
}

/** The predictor and the loss of a chunk of rows at a time. */
export class ChunkPass {
  readonly chunk: Chunk;
  readonly rows: LossRows;
  readonly chunkRows: number;
  /** Sums by lane of the current leaf: of the loss and its derivative, and of the weights. */
  readonly lossSums = new Float64Array(16);
  readonly weightSums = new Float64Array(8);
  readonly #spec: LinearSpec;
  readonly #parameters: Float64Array;
  readonly #scratch: Float64Array;
  #work = 0;

  constructor(spec: LinearSpec, parameters: Float64Array) {
    const size = chunkRows(spec.columns);
    this.#spec = spec;
    this.#parameters = parameters;
    this.#scratch = new Float64Array(size * spec.columns);
    this.chunkRows = size;
    this.chunk = { x: this.#scratch, offset: 0 };
    this.rows = {
      eta: new Float64Array(size),
      y: spec.y?.data,
      weights: spec.weights?.data,
      first: 0,
      derivative: new Float64Array(size),
      curvature: new Float64Array(size),
    };
  }

  /** Counts work; true when it is time for a chance to pause. */
  mayPause(work: number): boolean {
    this.#work += work;
    if (this.#work <= sliceWork) return false;
    this.#work = 0;
    return true;
  }

  startLeaf(): void {
    this.lossSums.fill(0);
    this.weightSums.fill(0);
  }

  /** Rows first … first + n − 1: loads them and forms their predictors. */
  predict(first: number, n: number): void {
    const spec = this.#spec;
    const { eta } = this.rows;
    loadRows(spec, spec, first, n, this.#scratch, this.chunk);
    linear(this.chunk, n, spec.columns, this.#parameters, eta);
    if (spec.intercept) {
      const intercept = this.#parameters[spec.columns]!;
      for (let i = 0; i < n; i += 1) eta[i] = eta[i]! + intercept;
    }
    if (spec.offset) {
      for (let i = 0; i < n; i += 1) eta[i] = eta[i]! + spec.offset.data[first + i]!;
    }
  }

  /** The same, then fills the rest of `rows` and adds to the sums of the leaf. */
  evaluate(first: number, n: number): void {
    const spec = this.#spec;
    this.predict(first, n);
    this.rows.first = first;
    lossKernels[spec.loss](this.rows, n, spec.lossParameter, this.lossSums);
    addWeights(spec.weights?.data, first, n, this.weightSums);
  }
}

/** sums (zeroed) = [gradient p | loss | weight] of one leaf. */
export function* gradientLeaf(
  pass: ChunkPass,
  spec: LinearSpec,
  first: number,
  count: number,
  sums: Float64Array,
): Steps {
  const { columns: d, intercept } = spec;
  const p = d + (intercept ? 1 : 0);
  pass.startLeaf();
  for (let r = 0; r < count; r += pass.chunkRows) {
    const n = Math.min(pass.chunkRows, count - r);
    pass.evaluate(first + r, n);
    accumulate(pass.chunk, n, d, pass.rows.derivative, sums);
    if (pass.mayPause(n * p)) yield;
  }
  if (intercept) sums[d] = sumLanes(pass.lossSums, 8);
  sums[p] = sumLanes(pass.lossSums);
  sums[p + 1] = sumLanes(pass.weightSums);
}

/** out = [gradient p | loss | weight] over `rows` rows. */
export function* gradientSteps(pass: ChunkPass, spec: LinearSpec, rows: number, out: Float64Array): Steps {
  const width = spec.columns + (spec.intercept ? 1 : 0) + 2;
  yield* sumLeaves(rows, width, (first, count, sums) => gradientLeaf(pass, spec, first, count, sums), out);
}

/** out[i] = the predictor of row i. */
export function* predictorSteps(pass: ChunkPass, spec: LinearSpec, out: Float64Array): Steps {
  for (let r = 0; r < spec.rows; r += pass.chunkRows) {
    const n = Math.min(pass.chunkRows, spec.rows - r);
    pass.predict(r, n);
    out.set(pass.rows.eta.subarray(0, n), r);
    if (pass.mayPause(n * spec.columns)) yield;
  }
}

/** out = [loss | weight], as in `gradientSteps`, bit for bit. */
export function* lossSteps(pass: ChunkPass, spec: LinearSpec, out: Float64Array): Steps {
  const leaf = function* (first: number, count: number, sums: Float64Array): Steps {
    pass.startLeaf();
    for (let r = 0; r < count; r += pass.chunkRows) {
      const n = Math.min(pass.chunkRows, count - r);
      pass.evaluate(first + r, n);
      if (pass.mayPause(n * spec.columns)) yield;
    }
    sums[0] = sumLanes(pass.lossSums);
    sums[1] = sumLanes(pass.weightSums);
  };
  yield* sumLeaves(spec.rows, 2, leaf, out);
}
