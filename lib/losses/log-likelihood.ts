// Log-likelihoods of one row, whole: with the terms that do not depend on the mean, so that AIC and BIC compare across
// families. Weights are variance weights: var(y) = φ·variance(μ)/w. Of the binomial they are trials, of which y is the share of
// successes. The definitions are those of statsmodels' families.

import { log, log1p } from '../kernels/portable/elementary.js';
import { logGamma } from '../statistics/log-gamma.js';
import type { Family } from './family.js';
import { tweedieLogDensity } from './tweedie-density.js';

const logTwoPi = 1.8378770664093453;

/** y·log x, 0 for y = 0 whatever x is. */
const times = (y: number, logarithm: number): number => (y === 0 ? 0 : y * logarithm);

/**
 * log f(y) given its mean. NaN for the Tweedie powers above 2 other than 3, whose series is not here.
 * @param weight > 0. @param dispersion φ; without effect on the binomial.
 */
export function logLikelihood(family: Family, y: number, mean: number, weight: number, dispersion: number): number {
  const precision = weight / dispersion;
  switch (family.name) {
    case 'gaussian':
      return gaussianLog(y, mean, precision);
    case 'binomial':
      return binomialLog(y, mean, weight);
    case 'poisson':
      return poissonLog(y, mean, precision);
    case 'gamma':
      return gammaLog(y, mean, precision);
    case 'inverseGaussian':
      return inverseGaussianLog(y, mean, precision);
    case 'negativeBinomial':
      return negativeBinomialLog(y, mean, family.parameter) * precision;
    case 'tweedie':
      return tweedieLog(y, mean, family.parameter, precision);
  }
}

function gaussianLog(y: number, mean: number, precision: number): number {
  return 0.5 * (log(precision) - logTwoPi - precision * (y - mean) ** 2);
}

function binomialLog(y: number, mean: number, trials: number): number {
  const fit = times(y, log(mean)) + times(1 - y, log1p(-mean));
  if (y === 0 || y === 1) return trials * fit;
  const ways = logGamma(trials + 1) - logGamma(trials * y + 1) - logGamma(trials * (1 - y) + 1);
  return ways + trials * fit;
}

function poissonLog(y: number, mean: number, precision: number): number {
  return precision * (times(y, log(mean)) - mean - logGamma(y + 1));
}

function gammaLog(y: number, mean: number, shape: number): number {
  return shape * (log((shape * y) / mean) - y / mean) - logGamma(shape) - log(y);
}

function inverseGaussianLog(y: number, mean: number, precision: number): number {
  const distance = (precision * (y - mean) ** 2) / (y * mean * mean);
  return 0.5 * (log(precision) - logTwoPi - 3 * log(y) - distance);
}

function negativeBinomialLog(y: number, mean: number, alpha: number): number {
  const shape = 1 / alpha;
  const ways = logGamma(y + shape) - logGamma(shape) - logGamma(y + 1);
  return ways + times(y, log(alpha * mean)) - (y + shape) * log1p(alpha * mean);
}

function tweedieLog(y: number, mean: number, power: number, precision: number): number {
  if (power === 0) return gaussianLog(y, mean, precision);
  if (power === 1) return poissonLog(y, mean, precision);
  if (power === 2) return gammaLog(y, mean, precision);
  if (power === 3) return inverseGaussianLog(y, mean, precision);
  return power < 2 ? tweedieLogDensity(y, mean, power, 1 / precision) : Number.NaN;
}
