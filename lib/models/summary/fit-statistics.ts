// Deviance, Pearson's χ² and likelihood of fitted means, and of the model that has nothing but an intercept.

import { exp, log } from '../../kernels/portable/elementary.js';
import type { Family } from '../../losses/family.js';
import type { Link } from '../../losses/link.js';
import { logLikelihood } from '../../losses/log-likelihood.js';
import { contributions, type FittedRows } from './contributions.js';
import type { SummarySettings } from './summary-options.js';

/** Σ over rows of positive weight. */
function sumOver({ y, weights, mean }: FittedRows, term: (y: number, mean: number, weight: number) => number): number {
  let sum = 0;
  for (let i = 0; i < y.length; i += 1) {
    const weight = weights[i] as number;
    if (weight > 0) sum += term(y[i] as number, mean[i] as number, weight);
  }
  return sum;
}

export function observationsOf(weights: Float64Array, weighting: SummarySettings['weights']): number {
  let count = 0;
  for (const weight of weights) count += weighting === 'frequency' ? weight : weight > 0 ? 1 : 0;
  return count;
}

export function devianceOf(rows: FittedRows, family: Family): number {
  return sumOver(rows, (y, mean, weight) => weight * family.deviance(y, mean));
}

export function pearsonOf(rows: FittedRows, family: Family): number {
  return sumOver(rows, (y, mean, weight) => {
    const residual = y - mean;
    // Fitted exactly where the variance vanishes, as a probability of 1 is.
    return residual === 0 ? 0 : (weight * residual * residual) / family.variance(mean);
  });
}

export function likelihoodOf(
  rows: FittedRows,
  family: Family,
  dispersion: number,
  weighting: SummarySettings['weights'],
): number {
  const frequencies = weighting === 'frequency';
  return sumOver(rows, (y, mean, weight) => {
    const own = logLikelihood(family, y, mean, frequencies ? 1 : weight, dispersion);
    return frequencies ? weight * own : own;
  });
}

/** The same rows with the means of the model η = intercept + offset: without offset the weighted mean of y. */
export function nullRows(rows: FittedRows, family: Family, link: Link, offset: Float64Array | undefined): FittedRows {
  const total = sumOver(rows, (_, __, weight) => weight);
  const centre = sumOver(rows, (y, _, weight) => weight * y) / total;
  const start = link.predictor(centre);
  if (offset === undefined || !Number.isFinite(start)) {
    return { ...rows, eta: rows.eta.map(() => start), mean: rows.mean.map(() => centre) };
  }
  return nullByScoring(rows, family, link, offset, start);
}

// Fisher's scoring on one number takes a handful of steps; a step that raises the deviance is halved.
const mostSteps = 100;

function nullByScoring(rows: FittedRows, family: Family, link: Link, offset: Float64Array, start: number): FittedRows {
  const at = (intercept: number): FittedRows => {
    const eta = offset.map((value) => value + intercept);
    return { ...rows, eta, mean: eta.map((value) => link.mean(value)) };
  };
  let intercept = start - offset.reduce((sum, value) => sum + value, 0) / offset.length;
  let current = at(intercept);
  let deviance = devianceOf(current, family);
  for (let count = 0; count < mostSteps; count += 1) {
    const { scores, information } = contributions(current, family, link, 'expected');
    const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
    let step = sum(scores) / sum(information);
    let next = at(intercept + step);
    for (let halvings = 0; halvings < 30 && !(devianceOf(next, family) <= deviance * (1 + 1e-12)); halvings += 1) {
      step /= 2;
      next = at(intercept + step);
    }
    intercept += step;
    current = next;
    deviance = devianceOf(current, family);
    if (!(Math.abs(step) > 1e-12 * (1 + Math.abs(intercept)))) break;
  }
  return current;
}

/** Of a Gaussian whose σ² is the one that maximises it: −(n/2)(log(2π·squares/n) + 1) + ½ Σ log w. */
export function gaussianLikelihood(
  squares: number,
  weights: Float64Array,
  observations: number,
  weighting: SummarySettings['weights'],
): number {
  let logWeights = 0;
  if (weighting === 'variance') for (const weight of weights) if (weight > 0) logWeights += log(weight);
  return -0.5 * observations * (log((2 * Math.PI * squares) / observations) + 1) + 0.5 * logWeights;
}

/** McFadden's and that of Cox and Snell. */
export function pseudoRSquared(
  likelihood: number,
  ofNull: number,
  observations: number,
): { mcFadden: number; coxSnell: number } {
  return { mcFadden: 1 - likelihood / ofNull, coxSnell: 1 - exp((2 * (ofNull - likelihood)) / observations) };
}

/** AIC and BIC; φ is not counted as a parameter, as statsmodels does not (R counts it). */
export function criteria(likelihood: number, parameters: number, observations: number): { aic: number; bic: number } {
  return {
    aic: -2 * likelihood + 2 * parameters,
    bic: -2 * likelihood + parameters * log(observations),
  };
}
