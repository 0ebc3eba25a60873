// Newton's method with a line search: θ ← θ + t·p, H p = −g. When H is not
// positive definite a multiple of its diagonal scaling is added until it is
// (Levenberg 1944), which is said in the warnings. One step minimises a quadratic.

import { markCopy } from '../copies.js';
import { checkOptions } from '../options.js';
import { backtrack, valueRounding } from './line-search.js';
import {
  emptyState,
  figure,
  gradientConvergence,
  type Halt,
  type Layout,
  type NewtonDirectionRequest,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
} from './solver.js';

// The first shift is far above the rounding of a scaled factorisation and far
// below its unit diagonal; each further try is a hundred times larger.
const firstShift = 1e-10;
const shiftGrowth = 100;
const largestShift = 1e6;

interface NewtonState extends SolverState {
  /** λ² of the last step. */
  decrement: number;
}

export class Newton implements Solver {
  static {
    markCopy(Newton);
  }

  readonly name = 'Newton';
  readonly defaultIterations = 100;

  constructor(options: Readonly<Record<string, never>> = {}) {
    checkOptions(options, [], 'Newton');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: {}, learningRate: undefined };
  }

  init(layout: Layout): NewtonState {
    return { ...emptyState(layout), decrement: Number.POSITIVE_INFINITY };
  }

  /** The gradient is small, and the step that led here gained next to nothing (Boyd and Vandenberghe, section 9.5). */
  convergence(state: NewtonState, tolerance: number): string | undefined {
    return state.decrement / 2 <= tolerance ? gradientConvergence(state, tolerance) : undefined;
  }

  *iterate(state: NewtonState): Generator<Request, Halt | undefined, void> {
    const direction = yield* positiveDefiniteDirection(state);
    if (direction.method === 'failed') {
      return {
        status: 'failed',
        reason:
          `the Hessian is not positive definite at row ${direction.failedPivot} even with a shift of ` +
          `${figure(direction.shift)}: drop collinear columns, or add an l2 penalty`,
      };
    }
    state.decrement = direction.decrement;
    const gain = direction.decrement / 2;
    const drowned = gain <= valueRounding(state.value);
    const accepted = yield* backtrack(state, direction.direction, -direction.decrement, 1, drowned ? 1 : 40);
    if (accepted > 0) {
      state.learningRate = accepted;
      return undefined;
    }
    if (drowned) {
      return {
        status: 'converged',
        reason: `half the Newton decrement ${figure(gain)} ≤ rounding of the loss ${figure(valueRounding(state.value))}`,
      };
    }
    return {
      status: 'stalled',
      reason: `no step along the Newton direction lowers the loss ${figure(state.value)}`,
    };
  }
}

function* positiveDefiniteDirection(state: NewtonState): Generator<Request, NewtonDirectionRequest, void> {
  for (let shift = 0; ; shift = shift === 0 ? firstShift : shift * shiftGrowth) {
    const request: NewtonDirectionRequest = {
      kind: 'newton-direction',
      at: state.parameters,
      gradient: state.gradient,
      shift,
      direction: new Float64Array(state.parameters.length),
      decrement: Number.NaN,
      method: 'failed',
      failedPivot: -1,
      condition: Number.NaN,
    };
    yield request;
    const usable = request.method !== 'failed' && request.decrement >= 0;
    if (usable && shift > 0 && state.warnings.length === 0) {
      state.warnings.push(
        `iteration ${state.iteration}: the Hessian is singular or nearly so; a shift of ${figure(shift)} of its ` +
          'diagonal was added. Drop collinear columns, or add an l2 penalty',
      );
    }
    if (usable || shift * shiftGrowth > largestShift) return usable ? request : { ...request, method: 'failed' };
  }
}
