// Saves a run in the middle the way checkpoints do, between iterations and within one,
// takes it up in a fresh state, and expects the bits of the run that was not interrupted.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Solver, SolverState } from '../../../lib/optimizers/solver.js';
import { readCheckpoint, writeCheckpoint } from '../../../lib/training/checkpoint-file.js';
import { drive, goOn, layoutOf, type Problem } from './drive-problem.js';

export function expectSameWhenResumed(
  solver: Solver,
  problem: Problem,
  start: ArrayLike<number>,
  after: number[],
): void {
  const options = { tolerance: 1e-9, iterations: 200 };
  const whole = drive(solver, problem, start, options);
  const folder = mkdtempSync(join(tmpdir(), 'gradus-solver-'));
  try {
    for (const iterations of after) {
      expect(iterations).toBeLessThan(whole.state.iteration);
      for (const isCutOff of [false, true]) {
        const part = drive(solver, problem, start, { ...options, iterations });
        if (isCutOff) beginIteration(solver, problem, part.state);
        const path = join(folder, `${iterations}-${isCutOff}`);
        writeCheckpoint(path, part.state).run();
        const state = solver.init(layoutOf(problem));
        Object.assign(state, readCheckpoint(path) as SolverState);
        const rest = goOn(solver, problem, state, options);
        expect(part.evaluations + rest.evaluations).toBe(whole.evaluations);
        expect(rest.state).toEqual(whole.state);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An iteration that is cut off after its first request was answered. */
function beginIteration(solver: Solver, problem: Problem, state: SolverState): void {
  const step = solver.iterate(state).next();
  const request = step.done ? undefined : step.value;
  if (request?.kind === 'hessian' && problem.hessian) {
    problem.hessian(request.at, request.hessian);
    return;
  }
  if (request?.kind !== 'value-gradient') throw new Error('the iteration asked for nothing');
  request.value = problem.evaluate(request.at, request.gradient);
}
