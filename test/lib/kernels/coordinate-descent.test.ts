// The moves of coordinate descent on every kernel set: the minimum, the same bits inside a
// class however they are divided among calls, an end on any numbers, and what wrong sizes give.

import { describe, expect, test } from 'vitest';
import { bitClass, type Coordinates } from '../../../lib/kernels/kernels.js';
import { Random } from '../../../lib/kernels/random.js';
import { availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';

const numbersFrom = (seed: number): ((n: number) => Float64Array) => {
  const random = new Random(seed);
  return (n) => Float64Array.from({ length: n }, () => 2 * random.uniform() - 1);
};

/** A quadratic of `count` coordinates in memory for `stride`, which penalties and bounds hold in part. */
function coordinatesOf(count: number, stride: number): Coordinates {
  const numbers = numbersFrom(count);
  const rows = numbers(count * (count + 3));
  const matrix = new Float64Array(stride * stride).fill(Number.NaN);
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < count; j += 1) {
      let sum = i === j ? 0.1 : 0;
      for (let r = 0; r < count + 3; r += 1) {
        sum += ((rows[r * count + i] as number) * (rows[r * count + j] as number)) / count;
      }
      matrix[i * stride + j] = sum;
    }
  }
  return {
    count,
    matrix,
    stride,
    l1: Float64Array.from({ length: stride }, (_, j) => 0.1 * (j % 4)),
    lower: Float64Array.from({ length: stride }, (_, j) => (j % 5 === 1 ? 0 : Number.NEGATIVE_INFINITY)),
    upper: Float64Array.from({ length: stride }, (_, j) => (j % 7 === 2 ? 0.1 : Number.POSITIVE_INFINITY)),
    point: new Float64Array(stride),
    slope: numbers(stride),
    turn: new Float64Array(2),
  };
}

const copyOf = (part: Coordinates): Coordinates => ({
  ...part,
  point: part.point.slice(),
  slope: part.slope.slice(),
  turn: part.turn.slice(),
});

describe.each([
  [0, 0],
  [1, 1],
  [5, 7],
  [64, 64],
  [100, 131],
])('%s coordinates in memory for %s', (count, stride) => {
  const problem = coordinatesOf(count, stride);

  test('all sets of a class give the same bits however the moves are divided, and classes agree', () => {
    const results = availableKernelSets().flatMap((name) =>
      [100_000, 3].map((moves) => {
        const part = copyOf(problem);
        let made = moves;
        for (let calls = 0; made === moves && calls < 100_000; calls += 1) {
          made = kernelSet(name).moveCoordinates(part, 1e-13, moves);
        }
        expect(made).toBeLessThan(moves);
        return { name, part };
      }),
    );
    for (const { name, part } of results) {
      const first = results.find((other) => bitClass(other.name) === bitClass(name));
      expect(part).toEqual(first?.part);
      for (let j = 0; j < count; j += 1) expect(part.point[j]).toBeCloseTo(results[0]?.part.point[j] as number, 10);
    }
  });

  test.each(availableKernelSets())('%s ends where the conditions of optimality hold', (name) => {
    const part = copyOf(problem);
    kernelSet(name).moveCoordinates(part, 1e-13, 1_000_000);
    expect(part.turn[1]).toBe(count);
    for (let j = 0; j < count; j += 1) {
      const x = part.point[j] as number;
      const l1 = part.l1[j] as number;
      let q = problem.slope[j] as number;
      for (let i = 0; i < count; i += 1) q += (part.matrix[j * stride + i] as number) * (part.point[i] as number);
      expect(part.slope[j]).toBeCloseTo(q, 10);
      const [down, up] = x > 0 ? [q + l1, q + l1] : x < 0 ? [q - l1, q - l1] : [q - l1, q + l1];
      if (x > (part.lower[j] as number)) expect(down).toBeLessThan(1e-10);
      if (x < (part.upper[j] as number)) expect(up).toBeGreaterThan(-1e-10);
    }
  });
});

describe.each(availableKernelSets())('%s', (name) => {
  const kernels = kernelSet(name);

  test('takes no more moves than allowed', () => {
    const part = coordinatesOf(30, 30);
    expect(kernels.moveCoordinates(part, 0, 0)).toBe(0);
    expect(kernels.moveCoordinates(part, 0, 7)).toBe(7);
  });

  test.each([0, -1, Infinity, -Infinity, Number.NaN, 1e300, 5e-324])('ends on %s anywhere', (odd) => {
    for (const where of ['matrix', 'l1', 'lower', 'upper', 'point', 'slope'] as const) {
      for (const at of [0, 10, 20]) {
        const part = coordinatesOf(30, 30);
        part[where][where === 'matrix' ? at * 31 : at] = odd;
        const made = kernels.moveCoordinates(part, 1e-9, 20_000);
        expect(made).toBeLessThanOrEqual(20_000);
      }
    }
  });

  test('coordinates that are not numbers go to 0 and stay', () => {
    const part = coordinatesOf(30, 30);
    part.point.fill(Number.NaN);
    part.slope.fill(Number.NaN);
    expect(kernels.moveCoordinates(part, 1e-9, 20_000)).toBe(30);
    expect(part.point).toEqual(new Float64Array(30));
  });

  test('rows of a list are added', () => {
    const matrix = numbersFrom(3)(6 * 11);
    const out = Float64Array.from({ length: 9 }, (_, j) => j);
    kernels.addRows(matrix, 11, Uint32Array.of(5, 0, 5), Float64Array.of(2, -1, 0.5), out);
    for (let j = 0; j < 9; j += 1) {
      expect(out[j]).toBeCloseTo(j + 2.5 * (matrix[55 + j] as number) - (matrix[j] as number), 12);
    }
    kernels.addRows(matrix, 11, new Uint32Array(0), new Float64Array(0), out);
  });
});

test.each(availableKernelSets().filter((name) => name !== 'portable'))('%s refuses arrays of other sizes', (name) => {
  const kernels = kernelSet(name);
  const part = coordinatesOf(8, 9);
  const seven = new Float64Array(7);
  for (const key of ['matrix', 'l1', 'lower', 'upper', 'point', 'slope', 'turn'] as const) {
    expect(() => kernels.moveCoordinates({ ...part, [key]: seven }, 0, 1), key).toThrow();
  }
  expect(() => kernels.moveCoordinates({ ...part, count: 10 }, 0, 1)).toThrow();
  for (const turn of [
    [8, 0],
    [-1, 0],
    [0, 9],
    [0, -1],
    [Number.NaN, 0],
  ]) {
    expect(() => kernels.moveCoordinates({ ...part, turn: Float64Array.from(turn) }, 0, 1)).toThrow();
  }
  const list = Uint32Array.of(2);
  const one = new Float64Array(1);
  expect(() => kernels.addRows(new Float64Array(29), 10, list, one, seven)).toThrow();
  expect(() => kernels.addRows(new Float64Array(30), 10, list, seven, seven)).toThrow();
  expect(() => kernels.addRows(new Float64Array(30), 6, list, one, seven)).toThrow();
  expect(() => kernels.addRows(new Float64Array(30), 0, list, one, new Float64Array(0))).toThrow();
});
