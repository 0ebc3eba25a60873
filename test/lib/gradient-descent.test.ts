// The textbook's function in examples/ against the loop in NumPy: θ at some
// iterations and the cost after each, to 1e-12 relative. The numbers of NumPy are in
// fixtures/gradient-descent-numpy.json, with the script that made them beside it.

import { readFileSync } from 'node:fs';
import { kernels } from 'gradus';
import { afterEach, describe, expect, test } from 'vitest';
import { gradientDescent } from '../../examples/gradient-descent.js';
import { diabetes } from './diabetes.js';

interface Case {
  readonly columns: readonly number[];
  readonly divisors: readonly number[];
  readonly start: readonly number[];
  readonly alpha: number;
  readonly iterations: number;
  readonly thetas: Readonly<Record<string, readonly number[]>>;
  readonly costs: readonly number[];
}

const file = new URL('../fixtures/gradient-descent-numpy.json', import.meta.url);
const fixture = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: Readonly<Record<string, Case>> };
const data = diabetes();

function matrix({ columns, divisors }: Case): number[][] {
  return Array.from({ length: data.rows }, (_, i) => [
    1,
    ...columns.map((column, j) => (data.x[i * data.columns + column] as number) / (divisors[j] as number)),
  ]);
}

function worst(actual: ArrayLike<number>, wanted: readonly number[]): number {
  expect(actual.length).toBe(wanted.length);
  return Math.max(...wanted.map((value, i) => Math.abs((actual[i] as number) / value - 1)));
}

const forced = process.env.GRADUS_KERNELS;

describe.each(kernels().available)('on %s', (set) => {
  afterEach(() => {
    if (forced === undefined) delete process.env.GRADUS_KERNELS;
    else process.env.GRADUS_KERNELS = forced;
  });

  test.each(Object.entries(fixture.cases))('the trajectory is that of the NumPy loop: %s', (_, wanted) => {
    process.env.GRADUS_KERNELS = set;
    expect(kernels().name).toBe(set);
    const x = matrix(wanted);
    const { costs } = gradientDescent(x, data.y, wanted.start, wanted.alpha, wanted.iterations);
    expect(worst(costs, wanted.costs)).toBeLessThan(1e-12);
    for (const [iterations, theta] of Object.entries(wanted.thetas)) {
      const run = gradientDescent(x, data.y, wanted.start, wanted.alpha, Number(iterations));
      expect(worst(run.theta, theta)).toBeLessThan(1e-12);
    }
  });
});

test('goes on where θ no longer changes, and says when alpha is too high', () => {
  const x = [
    [1, 0],
    [1, 1],
  ];
  const { theta, costs } = gradientDescent(x, [1, 3], [1, 2], 0.5, 20);
  expect([...theta]).toEqual([1, 2]);
  expect(costs).toEqual(new Array(20).fill(0));
  expect(() => gradientDescent(x, [1, 3], [0, 0], 5, 100)).toThrow(/rate 5 > 2\/L = /);
});
