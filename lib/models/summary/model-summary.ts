// What a summary holds. It is data: JSON.stringify gives all of it, String(summary) and console.log a table.
// docs/inference.md has the formula of every number and its name in statsmodels and R.

import type { SummarySettings } from './summary-options.js';
import { summaryTable } from './table.js';
import type { VarianceMethod } from './variances.js';

/** From the lower end to the upper. */
export type Interval = readonly [number, number];

/** e^estimate, and the interval of it. */
export interface RatioSummary {
  readonly estimate: number;
  readonly confidenceInterval: Interval;
}

export interface CoefficientSummary {
  /** Of the column; 'intercept' for the constant term. */
  readonly name: string;
  readonly estimate: number;
  /** NaN when columns depend on each other or there are no degrees of freedom. */
  readonly standardError: number;
  /** estimate / standardError. */
  readonly statistic: number;
  /** The probability of a statistic as far from 0, on either side, if the parameter were 0. */
  readonly pValue: number;
  readonly confidenceInterval: Interval;
  /** estimate times the standard deviation of the column: columns compare by it. Absent for the intercept. */
  readonly standardizedEffect?: number;
  /** Of the binomial family with logit link: the factor on the odds for one unit more of the column. */
  readonly oddsRatio?: RatioSummary;
  /** With a log link: the factor on the mean for one unit more of the column. */
  readonly rateRatio?: RatioSummary;
}

export interface ModelSummary {
  readonly model: string;
  /** 'gaussian', 'binomial', …; 'huber' where the loss is that and not a likelihood. */
  readonly family: string;
  readonly link: string;
  /** One a column, then the intercept where there is one. */
  readonly coefficients: readonly CoefficientSummary[];
  /** Rows of positive weight; the sum of the weights where they are frequencies. */
  readonly observations: number;
  /** Observations less parameters. */
  readonly degreesOfFreedom: number;
  readonly covariance: SummarySettings['covariance'];
  readonly information: SummarySettings['information'];
  readonly weights: SummarySettings['weights'];
  /** The distribution of the statistics: normal or Student's with `degreesOfFreedom`. */
  readonly test: 'z' | 't';
  readonly confidence: number;
  /** φ in var(y) = φ·V(μ)/w. */
  readonly dispersion: number;
  /** 'known': it is 1; 'pearson': Pearson's χ² over the degrees of freedom. */
  readonly dispersionMethod: 'known' | 'pearson';
  /** Σ of the unit deviances, not divided by φ; of least squares Σw(y − ŷ)². */
  readonly deviance: number;
  /** The same for the model that has nothing but an intercept. */
  readonly nullDeviance: number;
  /** Σ w (y − μ)² / V(μ). */
  readonly pearsonChiSquared: number;
  /** At the estimates and `dispersion` (least squares: at the σ² that maximises it). NaN where there is no likelihood. */
  readonly logLikelihood: number;
  /** −2·logLikelihood + 2·parameters; φ is not counted as one. */
  readonly aic: number;
  /** −2·logLikelihood + parameters·log(observations). */
  readonly bic: number;
  /** How the variances were found; 'dependent' when there are none because columns depend on each other. */
  readonly method: VarianceMethod;
  /** Estimate of the condition number of the scaled Hessian; its square root is that of the columns. */
  readonly condition: number;
  /** What to know before believing the numbers. */
  readonly warnings: readonly string[];
}

export interface GeneralizedSummary extends ModelSummary {
  /** McFadden's 1 − l/l₀, and Cox and Snell's 1 − e^(2(l₀ − l)/n). */
  readonly pseudoRSquared: { readonly mcFadden: number; readonly coxSnell: number };
}

/** Of a class against class 0: the log of the odds between the two. */
export interface ClassCoefficient extends CoefficientSummary {
  /** Its number, or its name where the fit had names. */
  readonly class: number | string;
}

export interface SoftmaxSummary extends GeneralizedSummary {
  /** Of class 1: one a column, then the intercept where there is one; then of class 2, and so on. */
  readonly coefficients: readonly ClassCoefficient[];
}

export interface LinearSummary extends ModelSummary {
  /** σ, NaN without degrees of freedom: an observation of variance weight w has variance σ²/w. */
  readonly residualStandardDeviation: number;
  /** 1 − Σw(y − ŷ)² / Σw(y − ȳ)²; without an intercept about the origin: 1 − Σw(y − ŷ)² / Σwy². NaN for a constant target. */
  readonly rSquared: number;
  /** The same with both sums divided by their degrees of freedom. */
  readonly adjustedRSquared: number;
  /** The test of all coefficients but the intercept at once, with the covariance asked for. NaN where there is none. */
  readonly fStatistic: {
    readonly value: number;
    readonly pValue: number;
    /** Of the numerator and the denominator. */
    readonly degreesOfFreedom: readonly [number, number];
  };
}

/** The same data with a table for people. */
export function printable<T extends ModelSummary>(summary: T): T {
  return Object.assign(new Printable(), summary);
}

class Printable {
  toString(): string {
    return summaryTable(this as unknown as ModelSummary);
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}
