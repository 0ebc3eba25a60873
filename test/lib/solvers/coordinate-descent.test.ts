// Coordinate descent: the minimum that plain coordinate descent over residuals finds, with
// its zeros, in one step where f is a quadratic; bounds; functions that are not convex;
// through `fit` the edges: λ above its largest, constant and duplicate columns, n < d.

import {
  CoordinateDescent,
  Dataset,
  elasticNet,
  fit,
  fitSync,
  kernels,
  LinearRegression,
  LogisticRegression,
  l1,
  l2,
  minimizeSync,
  OWLQN,
  PoissonRegression,
  ProximalGradient,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from '../diabetes.js';
import {
  bounds,
  boxMinimum,
  coordinateDescent,
  type Lasso,
  lasso,
  normalFrom,
  randomFrom,
  randomQuadratic,
  violation,
} from './bounded-problems.js';
import { drive } from './drive-problem.js';
import { bentValley, wrongSign } from './l1-cases.js';
import { expectSameWhenResumed } from './resume.js';

const solver = new CoordinateDescent();

/** The lasso with its Hessian XᵀX/n. */
function withHessian(problem: Lasso): Lasso {
  const { x, y } = problem;
  const hessian = (_: Float64Array, out: Float64Array): void => {
    x.forEach((u, i) => {
      x.forEach((v, j) => {
        out[i * x.length + j] = u.reduce((sum, value, k) => sum + value * v[k]!, 0) / y.length;
      });
    });
  };
  return { ...problem, hessian };
}

describe.each([
  [60, 20, 0.1, 1],
  [60, 20, 0.5, 2],
  [40, 50, 0.3, 3],
  [200, 30, 0.01, 4],
  [30, 5, 0, 5],
  [50, 50, 2, 6],
  [50, 10, 1e3, 7],
])('lasso of %i rows, %i columns, λ = %d', (rows, columns, lambda, seed) => {
  const problem = withHessian(lasso(rows, columns, lambda, seed));
  const exact = coordinateDescent(problem);

  test('the minimum of coordinate descent over residuals, and its zeros', () => {
    const run = drive(solver, problem, new Float64Array(columns), { tolerance: 1e-11 });
    const p = run.state.parameters;
    expect(run.status, run.reason).toBe('converged');
    expect(run.reason).toMatch(/^subgradient norm .* ≤ tolerance 1e-11$/);
    expect(Math.max(...exact.map((x, i) => Math.abs(x - p[i]!)))).toBeLessThan(1e-9);
    expect([...p].map((x) => x === 0)).toEqual([...exact].map((x) => x === 0));
    expect(violation(problem, p)).toBeLessThan(1e-11);
    expect(run.state.iteration).toBeLessThan(10);
  });
});

test('the minimum in a box, beside an enumeration of the active bounds', () => {
  const random = randomFrom(5);
  for (let trial = 0; trial < 20; trial += 1) {
    const plain = randomQuadratic(5, 1e3, random);
    const box = bounds(
      plain.linear.map(() => -random()),
      plain.linear.map((_, i) => (i % 2 ? Number.POSITIVE_INFINITY : random())),
    );
    const hessian = (_: Float64Array, out: Float64Array): void => out.set(plain.matrix.flat());
    const run = drive(solver, { ...plain, bounds: box, hessian }, [9, 9, 9, 9, 9], { tolerance: 1e-11 });
    expect(run.status, run.reason).toBe('converged');
    boxMinimum(plain, box.lower, box.upper).forEach((x, i) => {
      expect(run.state.parameters[i]).toBeCloseTo(x, 8);
    });
  }
});

test('a curved valley with a penalty, whose Hessian is not definite at the start', () => {
  const { size, l1: strengths, evaluate } = bentValley;
  const run = minimizeSync({ evaluate }, [-0.1, 3], { optimizer: solver, l1: strengths!, tolerance: 1e-6 });
  expect(run.status, run.reason).toBe('converged');
  expect(violation({ size, l1: strengths!, evaluate }, run.parameters)).toBeLessThan(1e-6);
  expect(run.parameters[1]).toBe(0);
});

test('l1 and bounds together, beside the proximal gradient method', () => {
  const problem = withHessian(lasso(60, 20, 0.1, 9));
  const box = { lower: -0.4, upper: 0.5 };
  const options = { l1: problem.l1, bounds: box, tolerance: 1e-9 };
  const [ours, theirs] = [solver, new ProximalGradient()].map((optimizer) =>
    minimizeSync({ evaluate: problem.evaluate }, new Float64Array(20), { ...options, optimizer }),
  );
  expect(ours?.status, ours?.reason).toBe('converged');
  expect(ours?.parameters.includes(0.5)).toBe(true);
  ours?.parameters.forEach((x, i) => {
    expect(x).toBeCloseTo(theirs?.parameters[i] as number, 7);
  });
});

test('a gradient of the wrong sign stalls at the start and says so', () => {
  const { evaluate, size } = wrongSign({ size: 2, evaluate: bentValley.evaluate });
  const run = minimizeSync({ evaluate }, new Array(size).fill(-1.2), { optimizer: solver });
  expect(run.status).toBe('stalled');
  expect(run.reason).toMatch(/wrong gradient/);
  expect([...run.parameters]).toEqual([-1.2, -1.2]);
});

test('a start without a value fails, and nothing to minimise converges', () => {
  const run = drive(solver, { size: 1, evaluate: () => Number.NaN }, [1]);
  expect(run).toMatchObject({ status: 'failed', reason: 'the value at the start is NaN: start elsewhere' });
  expect(drive(solver, { size: 0, evaluate: () => 3 }, [])).toMatchObject({ status: 'converged', evaluations: 1 });
});

test('a run taken up in a fresh state goes on with the same bits', () => {
  const wavy = withHessian(lasso(60, 20, 0.1, 1));
  const quartic = (p: Float64Array, g: Float64Array): number => {
    const value = wavy.evaluate(p, g);
    p.forEach((x, i) => {
      g[i]! += 4 * x ** 3;
    });
    return p.reduce((sum, x) => sum + x ** 4, value);
  };
  const hessian = (p: Float64Array, out: Float64Array): void => {
    wavy.hessian?.(p, out);
    p.forEach((x, i) => {
      out[i * 21]! += 12 * x * x;
    });
  };
  expectSameWhenResumed(solver, { ...wavy, evaluate: quartic, hessian }, new Float64Array(20).fill(0.5), [0, 1, 2]);
});

test('there are no options', () => {
  expect(solver.describe()).toEqual({ name: 'CoordinateDescent', options: {}, learningRate: undefined });
  expect(() => new CoordinateDescent({ memory: 1 } as never)).toThrow('each option of CoordinateDescent to be absent');
});

describe.each(kernels().available)('fits on %s', (set) => {
  const data = diabetes();
  const names = [...data.columnNames];
  const of = (x: Float64Array | Float32Array, columns: number, weights?: ArrayLike<number>): Dataset =>
    Dataset.from(x, data.y, { columns, ...(weights ? { weights } : {}) });
  /** The data with more columns behind, made of each row. */
  const widened = (more: (row: Float64Array, i: number) => number[], weights?: ArrayLike<number>): Dataset => {
    const rows = Array.from({ length: data.rows }, (_, i) => {
      const row = data.x.slice(i * 10, (i + 1) * 10);
      return [...row, ...more(Float64Array.from(row), i)];
    });
    return of(Float64Array.from(rows.flat()), rows[0]!.length, weights);
  };

  test('the default where there is l1 or a bound, with the minimum of OWL-QN', async () => {
    for (const make of [
      () => new LinearRegression({ standardize: true, penalty: l1(2) }),
      () => new PoissonRegression({ standardize: true, penalty: elasticNet(1, 0.5) }),
    ]) {
      const [ours, theirs] = [make(), make()];
      const result = await fit(ours, data, { kernels: set });
      expect(result).toMatchObject({ status: 'converged', optimizer: 'CoordinateDescent' });
      const other = await fit(theirs, data, { kernels: set, optimizer: new OWLQN() });
      expect(result.loss).toBeLessThanOrEqual(other.loss + 1e-9);
      expect(result.loss).toBeCloseTo(other.loss, 8);
      expect([...ours.coefficients].map((x) => x === 0)).toEqual([...theirs.coefficients].map((x) => x === 0));
    }
  });

  test('squared loss takes one step', async () => {
    const model = new LinearRegression({ standardize: true, penalty: l1(0.5), nonNegative: ['bmi'] });
    const result = await fit(model, data, { kernels: set });
    expect(result).toMatchObject({ status: 'converged', epochs: 1, evaluations: 2 });
  });

  test('λ at and above its largest: all zero, the intercept the mean, one step', async () => {
    const mean = data.y.reduce((sum, y) => sum + y, 0) / data.rows;
    for (const strength of [46, 1e4]) {
      const model = new LinearRegression({ standardize: true, penalty: l1(strength) });
      const result = await fit(model, data, { kernels: set });
      expect(result, result.reason).toMatchObject({ status: 'converged', epochs: 1 });
      expect([...model.coefficients]).toEqual(new Array(10).fill(0));
      expect(model.intercept).toBeCloseTo(mean, 10);
    }
  });

  test('constant columns get 0, with and without a penalty of their own', async () => {
    for (const standardize of [true, false]) {
      const model = new LinearRegression({ standardize, penalty: l1(0.1, { factors: { x11: 0 } }) });
      const result = await fit(
        model,
        widened(() => [0, 0]),
        { kernels: set, tolerance: 1e-7 },
      );
      expect(result.status, result.reason).toBe('converged');
      expect([...model.coefficients.slice(10)]).toEqual([0, 0]);
    }
    const model = new LinearRegression({ standardize: true, penalty: l1(0.1) });
    const result = await fit(
      model,
      widened(() => [7.3]),
      { kernels: set, tolerance: 1e-7 },
    );
    expect(result.status, result.reason).toBe('converged');
    expect(model.coefficients[10]).toBe(0);
  });

  test('duplicate columns: the minimum of one of them', async () => {
    const twice = new LinearRegression({ standardize: true, penalty: l1(0.5) });
    const result = await fit(
      twice,
      widened((row) => [...row]),
      { kernels: set, tolerance: 1e-7 },
    );
    expect(result.status, result.reason).toBe('converged');
    const once = new LinearRegression({ standardize: true, penalty: l1(0.5) });
    const single = await fit(once, data, { kernels: set, tolerance: 1e-7 });
    expect(result.loss).toBeCloseTo(single.loss, 9);
    once.coefficients.forEach((x, j) => {
      expect(twice.coefficients[j]! + twice.coefficients[j + 10]!).toBeCloseTo(x, 8);
    });
  });

  test('fewer rows than columns', async () => {
    const normal = normalFrom(randomFrom(3));
    const x = Float64Array.from({ length: 30 * 100 }, normal);
    const y = Float64Array.from({ length: 30 }, (_, i) => 2 * x[i * 100]! - x[i * 100 + 5]! + 0.1 * normal());
    const model = new LinearRegression({ penalty: l1(0.05) });
    const result = await fit(model, Dataset.from(x, y, { columns: 100 }), { kernels: set, tolerance: 1e-10 });
    expect(result.status, result.reason).toBe('converged');
    expect(model.coefficients.filter((value) => value !== 0).length).toBeLessThan(30);
    expect(model.coefficients[0]).toBeGreaterThan(1.5);
    const bounded = new LogisticRegression({ penalty: elasticNet(0.05, 0.9), nonNegative: true });
    const labels = Dataset.from(
      x,
      y.map(Number).map((value) => (value > 0 ? 1 : 0)),
      { columns: 100 },
    );
    const both = await fit(bounded, labels, { kernels: set, tolerance: 1e-10 });
    expect(both.status, both.reason).toBe('converged');
    expect(bounded.coefficients.every((value) => value >= 0)).toBe(true);
  });

  test('rows of weight 0 are rows that are not there', async () => {
    const half = Float64Array.from({ length: data.rows }, (_, i) => (i < 221 ? 1 : 0));
    const weighted = new LinearRegression({ penalty: l1(0.5) });
    await fit(weighted, of(data.x.slice(), 10, half), { kernels: set, tolerance: 1e-7 });
    const cut = new LinearRegression({ penalty: l1(0.5) });
    await fit(cut, Dataset.from(data.x.slice(0, 2210), data.y.slice(0, 221), { columns: 10 }), {
      kernels: set,
      tolerance: 1e-7,
    });
    cut.coefficients.forEach((x, j) => {
      expect(weighted.coefficients[j]).toBeCloseTo(x, 8);
    });
  });

  test('no l1 and no bound: Newton, and the same minimum by coordinate descent', async () => {
    const [newton, ours] = [0, 1].map(() => new LinearRegression({ standardize: true, penalty: l2(0.01) }));
    await fit(newton!, data, { kernels: set });
    const result = await fit(ours!, data, { kernels: set, optimizer: solver });
    expect(result.status, result.reason).toBe('converged');
    ours!.coefficients.forEach((x, j) => {
      expect(x).toBeCloseTo(newton!.coefficients[j]!, 9);
    });
    expect(names).toHaveLength(10);
  });
});

test('columns that nearly depend on each other do not keep the sweeps for ever', () => {
  const normal = normalFrom(randomFrom(17));
  const columns = 60;
  const rows = 400;
  const x = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) {
    let walk = 0;
    for (let j = 0; j < columns; j += 1) {
      walk = 0.9995 * walk + (j === 0 ? 1 : Math.sqrt(1 - 0.9995 ** 2)) * normal();
      x[i * columns + j] = walk;
    }
  }
  const y = Float64Array.from({ length: rows }, (_, i) => x[i * columns]! - x[i * columns + 30]! + 0.01 * normal());
  const model = new LinearRegression({ penalty: l1(1e-6) });
  const started = performance.now();
  const result = fitSync(model, Dataset.from(x, y, { columns }), { tolerance: 1e-12 });
  expect(result.status, result.reason).toBe('converged');
  expect(performance.now() - started).toBeLessThan(2000);
});
