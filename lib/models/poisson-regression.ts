// Poisson regression for counts: the mean is e^η, η = Σ coefficientⱼ·xⱼ + intercept
// (McCullagh and Nelder 1989, chapter 6). The loss is the mean of e^η − y·η, the negative
// log-likelihood without log y!. scikit-learn's PoissonRegressor(alpha) is l2(alpha).

import { markCopy } from '../copies.js';
import { checkNumbers } from '../data/class-names.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { exp } from '../kernels/portable/elementary.js';
import { poissonFamily } from '../losses/family.js';
import { links } from '../losses/link.js';
import { poisson } from '../losses/loss.js';
import { explainedDeviance } from '../metrics/deviance.js';
import { checkOptions } from '../options.js';
import { finitePredictions } from './finite-predictions.js';
import { LinearModel, type LinearModelOptions, linearModelOptions, parseModel, savedOptions } from './linear-model.js';
import { meanResponse } from './link-source.js';
import type { ResponseSource } from './model-source.js';
import type { Row } from './one-row.js';
import { type Distribution, generalizedSummary } from './summary/generalized-summary.js';
import type { GeneralizedSummary } from './summary/model-summary.js';
import type { SummaryOptions } from './summary/summary-options.js';

export class PoissonRegression extends LinearModel {
  static {
    markCopy(PoissonRegression);
  }

  readonly name = 'PoissonRegression';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LinearModelOptions = {}) {
    checkOptions(options, linearModelOptions, 'PoissonRegression');
    super(options, poisson);
  }

  /** The mean count of every row. The bits are those of `predictOne` and the same on every kernel set. */
  predict(x: Dataset | MatrixInput): Float64Array {
    const eta = this.linearPredictor(x);
    for (let i = 0; i < eta.length; i += 1) eta[i] = exp(eta[i] as number);
    return eta;
  }

  /** The mean count of one row, without crossing into native code. */
  predictOne(row: Row): number {
    return exp(this.linearPredictorOne(row));
  }

  /** D²: the share of the deviance that the model explains, 1 − D(y, ŷ) / D(y, ȳ). NaN when all targets are equal. */
  score(data: Dataset): number {
    checkNumbers(data.classNames, 'the target of the data');
    const { y, weights } = data;
    const means = finitePredictions(this.predict(data), Number.MIN_VALUE);
    return explainedDeviance(y, means, { power: 1, weights });
  }

  protected responseSource(): ResponseSource {
    return meanResponse('log');
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
    return { family: poissonFamily, link: links.log };
  }

  protected targetProblem(y: number): string | undefined {
    return y >= 0 ? undefined : 'a count, 0 or more';
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON(json: unknown): PoissonRegression {
    const fields = parseModel(json, 'PoissonRegression');
    return new PoissonRegression(savedOptions(fields)).restore(fields);
  }
}
