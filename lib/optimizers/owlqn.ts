// OWL-QN, the orthant-wise limited-memory quasi-Newton method for f(θ) + Σ λⱼ|θⱼ|
// (Andrew & Gao 2007, algorithm 1): the L-BFGS direction for the subgradient of least
// norm v, kept only where its sign is that of −v, and a backtracking search projected
// on the orthant of the point, which sets parameters to exact zeros. Departures:
// parameters with λⱼ = 0 know no orthant; the next trial is found by quadratic
// interpolation; pairs are stored with sᵀy = 1 so that scales of 1e±150 do not
// overflow. The paper's proof of convergence has a gap: the aligned direction need not
// stay a sufficient descent when a parameter nears zero (Gong & Ye 2015). So a
// direction that fails is followed by a step along −v with the memory dropped.

import { markCopy } from '../copies.js';
import { checkNumber, checkOptions } from '../options.js';
import { firstStepLength } from './first-step.js';
import { type FlatProgress, isNoRise, noProgress, noteProgress } from './flat-progress.js';
import {
  emptyState,
  figure,
  type Halt,
  innerProduct,
  isFiniteState,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
  type ValueGradientRequest,
} from './solver.js';
import { absolutePenalty, fillSubgradient, subgradientNorm } from './subgradient.js';

export interface OWLQNOptions {
  /** How many pairs of steps and gradient differences the direction is made from. Default 10 (Andrew & Gao 2007, section 3.3). */
  readonly memory?: number;
}

interface OWLQNState extends SolverState {
  readonly l1: Float64Array;
  /** Pairs held now, and the slot the next one goes to. */
  count: number;
  next: number;
  /** Rows of s and y with sᵀy = 1. */
  readonly steps: Float64Array;
  readonly differences: Float64Array;
  readonly products: Float64Array;
  /** ‖s‖ of the last step, 0 before the first. */
  reach: number;
  readonly progress: FlatProgress;
  readonly subgradient: Float64Array;
  readonly direction: Float64Array;
  readonly trial: ValueGradientRequest;
}

const sufficientDecrease = 1e-4;
const mostTrials = 40;
const mostIdle = 20;
// A step far shorter than the direction is flat whatever the direction.
const leastFlatStep = 0.01;
const epsilon = 2 ** -52;

export class OWLQN implements Solver {
  static {
    markCopy(OWLQN);
  }

  readonly name = 'OWLQN';
  readonly defaultIterations = 10_000;
  readonly requests = ['value-gradient'] as const;
  readonly handles = ['l1'] as const;
  readonly #memory: number;

  /** @throws ERR_GRADUS_OPTION for a memory that is no positive integer or an unknown option. */
  constructor(options: OWLQNOptions = {}) {
    checkOptions(options, ['memory'], 'OWLQN');
    this.#memory = checkNumber(options.memory ?? 10, '`memory`', { integer: true, min: 1 });
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: { memory: this.#memory }, learningRate: undefined };
  }

  init(layout: Layout): OWLQNState {
    const { size, l1 } = layout;
    return {
      ...emptyState(layout),
      l1: l1 ? l1.slice() : new Float64Array(size),
      count: 0,
      next: 0,
      steps: new Float64Array(this.#memory * size),
      differences: new Float64Array(this.#memory * size),
      products: new Float64Array(this.#memory),
      reach: 0,
      progress: noProgress(),
      subgradient: new Float64Array(size),
      direction: new Float64Array(size),
      trial: {
        kind: 'value-gradient',
        at: new Float64Array(size),
        gradient: new Float64Array(size),
        value: Number.NaN,
      },
    };
  }

  /** The Euclidean norm of the subgradient of least norm. */
  gradientNorm({ parameters, gradient, l1 }: OWLQNState): number {
    return subgradientNorm(parameters, gradient, l1);
  }

  convergence(state: OWLQNState, tolerance: number): string | undefined {
    const norm = this.gradientNorm(state);
    return norm <= tolerance ? `subgradient norm ${figure(norm)} ≤ tolerance ${figure(tolerance)}` : undefined;
  }

  /** Adds the penalty to the value. */
  *start(state: OWLQNState): Generator<Request, Halt | undefined, void> {
    const { parameters, gradient, l1 } = state;
    const request = { kind: 'value-gradient' as const, at: parameters, gradient, value: Number.NaN };
    yield request;
    state.value = request.value + absolutePenalty(parameters, l1);
    if (isFiniteState(state.value, gradient)) return undefined;
    return { status: 'failed', reason: `the value at the start is ${state.value}: start elsewhere` };
  }

  *iterate(state: OWLQNState): Generator<Request, Halt | undefined, void> {
    const { parameters, gradient, l1, subgradient } = state;
    const norm = fillSubgradient(parameters, gradient, l1, subgradient);
    if (norm === 0) return { status: 'converged', reason: 'the subgradient is 0' };
    noteProgress(state.progress, state.value, norm);
    let step = fillDirection(state, this.#memory) ? yield* orthantSearch(state) : 0;
    if (step === 0) {
      state.count = 0;
      state.next = 0;
      steepestDirection(state, norm);
      step = yield* orthantSearch(state);
    }
    if (step === 0 || state.progress.idle > mostIdle) {
      return {
        status: 'stalled',
        reason:
          `no step lowers the value ${figure(state.value)} any further in float64, subgradient norm ${figure(norm)}: as far ` +
          'as rounding lets it go, or a wrong gradient (checkGradient tells)',
      };
    }
    state.learningRate = step;
    moveToTrial(state, this.#memory);
    return undefined;
  }
}

/** −H v by the two loops (Nocedal 1980), zero where its sign is not that of −v. @returns false when that is no descent. */
function fillDirection(state: OWLQNState, memory: number): boolean {
  const { direction, subgradient, steps, differences, products, count, next, l1 } = state;
  const n = direction.length;
  if (count === 0) return false;
  for (let i = 0; i < n; i += 1) direction[i] = -(subgradient[i] as number);
  for (let age = 0; age < count; age += 1) {
    const slot = (next - 1 - age + memory) % memory;
    const product = rowProduct(steps, slot * n, direction);
    products[slot] = product;
    addRow(direction, -product, differences, slot * n);
  }
  const newest = ((next - 1 + memory) % memory) * n;
  let curvature = 0;
  for (let i = 0; i < n; i += 1) curvature += (differences[newest + i] as number) ** 2;
  for (let i = 0; i < n; i += 1) direction[i] = (direction[i] as number) / curvature;
  for (let age = count - 1; age >= 0; age -= 1) {
    const slot = (next - 1 - age + memory) % memory;
    const product = rowProduct(differences, slot * n, direction);
    addRow(direction, (products[slot] as number) - product, steps, slot * n);
  }
  for (let i = 0; i < n; i += 1) {
    const against = (direction[i] as number) * (subgradient[i] as number);
    if (against >= 0 && (l1[i] as number) > 0) direction[i] = 0;
  }
  const slope = innerProduct(direction, subgradient);
  return slope < 0 && slope > Number.NEGATIVE_INFINITY;
}

/** −v, as long as twice the last step. */
function steepestDirection(state: OWLQNState, norm: number): void {
  const { direction, subgradient, reach } = state;
  const length = reach > 0 ? 2 * reach : firstStepLength(state.parameters, state.value, norm);
  for (let i = 0; i < direction.length; i += 1) direction[i] = -(length * ((subgradient[i] as number) / norm));
}

/** Fills `trial` with the first accepted point along the direction; returns the step length, or 0 when there was none. */
function* orthantSearch(state: OWLQNState): Generator<Request, number, void> {
  const { parameters, subgradient, l1, trial, value, progress } = state;
  let t = 1;
  for (let count = 0; count < mostTrials; count += 1) {
    if (!placeTrial(state, t)) return 0;
    let predicted = 0;
    for (let i = 0; i < parameters.length; i += 1) {
      predicted += (subgradient[i] as number) * ((trial.at[i] as number) - (parameters[i] as number));
    }
    yield trial;
    if (isFiniteState(trial.value, trial.gradient)) {
      const reached = trial.value + absolutePenalty(trial.at, l1);
      const change = reached - value;
      if (change <= sufficientDecrease * predicted || (t >= leastFlatStep && isNoRise(progress, reached))) return t;
      const fraction = (-0.5 * predicted) / (change - predicted);
      t *= Math.min(0.5, Math.max(0.1, fraction));
    } else {
      t *= 0.1;
    }
  }
  return 0;
}

/** trial.at ← π(x + t d), zero where that leaves the orthant; false when it is x itself. */
function placeTrial({ parameters, direction, subgradient, l1, trial }: OWLQNState, t: number): boolean {
  let moved = false;
  for (let i = 0; i < parameters.length; i += 1) {
    const x = parameters[i] as number;
    const to = x + t * (direction[i] as number);
    const side = x === 0 ? -(subgradient[i] as number) : x;
    const inside = (l1[i] as number) === 0 || (side > 0 ? to > 0 : side < 0 && to < 0);
    trial.at[i] = inside ? to : 0;
    moved ||= trial.at[i] !== x;
  }
  return moved;
}

/** Takes up the trial as the point, and what it tells of the curvature. */
function moveToTrial(state: OWLQNState, memory: number): void {
  const { parameters, gradient, trial, steps, differences, next, l1 } = state;
  const n = parameters.length;
  const row = next * n;
  let ss = 0;
  let yy = 0;
  let sy = 0;
  for (let i = 0; i < n; i += 1) {
    const s = (trial.at[i] as number) - (parameters[i] as number);
    const y = (trial.gradient[i] as number) - (gradient[i] as number);
    steps[row + i] = s;
    differences[row + i] = y;
    ss += s * s;
    yy += y * y;
    sy += s * y;
  }
  state.reach = Math.sqrt(ss);
  if (sy > epsilon * Math.sqrt(ss) * Math.sqrt(yy)) {
    const scale = 1 / Math.sqrt(sy);
    for (let i = 0; i < n; i += 1) {
      steps[row + i] = (steps[row + i] as number) * scale;
      differences[row + i] = (differences[row + i] as number) * scale;
    }
    state.next = (next + 1) % memory;
    state.count = Math.min(state.count + 1, memory);
  }
  parameters.set(trial.at);
  gradient.set(trial.gradient);
  state.value = trial.value + absolutePenalty(parameters, l1);
}

function rowProduct(rows: Float64Array, from: number, x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += (rows[from + i] as number) * (x[i] as number);
  return sum;
}

function addRow(x: Float64Array, factor: number, rows: Float64Array, from: number): void {
  for (let i = 0; i < x.length; i += 1) x[i] = (x[i] as number) + factor * (rows[from + i] as number);
}
