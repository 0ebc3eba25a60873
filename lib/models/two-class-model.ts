// What the models for two classes share: the side of η = 0 decides the class, which is the
// number 0 or 1 or, after a fit to names, one of two names: the later in order is class 1.

import { checkClassNames } from '../data/class-names.js';
import { checkDataset } from '../data/check-dataset.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { expectedBut } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import { accuracy } from '../metrics/classification.js';
import { checkOptions } from '../options.js';
import { type ClassWeights, checkClassWeights, weightByClass } from './class-weights.js';
import { checkTwoPresent, classNumbers, labelled, matchClasses, type Predicted } from './classes.js';
import { type LabelledRows, type RowsContext, readRows } from './labelled-rows.js';
import { LinearModel, type LinearModelOptions, linearModelOptions } from './linear-model.js';
import { type ResponseSource, stringLiteral } from './model-source.js';
import type { Work } from './objective.js';
import type { Row } from './one-row.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';

export interface TwoClassModelOptions extends LinearModelOptions {
  /**
   * Factors of the training rows' weights by class: `'balanced'` for rows of each class that weigh the same in all, or a
   * weight ≥ 0 by class name (`{ 0: 1, 1: 5 }` for numbers); default 1 for all. Validation rows keep their weights.
   */
  readonly classWeights?: ClassWeights;
}

/** @typeParam Label what it predicts: number, or string when it is fitted to class names. */
export abstract class TwoClassModel<Label extends number | string> extends LinearModel {
  readonly #classWeights: ClassWeights | undefined;

  /** @param name of the model, in messages. @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  protected constructor(options: TwoClassModelOptions, loss: Loss, name: string) {
    checkOptions(options, [...linearModelOptions, 'classWeights'], name);
    super(options, loss);
    this.#classWeights = checkClassWeights(options.classWeights);
  }

  /** The names of classes 0 and 1, sorted; undefined when the model was fitted to numbers. */
  get classNames(): readonly string[] | undefined {
    return this.fitted().classNames;
  }

  /** The class of every row, 0 or 1 or its name; class 1 where η is exactly 0, a probability of ½. */
  predict(x: Dataset | MatrixInput, options?: PredictOptions): Predicted<Label> {
    return labelled<Label>(this.#predictClasses(x, options), this.classNames);
  }

  /** The class of one row, 0 or 1 or its name. */
  predictOne(row: Row, options?: PredictOneOptions): Label {
    const number = classOf(this.linearPredictorOne(row, options));
    return (this.classNames?.[number] ?? number) as Label;
  }

  /**
   * Accuracy: the weighted share of rows whose predicted class is the target's (the nearer of 0 and 1). Names are matched.
   * @throws ERR_GRADUS_VALUE for a class that the model does not know.
   */
  score(data: Dataset): number {
    checkDataset(data, '`data`');
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
    return { uses: [], predict: `eta >= 0 ? ${one} : ${zero}` };
  }

  protected override savedOptions(): Record<string, unknown> {
    return this.#classWeights === undefined ? {} : { classWeights: this.#classWeights };
  }

  /** @throws ERR_GRADUS_FORMAT */
  protected override restore(fields: Readonly<Record<string, unknown>>): this {
    const { classNames } = fields;
    return super.restore(fields, classNames === undefined ? undefined : checkClassNames(classNames, 2));
  }
}

function classOf(eta: number): number {
  return eta >= 0 ? 1 : 0;
}
