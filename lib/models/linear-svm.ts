// Linear support vector machine for two classes with the squared hinge loss (Cortes and Vapnik
// 1995; Chang, Hsieh and Lin 2008, L2-SVM): max(0, 1 − s·η)², s = 1 for class 1 and −1 for class
// 0, η = Σ coefficientⱼ·xⱼ + intercept, as a mean over rows. The C of scikit-learn's
// LinearSVC(loss='squared_hinge') is l2(1 / (C·rows)) where it has no intercept: its own one is
// penalised, as the coefficient of a further column of intercept_scaling, and ours is not.
// The two classes are the numbers 0 and 1, or names: the later in order is then class 1.

import { markCopy } from '../copies.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { squaredHinge } from '../losses/loss.js';
import type { Row } from './one-row.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';
import { parseModel, savedOptions } from './saved-model.js';
import { TwoClassModel, type TwoClassModelOptions } from './two-class-model.js';

export type LinearSVMOptions = TwoClassModelOptions;

/** @typeParam Label what it predicts: number (default), or string when it is fitted to class names. */
export class LinearSVM<Label extends number | string = number> extends TwoClassModel<Label> {
  static {
    markCopy(LinearSVM);
  }

  readonly name = 'LinearSVM';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LinearSVMOptions = {}) {
    super(options, squaredHinge, 'LinearSVM');
  }

  /** η of every row: above 0 on the side of class 1, beyond 1 or −1 outside the margin. */
  decision(x: Dataset | MatrixInput, options?: PredictOptions): Float64Array {
    return this.linearPredictor(x, options);
  }

  /** η of one row, without crossing into native code, with the bits of `decision`. */
  decisionOne(row: Row, options?: PredictOneOptions): number {
    return this.linearPredictorOne(row, options);
  }

  protected targetProblem(y: number): string | undefined {
    return y === 0 || y === 1 ? undefined : 'a class, 0 or 1';
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON<Label extends number | string = number>(json: unknown): LinearSVM<Label> {
    const fields = parseModel(json, 'LinearSVM');
    return new LinearSVM<Label>(savedOptions(fields)).restore(fields);
  }
}
