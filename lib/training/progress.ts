// What a run remembers from epoch to epoch, whatever computes the epochs: the
// history, the best point, the patience of early stopping, the callback. Numeric
// stop rules live here and nowhere else.

import { figure, type LinearSolver } from '../optimizers/solver.js';
import type { EpochPoint } from '../models/objective.js';
import type { EpochRecord, UnconvergedStatus } from './result.js';

export interface EarlyStopping {
  /** Epochs in a row without improvement before the run stops; at least 1. */
  readonly patience: number;
  /** How much lower the monitored loss must be to count as improvement; default 0. */
  readonly minDelta?: number;
}

export interface ProgressOptions {
  readonly onEpoch: ((record: EpochRecord) => unknown) | undefined;
  readonly earlyStopping: EarlyStopping | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Ending {
  readonly status: 'converged' | UnconvergedStatus;
  readonly reason: string;
}

export interface Outcome extends Ending {
  readonly parameters: Float64Array;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly validationLoss: number | undefined;
  readonly evaluations: number;
  readonly epochs: number;
  readonly steps: number;
  readonly history: readonly EpochRecord[];
  readonly warnings: readonly string[];
  readonly linearSolver: LinearSolver | undefined;
}

/** What outlives an epoch, as plain values and arrays: the part of a checkpoint that every run has. */
export interface ProgressState {
  best: EpochPoint;
  initialLoss: number;
  /** The loss that early stopping compares with, and epochs since it improved. */
  reference: number;
  waited: number;
  evaluations: number;
  elapsedMs: number;
  history: EpochRecord[];
}

/** Statuses whose last point is the answer; the others hand back the best point seen. */
const keepsLast: ReadonlySet<Ending['status']> = new Set(['converged', 'completed', 'stalled']);

/** @param when in words. */
export function aborted(when: string, signal: AbortSignal | undefined): Ending {
  const why = signal?.reason;
  return { status: 'aborted', reason: `aborted ${when}: ${why instanceof Error ? why.message : String(why)}` };
}

export class Progress {
  readonly #options: ProgressOptions;
  #state: ProgressState;
  #started = performance.now();

  constructor(options: ProgressOptions, start: EpochPoint) {
    const best = copyOf(start);
    const monitored = monitoredLoss(start);
    this.#options = options;
    this.#state = {
      best,
      initialLoss: start.loss,
      reference: monitored,
      waited: 0,
      evaluations: 1,
      elapsedMs: 0,
      history: [],
    };
  }

  get initialLoss(): number {
    return this.#state.initialLoss;
  }

  countEvaluation(): void {
    this.#state.evaluations += 1;
  }

  /** Takes in an epoch; how the run ends, where that is now. */
  record(epoch: number, step: number, point: EpochPoint, learningRate: number): Ending | undefined {
    const state = this.#state;
    const { loss, gradientNorm, validationLoss } = point;
    const monitored = monitoredLoss(point);
    if (monitored < monitoredLoss(state.best)) state.best = copyOf(point);
    const elapsedMs = this.#elapsed();
    const record: EpochRecord =
      validationLoss === undefined
        ? { epoch, step, loss, gradientNorm, learningRate, elapsedMs }
        : { epoch, step, loss, validationLoss, gradientNorm, learningRate, elapsedMs };
    state.history.push(record);
    if (this.#options.onEpoch?.(record) === 'stop') {
      return { status: 'early-stopped', reason: `onEpoch returned 'stop' after epoch ${epoch}` };
    }
    return this.#outOfPatience(monitored, epoch);
  }

  aborted(epochs: number): Ending {
    return aborted(`after ${epochs} epochs`, this.#options.signal);
  }

  outcome(
    { status, reason }: Ending,
    last: EpochPoint,
    counters: Pick<Outcome, 'epochs' | 'steps' | 'warnings' | 'linearSolver'>,
  ): Outcome {
    const { best, evaluations, history } = this.#state;
    const { parameters, loss, gradientNorm, validationLoss } = keepsLast.has(status) ? last : best;
    return { ...counters, status, reason, parameters, loss, gradientNorm, validationLoss, evaluations, history };
  }

  /** For a checkpoint. */
  save(): ProgressState {
    return { ...this.#state, elapsedMs: this.#elapsed() };
  }

  restore(state: ProgressState): void {
    this.#state = state;
    this.#started = performance.now();
  }

  #elapsed(): number {
    return this.#state.elapsedMs + performance.now() - this.#started;
  }

  #outOfPatience(monitored: number, epoch: number): Ending | undefined {
    const { earlyStopping } = this.#options;
    if (earlyStopping === undefined) return undefined;
    const state = this.#state;
    if (monitored < state.reference - (earlyStopping.minDelta ?? 0)) {
      state.reference = monitored;
      state.waited = 0;
      return undefined;
    }
    state.waited += 1;
    if (state.waited < earlyStopping.patience) return undefined;
    const what = state.best.validationLoss === undefined ? 'loss' : 'validation loss';
    return {
      status: 'early-stopped',
      reason: `the ${what} has not fallen below ${figure(state.reference)} for ${state.waited} epochs up to epoch ${epoch}`,
    };
  }
}

function monitoredLoss(point: EpochPoint): number {
  return point.validationLoss ?? point.loss;
}

function copyOf(point: EpochPoint): EpochPoint {
  return { ...point, parameters: point.parameters.slice() };
}
