// Accuracy of least squares through the public interface, on every kernel set: NIST's
// linear data sets, and problems whose exact solution is computed with BigInts.
// The last test prints the table of docs/numerics.md when GRADUS_DIGITS=1.

import { Dataset, fit, fitSync, kernels, LinearRegression, type LinearSummary, l2 } from 'gradus';
import { afterAll, describe, expect, test } from 'vitest';
import { type ExactProblem, exactSolution } from './exact-least-squares.js';
import { digits, nistFolder, readNist } from './nist.js';
import { withKernelSet } from './with-kernel-set.js';

const sets = [
  { name: 'Longley', degree: 1, bar: 12, method: 'qr' },
  { name: 'Norris', degree: 1, bar: 12, method: 'cholesky' },
  { name: 'NoInt1', degree: 1, bar: 12, method: 'cholesky' },
  { name: 'Wampler1', degree: 5, bar: 12, method: 'qr' },
  { name: 'Wampler2', degree: 5, bar: 12, method: 'qr' },
  { name: 'Wampler3', degree: 5, bar: 12, method: 'qr' },
  { name: 'Wampler4', degree: 5, bar: 11, method: 'qr' },
  { name: 'Wampler5', degree: 5, bar: 9.5, method: 'qr' },
] as const;

const table: string[] = [];
const record = (set: string, name: string, coefficients: number, errors: number, condition: number): void => {
  const figures = [coefficients, errors].map((value) => value.toFixed(1)).join(' | ');
  table.push(`| ${name} | ${set} | ${Math.sqrt(condition).toExponential(1)} | ${figures} |`);
};
const standardErrors = (summary: LinearSummary): number[] => summary.coefficients.map((c) => c.standardError);

afterAll(() => {
  if (process.env.GRADUS_DIGITS === '1') console.log(table.sort().join('\n'));
});

const where = nistFolder === undefined ? " (skipped: no folder of NIST's data, see GRADUS_NIST_DIR)" : '';
describe.skipIf(nistFolder === undefined).each(kernels().available)(`NIST's data sets on %s${where}`, (set) => {
  withKernelSet(set);

  test.each(sets)('$name to $bar digits', async ({ name, degree, bar, method }) => {
    const wanted = readNist(name, degree);
    const model = new LinearRegression({ intercept: wanted.intercept });
    const result = await fit(model, wanted.data, { kernels: set });
    expect(result.status).toBe('converged');
    expect(result.warnings).toEqual([]);
    expect(result.linearSolver?.method).toBe(method);
    expect(result.epochs).toBeLessThanOrEqual(2);
    const summary = model.summary(wanted.data);
    const estimated = digits(model.parameters, wanted.estimates);
    const exactFit = wanted.standardErrors.every((error) => error === 0);
    const errors = standardErrors(summary);
    const inErrors = exactFit ? Number.POSITIVE_INFINITY : digits(errors, wanted.standardErrors);
    record(set, name, estimated, inErrors, summary.condition);
    expect(estimated, `digits of the coefficients of ${name} on ${set}`).toBeGreaterThanOrEqual(bar);
    expect(inErrors, `digits of the standard errors of ${name} on ${set}`).toBeGreaterThanOrEqual(bar);
    if (exactFit) {
      errors.forEach((error, j) => {
        expect(error / Math.abs(wanted.estimates[j] as number), `${name} on ${set}`).toBeLessThanOrEqual(1e-9);
      });
    } else {
      expect(digits([summary.residualStandardDeviation], [wanted.residualStandardDeviation])).toBeGreaterThan(12);
    }
    expect(digits([summary.rSquared], [wanted.rSquared])).toBeGreaterThan(12);
    expect(summary.degreesOfFreedom).toBe(wanted.data.rows - wanted.estimates.length);
  });
});

/** A polynomial of degree 10 over [−9, −3], 82 rows, in the manner of NIST's Filip. */
function polynomial(): { rows: number[][]; y: number[] } {
  const xs = Array.from({ length: 82 }, (_, i) => Number((-8.9 + (5.8 * i) / 81 + 0.03 * Math.sin(7 * i)).toFixed(6)));
  return {
    rows: xs.map((x) => Array.from({ length: 10 }, (_, k) => x ** (k + 1))),
    y: xs.map((x, i) => Number((0.85 + 0.08 * Math.sin(1.3 * x) + 0.003 * Math.cos(11 * i)).toFixed(4))),
  };
}

function exactly({ rows, y, weights, penalty }: ExactProblem) {
  const solved = exactSolution({
    rows: rows.map((row) => [...row, 1]),
    y,
    ...(weights ? { weights } : {}),
    ...(penalty ? { penalty } : {}),
  });
  const freedom = rows.length - (rows[0] as readonly number[]).length - 1;
  const errors = solved.inverse.map((value) => Math.sqrt((value * solved.residualSquares) / freedom));
  return { ...solved, errors };
}

describe.each(kernels().available)('against exact solutions on %s', (set) => {
  withKernelSet(set);
  const { rows, y } = polynomial();

  test('a polynomial of degree 10, condition number 1e15', async () => {
    const wanted = exactly({ rows, y });
    const model = new LinearRegression();
    const data = Dataset.from(rows, y);
    const result = await fit(model, data, { kernels: set });
    expect([result.status, result.linearSolver?.method, result.epochs, result.evaluations]).toEqual([
      'converged',
      'qr',
      1,
      2,
    ]);
    expect(result.reason).toMatch(/least squares solved by QR, condition \S+: last correction \S+ ≤ rounding/);
    const summary = model.summary(data);
    const estimated = digits(model.parameters, wanted.solution);
    const inErrors = digits(standardErrors(summary), wanted.errors);
    record(set, 'degree 10', estimated, inErrors, summary.condition);
    expect(estimated, `digits of the coefficients on ${set}`).toBeGreaterThanOrEqual(14);
    expect(inErrors, `digits of the standard errors on ${set}`).toBeGreaterThanOrEqual(12);
  });

  test('with weights whose roots are no doubles, and rows of weight 0', () => {
    const weights = y.map((_, i) => (i % 9 === 4 ? 0 : 0.3 + ((i * 37) % 17) / 3));
    const wanted = exactly({ rows, y, weights });
    const model = new LinearRegression();
    const data = Dataset.from(rows, y, { weights });
    expect(fitSync(model, data, { kernels: set }).status).toBe('converged');
    expect(digits(model.parameters, wanted.solution)).toBeGreaterThanOrEqual(14);
    const summary = model.summary(data);
    const used = weights.filter((w) => w > 0).length;
    expect(summary.degreesOfFreedom).toBe(used - 11);
    const inErrors = wanted.errors.map((error) => error * Math.sqrt((82 - 11) / (used - 11)));
    expect(digits(standardErrors(summary), inErrors)).toBeGreaterThanOrEqual(12);
  });

  test('with a ridge penalty, on a view of float32 columns', () => {
    const strength = 2 ** -20;
    const x = Float32Array.from(rows.flat());
    const narrow = rows.map((_, i) => Array.from(x.subarray(10 * i, 10 * i + 10)));
    const wanted = exactly({ rows: narrow, y, penalty: [...new Array<number>(10).fill(82 * strength), 0] });
    const model = new LinearRegression({ penalty: l2(strength) });
    const data = Dataset.from(x, y).shuffle({ seed: 3 });
    const result = fitSync(model, data, { kernels: set });
    expect([result.status, result.linearSolver?.method]).toEqual(['converged', 'qr']);
    expect(digits(model.parameters, wanted.solution)).toBeGreaterThanOrEqual(13);
    expect(standardErrors(model.summary(data)).every((error) => error > 0)).toBe(true);
  });

  test('a warm start ends at the same bits', () => {
    const models = [new LinearRegression(), new LinearRegression()] as const;
    const data = Dataset.from(rows, y);
    fitSync(models[0], data, { kernels: set });
    const initial = Array.from(models[0].parameters, (value) => 1.7 * value + 1e6);
    const result = fitSync(models[1], data, { kernels: set, initial });
    expect([result.status, result.epochs]).toEqual(['converged', 1]);
    expect(models[1].parameters).toEqual(models[0].parameters);
  });
});
