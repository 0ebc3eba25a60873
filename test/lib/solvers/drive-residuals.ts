// Runs a solver of least squares on a problem of a test: answers its requests, counts
// them, and fails when a point outside the bounds is evaluated.

import { expect } from 'vitest';
import type { Bounds, Halt, Request, Solver, SolverState } from '../../../lib/optimizers/solver.js';

export interface ResidualProblem {
  readonly size: number;
  readonly residualCount: number;
  readonly bounds?: Bounds;
  residuals(p: Float64Array, out: Float64Array): void;
  jacobian(p: Float64Array, out: Float64Array): void;
}

export interface ResidualRun<State extends SolverState> {
  readonly state: State;
  readonly status: Halt['status'] | 'budget';
  readonly reason: string;
  readonly residuals: number;
  readonly jacobians: number;
}

interface Counter {
  residuals: number;
  jacobians: number;
}

type SolverOf<State extends SolverState> = Omit<Solver, 'init'> & {
  init(layout: Parameters<Solver['init']>[0]): State;
};

export function startResiduals<State extends SolverState>(solver: SolverOf<State>, problem: ResidualProblem): State {
  const { size, residualCount, bounds } = problem;
  const blocks = [{ name: 'parameters', offset: 0, size }];
  return solver.init({ size, blocks, residuals: residualCount, bounds });
}

export function driveResiduals<State extends SolverState>(
  solver: SolverOf<State>,
  problem: ResidualProblem,
  start: ArrayLike<number>,
  tolerance: number,
  iterations = solver.defaultIterations,
): ResidualRun<State> {
  const state = startResiduals(solver, problem);
  state.parameters.set(start);
  const counter = { residuals: 0, jacobians: 0 };
  const halt = answerResiduals(solver.start!(state), problem, counter);
  if (halt) return { ...halt, state, ...counter };
  return goOnResiduals(solver, problem, state, tolerance, iterations, counter);
}

/** The loop from an evaluated state. */
export function goOnResiduals<State extends SolverState>(
  solver: SolverOf<State>,
  problem: ResidualProblem,
  state: State,
  tolerance: number,
  iterations: number,
  counter: Counter = { residuals: 0, jacobians: 0 },
): ResidualRun<State> {
  for (;;) {
    const reason = solver.convergence(state, tolerance);
    if (reason !== undefined) return { state, status: 'converged', reason, ...counter };
    if (state.iteration >= iterations) return { state, status: 'budget', reason: 'all iterations', ...counter };
    const halt = answerResiduals(solver.iterate(state), problem, counter);
    if (halt) return { ...halt, state, ...counter };
    state.iteration += 1;
  }
}

function answerResiduals(
  work: Generator<Request, Halt | undefined, void>,
  problem: ResidualProblem,
  counter: Counter,
): Halt | undefined {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    const request = step.value;
    if (request.kind !== 'residuals' && request.kind !== 'jacobian') throw new Error(`unexpected ${request.kind}`);
    problem.bounds?.lower.forEach((lower, j) => {
      expect(request.at[j]).toBeGreaterThanOrEqual(lower);
      expect(request.at[j]).toBeLessThanOrEqual(problem.bounds?.upper[j] as number);
    });
    if (request.kind === 'residuals') {
      counter.residuals += 1;
      problem.residuals(request.at, request.residuals);
    } else {
      counter.jacobians += 1;
      problem.jacobian(request.at, request.jacobian);
    }
  }
}
