// The strong Wolfe search: conditions met on functions along a line, bounds on the
// step, points that are not finite, functions flat to rounding, wrong slopes.

import { describe, expect, test } from 'vitest';
import { strongWolfe } from '../../../lib/optimizers/wolfe.js';
import { along, type Found, type Line, moreThuente } from './along-a-line.js';

interface SearchOptions {
  readonly first: number;
  readonly most?: number;
  readonly curvature?: number;
}

function search(f: Line, { first, most, curvature }: SearchOptions, slope?: number): Found {
  return along(
    f,
    (state, trial, direction, at) => strongWolfe(state, trial, direction, at, first, most, curvature),
    slope,
  );
}

describe.each(moreThuente)('Moré and Thuente function %s', (_name, f) => {
  test.each([1e-3, 1e-1, 1e1, 1e3])('from a first step of %d meets the strong Wolfe conditions', (first) => {
    const curvature = 0.1;
    const sufficientDecrease = 1e-4;
    const { step, state, tried } = search(f, { first, curvature });
    const [value, slope] = f(0);
    expect(step).toBeGreaterThan(0);
    expect(state.parameters[0]).toBe(step);
    expect(state.value).toBe(f(step)[0]);
    expect(state.gradient[0]).toBe(f(step)[1]);
    expect(state.value).toBeLessThanOrEqual(value + sufficientDecrease * step * slope);
    expect(Math.abs(f(step)[1])).toBeLessThanOrEqual(-curvature * slope);
    // Half of the trials that a search may use.
    expect(tried.length).toBeLessThanOrEqual(20);
  });
});

test('a minimum beyond the largest step: that step is taken, none goes further', () => {
  const { step, tried } = search((x) => [(x - 10) ** 2, 2 * (x - 10)], { first: 1, most: 3, curvature: 0.1 });
  expect(step).toBe(3);
  expect(Math.max(...tried)).toBe(3);
});

test('points that are not finite shorten the step', () => {
  const barrier = (x: number): [number, number] =>
    x < 0.01 ? [-x - 1e-4 * Math.log(0.01 - x), -1 + 1e-4 / (0.01 - x)] : [Number.NaN, Number.NaN];
  const { step, state } = search(barrier, { first: 5 });
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(0.01);
  expect(state.value).toBeLessThan(barrier(0)[0]);
  const overflow = search((x) => [Math.exp(1000 * x) - 2000 * x, 1000 * Math.exp(1000 * x) - 2000], { first: 1e3 });
  expect(overflow.step).toBeGreaterThan(0);
});

test('a function that is finite nowhere else leaves the start', () => {
  const { step, state, tried } = search((x) => (x === 0 ? [1, -1] : [Number.NaN, Number.NaN]), { first: 1 });
  expect(step).toBe(0);
  expect([state.parameters[0], state.value, state.gradient[0]]).toEqual([0, 1, -1]);
  expect(tried.length).toBeLessThanOrEqual(41);
});

test('where rounding drowns f the slopes decide', () => {
  // 1e6 + (x − 1e-6)²: the value is the same double all the way, the slope is not.
  const { step, tried } = search((x) => [1e6 + (x - 1e-6) ** 2, 2 * (x - 1e-6)], { first: 1e-7, curvature: 0.1 });
  expect(Math.abs(step - 1e-6)).toBeLessThanOrEqual(1e-7);
  expect(tried.length).toBeLessThanOrEqual(6);
});

test('a slope of the wrong sign: no step, the start is kept', () => {
  const { step, state, tried } = search((x) => [1 + x + x * x, 1 + 2 * x], { first: 1 }, -1);
  expect(step).toBe(0);
  expect(state.parameters[0]).toBe(0);
  expect(tried.length).toBeLessThanOrEqual(41);
});

test('a constant function with a slope: no step', () => {
  const { step, tried } = search(() => [3, -1], { first: 1 });
  expect(step).toBe(0);
  expect(tried.length).toBeLessThanOrEqual(41);
});

test('a kink that no step satisfies: the lowest point is kept, and it is lower', () => {
  const { step, state } = search((x) => [Math.abs(x - 1 / 3), x < 1 / 3 ? -1 : 1], { first: 1 });
  expect(state.value).toBeLessThan(1e-6);
  expect(state.parameters[0]).toBeCloseTo(1 / 3, 6);
  expect(step).toBe(state.parameters[0]);
});

test('scales of 1e±150', () => {
  for (const scale of [1e150, 1e-150]) {
    const value = search((x) => [scale * (x - 1) ** 2, 2 * scale * (x - 1)], { first: 0.01, curvature: 0.1 });
    expect(Math.abs(value.step - 1)).toBeLessThanOrEqual(0.1);
    const length = search((x) => [(x / scale - 1) ** 2, (2 * (x / scale - 1)) / scale], { first: scale / 100 });
    expect(length.step / scale).toBeGreaterThan(0.01);
    expect(length.state.value).toBeLessThan(1);
  }
});
