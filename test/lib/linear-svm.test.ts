// Linear support vector machines against scikit-learn's LinearSVC and against Newton's method by
// numpy (test/fixtures/families_statsmodels.py), on every kernel set; predictions, JSON, edges.

import { readFileSync } from 'node:fs';
import { Adam, Dataset, fit, fitSync, kernels, LBFGS, LinearSVM, l2, online, SGD, TrustRegion } from 'gradus';
import { describe, expect, test } from 'vitest';

const { sets, machines } = JSON.parse(
  readFileSync(new URL('../fixtures/families-statsmodels.json', import.meta.url), 'utf8'),
);
const { columns, x, y } = sets.fair as { columns: string[]; x: number[]; y: number[] };
const data = Dataset.from(Float64Array.from(x), y, { names: columns });
// The C of scikit-learn multiplies the sum of the losses, and the penalty is ½‖w‖².
const penalty = l2(1 / (machines.C * data.rows));
const make = (intercept: boolean): LinearSVM => new LinearSVM({ intercept, standardize: true, penalty });
const largestError = (got: Float64Array, wanted: readonly number[]): number => {
  const least = 1e-3 * Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((w, j) => Math.abs((got[j] as number) - w) / Math.max(Math.abs(w), least)));
};

describe.each(kernels().available)('on %s', (set) => {
  test('without an intercept it is LinearSVC(C, fit_intercept=False)', async () => {
    const model = make(false);
    const result = await fit(model, data, { kernels: set, tolerance: 1e-12 });
    expect(result.status, result.reason).toBe('converged');
    expect(largestError(model.coefficients, machines['without intercept'])).toBeLessThan(1e-9);
    expect(largestError(model.coefficients, machines['LinearSVC without intercept'])).toBeLessThan(1e-5);
  });

  test('with an intercept, which is not penalised', async () => {
    const model = make(true);
    const result = await fit(model, data, { kernels: set, tolerance: 1e-12 });
    expect(result.status, result.reason).toBe('converged');
    expect(largestError(model.parameters, machines['with intercept'])).toBeLessThan(1e-9);
  });
});

test.each([new LBFGS(), new TrustRegion()].map((solver) => [solver.name, solver] as const))(
  '%s finds the same machine',
  (_, optimizer) => {
    const model = make(true);
    const result = fitSync(model, data, { optimizer, tolerance: 1e-9 });
    expect(result.status, result.reason).toBe('converged');
    expect(largestError(model.parameters, machines['with intercept'])).toBeLessThan(1e-6);
  },
);

test('a penalised intercept is a column of its own: LinearSVC with intercept_scaling', () => {
  // intercept_scaling s is a column of s, which only matters by its penalty.
  const ones = Array.from({ length: data.rows }, (_, i) => [...data.x.subarray(8 * i, 8 * i + 8), 1000]);
  const widened = new LinearSVM({ intercept: false, penalty });
  fitSync(widened, Dataset.from(ones, y));
  const free = new LinearSVM({ penalty });
  fitSync(free, data);
  free.coefficients.forEach((value, j) => {
    expect(Math.abs((widened.coefficients[j] as number) - value)).toBeLessThan(1e-4);
  });
});

test('decisions and classes agree one by one and in bulk, and come back from JSON', () => {
  const model = make(true);
  fitSync(model, data);
  const decisions = model.decision(data);
  const classes = model.predict(data);
  let right = 0;
  for (let i = 0; i < data.rows; i += 1) {
    const row = data.x.subarray(8 * i, 8 * i + 8);
    expect(model.decisionOne(row)).toBe(decisions[i]);
    expect(model.predictOne(row)).toBe(classes[i]);
    expect(classes[i]).toBe((decisions[i] as number) >= 0 ? 1 : 0);
    right += classes[i] === y[i] ? 1 : 0;
  }
  expect(model.score(data)).toBe(right / data.rows);
  expect(model.score(data)).toBeGreaterThan(0.68);
  expect(model.decisionOne(data.x.subarray(0, 8), { offset: 2 })).toBe((decisions[0] as number) + 2);
  const again = LinearSVM.fromJSON(JSON.stringify(model));
  expect(again.decision(data)).toEqual(decisions);
  expect(again.toJSON()).toEqual(model.toJSON());
});

test('rules and single rows train it', () => {
  const model = make(true);
  fitSync(model, data, { optimizer: new Adam({ learningRate: 0.01 }), batchSize: 32, epochs: 60, seed: 1 });
  const exact = make(true);
  fitSync(exact, data);
  expect(Math.abs(model.score(data) - exact.score(data))).toBeLessThan(0.03);
  const learner = online(new LinearSVM(), { optimizer: new SGD({ learningRate: 0.05 }) });
  for (let i = 0; i < 400; i += 1) learner.update([i % 2, 1 - (i % 3)], i % 2);
  expect([0, 1].map((a) => learner.model.predictOne([a, 0]))).toEqual([0, 1]);
  expect(online.restore(JSON.parse(JSON.stringify(learner.save()))).model.toJSON()).toEqual(learner.model.toJSON());
});

test('classes that a line separates, one class, other targets', async () => {
  const separated = new LinearSVM();
  const result = fitSync(separated, Dataset.from([[1], [2], [3], [4]], [0, 0, 1, 1]));
  expect(result.status, result.reason).toBe('converged');
  expect(result.loss).toBeLessThan(1e-12);
  const one = new LinearSVM({ penalty: l2(0.1) });
  expect(fitSync(one, Dataset.from([[1], [2]], [1, 1])).status).toBe('converged');
  expect(one.intercept).toBeCloseTo(1, 8);
  await expect(fit(new LinearSVM(), Dataset.from([[1], [2]], [1, 0.5]))).rejects.toThrow(
    /target 1 to be a class, 0 or 1/,
  );
});
