// `fit` and `fitSync`: check the arguments, prepare the model, run the loop,
// commit the parameters. One fit at a time on a model; while it runs the model
// predicts with its old parameters.

import { checkCopy } from '../copies.js';
import { checkDataset } from '../data/check-dataset.js';
import type { Dataset } from '../data/dataset.js';
import { expected, expectedBut, GradusError } from '../errors.js';
import { bitClass, type Kernels, type KernelSetName } from '../kernels/kernels.js';
import { defaultKernels, kernelSet, threadCount } from '../kernels/select.js';
import { atOnce } from '../models/at-once.js';
import type { Model, Preparation, Work } from '../models/objective.js';
import { CoordinateDescent } from '../optimizers/coordinate-descent.js';
import { InteriorPoint } from '../optimizers/interior-point.js';
import { LBFGS } from '../optimizers/lbfgs.js';
import { LBFGSB } from '../optimizers/lbfgsb.js';
import { Newton } from '../optimizers/newton.js';
import { OWLQN } from '../optimizers/owlqn.js';
import { ProximalGradient } from '../optimizers/proximal-gradient.js';
import { isRule, type Rule } from '../optimizers/rule.js';
import type { Solver } from '../optimizers/solver.js';
import { checkBoolean, checkFunction, checkNumber, checkOptions } from '../options.js';
import { rateAt } from '../schedules/schedule.js';
import { Checkpoint, type CheckpointOptions, checkCheckpoint, type Fingerprint } from './checkpoint.js';
import { type DescendOptions, descend } from './descend.js';
import { drive } from './drive.js';
import type { EarlyStopping, Outcome } from './progress.js';
import type { EpochRecord, FitResult } from './result.js';
import { checkSuits } from './suits.js';
import { abortedEarly, train } from './train.js';

export interface FitOptions {
  /**
   * Default `new Newton()`, `new LBFGS()` beyond 4000 columns and for softmax regression with many parameters; where the
   * penalty has l1 or coefficients are bounded `new CoordinateDescent()`, and with more than 1000 columns or without second
   * derivatives `new OWLQN()`, `new LBFGSB()`, or `new ProximalGradient()` for both. With quantile loss
   * `new InteriorPoint()`.
   */
  readonly optimizer?: Solver | Rule;
  /** Passes over the data (iterations of a full-batch method); default: the optimizer's own budget, 100 for rules. */
  readonly epochs?: number;
  /** Rows of a step; default 1 for SGD, 32 for adaptive rules. Full-batch methods take all rows and no such option. */
  readonly batchSize?: number;
  /** 'shuffle' (default): a new order of all rows for each epoch; 'replacement': rows drawn independently. */
  readonly sampling?: 'shuffle' | 'replacement';
  /** Largest Euclidean norm of the objective's gradient that counts as converged; default 1e-8. */
  readonly tolerance?: number;
  /**
   * Where to start, in the model's own units: coefficients, then the intercept. Default all 0; for a GeneralizedLinearModel the
   * model of a constant mean.
   */
  readonly initial?: ArrayLike<number>;
  /** Start from the model's present parameters; default false. */
  readonly warmStart?: boolean;
  /** Seed of whatever is random: the order of rows, the start of the power iteration of 'auto'; default 0. */
  readonly seed?: number;
  /** Rows held out: their mean loss, without the penalty, is taken at the end of every epoch. */
  readonly validation?: Dataset;
  /** Stop when the validation loss (the loss, without `validation`) stops falling, and keep the best epoch. */
  readonly earlyStopping?: EarlyStopping;
  /**
   * Epochs from one evaluation of the objective over all rows to the next, for SGD and its kin; default 1. History, stop
   * rules and `onEpoch` see the evaluated epochs; the last is always evaluated.
   */
  readonly evaluateEvery?: number;
  /** Save the run now and then, and go on after a crash with the same bits. */
  readonly checkpoint?: CheckpointOptions;
  /** Called after each epoch; return 'stop' to stop. A throw rejects the fit and leaves the model as it was. */
  readonly onEpoch?: (record: EpochRecord) => unknown;
  /** An abort resolves the fit with status 'aborted' and commits the best point so far. */
  readonly signal?: AbortSignal;
  /** A kernel set by name; default the one `kernels()` shows. */
  readonly kernels?: string;
  /** Threads of this fit's native jobs, 1 to 256; default `setThreads`. Results do not depend on it. */
  readonly threads?: number;
}

const optionNames: readonly (keyof FitOptions)[] = [
  'optimizer',
  'epochs',
  'batchSize',
  'sampling',
  'tolerance',
  'initial',
  'warmStart',
  'seed',
  'validation',
  'earlyStopping',
  'evaluateEvery',
  'checkpoint',
  'onEpoch',
  'signal',
  'kernels',
  'threads',
];

/** Options that only rules, which take the rows in batches, understand. */
const batchOptions = ['batchSize', 'sampling', 'evaluateEvery'] as const;

// Where Gram matrices stop paying beside gradients alone. Of 5000 × 1000 rows with a correlation of 0.95 between neighbours
// coordinate descent took a fifth to two fifths of OWLQN's time with squared loss and twice as long with logistic loss, at
// 0.5 two to four times as long with squared loss. At 2000 columns both are equal at 0.95, and at 0.5 OWLQN takes a quarter:
// what counts is the Gram matrix, not the descent.
const gramColumnsMost = 1000;

const busy = new WeakSet<Model>();

/**
 * Fits the model off the main thread. Resolves whatever happens numerically; rejects with a typed error for wrong
 * arguments, before any work starts.
 */
export async function fit(model: Model, data: Dataset, options: FitOptions = {}): Promise<FitResult> {
  const plan = check(model, data, options);
  busy.add(model);
  try {
    return await drive(run(plan), plan.kernels.native, options.signal);
  } finally {
    busy.delete(model);
  }
}

/** The same on the calling thread, at microsecond cost for small problems. Throws where `fit` rejects. */
export function fitSync(model: Model, data: Dataset, options: FitOptions = {}): FitResult {
  const plan = check(model, data, options);
  busy.add(model);
  try {
    return atOnce(run(plan));
  } finally {
    busy.delete(model);
  }
}

interface Plan {
  readonly model: Model;
  readonly data: Dataset;
  readonly options: FitOptions;
  /** A copy: the user may write to his own, or transfer it, before it is read. */
  readonly initial: ArrayLike<number> | undefined;
  readonly optimizer: Solver | Rule;
  readonly kernels: Kernels;
  readonly threads: number;
  readonly checkpoint: Checkpoint | undefined;
  readonly descend: Omit<DescendOptions, 'validation'>;
}

function check(model: Model, data: Dataset, options: FitOptions): Plan {
  checkCopy(model, '`model`');
  if (typeof model !== 'object' || model === null || typeof model.prepare !== 'function') {
    throw expected('ERR_GRADUS_OPTION', '`model`', 'a model of this package', model);
  }
  checkDataset(data, '`data`');
  checkOptions(options, optionNames, 'fit');
  const optimizer = checkOptimizer(model, data, options);
  const { epochs, onEpoch, signal, earlyStopping } = options;
  if (epochs !== undefined) checkNumber(epochs, '`epochs`', { integer: true, min: 1 });
  const tolerance = checkNumber(options.tolerance ?? 1e-8, '`tolerance`', { min: 0 });
  checkBoolean(options.warmStart ?? false, '`warmStart`');
  const seed = checkNumber(options.seed ?? 0, '`seed`', { integer: true, min: 0, max: Number.MAX_SAFE_INTEGER });
  if (onEpoch !== undefined) checkFunction(onEpoch, '`onEpoch`');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw expected('ERR_GRADUS_OPTION', '`signal`', 'an AbortSignal', signal);
  }
  if (options.warmStart && options.initial !== undefined) {
    throw expectedBut('ERR_GRADUS_OPTION', '`initial`', 'absent with warmStart: true', 'both');
  }
  if (options.validation !== undefined) checkDataset(options.validation, '`validation`');
  if (earlyStopping !== undefined) {
    checkOptions(earlyStopping, ['patience', 'minDelta'], '`earlyStopping`');
    checkNumber(earlyStopping.patience, '`earlyStopping.patience`', { integer: true, min: 1 });
    checkNumber(earlyStopping.minDelta ?? 0, '`earlyStopping.minDelta`', { min: 0 });
  }
  const kernels = options.kernels === undefined ? defaultKernels() : kernelSet(options.kernels);
  const threads = checkNumber(options.threads ?? threadCount(), '`threads`', { integer: true, min: 1, max: 256 });
  const batches = checkBatches(options, optimizer, data.rows);
  const saving = options.checkpoint && checkCheckpoint(options.checkpoint);
  if (busy.has(model)) {
    throw new GradusError('ERR_GRADUS_BUSY', 'Expected `model` to be idle, but got one that is being fitted');
  }
  const facts = { seed, tolerance, earlyStopping: earlyStopping ?? null, ...batches };
  const checkpoint = saving && new Checkpoint(saving, fingerprint(model, data, optimizer, kernels, facts));
  return {
    model,
    data,
    options,
    initial: options.initial && Array.prototype.slice.call(options.initial),
    optimizer,
    kernels,
    threads,
    checkpoint,
    descend: { epochs, tolerance, onEpoch, signal, seed, earlyStopping, checkpoint, ...batches },
  };
}

function checkOptimizer(model: Model, data: Dataset, options: FitOptions): Solver | Rule {
  const optimizer = options.optimizer ?? defaultSolver(model, data);
  checkCopy(optimizer, '`optimizer`');
  if (isRule(optimizer)) {
    const obstacle = model.refusesBatches;
    if (model.demands.length === 0 && model.takesBatches && obstacle === undefined) return optimizer;
    const solver = defaultSolver(model, data).name;
    const wanted =
      model.demands.length > 0
        ? `a solver that can respect ${model.demands.join(' and ')}, such as ${solver}`
        : `a solver, such as ${solver}: ${model.name} takes no batches${obstacle === undefined ? '' : ` with ${obstacle}`}`;
    throw expectedBut('ERR_GRADUS_OPTION', '`optimizer`', wanted, optimizer.name);
  }
  checkSuits(optimizer, model.demands, model.answers);
  const given = batchOptions.find((name) => options[name] !== undefined);
  if (given !== undefined) {
    const wanted = `absent with ${optimizer.name}, which takes all rows at every step`;
    throw expected('ERR_GRADUS_OPTION', `\`${given}\``, wanted, options[given]);
  }
  return optimizer;
}

// Beyond, a Hessian has 128 MB and more, and its factorisation takes longer than hundreds of gradients.
const hessianColumnsMost = 4000;

function defaultSolver(model: Model, data: Dataset): Solver {
  const { demands, answers } = model;
  if (answers.includes('interior-start')) return new InteriorPoint();
  const suitsNewton = model.suitsNewton?.(data) ?? true;
  const coordinates = answers.includes('hessian') && data.columns <= gramColumnsMost && suitsNewton;
  if (demands.length > 0 && coordinates) return new CoordinateDescent();
  if (demands.includes('l1')) return demands.includes('bounds') ? new ProximalGradient() : new OWLQN();
  if (demands.includes('bounds')) return new LBFGSB();
  const newton = answers.includes('newton-direction') && data.columns <= hessianColumnsMost && suitsNewton;
  return newton ? new Newton() : new LBFGS();
}

function checkBatches(
  options: FitOptions,
  optimizer: Solver | Rule,
  rows: number,
): Pick<DescendOptions, 'batchSize' | 'replacement' | 'evaluateEvery'> {
  const usual = isRule(optimizer) ? Math.min(optimizer.defaultBatchSize, rows) : rows;
  const batchSize = checkNumber(options.batchSize ?? usual, '`batchSize`', { integer: true, min: 1, max: rows });
  const sampling = options.sampling ?? 'shuffle';
  if (sampling !== 'shuffle' && sampling !== 'replacement') {
    throw expected('ERR_GRADUS_OPTION', '`sampling`', "'shuffle' or 'replacement'", sampling);
  }
  const evaluateEvery = checkNumber(options.evaluateEvery ?? 1, '`evaluateEvery`', { integer: true, min: 1 });
  return { batchSize, replacement: sampling === 'replacement', evaluateEvery };
}

/** A user's own schedule is known by some of its values. */
function fingerprint(
  model: Model,
  data: Dataset,
  optimizer: Solver | Rule,
  kernels: Kernels,
  facts: Fingerprint,
): Fingerprint {
  const { name, options, learningRate } = optimizer.describe();
  const schedule = 'learningRate' in optimizer ? optimizer.learningRate : undefined;
  const samples = schedule && [0, 1, 10, 100, 1000, 10_000].map((step) => rateAt(schedule, step));
  return {
    model: model.name,
    rows: data.rows,
    columns: data.columnNames,
    optimizer: { name, options, learningRate: learningRate ?? samples ?? null },
    kernels: bitClass(kernels.name),
    ...facts,
  };
}

function* run(plan: Plan): Work<FitResult> {
  const started = performance.now();
  const { model, data, options, optimizer, kernels, threads } = plan;
  const prepared = yield* model.prepare(data, {
    kernels,
    threads,
    validation: options.validation,
    initial: plan.initial,
    warmStart: options.warmStart ?? false,
    seed: plan.descend.seed,
  });
  const result = (outcome: Outcome, gapBound?: number): FitResult =>
    toResult(outcome, gapBound, optimizer.name, kernels.name, performance.now() - started);
  if (prepared === undefined) return result(abortedEarly(options.signal, new Float64Array()));
  const { objective, validation, start } = prepared;
  const settings = { ...plan.descend, validation };
  try {
    const outcome = yield* isRule(optimizer)
      ? descend(objective, optimizer, start, settings)
      : train(objective, optimizer, start, settings);
    if (!Number.isFinite(outcome.loss)) return result(outcome);
    prepared.commit(outcome.parameters);
    const gapBound = objective.gapBound && (yield* objective.gapBound(outcome.parameters));
    const flaw = mayLackMinimum(outcome, optimizer, objective.rows) ? yield* flawOf(prepared, outcome) : undefined;
    const said = flaw === undefined ? outcome : { ...outcome, warnings: [...outcome.warnings, flaw] };
    return result(said, gapBound);
  } finally {
    prepared.dispose();
  }
}

function* flawOf({ flaw }: Preparation, { parameters }: Outcome): Work<string | undefined> {
  return flaw && (yield* flaw(parameters));
}

// Where parameters go to infinity one Newton step shrinks the share that a row has in the gradient by e, and no more.
const certainlyFaster = 1e-2;

/** False where it would take longer to look than to fit, and Newton's steps shrank the gradient faster than they could. */
function mayLackMinimum({ status, epochs, gradientNorm }: Outcome, optimizer: Solver | Rule, rows: number): boolean {
  if (status === 'aborted') return false;
  return !(optimizer instanceof Newton) || gradientNorm * rows > certainlyFaster * Math.exp(-epochs);
}

/** Field by field: to spread objects into one another takes as long as an evaluation of a small fit. */
function toResult(
  outcome: Outcome,
  gapBound: number | undefined,
  optimizer: string,
  kernels: KernelSetName,
  elapsedMs: number,
): FitResult {
  const { status, reason, loss, gradientNorm, epochs, steps, evaluations, history, warnings } = outcome;
  const result: { -readonly [Field in keyof FitResult]: FitResult[Field] } = {
    status,
    converged: status === 'converged',
    reason,
    loss,
    gradientNorm,
    epochs,
    steps,
    evaluations,
    history,
    warnings,
    optimizer,
    kernels,
    elapsedMs,
  };
  if (gapBound !== undefined && Number.isFinite(gapBound)) result.gapBound = gapBound;
  if (outcome.validationLoss !== undefined) result.validationLoss = outcome.validationLoss;
  if (outcome.linearSolver !== undefined) result.linearSolver = outcome.linearSolver;
  return result as FitResult;
}
