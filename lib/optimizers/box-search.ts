// The line search of L-BFGS-B: strong Wolfe conditions with c₁ = 1e-3 and c₂ = 0.9
// by the safeguarded cubic and quadratic steps of Moré & Thuente (1994, sections 2–4),
// limited to the largest step that stays in the box. Departures: every trial is
// projected on the box, since x + t d may leave it by a rounding; a trial that is not
// finite means "too far"; and where rounding drowns f a step counts when slope and
// projected gradient fell (in the spirit of the approximate Wolfe conditions, Hager &
// Zhang 2005).

import { type BoxState, clamp, projectedGradientNorm } from './box.js';
import { valueRounding } from './line-search.js';
import { innerProduct, isFiniteState, type Request, type ValueGradientRequest } from './solver.js';

export interface BoxSearchState extends BoxState {
  /** Where the step of length 1 ends, exactly. */
  readonly target: Float64Array;
  /** target − parameters. */
  readonly direction: Float64Array;
  readonly trial: ValueGradientRequest;
}

const decrease = 1e-3;
const curvature = 0.9;
const mostTrials = 40;
/** An interval this small, relative to its end, is rounding. */
const smallestInterval = 1e-10;
const largestStep = 1e10;

/** An end of the interval, or a trial: step, value and slope there. */
interface Place {
  t: number;
  value: number;
  slope: number;
}

/** The largest t with x + t d in the box. */
export function largestFeasibleStep({ parameters, direction, lower, upper }: BoxSearchState): number {
  let most = largestStep;
  for (let i = 0; i < direction.length; i += 1) {
    const d = direction[i] as number;
    const room =
      d > 0 ? (upper[i] as number) - (parameters[i] as number) : (lower[i] as number) - (parameters[i] as number);
    if (d !== 0) most = Math.min(most, room / d);
  }
  return most;
}

/**
 * Fills `trial` with an accepted point of the segment.
 * @param slope gᵀd, negative.
 * @param norm that of the projected gradient at the start.
 * @returns its step length, or 0 when none was found.
 */
export function* searchInBox(state: BoxSearchState, slope: number, norm: number): Generator<Request, number, void> {
  const { trial, direction, value } = state;
  let most = Math.max(1, largestFeasibleStep(state));
  const rounding = valueRounding(value);
  const best: Place = { t: 0, value, slope };
  const other: Place = { t: 0, value, slope };
  const now: Place = { t: 1, value, slope };
  let isBracketed = false;
  let isDecreasing = true;
  let width = most;
  let widthBefore = 2 * most;
  for (let count = 0; count < mostTrials; count += 1) {
    placeTrial(state, now.t);
    yield trial;
    if (!isFiniteState(trial.value, trial.gradient)) {
      most = best.t + 0.5 * (now.t - best.t);
      now.t = best.t + 0.1 * (now.t - best.t);
      continue;
    }
    now.value = trial.value;
    now.slope = innerProduct(trial.gradient, direction);
    const line = value + decrease * now.t * slope;
    const isLower = now.value <= line && now.value < value;
    const isFlat = Math.abs(now.value - value) <= rounding;
    const isCurved = Math.abs(now.slope) <= -curvature * slope;
    if (isCurved && (isLower || (isFlat && trialNorm(state) < norm))) return now.t;
    if (isLower && now.t >= most && now.slope <= decrease * slope) return now.t;
    const isSmall = isBracketed && Math.abs(other.t - best.t) <= smallestInterval * Math.max(best.t, other.t);
    if (isSmall) break;
    if (isDecreasing && now.value <= line && now.slope >= 0) isDecreasing = false;
    // While no trial lies below the line, the function minus the line is minimised (section 4).
    const tilt = isDecreasing && now.value <= best.value && now.value > line ? decrease * slope : 0;
    tiltPlaces(best, other, now, -tilt);
    const low = isBracketed || best.t === 0 ? 0 : now.t + 1.1 * (now.t - best.t);
    const high = isBracketed ? 0 : Math.min(most, now.t + 4 * (now.t - best.t));
    const evaluated = now.t;
    isBracketed = nextTrial(best, other, now, isBracketed, Math.min(low, high), high);
    tiltPlaces(best, other, undefined, tilt);
    if (isBracketed) {
      if (Math.abs(other.t - best.t) >= 0.66 * widthBefore) now.t = best.t + 0.5 * (other.t - best.t);
      widthBefore = width;
      width = Math.abs(other.t - best.t);
    }
    now.t = clamp(now.t, 0, most);
    if (now.t === evaluated) break;
  }
  return yield* lowest(state, best);
}

/** The best trial, where it is lower than the start; evaluated again unless it was the last. */
function* lowest(state: BoxSearchState, best: Place): Generator<Request, number, void> {
  const { trial, value } = state;
  if (!(best.t > 0 && best.value < value - valueRounding(value))) return 0;
  if (trial.value !== best.value) {
    placeTrial(state, best.t);
    yield trial;
  }
  return isFiniteState(trial.value, trial.gradient) && trial.value < value ? best.t : 0;
}

function trialNorm({ trial, lower, upper }: BoxSearchState): number {
  return projectedGradientNorm(trial.at, trial.gradient, lower, upper);
}

/** trial.at ← P(x + t d). */
function placeTrial({ parameters, direction, target, trial, lower, upper }: BoxSearchState, t: number): void {
  if (t === 1) {
    trial.at.set(target);
    return;
  }
  for (let i = 0; i < parameters.length; i += 1) {
    const to = (parameters[i] as number) + t * (direction[i] as number);
    trial.at[i] = clamp(to, lower[i] as number, upper[i] as number);
  }
}

function tiltPlaces(best: Place, other: Place, now: Place | undefined, tilt: number): void {
  if (tilt === 0) return;
  tiltPlace(best, tilt);
  tiltPlace(other, tilt);
  if (now !== undefined) tiltPlace(now, tilt);
}

function tiltPlace(place: Place, tilt: number): void {
  place.value += tilt * place.t;
  place.slope += tilt;
}

/** Updates the interval with the trial and puts the next one into `now.t` (section 4, cases 1 to 4); returns whether it is bracketed. */
function nextTrial(best: Place, other: Place, now: Place, bracketed: boolean, low: number, high: number): boolean {
  const { t, value, slope } = now;
  const across = slope * Math.sign(best.slope) < 0;
  let isBracketed = bracketed;
  let next: number;
  if (value > best.value) {
    const cubic = cubicMinimum(best, now);
    const quadratic = best.t + ((best.slope / ((best.value - value) / (t - best.t) + best.slope)) * (t - best.t)) / 2;
    next = Math.abs(cubic - best.t) < Math.abs(quadratic - best.t) ? cubic : cubic + (quadratic - cubic) / 2;
    isBracketed = true;
  } else if (across) {
    const cubic = cubicMinimum(best, now);
    const secant = secantMinimum(best, now);
    next = Math.abs(cubic - t) > Math.abs(secant - t) ? cubic : secant;
    isBracketed = true;
  } else if (Math.abs(slope) < Math.abs(best.slope)) {
    const cubic = cubicBeyond(best, now, low, high);
    const secant = secantMinimum(best, now);
    if (bracketed) {
      next = Math.abs(cubic - t) < Math.abs(secant - t) ? cubic : secant;
      const limit = t + 0.66 * (other.t - t);
      next = t > best.t ? Math.min(limit, next) : Math.max(limit, next);
    } else {
      next = clamp(Math.abs(cubic - t) > Math.abs(secant - t) ? cubic : secant, low, high);
    }
  } else if (bracketed) {
    next = cubicMinimum(other, now);
  } else {
    next = t > best.t ? high : low;
  }
  if (value > best.value) {
    copyPlace(other, now);
  } else {
    if (across) copyPlace(other, best);
    copyPlace(best, now);
  }
  now.t = Number.isFinite(next) ? next : best.t + (other.t - best.t) / 2;
  return isBracketed;
}

function copyPlace(to: Place, from: Place): void {
  to.t = from.t;
  to.value = from.value;
  to.slope = from.slope;
}

/** The minimum of the cubic through two values and slopes. */
function cubicMinimum(a: Place, b: Place): number {
  const theta = (3 * (a.value - b.value)) / (b.t - a.t) + a.slope + b.slope;
  const size = Math.max(Math.abs(theta), Math.abs(a.slope), Math.abs(b.slope));
  const square = (theta / size) ** 2 - (a.slope / size) * (b.slope / size);
  const root = size * Math.sqrt(Math.max(0, square)) * (b.t < a.t ? -1 : 1);
  const fraction = (root - a.slope + theta) / (2 * root - a.slope + b.slope);
  return a.t + fraction * (b.t - a.t);
}

/** The same where both slopes have one sign: an end of the interval when the minimum is not beyond b. */
function cubicBeyond(a: Place, b: Place, low: number, high: number): number {
  const theta = (3 * (a.value - b.value)) / (b.t - a.t) + a.slope + b.slope;
  const size = Math.max(Math.abs(theta), Math.abs(a.slope), Math.abs(b.slope));
  const square = (theta / size) ** 2 - (a.slope / size) * (b.slope / size);
  const root = size * Math.sqrt(Math.max(0, square)) * (b.t > a.t ? -1 : 1);
  const fraction = (root - b.slope + theta) / (root + a.slope - b.slope + root);
  if (fraction < 0 && root !== 0) return b.t + fraction * (a.t - b.t);
  return b.t > a.t ? high : low;
}

function secantMinimum(a: Place, b: Place): number {
  return b.t + (b.slope / (b.slope - a.slope)) * (a.t - b.t);
}
