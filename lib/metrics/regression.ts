// Metrics of predicted numbers. scikit-learn's names stand beside each.

import { checkNumber, checkOptions } from '../options.js';
import { allEqual, checkPairs, type MetricOptions, weightedMean, weightsOf } from './weighted.js';

export interface PinballLossOptions extends MetricOptions {
  /** Which quantile was predicted, between 0 and 1; default 0.5. */
  readonly quantile?: number;
}

type Term = (y: number, predicted: number) => number;

/**
 * R²: 1 − Σw(y − ŷ)² / Σw(y − ȳ)², ȳ the weighted mean (`r2_score`). NaN when all targets are equal: there is nothing to
 * explain. (scikit-learn says 1 or 0 then.)
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE
 */
export function rSquared(y: ArrayLike<number>, predicted: ArrayLike<number>, options: MetricOptions = {}): number {
  checkOptions(options, ['weights'], 'rSquared');
  const rows = checkPairs(y, predicted);
  const weight = weightsOf(options.weights, rows);
  const target = (i: number): number => y[i] as number;
  const mean = weightedMean(rows, weight, target);
  const residual = weightedMean(rows, weight, (i) => (target(i) - (predicted[i] as number)) ** 2);
  const spread = weightedMean(rows, weight, (i) => (target(i) - mean) ** 2);
  return spread === 0 || allEqual(y, weight) ? Number.NaN : 1 - residual / spread;
}

/** Σw|y − ŷ| / Σw (`mean_absolute_error`). @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function meanAbsoluteError(
  y: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: MetricOptions = {},
): number {
  checkOptions(options, ['weights'], 'meanAbsoluteError');
  return meanOf(y, predicted, options, (target, value) => Math.abs(target - value));
}

/** Σw(y − ŷ)² / Σw (`mean_squared_error`). @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function meanSquaredError(
  y: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: MetricOptions = {},
): number {
  checkOptions(options, ['weights'], 'meanSquaredError');
  return meanOf(y, predicted, options, (target, value) => (target - value) ** 2);
}

/** √(Σw(y − ŷ)² / Σw) (`root_mean_squared_error`). @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function rootMeanSquaredError(
  y: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: MetricOptions = {},
): number {
  return Math.sqrt(meanSquaredError(y, predicted, options));
}

/**
 * The mean of q(y − ŷ) where y ≥ ŷ and (1 − q)(ŷ − y) elsewhere (`mean_pinball_loss`; Koenker and Bassett 1978): smallest
 * in the mean for the q-quantile of y.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function pinballLoss(
  y: ArrayLike<number>,
  predicted: ArrayLike<number>,
  options: PinballLossOptions = {},
): number {
  checkOptions(options, ['weights', 'quantile'], 'pinballLoss');
  const quantile = checkNumber(options.quantile ?? 0.5, '`quantile`', { min: 0, max: 1 });
  return meanOf(y, predicted, options, (target, value) => {
    const residual = target - value;
    return residual >= 0 ? quantile * residual : (quantile - 1) * residual;
  });
}

function meanOf(y: ArrayLike<number>, predicted: ArrayLike<number>, { weights }: MetricOptions, term: Term): number {
  const rows = checkPairs(y, predicted);
  return weightedMean(rows, weightsOf(weights, rows), (i) => term(y[i] as number, predicted[i] as number));
}
