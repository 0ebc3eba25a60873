// Penalty factors and non-negative coefficients: what they mean (a column with a factor
// is a rescaled column without), where they are refused, and that they are saved.

import {
  Dataset,
  elasticNet,
  fit,
  fitSync,
  kernels,
  LinearRegression,
  LogisticRegression,
  l1,
  l2,
  online,
  PoissonRegression,
  SGD,
  SoftmaxRegression,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';

const data = diabetes();
const names = [...data.columnNames];
const factors = [1, 0, 2, 0.5, 1, 3, 0.25, 1, 4, 1];

/** The data with column j multiplied by scale[j]. */
function rescaled(scale: readonly number[]): Dataset {
  const x = data.x.map((value, i) => value * (scale[i % names.length] as number));
  return Dataset.from(x, data.y, { columns: names.length, names });
}

function closest(got: Float64Array, wanted: readonly number[] | Float64Array): number {
  const size = Math.max(...Array.from(wanted, Math.abs));
  return Math.max(...Array.from(got, (value, j) => Math.abs(value - (wanted[j] as number)) / size));
}

describe.each(kernels().available)('on %s', (set) => {
  test('a ridge factor is a column divided by its root', async () => {
    const positive = factors.map((factor) => factor || 1);
    const model = new LinearRegression({ penalty: l2(0.3, { factors: positive }) });
    await fit(model, data, { kernels: set, tolerance: 1e-9 });
    const plain = new LinearRegression({ penalty: l2(0.3) });
    await fit(plain, rescaled(positive.map((factor) => 1 / Math.sqrt(factor))), { kernels: set, tolerance: 1e-9 });
    const back = plain.coefficients.map((value, j) => value / Math.sqrt(positive[j] as number));
    expect(closest(model.coefficients, back)).toBeLessThan(1e-9);
  });

  test('a factor of 0 leaves a column alone under l1, and the others are scaled', async () => {
    const model = new LogisticRegression({ standardize: true, penalty: l1(1, { factors }) });
    const labels = Dataset.from(
      data.x,
      data.y.map((value) => (value > 140 ? 1 : 0)),
      { columns: names.length, names },
    );
    const result = await fit(model, labels, { kernels: set, tolerance: 1e-7 });
    expect(result.status, result.reason).toBe('converged');
    expect(Array.from(model.coefficients, (value) => value !== 0)).toEqual(factors.map((factor) => factor === 0));
  });

  test('coefficients that would be negative are exactly 0', async () => {
    const free = new LinearRegression({ standardize: true });
    await fit(free, data, { kernels: set });
    expect(free.coefficients.some((value) => value < 0)).toBe(true);
    const all = new LinearRegression({ standardize: true, nonNegative: true });
    const result = await fit(all, data, { kernels: set, tolerance: 1e-7 });
    expect(result.status, result.reason).toBe('converged');
    expect(all.coefficients.every((value) => value >= 0)).toBe(true);
    expect(all.coefficients.some((value) => value === 0)).toBe(true);
    const some = new LinearRegression({ standardize: true, nonNegative: ['s1', 's2'] });
    await fit(some, data, { kernels: set, tolerance: 1e-7 });
    const [s1, s2] = [names.indexOf('s1'), names.indexOf('s2')];
    expect(some.coefficients[s1]).toBe(0);
    expect(some.coefficients[s2]).toBeGreaterThanOrEqual(0);
    expect(some.coefficients[names.indexOf('sex')]).toBeLessThan(0);
  });
});

test('a record names the columns that differ, and no factors are factors of 1', () => {
  const fitted = (penalty: ReturnType<typeof l2>): Float64Array => {
    const model = new PoissonRegression({ standardize: true, penalty });
    fitSync(model, data);
    return model.parameters;
  };
  const byName = fitted(elasticNet(0.1, 0, { factors: { s3: 0, bmi: 4 } }));
  expect(byName).toEqual(fitted(l2(0.1, { factors: names.map((name) => ({ s3: 0, bmi: 4 })[name] ?? 1) })));
  expect(fitted(l2(0.1, { factors: {} }))).toEqual(fitted(l2(0.1)));
  expect(byName).not.toEqual(fitted(l2(0.1)));
});

test('SoftmaxRegression has factors for the columns of every class', () => {
  const terciles = Dataset.from(
    data.x,
    data.y.map((value) => (value < 100 ? 0 : value < 180 ? 1 : 2)),
    { columns: names.length, names },
  );
  const strict = { bmi: 1e6 };
  const model = new SoftmaxRegression({ standardize: true, penalty: l2(0.1, { factors: strict }) });
  fitSync(model, terciles);
  const sizes = Array.from(model.parameters, (value, i) => [i % 11, Math.abs(value)] as const);
  for (const [column, size] of sizes) {
    if (column === names.indexOf('bmi')) expect(size).toBeLessThan(1e-5);
    if (column === names.indexOf('bp')) expect(size).toBeGreaterThan(1e-5);
  }
});

test('summary takes the factors into account', () => {
  const heavy = new LinearRegression({ penalty: l2(1, { factors: { s1: 1e9 } }) });
  fitSync(heavy, data);
  const summary = heavy.summary(data);
  expect(summary.coefficients[names.indexOf('s1')]?.standardError).toBeLessThan(1e-6);
  expect(summary.coefficients[names.indexOf('s2')]?.standardError).toBeGreaterThan(1e-3);
});

test('factors and nonNegative are saved', () => {
  const model = new LinearRegression({ penalty: elasticNet(2, 0.4, { factors }), nonNegative: ['bmi'] });
  fitSync(model, data, { tolerance: 1e-4 });
  const restored = LinearRegression.fromJSON(JSON.stringify(model));
  expect(restored.toJSON()).toEqual(model.toJSON());
  expect(restored.demands).toEqual(['l1', 'bounds']);
  expect(model.toJSON().options).toMatchObject({
    penalty: { name: 'elasticNet', strength: 2, share: 0.4, factors },
    nonNegative: ['bmi'],
  });
});

test('the factors are a copy', () => {
  const mine = [1, 2];
  const penalty = l1(1, { factors: mine });
  mine[0] = 7;
  expect(penalty.factors).toEqual([1, 2]);
});

test.each([
  [() => l1(1, { factors: [1, -1] }), /factor of column 1 in l1 to be a finite number, at least 0, but got -1/],
  [() => l2(1, { factors: { a: Number.NaN } }), /factor of 'a' in l2 .* but got NaN/],
  [() => l2(1, { factors: 3 as never }), /factors of l2 to be an array of numbers or a record by column name/],
  [() => elasticNet(1, 0.5, { factor: [1] } as never), /each option of elasticNet to be one of factors/],
  [() => new LinearRegression({ nonNegative: 1 as never }), /`nonNegative` to be true, false or an array of column/],
  [() => new SoftmaxRegression({ nonNegative: true } as never), /each option of SoftmaxRegression/],
  [() => fitSync(new LinearRegression({ penalty: l1(1, { factors: [1, 2] }) }), data), /factors .* 10 numbers/],
  [() => fitSync(new LinearRegression({ penalty: l1(1, { factors: { none: 2 } }) }), data), /that of a column.*'none'/],
  [() => fitSync(new LinearRegression({ nonNegative: ['none'] }), data), /each name in `nonNegative`.*'none'/],
  [
    () => fitSync(new LinearRegression({ penalty: l2(1, { factors }) }), data, { optimizer: new SGD() }),
    /LinearRegression takes no batches with a ridge penalty with factors, but got SGD/,
  ],
  [
    () => fitSync(new LinearRegression({ nonNegative: true }), data, { optimizer: new SGD() }),
    /a solver that can respect bounds, such as/,
  ],
  [
    () => online(new LinearRegression({ penalty: l2(1, { factors }) }), { optimizer: new SGD() }),
    /one without factors in its penalty/,
  ],
  [
    () => online(new LinearRegression({ nonNegative: true }), { optimizer: new SGD() }),
    /one without nonNegative to learn row by row/,
  ],
])('%s is refused', (act, message) => {
  expect(act).toThrow(message);
});
