// The summary of a generalised linear model: any model whose targets have a family and whose means a link
// (McCullagh and Nelder 1989, chapter 2).

import type { LinearSpec } from '../../kernels/kernels.js';
import type { Family } from '../../losses/family.js';
import type { Link } from '../../losses/link.js';
import { atOnce } from '../at-once.js';
import type { Work } from '../objective.js';
import { coefficientTable } from './coefficients.js';
import { type Contributions, contributions, type FittedRows } from './contributions.js';
import {
  criteria,
  devianceOf,
  gaussianLikelihood,
  likelihoodOf,
  nullRows,
  observationsOf,
  pearsonOf,
  pseudoRSquared,
} from './fit-statistics.js';
import { checkSummaryInput, type Gathered, gather, type SummaryInput } from './gather.js';
import { columnRemarks } from './column-remarks.js';
import { type GeneralizedSummary, printable } from './model-summary.js';
import { remarkOnDispersion, remarkOnFreedom, remarkOnPenalty, remarkOnWeights } from './remarks.js';
import { covarianceOf, standardErrorsOf } from './robust.js';
import { withoutMaximum } from './separation.js';
import { StandardDesign } from './standard-design.js';
import { checkSummaryOptions, type SummaryOptions, type SummarySettings } from './summary-options.js';
import { type Variances, variancesOf } from './variances.js';

export interface Distribution {
  readonly family: Family;
  readonly link: Link;
}

/** @throws ERR_GRADUS_OPTION, ERR_GRADUS_SHAPE */
export function generalizedSummary(
  input: SummaryInput,
  distribution: Distribution,
  options: SummaryOptions,
): GeneralizedSummary {
  const settings = checkSummaryOptions(options);
  checkSummaryInput(input);
  return atOnce(summarise(input, distribution, settings));
}

function* summarise(
  input: SummaryInput,
  { family, link }: Distribution,
  settings: SummarySettings,
): Work<GeneralizedSummary> {
  const gathered = yield* gather(input);
  const { y, weights, eta, facts } = gathered;
  const { parameters, names } = input.fitted;
  const rows: FittedRows = { y, weights, eta, mean: eta.map((value) => link.mean(value)) };
  const observations = observationsOf(weights, settings.weights);
  const freedom = observations - parameters.length;
  const pearson = pearsonOf(rows, family);
  const dispersion = family.dispersionKnown ? 1 : freedom > 0 ? pearson / freedom : Number.NaN;
  const likelihood = likelihoods(rows, gathered, { family, link }, dispersion, pearson, settings);
  const errors = yield* standardErrors(input, gathered, contributions(rows, family, link, settings.information), {
    settings,
    dispersion,
    observations,
  });
  const test = settings.test === 'auto' ? 'z' : settings.test;
  const { intercept, penalty } = input.settings;
  const penalised = (penalty?.strength ?? 0) > 0;
  const without = { ...gathered, columnNames: names, intercept, family, link };
  const remarks = [
    penalised ? undefined : yield* withoutMaximum(without, parameters),
    ...errors.remarks,
    remarkOnFreedom(freedom),
    remarkOnDispersion(family, rows, pearson, freedom, settings.covariance),
    remarkOnWeights(weights, settings.weights, family.name),
    remarkOnPenalty(penalty),
    Number.isNaN(likelihood.own)
      ? `no log-likelihood of ${family.name} with power ${family.parameter} is known here`
      : undefined,
  ];
  return printable({
    model: input.model,
    family: family.name,
    link: link.name,
    coefficients: coefficientTable({
      names,
      parameters,
      standardErrors: errors.standardErrors,
      deviations: facts.variance.map(Math.sqrt),
      test,
      degreesOfFreedom: freedom,
      confidence: settings.confidence,
      ratio: link.name === 'log' ? 'rateRatio' : link.name === 'logit' ? 'oddsRatio' : undefined,
    }),
    observations,
    degreesOfFreedom: freedom,
    covariance: settings.covariance,
    information: settings.information,
    weights: settings.weights,
    test,
    confidence: settings.confidence,
    dispersion,
    dispersionMethod: family.dispersionKnown ? 'known' : 'pearson',
    deviance: devianceOf(rows, family),
    nullDeviance: devianceOf(likelihood.nullRows, family),
    pearsonChiSquared: pearson,
    logLikelihood: likelihood.own,
    ...criteria(likelihood.own, parameters.length, observations),
    pseudoRSquared: pseudoRSquared(likelihood.own, likelihood.ofNull, observations),
    method: errors.method,
    condition: errors.condition,
    warnings: remarks.filter((remark) => remark !== undefined),
  });
}

interface Likelihoods {
  readonly own: number;
  readonly ofNull: number;
  readonly nullRows: FittedRows;
}

/** Of the fit, at the σ² that maximises it for a Gaussian with identity link, and of the intercept alone at φ. */
function likelihoods(
  rows: FittedRows,
  { rows: { offset }, weights }: Gathered,
  { family, link }: Distribution,
  dispersion: number,
  pearson: number,
  { weights: weighting }: SummarySettings,
): Likelihoods {
  const alone = nullRows(rows, family, link, offset?.data);
  const profiled = family.name === 'gaussian' && link.name === 'identity';
  const observations = observationsOf(weights, weighting);
  return {
    own: profiled
      ? gaussianLikelihood(pearson, weights, observations, weighting)
      : likelihoodOf(rows, family, dispersion, weighting),
    ofNull: likelihoodOf(alone, family, dispersion, weighting),
    nullRows: alone,
  };
}

interface StandardErrors extends Pick<Variances, 'method' | 'condition'> {
  readonly standardErrors: Float64Array;
  readonly remarks: readonly string[];
}

function* standardErrors(
  { settings: { intercept } }: SummaryInput,
  gathered: Gathered,
  { scores, information }: Contributions,
  { settings, dispersion, observations }: { settings: SummarySettings; dispersion: number; observations: number },
): Work<StandardErrors> {
  const { rows, facts, names, diagonal, totalWeight, weights, kernels, threads } = gathered;
  const design = new StandardDesign(rows, intercept, facts, kernels, threads);
  try {
    const remarks = yield* columnRemarks(design, names, information);
    if (settings.covariance === 'model' && settings.information === 'expected') {
      const { variances, method, condition } = yield* modelVariances(gathered, information, intercept);
      return { standardErrors: variances.map((v) => Math.sqrt(dispersion * v)), method, condition, remarks };
    }
    const found = yield* covarianceOf({
      design,
      kind: settings.covariance,
      weighting: settings.weights,
      scores,
      information,
      weights,
      penalty: diagonal.map((value) => value * totalWeight),
      dispersion,
      observations,
    });
    if (found === undefined) return { ...none(names.length), remarks };
    const { condition, covariance, remark } = found;
    return {
      standardErrors: standardErrorsOf(covariance, names.length),
      method: 'cholesky',
      condition,
      remarks: remark === undefined ? remarks : [...remarks, remark],
    };
  } finally {
    design.dispose();
  }
}

/** Those of least squares with the information as weights. */
function* modelVariances(
  { rows, diagonal, totalWeight, kernels, threads }: Gathered,
  information: Float64Array,
  intercept: boolean,
): Work<Variances> {
  const weights = kernels.memory(rows.rows);
  weights.data.set(information);
  const { y: _, offset: __, ...plain } = rows;
  const spec: LinearSpec = {
    ...plain,
    weights,
    y: undefined,
    loss: 'squared',
    lossParameter: 0,
    intercept,
    shift: undefined,
    scale: undefined,
  };
  const sums = kernels.linear(spec, threads);
  try {
    const total = information.reduce((sum, value) => sum + value, 0);
    sums.diagonal.set(diagonal.map((value) => (value * totalWeight) / total));
    return yield* variancesOf(sums, spec, kernels);
  } finally {
    sums.dispose();
  }
}

export function none(size: number): Pick<StandardErrors, 'standardErrors' | 'method' | 'condition'> {
  const standardErrors = new Float64Array(size).fill(Number.NaN);
  return { standardErrors, method: 'dependent', condition: Number.POSITIVE_INFINITY };
}
