// What the models with a linear predictor share: η = Σ coefficientⱼ·xⱼ + intercept,
// fitted with a pointwise loss and a penalty. A model holds coefficients on the user's
// scale; standardisation happens while X is read and is folded back here. What η
// means, and which targets there may be, the models say themselves.

import type { Dataset } from '../data/dataset.js';
import { badEntry, type MatrixInput } from '../data/matrix-input.js';
import { expectedBut, GradusError } from '../errors.js';
import { smallJob } from '../kernels/kernels.js';
import { Random } from '../kernels/random.js';
import { defaultKernels } from '../kernels/select.js';
import type { Loss, QuantileLoss } from '../losses/loss.js';
import { checkPenalty, lassoOf, type Penalty, ridgeOf } from '../losses/penalty.js';
import type { RequestKind } from '../optimizers/solver.js';
import { checkBoolean, checkLength } from '../options.js';
import { type ColumnScales, columnScales, fromScaled, toScaled } from './column-scales.js';
import { parseFormat } from './json-format.js';
import { checkSameColumns, type LabelledRows, readRows, rowsToPredict } from './labelled-rows.js';
import { LinearObjective, linearAnswers } from './linear-objective.js';
import type { LiveParameters, OnlineModel, Preparation, PrepareContext, RowTerms, Work } from './objective.js';
import { predictRow, type Row } from './one-row.js';
import { QuantileObjective, quantileAnswers } from './quantile-objective.js';

export interface LinearModelOptions {
  /** Fit a constant term; default true. */
  readonly intercept?: boolean;
  /** Fit on columns of mean 0 and deviation 1 (only scaled when there is no intercept); default false. */
  readonly standardize?: boolean;
  /** `l2(λ)`, `l1(λ)` or `elasticNet(λ, share)`; default none. Acts on the standardised scale when `standardize` is on. */
  readonly penalty?: Penalty;
}

/** The names of these options. */
export const linearModelOptions = ['intercept', 'standardize', 'penalty'] as const;

interface Fitted extends LiveParameters {
  /** A view of the parameters without the intercept. */
  readonly coefficients: Float64Array;
}

export const formatVersion = 1;
// Targets looked at between two chances to pause.
const targetsPiece = 65_536;

export abstract class LinearModel implements OnlineModel {
  abstract readonly name: string;
  readonly answers: readonly RequestKind[];
  readonly takesBatches: boolean;
  readonly #intercept: boolean;
  readonly #standardize: boolean;
  readonly #penalty: Penalty | undefined;
  readonly #loss: Loss | QuantileLoss;
  #fitted: Fitted | undefined;

  /** @throws ERR_GRADUS_OPTION for a wrong value. */
  protected constructor(options: LinearModelOptions, loss: Loss | QuantileLoss) {
    this.#intercept = checkBoolean(options.intercept ?? true, '`intercept`');
    this.#standardize = checkBoolean(options.standardize ?? false, '`standardize`');
    this.#penalty = options.penalty === undefined ? undefined : checkPenalty(options.penalty);
    this.#loss = loss;
    this.answers = loss.name === 'quantile' ? quantileAnswers : linearAnswers;
    this.takesBatches = loss.name !== 'quantile';
  }

  /** What an optimizer of the model must respect. */
  get demands(): readonly ('l1' | 'bounds')[] {
    return lassoOf(this.#penalty) > 0 ? ['l1'] : [];
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
    const scales = this.#standardize ? yield* columnScales(rows, this.#intercept, kernels, threads) : undefined;
    if (this.#standardize && scales === undefined) return undefined;
    if (!(yield* this.#checkTargets(rows.y.data))) return undefined;
    const objective = (of: LabelledRows, penalty: Penalty | undefined): LinearObjective | QuantileObjective => {
      const shared = {
        spec: { ...of, intercept: this.#intercept, shift: scales?.shift, scale: scales?.scale },
        l2: ridgeOf(penalty),
        l1: lassoOf(penalty),
        kernels,
        threads,
      };
      const loss = this.#loss;
      return loss.name === 'quantile'
        ? new QuantileObjective({ ...shared, quantile: loss.parameter })
        : new LinearObjective({ ...shared, loss, random: new Random(context.seed) });
    };
    let held: LabelledRows | undefined;
    if (validation) {
      checkSameColumns(validation, data.columnNames, '`validation`', 'the training data');
      held = yield* readRows(validation, context);
      if (held === undefined || !(yield* this.#checkTargets(held.y.data))) return undefined;
    }
    const trained = objective(rows, this.#penalty);
    const heldOut = held && objective(held, undefined);
    return {
      objective: trained,
      validation: heldOut,
      start: this.#start(data, context, scales),
      commit: (parameters) => {
        const own = parameters.slice();
        if (scales) fromScaled(own, scales);
        this.adopt({ parameters: own, names: data.columnNames });
      },
      dispose: () => {
        trained.dispose();
        heldOut?.dispose();
      },
    };
  }

  /** A target that the model cannot have: what there may be. Undefined for the others. */
  protected abstract targetProblem(y: number): string | undefined;

  /** η of every row. The bits are those of `linearPredictorOne` and the same on every kernel set. */
  protected linearPredictor(x: Dataset | MatrixInput): Float64Array {
    const { coefficients, names } = this.#model();
    const rows = rowsToPredict(x, names);
    const out = new Float64Array(rows.rows);
    defaultKernels().predict(rows, coefficients, this.intercept, out);
    return out;
  }

  /** η of one row, without crossing into native code. */
  protected linearPredictorOne(row: Row): number {
    const { coefficients, names } = this.#model();
    return predictRow(row, names, coefficients, this.intercept, '`row`');
  }

  protected get settings(): LinearModelSettings {
    return { intercept: this.#intercept, standardize: this.#standardize, penalty: this.#penalty, loss: this.#loss };
  }

  /** Options of the model besides those that all have, as they are saved. */
  protected savedOptions(): Record<string, unknown> {
    return {};
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
        ...this.savedOptions(),
        ...(this.#penalty === undefined ? {} : { penalty: { ...this.#penalty } }),
      },
      columnNames: [...names],
      coefficients: Array.from(coefficients),
      ...(this.#intercept ? { intercept: this.intercept } : {}),
    };
  }

  /** Takes the parameters of a saved model. @throws ERR_GRADUS_FORMAT */
  protected restore(fields: Readonly<Record<string, unknown>>): this {
    const { columnNames: names, coefficients } = fields;
    const intercept = this.#intercept ? fields.intercept : 0;
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
    const parameters = Float64Array.from(this.#intercept ? [...coefficients, intercept] : coefficients);
    this.adopt({ parameters, names: [...names] });
    return this;
  }

  /** Called by `online`. */
  rowTerms(): RowTerms {
    if (this.#standardize) {
      const wanted = 'one without standardize: true to learn row by row (scale the rows before, with a StandardScaler)';
      throw expectedBut('ERR_GRADUS_OPTION', '`model`', wanted, 'one with it');
    }
    if (lassoOf(this.#penalty) > 0) {
      throw expectedBut('ERR_GRADUS_OPTION', '`model`', 'one without an l1 penalty to learn row by row', 'one with it');
    }
    if (this.#loss.name === 'quantile') {
      throw expectedBut(
        'ERR_GRADUS_OPTION',
        '`model`',
        'one with a smooth loss to learn row by row',
        'one with quantile()',
      );
    }
    return { loss: this.#loss, l2: ridgeOf(this.#penalty), intercept: this.#intercept };
  }

  /** Called by `online`. */
  live(): LiveParameters | undefined {
    return this.#fitted;
  }

  /** Called by `online`. */
  adopt({ parameters, names }: LiveParameters): void {
    this.#fitted = { parameters, names, coefficients: parameters.subarray(0, names.length) };
  }

  /** The names and parameters of the last fit. @throws ERR_GRADUS_NOT_FITTED */
  protected fitted(): LiveParameters {
    return this.#model();
  }

  protected checkColumns(data: Dataset): void {
    checkSameColumns(data, this.#model().names, 'the data', 'the fit');
  }

  /** False when aborted. @throws ERR_GRADUS_VALUE for a target that the model cannot have. */
  *#checkTargets(y: Float64Array): Work<boolean> {
    for (let first = 0; first < y.length; first += targetsPiece) {
      const last = Math.min(first + targetsPiece, y.length);
      const look = (): void => {
        for (let i = first; i < last; i += 1) {
          const problem = this.targetProblem(y[i] as number);
          if (problem !== undefined) throw expectedBut('ERR_GRADUS_VALUE', `target ${i}`, problem, String(y[i]));
        }
      };
      if (!(yield smallJob(look))) return false;
    }
    return true;
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

  #start(data: Dataset, context: PrepareContext, scales: ColumnScales | undefined): Float64Array {
    const size = data.columns + (this.#intercept ? 1 : 0);
    if (context.warmStart) this.checkColumns(data);
    const given = context.initial ?? (context.warmStart ? this.parameters : undefined);
    const start = startFrom(given, size, 'numbers long: coefficients, then the intercept');
    if (scales) toScaled(start, scales);
    return start;
  }
}

/** A copy of the start that was given, zeros without one. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function startFrom(given: ArrayLike<number> | undefined, size: number, unit: string): Float64Array {
  const start = new Float64Array(size);
  if (given === undefined) return start;
  checkLength(given.length, size, '`initial`', unit);
  for (let j = 0; j < size; j += 1) {
    const value = given[j];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw badEntry('`initial`', j, value);
    start[j] = value;
  }
  return start;
}

export interface LinearModelSettings {
  readonly intercept: boolean;
  readonly standardize: boolean;
  readonly penalty: Penalty | undefined;
  readonly loss: Loss | QuantileLoss;
}

/** The fields of a saved model of this name. @throws ERR_GRADUS_FORMAT */
export function parseModel(json: unknown, name: string): Readonly<Record<string, unknown>> {
  const fields = parseFormat(json, 'the model', 'gradus');
  if (fields.version !== formatVersion || fields.model !== name) {
    const got = `${String(fields.model)} version ${String(fields.version)}`;
    throw expectedBut('ERR_GRADUS_FORMAT', 'the model', `a ${name} of version ${formatVersion}`, got);
  }
  return fields;
}

/** The saved options, for the constructor to check. */
export function savedOptions({ options }: Readonly<Record<string, unknown>>): object {
  return typeof options === 'object' && options !== null ? options : {};
}
