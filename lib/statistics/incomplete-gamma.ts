// The regularised incomplete gamma function, and by it the upper tail of χ².

import { exp, log } from '../kernels/portable/elementary.js';
import { halfLogTwoPi, log1pLess, logGamma, stirlingLeast, stirlingRest } from './log-gamma.js';

const mostTerms = 1_000_000;

/** x^a e^(−x) / Γ(a + 1). */
function prefix(a: number, x: number): number {
  if (a < stirlingLeast) return exp(a * log(x) - x - logGamma(a + 1));
  return exp(a * log1pLess((x - a) / a) - halfLogTwoPi - 0.5 * log(a) - stirlingRest(a));
}

/** P(a, x) by its series (DLMF 8.11.4), for x < a + 1. */
function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < mostTerms && term > 1e-17 * sum; k += 1) {
    term *= x / (a + k);
    sum += term;
  }
  return prefix(a, x) * sum;
}

/** Q(a, x) by its continued fraction (DLMF 8.9.2, in the even form and Lentz's order), for x ≥ a + 1. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Number.MAX_VALUE;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < mostTerms; k += 1) {
    const numerator = -k * (k - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return prefix(a, x) * a * value;
}

/** Q(a, x) = Γ(a, x)/Γ(a), a > 0: 1 at x = 0, falling to 0. */
function upperGamma(a: number, x: number): number {
  if (!(a > 0) || Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  if (x === Number.POSITIVE_INFINITY) return 0;
  return x < a + 1 ? 1 - lowerSeries(a, x) : upperFraction(a, x);
}

/** The probability that χ² with these degrees of freedom is above x. */
export function chiSquaredSurvival(x: number, freedom: number): number {
  return upperGamma(freedom / 2, x / 2);
}
