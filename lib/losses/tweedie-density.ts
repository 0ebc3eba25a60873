// The density of Tweedie's distributions with power from 1 to 2, sums of a Poisson number of gamma amounts, by the series of
// Dunn and Smyth 2005, "Series evaluation of Tweedie exponential dispersion model densities", section 4.

import { exp, log } from '../kernels/portable/elementary.js';
import { logGamma } from '../statistics/log-gamma.js';

/** Terms below e^−37 of the largest are left out. */
const negligible = 37;

/** log f(y) for y ≥ 0 and 1 < power < 2; at y = 0 the logarithm of a probability. */
export function tweedieLogDensity(y: number, mean: number, power: number, dispersion: number): number {
  const cumulant = mean ** (2 - power) / (2 - power);
  if (y === 0) return -cumulant / dispersion;
  const kernel = ((y * mean ** (1 - power)) / (1 - power) - cumulant) / dispersion;
  return kernel - log(y) + logSeries(y, power, dispersion);
}

/** log Σ z^j / (j! Γ(aj)), j from 1 on, summed outwards from its largest term; a = (2 − power)/(power − 1). */
function logSeries(y: number, power: number, dispersion: number): number {
  const a = (2 - power) / (power - 1);
  const logZ = a * log(y / (power - 1)) - (1 + a) * log(dispersion) - log(2 - power);
  const term = (j: number): number => j * logZ - logGamma(j + 1) - logGamma(a * j);
  const centre = Math.max(1, Math.round(y ** (2 - power) / ((2 - power) * dispersion)));
  const largest = term(centre);
  let sum = 1;
  for (const direction of [1, -1]) {
    for (let j = centre + direction; j >= 1; j += direction) {
      const below = term(j) - largest;
      if (below < -negligible) break;
      sum += exp(below);
    }
  }
  return largest + log(sum);
}
