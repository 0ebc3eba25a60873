// TrustRegion with both solvers of its model: known minima, descent, saddles,
// singular and wrong derivatives, domains that end, scales, and saving midway.

import { describe, expect, test } from 'vitest';
import { TrustRegion } from '../../../lib/optimizers/trust-region.js';
import { begin, resume, savedCopy, solve } from './drive-any.js';
import { matrixFrom, numbers } from './symmetric-matrices.js';
import { logarithm, powell, quadratic, rosenbrock, rosenbrockStart, saddle } from './twice-differentiable.js';

const kinds = ['exact', 'steihaug'] as const;

describe.each(kinds)('TrustRegion, %s', (subproblem) => {
  const solver = new TrustRegion({ subproblem });

  test('asks for what it says', () => {
    const asked = subproblem === 'exact' ? 'hessian' : 'hessian-vector';
    expect(solver.requests).toEqual(['value-gradient', asked]);
    const { counts } = solve(solver, rosenbrock(2), [-1.2, 1]);
    expect(Object.keys(counts).sort()).toEqual([asked, 'value-gradient'].sort());
  });

  test.each([2, 10, 100])('Rosenbrock in %d dimensions, down all the way', (size) => {
    let before = Number.POSITIVE_INFINITY;
    const run = solve(solver, rosenbrock(size), rosenbrockStart(size), {
      tolerance: 1e-10,
      watch: ({ value }) => {
        expect(value).toBeLessThanOrEqual(before);
        before = value;
      },
    });
    expect(run.status).toBe('converged');
    for (const x of run.state.parameters) expect(x).toBeCloseTo(1, 9);
    expect(run.counts['value-gradient']).toBeLessThan(60);
  });

  test('a convex quadratic inside the region: one Newton step, or n of conjugate gradients', () => {
    const a = matrixFrom(Float64Array.of(1, 2, 3, 4, 5), numbers(1));
    const run = solve(
      new TrustRegion({ subproblem, initialRadius: 100 }),
      quadratic(a, Float64Array.of(1, 2, 3, 4, 5)),
      [0, 0, 0, 0, 0],
    );
    expect(run.status).toBe('converged');
    if (subproblem === 'exact') expect(run.counts).toEqual({ 'value-gradient': 2, hessian: 1 });
    else expect(run.state.iteration).toBeLessThanOrEqual(10);
  });

  test('an indefinite start', () => {
    const run = solve(solver, saddle, [1, 1e-3]);
    expect(run.status).toBe('converged');
    expect(run.state.value).toBeCloseTo(-0.25, 12);
  });

  test('Powell: a singular Hessian at the minimum', () => {
    const run = solve(solver, powell, [3, -1, 0, 1], { tolerance: 1e-9 });
    expect(run.status).toBe('converged');
    expect(run.state.value).toBeLessThan(1e-11);
  });

  test('a Hessian that is singular everywhere, and one that is zero', () => {
    const line = quadratic(Float64Array.of(2, 2, 2, 2), Float64Array.of(1, 1));
    const run = solve(solver, line, [5, -3]);
    expect(run.status).toBe('converged');
    expect((run.state.parameters[0] as number) + (run.state.parameters[1] as number)).toBeCloseTo(0.5, 9);
    const slope = solve(solver, quadratic(new Float64Array(4), Float64Array.of(1, 0)), [0, 0], { iterations: 30 });
    expect(slope.status).toBe('budget');
    expect(slope.state.parameters[0]).toBeGreaterThan(1000);
  });

  test('not a number inside the reach of a step', () => {
    const run = solve(new TrustRegion({ subproblem, initialRadius: 500 }), logarithm(3), [900, 30, 1e-3]);
    expect(run.status).toBe('converged');
    for (const x of run.state.parameters) expect(x).toBeCloseTo(1, 8);
  });

  test('nothing finite around: stalled, the start kept', () => {
    const wall = {
      size: 1,
      evaluate: (x: Float64Array, g: Float64Array) => {
        g[0] = 1;
        return x[0] === 5 ? 1 : Number.NaN;
      },
      hessian: (_: Float64Array, h: Float64Array) => h.fill(1),
    };
    const run = solve(solver, wall, [5]);
    expect(run.status).toBe('stalled');
    expect(run.reason).toMatch(/no longer changes the parameters: value 1, gradient norm 1, radius/);
    expect(run.state.parameters[0]).toBe(5);
  });

  test('a gradient with the wrong sign: stalled with a suspicion', () => {
    const bowl = quadratic(Float64Array.of(2, 0, 0, 4), Float64Array.of(1, 1));
    const wrong = {
      ...bowl,
      evaluate: (x: Float64Array, g: Float64Array) => {
        const value = bowl.evaluate(x, g);
        for (let i = 0; i < 2; i += 1) g[i] = -(g[i] as number);
        return value;
      },
    };
    const run = solve(solver, wrong, [3, 3]);
    expect(run.status).toBe('stalled');
    expect(run.reason).toMatch(/trials raised the value: check the gradient/);
    expect(run.state.value).toBeLessThanOrEqual(bowl.evaluate(Float64Array.of(3, 3), new Float64Array(2)));
  });

  test('second derivatives that are not numbers: failed in words', () => {
    const run = solve(solver, { ...rosenbrock(2), hessian: (_, h) => h.fill(Number.NaN) }, [-1.2, 1]);
    expect(run.status).toBe('failed');
    expect(run.reason).toMatch(/second derivatives are not finite/);
  });

  test('flat to rounding: 1e8 on top of the function', () => {
    const inner = rosenbrock(2);
    const run = solve(solver, { ...inner, evaluate: (x, g) => 1e8 + inner.evaluate(x, g) }, [-1.2, 1]);
    expect(run.status).toBe('converged');
    for (const x of run.state.parameters) expect(x).toBeCloseTo(1, 7);
  });

  test('a tolerance beyond float64: converged or stalled, and at the minimum', () => {
    const inner = rosenbrock(10);
    const run = solve(
      solver,
      {
        ...inner,
        evaluate: (x, g) => {
          const value = inner.evaluate(x, g);
          for (let i = 0; i < 10; i += 1) g[i] = (g[i] as number) + 1e-13 * Math.sin(1e15 * (x[i] as number));
          return 1 + value;
        },
      },
      rosenbrockStart(10),
      { tolerance: 1e-30 },
    );
    expect(run.status).toBe('stalled');
    expect(run.reason).toMatch(/gradient norm/);
    for (const x of run.state.parameters) expect(x).toBeCloseTo(1, 8);
  });

  test.each([1e150, 1e-150])('values × %d', (scale) => {
    const plain = solve(solver, rosenbrock(2), [-1.2, 1], { tolerance: 1e-9 });
    const run = solve(solver, rosenbrock(2, scale), [-1.2, 1], { tolerance: 1e-9 * scale });
    expect(run.status).toBe('converged');
    for (const x of run.state.parameters) expect(x).toBeCloseTo(1, 8);
    if (subproblem === 'exact') expect(run.state.iteration).toBe(plain.state.iteration);
  });

  test.each([1e150, 1e-150])('parameters × %d', (scale) => {
    const bowl = {
      size: 2,
      evaluate: (x: Float64Array, g: Float64Array) => {
        const u = (x[0] as number) / scale - 1;
        const v = (x[1] as number) / scale + 2;
        g.set([(2 * u) / scale, (6 * v + 4 * v ** 3) / scale]);
        return u * u + 3 * v * v + v ** 4;
      },
      hessian: (x: Float64Array, h: Float64Array) => {
        const v = (x[1] as number) / scale + 2;
        h.set([2 / scale / scale, 0, 0, (6 + 12 * v * v) / scale / scale]);
      },
    };
    const scaled = new TrustRegion({ subproblem, initialRadius: scale, maximumRadius: 1000 * scale });
    const run = solve(scaled, bowl, [0, 0], { tolerance: 1e-10 / scale });
    expect(run.status).toBe('converged');
    expect((run.state.parameters[0] as number) / scale).toBeCloseTo(1, 9);
    expect((run.state.parameters[1] as number) / scale).toBeCloseTo(-2, 9);
  });

  test('no parameter, and one', () => {
    expect(solve(solver, { size: 0, evaluate: () => 7 }, []).status).toBe('converged');
    const cosine = {
      size: 1,
      evaluate: (x: Float64Array, g: Float64Array) => {
        g[0] = -Math.sin(x[0] as number);
        return Math.cos(x[0] as number);
      },
      hessian: (x: Float64Array, h: Float64Array) => h.fill(-Math.cos(x[0] as number)),
    };
    const run = solve(solver, cosine, [0.3]);
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBeCloseTo(Math.PI, 8);
  });

  test('saved midway, in a fresh state: the same bits', () => {
    for (const problem of [rosenbrock(10), logarithm(10)]) {
      const start = problem.size === 10 ? rosenbrockStart(10).map((x) => Math.abs(x)) : [];
      const whole = solve(solver, problem, start, { tolerance: 1e-12 });
      for (const stop of [1, 2, 3, 5]) {
        const half = solve(solver, problem, start, { tolerance: 1e-12, iterations: stop });
        const fresh = begin(solver, problem, start);
        Object.assign(fresh, savedCopy(half.state));
        const rest = resume(solver, problem, fresh, { tolerance: 1e-12 });
        expect(rest.reason).toBe(whole.reason);
        expect(rest.state).toEqual(whole.state);
      }
    }
  });
});

describe('TrustRegion, exact', () => {
  const solver = new TrustRegion();

  test('a start on the ridge of the saddle: the hard case', () => {
    const run = solve(solver, saddle, [1, 0]);
    expect(run.status).toBe('converged');
    expect(run.state.value).toBeCloseTo(-0.25, 12);
  });

  test('a start at the saddle itself, where the gradient is 0', () => {
    const run = solve(solver, saddle, [0, 0]);
    expect(run.status).toBe('converged');
    expect(run.state.value).toBeCloseTo(-0.25, 12);
  });

  test('a start at the minimum: one Hessian says so', () => {
    const run = solve(solver, rosenbrock(2), [1, 1]);
    expect(run.status).toBe('converged');
    expect(run.counts).toEqual({ 'value-gradient': 1, hessian: 1 });
  });

  test('a rejected step asks for no new Hessian', () => {
    const run = solve(solver, rosenbrock(10), rosenbrockStart(10));
    expect(run.counts.hessian).toBeLessThan(run.counts['value-gradient'] as number);
  });

  test('a minimum a million away from where the radius is 1: the region grows with the parameters', () => {
    const far = quadratic(Float64Array.of(2, 0, 0, 2e-6), Float64Array.of(2e6, 4));
    const run = solve(solver, far, [1, 1], { tolerance: 1e-7 });
    expect(run.status).toBe('converged');
    expect(run.state.parameters[0]).toBeCloseTo(1e6, 4);
    expect(run.state.iteration).toBeLessThan(40);
  });

  test('refuses options that are none', () => {
    expect(() => new TrustRegion({ subproblem: 'dogleg' as 'exact' })).toThrow(/'exact' or 'steihaug'/);
    expect(() => new TrustRegion({ acceptance: 0.3 })).toThrow(/acceptance/);
    expect(() => new TrustRegion({ initialRadius: 2, maximumRadius: 1 })).toThrow(/initialRadius/);
    expect(() => new TrustRegion({ radius: 1 } as object)).toThrow(/radius/);
    expect(new TrustRegion({ maximumRadius: 0.5 }).describe().options).toEqual({
      subproblem: 'exact',
      initialRadius: 0.5,
      maximumRadius: 0.5,
      acceptance: 0.15,
    });
  });
});
