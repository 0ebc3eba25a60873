// Newton's direction from a Hessian of some of the rows (Byrd, Chin, Neveitt and Nocedal 2011), for objectives that have
// many: the gradient stays exact, so the minimum does too, and a step with m of n
// rows and p parameters leaves about √(p/m) of the error, at m/n of the cost. The Hessian is kept while it serves, corrected by the BFGS pairs of the steps since
// (Nocedal and Wright, Numerical Optimization, algorithm 7.4, with that Hessian in the place of the scaled identity). Where
// steps do not gain enough the sample grows, up to all rows: then this is Newton's method.

import { closePair, inverseCurvature, openPair, pairProduct } from './curvature-pair.js';
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
  const curvatures = Array.from({ length: pairs }, (_, k) => pairProduct(steps, changes, k * n, n));
  for (let k = pairs - 1; k >= 0; k -= 1) {
    weights[k] = pairProduct(steps.subarray(k * n), residual, 0, n) / (curvatures[k] as number);
    add(residual, -(weights[k] as number), changes, k * n);
  }
  const request = newtonDirectionRequest(sample.anchor, residual, sample.share, 0);
  yield request;
  if (request.method === 'failed' || !request.sampled) return request;
  const { direction } = request;
  for (let k = 0; k < pairs; k += 1) {
    const along = pairProduct(changes.subarray(k * n), direction, 0, n) / (curvatures[k] as number);
    add(direction, -(weights[k] as number) - along, steps, k * n);
  }
  request.decrement = -innerProduct(gradient, direction);
  return request;
}

/** Before a step: begins its pair. The norm of the gradient there. */
export function beginStep({ sample, parameters, gradient }: SampledState): number {
  const n = parameters.length;
  if (sample.pairs === 0) {
    sample.steps = new Float64Array((mostPairs + 1) * n);
    sample.changes = new Float64Array((mostPairs + 1) * n);
  }
  openPair(sample.steps, sample.pairs * n, parameters);
  openPair(sample.changes, sample.pairs * n, gradient);
  return euclideanNorm(gradient);
}

/** The gradient norm at which a run with sampled Hessians ends. */
export function strictTolerance(tolerance: number): number {
  return tolerance * Math.min(1, Math.max(leastShareOfTolerance, tolerance / looseTolerance));
}

/** After a step from a gradient of norm `before`: ends its pair, and decides what the next direction works with. */
export function judgeStep({ sample, parameters, gradient }: SampledState, before: number): void {
  const fresh = sample.pairs === 0;
  const fall = euclideanNorm(gradient) / before;
  if (fresh && fall > tooLittle) sample.share = Math.min(1, growth * sample.share);
  const { steps, changes, pairs } = sample;
  const n = parameters.length;
  closePair(steps, pairs * n, parameters);
  closePair(changes, pairs * n, gradient);
  const useful = inverseCurvature(pairProduct(steps, changes, pairs * n, n), steps, changes, pairs * n, n) > 0;
  sample.pairs = fall > enough || !useful || pairs === mostPairs ? -1 : pairs + 1;
}

function add(x: Float64Array, weight: number, y: Float64Array, from: number): void {
  for (let i = 0; i < x.length; i += 1) x[i] = (x[i] as number) + weight * (y[from + i] as number);
}
