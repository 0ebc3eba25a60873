// Levenberg–Marquardt for ½ Σ r²: θ ← θ + p, p = min ‖r + J p‖ over ‖D p‖ ≤ Δ (Levenberg 1944,
// Marquardt 1963; Moré 1978, algorithm 7.1). D holds the largest length seen of
// each column of J; Δ follows the ratio of actual and predicted reduction. Departures:
// near the minimum, where rounding drowns the reduction, Gauss–Newton steps go on while they
// bring the residuals closer to orthogonal (Bates and Watts 1981); the rounding of r
// is judged by what the last bits of θ do to it; bounds are an active set: parameters
// pressed against a bound stay, those that a step would carry over one stop there, and
// the step of the others is found anew.

import { markCopy } from '../copies.js';
import { expected } from '../errors.js';
import { checkNumber, checkOptions } from '../options.js';
import { type DampedStepWork, dampedStep, dampedStepWork } from './damped-step.js';
import { applyTransposed } from './dense-qr.js';
import { type RobustLoss, robustLosses } from './robust-loss.js';
import {
  euclideanNorm,
  figure,
  type Halt,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
} from './solver.js';
import {
  evaluateStart,
  evaluateTrial,
  exhausted,
  gaussNewtonGain,
  hold,
  type Loss,
  moveToTrial,
  projectOnBox,
  refine,
  roundingMargin,
  type SumOfSquaresState,
  scaledGradientNorm,
  sumOfSquaresConvergence,
  sumOfSquaresState,
} from './sum-of-squares.js';

export interface LevenbergMarquardtOptions {
  /**
   * What a residual costs, z = (r/lossScale)²: 'squared' z; 'huber' z up to 1, then 2√z − 1; 'softL1' 2(√(1+z) − 1); 'cauchy'
   * ln(1+z); 'arctan' arctan z (the names and formulas of SciPy's least_squares). Default 'squared'.
   */
  readonly loss?: RobustLoss;
  /** Residuals well below it count as squares; in the unit of the residuals, positive. Default 1. */
  readonly lossScale?: number;
  /** The first Δ, in multiples of ‖D θ₀‖ (of ‖r₀‖ where that is 0). Default 100 (MINPACK). */
  readonly initialRadius?: number;
}

export interface LevenbergMarquardtState extends SumOfSquaresState {
  /** D: the largest length of each column so far. */
  readonly scaling: Float64Array;
  /** There are bounds. */
  readonly boxed: boolean;
  /** Δ; 0 before the first iteration. */
  radius: number;
  /** λ of the last step. */
  damping: number;
  /** How many trials of the last iteration were not finite. */
  invalid: number;
  work: DampedStepWork;
}

const epsilon = 2 ** -52;
// Moré 1978, section 4.
const leastRatio = 1e-4;
const poorRatio = 0.25;
const goodRatio = 0.75;
const nearRounding = 1e4;
const clearlyLess = 0.9;
const scalingExcess = 1e3;
const mostRefused = 4;
const mostInvalid = 20;
const mostTrials = 100;

export class LevenbergMarquardt implements Solver {
  static {
    markCopy(LevenbergMarquardt);
  }

  readonly name = 'LevenbergMarquardt';
  readonly defaultIterations = 1000;
  readonly requests = ['residuals', 'jacobian'] as const;
  readonly handles = ['bounds'] as const;
  readonly #loss: Loss;
  readonly #initialRadius: number;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a wrong value. */
  constructor(options: LevenbergMarquardtOptions = {}) {
    checkOptions(options, ['loss', 'lossScale', 'initialRadius'], 'LevenbergMarquardt');
    const kind = options.loss ?? 'squared';
    if (!robustLosses.includes(kind)) {
      throw expected('ERR_GRADUS_OPTION', '`loss`', `one of ${robustLosses.join(', ')}`, kind);
    }
    this.#loss = { kind, delta: checkNumber(options.lossScale ?? 1, '`lossScale`', { above: 0 }) };
    this.#initialRadius = checkNumber(options.initialRadius ?? 100, '`initialRadius`', { above: 0 });
  }

  describe(): OptimizerDescription {
    const options = { loss: this.#loss.kind, lossScale: this.#loss.delta, initialRadius: this.#initialRadius };
    return { name: this.name, options, learningRate: undefined };
  }

  init(layout: Layout): LevenbergMarquardtState {
    return {
      ...sumOfSquaresState(layout),
      scaling: new Float64Array(layout.size),
      boxed: layout.bounds !== undefined,
      radius: 0,
      damping: 0,
      invalid: 0,
      work: dampedStepWork(layout.size),
    };
  }

  start(state: LevenbergMarquardtState): Generator<Request, Halt | undefined, void> {
    return evaluateStart(state, this.#loss);
  }

  convergence(state: LevenbergMarquardtState, tolerance: number): string | undefined {
    return sumOfSquaresConvergence(state, tolerance);
  }

  gradientNorm(state: LevenbergMarquardtState): number {
    return scaledGradientNorm(state);
  }

  *iterate(state: LevenbergMarquardtState): Generator<Request, Halt | undefined, void> {
    // Where Gauss–Newton needed damping, its last digits do as well.
    if (state.damping === 0 && gaussNewtonGain(state) <= state.valueRounding) return yield* refine(state, this.#loss);
    const { scaling, columnNorms, parameters } = state;
    for (let j = 0; j < scaling.length; j += 1) {
      scaling[j] = Math.max(scaling[j] as number, columnNorms[j] as number);
    }
    const size = scaledNorm(scaling, parameters);
    const first = state.radius === 0;
    if (first) state.radius = this.#initialRadius * (size > 0 ? size : state.norm);
    let invalid = 0;
    // The most that a parabola through a trial promises.
    let parabolic = 0;
    for (let trials = 0; trials < mostTrials && (trials === 0 || state.radius > epsilon * size); trials += 1) {
      const { slope, predicted } = boundedStep(state);
      const length = scaledNorm(scaling, state.step);
      const cut = isCut(state);
      const nothing = cut && !(predicted > 0) && (length === 0 || -predicted > state.valueRounding);
      if (nothing || !Number.isFinite(length + predicted)) {
        // The bounds leave nothing of this step, and a shorter one points along the gradient; or it is too long for a double.
        state.radius *= 0.1;
        state.damping = 0;
        continue;
      }
      if (invalid === 0 && !cut && predicted <= state.valueRounding) {
        const near = isNearMinimum(state) || (trials > 0 && parabolic <= state.valueRounding);
        return yield* this.#refineDamped(state, predicted, near);
      }
      if (!cut && trials > 0 && predicted <= epsilon * state.value) break;
      if (first && trials === 0) state.radius = Math.min(state.radius, length);
      const value = yield* evaluateTrial(state, this.#loss);
      if (Number.isFinite(value)) {
        const ratio = predicted > 0 ? (state.value - value) / predicted : Number.NEGATIVE_INFINITY;
        // A step onto a bound may be too short to lower the value; it frees the others of that parameter.
        const reaches = cut && Math.abs(predicted) <= state.valueRounding && value - state.value <= state.valueRounding;
        if (!reaches) fitRadius(state, ratio, slope, value, length);
        if (!(ratio >= leastRatio)) parabolic = Math.max(parabolic, parabolicGain(slope, value - state.value));
        if (!reaches && !(ratio >= leastRatio)) continue;
        if ((yield* moveToTrial(state, this.#loss, value)) === 'moved') {
          state.learningRate = euclideanNorm(state.step);
          state.invalid = invalid;
          return undefined;
        }
      }
      invalid += 1;
      shrink(state, 0.1, length);
      if (invalid === mostInvalid) break;
    }
    if (invalid > 0) return outsideDomain(state, invalid);
    if (renewScaling(state)) return undefined;
    return stalled(state);
  }

  /** The damped step, shorter each time, judged by the cosine where the value shows nothing of it any more. */
  *#refineDamped(
    state: LevenbergMarquardtState,
    promised: number,
    near: boolean,
  ): Generator<Request, Halt | undefined, void> {
    // A Jacobian that is wrong changes the cosine by little.
    const cosine = near ? state.cosine : clearlyLess * state.cosine;
    let predicted = promised;
    let invalid = 0;
    for (let trials = 0; trials < mostRefused; trials += 1) {
      const value = yield* evaluateTrial(state, this.#loss);
      const level = value - state.value <= roundingMargin * state.valueRounding;
      const outcome = level ? yield* moveToTrial(state, this.#loss, value, { cosine }) : 'refused';
      if (outcome === 'moved') {
        state.learningRate = euclideanNorm(state.step);
        return undefined;
      }
      if (outcome === 'not finite' || !Number.isFinite(value)) invalid += 1;
      shrink(state, 0.25, scaledNorm(state.scaling, state.step));
      predicted = boundedStep(state).predicted;
      if (predicted <= epsilon * state.value) break;
    }
    if (near) return exhausted(state, predicted);
    if (invalid + state.invalid > 0) return outsideDomain(state, invalid + state.invalid);
    return renewScaling(state) ? undefined : stalled(state);
  }
}

/** No parameter alone could lower the value by much more than its rounding. */
function isNearMinimum(state: LevenbergMarquardtState): boolean {
  return state.cosine * state.cosine * state.value <= nearRounding * state.valueRounding;
}

function stalled(state: LevenbergMarquardtState): Halt {
  return {
    status: 'stalled',
    reason:
      `no step of ‖Dp‖ down to ${figure(state.radius)} lowers the sum of squares ${figure(state.value)} or its scaled ` +
      `gradient ${figure(state.cosine)}, though the Jacobian promises ${figure(gaussNewtonGain(state))}: check the Jacobian`,
  };
}

/** Lets D and Δ begin again where a column was far longer once, so that steps along it have become too short; false where none was. */
function renewScaling(state: LevenbergMarquardtState): boolean {
  const { scaling, columnNorms, free } = state;
  let longer = false;
  for (let j = 0; j < scaling.length; j += 1) {
    longer ||= free[j] !== 0 && (scaling[j] as number) > scalingExcess * (columnNorms[j] as number);
  }
  if (!longer) return false;
  scaling.set(columnNorms);
  state.radius = 0;
  state.damping = 0;
  return true;
}

/** Whether bounds cut the last step. */
function isCut({ held, free }: LevenbergMarquardtState): boolean {
  return !sameMembers(held, free);
}

function outsideDomain(state: LevenbergMarquardtState, invalid: number): Halt {
  return {
    status: 'failed',
    reason:
      `steps down to ‖Dp‖ = ${figure(state.radius)} led to values that are not finite (${invalid} of the last trials): the ` +
      'point lies at the edge of the domain',
  };
}

/** Writes step and trial; what the linear model says of them: gᵀp and −gᵀp − ½‖J p‖². */
function boundedStep(state: LevenbergMarquardtState): { slope: number; predicted: number } {
  const { step, parameters, trial, lower, upper, free, held, projected, weighted, jacobian } = state;
  const n = parameters.length;
  step.fill(0);
  if (!sameMembers(held, free)) hold(state, free);
  projected.set(weighted);
  for (let more = true; more; ) {
    applyTransposed(state.qr, projected);
    state.damping = dampedStep(state.qr, projected, state.scaling, state.radius, state.damping, state.work, step);
    more = false;
    for (let j = 0; j < n; j += 1) {
      if (held[j] === 0) continue;
      const x = parameters[j] as number;
      const target = x + (step[j] as number);
      if (target >= (lower[j] as number) && target <= (upper[j] as number)) continue;
      trial[j] = (target < (lower[j] as number) ? lower[j] : upper[j]) as number;
      step[j] = (trial[j] as number) - x;
      held[j] = 0;
      more = true;
    }
    if (!more) break;
    projected.set(weighted);
    for (let i = 0; i < projected.length; i += 1) {
      let sum = projected[i] as number;
      for (let j = 0; j < n; j += 1) {
        if (held[j] === 0) sum += (jacobian[i * n + j] as number) * (step[j] as number);
      }
      projected[i] = sum;
    }
    hold(state, held);
  }
  for (let j = 0; j < n; j += 1) {
    if (held[j] !== 0 || free[j] === 0) trial[j] = (parameters[j] as number) + (step[j] as number);
  }
  projectOnBox(state, trial);
  let slope = 0;
  let curvature = 0;
  for (let i = 0; i < weighted.length; i += 1) {
    let change = 0;
    for (let j = 0; j < n; j += 1) change += (jacobian[i * n + j] as number) * (step[j] as number);
    slope += change * (weighted[i] as number);
    curvature += change * change;
  }
  return { slope, predicted: -slope - 0.5 * curvature };
}

function sameMembers(a: Float64Array, b: Float64Array): boolean {
  for (let j = 0; j < a.length; j += 1) if (a[j] !== b[j]) return false;
  return true;
}

/** Moré 1978, section 4: shrinks by the minimum of a parabola, grows to twice the step. */
function fitRadius(state: LevenbergMarquardtState, ratio: number, slope: number, value: number, length: number): void {
  if (ratio <= poorRatio) {
    const change = value - state.value;
    const parabola = change > 0 && slope < 0 ? (0.5 * slope) / (slope - change) : 0.5;
    shrink(state, Math.min(0.5, Math.max(0.1, parabola)), length);
  } else if (state.damping === 0 || ratio >= goodRatio) {
    // Where the box decides, a short step to a bound says nothing of the next.
    state.radius = state.boxed ? Math.max(state.radius, 2 * length) : 2 * length;
    state.damping *= 0.5;
  }
}

/** What the parabola of slope gᵀp through a trial falls at most: ½(gᵀp)² / (2(change − gᵀp)). */
function parabolicGain(slope: number, change: number): number {
  return slope < 0 && change > slope ? (0.25 * slope * slope) / (change - slope) : 0;
}

function shrink(state: LevenbergMarquardtState, factor: number, length: number): void {
  state.radius = factor * Math.min(state.radius, 10 * length);
  state.damping /= factor;
}

/** ‖D x‖. */
function scaledNorm(scaling: Float64Array, x: Float64Array): number {
  let largest = 0;
  for (let j = 0; j < x.length; j += 1) {
    largest = Math.max(largest, Math.abs((scaling[j] as number) * (x[j] as number)));
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let j = 0; j < x.length; j += 1) sum += (((scaling[j] as number) * (x[j] as number)) / largest) ** 2;
  return largest * Math.sqrt(sum);
}
