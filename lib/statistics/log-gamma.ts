// log Γ and what the incomplete functions need beside it: Stirling's rest, log(1 + x) − x and log B. Real arguments above 0.

import { log, log1p } from '../kernels/portable/elementary.js';

/** ½ log 2π. */
export const halfLogTwoPi = 0.9189385332046728;

// DLMF 5.7.3: log Γ(2 + u) = (1 − γ)u + Σ (−1)^k (ζ(k) − 1) u^k / k; for |u| ≤ ½ these from k = 2 on leave less than 2e-18.
const oneLessGamma = 0.42278433509846713;
const zetaSeries = [
  0.3224670334241132, -0.0673523010531981, 0.020580808427784546, -0.007385551028673986, 0.0028905103307415234,
  -0.001192753911703261, 0.0005096695247430425, -0.00022315475845357939, 9.945751278180853e-5, -4.492623673813314e-5,
  2.050721277567069e-5, -9.439488275268397e-6, 4.374866789907488e-6, -2.039215753801366e-6, 9.55141213040742e-7,
  -4.492469198764566e-7, 2.1207184805554665e-7, -1.0043224823968099e-7, 4.7698101693639804e-8, -2.2711094608943164e-8,
  1.0838659214896955e-8, -5.183475041970047e-9, 2.4836745438024785e-9, -1.1921401405860912e-9, 5.731367241678862e-10,
  -2.7595228851242334e-10, 1.330476437424449e-10, -6.4229645638381e-11,
] as const;

// DLMF 5.11.1: B₂ₖ / (2k(2k − 1)).
const stirlingSeries = [
  1 / 12,
  -1 / 360,
  1 / 1260,
  -1 / 1680,
  1 / 1188,
  -691 / 360360,
  1 / 156,
  -3617 / 122400,
] as const;
/** From here on Stirling's series has all digits. */
export const stirlingLeast = 10;

/** log Γ(x) − ((x − ½) log x − x + ½ log 2π) for x ≥ 10. */
export function stirlingRest(x: number): number {
  const z = 1 / (x * x);
  return stirlingSeries.reduceRight<number>((sum, term) => sum * z + term, 0) / x;
}

/** log Γ(2 + u), |u| ≤ ½. */
function aboutTwo(u: number): number {
  return u * (oneLessGamma + u * zetaSeries.reduceRight<number>((sum, term) => sum * u + term, 0));
}

/** log Γ(x) for x > 0, to some 1e-15 of its size, also beside its zeros at 1 and 2. NaN for others. */
export function logGamma(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  if (x >= stirlingLeast) return x < 1e306 ? (x - 0.5) * log(x) - x + halfLogTwoPi + stirlingRest(x) : x * (log(x) - 1);
  if (x < 0.5) return logGamma(1 + x) - log(x);
  if (x < 1.5) return aboutTwo(x - 1) - log1p(x - 1);
  let product = 1;
  let reduced = x;
  for (; reduced > 2.5; product *= reduced) reduced -= 1;
  return log(product) + aboutTwo(reduced - 2);
}

/** log(1 + x) − x for x > −1 without the loss that the difference has for small x. */
export function log1pLess(x: number): number {
  if (Math.abs(x) > 0.4) return log1p(x) - x;
  // log(1 + x) = 2 atanh(s), s = x/(2 + x), and x = 2s + s·x.
  const s = x / (2 + x);
  const square = s * s;
  let power = square / 3;
  let sum = power;
  for (let k = 5; power > 1e-18 * Math.abs(s); k += 2) {
    power *= (square * (k - 2)) / k;
    sum += power;
  }
  return s * (2 * sum - x);
}

/** log B(a, b) for a, b > 0, without the cancellation of three large log Γ (DiDonato and Morris 1992, section 7). */
export function logBeta(a: number, b: number): number {
  const small = Math.min(a, b);
  const large = Math.max(a, b);
  if (large < stirlingLeast) return logGamma(small) + logGamma(large) - logGamma(small + large);
  const rests = stirlingRest(large) - stirlingRest(small + large);
  const shared = rests - (large - 0.5) * log1p(small / large);
  if (small < stirlingLeast) return logGamma(small) + shared + small - small * log(small + large);
  return halfLogTwoPi + shared + stirlingRest(small) - 0.5 * log(small) - small * log1p(large / small);
}
