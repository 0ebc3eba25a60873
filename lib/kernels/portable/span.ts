// Spans of first-order steps in TypeScript, with the bits of native/core/span.cc on
// the plain sets. Steps of one row skip the machinery of chunks.

import { type Job, type LinearSpec, recordSize, type Span, type SpanQuota, type SpanSpec } from '../kernels.js';
import { epochOrder } from '../random.js';
import { job, type Steps, sliceWork } from './jobs.js';
import { derivatives } from './losses.js';
import { ChunkPass, gradientLeaf, gradientSteps, lossSteps } from './passes.js';
import { leafRows } from './row-tree.js';
import { type Chunk, linear, loadRows } from './rows.js';
import { type StepKernel, stepKernels } from './steps.js';

export class PortableSpan implements Span {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly rates: Float64Array;
  readonly records: Float64Array;
  epoch = 0;
  position = 0;
  stepsDone = 0;
  recordsDone = 0;
  readonly #spec: SpanSpec;
  readonly #step: StepKernel;
  readonly #stepsPerEpoch: number;
  /** The rows of a step, gathered by position in the order of the epoch. */
  readonly #batch: LinearSpec & { readonly list: Uint32Array };
  readonly #batchPass: ChunkPass;
  readonly #trainPass: ChunkPass;
  /** [gradient p | loss | weight] of a step, and its first p. */
  readonly #sums: Float64Array;
  readonly #gradient: Float64Array;
  #order: { readonly epoch: number; readonly rows: Uint32Array } | undefined;

  constructor(spec: SpanSpec) {
    const { train, batchSize } = spec;
    const p = train.columns + (train.intercept ? 1 : 0);
    const gathered = (present: boolean) =>
      present ? { data: new Float64Array(batchSize), handle: undefined } : undefined;
    this.#spec = spec;
    this.#step = stepKernels[spec.rule];
    this.#stepsPerEpoch = Math.ceil(train.rows / batchSize);
    this.parameters = new Float64Array(p);
    this.state = new Float64Array(p);
    this.rates = new Float64Array(spec.ratesMost);
    this.records = new Float64Array(spec.recordsMost * recordSize(p));
    this.#batch = {
      ...train,
      list: new Uint32Array(batchSize),
      y: gathered(train.y !== undefined),
      weights: gathered(spec.stepWeights !== undefined),
    };
    this.#batchPass = new ChunkPass(this.#batch, this.parameters);
    this.#trainPass = new ChunkPass(train, this.parameters);
    this.#sums = new Float64Array(p + 2);
    this.#gradient = this.#sums.subarray(0, p);
  }

  run(quota: SpanQuota): Job {
    const { train, batchSize } = this.#spec;
    const steps = Math.min(quota.steps, this.#stepsPerEpoch * quota.lastEpoch);
    const work = (steps * batchSize + quota.records * train.rows) * train.columns;
    return job(work, () => this.#steps(quota));
  }

  *#steps(quota: SpanQuota): Steps {
    this.stepsDone = 0;
    this.recordsDone = 0;
    while (this.epoch < quota.lastEpoch) {
      const wanted = Math.min(this.#stepsPerEpoch - this.position, quota.steps - this.stepsDone);
      if (wanted > 0) yield* this.#advance(wanted, quota.ratePerStep);
      if (this.position < this.#stepsPerEpoch) return;
      const epochs = this.epoch + 1;
      if (epochs % quota.evaluateEvery === 0 || epochs === quota.lastEpoch) yield* this.#takeRecord(epochs);
      this.epoch = epochs;
      this.position = 0;
      if (this.recordsDone === quota.records) return;
    }
  }

  *#advance(steps: number, ratePerStep: boolean): Steps {
    const { train, batchSize, constant } = this.#spec;
    const order = this.#currentOrder();
    const oneRow = batchSize === 1 ? this.#singleRow() : undefined;
    let work = 0;
    for (let done = 0; done < steps; done += 1) {
      const from = this.position * batchSize;
      const count = Math.min(batchSize, train.rows - from);
      this.#gather(order, from, count);
      if (oneRow) oneRow();
      else yield* this.#meanGradient(count);
      this.#penalise();
      const rate = this.rates[ratePerStep ? this.stepsDone : 0]!;
      this.#step(this.#gradient, rate, constant, this.parameters, this.state);
      this.position += 1;
      this.stepsDone += 1;
      work += count * train.columns;
      if (work > sliceWork) {
        work = 0;
        yield;
      }
    }
  }

  #currentOrder(): Uint32Array {
    const { train, seed, replacement } = this.#spec;
    if (this.#order?.epoch !== this.epoch) {
      const rows = this.#order?.rows ?? new Uint32Array(train.rows);
      epochOrder(seed, this.epoch, replacement, rows);
      this.#order = { epoch: this.epoch, rows };
    }
    return this.#order.rows;
  }

  #gather(order: Uint32Array, from: number, count: number): void {
    const { train, stepWeights } = this.#spec;
    const { list, y, weights } = this.#batch;
    for (let i = 0; i < count; i += 1) {
      const at = order[from + i]!;
      list[i] = train.list === undefined ? at : train.list[at]!;
      if (y) y.data[i] = train.y!.data[at]!;
      if (weights) weights.data[i] = stepWeights!.data[at]!;
    }
  }

  /** What fills the gradient from the one gathered row. */
  #singleRow(): () => void {
    const spec = this.#batch;
    const { columns: d, intercept, y, weights, lossParameter } = spec;
    const gradient = this.#gradient;
    const { parameters } = this;
    const derivativeOf = derivatives[spec.loss];
    const scratch = new Float64Array(d);
    const chunk: Chunk = { x: scratch, offset: 0 };
    const eta = new Float64Array(1);
    const direct = spec.x.data instanceof Float64Array && spec.shift === undefined ? spec.x.data : undefined;
    return () => {
      if (direct === undefined) {
        loadRows(spec, spec, 0, 1, scratch, chunk);
      } else {
        chunk.x = direct;
        chunk.offset = spec.list[0]! * d;
      }
      linear(chunk, 1, d, parameters, eta);
      const at = intercept ? eta[0]! + parameters[d]! : eta[0]!;
      const first = derivativeOf(at, y ? y.data[0]! : 0, lossParameter);
      const derivative = weights ? weights.data[0]! * first : first;
      for (let j = 0; j < d; j += 1) gradient[j] = 0 + derivative * chunk.x[chunk.offset + j]!;
      if (intercept) gradient[d] = 0 + derivative;
    };
  }

  *#meanGradient(count: number): Steps {
    this.#sums.fill(0);
    if (count > leafRows) yield* gradientSteps(this.#batchPass, this.#batch, count, this.#sums);
    else yield* gradientLeaf(this.#batchPass, this.#batch, 0, count, this.#sums);
    const gradient = this.#gradient;
    for (let j = 0; j < gradient.length; j += 1) gradient[j] = gradient[j]! / count;
  }

  #penalise(): void {
    const { l2, train } = this.#spec;
    if (l2 === 0) return;
    const gradient = this.#gradient;
    for (let j = 0; j < train.columns; j += 1) gradient[j] = gradient[j]! + l2 * this.parameters[j]!;
  }

  *#takeRecord(epochs: number): Steps {
    const { train, validation } = this.#spec;
    const p = this.parameters.length;
    const size = recordSize(p);
    const record = this.records.subarray(this.recordsDone * size, (this.recordsDone + 1) * size);
    record.set(this.parameters);
    yield* gradientSteps(this.#trainPass, train, train.rows, record.subarray(p, 2 * p + 2));
    if (validation) {
      const pass = new ChunkPass(validation, this.parameters);
      yield* lossSteps(pass, validation, record.subarray(2 * p + 2, 2 * p + 4));
    }
    record[2 * p + 4] = epochs;
    this.recordsDone += 1;
  }
}
