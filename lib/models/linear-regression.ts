// Linear regression: ŷ = Σ coefficientⱼ·xⱼ + intercept, by least squares or Huber's
// loss, with standard errors.

import { markCopy } from '../copies.js';
import { checkNumbers } from '../data/class-names.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { checkLoss, type Loss, type LossFunction, type QuantileLoss, squared } from '../losses/loss.js';
import { rSquared } from '../metrics/regression.js';
import { checkOptions } from '../options.js';
import { finitePredictions } from './finite-predictions.js';
import { LinearModel, type LinearModelOptions, linearModelOptions } from './linear-model.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';
import { pinballScore } from './pinball-score.js';
import { parseModel, savedOptions } from './saved-model.js';
import { meanResponse } from './link-source.js';
import type { ResponseSource } from './model-source.js';
import type { Row } from './one-row.js';
import { linearSummary } from './summary/linear-summary.js';
import type { LinearSummary } from './summary/model-summary.js';
import type { SummaryOptions } from './summary/summary-options.js';

export interface LinearRegressionOptions extends LinearModelOptions {
  /**
   * `squared()` (default), `huber(delta)`, `quantile(tau)`, or a function of your own. `score` is R² with each of them but
   * `quantile`.
   */
  readonly loss?: Loss | QuantileLoss | LossFunction;
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
  predict(x: Dataset | MatrixInput, options?: PredictOptions): Float64Array {
    return this.linearPredictor(x, options);
  }

  /**
   * ŷ of one row, without crossing into native code.
   * @param row numbers in column order, or a record with a number for every column.
   */
  predictOne(row: Row, options?: PredictOneOptions): number {
    return this.linearPredictorOne(row, options);
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
   * Standard errors, tests and fit statistics of the model's parameters on `data`, the rows it was fitted to; a table as text.
   * With a penalty the standard errors are those of the biased ridge estimates, without the bias: σ²·C·ZᵀWZ·C, C = (ZᵀWZ +
   * penalty)⁻¹. Huber's loss has no likelihood: `logLikelihood`, `aic` and `bic` are NaN.
   * Synchronous: it holds the event loop for about the time of three Newton steps, and where the columns nearly depend on each
   * other for that of a QR and as much again or more for its inverse: seconds for 100,000 × 100.
   * @throws ERR_GRADUS_OPTION for an unknown option, with a penalty that has l1. @throws ERR_GRADUS_NOT_FITTED, ERR_GRADUS_SHAPE
   */
  summary(data: Dataset, options: SummaryOptions = {}): LinearSummary {
    return linearSummary(this.summaryInput(data), options);
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

  /**
   * A model from what `JSON.stringify(model)` wrote, or its parsed form. One whose loss was a function predicts without it; to
   * fit it again, give it.
   * @throws ERR_GRADUS_FORMAT
   */
  static fromJSON(json: unknown, options: Pick<LinearRegressionOptions, 'loss'> = {}): LinearRegression {
    checkOptions(options, ['loss'], 'fromJSON');
    const fields = parseModel(json, 'LinearRegression');
    return new LinearRegression({ ...savedOptions(fields), ...options }).restore(fields);
  }
}
