// Mean deviances of the exponential dispersion models with variance mean^power
// (Jørgensen 1987): twice the log-likelihood that a mean lacks to the best one, y itself.

import { badEntry } from '../data/matrix-input.js';
import { log } from '../kernels/portable/elementary.js';
import { checkNumber, checkOptions } from '../options.js';
import { allEqual, checkPairs, type MetricOptions, weightedMean, weightsOf } from './weighted.js';

export interface TweedieDevianceOptions extends MetricOptions {
  /** Of the variance: 0 normal, 1 Poisson, between them and 2 compound Poisson, 2 gamma, 3 inverse Gaussian; default 0. */
  readonly power?: number;
}

/** The mean of 2(y log(y/ŷ) − y + ŷ) (`mean_poisson_deviance`), y ≥ 0, ŷ > 0. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function poissonDeviance(
  y: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: MetricOptions = {},
): number {
  checkOptions(options, ['weights'], 'poissonDeviance');
  return tweedieDeviance(y, predicted, { ...options, power: 1 });
}

/** The mean of 2(log(ŷ/y) + y/ŷ − 1) (`mean_gamma_deviance`), y > 0, ŷ > 0. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function gammaDeviance(y: ArrayLike<number>, predicted: ArrayLike<number>, options: MetricOptions = {}): number {
  checkOptions(options, ['weights'], 'gammaDeviance');
  return tweedieDeviance(y, predicted, { ...options, power: 2 });
}

/**
 * The mean deviance at a power p of the variance (`mean_tweedie_deviance`): (y − ŷ)² for 0, the above for 1 and 2, else
 * 2(y^(2−p)/((1−p)(2−p)) − y·ŷ^(1−p)/(1−p) + ŷ^(2−p)/(2−p)), with 0 for a negative y in its first term when p < 0.
 * Powers between 0 and 1 have no distribution. y may be anything for p ≤ 0, is ≥ 0 for 1 ≤ p < 2 and > 0 from 2 on; ŷ is
 * > 0 unless p is 0.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function tweedieDeviance(
  y: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: TweedieDevianceOptions = {},
): number {
  checkOptions(options, ['weights', 'power'], 'tweedieDeviance');
  const power = checkPower(options.power ?? 0);
  const rows = checkPairs(y, predicted);
  checkDomain(y, predicted, power);
  const unit = unitDeviance(power);
  return weightedMean(rows, weightsOf(options.weights, rows), (i) => unit(y[i] as number, predicted[i] as number));
}

/**
 * D²: the share of the deviance that predictions explain, 1 − D(y, ŷ) / D(y, ȳ), ȳ the weighted mean
 * (`d2_tweedie_score`). NaN when all targets are equal. Arguments as for `tweedieDeviance`; with power 0 it is R².
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function explainedDeviance(
  y: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: TweedieDevianceOptions = {},
): number {
  checkOptions(options, ['weights', 'power'], 'explainedDeviance');
  const deviance = tweedieDeviance(y, predicted, options);
  const rows = y.length;
  const weight = weightsOf(options.weights, rows);
  const mean = weightedMean(rows, weight, (i) => y[i] as number);
  const unit = unitDeviance(options.power ?? 0);
  return allEqual(y, weight)
    ? Number.NaN
    : 1 - deviance / weightedMean(rows, weight, (i) => unit(y[i] as number, mean));
}

function checkPower(power: number): number {
  checkNumber(power, '`power`');
  return power > 0 && power < 1 ? checkNumber(power, '`power` above 0', { min: 1 }) : power;
}

function checkDomain(y: ArrayLike<number>, predicted: ArrayLike<number>, power: number): void {
  for (let i = 0; i < y.length; i += 1) {
    const target = y[i] as number;
    const value = predicted[i] as number;
    if (power >= 1 && target < 0) throw badEntry('`y`', i, target, 'at least 0');
    if (power >= 2 && target === 0) throw badEntry('`y`', i, target, 'positive');
    if (power !== 0 && value <= 0) throw badEntry('`predicted`', i, value, 'positive');
  }
}

function unitDeviance(power: number): (y: number, mean: number) => number {
  if (power === 0) return (y, mean) => (y - mean) ** 2;
  if (power === 1) return (y, mean) => 2 * ((y > 0 ? y * log(y / mean) : 0) - y + mean);
  if (power === 2) return (y, mean) => 2 * (log(mean / y) + y / mean - 1);
  const [p1, p2] = [1 - power, 2 - power];
  return (y, mean) => 2 * (Math.max(y, 0) ** p2 / (p1 * p2) - (y * mean ** p1) / p1 + mean ** p2 / p2);
}
