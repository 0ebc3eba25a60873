// `fit` and `fitSync`: check the arguments, prepare the model, run the loop,
// commit the parameters. One fit at a time on a model; while it runs the model
// predicts with its old parameters.

import { Dataset } from '../data/dataset.js';
import { expected, expectedBut, GradusError } from '../errors.js';
import type { Kernels } from '../kernels/kernels.js';
import { defaultKernels, kernelSet, threadCount } from '../kernels/select.js';
import type { Model, Work } from '../models/objective.js';
import { Newton } from '../optimizers/newton.js';
import type { Solver } from '../optimizers/solver.js';
import { checkBoolean, checkFunction, checkNumber, checkOptions } from '../options.js';
import { drive, driveSync } from './drive.js';
import type { EpochRecord, FitResult } from './result.js';
import { type Outcome, train } from './train.js';

export interface FitOptions {
  /** Default `new Newton()`, the exact method of the linear models. */
  readonly optimizer?: Solver;
  /** Passes over the data (iterations of a full-batch method); default: the optimizer's own budget. */
  readonly epochs?: number;
  /** Largest Euclidean norm of the objective's gradient that counts as converged; default 1e-8. */
  readonly tolerance?: number;
  /** Where to start, in the model's own units: coefficients, then the intercept. Default all 0. */
  readonly initial?: ArrayLike<number>;
  /** Start from the model's present parameters; default false. */
  readonly warmStart?: boolean;
  /** Seed of whatever is random (here the start of the power iteration of 'auto'); default 0. */
  readonly seed?: number;
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
  'tolerance',
  'initial',
  'warmStart',
  'seed',
  'onEpoch',
  'signal',
  'kernels',
  'threads',
];

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
    return driveSync(run(plan));
  } finally {
    busy.delete(model);
  }
}

interface Plan {
  readonly model: Model;
  readonly data: Dataset;
  readonly options: FitOptions;
  readonly optimizer: Solver;
  readonly kernels: Kernels;
  readonly threads: number;
  readonly tolerance: number;
}

function check(model: Model, data: Dataset, options: FitOptions): Plan {
  if (typeof model !== 'object' || model === null || typeof model.prepare !== 'function') {
    throw expected('ERR_GRADUS_OPTION', '`model`', 'a model of this package', model);
  }
  if (!(data instanceof Dataset)) throw expected('ERR_GRADUS_OPTION', '`data`', 'a Dataset', data);
  checkOptions(options, optionNames, 'fit');
  const optimizer = options.optimizer ?? new Newton();
  if (typeof optimizer !== 'object' || optimizer === null || typeof optimizer.iterate !== 'function') {
    throw expected('ERR_GRADUS_OPTION', '`optimizer`', 'an optimizer of this package', optimizer);
  }
  if (options.epochs !== undefined) checkNumber(options.epochs, '`epochs`', { integer: true, min: 1 });
  const tolerance = checkNumber(options.tolerance ?? 1e-8, '`tolerance`', { min: 0 });
  checkBoolean(options.warmStart ?? false, '`warmStart`');
  checkNumber(options.seed ?? 0, '`seed`', { integer: true, min: 0, max: Number.MAX_SAFE_INTEGER });
  if (options.onEpoch !== undefined) checkFunction(options.onEpoch, '`onEpoch`');
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw expected('ERR_GRADUS_OPTION', '`signal`', 'an AbortSignal', options.signal);
  }
  if (options.warmStart && options.initial !== undefined) {
    throw expectedBut('ERR_GRADUS_OPTION', '`initial`', 'absent with warmStart: true', 'both');
  }
  const kernels = options.kernels === undefined ? defaultKernels() : kernelSet(options.kernels);
  const threads = checkNumber(options.threads ?? threadCount(), '`threads`', { integer: true, min: 1, max: 256 });
  if (busy.has(model)) {
    throw new GradusError('ERR_GRADUS_BUSY', 'Expected `model` to be idle, but got one that is being fitted');
  }
  return { model, data, options, optimizer, kernels, threads, tolerance };
}

function* run(plan: Plan): Work<FitResult> {
  const started = performance.now();
  const { model, data, options, optimizer, kernels, threads, tolerance } = plan;
  const prepared = yield* model.prepare(data, {
    kernels,
    threads,
    initial: options.initial,
    warmStart: options.warmStart ?? false,
    seed: options.seed ?? 0,
  });
  const facts = { optimizer: optimizer.name, kernels: kernels.name };
  if (prepared === undefined) {
    const nothing = { reason: 'aborted before the first epoch', loss: Number.NaN, gradientNorm: Number.NaN };
    const counters = { epochs: 0, steps: 0, evaluations: 0, history: [], warnings: [] };
    const elapsedMs = performance.now() - started;
    return { status: 'aborted', converged: false, ...nothing, ...counters, ...facts, elapsedMs };
  }
  const { epochs, onEpoch, signal } = options;
  const outcome = yield* train(prepared.objective, optimizer, prepared.start, { epochs, tolerance, onEpoch, signal });
  if (Number.isFinite(outcome.loss)) prepared.commit(outcome.parameters);
  return toResult(outcome, { ...facts, elapsedMs: performance.now() - started });
}

function toResult(outcome: Outcome, facts: Pick<FitResult, 'optimizer' | 'kernels' | 'elapsedMs'>): FitResult {
  const { status, parameters: _, ...rest } = outcome;
  const shared = { ...rest, epochs: outcome.steps, ...facts };
  return status === 'converged' ? { ...shared, status, converged: true } : { ...shared, status, converged: false };
}
