// The rows of a coefficient table from estimates and standard errors.

import { exp } from '../../kernels/portable/elementary.js';
import { normalQuantile, normalSurvival } from '../../statistics/normal.js';
import { studentQuantile, studentSurvival } from '../../statistics/student.js';
import type { CoefficientSummary, Interval, RatioSummary } from './model-summary.js';

export interface CoefficientInput {
  readonly names: readonly string[];
  /** Coefficients, then the intercept where there is one. */
  readonly parameters: Float64Array;
  readonly standardErrors: ArrayLike<number>;
  /** Of the columns. */
  readonly deviations: ArrayLike<number>;
  readonly test: 'z' | 't';
  readonly degreesOfFreedom: number;
  readonly confidence: number;
  readonly ratio: 'oddsRatio' | 'rateRatio' | undefined;
}

export function coefficientTable(input: CoefficientInput): CoefficientSummary[] {
  const { names, parameters, standardErrors, deviations, test, degreesOfFreedom: freedom, ratio } = input;
  const outside = (1 - input.confidence) / 2;
  const reach = test === 't' ? -studentQuantile(outside, freedom) : -normalQuantile(outside);
  return Array.from(parameters, (estimate, j) => {
    const standardError = standardErrors[j] as number;
    const statistic = estimate / standardError;
    const size = Math.abs(statistic);
    const tail = test === 't' ? studentSurvival(size, freedom) : normalSurvival(size);
    const interval: Interval = [estimate - reach * standardError, estimate + reach * standardError];
    const name = names[j];
    return {
      name: name ?? 'intercept',
      estimate,
      standardError,
      statistic,
      pValue: 2 * tail,
      confidenceInterval: interval,
      ...(name === undefined ? {} : { standardizedEffect: estimate * (deviations[j] as number) }),
      ...(ratio === undefined ? {} : { [ratio]: ratioOf(estimate, interval) }),
    };
  });
}

function ratioOf(estimate: number, [low, high]: Interval): RatioSummary {
  return { estimate: exp(estimate), confidenceInterval: [exp(low), exp(high)] };
}
