// The normal distribution: density, both tails and their inverse. Tails are computed directly, never as 1 − the other, so
// that a probability keeps its digits down to the smallest double.

import { exp, log, log1p } from '../kernels/portable/elementary.js';

const inverseRootTwoPi = 0.3989422804014327;
const logRootTwoPi = 0.9189385332046728;

// Of (1 + z)·Q(z)/φ(z) in t = (z − 5)/(z + 5), by scripts/mills_chebyshev.py.
const ratioSeries = [
  2.3159952442610376, -0.1633449388451398, -0.013683136055781576, 0.03082200019810004, -0.016220073012046806,
  0.005616691016460094, -0.0014133933783549216, 0.0002502625460725661, -2.468907239728387e-5, -1.0107964061837592e-6,
  7.495419179740573e-7, -7.600274268728337e-8, -1.1574771441328644e-8, 3.333386472599843e-9, 7.538039628171347e-11,
  -1.1104247263727494e-10, 3.509243776551059e-12, 3.6894953861750955e-12, -2.3376697776383095e-13,
  -1.3271797523541405e-13, 9.921706995888276e-15, 5.276004995455379e-15, -3.373097694187922e-16,
  -2.2804338776379946e-16,
] as const;

/** Mills' ratio Q(z)/φ(z) for z ≥ 0, a relative error of some 1e-16 (Shepherd and Laframboise 1981, equation 4). */
function millsRatio(z: number): number {
  const t = 1 - 10 / (z + 5);
  let high = 0;
  let low = 0;
  for (let j = ratioSeries.length - 1; j > 0; j -= 1) {
    const next = 2 * t * high - low + (ratioSeries[j] as number);
    low = high;
    high = next;
  }
  return (t * high - low + ratioSeries[0] / 2) / (1 + z);
}

/** e^(−z²/2). The square is split so that its rounding is not multiplied by the exponential. */
function gaussianFactor(z: number): number {
  const size = Math.abs(z);
  if (!(size < 40)) return Number.isNaN(z) ? z : 0;
  const head = Math.round(size * 16) / 16;
  return exp(-0.5 * head * head) * exp(-0.5 * (size - head) * (size + head));
}

/** φ(z) = e^(−z²/2)/√(2π). */
export function normalPdf(z: number): number {
  return inverseRootTwoPi * gaussianFactor(z);
}

/** Q(z), the probability of more than z. */
export function normalSurvival(z: number): number {
  if (z >= 0) return z < 40 ? normalPdf(z) * millsRatio(z) : 0;
  return z < 0 ? 1 - normalSurvival(-z) : Number.NaN;
}

/** Φ(z), the probability of z or less. */
export function normalCdf(z: number): number {
  return normalSurvival(-z);
}

/** log Φ(z), finite where Φ(z) itself vanishes. */
export function logNormalCdf(z: number): number {
  if (z > -1) return z > 0 ? log1p(-normalSurvival(z)) : log(normalCdf(z));
  return Number.isFinite(z) ? log(millsRatio(-z)) - 0.5 * z * z - logRootTwoPi : z;
}

/** Φ(z) − ½ for small z: φ(z)·Σ z^(2k+1)/(2k + 1)!! (Abramowitz and Stegun 26.2.11). */
function centralProbability(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return normalPdf(z) * sum;
}

/**
 * The z with Φ(z) = p, for p from 0 to 1, else NaN. Where the upper tail q is known instead, −normalQuantile(q) keeps the
 * digits that 1 − q has lost. From the approximation of Hastings (Abramowitz and Stegun 26.2.23, to 4.5e-4) by three of Newton's
 * steps on log Φ, which is concave; about ½ on Φ(z) − ½, whose relative error is small where the one of p is not.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  const centred = p - 0.5;
  if (Math.abs(centred) < 0.25) {
    let z = centred / inverseRootTwoPi;
    for (let count = 0; count < 6; count += 1) z -= (centralProbability(z) - centred) / normalPdf(z);
    return z;
  }
  return centred > 0 ? tailQuantile(1 - p) : -tailQuantile(p);
}

/** The z > 0 with Q(z) = q. */
function tailQuantile(q: number): number {
  const logarithm = log(q);
  const t = Math.sqrt(-2 * logarithm);
  const share = 2.515517 + t * (0.802853 + t * 0.010328);
  let z = t - share / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let count = 0; count < 3; count += 1) z += millsRatio(z) * (logNormalCdf(-z) - logarithm);
  return z;
}
