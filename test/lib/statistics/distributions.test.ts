// Special functions and distributions against values of 60 digits, and at the ends of their domains. Plain arithmetic: the
// same on every kernel set.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as normal from '../../../lib/statistics/normal.js';

const functions = { ...normal } as unknown as Readonly<Record<string, (...x: number[]) => number>>;

const { points } = JSON.parse(
  readFileSync(new URL('../../fixtures/distributions-mpmath.json', import.meta.url), 'utf8'),
) as { points: Record<string, number[][]> };

/** The largest relative error that is allowed. */
const bars: Readonly<Record<string, number>> = {
  normalSurvival: 2e-15,
  normalPdf: 1e-15,
  logNormalCdf: 2e-15,
  normalQuantile: 1e-15,
};

describe.each(Object.keys(bars))('%s', (name) => {
  test('within its bar of 60 digits', () => {
    const rows = points[name] as number[][];
    expect(rows.length).toBeGreaterThan(9);
    const errors = rows.map((row) => {
      const wanted = row.at(-1) as number;
      const value = (functions[name] as (...x: number[]) => number)(...row.slice(0, -1));
      return { row, value, error: value === wanted ? 0 : Math.abs((value - wanted) / wanted) };
    });
    const bad = errors.filter(({ error }) => !(error <= (bars[name] as number)));
    expect(bad).toEqual([]);
  });
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
