// Gauss–Newton for ½ Σ r²: θ ← θ + t·p, p = min ‖r + J p‖ (Gauss 1809; Nocedal and Wright,
// Numerical Optimization, section 10.3) by QR with column pivoting, t by backtracking
// with the Armijo condition. One step solves linear least squares. Departures: where columns of J
// depend on others, p is the basic solution, which leaves their parameters where they
// are, and a warning says so; near the minimum, where rounding drowns the reduction, whole
// steps go on while they bring the residuals closer to orthogonal.

import { markCopy } from '../copies.js';
import { checkOptions } from '../options.js';
import {
  euclideanNorm,
  figure,
  type Halt,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
} from './solver.js';
import {
  evaluateStart,
  evaluateTrial,
  gaussNewtonGain,
  gaussNewtonStep,
  type Loss,
  moveToTrial,
  refine,
  type SumOfSquaresState,
  scaledGradientNorm,
  sumOfSquaresConvergence,
  sumOfSquaresState,
} from './sum-of-squares.js';

const loss: Loss = { kind: 'squared', delta: 1 };
const sufficientDecrease = 1e-4;
const mostTrials = 50;

export class GaussNewton implements Solver {
  static {
    markCopy(GaussNewton);
  }

  readonly name = 'GaussNewton';
  readonly defaultIterations = 200;
  readonly requests = ['residuals', 'jacobian'] as const;

  /** There are no options. @throws ERR_GRADUS_OPTION for any. */
  constructor(options: Readonly<Record<string, never>> = {}) {
    checkOptions(options, [], 'GaussNewton');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: {}, learningRate: undefined };
  }

  init(layout: Layout): SumOfSquaresState {
    return sumOfSquaresState({ ...layout, bounds: undefined });
  }

  start(state: SumOfSquaresState): Generator<Request, Halt | undefined, void> {
    return evaluateStart(state, loss);
  }

  convergence(state: SumOfSquaresState, tolerance: number): string | undefined {
    return sumOfSquaresConvergence(state, tolerance);
  }

  gradientNorm(state: SumOfSquaresState): number {
    return scaledGradientNorm(state);
  }

  *iterate(state: SumOfSquaresState): Generator<Request, Halt | undefined, void> {
    const gain = gaussNewtonGain(state);
    if (gain <= state.valueRounding) return yield* refine(state, loss);
    const { parameters, step, trial, qr } = state;
    gaussNewtonStep(state);
    if (qr.rank < qr.count && state.warnings.length === 0) {
      state.warnings.push(
        `iteration ${state.iteration}: the Jacobian has rank ${qr.rank} with ${qr.count} parameters; those whose columns ` +
          'depend on others were left where they are. Drop them, or use LevenbergMarquardt',
      );
    }
    // gᵀp = −‖P r‖².
    const slope = -2 * gain;
    let invalid = 0;
    let t = 1;
    for (let trials = 0; trials < mostTrials; trials += 1) {
      for (let j = 0; j < step.length; j += 1) trial[j] = (parameters[j] as number) + t * (step[j] as number);
      const value = yield* evaluateTrial(state, loss);
      const change = value - state.value;
      const finite = Number.isFinite(value);
      if (finite && change <= sufficientDecrease * t * slope) {
        if ((yield* moveToTrial(state, loss, value)) === 'moved') {
          state.learningRate = t;
          return undefined;
        }
        invalid += 1;
        t *= 0.1;
      } else if (finite) {
        t = Math.min(0.5 * t, Math.max(0.1 * t, (-0.5 * slope * t * t) / (change - slope * t)));
      } else {
        invalid += 1;
        t *= 0.1;
      }
      if (-slope * t <= state.valueRounding) break;
    }
    const where = `down to ${figure(t * euclideanNorm(step))} along the Gauss–Newton step of length ${figure(euclideanNorm(step))}`;
    if (invalid > 0) {
      return {
        status: 'failed',
        reason: `${invalid} trials were not finite, and none ${where} lowered the sum of squares`,
      };
    }
    return {
      status: 'stalled',
      reason:
        `no trial ${where} lowers the sum of squares ${figure(state.value)}; the condition of the Jacobian is ` +
        `${figure(qr.condition)}: check the Jacobian, or use LevenbergMarquardt`,
    };
  }
}
