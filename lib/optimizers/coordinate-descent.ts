// Coordinate descent for f(θ) + Σ λⱼ|θⱼ| in a box, f smooth with second derivatives at
// hand: a proximal Newton method (Lee, Sun & Saunders 2014) whose quadratic model is
// minimised by cyclic coordinate descent (coordinate-model.ts; Friedman, Hastie &
// Tibshirani 2010), with a backtracking search on the whole objective. For a quadratic f
// the model is f: one Hessian, one step. Coordinates that the penalty holds end at exact
// zeros. Departures: where the model has no minimum or the search finds none (f is not
// convex) a multiple of the identity is added to the Hessian, tenfold until a step descends.

import { markCopy } from '../copies.js';
import type { Kernels } from '../kernels/kernels.js';
import { checkOptions } from '../options.js';
import { type BoxState, boxOf, clamp, startInside } from './box.js';
import { type CoordinateModel, descendCoordinates } from './coordinate-model.js';
import { type FlatProgress, isNoRise, noProgress, noteProgress } from './flat-progress.js';
import {
  emptyState,
  type Halt,
  type HessianRequest,
  isFiniteState,
  type KernelsRequest,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
  type ValueGradientRequest,
} from './solver.js';
import { absolutePenalty, projectedSubgradientNorm, stalledAbove, subgradientConvergence } from './subgradient.js';

interface CoordinateDescentState extends BoxState {
  readonly l1: Float64Array;
  readonly hessian: Float64Array;
  readonly progress: FlatProgress;
  /** Added to the diagonal of the Hessian, 0 for a convex f. */
  shift: number;
  /** The norm at the start, which the accuracy of the inner descent is measured by. */
  firstNorm: number;
  readonly trial: ValueGradientRequest;
}

const sufficientDecrease = 1e-4;
const mostTrials = 30;
const mostShifts = 30;
const mostIdle = 10;
// A model that is f itself is minimised as far as rounding goes; others to this share of their norm, and closer and
// closer as the norm falls, so that convergence stays quadratic.
const exactShare = 1e-14;
const roughShare = 0.1;
const firstShift = 1e-3;

export class CoordinateDescent implements Solver {
  static {
    markCopy(CoordinateDescent);
  }

  readonly name = 'CoordinateDescent';
  readonly defaultIterations = 200;
  readonly requests = ['value-gradient', 'hessian'] as const;
  readonly handles = ['l1', 'bounds'] as const;

  /** It has no options. @throws ERR_GRADUS_OPTION for any. */
  constructor(options: Readonly<Record<string, never>> = {}) {
    checkOptions(options, [], 'CoordinateDescent');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: {}, learningRate: undefined };
  }

  init(layout: Layout): CoordinateDescentState {
    const { size, l1 } = layout;
    return {
      ...emptyState(layout),
      ...boxOf(layout),
      l1: l1 ? l1.slice() : new Float64Array(size),
      hessian: new Float64Array(size * size),
      progress: noProgress(),
      shift: 0,
      firstNorm: Number.NaN,
      trial: {
        kind: 'value-gradient',
        at: new Float64Array(size),
        gradient: new Float64Array(size),
        value: Number.NaN,
      },
    };
  }

  /** ‖P(x − v) − x‖₂, v the subgradient of least norm and P the projection on the box. */
  gradientNorm({ parameters, gradient, l1, lower, upper }: CoordinateDescentState): number {
    return projectedSubgradientNorm(parameters, gradient, l1, lower, upper);
  }

  convergence(state: CoordinateDescentState, tolerance: number): string | undefined {
    return subgradientConvergence(this.gradientNorm(state), tolerance);
  }

  /** Moves the start into the box and adds the penalty to the value. */
  *start(state: CoordinateDescentState): Generator<Request, Halt | undefined, void> {
    const halt = yield* startInside(state);
    state.value += absolutePenalty(state.parameters, state.l1);
    state.firstNorm = this.gradientNorm(state);
    return halt;
  }

  *iterate(state: CoordinateDescentState): Generator<Request, Halt | undefined, void> {
    const norm = this.gradientNorm(state);
    if (norm === 0) return { status: 'converged', reason: 'the subgradient is 0' };
    noteProgress(state.progress, state, norm);
    const request: HessianRequest = { kind: 'hessian', at: state.parameters, hessian: state.hessian };
    yield request;
    const share = request.constant ? exactShare : Math.min(roughShare, norm / state.firstNorm);
    let length = 0;
    const attempts = request.constant ? 1 : mostShifts;
    for (let count = 0; count < attempts && length === 0; count += 1) {
      length = yield* tryStep(state, share * norm);
      if (length > 0)
        state.shift = length === 1 && state.shift > firstShift * meanCurvature(state) ? 0.1 * state.shift : 0;
      else state.shift = Math.max(10 * state.shift, firstShift * meanCurvature(state));
    }
    if (length > 0 && state.progress.idle <= mostIdle) {
      state.learningRate = length;
      return undefined;
    }
    return stalledAbove(state.value, norm);
  }
}

/** The mean size of the diagonal; 1 where that is 0. */
function meanCurvature({ hessian, parameters }: CoordinateDescentState): number {
  const n = parameters.length;
  let sum = 0;
  for (let j = 0; j < n; j += 1) sum += Math.abs(hessian[j * n + j] as number);
  return sum / n || 1;
}

/** One step of the model with the present shift; its length, 0 when no point of it is lower. */
function* tryStep(state: CoordinateDescentState, tolerance: number): Generator<Request, number, void> {
  const { hessian, l1, lower, upper, parameters, gradient, shift } = state;
  const request: KernelsRequest = { kind: 'kernels', kernels: undefined };
  yield request;
  const model: CoordinateModel = {
    hessian,
    diagonal: new Float64Array(l1.length).fill(shift),
    l1,
    lower,
    upper,
    point: parameters.slice(),
    slope: gradient.slice(),
    kernels: request.kernels as Kernels,
  };
  for (const _ of descendCoordinates(model, tolerance)) yield { kind: 'pause' };
  if (!isFiniteState(0, model.point)) return 0;
  return yield* search(state, model.point);
}

/** Moves the state to the first accepted point on the way to `target`; the share of the way, 0 when there is none. */
function* search(state: CoordinateDescentState, target: Float64Array): Generator<Request, number, void> {
  const { parameters, gradient, l1, lower, upper, trial, value, progress, shift } = state;
  const direction = target.map((to, j) => to - (parameters[j] as number));
  let slope = 0;
  for (let j = 0; j < direction.length; j += 1) {
    const rise = (l1[j] as number) * (Math.abs(target[j] as number) - Math.abs(parameters[j] as number));
    slope += rise + (gradient[j] as number) * (direction[j] as number);
  }
  if (!(slope < 0)) return 0;
  let t = 1;
  for (let count = 0; count < mostTrials; count += 1) {
    for (let j = 0; j < direction.length; j += 1) {
      const to = t === 1 ? (target[j] as number) : (parameters[j] as number) + t * (direction[j] as number);
      trial.at[j] = clamp(to, lower[j] as number, upper[j] as number);
    }
    yield trial;
    if (isFiniteState(trial.value, trial.gradient)) {
      const reached = trial.value + absolutePenalty(trial.at, l1);
      const change = reached - value;
      if (change <= sufficientDecrease * t * slope || (t === 1 && shift === 0 && isNoRise(progress, reached))) {
        parameters.set(trial.at);
        gradient.set(trial.gradient);
        state.value = reached;
        return t;
      }
      t *= Math.min(0.5, Math.max(0.1, (-0.5 * t * slope) / (change - t * slope)));
    } else {
      t *= 0.1;
    }
  }
  return 0;
}
