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
  gaussNewtonGain,
  hold,
  type Loss,
  moveToTrial,
  projectOnBox,
  refine,
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
  /** Δ; 0 before the first iteration. */
  radius: number;
  /** λ of the last step. */
  damping: number;
  work: DampedStepWork;
}

const epsilon = 2 ** -52;
// Moré 1978, section 4.
const leastRatio = 1e-4;
const poorRatio = 0.25;
const goodRatio = 0.75;
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
      radius: 0,
      damping: 0,
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
    if (gaussNewtonGain(state) <= state.valueRounding) return yield* refine(state, this.#loss);
    const { scaling, columnNorms, parameters } = state;
    for (let j = 0; j < scaling.length; j += 1) {
      scaling[j] = Math.max(scaling[j] as number, columnNorms[j] as number);
    }
    const size = scaledNorm(scaling, parameters);
    const first = state.radius === 0;
    if (first) state.radius = this.#initialRadius * (size > 0 ? size : state.norm);
    let invalid = 0;
    for (let trials = 0; trials < mostTrials; trials += 1) {
      const model = boundedStep(state);
      const length = scaledNorm(scaling, state.step);
      if (first && trials === 0) state.radius = Math.min(state.radius, length);
      // Shortened until no value can show it: the Jacobian promises what the residuals do not keep.
      if (
        length === 0 ||
        (trials > 0 && model.predicted <= epsilon * state.value && sameMembers(state.held, state.free))
      )
        break;
      const value = yield* evaluateTrial(state, this.#loss);
      if (Number.isFinite(value)) {
        const ratio = model.predicted > 0 ? (state.value - value) / model.predicted : Number.NEGATIVE_INFINITY;
        fitRadius(state, ratio, model.slope, value, length);
        if (ratio >= leastRatio || reachesBound(state, model.predicted, value)) {
          if (yield* moveToTrial(state, this.#loss, value)) {
            state.learningRate = euclideanNorm(state.step);
            return undefined;
          }
          invalid += 1;
          shrink(state, 0.1, length);
        }
      } else {
        invalid += 1;
        shrink(state, 0.1, length);
      }
      if (invalid >= mostInvalid) return tooManyInvalid(state, invalid);
      if (state.radius <= epsilon * size) break;
    }
    if (invalid > 0) return tooManyInvalid(state, invalid);
    return {
      status: 'stalled',
      reason:
        `no step down to ${figure(state.radius)} of ‖Dθ‖ = ${figure(size)} lowers the sum of squares ` +
        `${figure(state.value)}, though the Jacobian promises ${figure(gaussNewtonGain(state))}: check the Jacobian`,
    };
  }
}

/** A step onto a bound that is too short to lower the value: it frees the others of that parameter. */
function reachesBound(state: LevenbergMarquardtState, predicted: number, value: number): boolean {
  return (
    !sameMembers(state.held, state.free) &&
    Math.abs(predicted) <= state.valueRounding &&
    value - state.value <= state.valueRounding
  );
}

function tooManyInvalid(state: LevenbergMarquardtState, invalid: number): Halt {
  return {
    status: 'failed',
    reason:
      `${invalid} trials running were not finite, the last within ${figure(state.radius)} of the point: ` +
      'its neighbourhood is no part of the domain',
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
      step[j] = (target < (lower[j] as number) ? (lower[j] as number) : (upper[j] as number)) - x;
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
  for (let j = 0; j < n; j += 1) trial[j] = (parameters[j] as number) + (step[j] as number);
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
    state.radius = 2 * length;
    state.damping *= 0.5;
  }
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
