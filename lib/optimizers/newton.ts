// Newton's method with a line search: θ ← θ + t·p, H p = −g. When H is not
// positive definite a multiple of its diagonal scaling is added until it is
// (Levenberg 1944), which is said in the warnings; or the objective answers with a
// modified factorisation, whose direction goes downhill on any Hessian (Nocedal and
// Wright, algorithm 3.2). One step minimises a quadratic. Where the last Hessian had
// negative curvature a small gradient is that of a saddle, not of a minimum.
// Where the objective knows the minimum itself (least squares by QR), the step goes
// there: its value and gradient are rounding, and a line search could only spoil it. Objectives of many rows give the
// Hessian of a sample of them as long as that serves (sampled-newton.ts).

import { markCopy } from '../copies.js';
import { checkOptions } from '../options.js';
import { backtrack, valueRounding } from './line-search.js';
import {
  emptySample,
  judgeStep,
  beginStep,
  type SampledState,
  sampledDirection,
  strictTolerance,
} from './sampled-newton.js';
import {
  emptyState,
  euclideanNorm,
  figure,
  gradientConvergence,
  type Halt,
  isFiniteState,
  type Layout,
  type NewtonDirectionRequest,
  newtonDirectionRequest,
  type OptimizerDescription,
  type Request,
  type Solver,
  type ValueGradientRequest,
} from './solver.js';

// The first shift is far above the rounding of a scaled factorisation and far
// below its unit diagonal; each further try is a hundred times larger.
const firstShift = 1e-10;
const shiftGrowth = 100;
const largestShift = 1e6;
const epsilon = 2 ** -52;

interface NewtonState extends SampledState {
  /** λ² of the last step. */
  decrement: number;
  /** The Hessian of the last step had negative curvature. */
  negativeCurvature: boolean;
  /** Why the parameters are the minimum, where they are known to be. */
  solved: string | undefined;
}

export class Newton implements Solver {
  static {
    markCopy(Newton);
  }

  readonly name = 'Newton';
  readonly defaultIterations = 1000;
  readonly requests = ['value-gradient', 'newton-direction'] as const;

  constructor(options: Readonly<Record<string, never>> = {}) {
    checkOptions(options, [], 'Newton');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: {}, learningRate: undefined };
  }

  init(layout: Layout): NewtonState {
    return {
      ...emptyState(layout),
      decrement: Number.POSITIVE_INFINITY,
      negativeCurvature: false,
      solved: undefined,
      sample: emptySample(),
    };
  }

  /** The gradient is small, and the step that led here gained next to nothing (Boyd and Vandenberghe, section 9.5). */
  convergence(state: NewtonState, tolerance: number): string | undefined {
    if (state.solved !== undefined) return state.solved;
    const little = state.decrement / 2 <= tolerance && !state.negativeCurvature;
    const strict = state.sample.share < 1 ? strictTolerance(tolerance) : tolerance;
    return little && euclideanNorm(state.gradient) <= strict ? gradientConvergence(state, tolerance) : undefined;
  }

  *iterate(state: NewtonState): Generator<Request, Halt | undefined, void> {
    const direction = yield* directionOf(state);
    const { method, condition, warning } = direction;
    if (method === 'failed') {
      return {
        status: 'failed',
        reason:
          direction.failedPivot < 0
            ? `the Hessian is not finite where the loss is ${figure(state.value)}, or Newton's direction does not go downhill`
            : `the Hessian is not positive definite at row ${direction.failedPivot} even with a shift of ` +
              `${figure(direction.shift)}: drop collinear columns, or add an l2 penalty`,
      };
    }
    state.linearSolver = { method, condition };
    if (warning !== undefined && !state.warnings.includes(warning)) state.warnings.push(warning);
    const before = state.decrement / 2;
    state.decrement = direction.decrement;
    state.negativeCurvature = direction.negativeCurvature;
    if (direction.minimum !== undefined) return yield* moveTo(state, direction.minimum, direction);
    const gain = direction.decrement / 2;
    const rounding = valueRounding(state.value);
    const drowned = gain <= rounding;
    // One step refines what is below the rounding of the loss; a second would only follow that rounding about.
    const refined = drowned && before <= rounding && !direction.sampled;
    const normBefore = direction.sampled ? beginStep(state) : undefined;
    const accepted = refined
      ? 0
      : yield* backtrack(state, direction.direction, -direction.decrement, 1, drowned ? 1 : 40);
    if (accepted > 0) {
      state.learningRate = accepted;
      if (normBefore !== undefined) judgeStep(state, normBefore);
      return undefined;
    }
    if (normBefore !== undefined) {
      // With all rows it may be another matter.
      state.sample.share = 1;
      return undefined;
    }
    if (drowned && state.negativeCurvature) {
      return {
        status: 'stalled',
        reason:
          `half the Newton decrement ${figure(gain)} ≤ rounding of the loss ${figure(rounding)}, but the Hessian has ` +
          'negative curvature: this is a saddle or a maximum. Start elsewhere, or use TrustRegion',
      };
    }
    if (drowned) {
      return {
        status: 'converged',
        reason: `half the Newton decrement ${figure(gain)} ≤ rounding of the loss ${figure(rounding)}`,
      };
    }
    return {
      status: 'stalled',
      reason: `no step along the Newton direction lowers the loss ${figure(state.value)}`,
    };
  }
}

/** The whole step to a known minimum. */
function* moveTo(
  state: NewtonState,
  minimum: Float64Array,
  { condition, correction }: NewtonDirectionRequest,
): Generator<Request, Halt | undefined, void> {
  const gradient = new Float64Array(minimum.length);
  const point: ValueGradientRequest = { kind: 'value-gradient', at: minimum, gradient, value: Number.NaN };
  yield point;
  if (!isFiniteState(point.value, gradient)) {
    return { status: 'failed', reason: `the loss at the least-squares solution is ${point.value}: scale the data` };
  }
  state.parameters.set(minimum);
  state.gradient.set(gradient);
  state.value = point.value;
  state.learningRate = 1;
  const last =
    correction <= epsilon
      ? `last correction ${figure(correction)} ≤ rounding ${figure(epsilon)} of the solution`
      : `corrections no longer shrink at ${figure(correction)} of the solution`;
  state.solved = `least squares solved by QR, condition ${figure(condition)}: ${last}`;
  return undefined;
}

/** From a sample of the rows where the objective has enough of them. */
function* directionOf(state: NewtonState): Generator<Request, NewtonDirectionRequest, void> {
  if (state.sample.share < 1) {
    const direction = yield* sampledDirection(state);
    if (direction.sampled && direction.method !== 'failed' && direction.decrement >= 0) return direction;
    state.sample.share = 1;
    if (!direction.sampled) return yield* positiveDefiniteDirection(state, direction);
  }
  return yield* positiveDefiniteDirection(state);
}

/** @param unshifted the answer of all rows without a shift, where it is known. */
function* positiveDefiniteDirection(
  state: NewtonState,
  unshifted?: NewtonDirectionRequest,
): Generator<Request, NewtonDirectionRequest, void> {
  for (let shift = 0; ; shift = shift === 0 ? firstShift : shift * shiftGrowth) {
    const known = shift === 0 ? unshifted : undefined;
    const request = known ?? newtonDirectionRequest(state.parameters, state.gradient, 1, shift);
    if (known === undefined) yield request;
    // Beside a known minimum λ² is rounding, of either sign.
    const usable = request.minimum !== undefined || (request.method !== 'failed' && request.decrement >= 0);
    if (usable && shift > 0 && state.warnings.length === 0) {
      state.warnings.push(
        `iteration ${state.iteration}: the Hessian is singular or nearly so; a shift of ${figure(shift)} of its ` +
          'diagonal was added. Drop collinear columns, or add an l2 penalty',
      );
    }
    if (usable) return request;
    // No shift mends what is not finite.
    const hopeless = (request.method === 'failed' && request.failedPivot < 0) || shift * shiftGrowth > largestShift;
    if (hopeless) return { ...request, method: 'failed' };
  }
}
