// Generalised linear models (Nelder and Wedderburn 1972; McCullagh and Nelder 1989): targets of
// a family of distributions with mean μ and variance φ·V(μ), whose mean a link makes linear,
// g(μ) = Σ coefficientⱼ·xⱼ + intercept + offset. The loss is half the unit deviance, up to
// terms that only the targets decide, as a mean over rows: the alpha of scikit-learn's
// TweedieRegressor, GammaRegressor and PoissonRegressor is l2(alpha).

import { markCopy } from '../copies.js';
import { checkFamily, type Family, type FamilyName } from '../losses/family.js';
import { familyLoss } from '../losses/likelihood.js';
import { checkLink, type LinkName, links } from '../losses/link.js';
import { checkOptions } from '../options.js';
import type { ColumnScales } from './column-scales.js';
import type { LabelledRows } from './labelled-rows.js';
import { type LinearModelOptions, linearModelOptions } from './linear-model.js';
import { parseModel, savedOptions } from './saved-model.js';
import { MeanModel } from './mean-model.js';
import { nullModel } from './null-model.js';
import type { PrepareContext, Work } from './objective.js';

export interface GeneralizedLinearModelOptions extends LinearModelOptions {
  /** A family without a number of its own by name, `tweedie(power)` or `negativeBinomial(alpha)`. */
  readonly family: Exclude<FamilyName, 'tweedie' | 'negativeBinomial'> | Family;
  /**
   * Default the canonical link of 'gaussian' (identity), 'binomial' (logit) and 'poisson' (log), and log for the others, whose
   * canonical one would allow means below 0.
   */
  readonly link?: LinkName;
}

export class GeneralizedLinearModel extends MeanModel {
  static {
    markCopy(GeneralizedLinearModel);
  }

  readonly name = 'GeneralizedLinearModel';

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: GeneralizedLinearModelOptions) {
    checkOptions(options, [...linearModelOptions, 'family', 'link'], 'GeneralizedLinearModel');
    const family = checkFamily(options.family);
    const link = options.link === undefined ? links[family.defaultLink] : checkLink(options.link);
    super(options, family, link, familyLoss(family, link));
  }

  get family(): Family {
    return this.distribution;
  }

  get link(): LinkName {
    return this.linkFunction.name;
  }

  /** The model of a constant mean, from which every link has a way to the minimum. */
  protected override *firstGuess(
    rows: LabelledRows,
    scales: ColumnScales | undefined,
    context: PrepareContext,
  ): Work<Float64Array | undefined> {
    return yield* nullModel(rows, this.linkFunction, this.settings.intercept, scales, context);
  }

  protected override savedOptions(): Record<string, unknown> {
    const { name, parameter } = this.distribution;
    const family = name === 'tweedie' || name === 'negativeBinomial' ? { name, parameter } : name;
    return { family, link: this.link };
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON(json: unknown): GeneralizedLinearModel {
    const fields = parseModel(json, 'GeneralizedLinearModel');
    return new GeneralizedLinearModel(savedOptions(fields) as GeneralizedLinearModelOptions).restore(fields);
  }
}
