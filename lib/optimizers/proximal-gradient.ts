// The proximal gradient method for f(θ) + Σ λⱼ|θⱼ| in a box: θ ← prox(y − s∇f(y)), the
// soft threshold followed by the projection, with y extrapolated along the last move
// (FISTA: Beck & Teboulle 2009, algorithm with backtracking) and the momentum dropped
// when it points uphill (O'Donoghue & Candès 2015, both schemes). Departures: the step
// s may grow by a fiftieth per iteration, the momentum following it (Scheinberg,
// Goldfarb & Bai 2014); y is projected on the box, so that f is never asked for outside;
// a step with momentum that raises the value is taken again without, so that the value
// never rises; and where rounding drowns f the quadratic bound is read from gradients.

import { markCopy } from '../copies.js';
import { checkBoolean, checkOptions } from '../options.js';
import { type BoxState, boxOf, clamp, startInside } from './box.js';
import { firstStepLength } from './first-step.js';
import { type FlatProgress, isNoRise, noProgress, noteProgress } from './flat-progress.js';
import { valueRounding } from './line-search.js';
import {
  emptyState,
  type Halt,
  isFiniteState,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
  type ValueGradientRequest,
} from './solver.js';
import {
  absolutePenalty,
  projectedSubgradientNorm,
  softThreshold,
  stalledAbove,
  subgradientConvergence,
} from './subgradient.js';

export interface ProximalGradientOptions {
  /** Extrapolate along the last move: errors fall as 1/k² rather than 1/k, at two evaluations an iteration. Default true. */
  readonly acceleration?: boolean;
}

interface ProximalGradientState extends BoxState {
  readonly l1: Float64Array;
  /** f at the parameters, without the penalty. */
  smooth: number;
  readonly progress: FlatProgress;
  /** s of the last iteration, 0 before the first, and of the one under way. */
  lastStep: number;
  step: number;
  /** tₖ of FISTA; 1 without momentum. */
  momentum: number;
  readonly previous: Float64Array;
  /** y, and what is evaluated there. */
  readonly point: ValueGradientRequest;
  readonly trial: ValueGradientRequest;
}

// On lassos, logistic losses and quadratics of condition 1e4 1.01 to 1.02 needed the fewest evaluations: growing faster,
// every fifth step is refused, and momentum is dropped as often.
const growth = 1.02;
const mostTrials = 60;
// The norm of a run with momentum swings; where the value is flat to rounding as many iterations may pass between two lows.
const mostIdle = 1000;

export class ProximalGradient implements Solver {
  static {
    markCopy(ProximalGradient);
  }

  readonly name = 'ProximalGradient';
  readonly defaultIterations = 100_000;
  readonly requests = ['value-gradient'] as const;
  readonly handles = ['l1', 'bounds'] as const;
  readonly #acceleration: boolean;

  /** @throws ERR_GRADUS_OPTION for an acceleration that is not true or false or an unknown option. */
  constructor(options: ProximalGradientOptions = {}) {
    checkOptions(options, ['acceleration'], 'ProximalGradient');
    this.#acceleration = checkBoolean(options.acceleration ?? true, '`acceleration`');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: { acceleration: this.#acceleration }, learningRate: undefined };
  }

  init(layout: Layout): ProximalGradientState {
    const { size, l1 } = layout;
    return {
      ...emptyState(layout),
      ...boxOf(layout),
      l1: l1 ? l1.slice() : new Float64Array(size),
      smooth: Number.NaN,
      progress: noProgress(),
      lastStep: 0,
      step: 0,
      momentum: 1,
      previous: new Float64Array(size),
      point: emptyRequest(size),
      trial: emptyRequest(size),
    };
  }

  /**
   * ‖P(x − v) − x‖₂, v the subgradient of least norm and P the projection on the box: without bounds the norm of v, without l1
   * that of the projected gradient.
   */
  gradientNorm({ parameters, gradient, l1, lower, upper }: ProximalGradientState): number {
    return projectedSubgradientNorm(parameters, gradient, l1, lower, upper);
  }

  convergence(state: ProximalGradientState, tolerance: number): string | undefined {
    return subgradientConvergence(this.gradientNorm(state), tolerance);
  }

  /** Moves the start into the box and adds the penalty to the value. */
  *start(state: ProximalGradientState): Generator<Request, Halt | undefined, void> {
    const halt = yield* startInside(state);
    state.smooth = state.value;
    state.value += absolutePenalty(state.parameters, state.l1);
    return halt;
  }

  *iterate(state: ProximalGradientState): Generator<Request, Halt | undefined, void> {
    const { lastStep } = state;
    const isFirst = lastStep === 0;
    const norm = this.gradientNorm(state);
    if (norm === 0) return { status: 'converged', reason: 'the subgradient is 0' };
    noteProgress(state.progress, state, norm);
    state.step = isFirst ? firstStepLength(state.parameters, state.value, norm) / norm : lastStep * growth;
    const ratio = isFirst ? 1 : lastStep / state.step;
    let next = (1 + Math.sqrt(1 + 4 * ratio * state.momentum * state.momentum)) / 2;
    const weight = this.#acceleration ? (state.momentum - 1) / next : 0;
    let accepted = weight > 0 && (yield* extrapolate(state, weight)) && (yield* proximalStep(state));
    if (!accepted || !isNoRise(state.progress, trialValue(state))) {
      standStill(state);
      next = (1 + Math.sqrt(5)) / 2;
      accepted = (yield* proximalStep(state)) && isNoRise(state.progress, trialValue(state));
    }
    if (!accepted || state.progress.idle > mostIdle) {
      return stalledAbove(state.value, norm);
    }
    state.learningRate = state.step;
    state.momentum = moveToTrial(state) ? 1 : next;
    state.lastStep = isFirst ? Math.max(state.step, firstCurvatureStep(state)) : state.step;
    return undefined;
  }
}

function emptyRequest(size: number): ValueGradientRequest {
  return { kind: 'value-gradient', at: new Float64Array(size), gradient: new Float64Array(size), value: Number.NaN };
}

function trialValue({ trial, l1 }: ProximalGradientState): number {
  return trial.value + absolutePenalty(trial.at, l1);
}

/** y ← P(x + weight·(x − previous)), evaluated; false when f is not finite there. */
function* extrapolate(state: ProximalGradientState, weight: number): Generator<Request, boolean, void> {
  const { parameters, previous, point, lower, upper } = state;
  for (let i = 0; i < parameters.length; i += 1) {
    const x = parameters[i] as number;
    const y = x + weight * (x - (previous[i] as number));
    point.at[i] = clamp(y, lower[i] as number, upper[i] as number);
  }
  yield point;
  return isFiniteState(point.value, point.gradient);
}

/** y ← x. */
function standStill({ parameters, gradient, smooth, point }: ProximalGradientState): void {
  point.at.set(parameters);
  point.gradient.set(gradient);
  point.value = smooth;
}

/** Fills `trial` from y, with s shortened until f ≤ f(y) + ∇f(y)ᵀz + ‖z‖²/2s; false when that cannot be reached. */
function* proximalStep(state: ProximalGradientState): Generator<Request, boolean, void> {
  const { point, trial } = state;
  for (let count = 0; count < mostTrials; count += 1) {
    const square = placeTrial(state);
    if (!(square > 0)) return false;
    yield trial;
    if (!isFiniteState(trial.value, trial.gradient)) {
      state.step *= 0.1;
      continue;
    }
    const allowed = square / (2 * state.step);
    const above = aboveTangent(point, trial, allowed);
    if (above <= allowed) return true;
    state.step *= Math.min(0.9, Math.max(0.1, (0.95 * allowed) / above));
  }
  return false;
}

/** trial.at ← prox(y − s∇f(y)); returns the square of its distance from y. */
function placeTrial({ point, trial, step, l1, lower, upper }: ProximalGradientState): number {
  let square = 0;
  for (let i = 0; i < l1.length; i += 1) {
    const y = point.at[i] as number;
    const z = softThreshold(y - step * (point.gradient[i] as number), step * (l1[i] as number));
    const to = clamp(z, lower[i] as number, upper[i] as number);
    trial.at[i] = to;
    square += (to - y) * (to - y);
  }
  return square;
}

/**
 * f(trial) − f(y) − ∇f(y)ᵀz; ½(∇f(trial) − ∇f(y))ᵀz, the same for a quadratic, where rounding of f would decide whether that
 * is more than `allowed`.
 */
function aboveTangent(point: ValueGradientRequest, trial: ValueGradientRequest, allowed: number): number {
  let along = 0;
  let curvature = 0;
  for (let i = 0; i < point.at.length; i += 1) {
    const z = (trial.at[i] as number) - (point.at[i] as number);
    along += (point.gradient[i] as number) * z;
    curvature += ((trial.gradient[i] as number) - (point.gradient[i] as number)) * z;
  }
  return allowed > 100 * valueRounding(point.value) ? trial.value - point.value - along : curvature / 2;
}

/** Takes up the trial as the point; true when the momentum that led there points uphill, (y − x⁺)ᵀ(x⁺ − x) > 0. */
function moveToTrial(state: ProximalGradientState): boolean {
  const { parameters, gradient, previous, point, trial } = state;
  let uphill = 0;
  for (let i = 0; i < parameters.length; i += 1) {
    const to = trial.at[i] as number;
    uphill += ((point.at[i] as number) - to) * (to - (parameters[i] as number));
  }
  previous.set(parameters);
  parameters.set(trial.at);
  gradient.set(trial.gradient);
  state.smooth = trial.value;
  state.value = trialValue(state);
  return uphill > 0;
}

/** Half the inverse of the curvature that the first step met, at most a thousand times that step. */
function firstCurvatureStep({ point, trial, step }: ProximalGradientState): number {
  let square = 0;
  let curvature = 0;
  for (let i = 0; i < point.at.length; i += 1) {
    const z = (trial.at[i] as number) - (point.at[i] as number);
    square += z * z;
    curvature += z * ((trial.gradient[i] as number) - (point.gradient[i] as number));
  }
  return curvature > 0 ? Math.min(1000 * step, square / (2 * curvature)) : 2 * step;
}
