// The line search of CG_DESCENT (Hager and Zhang 2005, section 4; 2006): it stops at
// the Wolfe conditions, or at the approximate ones,
//   (2δ − 1) φ'(0) ≥ φ'(t) ≥ σ φ'(0)  and  φ(t) ≤ φ(0) + ε |φ(0)|,
// which slopes decide, so that it works to the last digit where values cannot. The
// bracket shrinks by secant² steps and halving; B1 to B3, U1 to U3, S1 to S4 and L0
// to L2 are the paper's. Departures, each for fewer evaluations on the 35 problems of
// Moré, Garbow and Hillstrom: σ = 0.4 of both signs instead of 0.9 (a step that far
// past the minimum spoils the next direction); the bracket grows to where the secant
// leads, five times at most; the first step inside it goes to the minimum of the
// cubic. And a trial that is not finite counts as one that rose too far.

import { innerProduct, type Request, type SolverState, type ValueGradientRequest } from './solver.js';
import { cubicMinimum, moveTrial, settle, takeTrial } from './wolfe.js';

const delta = 0.1;
const sigma = 0.4;
const relativeEpsilon = 1e-6;
// An iteration that leaves more than γ of the bracket is followed by a halving (L1); B3 grows by ρ at most.
const gamma = 0.66;
const rho = 5;
const leastGrowth = 1.1;
const retreat = 0.1;
const mostTrials = 60;

// What was tried last inside the bracket.
const cubicStep = 0;
const secantStep = 1;
const halving = 2;

/** Where the straight line through two slopes vanishes. */
function secant(a: number, slopeA: number, b: number, slopeB: number): number {
  return (a * slopeB - b * slopeA) / (slopeB - slopeA);
}

/**
 * Moves `state` along `direction`.
 * @param trial holds the points that are tried.
 * @param slope gradientᵀ·direction, negative.
 * @param first the first step tried.
 * @returns the step, or 0 when none was accepted: the state is then the lowest point seen, the start or below it.
 */
export function* hagerZhang(
  state: SolverState,
  trial: ValueGradientRequest,
  direction: Float64Array,
  slope: number,
  first: number,
): Generator<Request, number, void> {
  const { parameters, value } = state;
  const limit = value + relativeEpsilon * Math.abs(value);
  // φ falls at `low` and is not above the limit; it rises at `high`, or is above the limit while `above`.
  let low = 0;
  let lowValue = value;
  let lowSlope = slope;
  let high = Number.POSITIVE_INFINITY;
  let highValue = Number.NaN;
  let highSlope = Number.NaN;
  let above = false;
  let stage = halving;
  let widthBefore = Number.POSITIVE_INFINITY;
  let best = 0;
  let bestValue = value;
  let t = first;
  for (let count = 0; count < mostTrials; count += 1) {
    moveTrial(trial, parameters, direction, t);
    yield trial;
    // A gradient that is not finite makes the slope so too.
    const at = innerProduct(trial.gradient, direction);
    const finite = Number.isFinite(at) && Number.isFinite(trial.value);
    const lowEnough = finite && trial.value <= limit;
    if (finite && Math.abs(at) <= -sigma * slope) {
      if (trial.value - value <= delta * t * slope || (lowEnough && at <= (2 * delta - 1) * slope)) {
        takeTrial(state, trial);
        return t;
      }
    }
    if (finite && trial.value < bestValue) {
      best = t;
      bestValue = trial.value;
    }
    // U1 to U3, and what the secant through the old and the new end gives (S2, S3).
    let next = Number.NaN;
    if (finite && at >= 0) {
      next = secant(high, highSlope, t, at);
      high = t;
      highValue = trial.value;
      highSlope = at;
      above = false;
    } else if (lowEnough) {
      next = secant(low, lowSlope, t, at);
      low = t;
      lowValue = trial.value;
      lowSlope = at;
    } else {
      high = t;
      above = true;
      stage = secantStep;
    }
    if (high === Number.POSITIVE_INFINITY) {
      t = Math.min(rho * t, next > leastGrowth * t ? next : at > slope ? leastGrowth * t : rho * t);
      continue;
    }
    const width = high - low;
    if (!(width > Number.EPSILON * high)) break;
    if (above) {
      t = low + (finite ? 0.5 : retreat) * width;
      continue;
    }
    if (stage === cubicStep) {
      stage = secantStep;
      if (next > low && next < high) {
        t = next;
        continue;
      }
    }
    if (stage === secantStep) {
      stage = halving;
      if (width > gamma * widthBefore) {
        t = low + 0.5 * width;
        continue;
      }
    }
    stage = cubicStep;
    widthBefore = width;
    t = cubicMinimum(low, lowValue, lowSlope, high, highValue, highSlope);
    if (!(t > low && t < high)) t = secant(low, lowSlope, high, highSlope);
    if (!(t > low && t < high)) t = low + 0.5 * width;
  }
  return yield* settle(state, trial, direction, slope, best);
}
