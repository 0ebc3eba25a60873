// Linear regression: ŷ = Σ coefficientⱼ·xⱼ + intercept, by least squares or Huber's
// loss, with standard errors.

import { markCopy } from '../copies.js';
import { checkNumbers } from '../data/class-names.js';
import { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { scalesOf } from '../data/standard-scaler.js';
import { expected, expectedBut } from '../errors.js';
import type { LinearSpec } from '../kernels/kernels.js';
import { defaultKernels, threadCount } from '../kernels/select.js';
import { checkLoss, type Loss, type QuantileLoss, squared } from '../losses/loss.js';
import { lassoOf, ridgeStrengths } from '../losses/penalty.js';
import { rSquared } from '../metrics/regression.js';
import { checkOptions } from '../options.js';
import { finitePredictions } from './finite-predictions.js';
import { type LabelledRows, readRows } from './labelled-rows.js';
import { LinearModel, type LinearModelOptions, linearModelOptions, parseModel, savedOptions } from './linear-model.js';
import { pinballScore } from './pinball-score.js';
import { type LinearSummary, summarise } from './linear-summary.js';
import { meanResponse } from './link-source.js';
import type { ResponseSource } from './model-source.js';
import type { Work } from './objective.js';
import type { Row } from './one-row.js';

export interface LinearRegressionOptions extends LinearModelOptions {
  /** `squared()` (default), `huber(delta)` or `quantile(tau)`. */
  readonly loss?: Loss | QuantileLoss;
}

export class LinearRegression extends LinearModel {
  static {
    markCopy(LinearRegression);
  }

  readonly name = 'LinearRegression';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LinearRegressionOptions = {}) {
    checkOptions(options, [...linearModelOptions, 'loss'], 'LinearRegression');
    super(options, options.loss === undefined ? squared() : checkLoss(options.loss));
  }

  /** ŷ of every row. The bits are those of `predictOne` and the same on every kernel set. */
  predict(x: Dataset | MatrixInput): Float64Array {
    return this.linearPredictor(x);
  }

  /**
   * ŷ of one row, without crossing into native code.
   * @param row numbers in column order, or a record with a number for every column.
   */
  predictOne(row: Row): number {
    return this.linearPredictorOne(row);
  }

  /**
   * R²: 1 − Σw(y − ŷ)² / Σw(y − ȳ)². With quantile loss D² of the pinball loss, 1 − Σwρ(y − ŷ) / Σwρ(y − q) with q the best
   * constant, the τ-quantile of y (Koenker and Machado 1999). NaN when the target is constant.
   */
  score(data: Dataset): number {
    checkNumbers(data.classNames, 'the target of the data');
    const { y, weights } = data;
    const predicted = finitePredictions(this.predict(data));
    const { loss } = this.settings;
    if (loss.name === 'quantile') return pinballScore(loss.parameter, y, predicted, weights);
    return rSquared(y, predicted, { weights });
  }

  /**
   * Standard errors and fit statistics of the model's parameters on `data`, the rows it was fitted to. Squared loss only.
   * Weights count as variance weights: a row of weight w is one observation with variance σ²/w, so the degrees of freedom
   * are rows − parameters however large the weights are. (Repeat rows that stand for several observations.) With a penalty
   * the standard errors are those of the biased ridge estimates, without the bias: σ²·C·ZᵀWZ·C, C = (ZᵀWZ + penalty)⁻¹.
   * Synchronous: it holds the event loop for about the time of a Newton step, and where the columns nearly depend on each
   * other for that of a QR and as much again or more for its inverse: seconds for 100,000 × 100.
   * @throws ERR_GRADUS_OPTION with another loss. @throws ERR_GRADUS_NOT_FITTED, ERR_GRADUS_SHAPE
   */
  summary(data: Dataset): LinearSummary {
    const { parameters, names } = this.fitted();
    const { loss, penalty } = this.settings;
    if (loss.name !== 'squared') {
      throw expectedBut('ERR_GRADUS_OPTION', 'the loss of a model with a summary', 'squared()', loss.name);
    }
    if (lassoOf(penalty) > 0) {
      throw expectedBut('ERR_GRADUS_OPTION', 'the penalty of a model with a summary', 'none or l2', 'one with l1');
    }
    if (!(data instanceof Dataset)) throw expected('ERR_GRADUS_OPTION', '`data`', 'a Dataset', data);
    this.checkColumns(data);
    return atOnce(this.#summarise(data, names, parameters));
  }

  *#summarise(data: Dataset, names: readonly string[], parameters: Float64Array): Work<LinearSummary> {
    const context = { kernels: defaultKernels(), threads: threadCount() };
    const rows = (yield* readRows(data, context)) as LabelledRows;
    const { intercept, standardize, penalty } = this.settings;
    const unscaled = { intercept, shift: undefined, scale: undefined };
    const diagonal = new Float64Array(parameters.length);
    diagonal.set(ridgeStrengths(penalty, names));
    if (standardize && penalty) {
      const moments = context.kernels.moments(rows, context.threads);
      yield moments.compute();
      scalesOf(moments.variance, moments.mean).forEach((scale, j) => {
        diagonal[j] = (diagonal[j] as number) / scale ** 2;
      });
      moments.dispose();
    }
    const spec: LinearSpec = { ...rows, ...unscaled, loss: 'squared', lossParameter: 0 };
    return yield* summarise(spec, names, parameters, diagonal, context.kernels, context.threads);
  }

  protected responseSource(): ResponseSource {
    return meanResponse('identity');
  }

  protected targetProblem(): undefined {
    return undefined;
  }

  protected override savedOptions(): Record<string, unknown> {
    const { name, parameter } = this.settings.loss;
    return { loss: { name, parameter } };
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON(json: unknown): LinearRegression {
    const fields = parseModel(json, 'LinearRegression');
    return new LinearRegression(savedOptions(fields)).restore(fields);
  }
}

/** Runs all jobs of some work on this thread. */
function atOnce<R>(work: Work<R>): R {
  let step = work.next();
  while (!step.done) {
    step.value.run();
    step = work.next(true);
  }
  return step.value;
}
