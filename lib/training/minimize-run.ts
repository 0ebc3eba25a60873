// The loop of `minimize` and `leastSquares`: iterate, answer the solver's requests
// from the user's functions, and end for a reason. A generator of what the caller
// must do: a call of the user's functions, or a job that writes a checkpoint. It is
// driven synchronously, or with waits for promises and turns of the event loop.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Job, Kernels } from '../kernels/kernels.js';
import { answeredByKernels } from '../models/kernel-answers.js';
import {
  euclideanNorm,
  figure,
  type Halt,
  isFiniteState,
  type Layout,
  multiply,
  type NewtonDirectionRequest,
  type Request,
  type Solver,
  type SolverState,
} from '../optimizers/solver.js';
import type { Checkpoint } from './checkpoint.js';
import { differencedGradient, differencedHessian, differencedJacobian, differencedProduct } from './differences.js';
import { type CallCounts, type DirectObjective, refusePromise } from './function-objective.js';
import { newtonDirection } from './newton-direction.js';
import { aborted, type Ending } from './progress.js';

// The event loop gets its turn after so long.
const sliceMs = 3;
// Iterations between two looks at the clock of a run with a budget of time.
const clockEvery = 8;

// No function with a minimum goes below this.
const lowestValue = -1e290;

export interface IterationRecord {
  /** Iterations finished, from 1. */
  readonly iteration: number;
  readonly value: number;
  readonly gradientNorm: number;
  /** Length of the step along the direction, or the radius of the region trusted. */
  readonly step: number;
  readonly evaluations: number;
  readonly elapsedMs: number;
  /** The point itself, which must not be kept or changed. */
  readonly parameters: Float64Array;
}

export interface RunOptions {
  readonly maxIterations: number;
  readonly maxEvaluations: number;
  readonly maxTimeMs: number;
  readonly tolerance: number;
  readonly onIteration: ((record: IterationRecord) => unknown) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly checkpoint: Checkpoint | undefined;
  readonly kernels: Kernels;
}

export interface RunOutcome extends Ending {
  readonly parameters: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly counts: CallCounts;
  /** Kinds of derivatives that were made of differences. */
  readonly differenced: readonly string[];
  readonly warnings: readonly string[];
  readonly elapsedMs: number;
  readonly state: SolverState;
}

type Step = Request | Job;

interface Best {
  value: number;
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
}

interface Snapshot {
  readonly state: SolverState;
  readonly best: Best;
  readonly counts: CallCounts;
  readonly elapsedMs: number;
  readonly ending: Ending | undefined;
}

/** Statuses whose last point is the answer; the others hand back the best point seen. */
const keepsLast: ReadonlySet<Ending['status']> = new Set(['converged', 'stalled']);

export class MinimizeRun {
  readonly #objective: DirectObjective;
  readonly #solver: Solver;
  readonly #layout: Layout;
  readonly #options: RunOptions;
  readonly #state: SolverState;
  readonly #best: Best;
  readonly #differenced = new Set<string>();
  #started = performance.now();

  constructor(objective: DirectObjective, solver: Solver, layout: Layout, state: SolverState, options: RunOptions) {
    const n = layout.size;
    this.#objective = objective;
    this.#solver = solver;
    this.#layout = layout;
    this.#options = options;
    this.#state = state;
    this.#best = {
      value: Number.POSITIVE_INFINITY,
      parameters: new Float64Array(n),
      gradient: new Float64Array(n),
    };
  }

  runSync(): RunOutcome {
    const steps = this.#run();
    let step = steps.next();
    while (!step.done) {
      const work = step.value;
      if ('kind' in work) {
        const waited = this.#objective.answer(work);
        if (waited !== undefined) refusePromise(waited);
      } else {
        work.run();
      }
      step = steps.next();
    }
    return step.value;
  }

  async run(): Promise<RunOutcome> {
    await nextTurn();
    let sliceEnd = performance.now() + sliceMs;
    const steps = this.#run();
    let step = steps.next();
    while (!step.done) {
      const work = step.value;
      if ('kind' in work) {
        const waited = this.#objective.answer(work);
        if (waited !== undefined) await waited;
      } else {
        await work.start({ signal: this.#options.signal, due: () => false, breathe: async () => {} });
      }
      if (performance.now() > sliceEnd) {
        await nextTurn();
        sliceEnd = performance.now() + sliceMs;
      }
      step = steps.next();
    }
    return step.value;
  }

  *#run(): Generator<Step, RunOutcome, void> {
    const { checkpoint } = this.#options;
    const state = this.#state;
    const failed = yield* this.#start();
    if (failed !== undefined) return this.#outcome(failed);
    const saved = checkpoint?.resume<Snapshot>({
      parameters: state.parameters,
      loss: state.value,
      gradientNorm: this.#gradientNorm(),
      validationLoss: undefined,
    });
    const ending = (saved && this.#restore(saved)) ?? (yield* this.#iterations());
    if (checkpoint) yield checkpoint.write(this.#snapshot(ending));
    return this.#outcome(ending);
  }

  *#start(): Generator<Step, Ending | undefined, void> {
    const state = this.#state;
    const ended = yield* this.#answerAll(this.#solver.start?.(state) ?? evaluateStart(state));
    if (ended !== undefined) return ended;
    if (!isFiniteState(state.value, state.gradient)) {
      return { status: 'failed', reason: failedStart(state) };
    }
    this.#keepBest();
    return undefined;
  }

  *#iterations(): Generator<Step, Ending, void> {
    const { tolerance, maxIterations, onIteration, checkpoint } = this.#options;
    const solver = this.#solver;
    const state = this.#state;
    for (;;) {
      const reason = solver.convergence(state, tolerance);
      if (reason !== undefined) return { status: 'converged', reason };
      if (state.iteration >= maxIterations) return this.#exhausted(`${state.iteration} iterations`);
      const spent = this.#spent();
      if (spent !== undefined) return spent;
      const ended = yield* this.#answerAll(solver.iterate(state));
      if (ended !== undefined) return ended;
      state.iteration += 1;
      if (state.value < this.#best.value) this.#keepBest();
      if (state.value < lowestValue) return { status: 'diverged', reason: unbounded(state.value) };
      if (onIteration?.(this.#record()) === 'stop') {
        return { status: 'early-stopped', reason: `onIteration returned 'stop' after iteration ${state.iteration}` };
      }
      if (checkpoint?.due(state.iteration)) yield checkpoint.write(this.#snapshot(undefined));
    }
  }

  /** Passes on the requests of an iteration that the user's functions answer, and makes the others of those. */
  *#answerAll(iteration: Generator<Request, Halt | undefined, void>): Generator<Step, Ending | undefined, void> {
    const { offers } = this.#objective;
    const { signal, maxEvaluations } = this.#options;
    let step = iteration.next();
    while (!step.done) {
      const request = step.value;
      if (offers.has(request.kind)) yield request;
      else yield* this.#compose(request);
      if (signal?.aborted) return aborted(`in iteration ${this.#state.iteration + 1}`, signal);
      if (this.#objective.counts.evaluations > maxEvaluations) return this.#spent();
      step = iteration.next();
    }
    return step.value ?? undefined;
  }

  *#compose(request: Request): Generator<Request, void, void> {
    const { offers } = this.#objective;
    const { bounds } = this.#layout;
    switch (request.kind) {
      case 'value':
      case 'pause':
        return;
      case 'value-gradient':
        this.#differenced.add('gradient');
        return yield* differencedGradient(request, bounds);
      case 'jacobian':
        this.#differenced.add('jacobian');
        return yield* differencedJacobian(request, bounds);
      case 'hessian':
        return yield* this.#hessian(request);
      case 'hessian-vector': {
        if (offers.has('hessian')) {
          const n = request.at.length;
          const whole = { kind: 'hessian' as const, at: request.at, hessian: new Float64Array(n * n) };
          yield whole;
          multiply(whole.hessian, request.vector, request.product);
          return;
        }
        this.#differenced.add('product of the Hessian');
        return yield* this.#withGradients(differencedProduct(request));
      }
      case 'newton-direction':
        return yield* this.#newtonDirection(request);
      case 'curvature-bound':
        request.bound = Number.NaN;
        return;
      default:
        answeredByKernels(request, this.#options.kernels);
    }
  }

  *#hessian(request: Request & { readonly kind: 'hessian' }): Generator<Request, void, void> {
    if (this.#objective.offers.has('hessian')) {
      yield request;
      return;
    }
    const products = this.#objective.offers.has('hessian-vector');
    if (!products) this.#differenced.add('Hessian');
    yield* this.#withGradients(differencedHessian(request, products, this.#layout.bounds));
  }

  /** Requests for gradients may themselves have to be made of values. */
  *#withGradients(requests: Generator<Request, void, void>): Generator<Request, void, void> {
    for (const request of requests) {
      if (this.#objective.offers.has(request.kind)) yield request;
      else yield* this.#compose(request);
    }
  }

  *#newtonDirection(request: NewtonDirectionRequest): Generator<Request, void, void> {
    const n = request.at.length;
    const whole = { kind: 'hessian' as const, at: request.at, hessian: new Float64Array(n * n) };
    yield* this.#hessian(whole);
    newtonDirection(request, whole.hessian, this.#options.kernels);
  }

  #spent(): Ending | undefined {
    const { signal, maxEvaluations, maxTimeMs } = this.#options;
    const { iteration } = this.#state;
    const { evaluations } = this.#objective.counts;
    if (signal?.aborted) return aborted(`after ${iteration} iterations`, signal);
    if (evaluations >= maxEvaluations) return this.#exhausted(`${maxEvaluations} evaluations`);
    if (maxTimeMs === Number.POSITIVE_INFINITY || iteration % clockEvery !== 0) return undefined;
    return this.#elapsed() >= maxTimeMs ? this.#exhausted(`${maxTimeMs} ms`) : undefined;
  }

  #exhausted(what: string): Ending {
    const compared = `gradient norm ${figure(this.#gradientNorm())} > tolerance ${figure(this.#options.tolerance)}`;
    return { status: 'budget', reason: `the budget of ${what} is used up: ${compared}` };
  }

  #gradientNorm(): number {
    const state = this.#state;
    return this.#solver.gradientNorm?.(state) ?? euclideanNorm(state.gradient);
  }

  #record(): IterationRecord {
    const { iteration, value, learningRate, parameters } = this.#state;
    const { evaluations } = this.#objective.counts;
    const gradientNorm = this.#gradientNorm();
    return { iteration, value, gradientNorm, step: learningRate, evaluations, elapsedMs: this.#elapsed(), parameters };
  }

  #keepBest(): void {
    const state = this.#state;
    this.#best.value = state.value;
    this.#best.parameters.set(state.parameters);
    this.#best.gradient.set(state.gradient);
  }

  #elapsed(): number {
    return performance.now() - this.#started;
  }

  #snapshot(ending: Ending | undefined): Snapshot {
    const lasting = ending?.status === 'aborted' || ending?.status === 'budget' ? undefined : ending;
    const { counts } = this.#objective;
    return { state: this.#state, best: this.#best, counts, elapsedMs: this.#elapsed(), ending: lasting };
  }

  #restore(saved: Snapshot): Ending | undefined {
    Object.assign(this.#state, saved.state);
    Object.assign(this.#best, saved.best);
    Object.assign(this.#objective.counts, saved.counts);
    this.#started = performance.now() - saved.elapsedMs;
    return saved.ending;
  }

  #outcome({ status, reason }: Ending): RunOutcome {
    const state = this.#state;
    const best = this.#best;
    if (!keepsLast.has(status) && best.value < state.value) {
      // gradientNorm reads the state: the best point becomes its point.
      state.parameters.set(best.parameters);
      state.gradient.set(best.gradient);
      state.value = best.value;
    }
    return {
      status,
      reason,
      parameters: state.parameters.slice(),
      value: state.value,
      gradient: state.gradient.slice(),
      gradientNorm: this.#gradientNorm(),
      iterations: state.iteration,
      counts: this.#objective.counts,
      differenced: [...this.#differenced],
      warnings: state.warnings.slice(),
      elapsedMs: this.#elapsed(),
      state,
    };
  }
}

function* evaluateStart(state: SolverState): Generator<Request, undefined, void> {
  const { parameters, gradient } = state;
  const request = { kind: 'value-gradient' as const, at: parameters, gradient, value: Number.NaN };
  yield request;
  state.value = request.value;
  return undefined;
}

function failedStart(state: SolverState): string {
  if (!Number.isFinite(state.value)) return `the value at the start is ${state.value}: start elsewhere`;
  const index = state.gradient.findIndex((g) => !Number.isFinite(g));
  return index < 0
    ? 'the gradient at the start is too long for float64: scale the parameters or the value'
    : `element ${index} of the gradient at the start is ${state.gradient[index]}: start elsewhere`;
}

function unbounded(value: number): string {
  return `the value fell to ${figure(value)} and goes on falling: the function has no minimum, or lacks a bound`;
}
