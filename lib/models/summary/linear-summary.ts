// The summary of a linear regression. Least squares keep the digits of NIST's certified standard errors (docs/numerics.md);
// Huber's loss has the asymptotic variances of M-estimates (Huber 1981, section 7.6).

import { expectedBut } from '../../errors.js';
import type { DoubleStorage, Kernels, LinearSpec, LinearSums } from '../../kernels/kernels.js';
import { fSurvival } from '../../statistics/incomplete-beta.js';
import { atOnce } from '../at-once.js';
import type { Work } from '../objective.js';
import { coefficientTable } from './coefficients.js';
import { columnRemarks } from './column-remarks.js';
import { criteria, gaussianLikelihood, observationsOf } from './fit-statistics.js';
import { checkSummaryInput, type Gathered, gather, type SummaryInput } from './gather.js';
import { type LinearSummary, printable } from './model-summary.js';
import { remarkOnFreedom, remarkOnPenalty, remarkOnWeights } from './remarks.js';
import { covarianceOf, standardErrorsOf, waldStatistic } from './robust.js';
import { StandardDesign } from './standard-design.js';
import { checkSummaryOptions, type SummaryOptions, type SummarySettings } from './summary-options.js';
import { type Variances, variancesOf } from './variances.js';

/** @throws ERR_GRADUS_OPTION, ERR_GRADUS_SHAPE */
export function linearSummary(input: SummaryInput, options: SummaryOptions): LinearSummary {
  const settings = checkSummaryOptions(options);
  checkSummaryInput(input);
  const { loss } = input.settings;
  if (loss.name !== 'squared' && loss.name !== 'huber') {
    const wanted = 'squared() or huber(delta)';
    throw expectedBut('ERR_GRADUS_OPTION', 'the loss of a linear model with a summary', wanted, loss.name);
  }
  return atOnce(summarise(input, settings));
}

function* summarise(input: SummaryInput, settings: SummarySettings): Work<LinearSummary> {
  const gathered = yield* gather(input);
  const { weights, facts } = gathered;
  const { parameters, names } = input.fitted;
  const { intercept, loss } = input.settings;
  const squaredLoss = loss.name === 'squared';
  const observations = observationsOf(weights, settings.weights);
  const freedom = observations - parameters.length;
  const fit = yield* leastSquares(gathered, parameters, intercept);
  const { residualSquares } = fit;
  const dispersion = freedom > 0 ? residualSquares / freedom : Number.NaN;
  const found = yield* errorsOf(input, gathered, fit, { settings, dispersion, observations, freedom });
  const squares = spread(gathered, intercept);
  const rSquared = squares === 0 ? Number.NaN : 1 - residualSquares / squares;
  const likelihood = squaredLoss
    ? gaussianLikelihood(residualSquares, weights, observations, settings.weights)
    : Number.NaN;
  const test = settings.test !== 'auto' ? settings.test : squaredLoss ? 't' : 'z';
  const remarks = [
    ...found.remarks,
    remarkOnFreedom(freedom),
    remarkOnWeights(weights, settings.weights, undefined),
    remarkOnPenalty(input.settings.penalty),
  ];
  const spent = intercept ? 1 : 0;
  return printable({
    model: input.model,
    family: squaredLoss ? 'gaussian' : 'huber',
    link: 'identity',
    coefficients: coefficientTable({
      names,
      parameters,
      standardErrors: found.standardErrors,
      deviations: facts.variance.map(Math.sqrt),
      test,
      degreesOfFreedom: freedom,
      confidence: settings.confidence,
      ratio: undefined,
    }),
    observations,
    degreesOfFreedom: freedom,
    residualStandardDeviation: Math.sqrt(dispersion),
    rSquared,
    adjustedRSquared: 1 - ((observations - spent) / freedom) * (1 - rSquared),
    fStatistic: fTest(found.fStatistic ?? ratioOfSquares(squares, residualSquares, names.length, freedom), [
      names.length,
      freedom,
    ]),
    covariance: settings.covariance,
    information: settings.information,
    weights: settings.weights,
    test,
    confidence: settings.confidence,
    dispersion,
    dispersionMethod: 'pearson',
    deviance: residualSquares,
    nullDeviance: intercept ? squares : spread(gathered, true),
    pearsonChiSquared: residualSquares,
    logLikelihood: likelihood,
    ...criteria(likelihood, parameters.length, observations),
    method: found.method,
    condition: found.condition,
    warnings: remarks.filter((remark) => remark !== undefined),
  });
}

/** Variances for σ = 1 and the residual squares, to the last digits where the columns nearly depend on each other. */
function* leastSquares(
  { rows, diagonal, kernels, threads }: Gathered,
  parameters: Float64Array,
  intercept: boolean,
): Work<Variances> {
  const { offset, ...plain } = rows;
  const spec: LinearSpec = {
    ...plain,
    y: offset === undefined ? rows.y : less(rows.y, offset, kernels),
    intercept,
    shift: undefined,
    scale: undefined,
    loss: 'squared',
    lossParameter: 0,
  };
  const sums: LinearSums = kernels.linear(spec, threads);
  try {
    sums.parameters.set(parameters);
    sums.diagonal.set(diagonal);
    return yield* variancesOf(sums, spec, kernels);
  } finally {
    sums.dispose();
  }
}

/** What targets are beyond their offsets: QR knows no offsets. */
function less(y: DoubleStorage, offset: DoubleStorage, kernels: Kernels): DoubleStorage {
  const out = kernels.memory(y.data.length);
  for (let i = 0; i < out.data.length; i += 1) out.data[i] = (y.data[i] as number) - (offset.data[i] as number);
  return out;
}

interface Errors extends Pick<Variances, 'method' | 'condition'> {
  readonly standardErrors: Float64Array;
  readonly remarks: readonly string[];
  /** By the covariance, where that is not the model's of least squares. */
  readonly fStatistic: number | undefined;
}

interface Terms {
  readonly settings: SummarySettings;
  readonly dispersion: number;
  readonly observations: number;
  readonly freedom: number;
}

function* errorsOf(input: SummaryInput, gathered: Gathered, fit: Variances, terms: Terms): Work<Errors> {
  const { rows, facts, names, kernels, threads, diagonal, totalWeight, weights } = gathered;
  const { settings, dispersion, observations, freedom } = terms;
  const { intercept, loss } = input.settings;
  const design = new StandardDesign(rows, intercept, facts, kernels, threads);
  try {
    const remarks = yield* columnRemarks(design, names, weights);
    if (loss.name === 'squared' && settings.covariance === 'model') {
      const { method, condition } = fit;
      const standardErrors = fit.variances.map((variance) => Math.sqrt(dispersion) * Math.sqrt(variance));
      const fStatistic = method === 'dependent' ? Number.NaN : undefined;
      return { standardErrors, method, condition, remarks, fStatistic };
    }
    const scores = loss.name === 'squared' ? squaredScores(gathered) : huberScores(gathered, loss.parameter);
    const meanCurvature = scores.curvature.reduce((sum, value) => sum + value, 0) / totalWeight;
    const isModel = settings.covariance === 'model';
    const found = yield* covarianceOf({
      design,
      kind: settings.covariance,
      weighting: settings.weights,
      scores: scores.scores,
      // Huber's own variances take the mean of ψ′ for that of every row; the sandwich takes each row's.
      information: isModel ? weights.map((weight) => weight * meanCurvature) : scores.curvature,
      weights,
      penalty: diagonal.map((value) => value * totalWeight),
      dispersion: isModel ? huberDispersion(scores.scores, weights, meanCurvature, names.length, freedom) : 1,
      observations,
    });
    if (found === undefined) {
      const standardErrors = new Float64Array(names.length).fill(Number.NaN);
      const condition = Number.POSITIVE_INFINITY;
      return { standardErrors, method: 'dependent', condition, remarks, fStatistic: Number.NaN };
    }
    const { covariance, condition, remark } = found;
    const columns = input.fitted.names.length;
    return {
      standardErrors: standardErrorsOf(covariance, names.length),
      method: 'cholesky',
      condition,
      remarks: remark === undefined ? remarks : [...remarks, remark],
      fStatistic: waldStatistic(input.fitted.parameters, columns, covariance, design),
    };
  } finally {
    design.dispose();
  }
}

interface LossScores {
  /** w·ψ(residual). */
  readonly scores: Float64Array;
  /** w·ψ′(residual). */
  readonly curvature: Float64Array;
}

function squaredScores({ y, weights, eta }: Gathered): LossScores {
  return { scores: y.map((target, i) => (weights[i] as number) * (target - (eta[i] as number))), curvature: weights };
}

function huberScores({ y, weights, eta }: Gathered, delta: number): LossScores {
  const residuals = y.map((target, i) => target - (eta[i] as number));
  const clipped = residuals.map((r, i) => (weights[i] as number) * Math.max(-delta, Math.min(delta, r)));
  return { scores: clipped, curvature: weights.map((w, i) => (Math.abs(residuals[i] as number) <= delta ? w : 0)) };
}

/**
 * The factor on (m·ZᵀWZ)⁻¹, m the mean of ψ′: K²·Σwψ²/(n − p)/m with Huber's correction K = 1 + (p/n)(1 − m)/m. With every row
 * inside of delta it is the residual variance.
 */
function huberDispersion(
  scores: Float64Array,
  weights: Float64Array,
  mean: number,
  parameters: number,
  freedom: number,
): number {
  const squares = scores.reduce((sum, s, i) => sum + (s === 0 ? 0 : (s * s) / (weights[i] as number)), 0);
  const correction = 1 + (parameters / (freedom + parameters)) * ((1 - mean) / mean);
  return freedom > 0 ? (correction ** 2 * squares) / freedom / mean : Number.NaN;
}

/** Σw(y − ȳ)², without an intercept Σwy². */
function spread({ y, weights, totalWeight }: Gathered, centred: boolean): number {
  let centre = 0;
  if (centred) for (let i = 0; i < y.length; i += 1) centre += (weights[i] as number) * (y[i] as number);
  centre /= totalWeight;
  let squares = 0;
  for (let i = 0; i < y.length; i += 1) squares += (weights[i] as number) * ((y[i] as number) - centre) ** 2;
  return squares;
}

function ratioOfSquares(squares: number, residualSquares: number, columns: number, freedom: number): number {
  return (squares - residualSquares) / columns / (residualSquares / freedom);
}

function fTest(value: number, degreesOfFreedom: readonly [number, number]): LinearSummary['fStatistic'] {
  const pValue = Number.isNaN(value) ? Number.NaN : fSurvival(value, ...degreesOfFreedom);
  return { value, pValue, degreesOfFreedom };
}
