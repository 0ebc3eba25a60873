// Pointwise losses: l(eta, y) of a predictor and a target. Their arithmetic is
// in the kernels; here they are named values with what the solvers must know.

import { expected } from '../errors.js';
import type { LossName } from '../kernels/kernels.js';
import { checkNumber } from '../options.js';

export interface Loss {
  readonly name: LossName;
  /** The loss's own number (Huber's delta); 0 when it has none. */
  readonly parameter: number;
  /** The largest second derivative in eta. */
  readonly maxCurvature: number;
  /** True when the second derivative is the same everywhere: the Hessian is then formed once. */
  readonly constantCurvature: boolean;
}

/** Half the squared residual, ½(ŷ − y)². */
export function squared(): Loss {
  return { name: 'squared', parameter: 0, maxCurvature: 1, constantCurvature: true };
}

/**
 * Huber's loss (Huber 1964): ½r² where |r| ≤ delta, delta·(|r| − ½delta) beyond.
 * @param delta in units of the target; default 1.35. It is not scaled by the spread of the residuals.
 */
export function huber(delta = 1.35): Loss {
  checkNumber(delta, '`delta`', { above: 0 });
  return { name: 'huber', parameter: delta, maxCurvature: 1, constantCurvature: false };
}

/** A loss with a corner at 0: no derivative there, and nothing that Newton's method or L-BFGS could use. */
export interface QuantileLoss {
  readonly name: 'quantile';
  /** τ. */
  readonly parameter: number;
}

/**
 * The pinball loss of quantile regression, r·(τ − [r < 0]) with r = y − ŷ (Koenker and Bassett 1978): ŷ is then an estimate of
 * the τ-quantile of y, with 0.5 the median. `quantile(0.5)` is half the mean absolute error. Only `InteriorPoint` minimises it.
 * @param tau τ, above 0 and below 1; default 0.5.
 */
export function quantile(tau = 0.5): QuantileLoss {
  return { name: 'quantile', parameter: checkNumber(tau, '`tau`', { above: 0, below: 1 }) };
}

/** log(1 + e^η) − y·η: the negative log-likelihood of a share y in [0, 1] of successes, with probability 1/(1 + e^−η). */
export const logistic: Loss = { name: 'logistic', parameter: 0, maxCurvature: 0.25, constantCurvature: false };

/** e^η − y·η: the negative log-likelihood of a count y ≥ 0 of mean e^η, without log y!. Its curvature has no bound. */
export const poisson: Loss = {
  name: 'poisson',
  parameter: 0,
  maxCurvature: Number.POSITIVE_INFINITY,
  constantCurvature: false,
};

/** Accepts what `squared()` and its siblings return. */
export function checkLoss(value: unknown): Loss | QuantileLoss {
  if (typeof value === 'object' && value !== null && 'name' in value && 'parameter' in value) {
    if (value.name === 'squared') return squared();
    if (value.name === 'huber') return huber(value.parameter as number);
    if (value.name === 'quantile') return quantile(value.parameter as number);
  }
  throw expected('ERR_GRADUS_OPTION', '`loss`', 'squared(), huber(delta) or quantile(tau)', value);
}
