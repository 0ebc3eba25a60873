// Problems of the tests of solvers for bounds and l1, and what to compare with: exact
// minima by enumeration and by coordinate descent, the conditions of optimality.

import type { Problem } from './drive-problem.js';

/** Uniform numbers in [0, 1) by mulberry32, the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normalFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export interface Quadratic extends Problem {
  readonly matrix: readonly (readonly number[])[];
  readonly linear: readonly number[];
}

/** ½ pᵀAp + bᵀp. */
export function quadratic(matrix: readonly (readonly number[])[], linear: readonly number[]): Quadratic {
  const size = linear.length;
  const evaluate = (p: Float64Array, gradient: Float64Array): number => {
    let value = 0;
    for (let i = 0; i < size; i += 1) {
      let product = 0;
      for (let j = 0; j < size; j += 1) product += (matrix[i]?.[j] as number) * (p[j] as number);
      gradient[i] = product + (linear[i] as number);
      value += (p[i] as number) * (0.5 * product + (linear[i] as number));
    }
    return value;
  };
  return { size, matrix, linear, evaluate };
}

/** A random convex quadratic in n parameters whose curvatures reach from about 1/condition to 1. */
export function randomQuadratic(n: number, condition: number, random: () => number): Quadratic {
  const normal = normalFrom(random);
  const factors = Array.from({ length: n }, (_, k) => {
    const vector = Array.from({ length: n }, normal);
    const norm = Math.hypot(...vector);
    const curvature = condition ** (-k / Math.max(1, n - 1));
    return { curvature, vector: vector.map((v) => v / norm) };
  });
  const matrix = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) =>
      factors.reduce((sum, f) => sum + f.curvature * (f.vector[i] as number) * (f.vector[j] as number), 0),
    ),
  );
  return quadratic(matrix, Array.from({ length: n }, normal));
}

/** The minimum of a convex quadratic in a box: of all 3ⁿ choices of active bounds the one that meets the conditions. */
export function boxMinimum({ size, matrix, linear }: Quadratic, lower: Float64Array, upper: Float64Array): number[] {
  let best: { readonly violation: number; readonly x: number[] } | undefined;
  for (let code = 0; code < 3 ** size; code += 1) {
    const at = Array.from({ length: size }, (_, i) => Math.floor(code / 3 ** i) % 3);
    const x = at.map((side, i) => (side === 1 ? (lower[i] as number) : side === 2 ? (upper[i] as number) : 0));
    if (!x.every(Number.isFinite)) continue;
    const free = at.flatMap((side, i) => (side === 0 ? [i] : []));
    const gradientAt = (i: number): number =>
      (linear[i] as number) + x.reduce((sum, xj, j) => sum + (matrix[i]?.[j] as number) * xj, 0);
    const solution = solve(
      free.map((i) => free.map((j) => matrix[i]?.[j] as number)),
      free.map((i) => -gradientAt(i)),
    );
    free.forEach((i, k) => {
      x[i] = solution[k] as number;
    });
    let violation = 0;
    for (let i = 0; i < size; i += 1) {
      const g = gradientAt(i);
      if (at[i] === 0) violation = Math.max(violation, (lower[i] as number) - x[i]!, x[i]! - (upper[i] as number));
      else violation = Math.max(violation, lower[i] === upper[i] ? 0 : at[i] === 1 ? -g : g);
    }
    if (best === undefined || violation < best.violation) best = { violation, x };
  }
  return best?.x ?? [];
}

/** Gaussian elimination with row pivoting. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const a = matrix.map((row, i) => [...row, right[i] as number]);
  for (let k = 0; k < n; k += 1) {
    let pivot = k;
    for (let i = k + 1; i < n; i += 1) if (Math.abs(a[i]![k]!) > Math.abs(a[pivot]![k]!)) pivot = i;
    [a[k], a[pivot]] = [a[pivot]!, a[k]!];
    for (let i = k + 1; i < n; i += 1) {
      const factor = a[i]![k]! / a[k]![k]!;
      for (let j = k; j <= n; j += 1) a[i]![j]! -= factor * a[k]![j]!;
    }
  }
  for (let k = n - 1; k >= 0; k -= 1) {
    for (let j = k + 1; j < n; j += 1) a[k]![n]! -= a[k]![j]! * a[j]![n]!;
    a[k]![n]! /= a[k]![k]!;
  }
  return a.map((row) => row[n]!);
}

/** How far x is from a minimum of f + Σ λ|x| in the box: the largest violation of the conditions, coordinate by coordinate. */
export function violation(problem: Problem, x: Float64Array): number {
  const { size, bounds, l1 } = problem;
  const g = new Float64Array(size);
  problem.evaluate(x, g);
  let worst = 0;
  for (let i = 0; i < size; i += 1) {
    const lambda = l1?.[i] ?? 0;
    const least = x[i]! > 0 ? g[i]! + lambda : g[i]! - lambda;
    const most = x[i]! < 0 ? g[i]! - lambda : g[i]! + lambda;
    // The one-sided slopes: to the right it must not fall, to the left neither.
    if (x[i]! < (bounds?.upper[i] ?? Number.POSITIVE_INFINITY)) worst = Math.max(worst, -most);
    if (x[i]! > (bounds?.lower[i] ?? Number.NEGATIVE_INFINITY)) worst = Math.max(worst, least);
  }
  return worst;
}

/** The same problem, refusing to be evaluated outside its box. */
export function guarded(problem: Problem): Problem {
  const { bounds } = problem;
  if (!bounds) return problem;
  return {
    ...problem,
    evaluate: (p, gradient) => {
      p.forEach((value, i) => {
        if (!(value >= bounds.lower[i]! && value <= bounds.upper[i]!)) {
          throw new Error(`evaluated outside: p[${i}] = ${value}, not in [${bounds.lower[i]}, ${bounds.upper[i]}]`);
        }
      });
      return problem.evaluate(p, gradient);
    },
  };
}

export function bounds(lower: readonly number[], upper: readonly number[]) {
  return { lower: Float64Array.from(lower), upper: Float64Array.from(upper) };
}

/** Σ 100(p₂ₖ − p₂ₖ₋₁²)² + (1 − p₂ₖ₋₁)² chained over all parameters. */
export function rosenbrock(p: Float64Array, gradient: Float64Array): number {
  gradient.fill(0);
  let value = 0;
  for (let i = 0; i + 1 < p.length; i += 1) {
    const u = p[i + 1]! - p[i]! * p[i]!;
    const v = 1 - p[i]!;
    value += 100 * u * u + v * v;
    gradient[i]! += -400 * u * p[i]! - 2 * v;
    gradient[i + 1]! += 200 * u;
  }
  return value;
}

export interface Lasso extends Problem {
  readonly x: readonly Float64Array[];
  readonly y: Float64Array;
  readonly l1: Float64Array;
}

/** (1/2n)‖Xp − y‖² + Σ λ|p| with correlated columns and a sparse truth; the last column is ones and bears no penalty. */
export function lasso(rows: number, columns: number, lambda: number, seed: number): Lasso {
  const normal = normalFrom(randomFrom(seed));
  const common = Array.from({ length: rows }, normal);
  const x = Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => (j === columns - 1 ? 1 : normal() + 0.7 * common[i]!)),
  );
  const truth = Array.from({ length: columns }, (_, j) => (j % 4 === 0 ? 2 * normal() : 0));
  const y = Float64Array.from({ length: rows }, (_, i) =>
    x.reduce((sum, column, j) => sum + column[i]! * truth[j]!, 3 + 0.5 * normal()),
  );
  const residual = new Float64Array(rows);
  const evaluate = (p: Float64Array, gradient: Float64Array): number => {
    residual.set(y);
    x.forEach((column, j) => {
      for (let i = 0; i < rows; i += 1) residual[i]! -= column[i]! * p[j]!;
    });
    x.forEach((column, j) => {
      gradient[j] = -column.reduce((sum, value, i) => sum + value * residual[i]!, 0) / rows;
    });
    return residual.reduce((sum, r) => sum + r * r, 0) / (2 * rows);
  };
  const l1 = new Float64Array(columns).fill(lambda);
  l1[columns - 1] = 0;
  return { size: columns, x, y, l1, evaluate };
}

/** Cyclic coordinate descent until no coordinate moves by more than 1e-12. */
export function coordinateDescent({ x, y, l1 }: Lasso): Float64Array {
  const rows = y.length;
  const p = new Float64Array(x.length);
  const residual = y.slice();
  for (let sweep = 0; sweep < 100_000; sweep += 1) {
    let most = 0;
    x.forEach((column, j) => {
      let square = 0;
      let product = 0;
      for (let i = 0; i < rows; i += 1) {
        square += column[i]! * column[i]!;
        product += column[i]! * residual[i]!;
      }
      const rho = product / rows + (square / rows) * p[j]!;
      const shrunk = Math.sign(rho) * Math.max(Math.abs(rho) - l1[j]!, 0);
      const move = shrunk / (square / rows) - p[j]!;
      for (let i = 0; i < rows; i += 1) residual[i]! -= column[i]! * move;
      p[j]! += move;
      most = Math.max(most, Math.abs(move));
    });
    if (most <= 1e-12) return p;
  }
  throw new Error('coordinate descent did not end');
}
