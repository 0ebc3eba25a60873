// The condition number of a symmetric positive definite matrix, estimated from its
// Cholesky factor by Hager's method with Higham's improvements (ACM TOMS 14, 1988,
// algorithm 4.1; LAPACK's dlacn2); native/core/condition.cc is the same.

import { choleskySolveSteps } from './cholesky.js';
import { drain } from './jobs.js';

const mostSteps = 5;

/** The 1-norm of the symmetric matrix whose lower triangle is in a. */
export function symmetricNorm(a: Float64Array, n: number): number {
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const size = Math.abs(a[i * n + j]!);
      sums[i] = sums[i]! + size;
      if (j < i) sums[j] = sums[j]! + size;
    }
  }
  return sums.reduce((most, sum) => Math.max(most, sum), 0);
}

/** norm times a lower bound of ‖(L Lᵀ)⁻¹‖₁, which is seldom below a third of it. */
export function conditionEstimate(l: Float64Array, n: number, norm: number): number {
  if (n === 0) return norm;
  const solve = (x: Float64Array): Float64Array => {
    drain(choleskySolveSteps(l, n, x));
    return x;
  };
  const signs = new Float64Array(n);
  let x = solve(new Float64Array(n).fill(1 / n));
  let estimate = sumOfSizes(x);
  takeSigns(x, signs);
  x = solve(signs.slice());
  let at = largest(x);
  for (let step = 1; step < mostSteps; step += 1) {
    x.fill(0);
    x[at] = 1;
    solve(x);
    const before = estimate;
    const now = sumOfSizes(x);
    if (now > estimate) estimate = now;
    if (!takeSigns(x, signs) || !(now > before)) break;
    x = solve(signs.slice());
    const last = at;
    at = largest(x);
    if (Math.abs(x[last]!) === Math.abs(x[at]!)) break;
  }
  for (let i = 0; i < n; i += 1) {
    const size = n > 1 ? 1 + i / (n - 1) : 1;
    x[i] = i % 2 === 0 ? size : -size;
  }
  const other = (2 * sumOfSizes(solve(x))) / (3 * n);
  return (other > estimate ? other : estimate) * norm;
}

function sumOfSizes(x: Float64Array): number {
  let sum = 0;
  for (const value of x) sum += Math.abs(value);
  return sum;
}

function largest(x: Float64Array): number {
  let at = 0;
  for (let i = 1; i < x.length; i += 1) if (Math.abs(x[i]!) > Math.abs(x[at]!)) at = i;
  return at;
}

/** signs = those of x; false when they were the same before. */
function takeSigns(x: Float64Array, signs: Float64Array): boolean {
  let changed = false;
  for (let i = 0; i < x.length; i += 1) {
    const sign = x[i]! >= 0 ? 1 : -1;
    changed ||= sign !== signs[i];
    signs[i] = sign;
  }
  return changed;
}
