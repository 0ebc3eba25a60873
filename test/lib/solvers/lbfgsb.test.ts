// L-BFGS-B against exact minima by enumeration, SciPy's counts, and hard cases. Every
// problem refuses to be evaluated outside its box.

import { describe, expect, test } from 'vitest';
import { LBFGSB } from '../../../lib/optimizers/lbfgsb.js';
import {
  bounds,
  boxMinimum,
  guarded,
  quadratic,
  randomFrom,
  randomQuadratic,
  rosenbrock,
  violation,
} from './bounded-problems.js';
import { comparedProblems } from './box-problems.js';
import { drive, type Problem } from './drive-problem.js';
import { expectSameWhenResumed } from './resume.js';

const { POSITIVE_INFINITY: infinite } = Number;

function rosenbrockIn(lower: readonly number[], upper: readonly number[]): Problem {
  return guarded({ size: lower.length, evaluate: rosenbrock, bounds: bounds(lower, upper) });
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])('random quadratics of %i parameters end at the minimum of the enumeration', (n) => {
  const random = randomFrom(n);
  const count = n < 7 ? 40 : n === 7 ? 12 : 5;
  for (let k = 0; k < count; k += 1) {
    const problem = randomQuadratic(n, 10 ** (3 * random()), random);
    const lower = Array.from({ length: n }, () => (random() < 0.2 ? -infinite : -1.5 * random()));
    const upper = lower.map((least) => {
      if (random() < 0.1 && Number.isFinite(least)) return least;
      return random() < 0.2 ? infinite : 1.5 * random();
    });
    const box = bounds(lower, upper);
    const exact = boxMinimum(problem, box.lower, box.upper);
    const start = Array.from({ length: n }, () => 4 * random() - 2);
    const run = drive(new LBFGSB(), guarded({ ...problem, bounds: box }), start, { tolerance: 1e-10, iterations: 200 });
    const error = Math.max(...exact.map((x, i) => Math.abs(x - run.state.parameters[i]!)));
    expect(error, `problem ${k}: ${run.reason}`).toBeLessThan(1e-6);
    // What is active is exactly on its bound.
    exact.forEach((x, i) => {
      if (x === lower[i] || x === upper[i]) expect(Math.abs(run.state.parameters[i]! - x)).toBeLessThan(1e-9);
    });
  }
});

describe('beside SciPy', () => {
  const runs = comparedProblems().map((problem) => {
    const values: number[] = [];
    const watch = ({ value }: { value: number }) => values.push(value);
    return { problem, values, run: drive(new LBFGSB(), guarded(problem), problem.start, { tolerance: 1e-6, watch }) };
  });

  test.each(runs)('$problem.name: a minimum, the same value, and descent', ({ problem, run, values }) => {
    expect(run.status).toBe('converged');
    expect(violation(problem, run.state.parameters)).toBeLessThan(2e-6);
    expect(run.state.value).toBeLessThan(problem.value + 1e-8 * (1 + Math.abs(problem.value)));
    values.slice(1).forEach((value, i) => {
      expect(value).toBeLessThanOrEqual(values[i]! + 1e-14 * Math.abs(value));
    });
  });

  test('as many evaluations in the median, and nowhere half as many again', () => {
    const ratios = runs.map(({ problem, run }) => run.evaluations / (problem.evaluations ?? infinite));
    ratios.sort((a, b) => a - b);
    expect(ratios[ratios.length >> 1]).toBeLessThan(1.1);
    expect(ratios[ratios.length - 1]).toBeLessThan(1.5);
  });
});

test('Rosenbrock ends on active bounds, exactly', () => {
  const upper = drive(new LBFGSB(), rosenbrockIn([-2, -2], [0.5, 2]), [-1.2, 1]);
  expect(upper.state.parameters[0]).toBe(0.5);
  expect(upper.state.parameters[1]).toBeCloseTo(0.25, 8);
  const lower = drive(new LBFGSB(), rosenbrockIn([1.5, -2], [3, 2]), [3, -2]);
  expect(lower.state.parameters[0]).toBe(1.5);
  expect(lower.state.parameters[1]).toBe(2);
  expect(lower.status).toBe('converged');
});

describe('hard cases', () => {
  test('a start outside is moved in, and the first parameter moved is named', () => {
    const run = drive(new LBFGSB(), rosenbrockIn([-2, -2, -2], [2, 0.5, 2]), [1, 4, -5]);
    expect(run.state.warnings).toEqual(['the start was moved into the bounds: parameters[1] from 4 to 0.5']);
    expect(run.status).toBe('converged');
  });

  test('bounds that meet fix a parameter', () => {
    const fixed = drive(new LBFGSB(), rosenbrockIn([0.7, -2], [0.7, 2]), [0, 0]);
    expect(fixed.state.parameters[0]).toBe(0.7);
    expect(fixed.state.parameters[1]).toBeCloseTo(0.49, 10);
    const all = drive(new LBFGSB(), rosenbrockIn([0.7, 3], [0.7, 3]), [0, 0]);
    expect(all).toMatchObject({ status: 'converged', evaluations: 1 });
  });

  test('zero and one parameter', () => {
    expect(drive(new LBFGSB(), { size: 0, evaluate: () => 3 }, [])).toMatchObject({
      status: 'converged',
      evaluations: 1,
    });
    const one = quadratic([[2]], [-8]);
    expect(drive(new LBFGSB(), one, [0]).state.parameters[0]).toBeCloseTo(4, 10);
    const inBox = drive(new LBFGSB(), guarded({ ...one, bounds: bounds([-1], [3]) }), [0]);
    expect(inBox.state.parameters[0]).toBe(3);
  });

  test('NaN inside the domain means too far', () => {
    const evaluate: Problem['evaluate'] = (p, g) => {
      let value = 0;
      p.forEach((x, i) => {
        value += 40 * x - Math.log(x) * (i + 1);
        g[i] = x > 0 ? 40 - (i + 1) / x : Number.NaN;
      });
      return value;
    };
    for (const box of [undefined, bounds([-5, -5, -5], [0.06, 10, 10])]) {
      const problem = guarded({ size: 3, evaluate, ...(box && { bounds: box }) });
      const run = drive(new LBFGSB(), problem, [0.05, 5, 0.5]);
      expect(run.status).toBe('converged');
      [1 / 40, 2 / 40, 3 / 40].forEach((x, i) => {
        expect(run.state.parameters[i]).toBeCloseTo(x, 8);
      });
    }
  });

  test.each([
    [1, 1e150],
    [1, 1e-150],
    [1e150, 1],
    [1e-150, 1],
  ])('parameters times %d, values times %d: the same minimum', (length, height) => {
    const u = new Float64Array(4);
    const evaluate: Problem['evaluate'] = (p, g) => {
      p.forEach((x, i) => {
        u[i] = x / length;
      });
      const value = rosenbrock(u, g) * height;
      g.forEach((gi, i) => {
        g[i] = (gi / length) * height;
      });
      return value;
    };
    const box = bounds([-2, -2, -2, -2], [2, 2, 0.9, 2]);
    box.lower.forEach((_, i) => {
      box.lower[i]! *= length;
      box.upper[i]! *= length;
    });
    const start = [-1.2, 1, -1.2, 1].map((x) => x * length);
    const plain = drive(new LBFGSB(), rosenbrockIn([-2, -2, -2, -2], [2, 2, 0.9, 2]), [-1.2, 1, -1.2, 1]);
    // Where gradients are 1e150 the projected step is as long as the box at once, and no tolerance fits: to the end, then.
    const run = drive(new LBFGSB(), guarded({ size: 4, evaluate, bounds: box }), start, {
      tolerance: 0,
      iterations: 300,
    });
    expect(run.status).not.toBe('budget');
    expect(run.evaluations).toBeLessThan(3 * plain.evaluations + 60);
    run.state.parameters.forEach((x, i) => {
      expect(x / length).toBeCloseTo(plain.state.parameters[i]!, 6);
    });
  });

  test('a function flat to rounding ends, near the minimum', () => {
    const evaluate: Problem['evaluate'] = (p, g) => rosenbrock(p, g) + 1e8;
    const run = drive(new LBFGSB(), { size: 2, evaluate }, [-1.2, 1], { tolerance: 0, iterations: 1000 });
    expect(['stalled', 'converged']).toContain(run.status);
    expect(run.state.parameters[0]).toBeCloseTo(1, 3);
    expect(run.evaluations).toBeLessThan(300);
  });

  test('a gradient of the wrong sign stalls at the start and says so', () => {
    const evaluate: Problem['evaluate'] = (p, g) => {
      const value = rosenbrock(p, g);
      g.forEach((gi, i) => {
        g[i] = -gi;
      });
      return value;
    };
    const run = drive(new LBFGSB(), guarded({ size: 2, evaluate, bounds: bounds([-9, -9], [9, 9]) }), [-1.2, 1]);
    expect(run.status).toBe('stalled');
    expect(run.reason).toMatch(/wrong gradient/);
    expect([...run.state.parameters]).toEqual([-1.2, 1]);
  });

  test('from beside a saddle to a minimum, on a bound or not', () => {
    const evaluate: Problem['evaluate'] = (p, g) => {
      const [x, y] = p as unknown as [number, number];
      g[0] = 2 * x;
      g[1] = -2 * y + y ** 3;
      return x * x - y * y + y ** 4 / 4;
    };
    const free = drive(new LBFGSB(), { size: 2, evaluate }, [1, 1e-4]);
    expect(free.state.parameters[1]).toBeCloseTo(Math.SQRT2, 6);
    const held = drive(new LBFGSB(), guarded({ size: 2, evaluate, bounds: bounds([-1, -1], [1, 1]) }), [1, 1e-4]);
    expect([...held.state.parameters].map((x) => Math.round(1e6 * x) / 1e6 + 0)).toEqual([0, 1]);
  });

  test('a start without a value fails, with the reason', () => {
    const run = drive(new LBFGSB(), { size: 1, evaluate: () => Number.NaN }, [1]);
    expect(run).toMatchObject({ status: 'failed', reason: 'the value at the start is NaN: start elsewhere' });
  });
});

test('a run taken up in a fresh state goes on with the same bits', () => {
  const problem = rosenbrockIn([-2, -2, -2, -infinite], [2, 2, 0.8, infinite]);
  expectSameWhenResumed(new LBFGSB({ memory: 3 }), problem, [-1.2, 1, -1, 0.5], [0, 1, 2, 5, 9]);
});

test('options are described and checked', () => {
  expect(new LBFGSB().describe()).toEqual({ name: 'LBFGSB', options: { memory: 10 }, learningRate: undefined });
  expect(() => new LBFGSB({ memory: 0 })).toThrow('Expected `memory` to be an integer, at least 1, but got 0');
  expect(() => new LBFGSB({ lookback: 1 } as object)).toThrow(/one of memory/);
});
