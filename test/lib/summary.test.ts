// The summary of a linear regression: its numbers where Cholesky and where QR finds
// them, what weights and penalties mean in it, and what it refuses.

import { Dataset, fitSync, LinearRegression, l1, l2 } from 'gradus';
import { expect, test } from 'vitest';
import { exactSolution } from './exact-least-squares.js';
import { diabetes } from './diabetes.js';

const errorsOf = (model: LinearRegression, data: Dataset): number[] =>
  model.summary(data).coefficients.map((c) => c.standardError);

function closeTo(actual: readonly number[], wanted: readonly number[], digits: number): void {
  actual.forEach((value, i) => {
    expect(Math.abs(value / (wanted[i] as number) - 1)).toBeLessThan(10 ** -digits);
  });
}

// Well conditioned; 2000 rows are more than a leaf.
const x = Array.from({ length: 2000 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(i * i)]);
const y = x.map(([a = 0, b = 0, c = 0], i) => 1 + 2 * a - b + 0.5 * c + 0.3 * Math.sin(17 * i));
const shifted = x.map((row) => row.map((value) => value + 1e4));

test('names, estimates and statistics of a fit', () => {
  const data = diabetes();
  const model = new LinearRegression();
  fitSync(model, data);
  const summary = model.summary(data);
  expect(summary.coefficients.map((c) => c.name)).toEqual([...data.columnNames, 'intercept']);
  expect(summary.coefficients.map((c) => c.estimate)).toEqual([...model.parameters]);
  expect(summary.degreesOfFreedom).toBe(442 - 11);
  expect(summary.rSquared).toBeCloseTo(model.score(data), 12);
  expect(summary.rSquared).toBeCloseTo(0.5177484, 6);
  expect(summary.residualStandardDeviation).toBeCloseTo(54.15424, 4);
  const exact = exactSolution({
    rows: Array.from({ length: 442 }, (_, i) => [...data.x.subarray(10 * i, 10 * i + 10), 1]),
    y: [...data.y],
  });
  const errors = exact.inverse.map((value) => Math.sqrt((value * exact.residualSquares) / (442 - 11)));
  closeTo(errorsOf(model, data), errors, 12);
});

test('Cholesky and QR agree, and standardize changes nothing', () => {
  const model = new LinearRegression();
  const far = new LinearRegression({ standardize: true });
  fitSync(model, Dataset.from(x, y));
  fitSync(far, Dataset.from(shifted, y));
  const near = model.summary(Dataset.from(x, y));
  const other = far.summary(Dataset.from(shifted, y));
  expect([near.method, other.method]).toEqual(['cholesky', 'qr']);
  expect(other.condition).toBeGreaterThan(1e6);
  closeTo(
    other.coefficients.slice(0, 3).map((c) => c.standardError),
    near.coefficients.slice(0, 3).map((c) => c.standardError),
    10,
  );
});

test('the standard errors of a ridge are those of its estimator, on both ways', () => {
  const strength = 0.2;
  const scale = (of: number[][]): number[] =>
    [0, 1, 2].map((j) => {
      const mean = of.reduce((sum, row) => sum + (row[j] as number), 0) / of.length;
      return Math.sqrt(of.reduce((sum, row) => sum + ((row[j] as number) - mean) ** 2, 0) / of.length);
    });
  for (const rows of [x, shifted]) {
    const data = Dataset.from(rows, y);
    const scaled = new LinearRegression({ standardize: true, penalty: l2(strength) });
    fitSync(scaled, data);
    // The estimator is linear in y: β = C·Zᵀy, so its variance is σ²·Σᵢ (∂β/∂yᵢ)².
    const penalty = [...scale(rows).map((s) => strength * rows.length * s ** 2), 0];
    const ones = rows.map((row) => [...row, 1]);
    const { inverse } = exactSolution({ rows: ones, y, penalty });
    const summary = scaled.summary(data);
    expect(summary.method).toBe(rows === x ? 'cholesky' : 'qr');
    summary.coefficients.slice(0, 3).forEach(({ standardError }, j) => {
      const ratio = (standardError / summary.residualStandardDeviation) ** 2 / (inverse[j] as number);
      // Columns are nearly orthogonal: C·ZᵀZ·C / C is about 1 / (1 + λ).
      expect(ratio).toBeGreaterThan(0.98 / (1 + strength));
      expect(ratio).toBeLessThan(1.02 / (1 + strength));
    });
  }
});

test('weights are variance weights: their scale is σ², and rows of weight 0 do not count', () => {
  const weights = y.map((_, i) => (i % 7 === 0 ? 0 : 1 + (i % 3)));
  const data = Dataset.from(x, y, { weights });
  const tenfold = Dataset.from(x, y, { weights: weights.map((w) => 10 * w) });
  const model = new LinearRegression();
  fitSync(model, data);
  closeTo(errorsOf(model, tenfold), errorsOf(model, data), 12);
  expect(model.summary(data).degreesOfFreedom).toBe(weights.filter((w) => w > 0).length - 4);
  expect(model.summary(tenfold).rSquared).toBeCloseTo(model.score(data), 12);
});

test('dependent columns and too few rows give NaN, not an error', () => {
  const twice = Dataset.from(
    x.map(([a = 0, b = 0]) => [a, b, a + b]),
    y,
  );
  const model = new LinearRegression();
  fitSync(model, twice);
  const summary = model.summary(twice);
  expect([summary.method, summary.condition]).toEqual(['dependent', Number.POSITIVE_INFINITY]);
  expect(summary.coefficients.every((c) => Number.isNaN(c.standardError))).toBe(true);
  expect(summary.residualStandardDeviation).toBeGreaterThan(0);
  const few = Dataset.from(x.slice(0, 4), y.slice(0, 4));
  expect(errorsOf(model, few).every(Number.isNaN)).toBe(true);
});

test.each([
  [{ covariance: 'HC4' }, "Expected `covariance` to be 'model', 'HC0', 'HC1', 'HC2' or 'HC3', but got 'HC4'"],
  [{ confidence: 1 }, 'Expected `confidence` to be a finite number, positive and below 1, but got 1'],
  [{ weights: 'count' }, "Expected `weights` to be 'variance' or 'frequency', but got 'count'"],
  [{ test: 'F' }, "Expected `test` to be 'auto', 'z' or 't', but got 'F'"],
  [{ information: 1 }, "Expected `information` to be 'expected' or 'observed', but got 1"],
  [{ level: 0.9 }, /^Expected each option of summary to be one of covariance, .*, but got 'level'$/],
])('the options %o are refused', (options, message) => {
  const data = Dataset.from(x, y);
  const model = new LinearRegression();
  fitSync(model, data);
  expect(() => model.summary(data, options as object)).toThrow(message);
});

test('what a summary refuses', () => {
  const data = Dataset.from(x, y);
  expect(() => new LinearRegression().summary(data)).toThrow(
    expect.objectContaining({ code: 'ERR_GRADUS_NOT_FITTED' }),
  );
  const lasso = new LinearRegression({ penalty: l1(0.1) });
  fitSync(lasso, data);
  expect(() => lasso.summary(data)).toThrow(
    'Expected the penalty of a model with a summary to be none or l2, but got one with l1',
  );
  const model = new LinearRegression();
  fitSync(model, data);
  expect(() => model.summary(Dataset.from([[1, 2]], [1]))).toThrow(/Expected the data to be 3 columns wide/);
  expect(() => model.summary([[1, 2, 3]] as unknown as Dataset)).toThrow(/Expected `data` to be a Dataset/);
});
