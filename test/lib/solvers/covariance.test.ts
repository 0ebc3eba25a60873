// The covariance of a fit against closed forms, and what is said where there is none.

import { expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import { parameterCovariance } from '../../../lib/optimizers/covariance.js';
import { drawMatrix } from './residual-problems.js';

const near = (actual: number | undefined, wanted: number): void => {
  expect(Math.abs(actual! / wanted - 1), `${actual} for ${wanted}`).toBeLessThan(1e-12);
};

test('a line: the textbook formulas, columns of very different units', () => {
  const xs = [1, 2, 4, 7, 11];
  for (const unit of [1, 1e-120, 1e120]) {
    const jacobian = Float64Array.from(xs.flatMap((x) => [1, x * unit]));
    const fit = { jacobian, parameters: new Float64Array(2), residualCount: 5, sumOfSquares: 6 };
    const { covariance, standardErrors, degreesOfFreedom, residualStandardDeviation, reasons } =
      parameterCovariance(fit);
    const spread = xs.reduce((sum, x) => sum + (x - 5) ** 2, 0);
    expect(degreesOfFreedom).toBe(3);
    near(residualStandardDeviation, Math.SQRT2);
    near(standardErrors[1]! * unit, Math.sqrt(2 / spread));
    near(standardErrors[0], Math.sqrt(2 * (1 / 5 + 25 / spread)));
    near(covariance![0], 2 * (1 / 5 + 25 / spread));
    near(covariance![1]! * unit, (-2 * 5) / spread);
    expect(covariance![2]).toBe(covariance![1]);
    expect(reasons).toEqual([undefined, undefined]);
  }
});

test('covariance times JᵀJ/s² is the identity', () => {
  const n = 6;
  const rows = drawMatrix(new Random(5), 20, n);
  const fit = {
    jacobian: Float64Array.from(rows.flat()),
    parameters: new Float64Array(n),
    residualCount: 20,
    sumOfSquares: 28,
  };
  const { covariance, standardErrors } = parameterCovariance(fit);
  for (let a = 0; a < n; a += 1) {
    near(standardErrors[a]! ** 2, covariance![a * n + a]!);
    for (let b = 0; b < n; b += 1) {
      let sum = 0;
      for (let k = 0; k < n; k += 1) {
        sum += covariance![a * n + k]! * rows.reduce((total, row) => total + row[k]! * row[b]!, 0);
      }
      expect(Math.abs(sum / 2 - (a === b ? 1 : 0))).toBeLessThan(1e-13);
    }
  }
});

test('a parameter at its bound counts as known', () => {
  const rows = drawMatrix(new Random(6), 10, 3);
  const inner = parameterCovariance({
    jacobian: Float64Array.from(rows.flatMap(([a, , c]) => [a!, c!])),
    parameters: new Float64Array(2),
    residualCount: 10,
    sumOfSquares: 5,
  });
  const bounded = parameterCovariance({
    jacobian: Float64Array.from(rows.flat()),
    parameters: Float64Array.of(0, 2, 0),
    residualCount: 10,
    sumOfSquares: 5,
    bounds: { lower: Float64Array.of(-1, 2, -1), upper: Float64Array.of(1, 3, 1) },
  });
  expect(bounded.reasons).toEqual([undefined, 'it is at its bound 2', undefined]);
  expect(bounded.degreesOfFreedom).toBe(8);
  expect(bounded.standardErrors).toEqual([inner.standardErrors[0], undefined, inner.standardErrors[1]]);
  expect([...bounded.covariance!.subarray(3, 6)]).toEqual([0, 0, 0]);
});

test('only parameters that take part in a dependence have no standard error', () => {
  const rows = drawMatrix(new Random(8), 12, 2).map(([a, b]) => [a!, b!, 3 * a!]);
  const fit = {
    jacobian: Float64Array.from(rows.flat()),
    parameters: new Float64Array(3),
    residualCount: 12,
    sumOfSquares: 1,
  };
  const { covariance, standardErrors, reasons, degreesOfFreedom } = parameterCovariance(fit);
  const why = 'the Jacobian has rank 2 with 3 parameters, and does not tell it from others';
  expect(covariance).toBeUndefined();
  expect(reasons).toEqual([why, undefined, why]);
  expect([standardErrors[0], standardErrors[2], degreesOfFreedom]).toEqual([undefined, undefined, 10]);
  const without = parameterCovariance({
    ...fit,
    jacobian: Float64Array.from(rows.flatMap(([a, b]) => [a!, b!])),
    parameters: new Float64Array(2),
  });
  near(standardErrors[1], without.standardErrors[1]!);
});

test('as many residuals as parameters leave nothing to judge the spread', () => {
  const fit = {
    jacobian: Float64Array.of(1, 0, 0, 1),
    parameters: new Float64Array(2),
    residualCount: 2,
    sumOfSquares: 0,
  };
  const { standardErrors, residualStandardDeviation, covariance, reasons } = parameterCovariance(fit);
  expect([standardErrors, residualStandardDeviation, covariance]).toEqual([
    [undefined, undefined],
    undefined,
    undefined,
  ]);
  expect(reasons[0]).toBe('2 residuals for 2 parameters leave nothing to judge the spread');
  const none = parameterCovariance({ ...fit, jacobian: new Float64Array(0), parameters: new Float64Array(0) });
  expect([none.standardErrors, none.degreesOfFreedom]).toEqual([[], 2]);
});
