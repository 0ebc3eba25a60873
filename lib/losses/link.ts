// Links of generalised linear models: η = g(μ) (McCullagh and Nelder 1989, section 2.2.4), by their inverses, with
// the derivatives of the mean that Newton's method and standard errors need.

import { expected } from '../errors.js';
import { exp, expm1, log, log1p, sigmoid } from '../kernels/portable/elementary.js';
import { normalCdf, normalPdf, normalQuantile, normalSurvival } from '../statistics/normal.js';

export type LinkName = 'identity' | 'log' | 'logit' | 'probit' | 'cloglog' | 'inverse' | 'inverseSquared' | 'sqrt';

export interface Link {
  readonly name: LinkName;
  /** η of a mean. */
  predictor(mean: number): number;
  /** μ of a predictor. */
  mean(eta: number): number;
  /** dμ/dη, with μ = mean(eta). */
  slope(eta: number, mean: number): number;
  /** d²μ/dη². */
  curvature(eta: number, mean: number): number;
  /** 1 − μ with all its digits, of the links whose means are below 1. */
  complement?(eta: number): number;
  /** η is above 0. */
  readonly positive?: true;
}

const identity: Link = {
  name: 'identity',
  predictor: (mean) => mean,
  mean: (eta) => eta,
  slope: () => 1,
  curvature: () => 0,
};

const logarithm: Link = {
  name: 'log',
  predictor: log,
  mean: exp,
  slope: (_, mean) => mean,
  curvature: (_, mean) => mean,
};

/** μ(1 − μ) from the side where nothing cancels. */
const logisticSlope = (eta: number): number => {
  const e = exp(-Math.abs(eta));
  return e / ((1 + e) * (1 + e));
};

const logit: Link = {
  name: 'logit',
  predictor: (mean) => log(mean) - log1p(-mean),
  mean: sigmoid,
  slope: logisticSlope,
  curvature: (eta, mean) => logisticSlope(eta) * (1 - 2 * mean),
  complement: (eta) => sigmoid(-eta),
};

/** μ = Φ(η). */
const probit: Link = {
  name: 'probit',
  predictor: normalQuantile,
  mean: normalCdf,
  slope: normalPdf,
  curvature: (eta) => -eta * normalPdf(eta),
  complement: normalSurvival,
};

/** μ = 1 − e^(−e^η). */
const cloglog: Link = {
  name: 'cloglog',
  predictor: (mean) => log(-log1p(-mean)),
  mean: (eta) => -expm1(-exp(eta)),
  slope: (eta) => exp(eta - exp(eta)),
  curvature: (eta) => exp(eta - exp(eta)) * (1 - exp(eta)),
  complement: (eta) => exp(-exp(eta)),
};

const inverse: Link = {
  name: 'inverse',
  predictor: (mean) => 1 / mean,
  mean: (eta) => 1 / eta,
  slope: (_, mean) => -mean * mean,
  curvature: (_, mean) => 2 * mean * mean * mean,
};

const inverseSquared: Link = {
  name: 'inverseSquared',
  predictor: (mean) => 1 / (mean * mean),
  mean: (eta) => 1 / Math.sqrt(eta),
  slope: (eta, mean) => -mean / (2 * eta),
  curvature: (eta, mean) => (3 * mean) / (4 * eta * eta),
  positive: true,
};

const sqrt: Link = {
  name: 'sqrt',
  predictor: Math.sqrt,
  mean: (eta) => eta * eta,
  slope: (eta) => 2 * eta,
  curvature: () => 2,
  positive: true,
};

export const links: Readonly<Record<LinkName, Link>> = {
  identity,
  log: logarithm,
  logit,
  probit,
  cloglog,
  inverse,
  inverseSquared,
  sqrt,
};

/** @throws ERR_GRADUS_OPTION */
export function checkLink(value: unknown): Link {
  if (typeof value === 'string' && Object.hasOwn(links, value)) return links[value as LinkName];
  const names = Object.keys(links).map((name) => `'${name}'`);
  throw expected('ERR_GRADUS_OPTION', '`link`', `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`, value);
}
