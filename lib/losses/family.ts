// Families of generalised linear models: how the variance of a target depends on its mean, and how far from its mean
// it is (McCullagh and Nelder 1989, chapter 2; Jørgensen 1997 for Tweedie's).

import { expected } from '../errors.js';
import { log, log1p } from '../kernels/portable/elementary.js';
import { checkNumber } from '../options.js';
import type { LinkName } from './link.js';

export type FamilyName =
  | 'gaussian'
  | 'binomial'
  | 'poisson'
  | 'gamma'
  | 'inverseGaussian'
  | 'negativeBinomial'
  | 'tweedie';

export interface Family {
  readonly name: FamilyName;
  /** Tweedie's power, or α of the negative binomial; 0 for the others. */
  readonly parameter: number;
  /** The dispersion φ in var(y) = φ·variance(μ) is 1, and not estimated. */
  readonly dispersionKnown: boolean;
  /** The link where none is named: the canonical one, or log where that would allow means below 0. */
  readonly defaultLink: LinkName;
  /** A target the family cannot have: what there may be. Undefined for the others. */
  targetProblem(y: number): string | undefined;
  /** True of a mean that the family can have. */
  allows(mean: number): boolean;
  variance(mean: number): number;
  /** dV/dμ. */
  varianceSlope(mean: number): number;
  /** The unit deviance d(y, μ) ≥ 0: twice the log-likelihood that μ lacks, times φ. */
  deviance(y: number, mean: number): number;
}

/** log(y/μ); near y = μ the rounding of the quotient would be all that is left. */
const logRatio = (y: number, mean: number): number =>
  Math.abs(y - mean) < 0.5 * mean ? log1p((y - mean) / mean) : log(y / mean);
/** y·log(y/μ), 0 for y = 0. */
const relativeLog = (y: number, mean: number): number => (y > 0 ? y * logRatio(y, mean) : 0);
const positive = (mean: number): boolean => mean > 0 && mean < Number.POSITIVE_INFINITY;
const finite = (mean: number): boolean => Number.isFinite(mean);
const notNegative = (y: number): string | undefined => (y >= 0 ? undefined : 'a number ≥ 0');
const aboveZero = (y: number): string | undefined => (y > 0 ? undefined : 'a number > 0');

export const gaussian: Family = {
  name: 'gaussian',
  parameter: 0,
  dispersionKnown: false,
  defaultLink: 'identity',
  targetProblem: () => undefined,
  allows: finite,
  variance: () => 1,
  varianceSlope: () => 0,
  deviance: (y, mean) => (y - mean) * (y - mean),
};

export const binomial: Family = {
  name: 'binomial',
  parameter: 0,
  dispersionKnown: true,
  defaultLink: 'logit',
  targetProblem: (y) => (y >= 0 && y <= 1 ? undefined : 'a class, 0 or 1, or a share between them'),
  allows: (mean) => mean >= 0 && mean <= 1,
  variance: (mean) => mean * (1 - mean),
  varianceSlope: (mean) => 1 - 2 * mean,
  deviance: (y, mean) => 2 * (relativeLog(y, mean) + relativeLog(1 - y, 1 - mean)),
};

export const poissonFamily: Family = {
  name: 'poisson',
  parameter: 0,
  dispersionKnown: true,
  defaultLink: 'log',
  targetProblem: (y) => (y >= 0 ? undefined : 'a count, 0 or more'),
  allows: positive,
  variance: (mean) => mean,
  varianceSlope: () => 1,
  deviance: (y, mean) => 2 * (relativeLog(y, mean) - (y - mean)),
};

export const gamma: Family = {
  name: 'gamma',
  parameter: 0,
  dispersionKnown: false,
  defaultLink: 'log',
  targetProblem: aboveZero,
  allows: positive,
  variance: (mean) => mean * mean,
  varianceSlope: (mean) => 2 * mean,
  deviance: (y, mean) => 2 * ((y - mean) / mean - logRatio(y, mean)),
};

export const inverseGaussian: Family = {
  name: 'inverseGaussian',
  parameter: 0,
  dispersionKnown: false,
  defaultLink: 'log',
  targetProblem: aboveZero,
  allows: positive,
  variance: (mean) => mean * mean * mean,
  varianceSlope: (mean) => 3 * mean * mean,
  deviance: (y, mean) => (y - mean) ** 2 / (mean * mean * y),
};

/**
 * Counts with variance μ + αμ² (Lawless 1987; NB2).
 * @param alpha > 0, known beforehand: it is not estimated.
 */
export function negativeBinomial(alpha: number): Family {
  checkNumber(alpha, '`alpha` of negativeBinomial', { above: 0 });
  return {
    name: 'negativeBinomial',
    parameter: alpha,
    dispersionKnown: true,
    defaultLink: 'log',
    targetProblem: (y) => (y >= 0 ? undefined : 'a count, 0 or more'),
    allows: positive,
    variance: (mean) => mean + alpha * mean * mean,
    varianceSlope: (mean) => 1 + 2 * alpha * mean,
    deviance: (y, mean) => 2 * (relativeLog(y, mean) - (y + 1 / alpha) * log1p((y - mean) / (mean + 1 / alpha))),
  };
}

/**
 * Variance μ^power (Tweedie 1984): 0 Gaussian, 1 Poisson, 1 to 2 sums of a Poisson number of gamma amounts, with exact
 * zeros, 2 gamma, 3 inverse Gaussian.
 * @param power 0, or 1 and more. There is no such family between 0 and 1.
 */
export function tweedie(power: number): Family {
  checkNumber(power, '`power` of tweedie', power === 0 ? {} : { min: 1 });
  const base = power === 0 ? gaussian : power === 1 ? poissonFamily : power === 2 ? gamma : undefined;
  return {
    name: 'tweedie',
    parameter: power,
    dispersionKnown: power === 1,
    defaultLink: power === 0 ? 'identity' : 'log',
    targetProblem: base?.targetProblem ?? (power < 2 ? notNegative : aboveZero),
    allows: base?.allows ?? positive,
    variance: base?.variance ?? ((mean) => mean ** power),
    varianceSlope: base?.varianceSlope ?? ((mean) => power * mean ** (power - 1)),
    deviance:
      base?.deviance ??
      ((y, mean) => {
        const own = y > 0 || power < 2 ? y ** (2 - power) / ((1 - power) * (2 - power)) : 0;
        return 2 * (own - (y * mean ** (1 - power)) / (1 - power) + mean ** (2 - power) / (2 - power));
      }),
  };
}

const byName = { gaussian, binomial, poisson: poissonFamily, gamma, inverseGaussian } as const;

/** Accepts a family by name, or what `tweedie(power)` and `negativeBinomial(alpha)` return. @throws ERR_GRADUS_OPTION */
export function checkFamily(value: unknown): Family {
  const fields = typeof value === 'object' && value !== null ? (value as Partial<Family>) : { name: value };
  const { name, parameter } = fields as { readonly name?: unknown; readonly parameter?: unknown };
  if (typeof name === 'string' && Object.hasOwn(byName, name)) return byName[name as keyof typeof byName];
  if (name === 'tweedie' && parameter !== undefined) return tweedie(parameter as number);
  if (name === 'negativeBinomial' && parameter !== undefined) return negativeBinomial(parameter as number);
  const names = Object.keys(byName)
    .map((each) => `'${each}'`)
    .join(', ');
  throw expected('ERR_GRADUS_OPTION', '`family`', `${names}, tweedie(power) or negativeBinomial(alpha)`, value);
}
