// Logistic regression for two classes: the probability of class 1 is 1/(1 + e^−η), η =
// Σ coefficientⱼ·xⱼ + intercept (Berkson 1944; McCullagh and Nelder 1989, chapter 4). The
// loss is the mean negative log-likelihood. scikit-learn's C is l2(1 / (C·rows)). The two
// classes are the numbers 0 and 1, or names: the later in order is then class 1.

import { markCopy } from '../copies.js';
import { checkClassNames } from '../data/class-names.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { expectedBut } from '../errors.js';
import { sigmoid } from '../kernels/portable/elementary.js';
import { binomial } from '../losses/family.js';
import { links } from '../losses/link.js';
import { logistic } from '../losses/loss.js';
import { accuracy } from '../metrics/classification.js';
import { checkOptions } from '../options.js';
import { type ClassWeights, checkClassWeights, weightByClass } from './class-weights.js';
import { checkTwoPresent, classNumbers, labelled, matchClasses, type Predicted } from './classes.js';
import { type LabelledRows, type RowsContext, readRows } from './labelled-rows.js';
import { LinearModel, type LinearModelOptions, linearModelOptions } from './linear-model.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';
import { parseModel, savedOptions } from './saved-model.js';
import { linkSources } from './link-source.js';
import { type ResponseSource, stringLiteral } from './model-source.js';
import type { Work } from './objective.js';
import type { Row } from './one-row.js';
import { type Distribution, generalizedSummary } from './summary/generalized-summary.js';
import type { GeneralizedSummary } from './summary/model-summary.js';
import type { SummaryOptions } from './summary/summary-options.js';

export interface LogisticRegressionOptions extends LinearModelOptions {
  /**
   * Factors of the training rows' weights by class: `'balanced'` for rows of each class that weigh the same in all, or a
   * weight ≥ 0 by class name (`{ 0: 1, 1: 5 }` for numbers); default 1 for all. Validation rows keep their weights.
   */
  readonly classWeights?: ClassWeights;
}

/** @typeParam Label what it predicts: number (default), or string when it is fitted to class names. */
export class LogisticRegression<Label extends number | string = number> extends LinearModel {
  static {
    markCopy(LogisticRegression);
  }

  readonly name = 'LogisticRegression';
  readonly #classWeights: ClassWeights | undefined;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LogisticRegressionOptions = {}) {
    checkOptions(options, [...linearModelOptions, 'classWeights'], 'LogisticRegression');
    super(options, logistic);
    this.#classWeights = checkClassWeights(options.classWeights);
  }

  /** The names of classes 0 and 1, sorted; undefined when the model was fitted to numbers. */
  get classNames(): readonly string[] | undefined {
    return this.fitted().classNames;
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

  /** The likelier class of every row, 0 or 1 or its name; class 1 at a probability of exactly ½. */
  predict(x: Dataset | MatrixInput, options?: PredictOptions): Predicted<Label> {
    return labelled<Label>(this.#predictClasses(x, options), this.classNames);
  }

  /** The likelier class of one row, 0 or 1 or its name. */
  predictOne(row: Row, options?: PredictOneOptions): Label {
    const number = classOf(this.linearPredictorOne(row, options));
    return (this.classNames?.[number] ?? number) as Label;
  }

  /**
   * Accuracy: the weighted share of rows whose likelier class is the target's (the nearer of 0 and 1). Names are matched.
   * @throws ERR_GRADUS_VALUE for a class that the model does not know.
   */
  score(data: Dataset): number {
    const { weights } = data;
    const nearest = classNumbers(data, this.classNames).map((share) => (share >= 0.5 ? 1 : 0));
    return accuracy(nearest, this.#predictClasses(data), { weights });
  }

  #predictClasses(x: Dataset | MatrixInput, options?: PredictOptions): Float64Array {
    const eta = this.linearPredictor(x, options);
    for (let i = 0; i < eta.length; i += 1) eta[i] = classOf(eta[i] as number);
    return eta;
  }

  protected override *labelledRows(
    data: Dataset,
    context: RowsContext,
    training: Dataset | undefined,
  ): Work<LabelledRows | undefined> {
    const names = (training ?? data).classNames;
    if (names && names.length !== 2) {
      const wanted = 'one of two classes (SoftmaxRegression takes more)';
      throw expectedBut('ERR_GRADUS_VALUE', 'the target', wanted, `one of ${names.length}`);
    }
    const rows = yield* readRows(data, context);
    if (rows === undefined) return undefined;
    if (training) {
      return (yield* matchClasses(rows.y.data, data.classNames, names, '`validation`')) ? rows : undefined;
    }
    if (names && !(yield* checkTwoPresent(rows, names))) return undefined;
    return this.#classWeights ? yield* weightByClass(rows, this.#classWeights, 2, names) : rows;
  }

  protected responseSource(): ResponseSource {
    const [zero, one] = this.classNames?.map(stringLiteral) ?? ['0', '1'];
    const { uses, mean } = linkSources.logit;
    return { uses, predict: `eta >= 0 ? ${one} : ${zero}`, predictProbability: mean };
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

  protected override savedOptions(): Record<string, unknown> {
    return this.#classWeights === undefined ? {} : { classWeights: this.#classWeights };
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON<Label extends number | string = number>(json: unknown): LogisticRegression<Label> {
    const fields = parseModel(json, 'LogisticRegression');
    const names = fields.classNames === undefined ? undefined : checkClassNames(fields.classNames, 2);
    return new LogisticRegression<Label>(savedOptions(fields)).restore(fields, names);
  }
}

function classOf(eta: number): number {
  return eta >= 0 ? 1 : 0;
}
