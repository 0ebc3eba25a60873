// Linear regression: ŷ = Σ coefficientⱼ·xⱼ + intercept, fitted with a pointwise
// loss and an optional ridge penalty. The model holds coefficients on the user's
// scale; standardisation happens while X is read and is folded back here.

import { checkCopy, markCopy } from '../copies.js';
import { Dataset } from '../data/dataset.js';
import { badCell, badEntry, defaultNames, type MatrixInput, readMatrix } from '../data/matrix-input.js';
import { Random } from '../kernels/random.js';
import { scalesOf } from '../data/standard-scaler.js';
import { expected, expectedBut, GradusError } from '../errors.js';
import type { DoubleStorage, Kernels, LinearSpec, RowsSpec, Storage } from '../kernels/kernels.js';
import { defaultKernels, threadCount } from '../kernels/select.js';
import { checkLoss, type Loss, squared } from '../losses/loss.js';
import { checkPenalty, type Penalty } from '../losses/penalty.js';
import { checkBoolean, checkLength, checkOptions } from '../options.js';
import { parseFormat } from './json-format.js';
import { linearAnswers, LinearObjective } from './linear-objective.js';
import { type LinearSummary, summarise } from './linear-summary.js';
import type { LiveParameters, OnlineModel, Preparation, PrepareContext, RowTerms, Work } from './objective.js';
import { predictRow, type Row } from './one-row.js';
import { snapshot } from './snapshot.js';

export interface LinearRegressionOptions {
  /** Fit a constant term; default true. */
  readonly intercept?: boolean;
  /** Fit on columns of mean 0 and deviation 1 (only scaled when there is no intercept); default false. */
  readonly standardize?: boolean;
  /** `l2(λ)`; default none. Acts on the standardised scale when `standardize` is on. */
  readonly penalty?: Penalty;
  /** `squared()` (default) or `huber(delta)`. */
  readonly loss?: Loss;
}

interface Fitted extends LiveParameters {
  /** A view of the parameters without the intercept. */
  readonly coefficients: Float64Array;
}

const formatVersion = 1;

export class LinearRegression implements OnlineModel {
  static {
    markCopy(LinearRegression);
  }

  readonly name = 'LinearRegression';
  readonly answers = linearAnswers;
  readonly #intercept: boolean;
  readonly #standardize: boolean;
  readonly #penalty: Penalty | undefined;
  readonly #loss: Loss;
  #fitted: Fitted | undefined;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LinearRegressionOptions = {}) {
    checkOptions(options, ['intercept', 'standardize', 'penalty', 'loss'], 'LinearRegression');
    this.#intercept = checkBoolean(options.intercept ?? true, '`intercept`');
    this.#standardize = checkBoolean(options.standardize ?? false, '`standardize`');
    this.#penalty = options.penalty === undefined ? undefined : checkPenalty(options.penalty);
    this.#loss = options.loss === undefined ? squared() : checkLoss(options.loss);
  }

  /** One coefficient a column, on the scale of the data. */
  get coefficients(): Float64Array {
    return this.#model().coefficients.slice();
  }

  /** The constant term, 0 without one. */
  get intercept(): number {
    const { parameters, names } = this.#model();
    return this.#intercept ? (parameters[names.length] as number) : 0;
  }

  /** Coefficients, then the intercept last where there is one. */
  get parameters(): Float64Array {
    return this.#model().parameters.slice();
  }

  /** Called by `fit`. */
  *prepare(data: Dataset, context: PrepareContext): Work<Preparation | undefined> {
    const { kernels, threads, validation } = context;
    const rows = yield* readRows(data, context);
    if (rows === undefined) return undefined;
    let shift: Float64Array | undefined;
    let scale: Float64Array | undefined;
    if (this.#standardize) {
      const moments = kernels.moments(rows, threads);
      if (!(yield moments.compute())) return undefined;
      scale = scalesOf(moments.variance, moments.mean);
      shift = this.#intercept ? moments.mean.slice() : new Float64Array(data.columns);
      moments.dispose();
    }
    const objective = (of: LabelledRows, l2: number): LinearObjective =>
      new LinearObjective({
        spec: { ...of, intercept: this.#intercept, shift, scale },
        loss: this.#loss,
        l2,
        kernels,
        threads,
        random: new Random(context.seed),
      });
    let held: LabelledRows | undefined;
    if (validation) {
      checkSameColumns(validation, data.columnNames, '`validation`', 'the training data');
      held = yield* readRows(validation, context);
      if (held === undefined) return undefined;
    }
    const trained = objective(rows, this.#penalty?.strength ?? 0);
    const heldOut = held && objective(held, 0);
    return {
      objective: trained,
      validation: heldOut,
      start: this.#start(data, context, shift, scale),
      commit: (parameters) => {
        this.#commit(parameters, data.columnNames, shift, scale);
      },
      dispose: () => {
        trained.dispose();
        heldOut?.dispose();
      },
    };
  }

  /** ŷ of every row. The bits are those of `predictOne` and the same on every kernel set. */
  predict(x: Dataset | MatrixInput): Float64Array {
    checkCopy(x, '`x`');
    const { coefficients, names } = this.#model();
    let rows: RowsSpec;
    if (x instanceof Dataset) {
      this.#checkColumns(x);
      rows = x.rowsSpec();
    } else {
      const copy = readMatrix(x, undefined, names.length, names);
      rows = { x: copy.storage, columns: copy.columns, rows: copy.rows, list: undefined, weights: undefined };
    }
    const out = new Float64Array(rows.rows);
    defaultKernels().predict(rows, coefficients, this.intercept, out);
    return out;
  }

  /**
   * ŷ of one row, without crossing into native code.
   * @param row numbers in column order, or a record with a number for every column.
   */
  predictOne(row: Row): number {
    const { coefficients, names } = this.#model();
    return predictRow(row, names, coefficients, this.intercept, '`row`');
  }

  /** R²: 1 − Σw(y − ŷ)² / Σw(y − ȳ)². NaN when the target is constant. */
  score(data: Dataset): number {
    const predicted = this.predict(data);
    const { y, weights } = data;
    let total = 0;
    let mean = 0;
    for (let i = 0; i < y.length; i += 1) {
      const w = weights?.[i] ?? 1;
      total += w;
      mean += w * (y[i] as number);
    }
    mean /= total;
    let residual = 0;
    let spread = 0;
    for (let i = 0; i < y.length; i += 1) {
      const w = weights?.[i] ?? 1;
      residual += w * ((y[i] as number) - (predicted[i] as number)) ** 2;
      spread += w * ((y[i] as number) - mean) ** 2;
    }
    return spread === 0 ? Number.NaN : 1 - residual / spread;
  }

  /**
   * Standard errors and fit statistics of the model's parameters on `data`, the rows it was fitted to. Squared loss only.
   * Weights count as variance weights: a row of weight w is one observation with variance σ²/w, so the degrees of freedom
   * are rows − parameters however large the weights are. (Repeat rows that stand for several observations.) With a penalty
   * the standard errors are those of the biased ridge estimates, without the bias: σ²·C·ZᵀWZ·C, C = (ZᵀWZ + penalty)⁻¹.
   * Synchronous: it holds the event loop for about the time of a Newton step, and where the columns nearly depend on each
   * other for that of a QR and as much again or more for its inverse: seconds for 100,000 × 100.
   * @throws ERR_GRADUS_OPTION with another loss. @throws ERR_GRADUS_NOT_FITTED, ERR_GRADUS_SHAPE
   */
  summary(data: Dataset): LinearSummary {
    const { parameters, names } = this.#model();
    if (this.#loss.name !== 'squared') {
      throw expectedBut('ERR_GRADUS_OPTION', 'the loss of a model with a summary', 'squared()', this.#loss.name);
    }
    if (!(data instanceof Dataset)) throw expected('ERR_GRADUS_OPTION', '`data`', 'a Dataset', data);
    this.#checkColumns(data);
    return atOnce(this.#summarise(data, names, parameters));
  }

  *#summarise(data: Dataset, names: readonly string[], parameters: Float64Array): Work<LinearSummary> {
    const context = { kernels: defaultKernels(), threads: threadCount() };
    const rows = (yield* readRows(data, context)) as LabelledRows;
    const unscaled = { intercept: this.#intercept, shift: undefined, scale: undefined };
    const diagonal = new Float64Array(parameters.length).fill(this.#penalty?.strength ?? 0, 0, names.length);
    if (this.#standardize && this.#penalty) {
      const moments = context.kernels.moments(rows, context.threads);
      yield moments.compute();
      scalesOf(moments.variance, moments.mean).forEach((scale, j) => {
        diagonal[j] = (diagonal[j] as number) / scale ** 2;
      });
      moments.dispose();
    }
    const spec: LinearSpec = { ...rows, ...unscaled, loss: 'squared', lossParameter: 0 };
    return yield* summarise(spec, names, parameters, diagonal, context.kernels, context.threads);
  }

  toJSON(): Record<string, unknown> {
    const { coefficients, names } = this.#model();
    return {
      format: 'gradus',
      version: formatVersion,
      model: this.name,
      options: {
        intercept: this.#intercept,
        standardize: this.#standardize,
        loss: { name: this.#loss.name, parameter: this.#loss.parameter },
        ...(this.#penalty === undefined ? {} : { penalty: { ...this.#penalty } }),
      },
      columnNames: [...names],
      coefficients: Array.from(coefficients),
      ...(this.#intercept ? { intercept: this.intercept } : {}),
    };
  }

  /** A model from what `JSON.stringify(model)` wrote, or its parsed form. @throws ERR_GRADUS_FORMAT */
  static fromJSON(json: unknown): LinearRegression {
    const fields = parseModel(json);
    const options = fields.options;
    const model = new LinearRegression(typeof options === 'object' && options !== null ? options : {});
    const names = fields.columnNames;
    const coefficients = fields.coefficients;
    const intercept = model.#intercept ? fields.intercept : 0;
    const wellFormed =
      Array.isArray(names) &&
      names.every((name) => typeof name === 'string') &&
      Array.isArray(coefficients) &&
      coefficients.length === names.length &&
      coefficients.every(Number.isFinite) &&
      typeof intercept === 'number' &&
      Number.isFinite(intercept);
    if (!wellFormed) {
      throw expectedBut(
        'ERR_GRADUS_FORMAT',
        'the model',
        'column names, as many finite coefficients, and an intercept',
        'something else',
      );
    }
    const parameters = Float64Array.from(model.#intercept ? [...coefficients, intercept] : coefficients);
    model.adopt({ parameters, names: [...names] });
    return model;
  }

  /** Called by `online`. */
  rowTerms(): RowTerms {
    if (this.#standardize) {
      const wanted = 'one without standardize: true to learn row by row (scale the rows before, with a StandardScaler)';
      throw expectedBut('ERR_GRADUS_OPTION', '`model`', wanted, 'one with it');
    }
    return { loss: this.#loss, l2: this.#penalty?.strength ?? 0, intercept: this.#intercept };
  }

  /** Called by `online`. */
  live(): LiveParameters | undefined {
    return this.#fitted;
  }

  /** Called by `online`. */
  adopt({ parameters, names }: LiveParameters): void {
    this.#fitted = { parameters, names, coefficients: parameters.subarray(0, names.length) };
  }

  #model(): Fitted {
    if (this.#fitted === undefined) {
      throw new GradusError(
        'ERR_GRADUS_NOT_FITTED',
        'Expected the model to be fitted, but got one before fit(model, data)',
      );
    }
    return this.#fitted;
  }

  #checkColumns(data: Dataset): void {
    checkSameColumns(data, this.#model().names, 'the data', 'the fit');
  }

  #start(
    data: Dataset,
    context: PrepareContext,
    shift: Float64Array | undefined,
    scale: Float64Array | undefined,
  ): Float64Array {
    const size = data.columns + (this.#intercept ? 1 : 0);
    if (context.warmStart) this.#checkColumns(data);
    const given = context.initial ?? (context.warmStart ? this.parameters : undefined);
    const start = new Float64Array(size);
    if (given === undefined) return start;
    checkLength(given.length, size, '`initial`', 'numbers long: coefficients, then the intercept');
    for (let j = 0; j < size; j += 1) {
      const value = given[j];
      if (typeof value !== 'number' || !Number.isFinite(value)) throw badEntry('`initial`', j, value);
      start[j] = value;
    }
    for (let j = 0; scale && shift && j < data.columns; j += 1) {
      const coefficient = start[j] as number;
      start[j] = coefficient / (scale[j] as number);
      if (this.#intercept) start[size - 1] = (start[size - 1] as number) + coefficient * (shift[j] as number);
    }
    return start;
  }

  #commit(
    parameters: Float64Array,
    names: readonly string[],
    shift: Float64Array | undefined,
    scale: Float64Array | undefined,
  ): void {
    const own = parameters.slice();
    for (let j = 0; scale && shift && j < names.length; j += 1) {
      const coefficient = (own[j] as number) * (scale[j] as number);
      own[j] = coefficient;
      if (this.#intercept) own[names.length] = (own[names.length] as number) - coefficient * (shift[j] as number);
    }
    this.adopt({ parameters: own, names });
  }
}

type LabelledRows = RowsSpec & { readonly y: DoubleStorage };

/** Runs all jobs of some work on this thread. */
function atOnce<R>(work: Work<R>): R {
  let step = work.next();
  while (!step.done) {
    step.value.run();
    step = work.next(true);
  }
  return step.value;
}

/** What a fit reads of a data set, its own copy where the user could write meanwhile; undefined when aborted. */
function* readRows(
  data: Dataset,
  { kernels, threads }: Pick<PrepareContext, 'kernels' | 'threads'>,
): Work<LabelledRows | undefined> {
  const { unchecked, ...labels } = data.labels();
  const { list, ...shape } = data.rowsSpec();
  const y = yield* snapshot(labels.y, list, data.rows);
  const weights = labels.weights && (yield* snapshot(labels.weights, list, data.rows));
  if (y === undefined || (labels.weights && weights === undefined)) return undefined;
  if (unchecked && !(yield* checkFinite(data, shape.x, y, kernels, threads))) return undefined;
  return { ...shape, list, weights, y };
}

function checkSameColumns(data: Dataset, names: readonly string[], what: string, as: string): void {
  checkLength(data.columns, names.length, what, `columns wide, as in ${as}`);
  const wrong = names.findIndex((name, j) => name !== data.columnNames[j]);
  const unnamed = defaultNames(data.columns).every((name, j) => name === data.columnNames[j]);
  if (wrong >= 0 && !unnamed) {
    const wanted = `'${names[wrong]}', as in ${as}`;
    throw expected('ERR_GRADUS_SHAPE', `the name of column ${wrong} of ${what}`, wanted, data.columnNames[wrong]);
  }
}

/** The first job of a fit on memory that was allocated or lent: nobody has looked at its values yet. */
function* checkFinite(data: Dataset, x: Storage, y: Storage, kernels: Kernels, threads: number): Work<boolean> {
  const at = yield* firstNotFinite(x, kernels, threads);
  if (at === undefined) return false;
  if (at >= 0) {
    throw badCell(Math.floor(at / data.columns), data.columnNames[at % data.columns] as string, x.data[at]);
  }
  const row = yield* firstNotFinite(y, kernels, threads);
  if (row === undefined) return false;
  if (row >= 0) throw badEntry('`y`', row, y.data[row]);
  return true;
}

/** Its place, or -1; undefined when aborted. */
function* firstNotFinite(values: Storage, kernels: Kernels, threads: number): Work<number | undefined> {
  const finite = kernels.finite(values, threads);
  if (!(yield finite.scan())) return undefined;
  const { found } = finite;
  finite.dispose();
  return found;
}

function parseModel(json: unknown): Readonly<Record<string, unknown>> {
  const fields = parseFormat(json, 'the model', 'gradus');
  if (fields.version !== formatVersion || fields.model !== 'LinearRegression') {
    const got = `${String(fields.model)} version ${String(fields.version)}`;
    throw expectedBut('ERR_GRADUS_FORMAT', 'the model', `a LinearRegression of version ${formatVersion}`, got);
  }
  return fields;
}
