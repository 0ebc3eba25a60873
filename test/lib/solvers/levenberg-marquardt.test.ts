// Levenberg–Marquardt on problems with known minima: bounds, robust losses, hard cases and
// resuming. NIST's sets are in nist-nonlinear.test.ts.

import { describe, expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import { LevenbergMarquardt, type LevenbergMarquardtOptions } from '../../../lib/optimizers/levenberg-marquardt.js';
import type { RobustLoss } from '../../../lib/optimizers/robust-loss.js';
import { driveResiduals, goOnResiduals, type ResidualProblem, startResiduals } from './drive-residuals.js';
import { decayWithOutliers, drawMatrix, linear, rosenbrock, withBounds } from './residual-problems.js';

const expectNear = (actual: ArrayLike<number>, wanted: readonly number[], error: number): void => {
  wanted.forEach((value, j) => {
    expect(Math.abs(actual[j]! - value), `${j}: ${actual[j]} for ${value}`).toBeLessThanOrEqual(error);
  });
};

/** Of one parameter. */
const scalar = (r: (x: number) => number[], slope: (x: number) => number[], count: number): ResidualProblem => ({
  size: 1,
  residualCount: count,
  residuals: (p, out) => out.set(r(p[0]!)),
  jacobian: (p, out) => out.set(slope(p[0]!)),
});

describe('unconstrained', () => {
  test('linear least squares in one step', () => {
    const problem = linear(drawMatrix(new Random(1), 30, 5), drawMatrix(new Random(2), 1, 30)[0]!);
    const run = driveResiduals(new LevenbergMarquardt(), problem, [1, 1, 1, 1, 1], 1e-12);
    expect(run.status).toBe('converged');
    expect(run.state.iteration).toBe(1);
  });

  test.each([1, 1e150, 1e-150])('Rosenbrock with residuals times %s', (scale) => {
    const problem: ResidualProblem = {
      ...rosenbrock,
      residuals(p, out) {
        rosenbrock.residuals(p, out);
        out[0]! *= scale;
        out[1]! *= scale;
      },
      jacobian(p, out) {
        rosenbrock.jacobian(p, out);
        for (let i = 0; i < 4; i += 1) out[i]! *= scale;
      },
    };
    const run = driveResiduals(new LevenbergMarquardt(), problem, [-1.2, 1], 1e-10);
    expect(run.status, run.reason).toBe('converged');
    expect(run.residuals).toBeLessThanOrEqual(25);
    expectNear(run.state.parameters, [1, 1], 1e-12);
  });

  test('parameters of 1e150 and of 1e-150 in one fit', () => {
    const units = [1e150, 1e-150];
    const problem: ResidualProblem = {
      ...rosenbrock,
      residuals: (p, out) =>
        rosenbrock.residuals(
          p.map((value, j) => value / units[j]!),
          out,
        ),
      jacobian(p, out) {
        rosenbrock.jacobian(
          p.map((value, j) => value / units[j]!),
          out,
        );
        for (let i = 0; i < 4; i += 1) out[i]! /= units[i % 2]!;
      },
    };
    const run = driveResiduals(new LevenbergMarquardt(), problem, [-1.2e150, 1e-150], 1e-10);
    expect(run.status, run.reason).toBe('converged');
    expectNear(
      run.state.parameters.map((value, j) => value / units[j]!),
      [1, 1],
      1e-12,
    );
  });

  test('the value never rises, and the gradient is that of the parameters', () => {
    const solver = new LevenbergMarquardt();
    const problem = decayWithOutliers();
    const state = startResiduals(solver, problem);
    state.parameters.set([1, 3]);
    let run = driveResiduals(solver, problem, [1, 3], 0, 0);
    for (let k = 1; k < 12; k += 1) {
      const next = driveResiduals(solver, problem, [1, 3], 1e-10, k);
      // The last steps are judged by the gradient, and rounding may lift the value.
      expect(next.state.value).toBeLessThanOrEqual(run.state.value * (1 + 1e-14));
      run = next;
      const r = new Float64Array(problem.residualCount);
      const jacobian = new Float64Array(2 * problem.residualCount);
      problem.residuals(run.state.parameters, r);
      problem.jacobian(run.state.parameters, jacobian);
      const gradient = [0, 1].map((j) => r.reduce((sum, value, i) => sum + value * jacobian[2 * i + j]!, 0));
      expectNear(run.state.gradient, gradient, 1e-12);
      expect(run.state.value).toBeCloseTo(
        r.reduce((sum, value) => sum + (value * value) / 2, 0),
        12,
      );
    }
  });

  test('fewer residuals than parameters', () => {
    const run = driveResiduals(new LevenbergMarquardt(), linear([[1, 2, 3]], [6]), [0, 0, 0], 1e-12);
    expect(run.status, run.reason).toBe('converged');
    expect(run.state.value).toBeLessThan(1e-28);
  });

  test('a column that repeats another, and one of zeros', () => {
    const rows = drawMatrix(new Random(3), 12, 2).map(([a, b]) => [a!, b!, a!, 0]);
    const target = rows.map((row) => row[0]! * 2 - row[1]! + 0.1);
    const run = driveResiduals(new LevenbergMarquardt(), linear(rows, target), [0, 0, 0, 5], 1e-10);
    expect(run.status, run.reason).toBe('converged');
    expect(run.state.qr.rank).toBe(2);
    expect(run.state.parameters[3]).toBe(5);
  });

  test('no parameters, no residuals, one of each', () => {
    const none = driveResiduals(new LevenbergMarquardt(), { ...linear([[]], [2]), size: 0 }, [], 1e-10);
    expect([none.status, none.reason, none.state.value]).toEqual(['converged', 'there are no parameters', 2]);
    const empty: ResidualProblem = { size: 2, residualCount: 0, residuals: () => {}, jacobian: () => {} };
    expect(driveResiduals(new LevenbergMarquardt(), empty, [1, 2], 1e-10).reason).toBe('all residuals are 0');
    const one = driveResiduals(
      new LevenbergMarquardt(),
      scalar(
        (x) => [x * x - 2],
        (x) => [2 * x],
        1,
      ),
      [1],
      1e-12,
    );
    expect(one.status).toBe('converged');
    expectNear(one.state.parameters, [Math.SQRT2], 5e-16);
  });

  test('values that are not finite shorten the step', () => {
    // ln θ from 100: the first steps go below 0.
    const run = driveResiduals(
      new LevenbergMarquardt(),
      scalar(
        (x) => [Math.log(x)],
        (x) => [1 / x],
        1,
      ),
      [100],
      1e-12,
    );
    expect(run.status, run.reason).toBe('converged');
    expectNear(run.state.parameters, [1], 1e-15);
  });

  test('a Jacobian that is not finite does as well', () => {
    const problem = scalar(
      (x) => [x - 3, 0.1 * x],
      (x) => [Math.abs(x - 2.97) < 0.1 ? Number.NaN : 1, 0.1],
      2,
    );
    const run = driveResiduals(new LevenbergMarquardt(), problem, [0], 1e-12);
    expect(run.status).toBe('failed');
    expect(run.reason).toMatch(/led to values that are not finite .* the edge of the domain$/);
    expect(run.state.gradient.every(Number.isFinite)).toBe(true);
    expect(run.state.parameters[0]).toBeGreaterThan(2);
  });

  test('nothing finite around the start leaves it as it is', () => {
    const problem = scalar(
      (x) => [x === 5 ? 1 : Number.NaN],
      () => [1],
      1,
    );
    const run = driveResiduals(new LevenbergMarquardt(), problem, [5], 1e-10);
    expect(run.status).toBe('failed');
    expect(run.reason).toMatch(/not finite \(15 of the last trials\)/);
    expect([run.state.parameters[0], run.state.value, run.state.gradient[0]]).toEqual([5, 0.5, 1]);
  });

  test('a start that is not finite fails at once', () => {
    const run = driveResiduals(
      new LevenbergMarquardt(),
      scalar(
        () => [Number.NaN],
        () => [1],
        1,
      ),
      [5],
      1e-10,
    );
    expect([run.status, run.residuals]).toEqual(['failed', 1]);
  });

  test('a Jacobian of the wrong sign is found', () => {
    const problem = {
      ...rosenbrock,
      jacobian: (p: Float64Array, out: Float64Array) => {
        rosenbrock.jacobian(p, out);
        for (let i = 0; i < 4; i += 1) out[i]! *= -1;
      },
    };
    const run = driveResiduals(new LevenbergMarquardt(), problem, [-1.2, 1], 1e-10);
    expect(run.status).toBe('stalled');
    expect(run.reason).toMatch(/check the Jacobian$/);
    expect([...run.state.parameters]).toEqual([-1.2, 1]);
  });

  test('residuals that are flat to rounding near the minimum', () => {
    // 1e16 + (x − 1)² + …: the sum of squares shows nothing of an x nearer than 1.
    const problem = scalar(
      (x) => [1e8, x - 1, 1e-3 * (x - 1) ** 2],
      (x) => [0, 1, 2e-3 * (x - 1)],
      3,
    );
    const run = driveResiduals(new LevenbergMarquardt(), problem, [4], 0);
    expect(run.status, run.reason).toBe('converged');
    expectNear(run.state.parameters, [1], 1e-8);
  });
});

test('a local minimum with a singular Jacobian: Freudenstein and Roth', () => {
  const problem: ResidualProblem = {
    size: 2,
    residualCount: 2,
    residuals(p, out) {
      out[0] = p[0]! - 13 + ((5 - p[1]!) * p[1]! - 2) * p[1]!;
      out[1] = p[0]! - 29 + ((p[1]! + 1) * p[1]! - 14) * p[1]!;
    },
    jacobian(p, out) {
      out.set([1, (10 - 3 * p[1]!) * p[1]! - 2, 1, (3 * p[1]! + 2) * p[1]! - 14]);
    },
  };
  for (const tolerance of [1e-8, 0]) {
    const run = driveResiduals(new LevenbergMarquardt(), problem, [0.5, -2], tolerance);
    expect(run.status, run.reason).toBe('converged');
    expect(run.state.value).toBeCloseTo(48.98425367924002 / 2, 12);
    expect(run.state.cosine).toBeLessThan(1e-8);
  }
});

test('columns that were far longer once do not keep steps short for ever', () => {
  // Box's three exponentials between bounds: the second column falls from 1 to 0, as its parameter runs off.
  const ts = Array.from({ length: 10 }, (_, i) => (i + 1) / 10);
  const problem: ResidualProblem = {
    size: 3,
    residualCount: 10,
    residuals(p, out) {
      ts.forEach((t, i) => {
        out[i] = Math.exp(-t * p[0]!) - Math.exp(-t * p[1]!) - p[2]! * (Math.exp(-t) - Math.exp(-10 * t));
      });
    },
    jacobian(p, out) {
      const row = (t: number) => [
        -t * Math.exp(-t * p[0]!),
        t * Math.exp(-t * p[1]!),
        Math.exp(-10 * t) - Math.exp(-t),
      ];
      out.set(ts.flatMap(row));
    },
  };
  const bounded = withBounds(problem, [-0.014, 7.2, 15.6], [0.0103, Number.POSITIVE_INFINITY, 21.5]);
  const run = driveResiduals(new LevenbergMarquardt(), bounded, [0, 10, 20], 1e-8);
  expect(run.status, run.reason).toBe('converged');
  expect([run.state.parameters[0], run.state.parameters[2]]).toEqual([-0.014, 15.6]);
});

describe('bounds', () => {
  test('Rosenbrock cut off before its minimum', () => {
    const run = driveResiduals(new LevenbergMarquardt(), withBounds(rosenbrock, [-2, -2], [0.5, 2]), [-1.2, 1], 1e-10);
    expect(run.status, run.reason).toBe('converged');
    expectNear(run.state.parameters, [0.5, 0.25], 1e-12);
    expect(run.state.gradient[0]).toBeLessThan(0);
    expect(run.residuals).toBeLessThanOrEqual(30);
  });

  test('a start outside is put inside, with a warning', () => {
    const run = driveResiduals(new LevenbergMarquardt(), withBounds(rosenbrock, [0, 0], [3, 3]), [-1.2, 5], 1e-10);
    expect(run.state.warnings).toEqual(["2 of the start's parameters lay outside their bounds and were put on them"]);
    expectNear(run.state.parameters, [1, 1], 1e-12);
  });

  test('bounds that meet hold a parameter', () => {
    const run = driveResiduals(
      new LevenbergMarquardt(),
      withBounds(rosenbrock, [-2, 0.49], [3, 0.49]),
      [-1.2, 1],
      1e-10,
    );
    expect(run.status, run.reason).toBe('converged');
    expect(run.state.parameters[1]).toBe(0.49);
    const x = run.state.parameters[0]!;
    expect(Math.abs(-200 * x * (0.49 - x * x) - (1 - x))).toBeLessThan(1e-8);
    const all = driveResiduals(new LevenbergMarquardt(), withBounds(rosenbrock, [2, 3], [2, 3]), [2, 3], 1e-10);
    expect([all.status, all.reason]).toEqual(['converged', 'every parameter is held by its bounds']);
  });

  test('100 linear problems have the minimum of the best set of active bounds', () => {
    const random = new Random(7);
    for (let seed = 0; seed < 100; seed += 1) {
      const a = drawMatrix(random, 8, 4);
      const b = drawMatrix(random, 1, 8)[0]!.map((value) => 3 * value);
      const problem = withBounds(linear(a, b), [-0.5, -0.5, -0.5, -0.5], [0.5, 0.5, 0.5, 0.5]);
      const run = driveResiduals(new LevenbergMarquardt(), problem, [0.1, 0.2, -0.1, 0.3], 1e-12);
      expect(run.status, run.reason).toBe('converged');
      expect(run.state.iteration).toBeLessThanOrEqual(15);
      run.state.parameters.forEach((x, j) => {
        const g = run.state.gradient[j]!;
        if (x === 0.5) expect(g).toBeLessThanOrEqual(1e-10);
        else if (x === -0.5) expect(g).toBeGreaterThanOrEqual(-1e-10);
        else expect(Math.abs(g)).toBeLessThan(1e-10);
      });
    }
  });
});

describe('robust losses', () => {
  // scipy.optimize.least_squares 1.17.1, f_scale=0.3, tolerances 1e-15: parameters and cost.
  const wanted: readonly (readonly [RobustLoss, readonly [number, number], number])[] = [
    ['squared', [3.268494190142093, 0.4106290350000523], 20.933232954068615],
    ['huber', [3.0153377348706227, 0.6676995256034248], 3.496961407410429],
    ['softL1', [3.0158334815380523, 0.6664654917355876], 3.371417235003754],
    ['cauchy', [2.9992119785167324, 0.7022768757377799], 0.7127151854382597],
    ['arctan', [2.9978582410308006, 0.7051387594192289], 0.22071345435293657],
  ];
  test.each(wanted)('%s finds the minimum of SciPy', (loss, parameters, cost) => {
    const run = driveResiduals(new LevenbergMarquardt({ loss, lossScale: 0.3 }), decayWithOutliers(), [1, 1], 1e-12);
    expect(run.status, run.reason).toBe('converged');
    expectNear(run.state.parameters, parameters, 1e-7);
    expect(Math.abs(run.state.value / cost - 1)).toBeLessThan(1e-13);
    expect(run.residuals).toBeLessThanOrEqual(25);
  });

  test.each(wanted)('%s gives the gradient of its value', (loss) => {
    const solver = new LevenbergMarquardt({ loss, lossScale: 0.3 });
    const problem = decayWithOutliers();
    const valueAt = (p: number[]): number => driveResiduals(solver, problem, p, 0, 0).state.value;
    const { gradient } = driveResiduals(solver, problem, [2, 0.5], 0, 0).state;
    const h = 1e-6;
    expect(gradient[0]).toBeCloseTo((valueAt([2 + h, 0.5]) - valueAt([2 - h, 0.5])) / (2 * h), 6);
    expect(gradient[1]).toBeCloseTo((valueAt([2, 0.5 + h]) - valueAt([2, 0.5 - h])) / (2 * h), 6);
  });
});

test('a run saved in the middle goes on with the same bits', () => {
  const encode = (_: string, value: unknown): unknown => {
    if (value instanceof Float64Array) return { array: Array.from(value, String) };
    return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
  };
  const decode = (_: string, value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    if ('array' in value) return Float64Array.from(value.array as string[], Number);
    return 'number' in value ? Number(value.number) : value;
  };
  const cases: readonly (readonly [LevenbergMarquardtOptions, ResidualProblem, number[]])[] = [
    [{}, rosenbrock, [-1.2, 1]],
    [{}, withBounds(rosenbrock, [-2, -2], [0.5, 2]), [-1.2, 1]],
    [{ loss: 'cauchy', lossScale: 0.3 }, decayWithOutliers(), [1, 1]],
  ];
  for (const [options, problem, start] of cases) {
    const solver = new LevenbergMarquardt(options);
    const whole = driveResiduals(solver, problem, start, 0);
    for (const at of [1, 3, whole.state.iteration - 1]) {
      const saved = JSON.stringify(driveResiduals(solver, problem, start, 0, at).state, encode);
      const state = startResiduals(solver, problem);
      Object.assign(state, JSON.parse(saved, decode));
      const rest = goOnResiduals(solver, problem, state, 0, 1000);
      expect(JSON.stringify(rest.state, encode)).toBe(JSON.stringify(whole.state, encode));
      expect(rest.reason).toBe(whole.reason);
    }
  }
});

test('steps too long for a double are shortened', () => {
  // The column of θ₁ is 1e-300 of the other, and reaches nothing of r at any finite θ₁.
  const problem: ResidualProblem = {
    size: 2,
    residualCount: 3,
    residuals: (p, out) => out.set([1e10 + 1e-300 * p[0]!, p[1]! - 3, 0.1 * p[1]!]),
    jacobian: (_, out) => out.set([1e-300, 0, 0, 1, 0, 0.1]),
  };
  const run = driveResiduals(new LevenbergMarquardt(), problem, [1, 1], 1e-10);
  expect(run.state.parameters.every(Number.isFinite)).toBe(true);
  expect(Number.isFinite(run.state.value)).toBe(true);
  expect(run.residuals).toBeLessThan(500);
});

test('options are checked', () => {
  const make = (options: unknown) => () => new LevenbergMarquardt(options as LevenbergMarquardtOptions);
  expect(make({ loss: 'l2' })).toThrow(
    "Expected `loss` to be one of squared, huber, softL1, cauchy, arctan, but got 'l2'",
  );
  expect(make({ lossScale: 0 })).toThrow('Expected `lossScale` to be a finite number, positive, but got 0');
  expect(make({ radius: 1 })).toThrow('Expected each option of LevenbergMarquardt to be one of');
  expect(new LevenbergMarquardt({ loss: 'huber' }).describe()).toEqual({
    name: 'LevenbergMarquardt',
    options: { loss: 'huber', lossScale: 1, initialRadius: 100 },
    learningRate: undefined,
  });
});
