// The test problems themselves: values, derivatives and minima of the formulas in
// bench/problems/ against test/fixtures/more-garbow-hillstrom.json, which was made from
// the formulas written a second time (the script lies beside it), and every Jacobian
// against central differences.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  hessianOfSquares,
  isSolved,
  problems,
  sumOfSquares,
  type TestProblem,
} from '../../../bench/problems/more-garbow-hillstrom.mjs';

interface Point {
  readonly at: readonly number[];
  readonly value: number;
  readonly gradient: readonly number[];
  readonly hessianDiagonal: readonly number[];
  readonly hessianSum: number;
}

interface Reference {
  readonly number: number;
  readonly residualCount: number;
  readonly minima: readonly number[];
  readonly reachedBySciPy: number;
  readonly points: readonly [Point, Point];
}

const file = new URL('../../fixtures/more-garbow-hillstrom.json', import.meta.url);
const references: readonly Reference[] = JSON.parse(readFileSync(file, 'utf8')).problems;
const pairs = problems.map((problem, k) => [problem.name, problem, references[k] as Reference] as const);

/** Relative to the largest of the wanted numbers: a derivative that cancels has no digits of its own. */
function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  const scale = Math.max(...Array.from(wanted, Math.abs), Number.MIN_VALUE);
  const errors = Array.from(wanted, (value, j) => Math.abs((actual[j] as number) - value) / scale);
  expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
}

/** Σ weight·f(x + shift·h)/h = f'(x) + O(h⁴). */
const fourthOrder = [
  [-2, 1 / 12],
  [-1, -2 / 3],
  [1, 2 / 3],
  [2, -1 / 12],
] as const;

/** m×n: column j from residuals at pⱼ ± 2h and pⱼ ± h, of fourth order. */
function differences({ size, residualCount, residuals }: TestProblem, p: Float64Array): Float64Array {
  const slopes = new Float64Array(residualCount * size);
  const at = p.slice();
  const r = new Float64Array(residualCount);
  for (let j = 0; j < size; j += 1) {
    const x = p[j] as number;
    const step = 2 ** Math.round(Math.log2(2e-4 * Math.max(1e-2, Math.abs(x))));
    for (const [shift, weight] of fourthOrder) {
      at[j] = x + shift * step;
      residuals(at, r);
      for (let i = 0; i < residualCount; i += 1) {
        slopes[i * size + j] = (slopes[i * size + j] as number) + (weight * (r[i] as number)) / step;
      }
    }
    at[j] = x;
  }
  return slopes;
}

test('all 35, in the order of the paper', () => {
  expect(problems.map(({ number }) => number)).toEqual(Array.from({ length: 35 }, (_, k) => k + 1));
  expect(references.map(({ number }) => number)).toEqual(problems.map(({ number }) => number));
});

describe.each(pairs)('%s', (_, problem, reference) => {
  const { size, residualCount, start, minima } = problem;

  test('is the problem of the paper', () => {
    expect(start).toHaveLength(size);
    expect(residualCount).toBe(reference.residualCount);
    expectClose(start, reference.points[0].at, 1e-15);
    expectClose(minima, reference.minima, 1e-12);
  });

  test('value, gradient and Hessian are those of the other program', () => {
    const evaluate = sumOfSquares(problem);
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(size * size);
    for (const point of reference.points) {
      const at = Float64Array.from(point.at);
      const value = evaluate(at, gradient);
      expect(Math.abs(value - point.value)).toBeLessThanOrEqual(1e-12 * point.value);
      expectClose(gradient, point.gradient, 1e-11);
      hessianOfSquares(problem)(at, hessian);
      const diagonal = point.gradient.map((_, j) => hessian[j * size + j] as number);
      expectClose(diagonal, point.hessianDiagonal, 3e-7);
      const scale = size * Math.max(...point.hessianDiagonal.map(Math.abs));
      const sum = hessian.reduce((total, entry) => total + entry, 0);
      expect(Math.abs(sum - point.hessianSum) / scale).toBeLessThanOrEqual(3e-7);
    }
  });

  test('the Jacobian is the derivative of the residuals', () => {
    // Two points beside the start, by a fixed sequence (Park and Miller).
    let seed = problem.number;
    const beside = (): Float64Array =>
      Float64Array.from(start, (x) => {
        seed = (seed * 48271) % 2147483647;
        return x + 0.1 * (seed / 2147483647 - 0.5) * Math.max(1, Math.abs(x));
      });
    for (const p of [Float64Array.from(start), beside(), beside()]) {
      const jacobian = new Float64Array(residualCount * size).fill(Number.NaN);
      problem.jacobian(p, jacobian);
      expectClose(jacobian, differences(problem, p), 1e-6);
    }
  });

  test('a known minimum is what SciPy reaches, and counts as solved; the start does not', () => {
    expect(isSolved(problem, reference.reachedBySciPy)).toBe(true);
    for (const minimum of minima) {
      expect(isSolved(problem, minimum)).toBe(true);
      if (minimum > 0) expect(isSolved(problem, 1.0001 * minimum)).toBe(false);
    }
    expect(isSolved(problem, reference.points[0].value)).toBe(false);
  });
});
