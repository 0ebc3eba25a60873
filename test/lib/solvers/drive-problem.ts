// Runs a solver on a problem of a test: answers its requests, counts them and stops at
// convergence, a halt or the last iteration allowed. What the driver of the library
// does, without its options.

import { limitedMemoryDirection } from '../../../lib/kernels/portable/limited-memory.js';
import { portableKernels } from '../../../lib/kernels/portable/portable-kernels.js';
import type { Bounds, Halt, Layout, Request, Solver, SolverState } from '../../../lib/optimizers/solver.js';

export interface Problem {
  readonly size: number;
  /** Fills the gradient, returns the value. */
  evaluate(p: Float64Array, gradient: Float64Array): number;
  hessian?(p: Float64Array, out: Float64Array): void;
  readonly bounds?: Bounds;
  readonly l1?: Float64Array;
}

export interface Run {
  readonly state: SolverState;
  readonly status: Halt['status'] | 'budget';
  readonly reason: string;
  readonly evaluations: number;
}

export interface DriveOptions {
  readonly tolerance?: number;
  readonly iterations?: number;
  /** Called after each iteration. */
  readonly watch?: (state: SolverState) => void;
}

export function layoutOf({ size, bounds, l1 }: Problem): Layout {
  return { size, blocks: [{ name: 'parameters', offset: 0, size }], bounds, l1 };
}

export function drive(solver: Solver, problem: Problem, start: ArrayLike<number>, options: DriveOptions = {}): Run {
  const state = solver.init(layoutOf(problem));
  state.parameters.set(start);
  const counter = { evaluations: 0 };
  const first = solver.start
    ? answerAll(solver.start(state), problem, counter)
    : evaluateStart(state, problem, counter);
  if (first) return { ...first, state, evaluations: counter.evaluations };
  return goOn(solver, problem, state, options, counter);
}

/** The loop from an evaluated state. */
export function goOn(
  solver: Solver,
  problem: Problem,
  state: SolverState,
  { tolerance = 1e-8, iterations = solver.defaultIterations, watch }: DriveOptions = {},
  counter = { evaluations: 0 },
): Run {
  for (;;) {
    const { evaluations } = counter;
    const reason = solver.convergence(state, tolerance);
    if (reason !== undefined) return { state, status: 'converged', reason, evaluations };
    if (state.iteration >= iterations) return { state, status: 'budget', reason: 'all iterations', evaluations };
    const halt = answerAll(solver.iterate(state), problem, counter);
    if (halt) return { ...halt, state, evaluations: counter.evaluations };
    state.iteration += 1;
    watch?.(state);
  }
}

function evaluateStart(state: SolverState, problem: Problem, counter: { evaluations: number }): undefined {
  counter.evaluations += 1;
  state.value = problem.evaluate(state.parameters, state.gradient);
}

function answerAll(
  work: Generator<Request, Halt | undefined, void>,
  problem: Problem,
  counter: { evaluations: number },
): Halt | undefined {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    const request = step.value;
    if (request.kind === 'limited-memory-direction') {
      const { memory, gradient, direction } = request;
      request.slope = limitedMemoryDirection(memory, gradient, direction);
      continue;
    }
    if (request.kind === 'kernels') {
      request.kernels = portableKernels;
      continue;
    }
    if (request.kind === 'pause') continue;
    if (request.kind === 'hessian' && problem.hessian) {
      problem.hessian(request.at, request.hessian);
      continue;
    }
    if (request.kind !== 'value-gradient') throw new Error(`unexpected request ${request.kind}`);
    counter.evaluations += 1;
    request.value = problem.evaluate(request.at, request.gradient);
  }
}
