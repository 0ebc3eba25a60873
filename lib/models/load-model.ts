// `loadModel`: a model from JSON by the name it was saved under. The text may come
// from anywhere: whatever is not a model of this version is refused with one code.
// A model that can be saved is entered in `savedModels`, and nowhere else.

import { describeValue, expectedBut, GradusError } from '../errors.js';
import { parseFormat } from './json-format.js';
import { GeneralizedLinearModel } from './generalized-linear-model.js';
import { LinearRegression } from './linear-regression.js';
import { LinearSVM } from './linear-svm.js';
import { LogisticRegression } from './logistic-regression.js';
import { PoissonRegression } from './poisson-regression.js';
import { SoftmaxRegression } from './softmax-regression.js';

/** The models that can be saved, by name. */
export const savedModels = {
  GeneralizedLinearModel,
  LinearRegression,
  LinearSVM,
  LogisticRegression,
  PoissonRegression,
  SoftmaxRegression,
} as const;

/** A model that `loadModel` brings back; `name` tells which. What a classifier predicts depends on its `classNames`. */
export type SavedModel =
  | GeneralizedLinearModel
  | LinearRegression
  | LinearSVM
  | LogisticRegression<number | string>
  | PoissonRegression
  | SoftmaxRegression<number | string>;

/**
 * The model that `JSON.stringify(model)` wrote, whichever it is; its predictions have the same bits.
 * @param json the text, or its parsed form. @throws ERR_GRADUS_FORMAT for anything else, whatever is wrong with it.
 */
export function loadModel(json: unknown): SavedModel {
  const fields = parseFormat(json, 'the model', 'gradus');
  const names = Object.keys(savedModels);
  const name = names.find((known) => known === fields.model) as keyof typeof savedModels | undefined;
  if (name === undefined) {
    const wanted = `one of ${names.join(', ')}`;
    throw expectedBut('ERR_GRADUS_FORMAT', 'the name of the model', wanted, describeValue(fields.model));
  }
  try {
    return savedModels[name].fromJSON(fields);
  } catch (error) {
    if (!(error instanceof GradusError) || error.code === 'ERR_GRADUS_FORMAT') throw error;
    throw expectedBut('ERR_GRADUS_FORMAT', 'the model', 'as it was saved', `a wrong value (${error.message})`);
  }
}
