// Pointwise losses: l(eta, y) of a predictor and a target, as values with what the
// solvers must know. The arithmetic of most is in the kernels; that of the others
// (links without a kernel, a user's own) is a function over many rows at once.

import { expected, expectedBut } from '../errors.js';
import type { LossName } from '../kernels/kernels.js';
import { checkNumber } from '../options.js';

/** A loss that the kernels know. */
export interface KernelLoss {
  readonly name: LossName;
  /** The loss's own number (Huber's delta); 0 when it has none. */
  readonly parameter: number;
  /** The largest second derivative in eta. */
  readonly maxCurvature: number;
  /** True when the second derivative is the same everywhere: the Hessian is then formed once. */
  readonly constantCurvature: boolean;
  /** The same loss as a function, where the second derivative may be negative and its expectation must take its place. */
  readonly likelihood?: VectorLoss;
}

/**
 * A loss of your own, over up to 16,384 rows at a time: fills `derivative` and `curvature` (the second) in η with
 * a number a row, without the weights, and returns Σ wᵢ·loss(ηᵢ, yᵢ). Infinity says that η is where the loss has no value. It
 * must depend on these arguments alone, and treat every row alike. A function that names fewer than five parameters is refused
 * with weighted rows, whose sum it could not return. (Parameters with defaults do not count.)
 * @param weights undefined when all are 1.
 */
export type LossFunction = (
  eta: Float64Array,
  y: Float64Array,
  derivative: Float64Array,
  curvature: Float64Array,
  weights: Float64Array | undefined,
) => number;

/** A loss as a function. `evaluate` is undefined where a model came from JSON, which holds no functions. */
export interface VectorLoss {
  readonly name: 'likelihood' | 'custom';
  readonly parameter: 0;
  readonly maxCurvature: number;
  readonly constantCurvature: false;
  readonly evaluate: LossFunction | undefined;
  /** Fills in a curvature that is nowhere negative: what is expected of the targets. Without it negative ones count as 0. */
  readonly expectedCurvature: ((eta: Float64Array, curvature: Float64Array) => void) | undefined;
}

export type Loss = KernelLoss | VectorLoss;

export function isVectorLoss(loss: Loss): loss is VectorLoss {
  return 'evaluate' in loss;
}

/** In η. Of a function nothing is known. */
export function isConvex(loss: Loss): boolean {
  return !isVectorLoss(loss) && loss.likelihood === undefined;
}

/** A user's own; undefined for one that JSON could not hold. */
function customLoss(evaluate: LossFunction | undefined): VectorLoss {
  const maxCurvature = Number.POSITIVE_INFINITY;
  const expectedCurvature = undefined;
  return { name: 'custom', parameter: 0, maxCurvature, constantCurvature: false, evaluate, expectedCurvature };
}

/** Half the squared residual, ½(ŷ − y)². */
export function squared(): KernelLoss {
  return { name: 'squared', parameter: 0, maxCurvature: 1, constantCurvature: true };
}

/**
 * Huber's loss (Huber 1964): ½r² where |r| ≤ delta, delta·(|r| − ½delta) beyond.
 * @param delta in units of the target; default 1.35. It is not scaled by the spread of the residuals.
 */
export function huber(delta = 1.35): KernelLoss {
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
export const logistic: KernelLoss = { name: 'logistic', parameter: 0, maxCurvature: 0.25, constantCurvature: false };

/** e^η − y·η: the negative log-likelihood of a count y ≥ 0 of mean e^η, without log y!. Its curvature has no bound. */
export const poisson = unbounded('poisson', 0);

/** η + y·e^−η: half the deviance of an amount y > 0 of mean e^η and variance proportional to its square, but for terms of y. */
export const gammaLoss = unbounded('gamma', 0);

/** The same for a variance proportional to the power `power` of the mean, neither 1 nor 2: above 2 it is not convex. */
export function tweedieLoss(power: number, likelihood: VectorLoss): KernelLoss {
  const loss = unbounded('tweedie', power);
  return power > 2 ? { ...loss, likelihood } : loss;
}

/** The same for a count of mean μ = e^η and variance μ + alpha·μ². */
export function negativeBinomialLoss(alpha: number): KernelLoss {
  return unbounded('negativeBinomial', alpha);
}

/** max(0, 1 − sη)², s = 1 for class 1 and −1 for class 0. There is no ½ before it. */
export const squaredHinge: KernelLoss = {
  name: 'squaredHinge',
  parameter: 0,
  maxCurvature: 2,
  constantCurvature: false,
};

function unbounded(name: LossName, parameter: number): KernelLoss {
  return { name, parameter, maxCurvature: Number.POSITIVE_INFINITY, constantCurvature: false };
}

/** Accepts what `squared()` and its siblings return, a function, and what stands for one in JSON. */
export function checkLoss(value: unknown): Loss | QuantileLoss {
  if (typeof value === 'function') return customLoss(value as LossFunction);
  if (typeof value === 'object' && value !== null && 'name' in value && 'parameter' in value) {
    if (value.name === 'squared') return squared();
    if (value.name === 'huber') return huber(value.parameter as number);
    if (value.name === 'quantile') return quantile(value.parameter as number);
    if (value.name === 'custom') return customLoss(undefined);
  }
  throw expected(
    'ERR_GRADUS_OPTION',
    '`loss`',
    'squared(), huber(delta), quantile(tau) or a function of your own',
    value,
  );
}

/** @throws ERR_GRADUS_OPTION for a function that is not there, or cannot take the weights. */
export function checkUsable(loss: Loss | QuantileLoss, weighted: boolean): void {
  if (loss.name === 'quantile' || !isVectorLoss(loss)) return;
  if (loss.evaluate === undefined) {
    const wanted = 'given again to fit a model from JSON, which holds no functions: fromJSON(json, { loss })';
    throw expectedBut('ERR_GRADUS_OPTION', '`loss`', wanted, 'a model without it');
  }
  if (weighted && loss.name === 'custom' && loss.evaluate.length < 5) {
    const wanted = 'a function (eta, y, derivative, curvature, weights) for weighted rows, which returns Σ wᵢ·lossᵢ';
    throw expectedBut('ERR_GRADUS_OPTION', '`loss`', wanted, `one of ${loss.evaluate.length} parameters`);
  }
}
