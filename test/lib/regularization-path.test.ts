// Regularisation paths: every point is the minimum that a single fit finds, from the null
// model at the first strength on; the order, the records, the validation, the edges.

import {
  Dataset,
  elasticNet,
  fitSync,
  huber,
  kernels,
  LinearRegression,
  LogisticRegression,
  l1,
  l2,
  PoissonRegression,
  type RegularizationPath,
  type RegularizationPathOptions,
  regularizationPath,
  regularizationPathSync,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';
import { normalFrom, randomFrom } from './solvers/bounded-problems.js';

const numbers = diabetes();
const columns = numbers.columns;
const labels = Dataset.from(
  numbers.x,
  numbers.y.map((value) => (value > 140 ? 1 : 0)),
  { columns, names: [...numbers.columnNames] },
);
const counts = Dataset.from(
  numbers.x,
  numbers.y.map((value) => Math.round(value / 20)),
  { columns, names: [...numbers.columnNames] },
);
const factors = [1, 0, 2, 0.5, 1, 3, 0.25, 1, 4, 1];

const cases = [
  ['squared', LinearRegression, {}, numbers, {}],
  ['squared, elastic net with factors', LinearRegression, {}, numbers, { share: 0.6, factors }],
  ['squared, non-negative', LinearRegression, { nonNegative: true }, numbers, {}],
  ['squared, without intercept', LinearRegression, { intercept: false }, numbers, { share: 0.9 }],
  ['logistic', LogisticRegression, {}, labels, {}],
  ['logistic, elastic net, non-negative', LogisticRegression, { nonNegative: ['bmi'] }, labels, { share: 0.5 }],
  ['Poisson', PoissonRegression, {}, counts, {}],
  ['Huber', LinearRegression, { loss: huber(30) }, numbers, {}],
] as const;

describe.each(kernels().available)('on %s', (set) => {
  test.each(cases)('%s: the fits of single strengths', async (_, Model, own, data, shape) => {
    const options: RegularizationPathOptions = {
      ...shape,
      factors: [...(('factors' in shape && shape.factors) || [])],
    };
    const { factors: given, ...rest } = options;
    const penalised = (given as readonly number[]).length > 0;
    const path = await regularizationPath(new Model({ standardize: true, ...own } as never), data, {
      ...rest,
      ...(penalised && given ? { factors: given } : {}),
      count: 12,
      tolerance: 1e-12,
      kernels: set,
    });
    expect(path.status).toBe('completed');
    expect(path.strengths).toHaveLength(12);
    expect((path.strengths[11] as number) / (path.strengths[0] as number)).toBeCloseTo(1e-3, 12);
    for (const k of [0, 1, 5, 11]) {
      const penalty = elasticNet(
        path.strengths[k] as number,
        rest.share ?? 1,
        penalised && given ? { factors: given } : {},
      );
      const model = new Model({ standardize: true, ...own, penalty } as never);
      const result = fitSync(model, data, { kernels: set, tolerance: 1e-10 });
      const point = path.coefficients.subarray(k * columns, (k + 1) * columns);
      const size = Math.max(1e-3, ...model.coefficients.map(Math.abs));
      model.coefficients.forEach((value, j) => {
        expect(Math.abs((point[j] as number) - value) / size).toBeLessThan(1e-7);
      });
      if (k > 0) expect([...point].map((x) => x === 0)).toEqual([...model.coefficients].map((x) => x === 0));
      expect(path.intercepts[k]).toBeCloseTo(model.intercept, 5);
      expect(path.nonZeros[k]).toBe(point.filter((x) => x !== 0).length);
      const gap = path.gapBounds[k] as number;
      if (!penalised) expect(gap).toBeLessThan(1e-8 * Math.max(1, Math.abs(result.loss)));
    }
  });
});

test('the first strength is the least that keeps all penalised coefficients at 0', () => {
  for (const [Model, data] of [
    [LinearRegression, numbers],
    [LogisticRegression, labels],
  ] as const) {
    const path = regularizationPathSync(new Model({ standardize: true }), data, { count: 3, factors });
    expect(path.nonZeros[0]).toBe(1);
    const below = new Model({
      standardize: true,
      penalty: l1(0.999 * (path.strengths[0] as number), { factors }),
    });
    fitSync(below, data, { tolerance: 1e-10 });
    expect(below.coefficients.filter((value) => value !== 0)).toHaveLength(2);
  }
});

test('the gap bounds hold where the path stops early', () => {
  const loose = regularizationPathSync(new LinearRegression({ standardize: true }), numbers, { tolerance: 0.05 });
  let open = 0;
  for (const [k, strength] of loose.strengths.entries()) {
    const best = fitSync(new LinearRegression({ standardize: true, penalty: l1(strength) }), numbers).loss;
    const scale = Array.from(numbers.x);
    const deviations = Array.from({ length: columns }, (_, j) => {
      const column = scale.filter((_value, i) => i % columns === j);
      const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
      return Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length);
    });
    const norm = deviations.reduce((sum, d, j) => sum + d * Math.abs(loose.coefficients[k * columns + j] as number), 0);
    const gap = (loose.losses[k] as number) + strength * norm - best;
    expect(loose.gapBounds[k]).toBeGreaterThanOrEqual(gap - 1e-9);
    if (gap > 1e-6) open += 1;
  }
  expect(open).toBeGreaterThan(5);
});

test('fewer rows than columns, and duplicate and constant columns', () => {
  const normal = normalFrom(randomFrom(9));
  const rows = Array.from({ length: 40 }, () => {
    const row = Array.from({ length: 60 }, normal);
    return [...row, ...row.slice(0, 5), 3, 0];
  });
  const y = rows.map((row) => 2 * (row[0] as number) - (row[7] as number) + 0.1 * normal());
  const data = Dataset.from(rows, y);
  const path = regularizationPathSync(new LinearRegression(), data, { ratio: 0.01, tolerance: 1e-10 });
  expect(path.status).toBe('completed');
  path.strengths.forEach((_, k) => {
    expect(path.gapBounds[k]).toBeLessThan(1e-8);
    expect([...path.coefficients.subarray(k * 67 + 65, k * 67 + 67)]).toEqual([0, 0]);
  });
});

test('strengths of the user in falling order, and what the degrees are', () => {
  const path = regularizationPathSync(new LinearRegression({ standardize: true }), numbers, {
    strengths: [0.1, 10, 1],
    share: 0.5,
  });
  expect([...path.strengths]).toEqual([10, 1, 0.1]);
  path.degreesOfFreedom.forEach((degrees, k) => {
    expect(degrees).toBeLessThan(path.nonZeros[k] as number);
    expect(degrees).toBeGreaterThan(0);
  });
  const lasso = regularizationPathSync(new LinearRegression({ standardize: true }), numbers, { count: 5 });
  expect([...lasso.degreesOfFreedom]).toEqual([...lasso.nonZeros]);
});

test('the validation rows name the best strength, with the losses of single fits', async () => {
  const { train, test: held } = numbers.split({ test: 0.3, seed: 3 });
  const path: RegularizationPath = await regularizationPath(new LinearRegression({ standardize: true }), train, {
    validation: held,
    count: 20,
    tolerance: 1e-11,
  });
  const losses = path.validationLosses as Float64Array;
  const { index, strength } = path.best as { index: number; strength: number };
  expect(losses[index]).toBe(Math.min(...losses));
  expect(strength).toBe(path.strengths[index]);
  const model = new LinearRegression({ standardize: true, penalty: l1(strength) });
  const result = fitSync(model, train, { validation: held, tolerance: 1e-10 });
  expect(result.validationLoss).toBeCloseTo(losses[index] as number, 6);
});

test('an abort ends the path with what was found', async () => {
  const stop = AbortSignal.abort();
  const path = await regularizationPath(new LinearRegression(), numbers, { signal: stop });
  expect(path).toMatchObject({ status: 'aborted', nonZeros: new Uint32Array(0) });
});

test.each([
  [() => new LinearRegression({ penalty: l2(1) }), {}, /`model` to be one without a penalty .* one with l2/],
  [() => new LinearRegression(), { share: 0 }, /`share` to be a finite number, positive and at most 1, but got 0/],
  [() => new LinearRegression(), { ratio: 1 }, /`ratio` to be/],
  [() => new LinearRegression(), { count: 0 }, /`count` to be/],
  [() => new LinearRegression(), { strengths: [] }, /`strengths` to be an array of one number or more/],
  [() => new LinearRegression(), { strengths: [1, -1] }, /strength 1 to be a finite number, at least 0, but got -1/],
  [() => new LinearRegression(), { factors: [1] }, /the factors of the penalty/],
  [() => new LinearRegression(), { penalty: 1 }, /each option of regularizationPath/],
  [() => ({}), {}, /`model` to be a model with a linear predictor/],
])('case %#: wrong arguments are refused', (make, options, message) => {
  expect(() => regularizationPathSync(make() as LinearRegression, numbers, options as never)).toThrow(message);
});
