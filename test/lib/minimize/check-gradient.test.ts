// `checkGradient` finds derivatives that are wrong, says which and how, and does not
// blame those that are right, whatever the scale.

import { checkGradient, type Problem } from 'gradus';
import { expect, test } from 'vitest';
import { rosenbrock, rosenbrockStart } from './objectives.js';

const off = (spoil: (gradient: Float64Array) => void): Problem => ({
  evaluate(p, gradient) {
    const value = rosenbrock.evaluate(p, gradient);
    spoil(gradient);
    return value;
  },
});

test('right derivatives pass', () => {
  const check = checkGradient(rosenbrock, rosenbrockStart);
  expect(check).toMatchObject({ ok: true, wrong: [] });
  expect(check.error).toBeLessThan(1e-8);
  for (const scale of [1e-8, 1e8]) {
    const scaled: Problem = {
      value: (p) => scale * Math.sin((p[0] as number) / 1000) * Math.exp(p[1] as number),
      gradient(p, out) {
        const [x, y] = p as unknown as [number, number];
        out[0] = ((scale * Math.cos(x / 1000)) / 1000) * Math.exp(y);
        out[1] = scale * Math.sin(x / 1000) * Math.exp(y);
      },
    };
    expect(checkGradient(scaled, [700, 2]).ok).toBe(true);
  }
});

test('wrong ones are named, the worst first', () => {
  const check = checkGradient(
    off((gradient) => {
      gradient[1] = (gradient[1] as number) * 1.01;
    }),
    rosenbrockStart,
  );
  expect(check.ok).toBe(false);
  expect(check.wrong.map(({ index }) => index)).toEqual([1]);
  expect(check.wrong[0]?.estimated).toBeCloseTo(-88, 5);
  expect(check.reason).toMatch(/^1 of 2 are off: element 1/);
});

test('a wrong sign is said', () => {
  const check = checkGradient(
    off((gradient) => {
      for (let i = 0; i < 2; i += 1) gradient[i] = -(gradient[i] as number);
    }),
    rosenbrockStart,
  );
  expect(check.reason).toMatch(/^the gradient has the wrong sign/);
});

test('wrong arguments are named', () => {
  expect(() => checkGradient({ value: () => 1 }, [1])).toThrow(/evaluate.*gradient.*neither/);
  expect(() => checkGradient({ value: () => Number.NaN, gradient: (_, out) => out.fill(1) }, [1])).toThrow(/finite/);
  expect(() => checkGradient({ evaluate: (async () => 1) as never }, [1])).toThrow(/promise/);
  expect(() => checkGradient(rosenbrock, rosenbrockStart, { tolerance: 0 })).toThrow(/`tolerance`/);
});
