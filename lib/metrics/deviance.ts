// Mean deviances of the exponential dispersion models with variance mean^power
// (Jørgensen 1987): twice the log-likelihood that a mean lacks to the best one, y itself.

import { badEntry } from '../data/matrix-input.js';
import { type Family, tweedie } from '../losses/family.js';
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
  const distribution = distributionOf(options.power ?? 0);
  const rows = checkDomain(y, predicted, distribution);
  const weight = weightsOf(options.weights, rows);
  return weightedMean(rows, weight, (i) => distribution.deviance(y[i] as number, predicted[i] as number));
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
  const distribution = distributionOf(options.power ?? 0);
  const rows = checkDomain(y, predicted, distribution);
  const weight = weightsOf(options.weights, rows);
  if (allEqual(y, weight)) return Number.NaN;
  const target = (i: number): number => y[i] as number;
  const mean = weightedMean(rows, weight, target);
  const left = weightedMean(rows, weight, (i) => distribution.deviance(target(i), predicted[i] as number));
  return 1 - left / weightedMean(rows, weight, (i) => distribution.deviance(target(i), mean));
}

type Distribution = Pick<Family, 'targetProblem' | 'allows' | 'deviance'>;

/** @throws ERR_GRADUS_OPTION for a power between 0 and 1. */
function distributionOf(power: number): Distribution {
  checkNumber(power, '`power`');
  return power < 0 ? extremeStable(power) : tweedie(power);
}

/** Of a negative power: any target, positive means. No model is fitted to it. */
function extremeStable(power: number): Distribution {
  const [p1, p2] = [1 - power, 2 - power];
  return {
    targetProblem: () => undefined,
    allows: (mean) => mean > 0,
    deviance: (y, mean) => 2 * (Math.max(y, 0) ** p2 / (p1 * p2) - (y * mean ** p1) / p1 + mean ** p2 / p2),
  };
}

/** Pairs that the distribution can have; returns their number. */
function checkDomain(y: ArrayLike<number>, predicted: ArrayLike<number>, distribution: Distribution): number {
  const rows = checkPairs(y, predicted);
  for (let i = 0; i < rows; i += 1) {
    const problem = distribution.targetProblem(y[i] as number);
    if (problem !== undefined) throw badEntry('`y`', i, y[i], problem);
    if (!distribution.allows(predicted[i] as number)) throw badEntry('`predicted`', i, predicted[i], 'positive');
  }
  return rows;
}
