// `online` and `online.restore`: check the arguments and make a learner, on a
// model as it is or from what another learner saved. A saved learner may come
// from a file, so everything in it is checked, and nothing is changed before
// all of it is known to be sound.

import { checkCopy } from '../copies.js';
import { describeValue, expected, expectedBut, GradusError } from '../errors.js';
import { parseFormat } from '../models/json-format.js';
import { linearLayout } from '../models/linear-objective.js';
import type { GeneralizedLinearModel } from '../models/generalized-linear-model.js';
import type { LinearRegression } from '../models/linear-regression.js';
import type { LinearSVM } from '../models/linear-svm.js';
import { savedModels } from '../models/load-model.js';
import type { LogisticRegression } from '../models/logistic-regression.js';
import type { PoissonRegression } from '../models/poisson-regression.js';
import type { LiveParameters, OnlineModel, RowTerms } from '../models/objective.js';
import { ruleOf } from '../optimizers/restore.js';
import { isRule, type Rule, type RuleState } from '../optimizers/rule.js';
import type { OptimizerDescription } from '../optimizers/solver.js';
import { checkOptions } from '../options.js';
import { fromBase64 } from './checkpoint-file.js';
import {
  format,
  indexOfNonFinite,
  OnlineLearner,
  type SavedOptimizer,
  type Standing,
  sameNames,
  startAtZeros,
  version,
} from './online-learner.js';

/** The models that a saved learner brings back by itself. */
const restorable = new Map(Object.entries(savedModels).filter(([, { prototype }]) => 'rowTerms' in prototype));
type Restorable = GeneralizedLinearModel | LinearRegression | LinearSVM | LogisticRegression | PoissonRegression;

export interface OnlineOptions {
  /** SGD, AdaGrad or another rule. Its schedule counts the learner's steps, from 0. */
  readonly optimizer: Rule;
  /**
   * The columns of a model that is not fitted yet, which then starts at zeros at once. By default the first update names
   * them: x0, x1, … for an array, its keys for a record. For a fitted model they must be its own.
   */
  readonly columns?: readonly string[];
}

export interface OnlineRestoreOptions<M extends OnlineModel = Restorable> {
  /**
   * In place of the saved rule: needed when its schedule was a function of yours. Name and options must be the saved ones;
   * the rate may be another.
   */
  readonly optimizer?: Rule;
  /** A model that is not fitted, made with the options of the saved one; default a new one. */
  readonly model?: M;
}

export interface Online {
  /**
   * A learner on this model: a fitted one goes on from its parameters, another one starts at zeros. Learners may share a
   * model: each steps from the parameters that it has by then.
   * @throws ERR_GRADUS_OPTION for a model that cannot learn row by row (`standardize: true`), an optimizer that is no rule,
   * and columns that are not the model's.
   */
  <M extends OnlineModel>(model: M, options: OnlineOptions): OnlineLearner<M>;
  /**
   * A learner that goes on from where another one was saved, bit for bit.
   * @param saved what `learner.save()` gave, or its JSON text.
   * @throws ERR_GRADUS_FORMAT when it is damaged or something else, ERR_GRADUS_OPTION when the options do not fit it.
   */
  restore<M extends OnlineModel = Restorable>(saved: unknown, options?: OnlineRestoreOptions<M>): OnlineLearner<M>;
}

/** Synchronous learning from a stream. */
export const online: Online = Object.assign(start, { restore });

function start<M extends OnlineModel>(model: M, options: OnlineOptions): OnlineLearner<M> {
  checkModel(model);
  checkOptions(options, ['optimizer', 'columns'], 'online');
  const optimizer = checkRule(options.optimizer);
  if (options.columns !== undefined) {
    const columns = readColumns(options.columns);
    const names = model.live()?.names;
    if (names === undefined) startAtZeros(model, columns);
    else if (!sameNames(columns, names)) {
      const wanted = `those of the fitted model (${names.join(', ')})`;
      throw expectedBut('ERR_GRADUS_OPTION', '`columns`', wanted, columns.join(', '));
    }
  }
  return new OnlineLearner(model, optimizer);
}

function restore<M extends OnlineModel = Restorable>(
  json: unknown,
  options: OnlineRestoreOptions<M> = {},
): OnlineLearner<M> {
  checkOptions(options, ['optimizer', 'model'], 'online.restore');
  const fields = parseFormat(json, 'the saved learner', format);
  if (fields.version !== version) throw damaged('the version', `${version}`, describeValue(fields.version));
  const saved = readModel(fields.model);
  if (options.model !== undefined) checkTarget(options.model, saved);
  const { names, classNames, parameters: rounded } = saved.live;
  const layout = linearLayout(names.length, saved.terms.intercept);
  const parameters = readNumbers(fields.parameters, layout.size, 'the parameters');
  if (!parameters.every((value, j) => value === rounded[j])) {
    throw damaged('the parameters', 'those of its model', 'others');
  }
  const optimizer = readOptimizer(fields.optimizer, options.optimizer);
  const standing: Standing = {
    state: readState(fields.state, optimizer.init(layout)),
    step: readCount(fields.step, '`step`'),
    rejected: readCount(fields.rejected, '`rejected`'),
    lastRejection: typeof fields.lastRejection === 'string' ? fields.lastRejection : undefined,
  };
  const model = (options.model ?? saved.model) as M;
  model.adopt({ parameters, names, classNames });
  return new OnlineLearner(model, optimizer, standing);
}

interface Restored {
  readonly model: OnlineModel;
  readonly terms: RowTerms;
  readonly live: LiveParameters;
}

function readModel(json: unknown): Restored {
  const got = typeof json === 'object' && json !== null && 'model' in json ? json.model : json;
  const Saved = restorable.get(got as string);
  if (Saved === undefined) {
    throw damaged('the model', `one of ${[...restorable.keys()].join(', ')}`, describeValue(got));
  }
  return readPart('the model', () => {
    const model = Saved.fromJSON(json) as unknown as OnlineModel;
    return { model, terms: model.rowTerms(), live: model.live() as LiveParameters };
  });
}

/** The model to restore into must be one that the saved one could have been before its first row. */
function checkTarget(model: OnlineModel, saved: Restored): void {
  checkModel(model);
  const describe = (name: string, { loss, l2, intercept }: RowTerms): string =>
    `a ${name} with loss ${loss.name}(${loss.parameter || ''}), l2(${l2}) and intercept: ${intercept}`;
  const wanted = describe(saved.model.name, saved.terms);
  const got = describe(model.name, model.rowTerms());
  if (got !== wanted) throw expectedBut('ERR_GRADUS_OPTION', '`model`', `${wanted}, as saved`, got);
  if (model.live() !== undefined) {
    throw expectedBut('ERR_GRADUS_OPTION', '`model`', 'not fitted, to restore into it', 'one that is fitted');
  }
}

function readOptimizer(saved: unknown, given: Rule | undefined): Rule {
  if (typeof saved !== 'object' || saved === null) {
    throw damaged('the optimizer', 'the description of a rule', describeValue(saved));
  }
  const { name, options, learningRate } = saved as SavedOptimizer;
  if (given === undefined) {
    if (learningRate === null) {
      throw expectedBut('ERR_GRADUS_OPTION', '`optimizer`', 'given, as the saved schedule was a function', 'none');
    }
    return readPart('the optimizer', () => ruleOf(saved as OptimizerDescription));
  }
  const described = checkRule(given).describe();
  if (described.name !== name) {
    throw expectedBut('ERR_GRADUS_OPTION', '`optimizer`', `${name}, as saved`, described.name);
  }
  for (const [key, value] of Object.entries(described.options)) {
    const got = JSON.stringify(value);
    const wanted = JSON.stringify(options?.[key]);
    if (got !== wanted) {
      throw expectedBut('ERR_GRADUS_OPTION', `\`${key}\` of the optimizer`, `${wanted}, as saved`, got);
    }
  }
  return given;
}

/** Fills the rule's fresh arrays with the saved ones. */
function readState(saved: unknown, fresh: RuleState): RuleState {
  const fields = (typeof saved === 'object' && saved !== null ? saved : {}) as Readonly<Record<string, unknown>>;
  for (const [name, values] of Object.entries(fresh)) {
    values.set(readNumbers(fields[name], values.length, `'${name}' of the state`));
  }
  return fresh;
}

function readNumbers(text: unknown, size: number, what: string): Float64Array {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
  const whole = bytes !== undefined && bytes.length === 8 * size && bytes.toString('base64') === text;
  const numbers = whole ? fromBase64(text as string) : undefined;
  if (numbers === undefined || indexOfNonFinite(numbers) >= 0) {
    const got = whole ? 'one that is not finite' : describeValue(text);
    throw damaged(what, `${size} finite numbers as base64`, got);
  }
  return numbers;
}

function readCount(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw damaged(what, 'an integer, at least 0', describeValue(value));
  }
  return value as number;
}

/** What is wrong in a part of a saved learner is damage, whatever the part itself calls it. */
function readPart<R>(what: string, read: () => R): R {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof GradusError) || error.code === 'ERR_GRADUS_FORMAT') throw error;
    throw damaged(what, 'as it was saved', `a wrong value (${error.message})`);
  }
}

function damaged(what: string, wanted: string, got: string): GradusError {
  return expectedBut('ERR_GRADUS_FORMAT', `${what} of the saved learner`, wanted, got);
}

function checkModel(model: unknown): void {
  checkCopy(model, '`model`');
  if (typeof model !== 'object' || model === null || !('rowTerms' in model)) {
    throw expected('ERR_GRADUS_OPTION', '`model`', 'a model of this package that learns row by row', model);
  }
}

function checkRule(optimizer: unknown): Rule {
  checkCopy(optimizer, '`optimizer`');
  if (isRule(optimizer)) return optimizer;
  const wanted = 'a rule that can step from one row, such as new SGD() or new AdaGrad()';
  throw expected('ERR_GRADUS_OPTION', '`optimizer`', wanted, optimizer);
}

function readColumns(columns: unknown): readonly string[] {
  if (!Array.isArray(columns) || columns.length === 0 || !columns.every((name) => typeof name === 'string')) {
    throw expected('ERR_GRADUS_OPTION', '`columns`', 'an array of at least one name', columns);
  }
  const twice = columns.find((name, j) => columns.indexOf(name) !== j);
  if (twice !== undefined) throw expected('ERR_GRADUS_OPTION', 'each name of `columns`', 'there once', twice);
  return [...columns];
}
