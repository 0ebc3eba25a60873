// Permutation importance: columns that count, columns that do not, by score and by
// metric; the same from the same seed; the data stay as they are.

import {
  Dataset,
  fitSync,
  LinearRegression,
  LogisticRegression,
  l2,
  meanSquaredError,
  permutationImportance,
  rocAuc,
  rSquared,
} from 'gradus';
import { expect, test } from 'vitest';
import { diabetes } from './diabetes.js';
import { expectRefused } from './refused.js';

const rows = 200;
const x = Array.from({ length: rows }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(7 * i + 1)]);
const y = x.map(([a, b]) => 3 * (a as number) + (b as number));
const names = ['strong', 'weak', 'none'];
const data = Dataset.from(x, y, { names });
const model = new LinearRegression();
fitSync(model, data);
// The third coefficient is exactly 0.
const exact = LinearRegression.fromJSON({ ...model.toJSON(), coefficients: [3, 1, 0], intercept: 0 });

test('ranks the columns, and a coefficient of 0 has no importance', () => {
  const { score, columns } = permutationImportance(exact, data, { repeats: 8 });
  expect(score).toBe(exact.score(data));
  expect(columns.map(({ name }) => name)).toEqual(names);
  const [strong, weak, none] = columns as [(typeof columns)[0], (typeof columns)[0], (typeof columns)[0]];
  expect(none.mean).toBe(0);
  expect(none.standardDeviation).toBe(0);
  // Dealing out column j adds 2·coefficient²·variance to the squared error: 2 · share of the variance of y.
  expect(strong.mean).toBeCloseTo((2 * 9) / 10, 0);
  expect(weak.mean).toBeCloseTo(2 / 10, 1);
  expect(strong.standardDeviation).toBeGreaterThan(0);
  for (const { mean, standardDeviation, drops } of columns) {
    expect(drops).toHaveLength(8);
    expect(mean).toBeCloseTo(drops.reduce((sum, drop) => sum + drop, 0) / 8, 14);
    expect(standardDeviation ** 2).toBeCloseTo(drops.reduce((sum, drop) => sum + (drop - mean) ** 2, 0) / 8, 12);
  }
});

test('the same seed gives the same, and repetitions come on top', () => {
  const three = permutationImportance(model, data, { repeats: 3, seed: 4 });
  expect(permutationImportance(model, data, { repeats: 3, seed: 4 })).toEqual(three);
  const five = permutationImportance(model, data, { seed: 4 });
  five.columns.forEach(({ drops }, j) => {
    expect(drops).toHaveLength(5);
    expect(drops.subarray(0, 3)).toEqual(three.columns[j]?.drops);
    if (j < 2) expect(new Set(drops).size).toBe(5);
  });
  expect(permutationImportance(model, data, { repeats: 3, seed: 5 })).not.toEqual(three);
});

test('data stay as they are, views and float32 too', () => {
  for (const given of [data, data.split({ test: 50, seed: 2 }).test, diabetesSingle(), lent()]) {
    const before = given.x.slice();
    const own = new LinearRegression({ penalty: l2(0.1) });
    fitSync(own, given);
    const { score, columns } = permutationImportance(own, given, { repeats: 1 });
    expect(score).toBe(own.score(given));
    expect(columns).toHaveLength(given.columns);
    expect(given.x).toEqual(before);
  }
});

function lent(): Dataset {
  const shared = new Float64Array(new SharedArrayBuffer(8 * 3 * rows));
  shared.set(x.flat());
  return Dataset.from(shared, y, { columns: 3 });
}

function diabetesSingle(): Dataset {
  const all = diabetes();
  return Dataset.from(Float32Array.from(all.x), all.y, { columns: all.columns });
}

test('takes a metric, of class names and weights too', () => {
  const byScore = permutationImportance(model, data);
  expect(permutationImportance(model, data, { metric: rSquared })).toEqual(byScore);
  const { columns } = permutationImportance(model, data, { metric: (...of) => -meanSquaredError(...of) });
  expect(columns[0]?.mean).toBeGreaterThan(columns[1]?.mean as number);
  const weights = x.map((_, i) => i % 3);
  const labels = y.map((value) => (value > 0 ? 'up' : 'down'));
  const named = Dataset.from(x, labels, { names, weights });
  const logistic = new LogisticRegression<string>({ penalty: l2(0.1) });
  fitSync(logistic, named);
  const seen: unknown[] = [];
  permutationImportance(logistic, named, {
    repeats: 1,
    metric: (targets, predicted, options) => {
      seen.push(targets, options.weights);
      expect(new Set(Array.from(predicted))).toEqual(new Set(['up', 'down']));
      return 1;
    },
  });
  expect(seen.slice(0, 2)).toEqual([labels, Float64Array.from(weights)]);
  const auc = permutationImportance(
    { predict: (of) => logistic.predictProbability(of), score: (of) => logistic.score(of) },
    named,
    { metric: rocAuc },
  );
  expect(auc.score).toBe(rocAuc(labels, logistic.predictProbability(named), { weights }));
});

const wrong = (value: unknown): never => value as never;
test.each<[string, () => unknown, string, RegExp]>([
  ['no model', () => permutationImportance(wrong({}), data), 'OPTION', /`model`.*fitted model/],
  ['no data set', () => permutationImportance(model, wrong(x)), 'OPTION', /`data`.*Dataset/],
  [
    'no metric',
    () => permutationImportance(model, data, { metric: wrong('r2') }),
    'OPTION',
    /`metric`.*function.*'r2'/,
  ],
  ['no repetitions', () => permutationImportance(model, data, { repeats: 0 }), 'OPTION', /`repeats`.*at least 1.*0/],
  ['a seed below 0', () => permutationImportance(model, data, { seed: -1 }), 'OPTION', /`seed`.*at least 0.*-1/],
  ['other columns', () => permutationImportance(model, Dataset.from([[1]], [1])), 'SHAPE', /data to be 3 columns/],
])('%s is refused', (_, act, code, message) => {
  expectRefused(act, `ERR_GRADUS_${code}`, message);
});

test('a model that is not fitted is refused', () => {
  expect(() => permutationImportance(new LinearRegression(), data)).toThrow(/fitted/);
});
