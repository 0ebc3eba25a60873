// Penalties against overfitting, added to the mean loss. The intercept is never
// penalised; with `standardize` the penalty acts on the standardised scale.

import { expected } from '../errors.js';
import { checkNumber } from '../options.js';

export interface Penalty {
  readonly name: 'l2';
  readonly strength: number;
}

/**
 * Ridge penalty λ·½‖w‖². Because the loss is a mean over n rows, scikit-learn's Ridge(alpha) is l2(alpha / n).
 * @param strength λ ≥ 0.
 */
export function l2(strength: number): Penalty {
  return { name: 'l2', strength: checkNumber(strength, 'the strength of l2', { min: 0 }) };
}

/** Accepts what `l2()` returns. */
export function checkPenalty(value: unknown): Penalty {
  if (typeof value === 'object' && value !== null && 'name' in value && value.name === 'l2' && 'strength' in value) {
    return l2(value.strength as number);
  }
  throw expected('ERR_GRADUS_OPTION', '`penalty`', 'l2(strength)', value);
}
