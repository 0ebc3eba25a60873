// Linear support vector machine for two classes with the squared hinge loss (Cortes and Vapnik
// 1995; Chang, Hsieh and Lin 2008, L2-SVM): max(0, 1 − s·η)², s = 1 for class 1 and −1 for class
// 0, η = Σ coefficientⱼ·xⱼ + intercept, as a mean over rows. The C of scikit-learn's
// LinearSVC(loss='squared_hinge') is l2(1 / (C·rows)) where it has no intercept: its own one is
// penalised, as the coefficient of a further column of intercept_scaling, and ours is not.

import { markCopy } from '../copies.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { squaredHinge } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { LinearModel, type LinearModelOptions, linearModelOptions } from './linear-model.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';
import { parseModel, savedOptions } from './saved-model.js';
import type { ResponseSource } from './model-source.js';
import type { Row } from './one-row.js';

export class LinearSVM extends LinearModel {
  static {
    markCopy(LinearSVM);
  }

  readonly name = 'LinearSVM';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LinearModelOptions = {}) {
    checkOptions(options, linearModelOptions, 'LinearSVM');
    super(options, squaredHinge);
  }

  /** η of every row: above 0 on the side of class 1, beyond 1 or −1 outside the margin. */
  decision(x: Dataset | MatrixInput, options?: PredictOptions): Float64Array {
    return this.linearPredictor(x, options);
  }

  /** η of one row, without crossing into native code, with the bits of `decision`. */
  decisionOne(row: Row, options?: PredictOneOptions): number {
    return this.linearPredictorOne(row, options);
  }

  /** The class of every row, 0 or 1; 1 at a decision value of exactly 0. */
  predict(x: Dataset | MatrixInput, options?: PredictOptions): Float64Array {
    const eta = this.linearPredictor(x, options);
    for (let i = 0; i < eta.length; i += 1) eta[i] = classOf(eta[i] as number);
    return eta;
  }

  /** The class of one row, 0 or 1. */
  predictOne(row: Row, options?: PredictOneOptions): number {
    return classOf(this.linearPredictorOne(row, options));
  }

  /** Accuracy: the weighted share of rows whose class is the target. */
  score(data: Dataset): number {
    const predicted = this.predict(data);
    const { y, weights } = data;
    let right = 0;
    let total = 0;
    for (let i = 0; i < y.length; i += 1) {
      const weight = weights?.[i] ?? 1;
      total += weight;
      if (predicted[i] === y[i]) right += weight;
    }
    return right / total;
  }

  protected responseSource(): ResponseSource {
    return { uses: [], predict: 'eta >= 0 ? 1 : 0' };
  }

  protected targetProblem(y: number): string | undefined {
    return y === 0 || y === 1 ? undefined : 'a class, 0 or 1';
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON(json: unknown): LinearSVM {
    const fields = parseModel(json, 'LinearSVM');
    return new LinearSVM(savedOptions(fields)).restore(fields);
  }
}

function classOf(eta: number): number {
  return eta >= 0 ? 1 : 0;
}
