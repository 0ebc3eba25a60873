// The loop: iterate the solver, answer its requests from the objective, stop for
// a reason, and say it. Written once as work for `fit` and `fitSync`.

import type { Objective, Work } from '../models/objective.js';
import {
  euclideanNorm,
  figure,
  isFiniteState,
  type Halt,
  type Solver,
  type SolverState,
} from '../optimizers/solver.js';
import type { EpochRecord, UnconvergedStatus } from './result.js';

export interface TrainOptions {
  readonly epochs: number | undefined;
  readonly tolerance: number;
  readonly onEpoch: ((record: EpochRecord) => unknown) | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Outcome {
  readonly status: 'converged' | UnconvergedStatus;
  readonly reason: string;
  readonly parameters: Float64Array;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
  readonly steps: number;
  readonly history: readonly EpochRecord[];
  readonly warnings: readonly string[];
}

interface Ending {
  readonly status: Outcome['status'];
  readonly reason: string;
}

interface Best {
  readonly parameters: Float64Array;
  loss: number;
  gradientNorm: number;
}

/** Statuses whose last point is the answer; the others hand back the best point seen. */
const keepsLast: ReadonlySet<Outcome['status']> = new Set(['converged', 'completed', 'stalled']);

export function* train(
  objective: Objective,
  solver: Solver,
  start: Float64Array,
  options: TrainOptions,
): Work<Outcome> {
  const run = new Run(objective, solver, start, options);
  const ending = yield* run.loop();
  return run.outcome(ending);
}

class Run {
  readonly #objective: Objective;
  readonly #solver: Solver;
  readonly #options: TrainOptions;
  readonly #state: SolverState;
  readonly #best: Best;
  readonly #history: EpochRecord[] = [];
  readonly #started = performance.now();
  #initialLoss = Number.NaN;
  #evaluations = 0;

  constructor(objective: Objective, solver: Solver, start: Float64Array, options: TrainOptions) {
    this.#objective = objective;
    this.#solver = solver;
    this.#options = options;
    this.#state = solver.init(objective.layout);
    this.#state.parameters.set(start);
    this.#best = { parameters: start.slice(), loss: Number.POSITIVE_INFINITY, gradientNorm: Number.NaN };
  }

  *loop(): Work<Ending> {
    const state = this.#state;
    if (!(yield* this.#evaluateStart())) return this.#aborted();
    if (!isFiniteState(state.value, state.gradient)) {
      return {
        status: 'failed',
        reason: `the loss at the start is ${state.value}: scale the data, or start elsewhere`,
      };
    }
    this.#initialLoss = state.value;
    this.#keepBest();
    for (;;) {
      const reason = this.#solver.convergence(state, this.#options.tolerance);
      if (reason !== undefined) return { status: 'converged', reason };
      if (this.#isLastEpoch()) return yield* this.#exhausted();
      if (this.#options.signal?.aborted) return this.#aborted();
      const halt = yield* this.#iterate();
      if (halt === 'aborted') return this.#aborted();
      if (halt !== undefined) return halt;
      state.iteration += 1;
      this.#keepBest();
      if (this.#report() === 'stop') {
        return { status: 'early-stopped', reason: `onEpoch returned 'stop' after epoch ${state.iteration}` };
      }
    }
  }

  outcome({ status, reason }: Ending): Outcome {
    const state = this.#state;
    const last = { parameters: state.parameters, loss: state.value, gradientNorm: euclideanNorm(state.gradient) };
    const point = keepsLast.has(status) ? last : this.#best;
    return {
      status,
      reason,
      parameters: point.parameters,
      loss: point.loss,
      gradientNorm: point.gradientNorm,
      evaluations: this.#evaluations,
      steps: state.iteration,
      history: this.#history,
      warnings: state.warnings,
    };
  }

  *#evaluateStart(): Work<boolean> {
    const state = this.#state;
    const request = {
      kind: 'value-gradient' as const,
      at: state.parameters,
      gradient: state.gradient,
      value: Number.NaN,
    };
    this.#evaluations += 1;
    if (!(yield* this.#objective.answer(request))) return false;
    state.value = request.value;
    return true;
  }

  *#iterate(): Work<Halt | undefined | 'aborted'> {
    const iteration = this.#solver.iterate(this.#state);
    let step = iteration.next();
    while (!step.done) {
      if (step.value.kind === 'value-gradient') this.#evaluations += 1;
      if (!(yield* this.#objective.answer(step.value))) return 'aborted';
      step = iteration.next();
    }
    return step.value;
  }

  #isLastEpoch(): boolean {
    return this.#state.iteration >= (this.#options.epochs ?? this.#solver.defaultIterations);
  }

  *#exhausted(): Work<Ending> {
    const state = this.#state;
    if (state.value > this.#initialLoss && this.#solver.explainRise !== undefined) {
      const what = `the loss rose from ${figure(this.#initialLoss)} to ${figure(state.value)}`;
      const explanation = this.#solver.explainRise(state, what);
      let step = explanation.next();
      while (!step.done) {
        if (!(yield* this.#objective.answer(step.value))) return this.#aborted();
        step = explanation.next();
      }
      return { status: 'diverged', reason: step.value };
    }
    const norm = figure(euclideanNorm(state.gradient));
    const compared = `gradient norm ${norm} > tolerance ${figure(this.#options.tolerance)}`;
    return this.#options.epochs === undefined
      ? { status: 'budget', reason: `the default budget of ${state.iteration} epochs is used up: ${compared}` }
      : { status: 'completed', reason: `all ${state.iteration} epochs are done: ${compared}` };
  }

  #aborted(): Ending {
    const why = this.#options.signal?.reason;
    const cause = why instanceof Error ? why.message : String(why);
    return { status: 'aborted', reason: `aborted after ${this.#state.iteration} epochs: ${cause}` };
  }

  #keepBest(): void {
    const state = this.#state;
    if (!(state.value < this.#best.loss)) return;
    this.#best.parameters.set(state.parameters);
    this.#best.loss = state.value;
    this.#best.gradientNorm = euclideanNorm(state.gradient);
  }

  #report(): unknown {
    const state = this.#state;
    const record: EpochRecord = {
      epoch: state.iteration,
      step: state.iteration,
      loss: state.value,
      gradientNorm: euclideanNorm(state.gradient),
      learningRate: state.learningRate,
      elapsedMs: performance.now() - this.#started,
    };
    this.#history.push(record);
    return this.#options.onEpoch?.(record);
  }
}
