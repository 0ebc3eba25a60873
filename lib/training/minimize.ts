// `minimize` and `minimizeSync`: any function of a vector, with whatever derivatives
// the user has. Checks the arguments, chooses a solver from what the problem offers
// where none is named, runs it, and says what came out as data.

import { checkCopy } from '../copies.js';
import { expected, expectedBut } from '../errors.js';
import { bitClass, type KernelSetName } from '../kernels/kernels.js';
import { defaultKernels, kernelSet } from '../kernels/select.js';
import { BFGS } from '../optimizers/bfgs.js';
import { LBFGS } from '../optimizers/lbfgs.js';
import { LBFGSB } from '../optimizers/lbfgsb.js';
import { OWLQN } from '../optimizers/owlqn.js';
import { ProximalGradient } from '../optimizers/proximal-gradient.js';
import { isRule, type Rule } from '../optimizers/rule.js';
import { RuleSolver } from '../optimizers/rule-solver.js';
import type { Block, Bounds, Layout, Solver, SolverState } from '../optimizers/solver.js';
import { TrustRegion } from '../optimizers/trust-region.js';
import { checkFunction, checkNumber, checkOptions } from '../options.js';
import { Checkpoint, type CheckpointOptions, checkCheckpoint } from './checkpoint.js';
import { type DirectObjective, functionObjective, type Problem } from './function-objective.js';
import { type IterationRecord, MinimizeRun, type RunOptions, type RunOutcome } from './minimize-run.js';
import type { UnconvergedStatus } from './result.js';
import { checkSuits, demandsOf } from './suits.js';

/** A number for all parameters, or one each; infinite, or absent, for none. */
export interface BoundsInput {
  readonly lower?: number | ArrayLike<number>;
  readonly upper?: number | ArrayLike<number>;
}

/** What `minimize` and `leastSquares` have in common. */
export interface RunControl {
  /** Iterations at most; default the solver's own budget. */
  readonly maxIterations?: number;
  /** Calls of the function at most, those of differences among them; default no limit. */
  readonly maxEvaluations?: number;
  /** Milliseconds at most; default no limit. */
  readonly maxTimeMs?: number;
  /** Called after each iteration; return 'stop' to stop. A throw ends the run with that error. */
  readonly onIteration?: (record: IterationRecord) => unknown;
  /** An abort ends the run with status 'aborted' and the best point so far. */
  readonly signal?: AbortSignal;
  /** Save the run now and then, and go on after a crash with the same bits. */
  readonly checkpoint?: CheckpointOptions;
  /** The kernel set of large linear systems; default the one `kernels()` shows. */
  readonly kernels?: string;
}

export interface MinimizeOptions extends RunControl {
  /**
   * A solver, or a first-order rule, whose every step takes the whole gradient. Default: with `l1` OWLQN, with bounds LBFGSB, with both ProximalGradient; else TrustRegion where there is a Hessian, BFGS up to 100 parameters, and
   * LBFGS above.
   */
  readonly optimizer?: Solver | Rule;
  /** The largest gradient norm that counts as converged (projected on the bounds); default 1e-8, 1e-6 where gradients are made of differences. */
  readonly tolerance?: number;
  readonly bounds?: BoundsInput;
  /** λ of the penalty Σ λⱼ|θⱼ|, a number or one each; its part of the value is in the result's. */
  readonly l1?: number | ArrayLike<number>;
  /** Named parts of the parameters, in order, for solvers with rules by block; default one block. */
  readonly layout?: readonly Block[];
}

interface MinimizeFacts {
  readonly reason: string;
  readonly parameters: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** What was compared with the tolerance. */
  readonly gradientNorm: number;
  readonly iterations: number;
  /** Calls of the function, with or without its gradient. */
  readonly evaluations: number;
  readonly gradientEvaluations: number;
  readonly hessianEvaluations: number;
  /** Derivatives that were made of central differences, whose calls are among the counted ones. */
  readonly differenced: readonly string[];
  readonly warnings: readonly string[];
  readonly optimizer: string;
  readonly kernels: KernelSetName;
  readonly elapsedMs: number;
  /** The solver's memory: give the result in place of a start to go on from here. */
  readonly state: SolverState;
}

export type MinimizeResult =
  | (MinimizeFacts & { readonly converged: true; readonly status: 'converged' })
  | (MinimizeFacts & { readonly converged: false; readonly status: UnconvergedStatus });

const controlNames = [
  'maxIterations',
  'maxEvaluations',
  'maxTimeMs',
  'onIteration',
  'signal',
  'checkpoint',
  'kernels',
] as const satisfies readonly (keyof RunControl)[];
const optionNames = [
  'optimizer',
  'tolerance',
  'bounds',
  'l1',
  'layout',
  ...controlNames,
] as const satisfies readonly (keyof MinimizeOptions)[];

const defaultTolerance = 1e-8;
const differencedTolerance = 1e-6;
// Up to so many parameters the dense inverse of BFGS costs little beside most functions.
const denseMost = 100;

/**
 * Minimises a function of a vector. Resolves whatever happens numerically; rejects with a typed error for wrong arguments,
 * and with the function's own error when it throws. The event loop gets its turn between evaluations.
 * @param start where to begin, or the result of an earlier run, whose memory the same optimizer takes up.
 */
export async function minimize(
  problem: Problem | ((parameters: Float64Array) => number),
  start: ArrayLike<number> | MinimizeResult,
  options: MinimizeOptions = {},
): Promise<MinimizeResult> {
  const { run, facts } = prepare(problem, start, options);
  return toResult(await run.run(), facts);
}

/** The same on the calling thread, at microsecond cost for small problems. Throws where `minimize` rejects. */
export function minimizeSync(
  problem: Problem | ((parameters: Float64Array) => number),
  start: ArrayLike<number> | MinimizeResult,
  options: MinimizeOptions = {},
): MinimizeResult {
  const { run, facts } = prepare(problem, start, options);
  return toResult(run.runSync(), facts);
}

type RunFacts = Pick<MinimizeFacts, 'optimizer' | 'kernels'>;

function prepare(
  problem: Problem | ((parameters: Float64Array) => number),
  start: ArrayLike<number> | MinimizeResult,
  options: MinimizeOptions,
): { readonly run: MinimizeRun; readonly facts: RunFacts } {
  checkOptions(options, optionNames, 'minimize');
  const objective = functionObjective(problem);
  const from = checkStart(start);
  const { parameters } = from;
  const layout: Layout = {
    size: parameters.length,
    blocks: checkLayout(options.layout, parameters.length),
    bounds: options.bounds && checkBounds(options.bounds, parameters.length),
    l1: options.l1 === undefined ? undefined : checkStrengths(options.l1, parameters.length),
  };
  const solver = chosen(options.optimizer) ?? defaultSolver(objective, layout);
  checkSuits(solver, demandsOf(layout), ['value', 'value-gradient', 'hessian', 'hessian-vector', 'newton-direction']);
  const usual = objective.offers.has('value-gradient') ? defaultTolerance : differencedTolerance;
  const tolerance = checkNumber(options.tolerance ?? usual, '`tolerance`', { min: 0 });
  const state = startState(solver, layout, from);
  const settings = checkControl(options, solver, layout, { tolerance });
  return {
    run: new MinimizeRun(objective, solver, layout, state, settings),
    facts: { optimizer: solver.name, kernels: settings.kernels.name },
  };
}

function chosen(optimizer: Solver | Rule | undefined): Solver | undefined {
  checkCopy(optimizer, '`optimizer`');
  return isRule(optimizer) ? new RuleSolver(optimizer) : optimizer;
}

function defaultSolver(objective: DirectObjective, layout: Layout): Solver {
  if (layout.l1 !== undefined) return layout.bounds === undefined ? new OWLQN() : new ProximalGradient();
  if (layout.bounds !== undefined) return new LBFGSB();
  if (objective.offers.has('hessian')) return new TrustRegion();
  if (objective.offers.has('hessian-vector')) return new TrustRegion({ subproblem: 'steihaug' });
  return layout.size <= denseMost ? new BFGS() : new LBFGS();
}

/** The budgets, callbacks and kernels of a run. */
export function checkControl(
  options: RunControl,
  solver: Solver,
  layout: Layout,
  { tolerance }: { readonly tolerance: number },
): RunOptions {
  const { onIteration, signal } = options;
  if (onIteration !== undefined) checkFunction(onIteration, '`onIteration`');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw expected('ERR_GRADUS_OPTION', '`signal`', 'an AbortSignal', signal);
  }
  const kernels = options.kernels === undefined ? defaultKernels() : kernelSet(options.kernels);
  const saving = options.checkpoint && checkCheckpoint(options.checkpoint);
  const { name, options: described } = solver.describe();
  const fingerprint = { size: layout.size, optimizer: { name, options: described }, tolerance };
  return {
    maxIterations: atMost(options.maxIterations, '`maxIterations`') ?? solver.defaultIterations,
    maxEvaluations: atMost(options.maxEvaluations, '`maxEvaluations`') ?? Number.POSITIVE_INFINITY,
    maxTimeMs:
      options.maxTimeMs === undefined
        ? Number.POSITIVE_INFINITY
        : checkNumber(options.maxTimeMs, '`maxTimeMs`', { min: 0 }),
    tolerance,
    onIteration,
    signal,
    checkpoint: saving && new Checkpoint(saving, { ...fingerprint, kernels: bitClass(kernels.name) }),
    kernels,
  };
}

/** Names of the options that `checkControl` reads. */
export const controlOptions: readonly string[] = controlNames;

function atMost(value: number | undefined, what: string): number | undefined {
  return value === undefined ? undefined : checkNumber(value, what, { integer: true, min: 0 });
}

interface Start {
  readonly parameters: Float64Array;
  readonly state: SolverState | undefined;
  readonly optimizer: string | undefined;
}

/** A copy of the start: numbers, all finite, or those of an earlier result. */
export function checkStart(start: ArrayLike<number> | { readonly parameters: Float64Array }): Start {
  if (typeof start === 'object' && start !== null && 'parameters' in start) {
    const { parameters, state, optimizer } = start as MinimizeResult;
    return { parameters: checkNumbers(parameters, 'the parameters of the earlier result'), state, optimizer };
  }
  return { parameters: checkNumbers(start, 'the start'), state: undefined, optimizer: undefined };
}

function checkNumbers(values: ArrayLike<number>, what: string): Float64Array {
  if (typeof values !== 'object' || values === null || typeof values.length !== 'number') {
    throw expected('ERR_GRADUS_OPTION', what, 'an array of numbers', values);
  }
  const numbers = Float64Array.from(values);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw expectedBut('ERR_GRADUS_VALUE', `element ${bad} of ${what}`, 'a finite number', `${values[bad]}`);
  return numbers;
}

export function checkBounds(input: BoundsInput, size: number): Bounds {
  checkOptions(input, ['lower', 'upper'], '`bounds`');
  const lower = oneEach(input.lower ?? Number.NEGATIVE_INFINITY, size, '`bounds.lower`');
  const upper = oneEach(input.upper ?? Number.POSITIVE_INFINITY, size, '`bounds.upper`');
  for (let i = 0; i < size; i += 1) {
    if (!((lower[i] as number) <= (upper[i] as number)) || lower[i] === Infinity || upper[i] === -Infinity) {
      const got = `${lower[i]} and ${upper[i]}`;
      throw expectedBut('ERR_GRADUS_VALUE', `the bounds of parameter ${i}`, 'a lower one not above the upper one', got);
    }
  }
  return { lower, upper };
}

function checkStrengths(input: number | ArrayLike<number>, size: number): Float64Array {
  const strengths = oneEach(input, size, '`l1`');
  const bad = strengths.findIndex((value) => !(value >= 0 && Number.isFinite(value)));
  if (bad >= 0) {
    const wanted = 'finite and not negative';
    throw expectedBut('ERR_GRADUS_VALUE', `element ${bad} of \`l1\``, wanted, `${strengths[bad]}`);
  }
  return strengths;
}

function oneEach(input: number | ArrayLike<number>, size: number, what: string): Float64Array {
  if (typeof input === 'number') return new Float64Array(size).fill(input);
  if (typeof input !== 'object' || input === null || typeof input.length !== 'number') {
    throw expected('ERR_GRADUS_OPTION', what, 'a number or an array of numbers', input);
  }
  if (input.length !== size) {
    throw expectedBut('ERR_GRADUS_SHAPE', what, `one number for each of ${size} parameters`, `${input.length}`);
  }
  return Float64Array.from(input);
}

export function checkLayout(blocks: readonly Block[] | undefined, size: number): readonly Block[] {
  if (blocks === undefined) return [{ name: 'parameters', offset: 0, size }];
  if (!Array.isArray(blocks)) throw expected('ERR_GRADUS_OPTION', '`layout`', 'an array of blocks', blocks);
  let offset = 0;
  for (const block of blocks) {
    checkOptions(block, ['name', 'offset', 'size'], 'a block of `layout`');
    if (block.offset !== offset) {
      const what = `the offset of block '${block.name}'`;
      throw expectedBut('ERR_GRADUS_SHAPE', what, `${offset}, where the one before ends`, `${block.offset}`);
    }
    offset += checkNumber(block.size, `the size of block '${block.name}'`, { integer: true, min: 0 });
  }
  if (offset !== size) {
    throw expectedBut('ERR_GRADUS_SHAPE', '`layout`', `blocks of ${size} parameters in all`, `${offset}`);
  }
  return blocks;
}

/** With the memory of an earlier run of the same size and optimizer; counters and findings start afresh. */
export function startState(
  solver: Solver,
  layout: Layout,
  { parameters, state: earlier, optimizer }: Start,
): SolverState {
  const state = solver.init(layout);
  if (earlier !== undefined && optimizer === solver.name && earlier.parameters.length === layout.size) {
    const { iteration, warnings } = state;
    Object.assign(state, structuredClone(earlier), { iteration, warnings });
  }
  state.parameters.set(parameters);
  return state;
}

export function toResult(outcome: RunOutcome, facts: RunFacts): MinimizeResult {
  const { status, counts, ...rest } = outcome;
  const shared = { ...rest, ...counts, ...facts };
  return status === 'converged' ? { ...shared, status, converged: true } : { ...shared, status, converged: false };
}
