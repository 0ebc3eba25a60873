// The loss of a family of generalised linear models with a link: half the unit deviance of
// the mean, up to terms that only the target decides. The common pairs have kernels; every
// other pair is computed here, rows at a time, from what the family and the link say.

import { log } from '../kernels/portable/elementary.js';
import type { Family } from './family.js';
import type { Link } from './link.js';
import {
  gammaLoss,
  type Loss,
  type LossFunction,
  logistic,
  negativeBinomialLoss,
  poisson,
  squared,
  tweedieLoss,
  type VectorLoss,
} from './loss.js';

/** By the kernels where they have the pair. */
export function familyLoss(family: Family, link: Link): Loss {
  const likelihood = likelihoodOf(family, link);
  const power = powerOf(family);
  if (link.name === 'identity' && power === 0) return squared();
  if (link.name === 'logit' && family.name === 'binomial') return logistic;
  if (link.name === 'log') {
    if (power === 1) return poisson;
    if (power === 2) return gammaLoss;
    if (power !== undefined && power > 1) return tweedieLoss(power, likelihood);
    if (family.name === 'negativeBinomial') return negativeBinomialLoss(family.parameter);
  }
  return likelihood;
}

function likelihoodOf(family: Family, link: Link): VectorLoss {
  return {
    name: 'likelihood',
    parameter: 0,
    maxCurvature: Number.POSITIVE_INFINITY,
    constantCurvature: false,
    evaluate: family.name === 'binomial' ? shares(link) : means(family, link),
    expectedCurvature: family.name === 'binomial' ? expectedOfShares(link) : expectedOfMeans(family, link),
  };
}

/** Of the mean, in the variance. */
function powerOf({ name, parameter }: Family): number | undefined {
  const powers: Partial<Record<Family['name'], number>> = { gaussian: 0, poisson: 1, gamma: 2, inverseGaussian: 3 };
  return name === 'tweedie' ? parameter : powers[name];
}

/** With r = μ − y: loss' = r μ'/V, loss'' = μ'²/V + r (μ''/V − μ'² V'/V²), of expectation μ'²/V. */
function means(family: Family, link: Link): LossFunction {
  return (eta, y, derivative, curvature, weights) => {
    let sum = 0;
    for (let i = 0; i < eta.length; i += 1) {
      const at = eta[i] as number;
      const target = y[i] as number;
      const mean = link.mean(at);
      if ((link.positive && !(at > 0)) || !family.allows(mean)) return Number.POSITIVE_INFINITY;
      const slope = link.slope(at, mean);
      const variance = family.variance(mean);
      const residual = mean - target;
      const expected = (slope * slope) / variance;
      const turn = link.curvature(at, mean) / variance - (expected * family.varianceSlope(mean)) / variance;
      derivative[i] = (residual * slope) / variance;
      curvature[i] = expected + residual * turn;
      const half = 0.5 * family.deviance(target, mean);
      sum += weights === undefined ? half : (weights[i] as number) * half;
    }
    return sum;
  };
}

/**
 * The negative log-likelihood −y log μ − (1 − y) log(1 − μ) of a share, each part only where it counts: the other mean may have
 * vanished. With A = μ'/μ and B = μ'/(1 − μ), which stay exact where μ is near an end: loss' = (1 − y) B − y A,
 * loss'' = (1 − y)(μ''/(1 − μ) + B²) − y (μ''/μ − A²), of expectation A B.
 */
function shares(link: Link): LossFunction {
  return (eta, y, derivative, curvature, weights) => {
    let sum = 0;
    for (let i = 0; i < eta.length; i += 1) {
      const at = eta[i] as number;
      const share = y[i] as number;
      const mean = link.mean(at);
      const rest = link.complement?.(at) ?? 1 - mean;
      const possible = mean >= 0 && rest >= 0 && (mean > 0 || share === 0) && (rest > 0 || share === 1);
      if (!possible || (link.positive && !(at > 0))) return Number.POSITIVE_INFINITY;
      const slope = link.slope(at, mean);
      const bend = link.curvature(at, mean);
      let lost = 0;
      let first = 0;
      let second = 0;
      if (share > 0) {
        const a = slope / mean;
        lost -= share * log(mean);
        first -= share * a;
        second -= share * (bend / mean - a * a);
      }
      if (share < 1) {
        const b = slope / rest;
        lost -= (1 - share) * log(rest);
        first += (1 - share) * b;
        second += (1 - share) * (bend / rest + b * b);
      }
      derivative[i] = first;
      curvature[i] = second;
      sum += weights === undefined ? lost : (weights[i] as number) * lost;
    }
    return sum;
  };
}

function expectedOfMeans(family: Family, link: Link): NonNullable<VectorLoss['expectedCurvature']> {
  return (eta, curvature) => {
    for (let i = 0; i < eta.length; i += 1) {
      const mean = link.mean(eta[i] as number);
      curvature[i] = link.slope(eta[i] as number, mean) ** 2 / family.variance(mean);
    }
  };
}

function expectedOfShares(link: Link): NonNullable<VectorLoss['expectedCurvature']> {
  return (eta, curvature) => {
    for (let i = 0; i < eta.length; i += 1) {
      const at = eta[i] as number;
      const mean = link.mean(at);
      const rest = link.complement?.(at) ?? 1 - mean;
      const slope = link.slope(at, mean);
      curvature[i] = mean > 0 && rest > 0 ? (slope / mean) * (slope / rest) : 0;
    }
  };
}
