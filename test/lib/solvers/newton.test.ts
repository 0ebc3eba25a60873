// Newton on any function: indefinite and singular Hessians by the modified
// factorisation, saddles told from minima, and derivatives that are not finite.

import { type MinimizeResult, minimizeSync, Newton } from 'gradus';
import { describe, expect, test } from 'vitest';
import type { AnyProblem } from './drive-any.js';
import { logarithm, powell, quadratic, rosenbrock, rosenbrockStart, saddle } from './twice-differentiable.js';

function newton({ evaluate, hessian }: AnyProblem, start: ArrayLike<number>, tolerance = 1e-8): MinimizeResult {
  const problem = hessian === undefined ? { evaluate } : { evaluate, hessian };
  return minimizeSync(problem, start, { optimizer: new Newton(), tolerance, kernels: 'portable' });
}

describe('Newton on any function', () => {
  test.each([2, 10, 100])('Rosenbrock in %d dimensions', (size) => {
    const result = newton(rosenbrock(size), rosenbrockStart(size));
    expect(result.status).toBe('converged');
    for (const x of result.parameters) expect(x).toBeCloseTo(1, 8);
    expect(result.warnings).toEqual([]);
    expect(result.hessianEvaluations).toBe(result.iterations);
  });

  test.each([
    [1, 1e-3],
    [1, 0.3],
    [-4, -1e-6],
  ])('an indefinite start (%d, %d)', (x, y) => {
    const result = newton(saddle, [x, y]);
    expect(result.status).toBe('converged');
    expect(result.value).toBeCloseTo(-0.25, 12);
    expect(result.warnings).toEqual([]);
  });

  test.each([
    [1, 0],
    [0, 0],
  ])('the saddle is no minimum, from (%d, %d): stalled and said', (x, y) => {
    const result = newton(saddle, [x, y]);
    expect(result.status).toBe('stalled');
    expect(result.reason).toMatch(
      /negative curvature: this is a saddle or a maximum\. Start elsewhere, or use TrustRegion/,
    );
    expect(result.value).toBe(0);
  });

  test('singular at the minimum, and everywhere: converged', () => {
    const result = newton(powell, [3, -1, 0, 1]);
    expect(result.status).toBe('converged');
    expect(result.value).toBeLessThan(1e-9);
    const line = newton(quadratic(Float64Array.of(2, 2, 2, 2), Float64Array.of(1, 1)), [5, -3]);
    expect(line.status).toBe('converged');
    expect((line.parameters[0] as number) + (line.parameters[1] as number)).toBeCloseTo(0.5, 8);
  });

  test('Hessians made of differences: the same minima', () => {
    for (const [problem, start] of [
      [rosenbrock(4), rosenbrockStart(4)],
      [powell, [3, -1, 0, 1]],
      [saddle, [1, 0.1]],
    ] as const) {
      const result = newton({ size: problem.size, evaluate: problem.evaluate }, start);
      expect(result.status).toBe('converged');
      expect(result.differenced).toEqual(['Hessian']);
    }
  });

  test('not a number in the domain', () => {
    const result = newton(logarithm(3), [900, 30, 1e-3]);
    expect(result.status).toBe('converged');
    for (const x of result.parameters) expect(x).toBeCloseTo(1, 8);
  });

  test('a Hessian that is not finite: failed after one, without advice about columns', () => {
    const broken = { ...rosenbrock(2), hessian: (_: Float64Array, h: Float64Array) => h.set([1, 0, 0, Number.NaN]) };
    const result = newton(broken, [-1.2, 1]);
    expect(result.status).toBe('failed');
    expect(result.reason).toMatch(/the Hessian is not finite/);
    expect(result.reason).not.toMatch(/columns/);
    expect(result.hessianEvaluations).toBe(1);
  });

  test.each([1e150, 1e-150])('values × %d', (scale) => {
    const result = newton(rosenbrock(2, scale), [-1.2, 1], 1e-8 * scale);
    expect(result.status).toBe('converged');
    for (const x of result.parameters) expect(x).toBeCloseTo(1, 8);
  });

  test('no parameter, and one', () => {
    expect(newton({ size: 0, evaluate: () => 7, hessian: () => {} }, []).status).toBe('converged');
    const quartic = {
      size: 1,
      evaluate: (x: Float64Array, g: Float64Array) => {
        g[0] = 4 * (x[0] as number) ** 3 - 4 * (x[0] as number);
        return (x[0] as number) ** 4 - 2 * (x[0] as number) ** 2;
      },
      hessian: (x: Float64Array, h: Float64Array) => h.fill(12 * (x[0] as number) ** 2 - 4),
    };
    const result = newton(quartic, [0.1]);
    expect(result.status).toBe('converged');
    expect(result.parameters[0]).toBeCloseTo(1, 9);
  });
});
