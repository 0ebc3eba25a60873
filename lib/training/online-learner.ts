// The learner of a stream: one step of a rule for every row that comes, on the
// calling thread. It writes to the model's own parameters, so that a prediction
// sees each update at once. The arithmetic is that of `fit` with batchSize: 1 on
// the plain kernel sets: the same rows in the same order give the same bits.

import { expected, expectedBut, GradusError } from '../errors.js';
import { linearLayout } from '../models/linear-objective.js';
import type { LiveParameters, OnlineModel } from '../models/objective.js';
import { columnsOf, type Row, readRow } from '../models/one-row.js';
import { RowObjective } from '../models/row-objective.js';
import type { Rule, RuleState } from '../optimizers/rule.js';
import { figure, type OptimizerDescription } from '../optimizers/solver.js';
import { rateAt, type ScheduleDescription } from '../schedules/schedule.js';
import { toBase64 } from './checkpoint-file.js';

export const format = 'gradus-online';
export const version = 1;

/** A learner as plain values: JSON text and back changes no bit of it. Arrays are base64 of their float64 values. */
export interface OnlineState {
  readonly format: typeof format;
  readonly version: typeof version;
  /** What the model's `toJSON` gives. */
  readonly model: Readonly<Record<string, unknown>>;
  readonly parameters: string;
  readonly optimizer: SavedOptimizer;
  /** The rule's arrays by name. */
  readonly state: Readonly<Record<string, string>>;
  readonly step: number;
  readonly rejected: number;
  readonly lastRejection: string | null;
}

/** A rule's description; no schedule when that is a function of the user's. */
export interface SavedOptimizer extends Omit<OptimizerDescription, 'learningRate'> {
  readonly learningRate: ScheduleDescription | null;
}

/** Where a learner stands beside the parameters. */
export interface Standing {
  readonly state: RuleState;
  readonly step: number;
  readonly rejected: number;
  readonly lastRejection: string | undefined;
}

/** An array of the rule's state, with its values before the step under way. */
interface StateArray {
  readonly name: string;
  readonly values: Float64Array;
  readonly before: Float64Array;
}

/** What there is once the columns are known. */
interface Workspace {
  readonly live: LiveParameters;
  readonly before: Float64Array;
  readonly objective: RowObjective;
  readonly state: RuleState;
  readonly arrays: readonly StateArray[];
}

/**
 * Made by `online` and `online.restore`. When a `fit` on the same model ends, its parameters replace the present ones,
 * updates made while it ran included; the learner goes on from them, with the rule's state and the count that it has.
 */
export class OnlineLearner<M extends OnlineModel = OnlineModel> {
  readonly model: M;
  readonly #optimizer: Rule;
  readonly #resumed: RuleState | undefined;
  #workspace: Workspace | undefined;
  #step: number;
  #rejected: number;
  #lastRejection: string | undefined;

  /** @internal */
  constructor(model: M, optimizer: Rule, standing?: Standing) {
    model.rowTerms(); // throws for a model that cannot learn row by row
    this.model = model;
    this.#optimizer = optimizer;
    this.#resumed = standing?.state;
    this.#step = standing?.step ?? 0;
    this.#rejected = standing?.rejected ?? 0;
    this.#lastRejection = standing?.lastRejection;
    this.#current();
  }

  /** Steps done. Refused ones do not count, and the schedule does not move on with them. */
  get step(): number {
    return this.#step;
  }

  /** Steps refused because a number would have become infinite or NaN. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Why the last of them was refused, in words; undefined while there is none. */
  get lastRejection(): string | undefined {
    return this.#lastRejection;
  }

  /**
   * One step of the rule on one row. A step that would leave a parameter or a number of the rule's state infinite or NaN
   * is not taken: all stays as it was, `rejected` counts it and `lastRejection` tells why.
   * @param x numbers in column order, or a record with a number for every column. @param y the target.
   * @param weight ≥ 0, a factor of the row's gradient; default 1.
   * @returns the row's loss before the step, without weight and penalty; Infinity when float64 cannot hold it, never NaN.
   * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE (with the column's name), ERR_GRADUS_OPTION (the schedule gives no rate).
   * Nothing has changed then.
   */
  update(x: Row, y: number, weight = 1): number {
    if (typeof y !== 'number' || !Number.isFinite(y)) throw expected('ERR_GRADUS_VALUE', '`y`', 'a finite number', y);
    if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0) {
      throw expected('ERR_GRADUS_VALUE', '`weight`', 'a finite number, at least 0', weight);
    }
    const rate = rateAt(this.#optimizer.learningRate, this.#step);
    const work = this.#current() ?? this.#begin(x);
    const { live, objective } = work;
    readRow(x, live.names, objective.x, '`x`');
    const loss = objective.evaluate(live.parameters, y, weight);
    this.#advance(work, rate);
    return Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss;
  }

  /** @throws ERR_GRADUS_NOT_FITTED before the columns are known. */
  save(): OnlineState {
    const work = this.#current();
    if (work === undefined) {
      const message = 'Expected the learner to know its columns, but got neither `columns` nor an update yet';
      throw new GradusError('ERR_GRADUS_NOT_FITTED', message);
    }
    const { name, options, learningRate } = this.#optimizer.describe();
    return {
      format,
      version,
      model: this.model.toJSON(),
      parameters: toBase64(work.live.parameters),
      optimizer: { name, options, learningRate: learningRate ?? null },
      state: Object.fromEntries(work.arrays.map((array) => [array.name, toBase64(array.values)])),
      step: this.#step,
      rejected: this.#rejected,
      lastRejection: this.#lastRejection ?? null,
    };
  }

  /** On the parameters that the model has now; undefined while it has none. */
  #current(): Workspace | undefined {
    const live = this.model.live();
    if (live === undefined || live === this.#workspace?.live) return this.#workspace;
    this.#workspace = this.#workspace === undefined ? this.#firstWorkspace(live) : follow(this.#workspace, live);
    return this.#workspace;
  }

  /** Takes the columns from a first row. */
  #begin(x: Row): Workspace {
    const names = columnsOf(x, '`x`');
    readRow(x, names, new Float64Array(names.length), '`x`'); // a bad row begins nothing
    startAtZeros(this.model, names);
    return this.#current() as Workspace;
  }

  #firstWorkspace(live: LiveParameters): Workspace {
    const terms = this.model.rowTerms();
    const columns = live.names.length;
    const state = this.#resumed ?? this.#optimizer.init(linearLayout(columns, terms.intercept));
    const arrays = Object.entries(state).map(([name, values]) => ({ name, values, before: values.slice() }));
    return { live, before: live.parameters.slice(), objective: new RowObjective(columns, terms), state, arrays };
  }

  /** Takes the step, or takes it back. */
  #advance(work: Workspace, rate: number): void {
    const { live, before, objective, state, arrays } = work;
    const { parameters } = live;
    copy(parameters, before);
    for (const array of arrays) copy(array.values, array.before);
    this.#optimizer.step(parameters, objective.gradient, rate, state);
    let finite = indexOfNonFinite(parameters) < 0;
    for (const array of arrays) finite &&= indexOfNonFinite(array.values) < 0;
    if (finite) {
      this.#step += 1;
      return;
    }
    this.#rejected += 1;
    this.#lastRejection = explain(work, rate, this.#step);
    copy(before, parameters);
    for (const array of arrays) copy(array.before, array.values);
  }
}

/** Gives a model that is not fitted these columns. */
export function startAtZeros(model: OnlineModel, names: readonly string[]): void {
  const { size } = linearLayout(names.length, model.rowTerms().intercept);
  model.adopt({ names, parameters: new Float64Array(size) });
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, j) => name === b[j]);
}

export function indexOfNonFinite(values: Float64Array): number {
  for (let i = 0; i < values.length; i += 1) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** Goes over to what a fit has committed meanwhile. The rule's state fits the same columns only. */
function follow(work: Workspace, live: LiveParameters): Workspace {
  const wanted = work.live.names;
  if (!sameNames(live.names, wanted)) {
    const same = `those of its learner (${wanted.join(', ')}), or the learner a new one`;
    throw expectedBut('ERR_GRADUS_SHAPE', 'the columns of `model` after a fit', same, live.names.join(', '));
  }
  return { ...work, live };
}

function explain({ live, objective, arrays }: Workspace, rate: number, step: number): string {
  const { names, parameters } = live;
  const nameOf = (j: number): string => (j < names.length ? `the coefficient of '${names[j]}'` : 'the intercept');
  const broken = [{ name: '', values: parameters }, ...arrays].flatMap(({ name, values }) => {
    const j = indexOfNonFinite(values);
    const what = name === '' ? nameOf(j) : `'${name}' of ${nameOf(j)}`;
    return j < 0 ? [] : [`${what} would become ${values[j]}`];
  });
  const numbers = `rate ${figure(rate)} and derivative ${figure(objective.derivative)} of the loss`;
  return `step ${step} was refused: with ${numbers} ${broken[0]}; lower the rate, or scale the columns`;
}

/** Quicker than `set` for short arrays. */
function copy(from: Float64Array, to: Float64Array): void {
  for (let i = 0; i < from.length; i += 1) to[i] = from[i] as number;
}
