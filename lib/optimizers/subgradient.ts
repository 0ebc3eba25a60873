// The calculus of Σ λⱼ|θⱼ|: its value, the soft threshold that minimises it beside a
// quadratic, and the subgradient of least norm of f + Σ λⱼ|θⱼ|, which is 0 exactly at
// a minimum. Called by the solvers that handle l1.

import { projectedStep } from './box.js';
import { figure, type Halt } from './solver.js';

/** Σ λⱼ|θⱼ|. */
export function absolutePenalty(x: Float64Array, lambda: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += (lambda[i] as number) * Math.abs(x[i] as number);
  return sum;
}

/** argmin over z of ½(z − x)² + threshold·|z|: sign(x)·max(|x| − threshold, 0). */
export function softThreshold(x: number, threshold: number): number {
  if (x > threshold) return x - threshold;
  return x < -threshold ? x + threshold : 0;
}

/** The element of least size of g + λ ∂|x|. */
export function minimumNormSubgradient(x: number, g: number, lambda: number): number {
  if (x > 0) return g + lambda;
  if (x < 0) return g - lambda;
  return softThreshold(g, lambda);
}

/** The same for all parameters, into `out`; returns its Euclidean norm. */
export function fillSubgradient(x: Float64Array, g: Float64Array, lambda: Float64Array, out: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) {
    const v = minimumNormSubgradient(x[i] as number, g[i] as number, lambda[i] as number);
    out[i] = v;
    sum += v * v;
  }
  return Math.sqrt(sum);
}

/** Its Euclidean norm alone. */
export function subgradientNorm(x: Float64Array, g: Float64Array, lambda: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) {
    const v = minimumNormSubgradient(x[i] as number, g[i] as number, lambda[i] as number);
    sum += v * v;
  }
  return Math.sqrt(sum);
}

/** ‖P(x − v) − x‖₂ with v the subgradient of least norm: 0 at a minimum in the box, ‖v‖₂ where no bound is near. */
export function projectedSubgradientNorm(
  x: Float64Array,
  g: Float64Array,
  lambda: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) {
    const xi = x[i] as number;
    const v = minimumNormSubgradient(xi, g[i] as number, lambda[i] as number);
    const step = projectedStep(xi, v, lower[i] as number, upper[i] as number);
    sum += step * step;
  }
  return Math.sqrt(sum);
}

/** The reason in words where the norm is within the tolerance. */
export function subgradientConvergence(norm: number, tolerance: number): string | undefined {
  return norm <= tolerance ? `subgradient norm ${figure(norm)} ≤ tolerance ${figure(tolerance)}` : undefined;
}

/** The end where no step lowers the value and the norm is still above the tolerance. */
export function stalledAbove(value: number, norm: number): Halt {
  return {
    status: 'stalled',
    reason:
      `no step lowers the value ${figure(value)} any further in float64, subgradient norm ${figure(norm)}: as far ` +
      'as rounding lets it go, or a wrong gradient (checkGradient tells)',
  };
}
