// The trust-region subproblem against its optimality conditions and against the
// solution by eigenvalues: Jacobi's rotations and bisection for λ.

import { describe, expect, test } from 'vitest';
import { emptyTrustSubproblem, solveTrustSubproblem } from '../../../lib/optimizers/trust-subproblem.js';
import { eigen, matrixFrom, numbers } from './symmetric-matrices.js';

const accuracy = 1e-10;

function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

function times(h: Float64Array, p: Float64Array): Float64Array {
  const n = p.length;
  return p.map((_, i) => dot(h.subarray(i * n, i * n + n), p));
}

/** The optimum by eigenvalues: −½(‖(Λ + λ)^½ q‖² + λΔ²) with λ by bisection, hard case included. */
function optimum(h: Float64Array, g: Float64Array, radius: number): number {
  const n = g.length;
  const { values, vectors } = eigen(h, n);
  const a = values.map((_, k) => dot(vectors.subarray(k * n, k * n + n), g));
  const least = Math.min(...values);
  const square = (shift: number): number =>
    a.reduce((sum, ak, k) => sum + (ak === 0 ? 0 : (ak / ((values[k] as number) + shift)) ** 2), 0);
  const dual = (shift: number): number =>
    -0.5 *
    (a.reduce((sum, ak, k) => sum + (ak === 0 ? 0 : ak ** 2 / ((values[k] as number) + shift)), 0) +
      shift * radius ** 2);
  if (least > 0 && square(0) <= radius ** 2) return dual(0);
  let low = Math.max(0, -least);
  let high = low + Math.sqrt(dot(g, g)) / radius + 1e-300;
  for (let count = 0; count < 200; count += 1) {
    const middle = 0.5 * (low + high);
    if (square(middle) > radius ** 2) low = middle;
    else high = middle;
  }
  return dual(high);
}

function check(h: Float64Array, g: Float64Array, radius: number): { shift: number; factorisations: number } {
  const n = g.length;
  const problem = emptyTrustSubproblem(n);
  solveTrustSubproblem(problem, h, g, radius, accuracy);
  const { step, shift, factorisations } = problem;
  const length = Math.sqrt(dot(step, step));
  expect(length).toBeLessThanOrEqual(radius * (1 + 1e-8));
  const { values } = eigen(h, n);
  const largest = Math.max(...values.map(Math.abs), 1e-300);
  expect(Math.min(...values) + shift).toBeGreaterThanOrEqual(-1e-12 * largest);
  const model = dot(g, step) + 0.5 * dot(step, times(h, step));
  const best = optimum(h, g, radius);
  expect(Math.abs(model - best)).toBeLessThanOrEqual(1e-8 * Math.abs(best));
  expect(Math.abs(problem.predicted + model)).toBeLessThanOrEqual(1e-9 * Math.abs(best));
  expect(shift * (radius - length) * radius).toBeLessThanOrEqual(1e-8 * Math.abs(best));
  return { shift, factorisations };
}

const sizes = [1, 2, 3, 5, 10, 20, 30];

describe('the subproblem on random matrices', () => {
  test.each(sizes)('indefinite, n = %d', (n) => {
    const random = numbers(n);
    let factorisations = 0;
    for (let count = 0; count < 40; count += 1) {
      const values = Float64Array.from({ length: n }, () => 10 * random() - 5);
      const h = matrixFrom(values, random);
      const g = Float64Array.from({ length: n }, () => random() - 0.5);
      factorisations += check(h, g, 10 ** (4 * random() - 2)).factorisations;
    }
    expect(factorisations / 40).toBeLessThan(12);
  });

  test.each(sizes)('positive definite, condition 1e8, n = %d', (n) => {
    const random = numbers(n + 100);
    for (let count = 0; count < 20; count += 1) {
      const h = matrixFrom(
        Float64Array.from({ length: n }, () => 10 ** (8 * random() - 4)),
        random,
      );
      check(
        h,
        Float64Array.from({ length: n }, () => random() - 0.5),
        10 ** (4 * random() - 2),
      );
    }
  });

  test.each(sizes.slice(1))('the hard case: no gradient along the eigenvector of the smallest value, n = %d', (n) => {
    const random = numbers(n + 200);
    for (let count = 0; count < 20; count += 1) {
      const values = Float64Array.from({ length: n }, (_, k) => (k === 0 ? -4 : 6 * random() - 2));
      const { h, basis } = matrixFrom.withBasis(values, random);
      const g = Float64Array.from({ length: n }, () => random() - 0.5);
      const first = basis.subarray(0, n);
      const along = dot(first, g);
      for (let i = 0; i < n; i += 1) g[i] = (g[i] as number) - along * (first[i] as number);
      const { shift } = check(h, g, 50);
      expect(shift).toBeCloseTo(4, 7);
    }
  });

  test.each(sizes.slice(1))('nearly the hard case, n = %d', (n) => {
    const random = numbers(n + 300);
    for (const tiny of [1e-4, 1e-8, 1e-12, 1e-16]) {
      const values = Float64Array.from({ length: n }, (_, k) => (k === 0 ? -4 : 6 * random() - 2));
      const { h, basis } = matrixFrom.withBasis(values, random);
      const g = Float64Array.from({ length: n }, () => random() - 0.5);
      const along = dot(basis.subarray(0, n), g) - tiny;
      for (let i = 0; i < n; i += 1) g[i] = (g[i] as number) - along * (basis[i] as number);
      check(h, g, 50);
    }
  });
});

describe('the subproblem at its limits', () => {
  test('the exact hard case of a saddle: diagonal, no rounding', () => {
    const problem = emptyTrustSubproblem(2);
    solveTrustSubproblem(problem, Float64Array.of(2, 0, 0, -2), Float64Array.of(2, 0), 1, accuracy);
    expect(problem.step[0]).toBeCloseTo(-0.5, 8);
    expect(Math.abs(problem.step[1] as number)).toBeCloseTo(Math.sqrt(0.75), 8);
    expect(problem.shift).toBeCloseTo(2, 8);
    expect(problem.curvature).toBeCloseTo(-2, 8);
  });

  test('no gradient at a saddle: along the negative curvature', () => {
    const problem = emptyTrustSubproblem(3);
    const h = Float64Array.of(1, 0, 0, 0, -1, 2, 0, 2, -1);
    solveTrustSubproblem(problem, h, new Float64Array(3), 2, accuracy);
    expect(problem.predicted).toBeCloseTo(0.5 * 3 * 4, 6);
    expect(problem.curvature).toBeCloseTo(-3, 8);
  });

  test('a multiple of the negative identity', () => {
    for (const n of [1, 2, 7]) {
      const h = new Float64Array(n * n);
      for (let i = 0; i < n; i += 1) h[i * n + i] = -3;
      check(
        h,
        Float64Array.from({ length: n }, (_, i) => i),
        0.7,
      );
    }
  });

  test('nothing at all: no step', () => {
    const problem = emptyTrustSubproblem(2);
    solveTrustSubproblem(problem, new Float64Array(4), new Float64Array(2), 1, accuracy);
    expect([...problem.step, problem.predicted, problem.onBoundary]).toEqual([0, 0, 0, false]);
  });

  test('a flat direction without gradient is left alone', () => {
    const problem = emptyTrustSubproblem(2);
    solveTrustSubproblem(problem, Float64Array.of(2, 0, 0, 0), Float64Array.of(1, 0), 10, accuracy);
    expect(problem.step[0]).toBeCloseTo(-0.5, 8);
    expect(Math.abs(problem.step[1] as number)).toBe(0);
    expect(problem.onBoundary).toBe(false);
  });

  test('a linear function: to the boundary', () => {
    const problem = emptyTrustSubproblem(2);
    solveTrustSubproblem(problem, new Float64Array(4), Float64Array.of(3, -4), 5, accuracy);
    expect(problem.step[0]).toBeCloseTo(-3, 8);
    expect(problem.step[1]).toBeCloseTo(4, 8);
    expect(problem.predicted).toBeCloseTo(25, 7);
  });

  test.each([
    [1e150, 1],
    [1e-150, 1],
    [1, 1e150],
    [1, 1e-150],
    [1e100, 1e-100],
    [1e-150, 1e-150],
    [1e-100, 1e100],
  ])('values × %d, parameters × %d', (values, parameters) => {
    const random = numbers(5);
    const h = matrixFrom(Float64Array.of(3, -1, 2, 0.5), random);
    const g = Float64Array.from({ length: 4 }, () => random() - 0.5);
    const plain = emptyTrustSubproblem(4);
    solveTrustSubproblem(plain, h, g, 0.5, accuracy);
    const scaled = emptyTrustSubproblem(4);
    const curvature = (x: number): number => (x * values) / parameters / parameters;
    solveTrustSubproblem(
      scaled,
      h.map(curvature),
      g.map((x) => (x * values) / parameters),
      0.5 * parameters,
      accuracy,
    );
    for (let i = 0; i < 4; i += 1) {
      expect((scaled.step[i] as number) / parameters).toBeCloseTo(plain.step[i] as number, 9);
    }
    expect(scaled.predicted / values).toBeCloseTo(plain.predicted, 9);
  });
});
