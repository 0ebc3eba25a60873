// Student's t distribution: both tails, and the inverse that confidence intervals need. `freedom` is any number above 0;
// Infinity is the normal distribution.

import { exp, log1p } from '../kernels/portable/elementary.js';
import { incompleteBeta } from './incomplete-beta.js';
import { logBeta } from './log-gamma.js';
import { normalQuantile, normalSurvival } from './normal.js';

/** The probability of more than t. */
export function studentSurvival(t: number, freedom: number): number {
  if (freedom === Number.POSITIVE_INFINITY) return normalSurvival(t);
  if (t < 0) return 1 - studentSurvival(-t, freedom);
  const [inside, outside] = shares(t, freedom);
  return 0.5 * incompleteBeta(freedom / 2, 0.5, inside, outside);
}

/** The probability of t or less. */
export function studentCdf(t: number, freedom: number): number {
  return studentSurvival(-t, freedom);
}

/** ν/(ν + t²) and t²/(ν + t²). */
function shares(t: number, freedom: number): [number, number] {
  const ratio = (t / freedom) * t;
  return ratio === Number.POSITIVE_INFINITY ? [0, 1] : [1 / (1 + ratio), ratio / (1 + ratio)];
}

function density(t: number, freedom: number): number {
  return exp(-0.5 * (freedom + 1) * log1p((t / freedom) * t) - logBeta(freedom / 2, 0.5)) / Math.sqrt(freedom);
}

/**
 * The t with P(T ≤ t) = p, for p from 0 to 1, else NaN; for a known upper tail q, −studentQuantile(q). By Newton's method,
 * which from a start on the near side never passes the root: the tail is convex, the probability from 0 to t concave.
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1) || freedom === Number.POSITIVE_INFINITY) return normalQuantile(p);
  if (!(freedom > 0)) return Number.NaN;
  const centred = Math.abs(p - 0.5);
  const sign = p < 0.5 ? -1 : 1;
  if (centred < 0.25) {
    const step = (t: number): number => {
      const [inside, outside] = shares(t, freedom);
      return (centred - 0.5 * incompleteBeta(0.5, freedom / 2, outside, inside)) / density(t, freedom);
    };
    return sign * climb(centred / density(0, freedom), step);
  }
  const tail = p < 0.5 ? p : 1 - p;
  return sign * climb(-normalQuantile(tail), (t) => (studentSurvival(t, freedom) - tail) / density(t, freedom));
}

/** Steps upwards until they no longer grow the point; the last, whatever its sign, corrects the rounding. */
function climb(start: number, step: (t: number) => number): number {
  let t = start;
  for (let count = 0; count < 5000; count += 1) {
    const change = step(t);
    if (!Number.isFinite(change)) break;
    t += change;
    if (!(change > 1e-9 * t)) break;
  }
  return t;
}
