// The loop of solvers: iterate, answer the requests from the objective, stop for a
// reason, and say it. One iteration is one epoch.

import type { EpochPoint, Objective, Work } from '../models/objective.js';
import {
  euclideanNorm,
  figure,
  type Halt,
  isFiniteState,
  type RequestKind,
  type Solver,
  type SolverState,
} from '../optimizers/solver.js';
import type { Checkpoint } from './checkpoint.js';
import { aborted, type Ending, type Outcome, Progress, type ProgressOptions, type ProgressState } from './progress.js';

export interface TrainOptions extends ProgressOptions {
  readonly epochs: number | undefined;
  readonly tolerance: number;
  readonly validation: Objective | undefined;
  readonly checkpoint: Checkpoint | undefined;
}

/** The requests that pass over the data for the value. */
const evaluations: ReadonlySet<RequestKind> = new Set(['value', 'value-gradient', 'interior-move', 'vertex']);

/** A start that cannot be used, or its evaluation. */
export type Start = { readonly point: EpochPoint; readonly gradient: Float64Array } | { readonly ending: Ending };

/** The objective, and the validation loss where there is one, at a point; undefined when aborted. */
export function* evaluate(
  objective: Objective,
  validation: Objective | undefined,
  parameters: Float64Array,
  gradient: Float64Array,
): Work<EpochPoint | undefined> {
  const request = { kind: 'value-gradient' as const, at: parameters, gradient, value: Number.NaN };
  if (!(yield* objective.answer(request))) return undefined;
  const validationLoss = validation && (yield* valueAt(validation, parameters));
  if (validation && validationLoss === undefined) return undefined;
  return { parameters, loss: request.value, gradientNorm: euclideanNorm(gradient), validationLoss };
}

function* valueAt(objective: Objective, at: Float64Array): Work<number | undefined> {
  const request = { kind: 'value' as const, at, value: Number.NaN };
  return (yield* objective.answer(request)) ? request.value : undefined;
}

/** What a solver compares with the tolerance. */
function normOf(solver: Solver, state: SolverState): number {
  return solver.gradientNorm?.(state) ?? euclideanNorm(state.gradient);
}

/** Why a run whose start is not finite fails. */
export function failedStart(loss: number): Ending {
  return { status: 'failed', reason: `the loss at the start is ${loss}: scale the data, or start elsewhere` };
}

/** The outcome of a run that was aborted before its first epoch. */
export function abortedEarly(signal: AbortSignal | undefined, parameters: Float64Array): Outcome {
  return unstarted(aborted('before the first epoch', signal), parameters);
}

/** The outcome of a run that ended before its first epoch. */
export function unstarted(ending: Ending, parameters: Float64Array): Outcome {
  const nothing = { loss: Number.NaN, gradientNorm: Number.NaN, validationLoss: undefined };
  const counters = { evaluations: 0, epochs: 0, steps: 0, history: [], warnings: [], linearSolver: undefined };
  return { ...ending, parameters, ...nothing, ...counters };
}

export function* train(
  objective: Objective,
  solver: Solver,
  start: Float64Array,
  options: TrainOptions,
): Work<Outcome> {
  const state = solver.init(objective.layout);
  state.parameters.set(start);
  const first = yield* startPoint(objective, solver, state, options.validation);
  if (first === undefined) return abortedEarly(options.signal, start);
  if (!isFiniteState(first.loss, state.gradient)) return unstarted(failedStart(first.loss), start);
  const run = new SolverRun(objective, solver, state, options, new Progress(options, first));
  const saved = options.checkpoint?.resume<SolverSnapshot>(first);
  const ending = (saved && run.restore(saved)) ?? (yield* run.loop());
  return run.outcome(ending);
}

/** Evaluates the start, as the solver wants it; undefined when aborted. */
function* startPoint(
  objective: Objective,
  solver: Solver,
  state: SolverState,
  validation: Objective | undefined,
): Work<EpochPoint | undefined> {
  if (solver.start === undefined) {
    const point = yield* evaluate(objective, validation, state.parameters, state.gradient);
    if (point !== undefined) state.value = point.loss;
    return point;
  }
  const starting = solver.start(state);
  for (let step = starting.next(); !step.done; step = starting.next()) {
    if (!(yield* objective.answer(step.value))) return undefined;
  }
  const validationLoss = validation && (yield* valueAt(validation, state.parameters));
  if (validation && validationLoss === undefined) return undefined;
  const { parameters, value } = state;
  return { parameters, loss: value, gradientNorm: normOf(solver, state), validationLoss };
}

interface SolverSnapshot {
  readonly state: SolverState;
  readonly progress: ProgressState;
  readonly validationLoss: number | undefined;
  /** How the run ended, where it has. */
  readonly ending: Ending | undefined;
}

class SolverRun {
  readonly #objective: Objective;
  readonly #solver: Solver;
  readonly #options: TrainOptions;
  readonly #state: SolverState;
  readonly #progress: Progress;
  #validationLoss: number | undefined;

  constructor(objective: Objective, solver: Solver, state: SolverState, options: TrainOptions, progress: Progress) {
    this.#objective = objective;
    this.#solver = solver;
    this.#state = state;
    this.#options = options;
    this.#progress = progress;
  }

  /** Takes up a saved run; its ending, where there is nothing left to do. */
  restore({ state, progress, validationLoss, ending }: SolverSnapshot): Ending | undefined {
    Object.assign(this.#state, state);
    this.#progress.restore(progress);
    this.#validationLoss = validationLoss;
    return ending?.status === 'completed' && !this.#isLastEpoch() ? undefined : ending;
  }

  *loop(): Work<Ending> {
    const { checkpoint } = this.#options;
    const ending = yield* this.#iterations();
    if (checkpoint) yield* checkpoint.save(this.#snapshot(ending.status === 'aborted' ? undefined : ending));
    return ending;
  }

  outcome(ending: Ending): Outcome {
    const { iteration, warnings, linearSolver } = this.#state;
    const counters = { epochs: iteration, steps: iteration, warnings, linearSolver };
    return this.#progress.outcome(ending, this.#point(), counters);
  }

  *#iterations(): Work<Ending> {
    const { tolerance, signal, checkpoint } = this.#options;
    const state = this.#state;
    for (;;) {
      const reason = this.#solver.convergence(state, tolerance);
      if (reason !== undefined) return { status: 'converged', reason };
      if (this.#isLastEpoch()) return yield* this.#exhausted();
      if (signal?.aborted) return this.#progress.aborted(state.iteration);
      const halt = yield* this.#iterate();
      if (halt === 'aborted') return this.#progress.aborted(state.iteration);
      if (halt !== undefined) return halt;
      state.iteration += 1;
      const ending = this.#progress.record(state.iteration, state.iteration, this.#point(), state.learningRate);
      if (ending !== undefined) return ending;
      if (checkpoint?.due(state.iteration)) yield* checkpoint.save(this.#snapshot(undefined));
    }
  }

  *#iterate(): Work<Halt | undefined | 'aborted'> {
    const { validation } = this.#options;
    const iteration = this.#solver.iterate(this.#state);
    let step = iteration.next();
    while (!step.done) {
      if (evaluations.has(step.value.kind)) this.#progress.countEvaluation();
      if (!(yield* this.#objective.answer(step.value))) return 'aborted';
      step = iteration.next();
    }
    if (validation === undefined || step.value !== undefined) return step.value;
    this.#validationLoss = yield* valueAt(validation, this.#state.parameters);
    return this.#validationLoss === undefined ? 'aborted' : undefined;
  }

  #point(): EpochPoint {
    const { parameters, value } = this.#state;
    const gradientNorm = normOf(this.#solver, this.#state);
    return { parameters, loss: value, gradientNorm, validationLoss: this.#validationLoss };
  }

  #snapshot(ending: Ending | undefined): SolverSnapshot {
    return { state: this.#state, progress: this.#progress.save(), validationLoss: this.#validationLoss, ending };
  }

  #isLastEpoch(): boolean {
    return this.#state.iteration >= (this.#options.epochs ?? this.#solver.defaultIterations);
  }

  *#exhausted(): Work<Ending> {
    const state = this.#state;
    const { initialLoss } = this.#progress;
    if (state.value > initialLoss && this.#solver.explainRise !== undefined) {
      const explanation = this.#solver.explainRise(state, initialLoss);
      let step = explanation.next();
      while (!step.done) {
        if (!(yield* this.#objective.answer(step.value))) return this.#progress.aborted(state.iteration);
        step = explanation.next();
      }
      if (step.value !== undefined) return { status: 'diverged', reason: step.value };
    }
    const norm = figure(normOf(this.#solver, state));
    const compared = `gradient norm ${norm} > tolerance ${figure(this.#options.tolerance)}`;
    return this.#options.epochs === undefined
      ? { status: 'budget', reason: `the default budget of ${state.iteration} epochs is used up: ${compared}` }
      : { status: 'completed', reason: `all ${state.iteration} epochs are done: ${compared}` };
  }
}
