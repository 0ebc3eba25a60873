// What the models with a linear predictor share: η = Σ coefficientⱼ·xⱼ + intercept,
// fitted with a pointwise loss and a penalty. A model holds coefficients on the user's
// scale; standardisation happens while X is read and is folded back here. What η
// means, and which targets there may be, the models say themselves.

import { checkNumbers } from '../data/class-names.js';
import { Dataset } from '../data/dataset.js';
import { type MatrixInput, readVector } from '../data/matrix-input.js';
import { expectedBut, GradusError } from '../errors.js';
import { Random } from '../kernels/random.js';
import { defaultKernels } from '../kernels/select.js';
import { checkUsable, isVectorLoss, type Loss, type QuantileLoss } from '../losses/loss.js';
import { checkPenalty, lassoOf, lassoStrengths, type Penalty, ridgeOf, ridgeStrengths } from '../losses/penalty.js';
import type { RequestKind } from '../optimizers/solver.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';
import { checkSameClasses } from './classes.js';
import { type ColumnScales, columnScales, fromScaled, toScaled } from './column-scales.js';
import { areNames, areNumbers } from './json-format.js';
import {
  checkSameColumns,
  type LabelledRows,
  type RowsContext,
  readRows,
  rowsToPredict,
  withoutOffset,
} from './labelled-rows.js';
import { LinearObjective, linearAnswers } from './linear-objective.js';
import { linearModelSource, type ResponseSource } from './model-source.js';
import { bindsAny, checkNonNegative, type NonNegative, nonNegativeBounds } from './non-negative.js';
import type { LiveParameters, OnlineModel, Preparation, PrepareContext, RowTerms, Work } from './objective.js';
import { predictRow, type Row } from './one-row.js';
import { overRows } from './over-rows.js';
import type { PredictOneOptions, PredictOptions } from './predict-options.js';
import { formatVersion } from './saved-model.js';
import { rowTermsOf } from './row-terms.js';
import { startFrom } from './start-from.js';
import { QuantileObjective, quantileAnswers } from './quantile-objective.js';
import type { SummaryInput } from './summary/gather.js';
import type { Distribution } from './summary/generalized-summary.js';
import { withoutMaximum } from './summary/separation.js';

export interface LinearModelOptions {
  /** Fit a constant term; default true. */
  readonly intercept?: boolean;
  /** Fit on columns of mean 0 and deviation 1 (only scaled when there is no intercept); default false. */
  readonly standardize?: boolean;
  /** `l2(λ)`, `l1(λ)` or `elasticNet(λ, share)`; default none. Acts on the standardised scale when `standardize` is on. */
  readonly penalty?: Penalty;
  /** Keep all coefficients, or those of the columns named, from becoming negative; default false. Never the intercept. */
  readonly nonNegative?: NonNegative;
}

/** The names of these options. */
export const linearModelOptions = ['intercept', 'standardize', 'penalty', 'nonNegative'] as const;

interface Fitted extends LiveParameters {
  /** A view of the parameters without the intercept. */
  readonly coefficients: Float64Array;
}

export abstract class LinearModel implements OnlineModel {
  abstract readonly name: string;
  readonly answers: readonly RequestKind[];
  readonly #intercept: boolean;
  readonly #standardize: boolean;
  readonly #penalty: Penalty | undefined;
  readonly #nonNegative: NonNegative;
  readonly #loss: Loss | QuantileLoss;
  #fitted: Fitted | undefined;

  /** @throws ERR_GRADUS_OPTION for a wrong value. */
  protected constructor(options: LinearModelOptions, loss: Loss | QuantileLoss) {
    this.#intercept = checkBoolean(options.intercept ?? true, '`intercept`');
    this.#standardize = checkBoolean(options.standardize ?? false, '`standardize`');
    this.#penalty = options.penalty === undefined ? undefined : checkPenalty(options.penalty);
    this.#nonNegative = checkNonNegative(options.nonNegative ?? false);
    this.#loss = loss;
    if (loss.name === 'quantile' && bindsAny(this.#nonNegative)) {
      throw expectedBut('ERR_GRADUS_OPTION', '`nonNegative`', 'false with quantile()', 'a bound');
    }
    this.answers = loss.name === 'quantile' ? quantileAnswers : linearAnswers;
  }

  /** A loss that is a function is taken over all rows, and so is one with a corner. */
  get takesBatches(): boolean {
    return this.#loss.name !== 'quantile' && !isVectorLoss(this.#loss);
  }

  /** What an optimizer of the model must respect. */
  get demands(): readonly ('l1' | 'bounds')[] {
    return [
      ...(lassoOf(this.#penalty) > 0 ? ['l1' as const] : []),
      ...(bindsAny(this.#nonNegative) ? ['bounds' as const] : []),
    ];
  }

  /** Update rules know one strength for all coefficients. */
  get refusesBatches(): string | undefined {
    const unequal = this.#penalty?.factors !== undefined && ridgeOf(this.#penalty) > 0;
    return unequal ? 'a ridge penalty with factors' : undefined;
  }

  /** What it is fitted with. */
  get penalty(): Penalty | undefined {
    return this.#penalty;
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
    const rows = yield* this.#readRows(data, context, undefined);
    if (rows === undefined) return undefined;
    const scales = this.#standardize ? yield* columnScales(rows, this.#intercept, kernels, threads) : undefined;
    if (this.#standardize && scales === undefined) return undefined;
    const size = data.columns + (this.#intercept ? 1 : 0);
    const bounds = nonNegativeBounds(this.#nonNegative, data.columnNames, size);
    const objective = (of: LabelledRows, penalty: Penalty | undefined): LinearObjective | QuantileObjective => {
      const shared = {
        spec: { ...of, intercept: this.#intercept, shift: scales?.shift, scale: scales?.scale },
        l2: ridgeStrengths(penalty, data.columnNames),
        l1: lassoStrengths(penalty, data.columnNames),
        kernels,
        threads,
      };
      const loss = this.#loss;
      return loss.name === 'quantile'
        ? new QuantileObjective({ ...shared, quantile: loss.parameter })
        : new LinearObjective({ ...shared, bounds, loss, random: new Random(context.seed) });
    };
    let held: LabelledRows | undefined;
    if (validation) {
      checkSameColumns(validation, data.columnNames, '`validation`', 'the training data');
      held = yield* this.#readRows(validation, context, data);
      if (held === undefined) return undefined;
    }
    const start = this.#givenStart(data, context, scales) ?? (yield* this.firstGuess(rows, scales, context));
    if (start === undefined) return undefined;
    const ownScale = (parameters: Float64Array): Float64Array => {
      const own = parameters.slice();
      if (scales) fromScaled(own, scales);
      return own;
    };
    const trained = objective(rows, this.#penalty);
    const heldOut = held && objective(held, undefined);
    const distribution = this.#isFree() ? this.familyAndLink() : undefined;
    return {
      objective: trained,
      validation: heldOut,
      start,
      ownScale,
      commit: (parameters) =>
        this.adopt({ parameters: ownScale(parameters), names: data.columnNames, classNames: data.classNames }),
      ...(distribution && {
        flaw: (parameters: Float64Array) =>
          withoutMaximum(
            { rows, columnNames: data.columnNames, intercept: this.#intercept, ...distribution, kernels, threads },
            ownScale(parameters),
          ),
      }),
      dispose: () => {
        trained.dispose();
        heldOut?.dispose();
      },
    };
  }

  /**
   * Reads rows whose targets are numbers; a classifier overrides this to take names. Undefined when aborted.
   * @param training the rows of the fit, when these are its validation rows.
   */
  protected *labelledRows(
    data: Dataset,
    context: RowsContext,
    training: Dataset | undefined,
  ): Work<LabelledRows | undefined> {
    checkNumbers(data.classNames, training ? 'the target of `validation`' : 'the target');
    return yield* readRows(data, context);
  }

  /** Where a fit starts that is told nothing else, on the objective's scale: zeros. Undefined when aborted. */
  // biome-ignore lint/correctness/useYield: models that start elsewhere look at the rows
  protected *firstGuess(
    rows: LabelledRows,
    _scales: ColumnScales | undefined,
    _context: PrepareContext,
  ): Work<Float64Array | undefined> {
    return new Float64Array(rows.columns + (this.#intercept ? 1 : 0));
  }

  /** A target that the model cannot have: what there may be. Undefined for the others. */
  protected abstract targetProblem(y: number): string | undefined;

  /** η of every row. The bits are those of `linearPredictorOne` and the same on every kernel set. */
  protected linearPredictor(x: Dataset | MatrixInput, options: PredictOptions = {}): Float64Array {
    const { coefficients, names } = this.#model();
    const rows = rowsToPredict(x, names);
    const out = new Float64Array(rows.rows);
    defaultKernels().predict(rows, coefficients, this.intercept, out);
    checkOptions(options, ['offset'], 'predict');
    const own = x instanceof Dataset ? x.offsets : undefined;
    const offset = options.offset === undefined ? own : readVector(options.offset, rows.rows, '`offset`');
    if (offset) for (let i = 0; i < out.length; i += 1) out[i] = (out[i] as number) + (offset[i] as number);
    return out;
  }

  /** η of one row, without crossing into native code. */
  protected linearPredictorOne(row: Row, options?: PredictOneOptions): number {
    const { coefficients, names } = this.#model();
    const eta = predictRow(row, names, coefficients, this.intercept, '`row`');
    if (options === undefined) return eta;
    checkOptions(options, ['offset'], 'predictOne');
    return options.offset === undefined ? eta : eta + checkNumber(options.offset, '`offset`');
  }

  protected get settings(): LinearModelSettings {
    return { intercept: this.#intercept, standardize: this.#standardize, penalty: this.#penalty, loss: this.#loss };
  }

  /** Options of the model besides those that all have, as they are saved. */
  protected savedOptions(): Record<string, unknown> {
    return {};
  }

  toJSON(): Record<string, unknown> {
    const { coefficients, names, classNames } = this.#model();
    return {
      format: 'gradus',
      version: formatVersion,
      model: this.name,
      options: {
        intercept: this.#intercept,
        standardize: this.#standardize,
        ...this.savedOptions(),
        ...(this.#penalty === undefined ? {} : { penalty: { ...this.#penalty } }),
        ...(bindsAny(this.#nonNegative) ? { nonNegative: this.#nonNegative } : {}),
      },
      columnNames: [...names],
      ...(classNames === undefined ? {} : { classNames: [...classNames] }),
      coefficients: Array.from(coefficients),
      ...(this.#intercept ? { intercept: this.intercept } : {}),
    };
  }

  /**
   * The fitted model as the text of an ES module without dependencies, for a browser or another runtime. It exports
   * `predict(row)` (and a classifier's `predictProbability(row)`), which give the bits of `predictOne` for numbers in column
   * order and for records. @throws ERR_GRADUS_NOT_FITTED
   */
  toSource(): string {
    const { coefficients, names: columnNames } = this.#model();
    const { name: model, intercept } = this;
    return linearModelSource({ model, columnNames, coefficients, intercept, response: this.responseSource() });
  }

  /** What `toSource` writes for what the model makes of η. */
  protected abstract responseSource(): ResponseSource;

  /** Takes the parameters of a saved model. @throws ERR_GRADUS_FORMAT */
  protected restore(fields: Readonly<Record<string, unknown>>, classNames?: readonly string[]): this {
    const { columnNames: names, coefficients } = fields;
    const intercept = this.#intercept ? fields.intercept : 0;
    const wellFormed =
      areNames(names) &&
      areNumbers(coefficients, names.length) &&
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
    this.adopt({ parameters, names: [...names], classNames });
    return this;
  }

  /** Called by `online`. */
  rowTerms(): RowTerms {
    return rowTermsOf({ ...this.settings, bounded: bindsAny(this.#nonNegative), refused: this.refusesBatches });
  }

  /** Called by `online`. */
  live(): LiveParameters | undefined {
    return this.#fitted;
  }

  /** Called by `online`. */
  adopt({ parameters, names, classNames }: LiveParameters): void {
    this.#fitted = { parameters, names, classNames, coefficients: parameters.subarray(0, names.length) };
  }

  /** The names and parameters of the last fit. @throws ERR_GRADUS_NOT_FITTED */
  protected fitted(): LiveParameters {
    return this.#model();
  }

  /** Family and link of a model that has a likelihood, for summaries and for `fit` to look whether there is a maximum. */
  protected familyAndLink(): Distribution | undefined {
    return undefined;
  }

  /** What a summary starts from. @throws ERR_GRADUS_NOT_FITTED, ERR_GRADUS_OPTION with nonNegative */
  protected summaryInput(data: Dataset): SummaryInput {
    if (bindsAny(this.#nonNegative)) {
      const wanted = 'one without nonNegative: at a bound there are no standard errors';
      throw expectedBut('ERR_GRADUS_OPTION', 'a model with a summary', wanted, 'one with it');
    }
    const read = (context: RowsContext): Work<LabelledRows | undefined> => this.labelledRows(data, context, undefined);
    return { model: this.name, data, read, fitted: this.fitted(), settings: this.settings };
  }

  protected checkColumns(data: Dataset): void {
    checkSameColumns(data, this.#model().names, 'the data', 'the fit');
  }

  /** Rows as the loss takes them; undefined when aborted. */
  *#readRows(data: Dataset, context: PrepareContext, training: Dataset | undefined): Work<LabelledRows | undefined> {
    const rows = yield* this.labelledRows(data, context, training);
    if (rows === undefined) return undefined;
    checkUsable(this.#loss, rows.weights !== undefined);
    if (!(yield* this.#checkTargets(rows.y.data))) return undefined;
    const ofResiduals = this.#loss.name === 'squared' || this.#loss.name === 'huber';
    return ofResiduals ? yield* withoutOffset(rows) : rows;
  }

  /** Nothing keeps the coefficients from growing. */
  #isFree(): boolean {
    return (this.#penalty?.strength ?? 0) === 0 && !bindsAny(this.#nonNegative);
  }

  /** False when aborted. @throws ERR_GRADUS_VALUE for a target that the model cannot have. */
  *#checkTargets(y: Float64Array): Work<boolean> {
    return yield* overRows(y.length, (i) => {
      const problem = this.targetProblem(y[i] as number);
      if (problem !== undefined) throw expectedBut('ERR_GRADUS_VALUE', `target ${i}`, problem, String(y[i]));
    });
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

  /** The start that the fit was given, on the objective's scale. */
  #givenStart(data: Dataset, context: PrepareContext, scales: ColumnScales | undefined): Float64Array | undefined {
    const size = data.columns + (this.#intercept ? 1 : 0);
    if (context.warmStart) {
      this.checkColumns(data);
      checkSameClasses(data.classNames, this.#model().classNames);
    }
    const given = context.initial ?? (context.warmStart ? this.parameters : undefined);
    if (given === undefined) return undefined;
    const start = startFrom(given, size, 'numbers long: coefficients, then the intercept');
    if (scales) toScaled(start, scales);
    return start;
  }
}

export interface LinearModelSettings {
  readonly intercept: boolean;
  readonly standardize: boolean;
  readonly penalty: Penalty | undefined;
  readonly loss: Loss | QuantileLoss;
}
