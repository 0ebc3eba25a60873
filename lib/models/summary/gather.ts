// What every summary of a linear predictor starts from: the rows with their predictors, the columns' moments, the penalty.

import { checkDataset } from '../../data/check-dataset.js';
import type { Dataset } from '../../data/dataset.js';
import { scalesOf } from '../../data/standard-scaler.js';
import { expectedBut } from '../../errors.js';
import type { Kernels } from '../../kernels/kernels.js';
import { defaultKernels, threadCount } from '../../kernels/select.js';
import { lassoOf, ridgeStrengths } from '../../losses/penalty.js';
import { checkSameClasses } from '../classes.js';
import { checkSameColumns, type RowsContext } from '../labelled-rows.js';
import type { LinearModelSettings } from '../linear-model.js';
import type { LiveParameters, Work } from '../objective.js';
import { type ColumnFacts, columnFacts, type OffsetRows, weightsOf } from './standard-design.js';

export interface SummaryInput {
  /** The name of the model. */
  readonly model: string;
  /** The rows it was fitted to. */
  readonly data: Dataset;
  /** Reads them as the fit does; undefined when aborted, which a summary is not. */
  readonly read: (context: RowsContext) => Work<OffsetRows | undefined>;
  readonly fitted: LiveParameters;
  readonly settings: LinearModelSettings;
}

export interface Gathered {
  readonly rows: OffsetRows;
  readonly y: Float64Array;
  /** One a row. */
  readonly weights: Float64Array;
  readonly totalWeight: number;
  readonly eta: Float64Array;
  readonly facts: ColumnFacts;
  /** The ridge penalty ½ Σ diagonalⱼβⱼ² on the user's scale, beside the mean loss. */
  readonly diagonal: Float64Array;
  /** Of the parameters: the columns', and 'intercept'. */
  readonly names: readonly string[];
  readonly kernels: Kernels;
  readonly threads: number;
}

/** @throws ERR_GRADUS_OPTION for a penalty with l1, ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE for other classes */
export function checkSummaryInput({ data, fitted, settings }: SummaryInput): void {
  if (lassoOf(settings.penalty) > 0) {
    throw expectedBut('ERR_GRADUS_OPTION', 'the penalty of a model with a summary', 'none or l2', 'one with l1');
  }
  checkDataset(data, '`data`');
  checkSameColumns(data, fitted.names, 'the data', 'the fit');
  checkSameClasses(data.classNames, fitted.classNames);
}

/** All jobs complete: a summary is synchronous. */
export function* gather({ read, fitted, settings }: SummaryInput): Work<Gathered> {
  const kernels = defaultKernels();
  const threads = threadCount();
  const { intercept, standardize, penalty } = settings;
  const rows = (yield* read({ kernels, threads })) as OffsetRows;
  const facts = (yield* columnFacts(rows, intercept, kernels, threads)) as ColumnFacts;
  const { parameters, names } = fitted;
  const weights = weightsOf(rows.weights, rows.rows);
  const diagonal = new Float64Array(parameters.length);
  diagonal.set(ridgeStrengths(penalty, names));
  if (standardize) {
    scalesOf(facts.variance, facts.mean).forEach((scale, j) => {
      diagonal[j] = (diagonal[j] as number) / scale ** 2;
    });
  }
  const eta = predictorsOf(rows, fitted, intercept, kernels);
  return {
    rows,
    y: rows.y.data,
    weights,
    totalWeight: weights.reduce((sum, weight) => sum + weight, 0),
    eta,
    facts,
    diagonal,
    names: intercept ? [...names, 'intercept'] : names,
    kernels,
    threads,
  };
}

/** η of every row, by the kernel that predicts. */
function predictorsOf(
  rows: OffsetRows,
  { parameters, names }: LiveParameters,
  intercept: boolean,
  kernels: Kernels,
): Float64Array {
  const eta = new Float64Array(rows.rows);
  const constant = intercept ? (parameters[names.length] as number) : 0;
  kernels.predict(rows, parameters.subarray(0, names.length), constant, eta);
  rows.offset?.data.forEach((offset, i) => {
    eta[i] = (eta[i] as number) + offset;
  });
  return eta;
}
