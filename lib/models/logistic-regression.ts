// Logistic regression for two classes: the probability of class 1 is 1/(1 + e^−η), η =
// Σ coefficientⱼ·xⱼ + intercept (Berkson 1944; McCullagh and Nelder 1989, chapter 4). The
// loss is the mean negative log-likelihood. scikit-learn's C is l2(1 / (C·rows)).

import { markCopy } from '../copies.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { sigmoid } from '../kernels/portable/elementary.js';
import { binomial } from '../losses/family.js';
import { links } from '../losses/link.js';
import { logistic } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { LinearModel, type LinearModelOptions, linearModelOptions, parseModel, savedOptions } from './linear-model.js';
import type { Row } from './one-row.js';
import { type Distribution, generalizedSummary } from './summary/generalized-summary.js';
import type { GeneralizedSummary } from './summary/model-summary.js';
import type { SummaryOptions } from './summary/summary-options.js';

export class LogisticRegression extends LinearModel {
  static {
    markCopy(LogisticRegression);
  }

  readonly name = 'LogisticRegression';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LinearModelOptions = {}) {
    checkOptions(options, linearModelOptions, 'LogisticRegression');
    super(options, logistic);
  }

  /** The probability of class 1 for every row. The bits are those of `predictProbabilityOne` and the same on every kernel set. */
  predictProbability(x: Dataset | MatrixInput): Float64Array {
    const eta = this.linearPredictor(x);
    for (let i = 0; i < eta.length; i += 1) eta[i] = sigmoid(eta[i] as number);
    return eta;
  }

  /** The probability of class 1 for one row, without crossing into native code. */
  predictProbabilityOne(row: Row): number {
    return sigmoid(this.linearPredictorOne(row));
  }

  /** The likelier class of every row, 0 or 1; 1 at a probability of exactly ½. */
  predict(x: Dataset | MatrixInput): Float64Array {
    const eta = this.linearPredictor(x);
    for (let i = 0; i < eta.length; i += 1) eta[i] = classOf(eta[i] as number);
    return eta;
  }

  /** The likelier class of one row, 0 or 1. */
  predictOne(row: Row): number {
    return classOf(this.linearPredictorOne(row));
  }

  /** Accuracy: the weighted share of rows whose likelier class is the target's (the nearer of 0 and 1). */
  score(data: Dataset): number {
    const predicted = this.predict(data);
    const { y, weights } = data;
    let right = 0;
    let total = 0;
    for (let i = 0; i < y.length; i += 1) {
      const weight = weights?.[i] ?? 1;
      total += weight;
      if (predicted[i] === ((y[i] as number) >= 0.5 ? 1 : 0)) right += weight;
    }
    return right / total;
  }

  /**
   * Standard errors, tests and fit statistics of the model's parameters on `data`, the rows it was fitted to; a table as text.
   * Synchronous: it holds the event loop for about the time of three Newton steps.
   * @throws ERR_GRADUS_OPTION for an unknown option, with a penalty that has l1. @throws ERR_GRADUS_NOT_FITTED, ERR_GRADUS_SHAPE
   */
  summary(data: Dataset, options: SummaryOptions = {}): GeneralizedSummary {
    return generalizedSummary(this.summaryInput(data), this.distribution(), options);
  }

  protected override distribution(): Distribution {
    return { family: binomial, link: links.logit };
  }

  protected targetProblem(y: number): string | undefined {
    return y >= 0 && y <= 1 ? undefined : 'a class, 0 or 1, or a share between them';
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON(json: unknown): LogisticRegression {
    const fields = parseModel(json, 'LogisticRegression');
    return new LogisticRegression(savedOptions(fields)).restore(fields);
  }
}

function classOf(eta: number): number {
  return eta >= 0 ? 1 : 0;
}
