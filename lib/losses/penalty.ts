// Penalties against overfitting, added to the mean loss. The intercept is never
// penalised; with `standardize` the penalty acts on the standardised scale.

import { expected } from '../errors.js';
import { checkNumber } from '../options.js';

export type Penalty =
  | { readonly name: 'l2'; readonly strength: number }
  | { readonly name: 'l1'; readonly strength: number }
  | { readonly name: 'elasticNet'; readonly strength: number; readonly share: number };

/**
 * Ridge penalty λ·½‖w‖². Because the loss is a mean over n rows, scikit-learn's Ridge(alpha) is l2(alpha / n), and the C of
 * its LogisticRegression is l2(1 / (C·n)).
 * @param strength λ ≥ 0.
 */
export function l2(strength: number): Penalty {
  return { name: 'l2', strength: checkNumber(strength, 'the strength of l2', { min: 0 }) };
}

/**
 * Lasso penalty λ‖w‖₁ (Tibshirani 1996): coefficients that do not earn it are exactly 0. With squared loss scikit-learn's
 * Lasso(alpha) is l1(alpha).
 * @param strength λ ≥ 0.
 */
export function l1(strength: number): Penalty {
  return { name: 'l1', strength: checkNumber(strength, 'the strength of l1', { min: 0 }) };
}

/**
 * λ·(share·‖w‖₁ + (1 − share)·½‖w‖²) (Zou and Hastie 2005). With squared loss scikit-learn's ElasticNet(alpha, l1_ratio) is
 * elasticNet(alpha, l1_ratio).
 * @param strength λ ≥ 0. @param share of l1, from 0 to 1; default 0.5.
 */
export function elasticNet(strength: number, share = 0.5): Penalty {
  return {
    name: 'elasticNet',
    strength: checkNumber(strength, 'the strength of elasticNet', { min: 0 }),
    share: checkNumber(share, 'the share of elasticNet', { min: 0, max: 1 }),
  };
}

/** λ of its part ½‖w‖². */
export function ridgeOf(penalty: Penalty | undefined): number {
  if (penalty === undefined || penalty.name === 'l1') return 0;
  return penalty.name === 'l2' ? penalty.strength : penalty.strength * (1 - penalty.share);
}

/** λ of its part ‖w‖₁. */
export function lassoOf(penalty: Penalty | undefined): number {
  if (penalty === undefined || penalty.name === 'l2') return 0;
  return penalty.name === 'l1' ? penalty.strength : penalty.strength * penalty.share;
}

/** Accepts what `l2()` and its siblings return. */
export function checkPenalty(value: unknown): Penalty {
  if (typeof value === 'object' && value !== null && 'name' in value && 'strength' in value) {
    const strength = value.strength as number;
    if (value.name === 'l2') return l2(strength);
    if (value.name === 'l1') return l1(strength);
    if (value.name === 'elasticNet' && 'share' in value) return elasticNet(strength, value.share as number);
  }
  throw expected('ERR_GRADUS_OPTION', '`penalty`', 'l2(strength), l1(strength) or elasticNet(strength, share)', value);
}
