// `checkGradient`: compares a user's derivatives with central differences of its
// value, and says where they disagree. Wrong derivatives are the commonest reason
// for a solver that does not get on.

import { expectedBut } from '../errors.js';
import { checkNumber, checkOptions } from '../options.js';
import { checkStart } from './minimize.js';
import { type DirectObjective, functionObjective, type Problem, refusePromise } from './function-objective.js';

export interface CheckGradientOptions {
  /** The largest error relative to max(1, |derivative|) that passes; default 1e-5. */
  readonly tolerance?: number;
}

/** One derivative that is off. */
export interface WrongDerivative {
  readonly index: number;
  readonly given: number;
  /** By central differences. */
  readonly estimated: number;
  readonly error: number;
}

export interface GradientCheck {
  readonly ok: boolean;
  /** In words: what agrees, or the worst derivative, and whether all have the wrong sign. */
  readonly reason: string;
  /** The largest relative error, and where. */
  readonly error: number;
  readonly index: number;
  readonly gradient: Float64Array;
  readonly estimated: Float64Array;
  /** All that are off, the worst first. */
  readonly wrong: readonly WrongDerivative[];
}

// ε^(1/3), where rounding and truncation of a central difference balance, and a larger and a smaller step beside it: the
// step whose estimate is nearest counts, so that neither a stiff nor a flat function is blamed.
const steps = [6e-6, 1e-4, 1e-7];
const defaultTolerance = 1e-5;

/**
 * Compares `gradient` with central differences at a point.
 * @param problem as for `minimizeSync`: synchronous functions with a gradient.
 * @throws ERR_GRADUS_OPTION when there is no gradient to check, ERR_GRADUS_VALUE when the value at the point is not finite.
 */
export function checkGradient(
  problem: Problem,
  at: ArrayLike<number>,
  options: CheckGradientOptions = {},
): GradientCheck {
  checkOptions(options, ['tolerance'], 'checkGradient');
  const tolerance = checkNumber(options.tolerance ?? defaultTolerance, '`tolerance`', { above: 0 });
  const objective = functionObjective(problem);
  if (!objective.offers.has('value-gradient')) {
    throw expectedBut('ERR_GRADUS_OPTION', '`problem`', 'one with `evaluate` or `gradient`', 'neither');
  }
  const { parameters } = checkStart(at);
  const gradient = new Float64Array(parameters.length);
  const request = { kind: 'value-gradient' as const, at: parameters, gradient, value: Number.NaN };
  answerNow(objective, request);
  if (!Number.isFinite(request.value)) {
    throw expectedBut('ERR_GRADUS_VALUE', 'the value at the point', 'finite', String(request.value));
  }
  const estimated = Float64Array.from(parameters, (_, i) => estimate(objective, parameters, i, gradient[i] as number));
  return compare(gradient, estimated, tolerance);
}

/** Of the estimates by several steps the one nearest to the derivative given. */
function estimate(objective: DirectObjective, parameters: Float64Array, index: number, given: number): number {
  let best = Number.NaN;
  for (const relative of steps) {
    const center = parameters[index] as number;
    const step = relative * Math.max(Math.abs(center), 1);
    const high = valueAt(objective, parameters, index, center + step);
    const low = valueAt(objective, parameters, index, center - step);
    const slope = (high - low) / (center + step - (center - step));
    if (Number.isNaN(best) || Math.abs(slope - given) < Math.abs(best - given)) best = slope;
  }
  return best;
}

function valueAt(objective: DirectObjective, parameters: Float64Array, index: number, value: number): number {
  const request = { kind: 'value' as const, at: parameters.slice(), value: Number.NaN };
  request.at[index] = value;
  answerNow(objective, request);
  return request.value;
}

function answerNow(objective: DirectObjective, request: Parameters<DirectObjective['answer']>[0]): void {
  const waited = objective.answer(request);
  if (waited !== undefined) refusePromise(waited);
}

function compare(gradient: Float64Array, estimated: Float64Array, tolerance: number): GradientCheck {
  const wrong: WrongDerivative[] = [];
  let error = 0;
  let index = -1;
  for (let i = 0; i < gradient.length; i += 1) {
    const given = gradient[i] as number;
    const other = estimated[i] as number;
    const off = Math.abs(given - other) / Math.max(1, Math.abs(given), Math.abs(other));
    if (!(off <= error)) {
      error = off;
      index = i;
    }
    if (!(off <= tolerance)) wrong.push({ index: i, given, estimated: other, error: off });
  }
  wrong.sort((a, b) => b.error - a.error);
  return {
    ok: wrong.length === 0,
    reason: reasonOf(wrong, estimated, error),
    error,
    index,
    gradient,
    estimated,
    wrong,
  };
}

function reasonOf(wrong: readonly WrongDerivative[], estimated: Float64Array, error: number): string {
  const [worst] = wrong;
  if (worst === undefined) return `all ${estimated.length} derivatives agree within ${error.toPrecision(2)}`;
  const turned = wrong.every(({ given, estimated: other }) => Math.abs(given + other) <= 1e-4 * Math.abs(other));
  const all = turned && wrong.length === estimated.filter((value) => value !== 0).length;
  const what = `element ${worst.index} is ${worst.given}, where differences of the value give ${worst.estimated}`;
  return all ? `the gradient has the wrong sign: ${what}` : `${wrong.length} of ${estimated.length} are off: ${what}`;
}
