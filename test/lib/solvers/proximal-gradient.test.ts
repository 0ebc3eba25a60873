// The proximal gradient method in a box, with and without l1: exact minima by
// enumeration, the conditions of optimality, never an evaluation outside.

import { describe, expect, test } from 'vitest';
import { LBFGSB } from '../../../lib/optimizers/lbfgsb.js';
import { ProximalGradient } from '../../../lib/optimizers/proximal-gradient.js';
import {
  bounds,
  boxMinimum,
  guarded,
  lasso,
  randomFrom,
  randomQuadratic,
  rosenbrock,
  violation,
} from './bounded-problems.js';
import { drive } from './drive-problem.js';
import { penaltyInBox } from './l1-cases.js';
import { expectSameWhenResumed } from './resume.js';

describe.each([true, false])('acceleration %s', (acceleration) => {
  const solver = new ProximalGradient({ acceleration });

  test.each([1, 2, 3, 4, 5, 6])('random quadratics of %i parameters in a box', (n) => {
    const random = randomFrom(100 + n);
    for (let k = 0; k < 15; k += 1) {
      const problem = randomQuadratic(n, 30, random);
      const lower = Array.from({ length: n }, () => (random() < 0.2 ? Number.NEGATIVE_INFINITY : -1.5 * random()));
      const upper = lower.map((least) => (random() < 0.1 && Number.isFinite(least) ? least : 1.5 * random()));
      const box = bounds(lower, upper);
      const exact = boxMinimum(problem, box.lower, box.upper);
      const start = Array.from({ length: n }, () => 4 * random() - 2);
      const run = drive(solver, guarded({ ...problem, bounds: box }), start, { tolerance: 1e-9 });
      expect(run.status).toBe('converged');
      expect(Math.max(...exact.map((x, i) => Math.abs(x - run.state.parameters[i]!)))).toBeLessThan(1e-6);
    }
  });

  test('Rosenbrock ends on the bound that is active', () => {
    const problem = guarded({ size: 2, evaluate: rosenbrock, bounds: bounds([-2, -2], [0.5, 2]) });
    const run = drive(solver, problem, [-1.2, 3], { tolerance: 1e-7 });
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBe(0.5);
    expect(run.state.parameters[1]).toBeCloseTo(0.25, 7);
    expect(run.state.warnings).toEqual(['the start was moved into the bounds: parameters[1] from 3 to 2']);
  });

  test('l1 and bounds together: the conditions of both', () => {
    const problem = penaltyInBox();
    const run = drive(solver, problem, [0, 0, 0], { tolerance: 1e-10 });
    expect(run.status).toBe('converged');
    expect(violation(problem, run.state.parameters)).toBeLessThan(1e-9);
    expect(run.state.parameters[0]).toBe(0.8);
    expect(run.state.parameters[1]).toBe(-0.2);
    expect(run.state.parameters[2]).toBe(-0.5);
  });

  test('coefficients of a lasso that may not be negative', () => {
    const free = lasso(60, 20, 0.1, 1);
    const box = bounds(new Array(20).fill(0), new Array(20).fill(Number.POSITIVE_INFINITY));
    const problem = guarded({ ...free, bounds: box });
    const run = drive(solver, problem, new Float64Array(20), { tolerance: 1e-9 });
    expect(run.status).toBe('converged');
    expect(violation(problem, run.state.parameters)).toBeLessThan(1e-9);
    // Above 0 the penalty is linear, so that L-BFGS-B can say the same.
    const smooth = guarded({
      size: 20,
      bounds: box,
      evaluate: (p, g) => {
        let value = free.evaluate(p, g);
        free.l1.forEach((lambda, i) => {
          value += lambda * p[i]!;
          g[i]! += lambda;
        });
        return value;
      },
    });
    const other = drive(new LBFGSB(), smooth, new Float64Array(20), { tolerance: 1e-9 });
    expect(other.status).toBe('converged');
    other.state.parameters.forEach((x, i) => {
      expect(run.state.parameters[i]).toBeCloseTo(x, 7);
      expect(run.state.parameters[i] === 0).toBe(x === 0);
    });
  });

  test('a run in a box taken up in a fresh state goes on with the same bits', () => {
    const problem = guarded({ size: 2, evaluate: rosenbrock, bounds: bounds([-2, -2], [0.9, 2]) });
    expectSameWhenResumed(solver, problem, [-1.2, 1], [0, 1, 3, 20, 50]);
  });
});
