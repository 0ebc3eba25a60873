// Special functions and distributions against values of 60 digits, and at the ends of their domains. Plain arithmetic: the
// same on every kernel set.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as beta from '../../../lib/statistics/incomplete-beta.js';
import * as gamma from '../../../lib/statistics/incomplete-gamma.js';
import * as logGamma from '../../../lib/statistics/log-gamma.js';
import * as normal from '../../../lib/statistics/normal.js';
import * as student from '../../../lib/statistics/student.js';

const functions = { ...normal, ...logGamma, ...gamma, ...beta, ...student } as unknown as Readonly<
  Record<string, (...x: number[]) => number>
>;

const { points } = JSON.parse(
  readFileSync(new URL('../../fixtures/distributions-mpmath.json', import.meta.url), 'utf8'),
) as { points: Record<string, number[][]> };

/** The largest relative error that is allowed; of log B, which passes through 0, absolute where it is below 1. */
const logarithms = { logNormalCdf: 2e-15, logGamma: 1e-15, logBeta: 2e-15, log1pLess: 1e-15 };
const exact = { normalSurvival: 2e-15, normalPdf: 1e-15, normalQuantile: 1e-15, studentQuantile: 1e-14 };
/** The same, but an exponential of −690 has not all digits. */
const tails = { chiSquaredSurvival: 1e-14, studentSurvival: 1e-14, fSurvival: 1e-14 };

test.each(Object.entries({ ...logarithms, ...exact, ...tails }))('%s to %s', (name, bar) => {
  const rows = points[name] as number[][];
  expect(rows.length).toBeGreaterThan(9);
  const errors = rows.map((row) => {
    const wanted = row.at(-1) as number;
    const value = (functions[name] as (...x: number[]) => number)(...row.slice(0, -1));
    const size = name === 'logBeta' ? Math.max(1, Math.abs(wanted)) : Math.abs(wanted);
    const allowed = name in tails ? bar + 5e-16 * Math.abs(Math.log(wanted)) : bar;
    return { row: row.join(' '), value, error: value === wanted ? 0 : Math.abs(value - wanted) / size, allowed };
  });
  expect(errors.filter(({ error, allowed }) => !(error <= allowed))).toEqual([]);
});

test('the normal distribution at the ends of its domain', () => {
  expect([normal.normalCdf(-1 / 0), normal.normalCdf(1 / 0), normal.normalSurvival(1e300)]).toEqual([0, 1, 0]);
  expect([normal.normalQuantile(0), normal.normalQuantile(1), normal.normalQuantile(0.5)]).toEqual([-1 / 0, 1 / 0, 0]);
  expect([normal.normalCdf(Number.NaN), normal.normalPdf(Number.NaN), normal.normalQuantile(-0.1)]).toEqual(
    new Array(3).fill(Number.NaN),
  );
  expect(normal.logNormalCdf(-1 / 0)).toBe(-1 / 0);
  expect(normal.normalCdf(1.5)).toBe(normal.normalSurvival(-1.5));
});

test('tails and inverses at the ends of their domains', () => {
  const { studentSurvival, studentCdf, studentQuantile } = student;
  expect([studentSurvival(1 / 0, 3), studentSurvival(-1 / 0, 3), studentSurvival(0, 3)]).toEqual([0, 1, 0.5]);
  expect(studentCdf(-2, 5)).toBe(studentSurvival(2, 5));
  expect(studentSurvival(2, 1 / 0)).toBe(normal.normalSurvival(2));
  expect([studentQuantile(0.5, 4), studentQuantile(0, 4), studentQuantile(1, 4)]).toEqual([0, -1 / 0, 1 / 0]);
  expect([studentQuantile(0.9, 0), studentSurvival(1, -1), studentSurvival(Number.NaN, 2)]).toEqual(
    new Array(3).fill(Number.NaN),
  );
  expect([gamma.chiSquaredSurvival(0, 2), gamma.chiSquaredSurvival(1 / 0, 2)]).toEqual([1, 0]);
  expect([beta.fSurvival(0, 2, 3), beta.fSurvival(1 / 0, 2, 3), beta.fSurvival(-1, 2, 3)]).toEqual([1, 0, 1]);
  expect([logGamma.logGamma(0), logGamma.logGamma(-1.5)]).toEqual([1 / 0, Number.NaN]);
});
