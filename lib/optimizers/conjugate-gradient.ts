// Nonlinear conjugate gradients, CG_DESCENT (Hager and Zhang 2005): the direction
// p = −g + β p with β = (y − 2 p yᵀy / pᵀy)ᵀ g / pᵀy, truncated from below, which goes
// downhill whatever the search did (their theorem 1). Four vectors of memory.
// Departures: β is at least η gᵀp/‖p‖² of the last step (Hager and Zhang 2013), which
// unlike −1/(‖p‖ min(η, ‖g‖)) knows no unit, η = 0.01; directions have length 1, for
// the same reason; the first trial expects what the last step gained (Nocedal and
// Wright, 3.60) and is no longer than it; a search that fails restarts once downhill.

import { markCopy } from '../copies.js';
import { checkOptions } from '../options.js';
import { emptyProgress, endOfDescent, type Progress, steepest, withoutProgress } from './downhill.js';
import { hagerZhang } from './hager-zhang.js';
import {
  emptyState,
  euclideanNorm,
  gradientConvergence,
  type Halt,
  innerProduct,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
  type ValueGradientRequest,
} from './solver.js';

const eta = 0.01;

interface ConjugateGradientState extends SolverState, Progress {
  readonly direction: Float64Array;
  /** The gradient before the last step. */
  readonly before: Float64Array;
  readonly trial: ValueGradientRequest;
  /** Steps since the last restart. */
  steps: number;
  /** gᵀp of the last step, g being the gradient before it. */
  lastSlope: number;
}

export class ConjugateGradient implements Solver {
  static {
    markCopy(ConjugateGradient);
  }

  readonly name = 'ConjugateGradient';
  readonly defaultIterations = 20_000;
  readonly requests = ['value-gradient'] as const;

  constructor(options: Readonly<Record<string, never>> = {}) {
    checkOptions(options, [], 'ConjugateGradient');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: {}, learningRate: undefined };
  }

  init(layout: Layout): ConjugateGradientState {
    const vector = (): Float64Array => new Float64Array(layout.size);
    return {
      ...emptyState(layout),
      ...emptyProgress(),
      direction: vector(),
      before: vector(),
      trial: { kind: 'value-gradient', at: vector(), gradient: vector(), value: Number.NaN },
      steps: 0,
      lastSlope: 0,
    };
  }

  convergence(state: SolverState, tolerance: number): string | undefined {
    return gradientConvergence(state, tolerance);
  }

  *iterate(state: ConjugateGradientState): Generator<Request, Halt | undefined, void> {
    const { direction, before, trial, gradient } = state;
    let taken = 0;
    // What is written before the last request is the same when an iteration that was cut off begins again.
    before.set(gradient);
    if (state.steps > 0) {
      const slope = innerProduct(gradient, direction);
      if (slope < 0) {
        const first = state.learningRate * Math.min(1, state.lastSlope / slope);
        taken = yield* hagerZhang(state, trial, direction, slope, first);
      }
    }
    if (taken === 0) {
      state.steps = 0;
      const first = steepest(state, direction);
      before.set(gradient);
      taken = yield* hagerZhang(state, trial, direction, innerProduct(gradient, direction), first);
      if (taken === 0) return endOfDescent(state);
    }
    state.steps += 1;
    state.learningRate = taken;
    state.lastSlope = innerProduct(before, direction);
    conjugate(state);
    return withoutProgress(state);
  }
}

/**
 * The direction of the next step, −gradient + β direction, made as long as 1. With u the last direction, that long too, and
 * ŷ = y/‖y‖: β = (ŷᵀg − 2 uᵀg / uᵀŷ) / uᵀŷ, at least η uᵀg of the gradient before. Nothing in it is a square of gradients,
 * which could overflow. Where β is not finite, −gradient.
 */
function conjugate(state: ConjugateGradientState): void {
  const { direction, before, gradient, trial } = state;
  const n = direction.length;
  const y = trial.at;
  for (let i = 0; i < n; i += 1) y[i] = (gradient[i] as number) - (before[i] as number);
  const norm = euclideanNorm(y);
  let along = 0;
  let change = 0;
  let slope = 0;
  for (let i = 0; i < n; i += 1) {
    const unit = (y[i] as number) / norm;
    along += unit * (direction[i] as number);
    change += unit * (gradient[i] as number);
    slope += (gradient[i] as number) * (direction[i] as number);
  }
  const raw = (change - (2 * slope) / along) / along;
  const least = eta * state.lastSlope;
  const beta = Number.isFinite(raw) ? Math.max(raw, least) : 0;
  for (let i = 0; i < n; i += 1) direction[i] = beta * (direction[i] as number) - (gradient[i] as number);
  const length = euclideanNorm(direction);
  for (let i = 0; i < n; i += 1) direction[i] = (direction[i] as number) / length;
}
