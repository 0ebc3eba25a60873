// Which linear models can learn row by row, and what a row brings to a step of theirs.

import { expectedBut, type GradusError } from '../errors.js';
import { isVectorLoss, type KernelLoss, type Loss, type QuantileLoss } from '../losses/loss.js';
import { lassoOf, type Penalty, ridgeOf } from '../losses/penalty.js';
import type { RowTerms } from './objective.js';

export interface RowSettings {
  readonly intercept: boolean;
  readonly standardize: boolean;
  readonly penalty: Penalty | undefined;
  readonly loss: Loss | QuantileLoss;
  /** Some coefficient is bounded. */
  readonly bounded: boolean;
  /** What of the penalty steps know nothing of, in words. */
  readonly refused: string | undefined;
}

/** @throws ERR_GRADUS_OPTION for a model made with what needs all rows at once. */
export function rowTermsOf({ intercept, standardize, penalty, loss, bounded, refused }: RowSettings): RowTerms {
  if (standardize) {
    throw refusal('without standardize: true to learn row by row (scale the rows before, with a StandardScaler)', 'it');
  }
  if (lassoOf(penalty) > 0) throw refusal('without an l1 penalty to learn row by row', 'it');
  if (bounded) throw refusal('without nonNegative to learn row by row', 'it');
  if (refused !== undefined) throw refusal('without factors in its penalty to learn row by row', refused);
  return { loss: smooth(loss), l2: ridgeOf(penalty), intercept };
}

function smooth(loss: Loss | QuantileLoss): KernelLoss {
  if (loss.name === 'quantile') throw refusal('with a smooth loss to learn row by row', 'quantile()');
  if (isVectorLoss(loss)) {
    throw refusal('whose loss the kernels know to learn row by row', 'a loss that is a function over many rows');
  }
  return loss;
}

function refusal(wanted: string, got: string): GradusError {
  return expectedBut('ERR_GRADUS_OPTION', '`model`', `one ${wanted}`, `one with ${got}`);
}
