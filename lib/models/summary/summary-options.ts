// What a summary may be asked for, and the check of it.

import { expected } from '../../errors.js';
import { checkNumber, checkOptions } from '../../options.js';

const covariances = ['model', 'HC0', 'HC1', 'HC2', 'HC3'] as const;
const tests = ['auto', 'z', 't'] as const;
const weightings = ['variance', 'frequency'] as const;
const informations = ['expected', 'observed'] as const;

/** 'model', or the heteroscedasticity-consistent ("robust", "sandwich") covariances of White and of MacKinnon and White. */
export type CovarianceKind = (typeof covariances)[number];

export interface SummaryOptions {
  /**
   * 'model' (default): standard errors that hold if the model's variance function does; 'HC0' to 'HC3': those that hold
   * without it (White 1980; MacKinnon and White 1985). HC3 is the usual choice for few rows.
   */
  readonly covariance?: CovarianceKind;
  /** Of the confidence intervals, above 0 and below 1; default 0.95. */
  readonly confidence?: number;
  /**
   * What a weight w means. 'variance' (default): one observation, with variance φ·V(μ)/w (of the binomial: a share of w
   * trials). 'frequency': w observations that are all the same.
   */
  readonly weights?: 'variance' | 'frequency';
  /** 'auto' (default): Student's t for least squares, else the normal distribution. */
  readonly test?: 'auto' | 'z' | 't';
  /** 'expected' (default): Fisher's information; 'observed': the Hessian. They differ where the link is not canonical. */
  readonly information?: 'expected' | 'observed';
}

export type SummarySettings = Required<SummaryOptions>;

/** @throws ERR_GRADUS_OPTION */
export function checkSummaryOptions(options: SummaryOptions): SummarySettings {
  checkOptions(options, ['covariance', 'confidence', 'weights', 'test', 'information'], 'summary');
  return {
    covariance: oneOf(options.covariance ?? 'model', covariances, '`covariance`'),
    confidence: checkNumber(options.confidence ?? 0.95, '`confidence`', { above: 0, below: 1 }),
    weights: oneOf(options.weights ?? 'variance', weightings, '`weights`'),
    test: oneOf(options.test ?? 'auto', tests, '`test`'),
    information: oneOf(options.information ?? 'expected', informations, '`information`'),
  };
}

function oneOf<T extends string>(value: T, allowed: readonly T[], what: string): T {
  if (allowed.includes(value)) return value;
  const words = allowed.map((name) => `'${name}'`);
  throw expected('ERR_GRADUS_OPTION', what, `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`, value);
}
