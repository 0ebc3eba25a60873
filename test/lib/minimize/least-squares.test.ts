// `leastSquares` and `leastSquaresSync` as a user meets them: what comes out beside
// the parameters, differences, bounds, robust losses, promises and wrong arguments.
// What the solvers are worth: test/lib/solvers.

import {
  GaussNewton,
  LBFGS,
  LevenbergMarquardt,
  LinearRegression,
  Dataset,
  fitSync,
  leastSquares,
  leastSquaresSync,
  type ResidualProblem,
} from 'gradus';
import { expect, test } from 'vitest';

const times = Float64Array.from({ length: 24 }, (_, i) => i / 4);
const measured = times.map((t, i) => 3 * Math.exp(-0.7 * t) + 0.01 * Math.sin(17 * i));

const decay = {
  size: times.length,
  residuals(p: Float64Array, out: Float64Array): void {
    const [a, k] = p as unknown as [number, number];
    for (let i = 0; i < out.length; i += 1) {
      out[i] = a * Math.exp(-k * (times[i] as number)) - (measured[i] as number);
    }
  },
  jacobian(p: Float64Array, out: Float64Array): void {
    const [a, k] = p as unknown as [number, number];
    for (let i = 0; i < times.length; i += 1) {
      const t = times[i] as number;
      const e = Math.exp(-k * t);
      out[2 * i] = e;
      out[2 * i + 1] = -a * t * e;
    }
  },
} satisfies ResidualProblem;

test.each([new LevenbergMarquardt(), new GaussNewton()])(
  '$name: value, residuals, errors and counts',
  async (optimizer) => {
    const result = leastSquaresSync(decay, [1, 1], { optimizer });
    expect(result.status, result.reason).toBe('converged');
    const out = new Float64Array(decay.size);
    decay.residuals(result.parameters, out);
    expect(result.residuals).toEqual(out);
    const squares = out.reduce((sum, r) => sum + r * r, 0);
    expect(result.value).toBeCloseTo(0.5 * squares, 15);
    expect(result.degreesOfFreedom).toBe(22);
    expect(result.residualStandardDeviation).toBeCloseTo(Math.sqrt(squares / 22), 14);
    expect(result.differenced).toEqual([]);
    expect(result.evaluations).toBeGreaterThan(result.iterations);
    expect(result.gradientEvaluations).toBeGreaterThan(0);
    const later = await leastSquares(decay, [1, 1], { optimizer });
    expect(later.parameters).toEqual(result.parameters);
    expect(later.standardErrors).toEqual(result.standardErrors);
  },
);

test('a straight line has the standard errors of linear regression', () => {
  const xs = Float64Array.from({ length: 30 }, (_, i) => i / 3 + Math.sin(i));
  const ys = xs.map((x, i) => 2 * x - 1 + 0.3 * Math.cos(11 * i));
  const line: ResidualProblem = {
    size: 30,
    residuals(p, out) {
      for (let i = 0; i < 30; i += 1)
        out[i] = (p[0] as number) * (xs[i] as number) + (p[1] as number) - (ys[i] as number);
    },
  };
  const result = leastSquaresSync(line, [0, 0]);
  const data = Dataset.from(xs, ys, { columns: 1 });
  const model = new LinearRegression();
  fitSync(model, data);
  const summary = model.summary(data);
  expect(result.differenced).toEqual(['jacobian']);
  for (const [i, row] of summary.coefficients.entries()) {
    expect(result.parameters[i]).toBeCloseTo(row.estimate, 9);
    expect(result.standardErrors[i]).toBeCloseTo(row.standardError as number, 8);
  }
});

test('bounds hold for every evaluated point, differences among them', () => {
  const outside: number[] = [];
  const watched: ResidualProblem = {
    size: decay.size,
    residuals(p, out) {
      if ((p[1] as number) > 0.5 || (p[0] as number) < 0) outside.push(p[1] as number);
      decay.residuals(p, out);
    },
  };
  const result = leastSquaresSync(watched, [1, 0.1], { bounds: { lower: [0, -1], upper: [10, 0.5] } });
  expect(result.status, result.reason).toBe('converged');
  expect(result.parameters[1]).toBe(0.5);
  expect(outside).toEqual([]);
  expect(result.standardErrors[1]).toBeUndefined();
  expect(result.reasons[1]).toContain('bound');
});

test('a robust loss leaves outliers alone', () => {
  const spoiled: ResidualProblem = {
    ...decay,
    residuals(p, out) {
      decay.residuals(p, out);
      out[3] = (out[3] as number) - 5;
      out[15] = (out[15] as number) + 4;
    },
  };
  const plain = leastSquaresSync(spoiled, [1, 1]);
  const robust = leastSquaresSync(spoiled, [1, 1], {
    optimizer: new LevenbergMarquardt({ loss: 'cauchy', lossScale: 0.02 }),
  });
  expect(robust.status, robust.reason).toBe('converged');
  expect(Math.abs((robust.parameters[1] as number) - 0.7)).toBeLessThan(0.01);
  expect(Math.abs((plain.parameters[1] as number) - 0.7)).toBeGreaterThan(0.04);
});

test('promises, errors of the functions and an earlier result', async () => {
  const promised = await leastSquares(
    {
      size: decay.size,
      residuals: async (p, out) => decay.residuals(p, out),
      jacobian: async (p, out) => decay.jacobian(p, out),
    },
    [1, 1],
  );
  const whole = leastSquaresSync(decay, [1, 1]);
  expect(promised.parameters).toEqual(whole.parameters);
  await expect(leastSquares({ size: 1, residuals: () => Promise.reject(new RangeError('mine')) }, [1])).rejects.toThrow(
    'mine',
  );
  const warm = leastSquaresSync(decay, whole);
  expect(warm.converged).toBe(true);
  expect(warm.iterations).toBeLessThanOrEqual(1);
});

test('wrong arguments are named', () => {
  expect(() => leastSquaresSync({ size: 0, residuals: () => {} }, [1])).toThrow(/`problem.size`/);
  expect(() => leastSquaresSync({ size: 2 } as unknown as ResidualProblem, [1])).toThrow(
    /`residuals` to be a function/,
  );
  expect(() => leastSquaresSync({ size: 2, residuals: () => {} }, [1])).toThrow(/the residuals to be written/);
  expect(() => leastSquaresSync(decay, [1, 1], { optimizer: new LBFGS() })).toThrow(
    /`optimizer`.*LBFGS.*value-gradient/,
  );
  expect(() => leastSquaresSync(decay, [1, 1], { l1: 1 } as object)).toThrow(/l1/);
});

test('residuals that are not finite at the start fail with a reason', () => {
  const logarithm: ResidualProblem = {
    size: 1,
    residuals(p, out) {
      out[0] = Math.log(p[0] as number);
    },
  };
  const result = leastSquaresSync(logarithm, [-1]);
  expect(result.status, result.reason).toBe('failed');
  expect(result.parameters).toEqual(Float64Array.of(-1));
});
