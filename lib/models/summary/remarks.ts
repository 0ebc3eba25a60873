// Sentences of a summary about the data rather than the matrix: too few rows, weights that may mean something else,
// dispersion that the family does not allow for.

import type { Family } from '../../losses/family.js';
import type { Penalty } from '../../losses/penalty.js';
import { chiSquaredSurvival } from '../../statistics/incomplete-gamma.js';
import type { FittedRows } from './contributions.js';
import type { CovarianceKind, SummarySettings } from './summary-options.js';

/** Fewer degrees of freedom than this, and a standard error is itself known to 25 % only (its relative error is √(1/2ν)). */
const fewFreedom = 8;
/** Pearson's χ² over its degrees of freedom from which on a fixed dispersion of 1 is doubted, where chance would not do it. */
export const overdispersionLimit = 1.5;
const chance = 0.01;

export function remarkOnFreedom(freedom: number): string | undefined {
  if (freedom <= 0) return 'there are not more observations than parameters: no standard errors';
  if (freedom >= fewFreedom) return undefined;
  return `only ${freedom} degrees of freedom: standard errors are rough`;
}

/** Whole weights, some above 1, of a family for which they are not trials. */
export function remarkOnWeights(
  weights: Float64Array,
  weighting: SummarySettings['weights'],
  family: Family['name'] | undefined,
): string | undefined {
  if (weighting === 'frequency' || family === 'binomial') return undefined;
  if (!weights.some((weight) => weight > 1) || !weights.every(Number.isInteger)) return undefined;
  return "all weights are whole numbers: if they count equal rows, ask for weights: 'frequency'";
}

export function remarkOnPenalty(penalty: Penalty | undefined): string | undefined {
  if (penalty === undefined || penalty.strength === 0) return undefined;
  return 'estimates with a penalty are biased towards 0: standard errors, tests and intervals leave the bias out';
}

/** Of counts, and of shares of several trials: single trials cannot show it. */
export function remarkOnDispersion(
  family: Family,
  rows: FittedRows,
  pearson: number,
  freedom: number,
  covariance: CovarianceKind,
): string | undefined {
  if (!family.dispersionKnown || !(freedom > 0)) return undefined;
  if (family.name === 'binomial' && rows.y.every((y) => y === 0 || y === 1)) return undefined;
  const ratio = pearson / freedom;
  if (!(ratio > overdispersionLimit) || chiSquaredSurvival(pearson, freedom) > chance) return undefined;
  const advice =
    covariance === 'model'
      ? ", so standard errors are too small (ask for covariance: 'HC1', or take another family)"
      : '; robust standard errors allow for it, the likelihood does not';
  return (
    `the targets vary more than the family allows: Pearson's χ² / degrees of freedom is ${ratio.toPrecision(3)} > ` +
    `${overdispersionLimit}${advice}`
  );
}
