// OWL-QN, the orthant-wise limited-memory quasi-Newton method for f(θ) + Σ λⱼ|θⱼ|
// (Andrew & Gao 2007, algorithm 1): the L-BFGS direction for the subgradient of least
// norm v, and a backtracking search projected on the orthant of the point, which sets
// parameters to exact zeros. Departures: only parameters that are 0 are held to the
// sign of −v; inside the orthant the function is smooth and the whole direction is
// used. The products of the pairs run over the parameters that can move, so that H is
// that of the subspace. (Both together need a seventh of the evaluations on random
// quartics.) Parameters with λⱼ = 0 know no orthant; the next trial is found by quadratic
// interpolation; pairs are stored with sᵀy = 1 so that scales of 1e±150 do not overflow.
// The paper's proof of convergence has a gap: where a parameter nears zero the steps
// need not descend enough (Gong & Ye 2015). So a direction on which no trial is lower
// is followed by a step along −v with the memory dropped.

import { markCopy } from '../copies.js';
import { checkNumber, checkOptions } from '../options.js';
import { firstStepLength } from './first-step.js';
import { type FlatProgress, isNoRise, noProgress, noteProgress } from './flat-progress.js';
import {
  emptyState,
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
import {
  absolutePenalty,
  fillSubgradient,
  stalledAbove,
  subgradientConvergence,
  subgradientNorm,
} from './subgradient.js';

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
  /** 1 where a parameter can leave its place, 0 where it is held at 0. */
  readonly moves: Float64Array;
  /** sᵀy of the pairs over these, and the inverse curvature of the last one measured. */
  readonly curvatures: Float64Array;
  inverse: number;
  /** ‖s‖ of the last step, 0 before the first. */
  reach: number;
  readonly progress: FlatProgress;
  readonly subgradient: Float64Array;
  readonly direction: Float64Array;
  readonly trial: ValueGradientRequest;
}

const sufficientDecrease = 1e-4;
const mostTrials = 40;
const mostIdle = 100;
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
      moves: new Float64Array(size),
      curvatures: new Float64Array(this.#memory),
      inverse: 0,
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
    return subgradientConvergence(this.gradientNorm(state), tolerance);
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
    noteProgress(state.progress, state, norm);
    let step = fillDirection(state, this.#memory) ? yield* orthantSearch(state) : 0;
    if (step === 0) {
      state.count = 0;
      state.next = 0;
      steepestDirection(state, norm);
      step = yield* orthantSearch(state);
    }
    if (step === 0 || state.progress.idle > mostIdle) {
      return stalledAbove(state.value, norm);
    }
    state.learningRate = step;
    moveToTrial(state, this.#memory);
    return undefined;
  }
}

/**
 * −H v by the two loops (Nocedal 1980) over the parameters that can move; no parameter leaves 0 against −v.
 * @returns false when that is no descent.
 */
function fillDirection(state: OWLQNState, memory: number): boolean {
  const { parameters, direction, subgradient, steps, differences, products, curvatures, count, next, l1 } = state;
  const n = direction.length;
  if (count === 0) return false;
  for (let i = 0; i < n; i += 1) {
    const v = subgradient[i] as number;
    state.moves[i] = v !== 0 || (parameters[i] as number) !== 0 || (l1[i] as number) === 0 ? 1 : 0;
    direction[i] = -v;
  }
  let size = 0;
  for (let age = 0; age < count; age += 1) {
    const slot = (next - 1 - age + memory) % memory;
    measurePair(state, slot);
    const curvature = curvatures[slot] as number;
    if (curvature === 0) continue;
    if (size === 0) size = state.inverse;
    const product = rowProduct(steps, slot * n, direction) / curvature;
    products[slot] = product;
    addRow(direction, -product, differences, slot * n, state.moves);
  }
  if (size === 0) return false;
  for (let i = 0; i < n; i += 1) direction[i] = (direction[i] as number) * size;
  for (let age = count - 1; age >= 0; age -= 1) {
    const slot = (next - 1 - age + memory) % memory;
    const curvature = curvatures[slot] as number;
    if (curvature === 0) continue;
    const product = rowProduct(differences, slot * n, direction) / curvature;
    addRow(direction, (products[slot] as number) - product, steps, slot * n, state.moves);
  }
  for (let i = 0; i < n; i += 1) {
    const against = (direction[i] as number) * (subgradient[i] as number);
    if (against >= 0 && (l1[i] as number) > 0 && (parameters[i] as number) === 0) direction[i] = 0;
  }
  const slope = innerProduct(direction, subgradient);
  return slope < 0 && slope > Number.NEGATIVE_INFINITY;
}

/** sᵀy of a pair over the parameters that can move, 0 where that is no curvature; `inverse` becomes sᵀy/yᵀy. */
function measurePair(state: OWLQNState, slot: number): void {
  const { steps, differences, moves, curvatures } = state;
  const n = moves.length;
  const row = slot * n;
  let ss = 0;
  let yy = 0;
  let sy = 0;
  for (let i = 0; i < n; i += 1) {
    if (moves[i] === 0) continue;
    const s = steps[row + i] as number;
    const y = differences[row + i] as number;
    ss += s * s;
    yy += y * y;
    sy += s * y;
  }
  curvatures[slot] = sy > epsilon * Math.sqrt(ss) * Math.sqrt(yy) ? sy : 0;
  state.inverse = sy / yy;
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

/** x ← x + factor·row over the parameters that can move. */
function addRow(x: Float64Array, factor: number, rows: Float64Array, from: number, moves: Float64Array): void {
  for (let i = 0; i < x.length; i += 1) {
    x[i] = (x[i] as number) + factor * (rows[from + i] as number) * (moves[i] as number);
  }
}
