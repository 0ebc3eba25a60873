// What the generalised linear models share that predict a mean: η = Σ coefficientⱼ·xⱼ +
// intercept + offset, mean g⁻¹(η), and how much of the deviance it explains.

import { checkNumbers } from '../data/class-names.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import type { Family } from '../losses/family.js';
import type { Link } from '../losses/link.js';
import type { Loss } from '../losses/loss.js';
import { finitePredictions } from './finite-predictions.js';
import { LinearModel, type LinearModelOptions } from './linear-model.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';
import { meanResponse } from './link-source.js';
import type { ResponseSource } from './model-source.js';
import type { Row } from './one-row.js';
import { type Distribution, generalizedSummary } from './summary/generalized-summary.js';
import type { GeneralizedSummary } from './summary/model-summary.js';
import type { SummaryOptions } from './summary/summary-options.js';

export abstract class MeanModel extends LinearModel {
  protected readonly distribution: Family;
  protected readonly linkFunction: Link;

  protected constructor(options: LinearModelOptions, family: Family, link: Link, loss: Loss) {
    super(options, loss);
    this.distribution = family;
    this.linkFunction = link;
  }

  /** The mean of every row. The bits are those of `predictOne` and the same on every kernel set. */
  predict(x: Dataset | MatrixInput, options?: PredictOptions): Float64Array {
    const eta = this.linearPredictor(x, options);
    const { mean } = this.linkFunction;
    for (let i = 0; i < eta.length; i += 1) eta[i] = mean(eta[i] as number);
    return eta;
  }

  /** The mean of one row, without crossing into native code. */
  predictOne(row: Row, options?: PredictOneOptions): number {
    return this.linkFunction.mean(this.linearPredictorOne(row, options));
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
    return { family: this.distribution, link: this.linkFunction };
  }

  protected responseSource(): ResponseSource {
    return meanResponse(this.linkFunction.name);
  }

  /** Σ w·d(y, μ): the unit deviances of the rows from their means, weighted. */
  deviance(data: Dataset): number {
    checkNumbers(data.classNames, 'the target of the data');
    const mean = finitePredictions(this.predict(data), this.distribution.allows(-1) ? undefined : Number.MIN_VALUE);
    return this.#sum(data, (i) => mean[i] as number);
  }

  /** D²: the share of the deviance that the model explains, 1 − D(y, μ) / D(y, ȳ). NaN when all targets are equal. */
  score(data: Dataset): number {
    const { y, weights } = data;
    let total = 0;
    let sum = 0;
    for (let i = 0; i < y.length; i += 1) {
      const weight = weights?.[i] ?? 1;
      total += weight;
      sum += weight * (y[i] as number);
    }
    const mean = sum / total;
    const all = y.every((value) => value === y[0]);
    return all ? Number.NaN : 1 - this.deviance(data) / this.#sum(data, () => mean);
  }

  protected targetProblem(y: number): string | undefined {
    return this.distribution.targetProblem(y);
  }

  #sum({ y, weights }: Dataset, mean: (row: number) => number): number {
    let deviance = 0;
    for (let i = 0; i < y.length; i += 1) {
      deviance += (weights?.[i] ?? 1) * this.distribution.deviance(y[i] as number, mean(i));
    }
    return deviance;
  }
}
