// Line search for the strong Wolfe conditions on φ(t) = f(x + t·p):
//   φ(t) ≤ φ(0) + c₁ t φ'(0)  and  |φ'(t)| ≤ c₂ |φ'(0)|
// by bracketing and safeguarded cubic interpolation (Moré and Thuente 1994; Nocedal
// and Wright, Numerical Optimization, algorithms 3.5 and 3.6). Departures: a trial
// that is not finite means "too far"; where rounding drowns f, slopes alone decide
// (the approximate Wolfe conditions of Hager and Zhang 2005); a search that runs out
// of trials leaves the best point it saw.

import { valueRounding } from './line-search.js';
import { innerProduct, isFiniteState, type Request, type SolverState, type ValueGradientRequest } from './solver.js';

const sufficientDecrease = 1e-4;
const mostTrials = 40;
// A step that is still too short grows by a factor between these. Moré and Thuente's own most is 4; on the 35 problems of
// Moré, Garbow and Hillstrom 10 saves BFGS and L-BFGS some percent of their evaluations.
const leastGrowth = 1.1;
const mostGrowth = 10;
// Trials keep this share of the bracket away from its ends; one that shrinks by less than `shrinkage` is halved next.
const margin = 0.1;
const shrinkage = 0.66;
const epsilon = 2 ** -52;

/** Minimiser of the cubic through two points and slopes, b > a; NaN where it has none (Nocedal and Wright, 3.59). */
export function cubicMinimum(a: number, fa: number, da: number, b: number, fb: number, db: number): number {
  const mean = da + db - (3 * (fb - fa)) / (b - a);
  // Of slopes of any size: their squares would overflow or vanish (Moré and Thuente's θ/s).
  const unit = Math.max(Math.abs(mean), Math.abs(da), Math.abs(db));
  const square = (mean / unit) ** 2 - (da / unit) * (db / unit);
  if (!(square >= 0)) return Number.NaN;
  const root = unit * Math.sqrt(square);
  return b - ((b - a) * (db + root - mean)) / (db - da + 2 * root);
}

/** trial.at = parameters + t·direction. */
export function moveTrial(trial: ValueGradientRequest, parameters: Float64Array, direction: Float64Array, t: number) {
  const { at } = trial;
  for (let i = 0; i < at.length; i += 1) at[i] = (parameters[i] as number) + t * (direction[i] as number);
}

/** Makes the trial the point of the state. */
export function takeTrial(state: SolverState, trial: ValueGradientRequest): void {
  const { parameters, gradient } = state;
  const { at, gradient: next } = trial;
  // Below some dozens of elements a loop is quicker than a call of `set`.
  for (let i = 0; i < at.length; i += 1) {
    parameters[i] = at[i] as number;
    gradient[i] = next[i] as number;
  }
  state.value = trial.value;
}

/**
 * Moves `state` along `direction`.
 * @param trial holds the points that are tried.
 * @param slope gradientᵀ·direction, negative.
 * @param first the first step tried.
 * @param most no step is longer.
 * @param curvature c₂: 0.9 for quasi-Newton directions, 0.1 to 0.4 for conjugate gradients.
 * @returns the step, or 0 when none lowers the value enough: the state is then the lowest point seen, the start or below it.
 */
export function* strongWolfe(
  state: SolverState,
  trial: ValueGradientRequest,
  direction: Float64Array,
  slope: number,
  first: number,
  most = Number.POSITIVE_INFINITY,
  curvature = 0.9,
): Generator<Request, number, void> {
  const { parameters, value } = state;
  const rounding = valueRounding(value);
  // The bracket: f still falls at `low`, and has fallen enough; at `high` it is too high, or rises.
  let low = 0;
  let lowValue = value;
  let lowSlope = slope;
  let high = Number.POSITIVE_INFINITY;
  let highValue = Number.NaN;
  let highSlope = Number.NaN;
  let widthBefore = Number.POSITIVE_INFINITY;
  let best = 0;
  let bestValue = value;
  let t = Math.min(first, most);
  for (let count = 0; count < mostTrials; count += 1) {
    moveTrial(trial, parameters, direction, t);
    yield trial;
    if (isFiniteState(trial.value, trial.gradient)) {
      const at = innerProduct(trial.gradient, direction);
      const change = trial.value - value;
      const drowned = Math.abs(change) <= rounding;
      const lower = drowned || change <= sufficientDecrease * t * slope;
      const flat = drowned
        ? at >= curvature * slope && at <= (2 * sufficientDecrease - 1) * slope
        : Math.abs(at) <= -curvature * slope;
      if (lower && (flat || (t === most && at < 0))) {
        takeTrial(state, trial);
        return t;
      }
      if (trial.value < bestValue) {
        best = t;
        bestValue = trial.value;
      }
      if (lower && at < 0 && (drowned || trial.value <= lowValue)) {
        // To where the slope vanishes if it goes on changing as it has.
        const further = at > lowSlope ? ((t - low) * at) / (lowSlope - at) : Number.POSITIVE_INFINITY;
        low = t;
        lowValue = trial.value;
        lowSlope = at;
        if (high === Number.POSITIVE_INFINITY) {
          t = Math.min(most, Math.max(leastGrowth * t, Math.min(mostGrowth * t, t + further)));
          continue;
        }
      } else {
        high = t;
        highValue = trial.value;
        highSlope = at;
      }
    } else {
      high = t;
      highValue = Number.NaN;
      highSlope = Number.NaN;
    }
    const width = high - low;
    if (!(width > epsilon * high)) break;
    if (Number.isNaN(highValue)) t = low + margin * width;
    else if (width > shrinkage * widthBefore) t = low + 0.5 * width;
    else {
      t = cubicMinimum(low, lowValue, lowSlope, high, highValue, highSlope);
      if (Number.isNaN(t)) t = low + 0.5 * width;
      else t = Math.min(high - margin * width, Math.max(low + margin * width, t));
    }
    widthBefore = width;
  }
  return yield* settle(state, trial, direction, slope, best);
}

/** Moves to the lowest point that a search saw before it gave up; the step where that is low enough, otherwise 0. */
export function* settle(
  state: SolverState,
  trial: ValueGradientRequest,
  direction: Float64Array,
  slope: number,
  best: number,
): Generator<Request, number, void> {
  if (best === 0) return 0;
  moveTrial(trial, state.parameters, direction, best);
  yield trial;
  const change = trial.value - state.value;
  // A function with a memory of its own may say something else this time.
  if (!(change < 0 && isFiniteState(trial.value, trial.gradient))) return 0;
  takeTrial(state, trial);
  return change <= sufficientDecrease * best * slope ? best : 0;
}
