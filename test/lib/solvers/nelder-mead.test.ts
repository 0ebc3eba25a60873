// NelderMead: known minima, smooth and not, bounds that no evaluated point may leave,
// functions that are not finite everywhere, stagnation, scales, and saving midway.

import { describe, expect, test } from 'vitest';
import { NelderMead } from '../../../lib/optimizers/nelder-mead.js';
import { type AnyProblem, begin, resume, savedCopy, solve } from './drive-any.js';
import { logarithm, powell, rosenbrock, rosenbrockStart } from './twice-differentiable.js';

const solver = new NelderMead();

/** A function of values only. */
function valued(size: number, value: (p: Float64Array) => number, bounds?: AnyProblem['bounds']): AnyProblem {
  return { size, evaluate: value, bounds };
}

/** Σ (x − centre)² with every evaluated point held against the bounds. */
function watchedBowl(centre: readonly number[], lower: readonly number[], upper: readonly number[]): AnyProblem {
  return valued(
    centre.length,
    (p) => {
      let sum = 0;
      for (let i = 0; i < p.length; i += 1) {
        const x = p[i] as number;
        if (!(x >= (lower[i] as number) && x <= (upper[i] as number))) throw new Error(`${x} is outside the bounds`);
        sum += (x - (centre[i] as number)) ** 2;
      }
      return sum;
    },
    { lower: Float64Array.from(lower), upper: Float64Array.from(upper) },
  );
}

describe('NelderMead on smooth functions', () => {
  test.each([
    [2, false],
    [2, true],
    [4, false],
    [4, true],
    [8, true],
  ])('Rosenbrock in %d dimensions, adaptive %s', (size, adaptive) => {
    let before = Number.POSITIVE_INFINITY;
    const run = solve(new NelderMead({ adaptive }), rosenbrock(size), rosenbrockStart(size), {
      watch: ({ value }) => {
        expect(value).toBeLessThanOrEqual(before);
        before = value;
      },
    });
    expect(run.status).toBe('converged');
    expect(run.reason).toMatch(/^simplex of relative size .* ≤ 1e-8, values within .* ≤ /);
    for (const x of run.state.parameters) expect(x).toBeCloseTo(1, 6);
    expect(Object.keys(run.counts)).toEqual(['value']);
    expect(Math.max(...run.state.gradient)).toBe(0);
  });

  test('two dimensions: no more evaluations than 230, and the same with either form', () => {
    const counts = [false, true].map(
      (adaptive) => solve(new NelderMead({ adaptive }), rosenbrock(2), [-1.2, 1]).counts,
    );
    expect(counts[0]).toEqual(counts[1]);
    expect(counts[0]?.value).toBeLessThan(230);
  });

  test('Powell', () => {
    const run = solve(solver, powell, [3, -1, 0, 1]);
    expect(run.status).toBe('converged');
    expect(run.state.value).toBeLessThan(1e-15);
  });

  test('one parameter, none, and only fixed ones', () => {
    const run = solve(
      solver,
      valued(1, ([x]) => Math.cosh((x as number) - 2)),
      [0],
    );
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBeCloseTo(2, 6);
    expect(
      solve(
        solver,
        valued(0, () => 3),
        [],
      ).reason,
    ).toBe('no parameter is free to move');
    const fixed = solve(solver, watchedBowl([0, 0], [1, 2], [1, 2]), [5, 5]);
    expect(fixed.status).toBe('converged');
    expect([...fixed.state.parameters, fixed.state.value]).toEqual([1, 2, 5]);
  });

  test.each([1e150, 1e-150])('values × %d and parameters × %d: the same path', (scale) => {
    const plain = rosenbrock(2);
    const run = solve(solver, plain, [-1.2, 1]);
    const values = solve(solver, rosenbrock(2, scale), [-1.2, 1]);
    expect(values.status).toBe('converged');
    for (const x of values.state.parameters) expect(x).toBeCloseTo(1, 6);
    const parameters = solve(
      solver,
      valued(2, (p) =>
        plain.evaluate(
          p.map((x) => x / scale),
          new Float64Array(2),
        ),
      ),
      [-1.2 * scale, scale],
    );
    expect(parameters.status).toBe('converged');
    for (const x of parameters.state.parameters) expect(x / scale).toBeCloseTo(1, 6);
    expect(Math.abs((parameters.counts.value as number) - (run.counts.value as number))).toBeLessThan(30);
  });
});

describe('NelderMead on functions that are not smooth', () => {
  test('kinks: 2|x − 1| + |y + 3| + max(x + y, 0)', () => {
    const kinks = valued(2, ([x, y]) => {
      const sum = (x as number) + (y as number);
      return 2 * Math.abs((x as number) - 1) + Math.abs((y as number) + 3) + Math.max(sum, 0);
    });
    const run = solve(solver, kinks, [4, 4]);
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBeCloseTo(1, 6);
    expect(run.state.parameters[1]).toBeCloseTo(-3, 6);
  });

  test('a value at one point only: stalled, and said', () => {
    const hole = valued(2, ([x, y]) => (x === 1 && y === 2 ? 0 : 1 + Math.abs((x as number) - 1)));
    const run = solve(solver, hole, [1, 2]);
    expect(run.status).toBe('stalled');
    expect(run.reason).toMatch(/shrunk to .* of the parameters before its values agreed: they differ by 1 around 0$/);
    expect([...run.state.parameters]).toEqual([1, 2]);
  });

  test('a constant: converged where it started', () => {
    const run = solve(
      solver,
      valued(3, () => 5),
      [1, 2, 3],
    );
    expect(run.status).toBe('converged');
    expect([...run.state.parameters]).toEqual([1, 2, 3]);
  });

  test('not a number in the domain', () => {
    const run = solve(solver, logarithm(3), [20, 0.01, 3]);
    expect(run.status).toBe('converged');
    for (const x of run.state.parameters) expect(x).toBeCloseTo(1, 6);
  });

  test('a start that is not finite beside points that are; and nothing finite at all', () => {
    const root = valued(1, ([x]) => ((x as number) > 1 ? ((x as number) - 3) ** 2 : Number.NaN));
    const run = solve(solver, root, [1]);
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBeCloseTo(3, 6);
    const failed = solve(
      solver,
      valued(2, () => Number.NaN),
      [1, 1],
    );
    expect(failed.status).toBe('failed');
    expect(failed.reason).toMatch(/not finite at the start nor at any of the 2 points/);
  });
});

describe('NelderMead inside bounds', () => {
  test.each([
    { centre: [2, 3], lower: [0, 0], upper: [5, 5], start: [1, 1], minimum: [2, 3] },
    { centre: [2, 3], lower: [0, 0], upper: [1, 5], start: [0.5, 1], minimum: [1, 3] },
    { centre: [-2, 9], lower: [0, 0], upper: [5, 5], start: [5, 0], minimum: [0, 5] },
    { centre: [2, 3], lower: [-1, -1], upper: [1e-9, 5], start: [0, 5], minimum: [1e-9, 3] },
    { centre: [2, 3, 4], lower: [0, 1, 0], upper: [5, 1, 3], start: [50, -50, 50], minimum: [2, 1, 3] },
    { centre: [2, 3], lower: [0, 0], upper: [Number.POSITIVE_INFINITY, 2], start: [0, 2], minimum: [2, 2] },
    {
      centre: [2, 2, 2, 2, 2, 2],
      lower: [0, 0, 0, 0, 0, 0],
      upper: [1, 1, 1, 9, 9, 9],
      start: [0, 0, 0, 0, 0, 0],
      minimum: [1, 1, 1, 2, 2, 2],
    },
  ])('a bowl at $centre between $lower and $upper', ({ centre, lower, upper, start, minimum }) => {
    const run = solve(solver, watchedBowl(centre, lower, upper), start);
    expect(run.status).toBe('converged');
    minimum.forEach((x, i) => {
      expect(run.state.parameters[i]).toBeCloseTo(x, 6);
    });
  });

  test.each([2, 6, 10])('Rosenbrock in %d dimensions with its minimum cut off', (size) => {
    const inner = rosenbrock(size);
    const upper = Float64Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 0.5 : 2));
    const bounds = { lower: new Float64Array(size).fill(-2), upper };
    const run = solve(solver, { ...inner, bounds }, rosenbrockStart(size));
    expect(run.status).toBe('converged');
    run.state.parameters.forEach((x, i) => {
      expect(x).toBeCloseTo(i % 2 === 0 ? 0.5 : 0.25, 5);
    });
  });
});

describe('NelderMead where the simplex degenerates', () => {
  // McKinnon 1998: from this simplex the method repeats inside contractions at (0, 0), where the slope is (0, 1).
  const mckinnon = valued(2, ([x, y]) => {
    const [a, b] = [x as number, y as number];
    return (a <= 0 ? 360 : 6) * a * a + b + b * b;
  });

  function fromSimplex(problem: AnyProblem, points: readonly number[]): ReturnType<typeof solve> {
    const state = begin(solver, problem, points.slice(0, 2)) as ReturnType<NelderMead['init']>;
    const { simplex } = state;
    simplex.points.set(points);
    for (let i = 0; i < 3; i += 1) {
      simplex.values[i] = problem.evaluate(simplex.points.subarray(2 * i, 2 * i + 2), new Float64Array(2));
    }
    const worstFirst = [0, 1, 2].sort((i, j) => (simplex.values[i] as number) - (simplex.values[j] as number));
    simplex.order.set(worstFirst);
    simplex.edges.fill(1);
    simplex.valueScale = 1;
    simplex.size = 1;
    return resume(solver, problem, state);
  }

  test("McKinnon's function: the restart finds the minimum", () => {
    const [plus, minus] = [(1 + Math.sqrt(33)) / 8, (1 - Math.sqrt(33)) / 8];
    const run = fromSimplex(mckinnon, [0, 0, plus, minus, 1, 1]);
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBeCloseTo(0, 6);
    expect(run.state.parameters[1]).toBeCloseTo(-0.5, 6);
    expect((run.state as ReturnType<NelderMead['init']>).stagnation.restarts).toBeGreaterThan(0);
  });

  test('a simplex on a line: the restart gives it area', () => {
    const bowl = valued(2, ([x, y]) => ((x as number) - 1) ** 2 + ((y as number) - 2) ** 2);
    const run = fromSimplex(bowl, [0, 0, 1, 0, 2, 0]);
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBeCloseTo(1, 6);
    expect(run.state.parameters[1]).toBeCloseTo(2, 6);
  });
});

describe('NelderMead as a solver', () => {
  test('saved midway, in a fresh state: the same bits', () => {
    const problems: [AnyProblem, number[]][] = [
      [rosenbrock(6), [...rosenbrockStart(6)]],
      [logarithm(2), [20, 0.01]],
      [watchedBowl([2, 3, 4], [0, 1, 0], [5, 1, 3]), [50, -50, 50]],
    ];
    for (const [problem, start] of problems) {
      const whole = solve(solver, problem, start);
      for (const stop of [1, 7, 30, 77]) {
        const half = solve(solver, problem, start, { iterations: stop });
        const fresh = begin(solver, problem, start);
        Object.assign(fresh, savedCopy(half.state));
        const rest = resume(solver, problem, fresh);
        expect(rest.reason).toBe(whole.reason);
        expect(rest.state).toEqual(whole.state);
      }
    }
  });

  test('an iteration broken off and made again: the same bits', () => {
    const problem = rosenbrock(6);
    const start = rosenbrockStart(6);
    const whole = solve(solver, problem, start);
    const state = begin(solver, problem, start);
    for (const request of solver.start(state as never)) answer(request);
    for (let count = 0; solver.convergence(state as never, 0) === undefined; count += 1) {
      const broken = solver.iterate(state as never);
      let step = broken.next();
      for (let asked = 0; asked <= count % 4 && !step.done; asked += 1) {
        answer(step.value);
        step = broken.next();
      }
      if (!step.done) for (const request of solver.iterate(state as never)) answer(request);
      state.iteration += 1;
    }
    expect(state.iteration).toBeGreaterThan(100);
    expect([...state.parameters, state.value]).toEqual([...whole.state.parameters, whole.state.value]);

    function answer(request: { kind: string; at?: Float64Array; value?: number }): void {
      request.value = problem.evaluate(request.at as Float64Array, new Float64Array(6));
    }
  });

  test('the norm it shows is a number and goes to the tolerance', () => {
    const run = solve(solver, rosenbrock(2), [-1.2, 1]);
    expect(solver.gradientNorm(run.state as never)).toBeLessThanOrEqual(1e-8);
  });

  test('refuses options that are none', () => {
    expect(() => new NelderMead({ adaptive: 1 as unknown as boolean })).toThrow(/adaptive/);
    expect(() => new NelderMead({ valueTolerance: -1 })).toThrow(/valueTolerance/);
    expect(() => new NelderMead({ tolerance: 1 } as object)).toThrow(/tolerance/);
    expect(new NelderMead().describe().options).toEqual({ parameterTolerance: 1e-8, valueTolerance: 1e-8 });
    expect(new NelderMead({ adaptive: false }).describe().options).toMatchObject({ adaptive: false });
  });
});
