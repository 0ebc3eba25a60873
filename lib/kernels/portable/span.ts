// Spans of first-order steps in TypeScript, with the bits of native/core/span.cc on
// the plain sets. Steps of one row skip the machinery of chunks.

import { type Job, type LinearSpec, recordSize, type Span, type SpanQuota, type SpanSpec } from '../kernels.js';
import { epochOrderSteps } from '../random.js';
import { ruleShapes } from '../rules.js';
import { job, type Steps, sliceWork } from './jobs.js';
import { derivatives } from './losses.js';
import { ChunkPass, chunkRows, gradientLeaf, gradientSteps, lossSteps } from './passes.js';
import { leafRows } from './row-tree.js';
import { type Chunk, linear, loadRows } from './rows.js';
import { type StepKernel, stepKernels } from './steps.js';

export class PortableSpan implements Span {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly scalars: Float64Array;
  readonly records: Float64Array;
  epoch = 0;
  position = 0;
  stepsDone = 0;
  recordsDone = 0;
  readonly #spec: SpanSpec;
  readonly #step: StepKernel;
  readonly #scalarsOfStep: number;
  /** The rule's arrays, views of the state. */
  readonly #states: readonly Float64Array[];
  readonly #stepsPerEpoch: number;
  /** The rows of a step, gathered by position in the order of the epoch. */
  readonly #batch: LinearSpec & { readonly list: Uint32Array };
  readonly #batchPass: ChunkPass;
  readonly #trainPass: ChunkPass;
  /** [gradient p | loss | weight] of a step, and its first p. */
  readonly #sums: Float64Array;
  readonly #gradient: Float64Array;
  readonly #singleRows: SingleRows;
  #order: { readonly epoch: number; readonly rows: Uint32Array } | undefined;

  constructor(spec: SpanSpec) {
    const { train, batchSize } = spec;
    const p = train.columns + (train.intercept ? 1 : 0);
    const room = batchSize === 1 ? chunkRows(train.columns) : batchSize;
    const gathered = (present: boolean) => (present ? { data: new Float64Array(room), handle: undefined } : undefined);
    this.#spec = spec;
    this.#step = stepKernels[spec.rule];
    this.#stepsPerEpoch = Math.ceil(train.rows / batchSize);
    this.parameters = new Float64Array(p);
    const { states, scalars } = ruleShapes[spec.rule];
    this.#scalarsOfStep = scalars;
    this.state = new Float64Array(states * p);
    this.#states = Array.from({ length: states }, (_, k) => this.state.subarray(k * p, (k + 1) * p));
    this.scalars = new Float64Array(spec.scalarsMost * scalars);
    this.records = new Float64Array(spec.recordsMost * recordSize(p));
    this.#batch = {
      ...train,
      list: new Uint32Array(room),
      y: gathered(train.y !== undefined),
      weights: gathered(spec.stepWeights !== undefined),
      offset: gathered(train.offset !== undefined),
    };
    this.#batchPass = new ChunkPass(this.#batch, this.parameters);
    this.#trainPass = new ChunkPass(train, this.parameters);
    this.#sums = new Float64Array(p + 2);
    this.#gradient = this.#sums.subarray(0, p);
    this.#singleRows = new SingleRows(this.#batch, room, this.parameters, this.#gradient);
  }

  run(quota: SpanQuota): Job {
    const { train, batchSize } = this.#spec;
    const steps = Math.min(quota.steps, this.#stepsPerEpoch * quota.lastEpoch);
    const work = (steps * batchSize + quota.records * train.rows) * train.columns;
    return job(work, () => this.#steps(quota));
  }

  dispose(): void {}

  *#steps(quota: SpanQuota): Steps {
    this.stepsDone = 0;
    this.recordsDone = 0;
    while (this.epoch < quota.lastEpoch) {
      const wanted = Math.min(this.#stepsPerEpoch - this.position, quota.steps - this.stepsDone);
      if (wanted > 0) yield* this.#advance(wanted, quota.scalarsPerStep);
      if (this.position < this.#stepsPerEpoch) return;
      const epochs = this.epoch + 1;
      if (epochs % quota.evaluateEvery === 0 || epochs === quota.lastEpoch) yield* this.#takeRecord(epochs);
      this.epoch = epochs;
      this.position = 0;
      if (this.recordsDone === quota.records) return;
    }
  }

  *#advance(steps: number, scalarsPerStep: boolean): Steps {
    const { train, batchSize } = this.#spec;
    const order = yield* this.#currentOrder();
    // Steps of one row load a block of rows at once: loads that depend on nothing overlap.
    const block = batchSize === 1 ? this.#singleRows.block : 1;
    let work = 0;
    for (let done = 0; done < steps; ) {
      const from = this.position * batchSize;
      const count = Math.min(batchSize * Math.min(block, steps - done), train.rows - from);
      this.#gather(order, from, count);
      if (batchSize === 1) {
        this.#singleRows.load(count);
        for (let i = 0; i < count; i += 1) {
          this.#singleRows.gradient(i);
          this.#takeStep(scalarsPerStep);
        }
      } else {
        yield* this.#meanGradient(count);
        this.#takeStep(scalarsPerStep);
      }
      done += batchSize === 1 ? count : 1;
      work += count * train.columns;
      if (work > sliceWork) {
        work = 0;
        yield;
      }
    }
  }

  /** Adds the penalty to the gradient and moves the parameters. */
  #takeStep(scalarsPerStep: boolean): void {
    const { l2, train } = this.#spec;
    const gradient = this.#gradient;
    for (let j = 0; l2 !== 0 && j < train.columns; j += 1) {
      gradient[j] = gradient[j]! + l2 * this.parameters[j]!;
    }
    const at = scalarsPerStep ? this.stepsDone * this.#scalarsOfStep : 0;
    this.#step(gradient, this.scalars, at, this.parameters, this.#states);
    this.position += 1;
    this.stepsDone += 1;
  }

  *#currentOrder(): Generator<void, Uint32Array, void> {
    const { train, seed, replacement } = this.#spec;
    if (this.#order?.epoch !== this.epoch) {
      const rows = this.#order?.rows ?? new Uint32Array(train.rows);
      this.#order = undefined;
      yield* epochOrderSteps(seed, this.epoch, replacement, rows);
      this.#order = { epoch: this.epoch, rows };
    }
    return this.#order.rows;
  }

  #gather(order: Uint32Array, from: number, count: number): void {
    const { train, stepWeights } = this.#spec;
    const { list, y, weights, offset } = this.#batch;
    for (let i = 0; i < count; i += 1) {
      const at = order[from + i]!;
      list[i] = train.list === undefined ? at : train.list[at]!;
      if (y) y.data[i] = train.y!.data[at]!;
      if (weights) weights.data[i] = stepWeights!.data[at]!;
      if (offset) offset.data[i] = train.offset!.data[at]!;
    }
  }

  *#meanGradient(count: number): Steps {
    this.#sums.fill(0);
    if (count > leafRows) yield* gradientSteps(this.#batchPass, this.#batch, count, this.#sums);
    else yield* gradientLeaf(this.#batchPass, this.#batch, 0, count, this.#sums);
    const gradient = this.#gradient;
    for (let j = 0; j < gradient.length; j += 1) gradient[j] = gradient[j]! / count;
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

/** A block of gathered rows and the gradient of each. */
class SingleRows {
  readonly block: number;
  readonly #spec: LinearSpec;
  readonly #parameters: Float64Array;
  readonly #gradient: Float64Array;
  readonly #scratch: Float64Array;
  readonly #chunk: Chunk;
  readonly #eta = new Float64Array(1);

  constructor(spec: LinearSpec, block: number, parameters: Float64Array, gradient: Float64Array) {
    this.block = block;
    this.#spec = spec;
    this.#parameters = parameters;
    this.#gradient = gradient;
    this.#scratch = new Float64Array(block * spec.columns);
    this.#chunk = { x: this.#scratch, offset: 0 };
  }

  load(count: number): void {
    loadRows(this.#spec, this.#spec, 0, count, this.#scratch, this.#chunk);
  }

  /** Fills the gradient from row i of the block, as the leaf of one row would. */
  gradient(i: number): void {
    const { columns: d, intercept, y, weights, offset: offsets, loss, lossParameter } = this.#spec;
    const gradient = this.#gradient;
    const x = this.#scratch;
    const offset = i * d;
    this.#chunk.offset = offset;
    linear(this.#chunk, 1, d, this.#parameters, this.#eta);
    let eta = intercept ? this.#eta[0]! + this.#parameters[d]! : this.#eta[0]!;
    if (offsets) eta += offsets.data[i]!;
    const first = derivatives[loss](eta, y ? y.data[i]! : 0, lossParameter);
    const derivative = weights ? weights.data[i]! * first : first;
    for (let j = 0; j < d; j += 1) gradient[j] = 0 + derivative * x[offset + j]!;
    if (intercept) gradient[d] = 0 + derivative;
  }
}
