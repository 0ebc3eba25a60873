// OWL-QN and the proximal gradient method: the minimum that coordinate descent finds,
// the same exact zeros, the conditions of optimality, descent, and hard cases.

import { describe, expect, test } from 'vitest';
import { OWLQN } from '../../../lib/optimizers/owlqn.js';
import { ProximalGradient } from '../../../lib/optimizers/proximal-gradient.js';
import type { Solver } from '../../../lib/optimizers/solver.js';
import { minimumNormSubgradient, softThreshold } from '../../../lib/optimizers/subgradient.js';
import { coordinateDescent, lasso, quadratic, violation } from './bounded-problems.js';
import { drive, type Problem } from './drive-problem.js';
import { bentValley, logarithms, logistic, scaled, wrongSign } from './l1-cases.js';
import { expectSameWhenResumed } from './resume.js';

const solvers: readonly (readonly [string, Solver])[] = [
  ['OWLQN', new OWLQN()],
  ['ProximalGradient', new ProximalGradient()],
  ['ProximalGradient without acceleration', new ProximalGradient({ acceleration: false })],
];

const lassos = [
  [60, 20, 0.1, 1],
  [60, 20, 0.5, 2],
  [40, 50, 0.3, 3],
  [200, 30, 0.01, 4],
  [30, 5, 0, 5],
  [50, 50, 2, 6],
  [50, 10, 1e3, 7],
] as const;

function penalised({ l1 }: Problem, p: Float64Array, value: number): number {
  return value + p.reduce((sum, x, i) => sum + (l1?.[i] ?? 0) * Math.abs(x), 0);
}

describe.each(lassos)('lasso of %i rows, %i columns, λ = %d', (rows, columns, lambda, seed) => {
  const problem = lasso(rows, columns, lambda, seed);
  const exact = coordinateDescent(problem);

  test.each(solvers)('%s finds the minimum of coordinate descent and its zeros', (_, solver) => {
    const values: number[] = [];
    const watch = ({ value }: { value: number }) => values.push(value);
    const run = drive(solver, problem, new Float64Array(columns), { tolerance: 1e-9, watch });
    const p = run.state.parameters;
    expect(run.status).toBe('converged');
    expect(run.reason).toMatch(/^subgradient norm .* ≤ tolerance 1e-9$/);
    expect(Math.max(...exact.map((x, i) => Math.abs(x - p[i]!)))).toBeLessThan(1e-6);
    expect([...p].map((x) => x === 0)).toEqual([...exact].map((x) => x === 0));
    expect(violation(problem, p)).toBeLessThan(1e-9);
    expect(run.state.value).toBe(penalised(problem, p, problem.evaluate(p, new Float64Array(columns))));
    values.slice(1).forEach((value, i) => {
      expect(value).toBeLessThanOrEqual(values[i]! + 1e-14 * Math.abs(value));
    });
  });
});

describe.each(solvers)('%s', (_, solver) => {
  test.each([0.3, 0.05, 0.001, 0])('logistic loss with λ = %d', (lambda) => {
    const problem = logistic(120, 8, lambda, 11);
    const run = drive(solver, problem, new Float64Array(8));
    expect(run.status).toBe('converged');
    expect(violation(problem, run.state.parameters)).toBeLessThan(1e-8);
    if (lambda === 0.3) expect([...run.state.parameters.subarray(3)]).toEqual([0, 0, 0, 0, 0]);
  });

  test('Rosenbrock with a penalty: the conditions hold, the second parameter is 0', () => {
    const run = drive(solver, bentValley, [-1.2, 1]);
    expect(run.status).toBe('converged');
    expect(violation(bentValley, run.state.parameters)).toBeLessThan(1e-8);
    expect(run.state.parameters[1]).toBe(0);
  });

  test('NaN inside the domain means too far', () => {
    const run = drive(solver, logarithms, [0.05, 3, 0.5]);
    expect(run.status).toBe('converged');
    [1 / 41, 1 / 80, 1 / 122].forEach((x, i) => {
      expect(run.state.parameters[i]).toBeCloseTo(x, 8);
    });
  });

  test.each([
    [1, 1e150],
    [1, 1e-150],
    [1e150, 1],
    [1e-150, 1],
  ])('parameters times %d, values times %d: the same minimum', (length, height) => {
    const plain = drive(solver, scaled(1, 1), [1, 1, 1]);
    const tolerance = (1e-8 * height) / length;
    const run = drive(solver, scaled(length, height), [length, length, length], { tolerance, iterations: 2000 });
    expect(run.status).toBe('converged');
    expect(run.evaluations).toBeLessThan(10 * plain.evaluations);
    run.state.parameters.forEach((x, i) => {
      expect(x / length).toBeCloseTo(plain.state.parameters[i]!, 6);
    });
  });

  test('zero and one parameter, and a start at the minimum', () => {
    expect(drive(solver, { size: 0, evaluate: () => 3 }, [])).toMatchObject({ status: 'converged', evaluations: 1 });
    const one = { ...quadratic([[2]], [-8]), l1: Float64Array.of(3) };
    expect(drive(solver, one, [0]).state.parameters[0]).toBeCloseTo(2.5, 8);
    expect(drive(solver, { ...one, l1: Float64Array.of(9) }, [4]).state.parameters[0]).toBe(0);
    expect(drive(solver, { ...one, l1: Float64Array.of(8) }, [0])).toMatchObject({
      status: 'converged',
      evaluations: 1,
    });
  });

  test('flat to rounding: it ends, near the minimum', () => {
    const problem = lasso(40, 10, 0.1, 8);
    const exact = coordinateDescent(problem);
    const lifted = { ...problem, evaluate: (p: Float64Array, g: Float64Array) => problem.evaluate(p, g) + 1e9 };
    const run = drive(solver, lifted, new Float64Array(10), { tolerance: 0, iterations: 20_000 });
    expect(['stalled', 'converged']).toContain(run.status);
    expect(Math.max(...exact.map((x, i) => Math.abs(x - run.state.parameters[i]!)))).toBeLessThan(1e-3);
  });

  test('a gradient of the wrong sign stalls at the start and says so', () => {
    const run = drive(solver, wrongSign({ size: 2, evaluate: bentValley.evaluate }), [-1.2, 1]);
    expect(run.status).toBe('stalled');
    expect(run.reason).toMatch(/wrong gradient/);
    expect([...run.state.parameters]).toEqual([-1.2, 1]);
  });

  test('from beside a saddle to a minimum', () => {
    const evaluate: Problem['evaluate'] = (p, g) => {
      const [x, y] = p as unknown as [number, number];
      g[0] = 2 * x;
      g[1] = -2 * y + y ** 3;
      return x * x - y * y + y ** 4 / 4;
    };
    const run = drive(solver, { size: 2, evaluate, l1: Float64Array.of(0.1, 0) }, [1, 1e-4]);
    expect(run.state.parameters[0]).toBe(0);
    expect(run.state.parameters[1]).toBeCloseTo(Math.SQRT2, 6);
  });

  test('a start without a value fails, with the reason', () => {
    const run = drive(solver, { size: 1, evaluate: () => Number.NaN }, [1]);
    expect(run).toMatchObject({ status: 'failed', reason: 'the value at the start is NaN: start elsewhere' });
  });

  test('a run taken up in a fresh state goes on with the same bits', () => {
    expectSameWhenResumed(solver, lasso(60, 20, 0.1, 1), new Float64Array(20), [0, 1, 2, 7, 15]);
  });
});

test('OWL-QN without a penalty is L-BFGS: Rosenbrock in few evaluations', () => {
  const run = drive(new OWLQN(), { size: 2, evaluate: bentValley.evaluate }, [-1.2, 1]);
  expect(run.status).toBe('converged');
  expect(run.evaluations).toBeLessThan(70);
});

test('momentum pays where the condition is bad', () => {
  const problem = quadratic(
    Array.from({ length: 6 }, (_, i) => Array.from({ length: 6 }, (_, j) => (i === j ? 10 ** (-0.6 * i) : 0))),
    [1, -1, 1, -1, 1, -1],
  );
  const counts = [true, false].map((acceleration) => {
    const run = drive(new ProximalGradient({ acceleration }), problem, new Float64Array(6), { tolerance: 1e-6 });
    expect(run.status).toBe('converged');
    return run.evaluations;
  });
  expect(counts[0]! * 5).toBeLessThan(counts[1]!);
});

test('the soft threshold and the subgradient of least norm', () => {
  expect([3, 1, 0.5, 0, -0.5, -3].map((x) => softThreshold(x, 1))).toEqual([2, 0, 0, 0, 0, -2]);
  expect(minimumNormSubgradient(2, 3, 1)).toBe(4);
  expect(minimumNormSubgradient(-2, 3, 1)).toBe(2);
  expect([3, 0.5, -3].map((g) => minimumNormSubgradient(0, g, 1))).toEqual([2, 0, -2]);
});

test('options are described and checked', () => {
  expect(new OWLQN({ memory: 4 }).describe().options).toEqual({ memory: 4 });
  expect(new ProximalGradient().describe().options).toEqual({ acceleration: true });
  expect(() => new OWLQN({ memory: 1.5 })).toThrow('Expected `memory` to be an integer, at least 1, but got 1.5');
  expect(() => new ProximalGradient({ acceleration: 1 } as object)).toThrow(
    'Expected `acceleration` to be true or false, but got 1',
  );
});
