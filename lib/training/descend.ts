// The loop of first-order rules: spans of many steps at a time, then what the
// epochs in them mean. A span is cut where JavaScript has something to say (a
// callback, a checkpoint) or after a few milliseconds; the cuts change no bit.

import type { EpochPoint, Objective, ObjectiveSpan, Work } from '../models/objective.js';
import { recordSize, rowsAhead, type SpanQuota, smallJob, wholeBlocks } from '../kernels/kernels.js';
import { ruleShapes } from '../kernels/rules.js';
import { divergenceReason, divergingRise } from '../optimizers/divergence.js';
import { defaultEpochs, kernelArrays, type Rule, type RuleState } from '../optimizers/rule.js';
import { figure, isFiniteState } from '../optimizers/solver.js';
import { rateAt } from '../schedules/schedule.js';
import { type Ending, type Outcome, Progress, type ProgressState } from './progress.js';
import { abortedEarly, evaluate, failedStart, type TrainOptions, unstarted } from './train.js';

// Work of the steps of a span: about five milliseconds with native kernels.
const spanWork = 1e7;
// Steps of a span whose scalars are given one by one, and those computed between two chances to pause.
const scalarsMost = 16_384;
const scalarsPiece = 1024;
// Numbers in the records of a span.
const recordsRoom = 65_536;

export interface DescendOptions extends TrainOptions {
  readonly batchSize: number;
  readonly replacement: boolean;
  readonly seed: number;
  /** Epochs between evaluations of the objective over all rows. */
  readonly evaluateEvery: number;
}

export function* descend(
  objective: Objective,
  rule: Rule,
  start: Float64Array,
  options: DescendOptions,
): Work<Outcome> {
  const { validation, checkpoint, signal } = options;
  const gradient = new Float64Array(start.length);
  const first = yield* evaluate(objective, validation, start, gradient);
  if (first === undefined) return abortedEarly(signal, start);
  if (!isFiniteState(first.loss, gradient)) return unstarted(failedStart(first.loss), start);
  const epochs = options.epochs ?? defaultEpochs;
  const sameScalars = rule.learningRate.description?.name === 'constant' && !rule.kernel.countsSteps;
  const { batchSize, replacement, seed } = options;
  const room = Math.max(1, Math.floor(recordsRoom / recordSize(start.length)));
  const spans = yield* (objective.span as NonNullable<Objective['span']>)({
    rule: rule.kernel.name,
    batchSize,
    replacement,
    seed,
    validation,
    recordsMost: Math.min(room, epochs),
    scalarsMost: sameScalars ? 1 : scalarsMost,
  });
  if (spans === undefined) return abortedEarly(signal, start);
  try {
    const run = new RuleRun(objective, rule, spans, options, first, { epochs, sameScalars, room });
    const saved = checkpoint?.resume<RuleSnapshot>(first);
    const ending = (saved && run.restore(saved)) ?? (yield* run.loop());
    return run.outcome(ending);
  } finally {
    spans.span.dispose();
  }
}

interface RuleSnapshot {
  readonly parameters: Float64Array;
  readonly rule: RuleState;
  readonly epoch: number;
  /** Steps done in the epoch. */
  readonly position: number;
  readonly last: EpochPoint;
  readonly progress: ProgressState;
  readonly ending: Ending | undefined;
}

interface Plan {
  readonly epochs: number;
  /** The scalars of all steps are the same. */
  readonly sameScalars: boolean;
  /** Records a span has room for. */
  readonly room: number;
}

class RuleRun {
  readonly #objective: Objective;
  readonly #rule: Rule;
  readonly #spans: ObjectiveSpan;
  readonly #options: DescendOptions;
  readonly #plan: Plan;
  readonly #progress: Progress;
  readonly #stepsPerEpoch: number;
  /** The last evaluated point. */
  #last: EpochPoint;

  constructor(
    objective: Objective,
    rule: Rule,
    spans: ObjectiveSpan,
    options: DescendOptions,
    start: EpochPoint,
    plan: Plan,
  ) {
    this.#objective = objective;
    this.#rule = rule;
    this.#spans = spans;
    this.#options = options;
    this.#plan = plan;
    this.#last = start;
    this.#progress = new Progress(options, start);
    this.#stepsPerEpoch = Math.ceil(objective.rows / options.batchSize);
    spans.span.parameters.set(start.parameters);
    this.#setRuleState(rule.init(objective.layout));
  }

  restore(saved: RuleSnapshot): Ending | undefined {
    const { span } = this.#spans;
    span.parameters.set(saved.parameters);
    this.#setRuleState(saved.rule);
    span.epoch = saved.epoch;
    span.position = saved.position;
    this.#last = saved.last;
    this.#progress.restore(saved.progress);
    const goesOn = saved.ending?.status === 'completed' && saved.epoch < this.#plan.epochs;
    return goesOn ? undefined : saved.ending;
  }

  *loop(): Work<Ending> {
    const { checkpoint } = this.#options;
    const ending = yield* this.#spansToTheEnd();
    if (checkpoint) yield* checkpoint.save(this.#snapshot(ending.status === 'aborted' ? undefined : ending));
    return ending;
  }

  outcome(ending: Ending): Outcome {
    const { epoch } = this.#spans.span;
    return this.#progress.outcome(ending, this.#last, {
      epochs: epoch,
      steps: this.#step(),
      warnings: [],
      linearSolver: undefined,
    });
  }

  *#spansToTheEnd(): Work<Ending> {
    const { signal, checkpoint } = this.#options;
    const { span } = this.#spans;
    for (;;) {
      if (span.epoch >= this.#plan.epochs) return yield* this.#finished();
      if (signal?.aborted) return this.#progress.aborted(span.epoch);
      const quota = this.#quota();
      if (!(yield* this.#fillScalars(quota.scalarsPerStep ? quota.steps : 1)))
        return this.#progress.aborted(span.epoch);
      const completed = yield span.run(quota);
      const ending = yield* this.#readRecords();
      if (ending !== undefined) return ending;
      if (!completed) return this.#progress.aborted(span.epoch);
      if (!span.parameters.every(Number.isFinite)) return yield* this.#diverged('the parameters are no longer finite');
      if (checkpoint?.due(span.epoch)) yield* checkpoint.save(this.#snapshot(undefined));
    }
  }

  /** The scalars of the next steps, with chances to pause; false when aborted. */
  *#fillScalars(count: number): Work<boolean> {
    const { scalars } = this.#spans.span;
    const { learningRate, kernel } = this.#rule;
    const each = ruleShapes[kernel.name].scalars;
    const from = this.#step();
    for (let first = 0; first < count; first += scalarsPiece) {
      const last = Math.min(first + scalarsPiece, count);
      const fill = (): void => {
        for (let i = first; i < last; i += 1) kernel.fill(rateAt(learningRate, from + i), from + i, scalars, i * each);
      };
      if (!(yield smallJob(fill))) return false;
    }
    return true;
  }

  /** What the next span may do. */
  #quota(): SpanQuota {
    const { batchSize, evaluateEvery, onEpoch, checkpoint } = this.#options;
    const { epochs, sameScalars, room } = this.#plan;
    const { span, stepWork } = this.#spans;
    const left = (epochs - span.epoch) * this.#stepsPerEpoch - span.position;
    const affordable = Math.max(rowsAhead, Math.floor(spanWork / Math.max(1, stepWork)));
    const records = onEpoch || checkpoint?.everyEpochs ? 1 : room;
    const untilFull = records * evaluateEvery * this.#stepsPerEpoch;
    const most = Math.min(left, affordable, untilFull, sameScalars ? Number.POSITIVE_INFINITY : scalarsMost);
    const steps = batchSize === 1 ? wholeBlocks(span.position, most, this.#stepsPerEpoch) : most;
    const evaluated = Math.ceil((steps * batchSize) / this.#objective.rows / evaluateEvery);
    return {
      steps,
      records: Math.min(records, Math.max(1, evaluated)),
      evaluateEvery,
      lastEpoch: epochs,
      scalarsPerStep: !sameScalars,
    };
  }

  /** Takes in the epochs of a span one by one; a run that ends at one of them goes back to it. */
  *#readRecords(): Work<Ending | undefined> {
    const { span, read } = this.#spans;
    const size = recordSize(span.parameters.length);
    for (let i = 0; i < span.recordsDone; i += 1) {
      const record = span.records.slice(i * size, (i + 1) * size);
      const epoch = record[size - 1] as number;
      const point = read(record);
      this.#last = point;
      this.#progress.countEvaluation();
      const ending = yield* this.#judge(epoch, point);
      if (ending === undefined) continue;
      span.parameters.set(point.parameters);
      span.epoch = epoch;
      span.position = 0;
      return ending;
    }
    return undefined;
  }

  *#judge(epoch: number, point: EpochPoint): Work<Ending | undefined> {
    const { tolerance } = this.#options;
    const step = epoch * this.#stepsPerEpoch;
    if (!Number.isFinite(point.loss) || !Number.isFinite(point.gradientNorm)) {
      return yield* this.#diverged('the loss is no longer finite', step);
    }
    const ending = this.#progress.record(epoch, step, point, this.#rateBefore(step));
    if (ending !== undefined) return ending;
    if (point.gradientNorm > tolerance) return undefined;
    return {
      status: 'converged',
      reason: `gradient norm ${figure(point.gradientNorm)} ≤ tolerance ${figure(tolerance)}`,
    };
  }

  *#finished(): Work<Ending> {
    const { initialLoss } = this.#progress;
    const { loss, gradientNorm } = this.#last;
    if (loss > initialLoss) {
      const bound = yield* this.#curvatureBound();
      if (bound === undefined) return this.#progress.aborted(this.#spans.span.epoch);
      const what = divergingRise(initialLoss, loss, this.#rateBefore(this.#step()), bound);
      if (what !== undefined) return this.#divergence(what, this.#step(), bound);
    }
    const compared = `gradient norm ${figure(gradientNorm)} > tolerance ${figure(this.#options.tolerance)}`;
    return { status: 'completed', reason: `all ${this.#plan.epochs} epochs are done: ${compared}` };
  }

  *#diverged(what: string, step = this.#step()): Work<Ending> {
    const bound = yield* this.#curvatureBound();
    return bound === undefined ? this.#progress.aborted(this.#spans.span.epoch) : this.#divergence(what, step, bound);
  }

  #divergence(what: string, step: number, bound: number): Ending {
    const reason = divergenceReason(what, step, this.#rateBefore(step), bound, 'let it decay (inverseTimeDecay)');
    return { status: 'diverged', reason };
  }

  *#curvatureBound(): Work<number | undefined> {
    const request = { kind: 'curvature-bound' as const, bound: Number.NaN };
    return (yield* this.#objective.answer(request)) ? request.bound : undefined;
  }

  /** The rate of the last step before this one. */
  #rateBefore(step: number): number {
    return rateAt(this.#rule.learningRate, Math.max(0, step - 1));
  }

  #step(): number {
    const { epoch, position } = this.#spans.span;
    return epoch * this.#stepsPerEpoch + position;
  }

  #setRuleState(state: RuleState): void {
    const { span } = this.#spans;
    for (const [k, values] of kernelArrays(this.#rule, state).entries())
      span.state.set(values, k * span.parameters.length);
  }

  #snapshot(ending: Ending | undefined): RuleSnapshot {
    const { span } = this.#spans;
    const p = span.parameters.length;
    const names = Object.keys(this.#rule.init(this.#objective.layout)).slice(
      0,
      ruleShapes[this.#rule.kernel.name].states,
    );
    return {
      parameters: span.parameters,
      rule: Object.fromEntries(names.map((name, k) => [name, span.state.subarray(k * p, (k + 1) * p)])),
      epoch: span.epoch,
      position: span.position,
      last: this.#last,
      progress: this.#progress.save(),
      ending,
    };
  }
}
