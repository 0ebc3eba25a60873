// How far a point can be from the minimum of a convex mean loss f with ridge on every coefficient at most, from f and its
// gradient g alone. A convex f is nowhere below its tangents: J(θ) ≥ f(θ₀) + g₀ᵀ(θ − θ₀) + ½Σλⱼθⱼ², whose minimum is known,
// so that J(θ₀) − min J ≤ Σ (gⱼ + λⱼθⱼ)²/2λⱼ, the bound ‖∇J‖²/2μ of strong convexity coefficient by coefficient. Nothing
// holds the intercept: its slope is brought to 0 by a share α of the tangent at a second point θ₁, where it has the other
// sign. That costs α·[f(θ₀) − f(θ₁) − g₁ᵀ(θ₀ − θ₁)], and moves the slopes of the coefficients.

import type { Work } from './objective.js';

/** Of the mean loss without the penalty. */
export interface Tangent {
  readonly theta: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

// Steps of the intercept to the second point: the first is as good as any where the slope is next to nothing.
const firstStep = 1e-3;
const stepGrowth = 8;
const mostSteps = 8;
// Of terms that were rounded on their way.
const rounding = 2 ** -50;

/**
 * @param ridge λⱼ > 0 of each coefficient. @param intercept its place in θ, undefined without one.
 * @param evaluate the tangent at another point; undefined when aborted.
 * @returns undefined also where no second point was found.
 */
export function* ridgeGap(
  point: Tangent,
  ridge: Float64Array,
  intercept: number | undefined,
  evaluate: (theta: Float64Array) => Work<Tangent | undefined>,
): Work<number | undefined> {
  const slope = intercept === undefined ? 0 : (point.gradient[intercept] as number);
  if (intercept === undefined || slope === 0) return boundBy(point, point, 0, ridge);
  let step = -Math.sign(slope) * firstStep;
  for (let count = 0; count < mostSteps; count += 1, step *= stepGrowth) {
    const theta = point.theta.slice();
    theta[intercept] = (theta[intercept] as number) + step;
    const second = yield* evaluate(theta);
    if (second === undefined) return undefined;
    const other = second.gradient[intercept] as number;
    if (!(Number.isFinite(second.value) && Number.isFinite(other))) return undefined;
    if (other * slope < 0) return boundBy(point, second, slope / (slope - other), ridge);
  }
  return undefined;
}

function boundBy(point: Tangent, second: Tangent, share: number, ridge: Float64Array): number {
  let squares = 0;
  let above = point.value - second.value;
  let size = Math.abs(point.value) + Math.abs(second.value);
  for (let j = 0; j < point.theta.length; j += 1) {
    const at = point.theta[j] as number;
    const [own, other] = [point.gradient[j] as number, second.gradient[j] as number];
    const way = other * (at - (second.theta[j] as number));
    above -= way;
    size += Math.abs(way);
    const strength = ridge[j] as number;
    if (strength === 0) continue;
    const tangent = own + share * (other - own);
    const off = Math.abs(tangent + strength * at) + rounding * (Math.abs(tangent) + strength * Math.abs(at));
    squares += (off * off) / (2 * strength);
  }
  return squares + share * (Math.max(0, above) + rounding * size);
}
