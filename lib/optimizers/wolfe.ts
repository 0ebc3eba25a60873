// Line search for the strong Wolfe conditions on φ(t) = f(x + t·p):
//   φ(t) ≤ φ(0) + c₁ t φ'(0)  and  |φ'(t)| ≤ c₂ |φ'(0)|
// by bracketing and safeguarded cubic interpolation (Moré and Thuente 1994; Nocedal
// and Wright, Numerical Optimization, algorithms 3.5 and 3.6). Departures: a trial
// that is not finite means "too far"; where rounding drowns f, slopes alone decide
// (the approximate Wolfe conditions of Hager and Zhang 2005); the last step that
// lowers f enough is taken when no step flattens it.

import { valueRounding } from './line-search.js';
import { innerProduct, isFiniteState, type Request, type SolverState, type ValueGradientRequest } from './solver.js';

const sufficientDecrease = 1e-4;
const mostTrials = 40;
// A step that is still too short grows by a factor between these.
const leastGrowth = 1.1;
const mostGrowth = 4;
// Trials keep this share of the bracket away from its ends; one that shrinks by less than this in two trials is halved.
const margin = 0.1;
const shrinkage = 0.66;
const epsilon = 2 ** -52;

/** Minimiser of the cubic through two points and slopes; NaN where it has none (Nocedal and Wright, 3.59). */
function cubicMinimum(a: number, fa: number, da: number, b: number, fb: number, db: number): number {
  const mean = da + db - (3 * (fa - fb)) / (a - b);
  const square = mean * mean - da * db;
  if (!(square >= 0)) return Number.NaN;
  const root = b >= a ? Math.sqrt(square) : -Math.sqrt(square);
  return b - ((b - a) * (db + root - mean)) / (db - da + 2 * root);
}

/**
 * Moves `state` along `direction`.
 * @param trial holds the points that are tried.
 * @param slope gradientᵀ·direction, negative.
 * @param first the first step tried. @param most no step is longer.
 * @param curvature c₂: 0.9 for quasi-Newton directions, 0.1 to 0.4 for conjugate gradients.
 * @returns the step, or 0 when none lowers the value: the state is then unchanged.
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
  const n = direction.length;
  const rounding = valueRounding(value);
  // The bracket: from `low` f still falls, and it has fallen enough; at `high` it has risen too far, or rises.
  let low = 0;
  let lowValue = value;
  let lowSlope = slope;
  let high = Number.POSITIVE_INFINITY;
  let highValue = Number.NaN;
  let highSlope = Number.NaN;
  let widthBefore = Number.POSITIVE_INFINITY;
  let t = Math.min(first, most);
  for (let count = 0; count < mostTrials; count += 1) {
    for (let i = 0; i < n; i += 1) trial.at[i] = (parameters[i] as number) + t * (direction[i] as number);
    yield trial;
    const finite = isFiniteState(trial.value, trial.gradient);
    const at = finite ? innerProduct(trial.gradient, direction) : Number.NaN;
    const change = trial.value - value;
    const drowned = finite && Math.abs(change) <= rounding;
    const lower = finite && (drowned || change <= sufficientDecrease * t * slope);
    const flat = drowned
      ? at >= curvature * slope && at <= (2 * sufficientDecrease - 1) * slope
      : Math.abs(at) <= -curvature * slope;
    if (lower && (flat || (t === most && at < 0))) return accept(state, trial, t);
    if (lower && at < 0 && (drowned || trial.value <= lowValue)) {
      const growth = at > lowSlope ? (t - low) * (at / (lowSlope - at)) : Number.POSITIVE_INFINITY;
      low = t;
      lowValue = trial.value;
      lowSlope = at;
      if (high === Number.POSITIVE_INFINITY) {
        t = Math.min(most, Math.max(leastGrowth * t, Math.min(mostGrowth * t, t + growth)));
        continue;
      }
    } else {
      high = t;
      highValue = trial.value;
      highSlope = at;
    }
    const width = high - low;
    if (width <= epsilon * high) break;
    t =
      finite || Number.isFinite(highValue)
        ? cubicMinimum(low, lowValue, lowSlope, high, highValue, highSlope)
        : Number.NaN;
    if (Number.isNaN(t)) t = low + (Number.isFinite(highValue) ? 0.5 : margin) * width;
    else if (width > shrinkage * widthBefore) t = low + 0.5 * width;
    else t = Math.min(high - margin * width, Math.max(low + margin * width, t));
    widthBefore = width;
  }
  if (low === 0) return 0;
  for (let i = 0; i < n; i += 1) trial.at[i] = (parameters[i] as number) + low * (direction[i] as number);
  yield trial;
  return accept(state, trial, low);
}

function accept(state: SolverState, trial: ValueGradientRequest, t: number): number {
  state.parameters.set(trial.at);
  state.gradient.set(trial.gradient);
  state.value = trial.value;
  return t;
}
