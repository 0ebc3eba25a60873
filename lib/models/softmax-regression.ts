// Softmax (multinomial logistic) regression: the probability of class k is e^ηₖ / Σ e^η, every
// class with its own coefficients and intercept (McCullagh and Nelder 1989, section
// 5.2). Without a penalty the classes' parameters are known up to a common vector: from a
// start of zeros the fit keeps their sum at zero. scikit-learn's C is l2(1 / (C·rows)).

import { markCopy } from '../copies.js';
import { checkClassNames } from '../data/class-names.js';
import type { Dataset } from '../data/dataset.js';
import type { MatrixInput } from '../data/matrix-input.js';
import { expectedBut, GradusError } from '../errors.js';
import { Random } from '../kernels/random.js';
import { exp } from '../kernels/portable/elementary.js';
import { defaultKernels } from '../kernels/select.js';
import { checkPenalty, lassoOf, lassoStrengths, type Penalty, ridgeStrengths } from '../losses/penalty.js';
import { accuracy } from '../metrics/classification.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';
import { type ClassWeights, checkClassWeights, weightByClass } from './class-weights.js';
import { checkSameClasses, checkTwoPresent, classNumbers, labelled, matchClasses, type Predicted } from './classes.js';
import { columnScales, fromScaled, toScaled } from './column-scales.js';
import { areNames, areNumbers } from './json-format.js';
import { checkSameColumns, type LabelledRows, type RowsContext, readRows, rowsToPredict } from './labelled-rows.js';
import { formatVersion, parseModel, savedOptions } from './saved-model.js';
import type { LinearModelOptions } from './linear-model.js';
import { startFrom } from './start-from.js';
import { softmaxSource } from './model-source.js';
import type { Model, Preparation, PrepareContext, Work } from './objective.js';
import { predictRow, type Row } from './one-row.js';
import { SoftmaxObjective, softmaxAnswers } from './softmax-objective.js';
import type { SoftmaxSummary } from './summary/model-summary.js';
import { softmaxSummary } from './summary/softmax-summary.js';
import type { SummaryOptions } from './summary/summary-options.js';

export interface SoftmaxRegressionOptions extends Omit<LinearModelOptions, 'nonNegative'> {
  /**
   * How many classes there are, 2 or more; default one more than the largest target. Targets are 0 … classes − 1, or names:
   * then there are as many as the data set knows.
   */
  readonly classes?: number;
  /**
   * Factors of the training rows' weights by class: `'balanced'` for rows of each class that weigh the same in all, or a
   * weight ≥ 0 by class name (`{ 0: 1, 2: 5 }` for numbers); default 1 for all. Validation rows keep their weights.
   */
  readonly classWeights?: ClassWeights;
}

// Newton's method is the default for no more parameters than this, one class taken as known. A Newton step costs about
// (K − 1)·p/8 gradients of p columns and K classes, and 6 steps replace the 20 to 80 gradients of L-BFGS on standardised
// columns: measured on 20,000 rows, 3 × 31 parameters as fast, 10 × 21 four times slower. On raw columns L-BFGS needs hundreds.
const newtonMost = 200;

interface Fitted {
  readonly names: readonly string[];
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
  /** Class-major: coefficients, then the intercept where there is one, of class 0, then of class 1. */
  readonly parameters: Float64Array;
}

/** @typeParam Label what it predicts: number (default), or string when it is fitted to class names. */
export class SoftmaxRegression<Label extends number | string = number> implements Model {
  static {
    markCopy(SoftmaxRegression);
  }

  readonly name = 'SoftmaxRegression';
  readonly answers = softmaxAnswers;
  readonly takesBatches = false;
  readonly #intercept: boolean;
  readonly #standardize: boolean;
  readonly #penalty: Penalty | undefined;
  readonly #classes: number | undefined;
  readonly #classWeights: ClassWeights | undefined;
  #fitted: Fitted | undefined;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: SoftmaxRegressionOptions = {}) {
    checkOptions(options, ['intercept', 'standardize', 'penalty', 'classes', 'classWeights'], 'SoftmaxRegression');
    this.#intercept = checkBoolean(options.intercept ?? true, '`intercept`');
    this.#standardize = checkBoolean(options.standardize ?? false, '`standardize`');
    this.#penalty = options.penalty === undefined ? undefined : checkPenalty(options.penalty);
    const { classes } = options;
    this.#classes =
      classes === undefined ? undefined : checkNumber(classes, '`classes`', { integer: true, min: 2, max: 65_536 });
    this.#classWeights = checkClassWeights(options.classWeights);
  }

  get demands(): readonly ('l1' | 'bounds')[] {
    return lassoOf(this.#penalty) > 0 ? ['l1'] : [];
  }

  /** How many classes the fitted model tells apart. */
  get classes(): number {
    return this.#model().classes;
  }

  /** The names of the classes, sorted; undefined when the model was fitted to numbers. */
  get classNames(): readonly string[] | undefined {
    return this.#model().classNames;
  }

  /** Class-major: coefficients, then the intercept where there is one, of class 0, then of class 1, and so on. */
  get parameters(): Float64Array {
    return this.#model().parameters.slice();
  }

  /** Called by `fit`. */
  suitsNewton(data: Dataset): boolean {
    const classes = this.#classes ?? classesIn(data.labels().y);
    return (classes - 1) * (data.columns + (this.#intercept ? 1 : 0)) <= newtonMost;
  }

  /** Called by `fit`. */
  *prepare(data: Dataset, context: PrepareContext): Work<Preparation | undefined> {
    const { kernels, threads, validation } = context;
    refuseOffsets(data, '`data`');
    refuseOffsets(validation, '`validation`');
    const { classNames } = data;
    const read = yield* readRows(data, context);
    if (read === undefined || (classNames && !(yield* checkTwoPresent(read, classNames)))) return undefined;
    const classes = this.#countClasses(read.y.data, classNames);
    const rows = this.#classWeights ? yield* weightByClass(read, this.#classWeights, classes, classNames) : read;
    if (rows === undefined) return undefined;
    const scales = this.#standardize ? yield* columnScales(rows, this.#intercept, kernels, threads) : undefined;
    if (this.#standardize && scales === undefined) return undefined;
    const objective = (of: LabelledRows, penalty: Penalty | undefined): SoftmaxObjective =>
      new SoftmaxObjective({
        spec: { ...of, classes, intercept: this.#intercept, shift: scales?.shift, scale: scales?.scale },
        l2: ridgeStrengths(penalty, data.columnNames),
        l1: lassoStrengths(penalty, data.columnNames),
        kernels,
        threads,
        random: new Random(context.seed),
      });
    let held: LabelledRows | undefined;
    if (validation) {
      checkSameColumns(validation, data.columnNames, '`validation`', 'the training data');
      held = yield* readRows(validation, context);
      if (held === undefined) return undefined;
      if (!(yield* matchClasses(held.y.data, validation.classNames, classNames, '`validation`'))) return undefined;
      checkClasses(held.y.data, classes);
    }
    const each = data.columns + (this.#intercept ? 1 : 0);
    if (context.warmStart) checkSameClasses(classNames, this.#model().classNames);
    const given = context.initial ?? (context.warmStart ? this.parameters : undefined);
    const start = startFrom(given, classes * each, 'numbers long: coefficients, then the intercept, class by class');
    const perClass = (parameters: Float64Array, change: (of: Float64Array) => void): void => {
      for (let k = 0; k < classes; k += 1) change(parameters.subarray(k * each, (k + 1) * each));
    };
    if (scales) perClass(start, (of) => toScaled(of, scales));
    const trained = objective(rows, this.#penalty);
    const heldOut = held && objective(held, undefined);
    return {
      objective: trained,
      validation: heldOut,
      start,
      commit: (parameters) => {
        const own = parameters.slice();
        if (scales) perClass(own, (of) => fromScaled(of, scales));
        this.#fitted = { names: data.columnNames, classes, classNames, parameters: own };
      },
      dispose: () => {
        trained.dispose();
        heldOut?.dispose();
      },
    };
  }

  /** Rows × classes, row-major. The bits are those of `predictProbabilityOne` and the same on every kernel set. */
  predictProbability(x: Dataset | MatrixInput): Float64Array {
    const { names, classes } = this.#model();
    const rows = rowsToPredict(x, names);
    const eta = Array.from({ length: classes }, (_, k) => {
      const out = new Float64Array(rows.rows);
      defaultKernels().predict(rows, this.#coefficients(k), this.#interceptOf(k), out);
      return out;
    });
    const out = new Float64Array(rows.rows * classes);
    const row = new Float64Array(classes);
    for (let i = 0; i < rows.rows; i += 1) {
      for (let k = 0; k < classes; k += 1) row[k] = eta[k]?.[i] as number;
      softmax(row);
      out.set(row, i * classes);
    }
    return out;
  }

  /** The probability of every class for one row, without crossing into native code. */
  predictProbabilityOne(row: Row): Float64Array {
    const { names, classes } = this.#model();
    const out = new Float64Array(classes);
    for (let k = 0; k < classes; k += 1) {
      out[k] = predictRow(row, names, this.#coefficients(k), this.#interceptOf(k), '`row`');
    }
    softmax(out);
    return out;
  }

  /** The likeliest class of every row, its number or its name; the first of several. */
  predict(x: Dataset | MatrixInput): Predicted<Label> {
    return labelled<Label>(this.#predictClasses(x), this.classNames);
  }

  /** The likeliest class of one row, its number or its name. */
  predictOne(row: Row): Label {
    const number = likeliest(this.predictProbabilityOne(row));
    return (this.classNames?.[number] ?? number) as Label;
  }

  /**
   * Accuracy: the weighted share of rows whose likeliest class is the target. Names are matched.
   * @throws ERR_GRADUS_VALUE for a class name that the model does not know.
   */
  score(data: Dataset): number {
    const { weights } = data;
    return accuracy(classNumbers(data, this.classNames), this.#predictClasses(data), { weights });
  }

  #predictClasses(x: Dataset | MatrixInput): Float64Array {
    const probabilities = this.predictProbability(x);
    const { classes } = this.#model();
    return Float64Array.from({ length: probabilities.length / classes }, (_, i) =>
      likeliest(probabilities.subarray(i * classes, (i + 1) * classes)),
    );
  }

  /**
   * Standard errors, tests and fit statistics of the classes against class 0 on `data`, the rows the model was fitted to; a
   * table as text. Covariances 'model', 'HC0' and 'HC1'.
   * Synchronous: with K classes it takes K(K − 1)/2 Gram matrices and a factorisation of all (K − 1)·columns parameters.
   * @throws ERR_GRADUS_OPTION for a wrong option, with a penalty. @throws ERR_GRADUS_NOT_FITTED, ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE
   */
  summary(data: Dataset, options: SummaryOptions = {}): SoftmaxSummary {
    const model = this.#model();
    const read = (context: RowsContext): Work<LabelledRows | undefined> => this.#weighted(data, context, model.classes);
    return softmaxSummary({ ...model, data, read, intercept: this.#intercept, penalty: this.#penalty }, options);
  }

  /** Rows with the class weights; undefined when aborted. */
  *#weighted(data: Dataset, context: RowsContext, classes: number): Work<LabelledRows | undefined> {
    const rows = yield* readRows(data, context);
    if (rows === undefined || this.#classWeights === undefined) return rows;
    return yield* weightByClass(rows, this.#classWeights, classes, data.classNames);
  }

  toJSON(): Record<string, unknown> {
    const { names, classes, classNames, parameters } = this.#model();
    return {
      format: 'gradus',
      version: formatVersion,
      model: this.name,
      options: {
        intercept: this.#intercept,
        standardize: this.#standardize,
        classes,
        ...(this.#classWeights === undefined ? {} : { classWeights: this.#classWeights }),
        ...(this.#penalty === undefined ? {} : { penalty: { ...this.#penalty } }),
      },
      columnNames: [...names],
      ...(classNames === undefined ? {} : { classNames: [...classNames] }),
      parameters: Array.from(parameters),
    };
  }

  /**
   * The fitted model as the text of an ES module without dependencies, for a browser or another runtime. It exports
   * `predict(row)` and `predictProbability(row)`, which give the bits of `predictOne` and `predictProbabilityOne` for numbers
   * in column order and for records. @throws ERR_GRADUS_NOT_FITTED
   */
  toSource(): string {
    const { names: columnNames, classes, classNames } = this.#model();
    const all = Array.from({ length: classes }, (_, k) => k);
    return softmaxSource({
      model: this.name,
      columnNames,
      coefficients: all.map((k) => this.#coefficients(k)),
      intercepts: all.map((k) => this.#interceptOf(k)),
      classNames,
    });
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON<Label extends number | string = number>(json: unknown): SoftmaxRegression<Label> {
    const fields = parseModel(json, 'SoftmaxRegression');
    const model = new SoftmaxRegression<Label>(savedOptions(fields));
    const { columnNames: names, parameters } = fields;
    const classes = model.#classes ?? 0;
    const wellFormed =
      classes > 0 && areNames(names) && areNumbers(parameters, classes * (names.length + (model.#intercept ? 1 : 0)));
    if (!wellFormed) {
      const wanted = 'column names, classes, and as many finite parameters';
      throw expectedBut('ERR_GRADUS_FORMAT', 'the model', wanted, 'something else');
    }
    const classNames = fields.classNames === undefined ? undefined : checkClassNames(fields.classNames, classes);
    model.#fitted = { names: [...names], classes, classNames, parameters: Float64Array.from(parameters) };
    return model;
  }

  #model(): Fitted {
    if (this.#fitted === undefined) {
      const message = 'Expected the model to be fitted, but got one before fit(model, data)';
      throw new GradusError('ERR_GRADUS_NOT_FITTED', message);
    }
    return this.#fitted;
  }

  #coefficients(k: number): Float64Array {
    const { names, classes, parameters } = this.#model();
    const each = parameters.length / classes;
    return parameters.subarray(k * each, k * each + names.length);
  }

  #interceptOf(k: number): number {
    const { names, classes, parameters } = this.#model();
    const each = parameters.length / classes;
    return this.#intercept ? (parameters[k * each + names.length] as number) : 0;
  }

  #countClasses(y: Float64Array, names: readonly string[] | undefined): number {
    if (names && this.#classes !== undefined && this.#classes !== names.length) {
      const wanted = `one of ${this.#classes} classes, as the model's option says`;
      throw expectedBut('ERR_GRADUS_VALUE', 'the target', wanted, `one of ${names.length}`);
    }
    if (names) return names.length;
    const classes = this.#classes ?? classesIn(y);
    checkClasses(y, classes);
    return classes;
  }
}

/** One more than the largest label, at least 2. */
function classesIn(y: Float64Array): number {
  let largest = 1;
  for (const label of y) largest = Math.max(largest, label);
  return Math.min(Math.floor(largest), 65_535) + 1;
}

/** @throws ERR_GRADUS_VALUE for a target that is no class. */
function checkClasses(y: Float64Array, classes: number): void {
  const bad = y.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (bad >= 0) {
    const wanted = `a class, a whole number from 0 to ${classes - 1}`;
    throw expectedBut('ERR_GRADUS_VALUE', `target ${bad}`, wanted, String(y[bad]));
  }
}

/** eta becomes e^(eta − max) / Σ, in place. */
function softmax(eta: Float64Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of eta) largest = Math.max(largest, value);
  let sum = 0;
  for (let k = 0; k < eta.length; k += 1) {
    eta[k] = exp((eta[k] as number) - largest);
    sum += eta[k] as number;
  }
  for (let k = 0; k < eta.length; k += 1) eta[k] = (eta[k] as number) / sum;
}

function likeliest(probabilities: Float64Array): number {
  let best = 0;
  for (let k = 1; k < probabilities.length; k += 1) {
    if ((probabilities[k] as number) > (probabilities[best] as number)) best = k;
  }
  return best;
}

function refuseOffsets(data: Dataset | undefined, what: string): void {
  if (data?.offsets === undefined) return;
  const wanted = 'without offsets: every class has a predictor of its own';
  throw expectedBut('ERR_GRADUS_OPTION', what, wanted, 'with them');
}
