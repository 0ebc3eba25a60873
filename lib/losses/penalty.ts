// Penalties against overfitting, added to the mean loss. The intercept is never
// penalised; with `standardize` the penalty acts on the standardised scale. docs/penalties.md
// has the formulas and what other libraries call them.

import { expected, expectedBut } from '../errors.js';
import { checkLength, checkNumber, checkOptions, isRecord } from '../options.js';

/**
 * How strongly the single columns are penalised: λⱼ = λ·factorⱼ, 0 for not at all. One number a column, or a record by column
 * name in which the columns that are not named have 1. They are taken as they are, whereas glmnet rescales its
 * penalty.factor so that the sum is the number of columns.
 */
export type PenaltyFactors = readonly number[] | Readonly<Record<string, number>>;

export interface PenaltyOptions {
  /** Default 1 for every column. */
  readonly factors?: PenaltyFactors;
}

export type Penalty = { readonly strength: number } & PenaltyOptions &
  ({ readonly name: 'l2' } | { readonly name: 'l1' } | { readonly name: 'elasticNet'; readonly share: number });

/**
 * Ridge penalty λ·½‖w‖², Σ λ·factorⱼ·½wⱼ² with factors. Because the loss is a mean over n rows, scikit-learn's Ridge(alpha) is
 * l2(alpha / n), and the C of its LogisticRegression is l2(1 / (C·n)).
 * @param strength λ ≥ 0. @throws ERR_GRADUS_OPTION
 */
export function l2(strength: number, options: PenaltyOptions = {}): Penalty {
  const checked = checkNumber(strength, 'the strength of l2', { min: 0 });
  return { name: 'l2', strength: checked, ...checkFactors(options, 'l2') };
}

/**
 * Lasso penalty λ‖w‖₁ (Tibshirani 1996), Σ λ·factorⱼ·|wⱼ| with factors: coefficients that do not earn it are exactly 0. With
 * squared loss scikit-learn's Lasso(alpha) is l1(alpha).
 * @param strength λ ≥ 0. @throws ERR_GRADUS_OPTION
 */
export function l1(strength: number, options: PenaltyOptions = {}): Penalty {
  const checked = checkNumber(strength, 'the strength of l1', { min: 0 });
  return { name: 'l1', strength: checked, ...checkFactors(options, 'l1') };
}

/**
 * λ·(share·‖w‖₁ + (1 − share)·½‖w‖²) (Zou and Hastie 2005); factors scale both parts. With squared loss scikit-learn's
 * ElasticNet(alpha, l1_ratio) is elasticNet(alpha, l1_ratio).
 * @param strength λ ≥ 0. @param share of l1, from 0 to 1; default 0.5. @throws ERR_GRADUS_OPTION
 */
export function elasticNet(strength: number, share = 0.5, options: PenaltyOptions = {}): Penalty {
  return {
    name: 'elasticNet',
    strength: checkNumber(strength, 'the strength of elasticNet', { min: 0 }),
    share: checkNumber(share, 'the share of elasticNet', { min: 0, max: 1 }),
    ...checkFactors(options, 'elasticNet'),
  };
}

/** λ of its part ½‖w‖², without factors. */
export function ridgeOf(penalty: Penalty | undefined): number {
  if (penalty === undefined || penalty.name === 'l1') return 0;
  return penalty.name === 'l2' ? penalty.strength : penalty.strength * (1 - penalty.share);
}

/** λ of its part ‖w‖₁, without factors. */
export function lassoOf(penalty: Penalty | undefined): number {
  if (penalty === undefined || penalty.name === 'l2') return 0;
  return penalty.name === 'l1' ? penalty.strength : penalty.strength * penalty.share;
}

/** λⱼ of its part Σ λⱼ½wⱼ², one a column. @throws ERR_GRADUS_OPTION, ERR_GRADUS_SHAPE for factors of other columns. */
export function ridgeStrengths(penalty: Penalty | undefined, names: readonly string[]): Float64Array {
  return strengths(ridgeOf(penalty), penalty?.factors, names);
}

/** λⱼ of its part Σ λⱼ|wⱼ|, one a column. @throws ERR_GRADUS_OPTION, ERR_GRADUS_SHAPE for factors of other columns. */
export function lassoStrengths(penalty: Penalty | undefined, names: readonly string[]): Float64Array {
  return strengths(lassoOf(penalty), penalty?.factors, names);
}

function strengths(strength: number, factors: PenaltyFactors | undefined, names: readonly string[]): Float64Array {
  const out = new Float64Array(names.length).fill(strength);
  if (factors === undefined) return out;
  if (isList(factors)) {
    checkLength(factors.length, names.length, 'the factors of the penalty', 'numbers, one a column');
    return out.map((value, j) => value * (factors[j] as number));
  }
  for (const [name, factor] of Object.entries(factors)) {
    const j = names.indexOf(name);
    if (j < 0) throw expectedBut('ERR_GRADUS_OPTION', 'each factor of the penalty', 'that of a column', `'${name}'`);
    out[j] = strength * factor;
  }
  return out;
}

/** A copy of the factors. */
function checkFactors(options: PenaltyOptions, owner: string): PenaltyOptions {
  checkOptions(options, ['factors'], owner);
  const { factors } = options;
  if (factors === undefined) return {};
  if (!isList(factors) && !isRecord(factors)) {
    const wanted = 'an array of numbers or a record by column name';
    throw expected('ERR_GRADUS_OPTION', `the factors of ${owner}`, wanted, factors);
  }
  const check = (value: unknown, which: string): number =>
    checkNumber(value, `the factor of ${which} in ${owner}`, { min: 0 });
  if (isList(factors)) return { factors: Array.from(factors, (value, j) => check(value, `column ${j}`)) };
  const entries = Object.entries(factors).map(([name, value]) => [name, check(value, `'${name}'`)]);
  return { factors: Object.fromEntries(entries) };
}

/** Typed arrays count as lists too. */
function isList(factors: unknown): factors is readonly number[] {
  return Array.isArray(factors) || ArrayBuffer.isView(factors);
}

/** Accepts what `l2()` and its siblings return. */
export function checkPenalty(value: unknown): Penalty {
  if (typeof value === 'object' && value !== null && 'name' in value && 'strength' in value) {
    const strength = value.strength as number;
    const factors = 'factors' in value ? { factors: value.factors as PenaltyFactors } : {};
    if (value.name === 'l2') return l2(strength, factors);
    if (value.name === 'l1') return l1(strength, factors);
    if (value.name === 'elasticNet' && 'share' in value) return elasticNet(strength, value.share as number, factors);
  }
  throw expected('ERR_GRADUS_OPTION', '`penalty`', 'l2(strength), l1(strength) or elasticNet(strength, share)', value);
}

/** Σ λⱼ½θⱼ², to the last bit λ·½‖θ‖² where all λⱼ are the same or 0. */
export function ridgeValue(lambda: Float64Array, theta: Float64Array): number {
  let largest = 0;
  for (const strength of lambda) largest = Math.max(largest, strength);
  if (largest === 0) return 0;
  let sum = 0;
  for (let j = 0; j < theta.length; j += 1)
    sum += ((lambda[j] as number) / largest) * ((theta[j] as number) * (theta[j] as number));
  return largest * 0.5 * sum;
}
