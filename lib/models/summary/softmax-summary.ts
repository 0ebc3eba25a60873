// The summary of a softmax regression without a penalty: the classes against class 0, whose differences are what the data
// determines, with the whole Hessian over all of them (McCullagh and Nelder 1989, section 5.2; statsmodels' MNLogit).

import { expected, expectedBut } from '../../errors.js';
import { exp, log } from '../../kernels/portable/elementary.js';
import { defaultKernels, threadCount } from '../../kernels/select.js';
import { checkDataset } from '../../data/check-dataset.js';
import type { Dataset } from '../../data/dataset.js';
import type { Penalty } from '../../losses/penalty.js';
import { atOnce } from '../at-once.js';
import { checkSameClasses } from '../classes.js';
import { checkSameColumns, type LabelledRows, type RowsContext } from '../labelled-rows.js';
import type { Work } from '../objective.js';
import { coefficientTable } from './coefficients.js';
import { columnRemarks } from './column-remarks.js';
import { criteria, observationsOf, pseudoRSquared } from './fit-statistics.js';
import { type ClassCoefficient, printable, type SoftmaxSummary } from './model-summary.js';
import { remarkOnFreedom, remarkOnWeights } from './remarks.js';
import { type ColumnFacts, columnFacts, StandardDesign, weightsOf } from './standard-design.js';
import { checkSummaryOptions, type SummaryOptions, type SummarySettings } from './summary-options.js';
import { invert, sandwich } from './symmetric.js';

export interface SoftmaxSummaryInput {
  readonly data: Dataset;
  /** Reads them as the fit does; undefined when aborted, which a summary is not. */
  readonly read: (context: RowsContext) => Work<LabelledRows | undefined>;
  readonly classNames: readonly string[] | undefined;
  readonly names: readonly string[];
  readonly classes: number;
  /** Class-major, as the model has them. */
  readonly parameters: Float64Array;
  readonly intercept: boolean;
  readonly penalty: Penalty | undefined;
}

/** @throws ERR_GRADUS_OPTION, ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function softmaxSummary(input: SoftmaxSummaryInput, options: SummaryOptions): SoftmaxSummary {
  const settings = checkSummaryOptions(options);
  const { data, names, penalty } = input;
  if (penalty !== undefined && penalty.strength > 0) {
    throw expectedBut('ERR_GRADUS_OPTION', 'the penalty of a softmax model with a summary', 'none', penalty.name);
  }
  if (settings.covariance === 'HC2' || settings.covariance === 'HC3') {
    const wanted = "'model', 'HC0' or 'HC1' of a softmax model";
    throw expected('ERR_GRADUS_OPTION', '`covariance`', wanted, settings.covariance);
  }
  checkDataset(data, '`data`');
  checkSameColumns(data, names, 'the data', 'the fit');
  checkSameClasses(data.classNames, input.classNames);
  return atOnce(summarise(input, settings));
}

function* summarise(input: SoftmaxSummaryInput, settings: SummarySettings): Work<SoftmaxSummary> {
  const { classNames, names, classes, intercept } = input;
  const kernels = defaultKernels();
  const threads = threadCount();
  const rows = (yield* input.read({ kernels, threads })) as LabelledRows;
  const facts = (yield* columnFacts(rows, intercept, kernels, threads)) as ColumnFacts;
  const weights = weightsOf(rows.weights, rows.rows);
  const y = rows.y.data;
  const observations = observationsOf(weights, settings.weights);
  const each = names.length + (intercept ? 1 : 0);
  const contrasts = differences(input, each);
  const freedom = observations - contrasts.length;
  const probabilities = probabilitiesOf(input, rows, each);
  const fit = fitOf(probabilities, y, weights, classes);
  const design = new StandardDesign(rows, intercept, facts, kernels, threads);
  try {
    const columns = intercept ? [...names, 'intercept'] : names;
    const remarks = yield* columnRemarks(design, columns, weights);
    const { standardErrors, condition } = yield* errorsOf(design, probabilities, y, weights, settings, observations);
    const test = settings.test === 'auto' ? 'z' : settings.test;
    const coefficients = Array.from({ length: classes - 1 }, (_, k): ClassCoefficient[] =>
      coefficientTable({
        names,
        parameters: contrasts.subarray(k * each, (k + 1) * each),
        standardErrors: standardErrors.subarray(k * each, (k + 1) * each),
        deviations: facts.variance.map(Math.sqrt),
        test,
        degreesOfFreedom: freedom,
        confidence: settings.confidence,
        ratio: 'oddsRatio',
      }).map((coefficient) => ({ class: classNames?.[k + 1] ?? k + 1, ...coefficient })),
    ).flat();
    const { logLikelihood, nullLikelihood, pearsonChiSquared } = fit;
    const warnings = [...remarks, remarkOnFreedom(freedom), remarkOnWeights(weights, settings.weights, undefined)];
    return printable({
      model: 'SoftmaxRegression',
      family: 'multinomial',
      link: 'logit',
      coefficients,
      observations,
      degreesOfFreedom: freedom,
      covariance: settings.covariance,
      information: settings.information,
      weights: settings.weights,
      test,
      confidence: settings.confidence,
      dispersion: 1,
      dispersionMethod: 'known',
      deviance: -2 * logLikelihood,
      nullDeviance: -2 * nullLikelihood,
      pearsonChiSquared,
      logLikelihood,
      ...criteria(logLikelihood, contrasts.length, observations),
      pseudoRSquared: pseudoRSquared(logLikelihood, nullLikelihood, observations),
      method: Number.isFinite(condition) ? 'cholesky' : 'dependent',
      condition,
      warnings: warnings.filter((remark) => remark !== undefined),
    });
  } finally {
    design.dispose();
  }
}

/** θₖ − θ₀ for k from 1 on, class-major. */
function differences({ parameters, classes }: SoftmaxSummaryInput, each: number): Float64Array {
  return Float64Array.from({ length: (classes - 1) * each }, (_, at) => {
    return (parameters[each + at] as number) - (parameters[at % each] as number);
  });
}

/** One array of probabilities for each class. @throws ERR_GRADUS_VALUE for a target that the fit knew no class of. */
function probabilitiesOf(
  { parameters, names, classes, intercept }: SoftmaxSummaryInput,
  rows: LabelledRows,
  each: number,
): Float64Array[] {
  const bad = rows.y.data.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (bad >= 0) {
    const wanted = `a class, a whole number from 0 to ${classes - 1}`;
    throw expectedBut('ERR_GRADUS_VALUE', `target ${bad}`, wanted, String(rows.y.data[bad]));
  }
  const eta = Array.from({ length: classes }, (_, k) => {
    const out = new Float64Array(rows.rows);
    const own = parameters.subarray(k * each, (k + 1) * each);
    const constant = intercept ? (own[names.length] as number) : 0;
    defaultKernels().predict(rows, own.subarray(0, names.length), constant, out);
    return out;
  });
  for (let i = 0; i < rows.rows; i += 1) {
    let largest = Number.NEGATIVE_INFINITY;
    for (const of of eta) largest = Math.max(largest, of[i] as number);
    let total = 0;
    for (const of of eta) {
      of[i] = exp((of[i] as number) - largest);
      total += of[i] as number;
    }
    for (const of of eta) of[i] = (of[i] as number) / total;
  }
  return eta;
}

function fitOf(probabilities: readonly Float64Array[], y: Float64Array, weights: Float64Array, classes: number) {
  let logLikelihood = 0;
  let pearsonChiSquared = 0;
  const counts = new Float64Array(classes);
  for (let i = 0; i < y.length; i += 1) {
    const weight = weights[i] as number;
    const label = y[i] as number;
    if (weight === 0) continue;
    counts[label] = (counts[label] as number) + weight;
    logLikelihood += weight * log(probabilities[label]?.[i] as number);
    probabilities.forEach((of, k) => {
      const probability = of[i] as number;
      const residual = (k === label ? 1 : 0) - probability;
      if (residual !== 0) pearsonChiSquared += (weight * residual * residual) / probability;
    });
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const nullLikelihood = counts.reduce((sum, count) => sum + (count > 0 ? count * log(count / total) : 0), 0);
  return { logLikelihood, nullLikelihood, pearsonChiSquared };
}

interface ClassErrors {
  readonly standardErrors: Float64Array;
  readonly condition: number;
}

function* errorsOf(
  design: StandardDesign,
  probabilities: readonly Float64Array[],
  y: Float64Array,
  weights: Float64Array,
  settings: SummarySettings,
  observations: number,
): Work<ClassErrors> {
  const { kernels, size: p } = design;
  const others = probabilities.slice(1);
  const whole = others.length * p;
  // The Hessian of −Σ w log p: in block k, l it is Σ w pₖ(δₖₗ − pₗ) zzᵀ.
  const hessian = yield* blocks(design, others.length, (k, l, i) => {
    const own = others[k]?.[i] as number;
    return (weights[i] as number) * own * ((k === l ? 1 : 0) - (others[l]?.[i] as number));
  });
  const inverted = invert(hessian, whole, kernels);
  if (inverted === undefined) {
    return { standardErrors: new Float64Array(whole).fill(Number.NaN), condition: Number.POSITIVE_INFINITY };
  }
  let covariance = inverted.inverse;
  if (settings.covariance !== 'model') {
    const meat = yield* blocks(design, others.length, (k, l, i) => {
      const weight = weights[i] as number;
      const residual = (of: number): number => (y[i] === of + 1 ? 1 : 0) - (others[of]?.[i] as number);
      return residual(k) * residual(l) * (settings.weights === 'frequency' ? weight : weight * weight);
    });
    const correction = settings.covariance === 'HC1' ? observations / (observations - whole) : 1;
    covariance = sandwich(covariance, meat, whole, kernels).map((value) => value * correction);
  }
  const standardErrors = new Float64Array(whole);
  for (let k = 0; k < others.length; k += 1) {
    const block = Float64Array.from({ length: p * p }, (_, at) => {
      return covariance[(k * p + Math.floor(at / p)) * whole + k * p + (at % p)] as number;
    });
    const own = design.onDataScale(block);
    for (let j = 0; j < p; j += 1) standardErrors[k * p + j] = Math.sqrt(own[j * p + j] as number);
  }
  return { standardErrors, condition: inverted.condition };
}

/** The symmetric matrix whose block k, l is Σ factor(k, l, row)·zzᵀ. */
function* blocks(
  design: StandardDesign,
  count: number,
  factor: (k: number, l: number, i: number) => number,
): Work<Float64Array> {
  const p = design.size;
  const whole = count * p;
  const out = new Float64Array(whole * whole);
  const factors = new Float64Array(design.rows);
  for (let k = 0; k < count; k += 1) {
    for (let l = 0; l <= k; l += 1) {
      for (let i = 0; i < factors.length; i += 1) factors[i] = factor(k, l, i);
      const gram = (yield* design.gram(factors)) as Float64Array;
      gram.forEach((value, at) => {
        const [row, column] = [Math.floor(at / p), at % p];
        out[(k * p + row) * whole + l * p + column] = value;
        out[(l * p + column) * whole + k * p + row] = value;
      });
    }
  }
  return out;
}
