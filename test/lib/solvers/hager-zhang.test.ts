// The search of Hager and Zhang: its conditions met on functions along a line, points
// that are not finite, values that rounding drowns, searches that must end empty-handed.

import { describe, expect, test } from 'vitest';
import { hagerZhang } from '../../../lib/optimizers/hager-zhang.js';
import { along, type Found, type Line, moreThuente } from './along-a-line.js';

function search(f: Line, first: number, slope?: number): Found {
  return along(f, (state, trial, direction, at) => hagerZhang(state, trial, direction, at, first), slope);
}

describe.each(moreThuente)('Moré and Thuente function %s', (_name, f) => {
  test.each([1e-3, 1e-1, 1e1, 1e3])('from a first step of %d meets the (approximate) Wolfe conditions', (first) => {
    const { step, state, tried } = search(f, first);
    const [value, slope] = f(0);
    const [there, slopeThere] = f(step);
    expect(step).toBeGreaterThan(0);
    expect([state.parameters[0], state.value, state.gradient[0]]).toEqual([step, there, slopeThere]);
    expect(Math.abs(slopeThere)).toBeLessThanOrEqual(-0.4 * slope);
    const limit = Math.max(value + 0.1 * step * slope, value + 1e-6 * Math.abs(value));
    expect(there).toBeLessThanOrEqual(limit);
    // Not half of the trials that a search may use.
    expect(tried.length).toBeLessThanOrEqual(25);
  });
});

test('a quadratic takes one trial and its minimum', () => {
  const { step, tried } = search((x) => [(x - 3) ** 2, 2 * (x - 3)], 100);
  expect(step).toBeCloseTo(3, 12);
  expect(tried.length).toBe(2);
});

test('points that are not finite shorten the step', () => {
  const barrier: Line = (x) =>
    x < 0.01 ? [-x - 1e-4 * Math.log(0.01 - x), -1 + 1e-4 / (0.01 - x)] : [Number.NaN, Number.NaN];
  const { step, state } = search(barrier, 5);
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(0.01);
  expect(state.value).toBeLessThan(barrier(0)[0]);
  expect(search((x) => [Math.exp(1000 * x) - 2000 * x, 1000 * Math.exp(1000 * x) - 2000], 1e3).step).toBeGreaterThan(0);
  // A value without a gradient is no point to go to.
  const halfBlind = search((x) => [(x - 1) ** 2, x > 0.5 ? Number.NaN : 2 * (x - 1)], 0.9);
  expect(halfBlind.state.parameters[0]).toBeLessThanOrEqual(0.5);
});

test('a trial where f falls from above the limit is followed by halving (U3)', () => {
  const wave: Line = (x) => [x - Math.sin(2 * Math.PI * x), 1 - 2 * Math.PI * Math.cos(2 * Math.PI * x)];
  const { step, state, tried } = search(wave, 1.1);
  expect(tried[1]).toBeCloseTo(0.55, 12);
  expect(step).toBeLessThan(0.5);
  expect(state.value).toBeLessThan(-0.5);
});

test('where rounding drowns f the slopes decide', () => {
  const { step, tried } = search((x) => [1e6 + (x - 1e-6) ** 2, 2 * (x - 1e-6)], 1e-7);
  expect(Math.abs(step - 1e-6)).toBeLessThanOrEqual(4e-7);
  expect(tried.length).toBeLessThanOrEqual(6);
});

test.each<[string, Line, number | undefined]>([
  ['finite nowhere else', (x) => (x === 0 ? [1, -1] : [Number.NaN, Number.NaN]), undefined],
  ['a slope of the wrong sign', (x) => [1 + x + x * x, 1 + 2 * x], -1],
  ['a constant with a slope', () => [3, -1], undefined],
])('no step and the start kept: %s', (_title, f, slope) => {
  const { step, state, tried } = search(f, 1, slope);
  expect(step).toBe(0);
  expect([state.parameters[0], state.value, state.gradient[0]]).toEqual([0, f(0)[0], f(0)[1]]);
  expect(tried.length).toBeLessThanOrEqual(61);
});

test('a kink that no step satisfies: the lowest point is kept', () => {
  const { step, state } = search((x) => [Math.abs(x - 1 / 3), x < 1 / 3 ? -1 : 1], 1);
  expect(state.parameters[0]).toBeCloseTo(1 / 3, 6);
  expect(step).toBe(state.parameters[0]);
});

test('scales of 1e±150', () => {
  for (const scale of [1e150, 1e-150]) {
    expect(Math.abs(search((x) => [scale * (x - 1) ** 2, 2 * scale * (x - 1)], 0.01).step - 1)).toBeLessThan(0.4);
    const { step } = search((x) => [(x / scale - 1) ** 2, (2 * (x / scale - 1)) / scale], scale / 100);
    expect(Math.abs(step / scale - 1)).toBeLessThan(0.4);
  }
});
