// Logistic regression for two classes: the probability of class 1 is 1/(1 + e^−η), η =
// Σ coefficientⱼ·xⱼ + intercept (Berkson 1944; McCullagh and Nelder 1989, chapter 4). The
// loss is the mean negative log-likelihood. scikit-learn's C is l2(1 / (C·rows)). The two
// classes are the numbers 0 and 1, or names: the later in order is then class 1.

import { markCopy } from '../copies.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { sigmoid } from '../kernels/portable/elementary.js';
import { binomial } from '../losses/family.js';
import { links } from '../losses/link.js';
import { logistic } from '../losses/loss.js';
import { linkSources } from './link-source.js';
import type { ResponseSource } from './model-source.js';
import type { Row } from './one-row.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';
import { parseModel, savedOptions } from './saved-model.js';
import { type Distribution, generalizedSummary } from './summary/generalized-summary.js';
import type { GeneralizedSummary } from './summary/model-summary.js';
import type { SummaryOptions } from './summary/summary-options.js';
import { TwoClassModel, type TwoClassModelOptions } from './two-class-model.js';

export type LogisticRegressionOptions = TwoClassModelOptions;

/** @typeParam Label what it predicts: number (default), or string when it is fitted to class names. */
export class LogisticRegression<Label extends number | string = number> extends TwoClassModel<Label> {
  static {
    markCopy(LogisticRegression);
  }

  readonly name = 'LogisticRegression';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LogisticRegressionOptions = {}) {
    super(options, logistic, 'LogisticRegression');
  }

  /** The probability of class 1 for every row. The bits are those of `predictProbabilityOne` and the same on every kernel set. */
  predictProbability(x: Dataset | MatrixInput, options?: PredictOptions): Float64Array {
    const eta = this.linearPredictor(x, options);
    for (let i = 0; i < eta.length; i += 1) eta[i] = sigmoid(eta[i] as number);
    return eta;
  }

  /** The probability of class 1 for one row, without crossing into native code. */
  predictProbabilityOne(row: Row, options?: PredictOneOptions): number {
    return sigmoid(this.linearPredictorOne(row, options));
  }

  protected override responseSource(): ResponseSource {
    const { uses, mean } = linkSources.logit;
    return { ...super.responseSource(), uses, predictProbability: mean };
  }

  /**
   * Standard errors, tests and fit statistics of the model's parameters on `data`, the rows it was fitted to; a table as text.
   * Synchronous: it holds the event loop for about the time of three Newton steps.
   * @throws ERR_GRADUS_OPTION for an unknown option, with a penalty that has l1. @throws ERR_GRADUS_NOT_FITTED, ERR_GRADUS_SHAPE
   */
  summary(data: Dataset, options: SummaryOptions = {}): GeneralizedSummary {
    return generalizedSummary(this.summaryInput(data), this.familyAndLink(), options);
  }

  protected override familyAndLink(): Distribution {
    return { family: binomial, link: links.logit };
  }

  protected targetProblem(y: number): string | undefined {
    return binomial.targetProblem(y);
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON<Label extends number | string = number>(json: unknown): LogisticRegression<Label> {
    const fields = parseModel(json, 'LogisticRegression');
    return new LogisticRegression<Label>(savedOptions(fields)).restore(fields);
  }
}
