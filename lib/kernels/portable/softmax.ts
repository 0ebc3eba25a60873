// Sums over rows of the softmax cross-entropy in TypeScript: the arithmetic of
// native/kernels/outputs.inc, which has the formulas, and of native/core/softmax.cc.

import type { Job, SoftmaxSpec, SoftmaxSums } from '../kernels.js';
import { exp, logOfSum } from './elementary.js';
import { job, type Steps, sliceWork } from './jobs.js';
import { chunkRows } from './passes.js';
import { sumLeaves } from './row-tree.js';
import { accumulate, addWeights, type Chunk, linear, loadRows } from './rows.js';
import { lanes, sumLanes } from './vectors.js';

export class PortableSoftmax implements SoftmaxSums {
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
  readonly #spec: SoftmaxSpec;
  /** Parameters of each class, without its intercept. */
  readonly #classes: readonly Float64Array[];
  readonly #chunkRows: number;
  readonly #scratch: Float64Array;
  readonly #chunk: Chunk;
  /** Predictors, then weighted derivatives of a chunk, class by class. */
  readonly #outputs: readonly Float64Array[];
  /** Sums by lane of the current leaf: of the loss, of the weights, and of the derivatives of each class. */
  readonly #loss = new Float64Array(lanes);
  readonly #weights = new Float64Array(lanes);
  readonly #derivatives: Float64Array;

  constructor(spec: SoftmaxSpec) {
    const { columns: d, classes, intercept } = spec;
    const p = d + (intercept ? 1 : 0);
    this.#spec = { ...spec, shift: spec.shift?.slice(), scale: spec.scale?.slice() };
    this.parameters = new Float64Array(classes * p);
    this.sums = new Float64Array(classes * p + 2);
    this.#classes = Array.from({ length: classes }, (_, k) => this.parameters.subarray(k * p, k * p + d));
    this.#chunkRows = chunkRows(d);
    this.#scratch = new Float64Array(this.#chunkRows * d);
    this.#chunk = { x: this.#scratch, offset: 0 };
    this.#outputs = Array.from({ length: classes }, () => new Float64Array(this.#chunkRows));
    this.#derivatives = new Float64Array(classes * lanes);
  }

  gradient(): Job {
    const { rows, columns, classes } = this.#spec;
    const leaf = (first: number, count: number, sums: Float64Array): Steps => this.#leaf(first, count, sums);
    return job(rows * columns * classes, () => sumLeaves(rows, this.sums.length, leaf, this.sums));
  }

  dispose(): void {}

  *#leaf(first: number, count: number, sums: Float64Array): Steps {
    const spec = this.#spec;
    const { columns: d, classes, intercept } = spec;
    const p = d + (intercept ? 1 : 0);
    const gradients = this.#classes.map((_, k) => sums.subarray(k * p, k * p + d));
    for (const lane of [this.#loss, this.#weights, this.#derivatives]) lane.fill(0);
    let work = 0;
    for (let r = 0; r < count; r += this.#chunkRows) {
      const n = Math.min(this.#chunkRows, count - r);
      loadRows(spec, spec, first + r, n, this.#scratch, this.#chunk);
      for (let k = 0; k < classes; k += 1) this.#predict(k, n);
      for (let i = 0; i < n; i += 1) this.#softmax(first + r + i, i);
      for (let k = 0; k < classes; k += 1) {
        accumulate(this.#chunk, n, d, this.#outputs[k]!, gradients[k]!);
        work += n * d;
        if (work > sliceWork) {
          work = 0;
          yield;
        }
      }
      addWeights(spec.weights?.data, first + r, n, this.#weights);
    }
    for (let k = 0; intercept && k < classes; k += 1) sums[k * p + d] = sumLanes(this.#derivatives, k * lanes);
    sums[classes * p] = sumLanes(this.#loss);
    sums[classes * p + 1] = sumLanes(this.#weights);
  }

  #predict(k: number, n: number): void {
    const { columns: d, intercept } = this.#spec;
    const outputs = this.#outputs[k]!;
    linear(this.#chunk, n, d, this.#classes[k]!, outputs);
    if (!intercept) return;
    const own = this.parameters[k * (d + 1) + d]!;
    for (let i = 0; i < n; i += 1) outputs[i] = outputs[i]! + own;
  }

  /** Row `at` of the problem, number i of the chunk: outputs become derivatives, sums are added to. */
  #softmax(at: number, i: number): void {
    const { classes, y, weights } = this.#spec;
    const outputs = this.#outputs;
    const label = y.data[at]!;
    let top = outputs[0]![i]!;
    for (let k = 1; k < classes; k += 1) {
      const eta = outputs[k]![i]!;
      top = eta < top ? top : eta;
    }
    let ownEta = Number.NaN;
    let own = 0;
    let [others0, others1, others2, others3] = [0, 0, 0, 0];
    for (let k = 0; k < classes; k += 1) {
      const eta = outputs[k]![i]!;
      const e = exp(eta - top);
      outputs[k]![i] = e;
      if (k === label) {
        ownEta = eta;
        own = e;
      } else if (k % 4 === 0) others0 += e;
      else if (k % 4 === 1) others1 += e;
      else if (k % 4 === 2) others2 += e;
      else others3 += e;
    }
    const rest = others0 + others2 + (others1 + others3);
    const sum = own + rest;
    const part = sum - own;
    const value = top - ownEta + logOfSum(sum, own - (sum - part) + (rest - part));
    const w = weights === undefined ? 1 : weights.data[at]!;
    const scale = w / sum;
    const lane = i % lanes;
    this.#loss[lane] = this.#loss[lane]! + w * value;
    for (let k = 0; k < classes; k += 1) {
      const d = scale * (k === label ? 0 - rest : outputs[k]![i]!);
      outputs[k]![i] = d;
      this.#derivatives[k * lanes + lane] = this.#derivatives[k * lanes + lane]! + d;
    }
  }
}
