// The fits of a model along falling strengths of its penalty, each from the one before,
// from the least strength that keeps every coefficient at 0 down to a share of it.

import { checkCopy } from '../copies.js';
import { checkDataset } from '../data/check-dataset.js';
import type { Dataset } from '../data/dataset.js';
import { expected, expectedBut } from '../errors.js';
import { type Kernels, smallJob } from '../kernels/kernels.js';
import { defaultKernels, kernelSet, threadCount } from '../kernels/select.js';
import { elasticNet, lassoStrengths, type PenaltyFactors } from '../losses/penalty.js';
import { atOnce } from '../models/at-once.js';
import { LinearModel } from '../models/linear-model.js';
import type { Objective, Preparation, Strengths, Work } from '../models/objective.js';
import { CoordinateDescent } from '../optimizers/coordinate-descent.js';
import { OWLQN } from '../optimizers/owlqn.js';
import { ProximalGradient } from '../optimizers/proximal-gradient.js';
import type { Bounds, HessianRequest, Layout, Solver } from '../optimizers/solver.js';
import { checkNumber, checkOptions } from '../options.js';
import { drive } from './drive.js';
import { PenalisedObjective } from './penalised-objective.js';
import { degreesOf, type PathPoint, type Quadratic, QuadraticPath } from './quadratic-path.js';
import { train } from './train.js';

export interface RegularizationPathOptions {
  /** λ of the points, taken in falling order; default `count` of them from the least that keeps every coefficient at 0. */
  readonly strengths?: ArrayLike<number>;
  /** How many strengths, evenly spaced in their logarithm; default 100. */
  readonly count?: number;
  /** The last strength over the first; default 1e-3. */
  readonly ratio?: number;
  /** The share of l1 in the elastic net, above 0 to 1; default 1, the lasso. */
  readonly share?: number;
  /** As in `elasticNet`. */
  readonly factors?: PenaltyFactors;
  /**
   * The norm of the subgradient at which a point counts as found, over its largest element at the null model; default 1e-10
   * with squared loss, 1e-7 with others.
   */
  readonly tolerance?: number;
  /** Rows held out: their mean loss is taken at every point, and names the best. */
  readonly validation?: Dataset;
  /** An abort resolves with the points found so far. */
  readonly signal?: AbortSignal;
  /** As in `fit`. */
  readonly kernels?: string;
  readonly threads?: number;
}

const optionNames: readonly (keyof RegularizationPathOptions)[] = [
  'strengths',
  'count',
  'ratio',
  'share',
  'factors',
  'tolerance',
  'validation',
  'signal',
  'kernels',
  'threads',
];

/** One entry a point of the path, in the order of falling strengths. */
export interface RegularizationPath {
  /** 'aborted' when it ends early. */
  readonly status: 'completed' | 'aborted';
  readonly strengths: Float64Array;
  /** Points × columns, row-major, in the units of the data. */
  readonly coefficients: Float64Array;
  /** 0 without an intercept. */
  readonly intercepts: Float64Array;
  /** Mean losses, without the penalty. */
  readonly losses: Float64Array;
  /** What the objective, penalty and all, is above its minimum at most (`FitResult.gapBound`); NaN where that is not known. */
  readonly gapBounds: Float64Array;
  /** Coefficients that are not 0. */
  readonly nonZeros: Uint32Array;
  /**
   * Degrees of freedom without the intercept: the number of coefficients that are not 0 for the lasso (Zou, Hastie &
   * Tibshirani 2007), less for the elastic net with squared loss; NaN for the elastic net with other losses.
   */
  readonly degreesOfFreedom: Float64Array;
  /** Mean losses of the validation rows; absent without `validation`. */
  readonly validationLosses?: Float64Array;
  /** The point of the lowest of these, the strongest penalty of several. */
  readonly best?: { readonly index: number; readonly strength: number };
}

// Up to so many columns second derivatives at every step are cheaper than more steps, for losses without a constant Hessian.
const hessianColumnsMost = 100;
// With bounds the alternative is the proximal gradient method, which takes many more steps.
const boundedColumnsMost = 1000;
const epochsMost = 10_000;
// Quadratics are found to a thousandth of the usual tolerance in the same time.
const exactTolerance = 1e-10;
const usualTolerance = 1e-7;

/**
 * The regularisation path of a linear model that has no penalty of its own; the model is left as it is. `new
 * LinearRegression({ penalty: elasticNet(path.best.strength, share) })` then fits the point wanted. Squared loss needs one pass
 * over the data for its Gram matrix, whatever the number of points; other losses are minimised point by point.
 * @throws ERR_GRADUS_OPTION, ERR_GRADUS_SHAPE (as a rejection)
 */
export async function regularizationPath(
  model: LinearModel,
  data: Dataset,
  options: RegularizationPathOptions = {},
): Promise<RegularizationPath> {
  const plan = check(model, data, options);
  return await drive(run(plan), plan.kernels.native, options.signal);
}

/** The same on the calling thread. */
export function regularizationPathSync(
  model: LinearModel,
  data: Dataset,
  options: RegularizationPathOptions = {},
): RegularizationPath {
  return atOnce(run(check(model, data, options)));
}

interface Plan {
  readonly model: LinearModel;
  readonly data: Dataset;
  readonly given: Float64Array | undefined;
  readonly count: number;
  readonly ratio: number;
  readonly share: number;
  /** One a column. */
  readonly factors: Float64Array;
  /** Undefined for the default. */
  readonly tolerance: number | undefined;
  readonly validation: Dataset | undefined;
  readonly signal: AbortSignal | undefined;
  readonly kernels: Kernels;
  readonly threads: number;
}

function check(model: LinearModel, data: Dataset, options: RegularizationPathOptions): Plan {
  checkCopy(model, '`model`');
  if (!(model instanceof LinearModel)) {
    throw expected('ERR_GRADUS_OPTION', '`model`', 'a model with a linear predictor, such as LinearRegression', model);
  }
  if (!model.answers.includes('value-gradient')) {
    throw expectedBut('ERR_GRADUS_OPTION', '`model`', 'one with a smooth loss', `${model.name} with quantile()`);
  }
  if (model.penalty !== undefined) {
    const wanted = 'one without a penalty (the path has its own: share, factors)';
    throw expectedBut('ERR_GRADUS_OPTION', '`model`', wanted, `one with ${model.penalty.name}`);
  }
  checkDataset(data, '`data`');
  checkOptions(options, optionNames, 'regularizationPath');
  const { validation, signal, strengths } = options;
  if (validation !== undefined) checkDataset(validation, '`validation`');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw expected('ERR_GRADUS_OPTION', '`signal`', 'an AbortSignal', signal);
  }
  const share = checkNumber(options.share ?? 1, '`share`', { above: 0, max: 1 });
  const shape = elasticNet(1, 1, options.factors === undefined ? {} : { factors: options.factors });
  return {
    model,
    data,
    given: strengths === undefined ? undefined : falling(strengths),
    count: checkNumber(options.count ?? 100, '`count`', { integer: true, min: 1 }),
    ratio: checkNumber(options.ratio ?? 1e-3, '`ratio`', { above: 0, below: 1 }),
    share,
    factors: lassoStrengths(shape, data.columnNames),
    tolerance:
      options.tolerance === undefined ? undefined : checkNumber(options.tolerance, '`tolerance`', { above: 0 }),
    validation,
    signal,
    kernels: options.kernels === undefined ? defaultKernels() : kernelSet(options.kernels),
    threads: checkNumber(options.threads ?? threadCount(), '`threads`', { integer: true, min: 1, max: 256 }),
  };
}

function falling(strengths: ArrayLike<number>): Float64Array {
  if (typeof strengths !== 'object' || strengths === null || !(strengths.length > 0)) {
    throw expected('ERR_GRADUS_OPTION', '`strengths`', 'an array of one number or more', strengths);
  }
  const checked = Array.from(strengths, (value, i) => checkNumber(value, `strength ${i}`, { min: 0 }));
  return Float64Array.from(checked).sort().reverse();
}

function* run(plan: Plan): Work<RegularizationPath> {
  const { model, data, kernels, threads, validation } = plan;
  const context = { kernels, threads, validation, initial: undefined, warmStart: false, seed: 0 };
  const record = new Recorder(plan);
  const prepared = yield* model.prepare(data, context);
  if (prepared === undefined) return record.path('aborted');
  try {
    const completed = yield* follow(plan, prepared, record);
    return record.path(completed ? 'completed' : 'aborted');
  } finally {
    prepared.dispose();
  }
}

/** Fills the record; false when aborted. */
function* follow(plan: Plan, { objective, validation, ownScale }: Preparation, record: Recorder): Work<boolean> {
  const { factors, share, kernels } = plan;
  const n = objective.layout.size;
  const quadratic = yield* quadraticAtZero(objective, factors.length);
  if (quadratic === undefined) return false;
  const isSquared = quadratic.constant;
  const padded = (strength: number): Float64Array => {
    const all = new Float64Array(n);
    for (let j = 0; j < factors.length; j += 1) all[j] = strength * (factors[j] as number);
    return all;
  };
  // The null model: what bears no penalty, and everything else at 0.
  const none = { l1: new Float64Array(n), l2: new Float64Array(n) };
  const bounds = nullBounds(objective.layout, padded(1));
  const roughly = 1e-15 * (1 + largest(quadratic.gradient));
  let point = new Float64Array(n);
  let gradient = quadratic.gradient;
  if (isSquared) {
    const nullPath = new QuadraticPath({ ...quadratic, bounds }, kernels);
    if ((yield* nullPath.next(0, none, roughly)) === undefined) return false;
    gradient = nullPath.gradient;
  } else {
    const outcome = yield* minimum(new PenalisedObjective(objective, none, bounds), point, 1e3 * roughly, plan);
    if (outcome === undefined) return false;
    point = outcome;
    const request = { kind: 'value-gradient' as const, at: point, gradient: new Float64Array(n), value: Number.NaN };
    if (!(yield* objective.answer(request))) return false;
    gradient = request.gradient;
  }
  const first = largestStrength(gradient, factors, share, objective.layout);
  const strengths = plan.given ?? grid(first, plan);
  const path = isSquared ? new QuadraticPath(quadratic, kernels) : undefined;
  const tolerance = plan.tolerance ?? (isSquared ? exactTolerance : usualTolerance);
  const least = tolerance * share * (first || 1);
  for (const strength of strengths) {
    const penalty = { l1: padded(strength * share), l2: padded(strength * (1 - share)) };
    const found: PathPoint | undefined = path
      ? yield* path.next(strength, penalty, least)
      : yield* pointOf(objective, penalty, point, least, plan);
    if (found === undefined) return false;
    point = found.parameters as Float64Array<ArrayBuffer>;
    const degrees = isSquared && share < 1 ? degreesOf(point, penalty.l2, quadratic, kernels) : Number.NaN;
    const loss = validation && (yield* lossAt(validation, point));
    if (validation && loss === undefined) return false;
    const own = (ownScale as NonNullable<typeof ownScale>)(point);
    record.add(strength, { ...found, parameters: own }, degrees, loss);
    if (!(yield smallJob(() => {}))) return false;
  }
  return true;
}

/** Value, gradient and Hessian at 0; undefined when aborted. */
function* quadraticAtZero(
  objective: Objective,
  columns: number,
): Work<(Quadratic & { readonly constant: boolean }) | undefined> {
  const { size: n, bounds } = objective.layout;
  const at = new Float64Array(n);
  const start = { kind: 'value-gradient' as const, at, gradient: new Float64Array(n), value: Number.NaN };
  if (!(yield* objective.answer(start))) return undefined;
  const { value, gradient } = start;
  const constant = objective.constantCurvature ?? false;
  if (!constant) return { value, gradient, hessian: new Float64Array(0), columns, bounds, constant };
  const request: HessianRequest = { kind: 'hessian', at, hessian: new Float64Array(n * n) };
  if (!(yield* objective.answer(request))) return undefined;
  return { value, gradient, hessian: request.hessian, columns, bounds, constant };
}

/** The minimum by a solver; undefined when aborted. */
function* minimum(
  objective: Objective,
  start: Float64Array,
  tolerance: number,
  { signal }: Plan,
): Work<Float64Array<ArrayBuffer> | undefined> {
  const outcome = yield* train(objective, solverFor(objective.layout), start, {
    epochs: epochsMost,
    tolerance,
    validation: undefined,
    checkpoint: undefined,
    onEpoch: undefined,
    earlyStopping: undefined,
    signal,
  });
  return outcome.status === 'aborted' ? undefined : outcome.parameters.slice();
}

function solverFor({ size, bounds }: Layout): Solver {
  if (bounds === undefined) return size <= hessianColumnsMost ? new CoordinateDescent() : new OWLQN();
  return size <= boundedColumnsMost ? new CoordinateDescent() : new ProximalGradient();
}

/** Holds what bears a penalty at 0. */
function nullBounds({ bounds }: Layout, factors: Float64Array): Bounds {
  const held = (of: Float64Array | undefined, none: number): Float64Array =>
    factors.map((factor, j) => (factor > 0 ? 0 : (of?.[j] ?? none)));
  return { lower: held(bounds?.lower, Number.NEGATIVE_INFINITY), upper: held(bounds?.upper, Number.POSITIVE_INFINITY) };
}

function* pointOf(
  bare: Objective,
  penalty: Strengths,
  start: Float64Array,
  tolerance: number,
  plan: Plan,
): Work<PathPoint | undefined> {
  const objective = new PenalisedObjective(bare, penalty, bare.layout.bounds);
  const parameters = yield* minimum(objective, start, tolerance, plan);
  const loss = parameters && (yield* lossAt(bare, parameters));
  if (parameters === undefined || loss === undefined) return undefined;
  const gapBound = bare.gapBound && (yield* bare.gapBound(parameters, penalty));
  return { parameters, loss, gapBound: gapBound ?? Number.NaN };
}

function* lossAt(objective: Objective, at: Float64Array): Work<number | undefined> {
  const request = { kind: 'value-gradient' as const, at, gradient: new Float64Array(at.length), value: Number.NaN };
  return (yield* objective.answer(request)) ? request.value : undefined;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** The least λ that keeps every coefficient at 0, given the gradient of the null model. */
function largestStrength(gradient: Float64Array, factors: Float64Array, share: number, { bounds }: Layout): number {
  let most = 0;
  for (const [j, factor] of factors.entries()) {
    const g = gradient[j] as number;
    const pull = bounds?.lower[j] === 0 ? -g : Math.abs(g);
    if (factor > 0) most = Math.max(most, pull / (factor * share));
  }
  return most;
}

/** From `first` to ratio·first; where no coefficient ever leaves 0 from 1 on. */
function grid(first: number, { count, ratio }: Plan): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => (first || 1) * ratio ** (k / Math.max(1, count - 1)));
}

/** The points as they are found. */
class Recorder {
  readonly #plan: Plan;
  readonly #points: (PathPoint & { readonly strength: number; readonly degrees: number })[] = [];
  readonly #validation: number[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  add(strength: number, point: PathPoint, degrees: number, validationLoss: number | undefined): void {
    this.#points.push({ ...point, strength, degrees });
    if (validationLoss !== undefined) this.#validation.push(validationLoss);
  }

  path(status: RegularizationPath['status']): RegularizationPath {
    const points = this.#points;
    const { columns } = this.#plan.data;
    const { share, validation } = this.#plan;
    const coefficients = new Float64Array(points.length * columns);
    const nonZeros = new Uint32Array(points.length);
    for (const [k, { parameters }] of points.entries()) {
      const own = parameters.subarray(0, columns);
      coefficients.set(own, k * columns);
      nonZeros[k] = own.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
    }
    const losses = Float64Array.from(this.#validation);
    const index = losses.indexOf(losses.reduce((least, loss) => Math.min(least, loss), Number.POSITIVE_INFINITY));
    return {
      status,
      strengths: Float64Array.from(points, ({ strength }) => strength),
      coefficients,
      intercepts: Float64Array.from(points, ({ parameters }) => parameters[columns] ?? 0),
      losses: Float64Array.from(points, ({ loss }) => loss),
      gapBounds: Float64Array.from(points, ({ gapBound }) => gapBound),
      nonZeros,
      degreesOfFreedom: share === 1 ? Float64Array.from(nonZeros) : Float64Array.from(points, ({ degrees }) => degrees),
      ...(validation ? { validationLosses: losses } : {}),
      ...(index >= 0 ? { best: { index, strength: points[index]?.strength as number } } : {}),
    };
  }
}
