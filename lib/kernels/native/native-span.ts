// Spans of first-order steps by the addon.

import { type Job, type KernelSetName, ruleNumbers, type Span, type SpanQuota, type SpanSpec } from '../kernels.js';
import { loadedAddon, type SpanTask } from './binding.js';
import { giveBack, job, nativeLinear, takeUsed } from './native-jobs.js';

// What passes through `facts`, by place; native/addon/span_task.cc has the same order.
const fact = {
  steps: 0,
  records: 1,
  evaluateEvery: 2,
  lastEpoch: 3,
  scalarsPerStep: 4,
  epoch: 5,
  position: 6,
  stepsDone: 7,
  recordsDone: 8,
} as const;

export class NativeSpan implements Span {
  readonly #task: SpanTask;
  /** Multiply-adds of a step and of an evaluation. */
  readonly #stepWork: number;
  readonly #recordWork: number;

  constructor(set: KernelSetName, spec: SpanSpec, threads: number) {
    const { train, validation, stepWeights, rule, ...rest } = spec;
    const rows = nativeLinear(train);
    const held = validation && nativeLinear(validation);
    this.#task = loadedAddon().span(
      set,
      {
        ...rows,
        ...rest,
        keep: [rows.keep, held?.keep],
        validation: held,
        stepWeights: stepWeights && (stepWeights.handle ?? stepWeights.data),
        rule: ruleNumbers[rule],
      },
      threads,
      takeUsed('span'),
    );
    this.#stepWork = 2 * spec.batchSize * train.columns;
    this.#recordWork = (2 * train.rows + (validation?.rows ?? 0)) * train.columns;
  }

  get parameters(): Float64Array {
    return this.#task.parameters;
  }

  get state(): Float64Array {
    return this.#task.state;
  }

  get scalars(): Float64Array {
    return this.#task.scalars;
  }

  get records(): Float64Array {
    return this.#task.records;
  }

  get epoch(): number {
    return this.#fact('epoch');
  }

  set epoch(epoch: number) {
    this.#task.facts[fact.epoch] = epoch;
  }

  get position(): number {
    return this.#fact('position');
  }

  set position(position: number) {
    this.#task.facts[fact.position] = position;
  }

  get stepsDone(): number {
    return this.#fact('stepsDone');
  }

  get recordsDone(): number {
    return this.#fact('recordsDone');
  }

  run(quota: SpanQuota): Job {
    const { facts } = this.#task;
    facts[fact.steps] = quota.steps;
    facts[fact.records] = quota.records;
    facts[fact.evaluateEvery] = quota.evaluateEvery;
    facts[fact.lastEpoch] = quota.lastEpoch;
    facts[fact.scalarsPerStep] = quota.scalarsPerStep ? 1 : 0;
    facts[fact.stepsDone] = 0;
    facts[fact.recordsDone] = 0;
    return job(this.#task, 0, quota.steps * this.#stepWork + quota.records * this.#recordWork);
  }

  dispose(): void {
    giveBack('span', this.#task);
  }

  #fact(name: keyof typeof fact): number {
    return this.#task.facts[fact[name]] as number;
  }
}
