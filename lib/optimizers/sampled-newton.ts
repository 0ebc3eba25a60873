// Newton's direction from a Hessian of some of the rows (Byrd, Chin, Neveitt and Nocedal 2011), for objectives that have
// many: the gradient stays exact, so the minimum does too, and a step with m of n
// rows and p parameters leaves about √(p/m) of the error, at m/n of the cost. The Hessian is kept while it serves, corrected by the BFGS pairs of the steps since
// (Nocedal and Wright, Numerical Optimization, algorithm 7.4, with that Hessian in the place of the scaled identity). Where
// steps do not gain enough the sample grows, up to all rows: then this is Newton's method.

import { inverseCurvature, pairProduct } from './curvature-pair.js';
import {
  euclideanNorm,
  innerProduct,
  type NewtonDirectionRequest,
  newtonDirectionRequest,
  type Request,
  type SolverState,
} from './solver.js';

/** What outlives an iteration. */
export interface Sample {
  /** Share of the rows for the next Hessian; 1 for all. */
  share: number;
  /** Where the Hessian in use was taken. */
  anchor: Float64Array;
  /** Pairs since then, -1 where a new Hessian is wanted: steps and changes of the gradient, one after another. */
  pairs: number;
  steps: Float64Array;
  changes: Float64Array;
}

export interface SampledState extends SolverState {
  readonly sample: Sample;
}

// Of the rows, at first; and how much larger the next sample is where one was too small.
const firstShare = 1 / 8;
const growth = 4;
// The gradient falls to this share or less, or the Hessian is taken anew where the run stands.
const enough = 0.25;
// With a new Hessian the sample is too small when the gradient does not even fall to this share.
const tooLittle = 0.5;
const mostPairs = 8;
// Such steps gain digits one by one, where Newton's double them and the last one goes far below the tolerance: with a
// tolerance that asks for good parameters the run goes on to this share of it, so that they are as good.
const leastShareOfTolerance = 1e-3;
const looseTolerance = 1e-5;

export function emptySample(): Sample {
  return { share: firstShare, anchor: none, pairs: -1, steps: none, changes: none };
}

// Small fits, which take no sample, have no time for arrays.
const none = new Float64Array();

/** Of all rows, at the parameters, where the objective takes no sample. */
export function* sampledDirection(state: SampledState): Generator<Request, NewtonDirectionRequest, void> {
  const { sample, parameters, gradient } = state;
  const n = parameters.length;
  if (sample.pairs < 0) {
    sample.anchor = parameters.slice();
    sample.pairs = 0;
  }
  const { steps, changes, pairs } = sample;
  const weights: number[] = [];
  const residual = pairs === 0 ? gradient : gradient.slice();
  for (let k = pairs - 1; k >= 0; k -= 1) {
    weights[k] = pairProduct(steps.subarray(k * n), residual, 0, n) / pairProduct(steps, changes, k * n, n);
    add(residual, -(weights[k] as number), changes, k * n);
  }
  const request = newtonDirectionRequest(sample.anchor, residual, sample.share, 0);
  yield request;
  if (request.method === 'failed' || !request.sampled) return request;
  const { direction } = request;
  for (let k = 0; k < pairs; k += 1) {
    const along = pairProduct(changes.subarray(k * n), direction, 0, n) / pairProduct(steps, changes, k * n, n);
    add(direction, -(weights[k] as number) - along, steps, k * n);
  }
  request.decrement = -innerProduct(gradient, direction);
  return request;
}

/** Where a step starts. */
export interface StepStart {
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
}

export function pointOf({ parameters, gradient }: SampledState): StepStart {
  return { parameters: parameters.slice(), gradient: gradient.slice() };
}

/** The gradient norm at which a run with sampled Hessians ends. */
export function strictTolerance(tolerance: number): number {
  return tolerance * Math.min(1, Math.max(leastShareOfTolerance, tolerance / looseTolerance));
}

/** After a step: remembers its pair, and decides what the next direction works with. */
export function judgeStep(state: SampledState, start: StepStart): void {
  const { sample, gradient } = state;
  const fresh = sample.pairs === 0;
  const fall = euclideanNorm(gradient) / euclideanNorm(start.gradient);
  if (fresh && fall > tooLittle) sample.share = Math.min(1, growth * sample.share);
  const step = state.parameters.map((value, i) => value - (start.parameters[i] as number));
  const change = gradient.map((value, i) => value - (start.gradient[i] as number));
  const n = step.length;
  const product = innerProduct(step, change);
  const useful = inverseCurvature(product, step, change, 0, n) > 0;
  if (fall > enough || !useful || sample.pairs === mostPairs) {
    sample.pairs = -1;
    return;
  }
  if (sample.pairs === 0) {
    sample.steps = new Float64Array(mostPairs * n);
    sample.changes = new Float64Array(mostPairs * n);
  }
  sample.steps.set(step, sample.pairs * n);
  sample.changes.set(change, sample.pairs * n);
  sample.pairs += 1;
}

function add(x: Float64Array, weight: number, y: Float64Array, from: number): void {
  for (let i = 0; i < x.length; i += 1) x[i] = (x[i] as number) + weight * (y[from + i] as number);
}
