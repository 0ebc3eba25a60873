// Poisson regression for counts: the mean is e^η, η = Σ coefficientⱼ·xⱼ + intercept
// (McCullagh and Nelder 1989, chapter 6). The loss is the mean of e^η − y·η, the negative
// log-likelihood without log y!. scikit-learn's PoissonRegressor(alpha) is l2(alpha).

import { markCopy } from '../copies.js';
import { poissonFamily } from '../losses/family.js';
import { links } from '../losses/link.js';
import { poisson } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { type LinearModelOptions, linearModelOptions } from './linear-model.js';
import { parseModel, savedOptions } from './saved-model.js';
import { MeanModel } from './mean-model.js';

export class PoissonRegression extends MeanModel {
  static {
    markCopy(PoissonRegression);
  }

  readonly name = 'PoissonRegression';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LinearModelOptions = {}) {
    checkOptions(options, linearModelOptions, 'PoissonRegression');
    super(options, poissonFamily, links.log, poisson);
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON(json: unknown): PoissonRegression {
    const fields = parseModel(json, 'PoissonRegression');
    return new PoissonRegression(savedOptions(fields)).restore(fields);
  }
}
