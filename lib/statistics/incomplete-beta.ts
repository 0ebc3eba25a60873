// The regularised incomplete beta function, and by it the upper tail of the F distribution.

import { exp, log, log1p } from '../kernels/portable/elementary.js';
import { halfLogTwoPi, log1pLess, logBeta, stirlingLeast, stirlingRest } from './log-gamma.js';

const mostTerms = 1_000_000;

/** a·log x from whichever of x and y = 1 − x is the more exact. */
const powerLog = (a: number, x: number, y: number): number => a * (x < 0.5 ? log(x) : log1p(-y));

/** x^a y^b / B(a, b). */
function prefix(a: number, b: number, x: number, y: number): number {
  if (a < stirlingLeast || b < stirlingLeast) return exp(powerLog(a, x, y) + powerLog(b, y, x) - logBeta(a, b));
  const off = x * b - y * a;
  const powers = relativePower(a, b, x, off) + relativePower(b, a, y, -off);
  const rests = stirlingRest(a + b) - stirlingRest(a) - stirlingRest(b);
  return exp(powers + rests - halfLogTwoPi + 0.5 * log((a / (a + b)) * b));
}

/** a·log(x(a + b)/a) − off; about the mode, off = 0, the two powers cancel to first order. */
function relativePower(a: number, b: number, x: number, off: number): number {
  return Math.abs(off) < 0.4 * a ? a * log1pLess(off / a) : a * log((x * (a + b)) / a) - off;
}

/**
 * I_x(a, b) by the even part of its continued fraction (DLMF 8.17.22; DiDonato and Morris 1992, equation 9, in Lentz's
 * order), for x ≤ (a + 1)/(a + b + 2). It knows x near 1 by y.
 */
function fraction(a: number, b: number, x: number, y: number): number {
  const off = a * y - b * x;
  let value = (a * (off + 1)) / (a + 1);
  let c = value;
  let d = 0;
  for (let k = 1; k < mostTerms; k += 1) {
    const s = a + 2 * k;
    const numerator = ((a + k - 1) * (a + b + k - 1) * k * (b - k) * x * x) / ((s - 1) * (s - 1));
    const denominator = k + (k * (b - k) * x) / (s - 1) + ((a + k) * (off + 1 + k * (1 + y))) / (s + 1);
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return prefix(a, b, x, y) / value;
}

/**
 * I_x(a, b) for a, b > 0 and x from 0 to 1. Small values are computed directly, so that a tail keeps its digits.
 * @param y 1 − x, which the caller may know better than the difference.
 */
export function incompleteBeta(a: number, b: number, x: number, y: number): number {
  if (!(a > 0 && b > 0) || Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  return x < (a + 1) / (a + b + 2) ? fraction(a, b, x, y) : 1 - fraction(b, a, y, x);
}

/** The probability that F with these degrees of freedom, of the numerator and the denominator, is above f. */
export function fSurvival(f: number, numerator: number, denominator: number): number {
  if (f <= 0) return 1;
  const ratio = (numerator * f) / denominator;
  if (ratio === Number.POSITIVE_INFINITY) return 0;
  return incompleteBeta(denominator / 2, numerator / 2, 1 / (1 + ratio), ratio / (1 + ratio));
}
