// Nonlinear conjugate gradients, CG_DESCENT (Hager and Zhang 2005): the direction
// −g + β p with β = (y − 2 p yᵀy / pᵀy)ᵀ g / pᵀy, not below −1 / (‖p‖ min(η, ‖g‖)),
// which goes downhill whatever the search did (their theorem 1). Three vectors of
// memory. Departures: the first trial of a search has the slope of the last one in
// mind (Nocedal and Wright, section 3.5); a search that fails restarts once downhill.

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
  /** gᵀp of the last step. */
  slope: number;
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
      slope: 0,
    };
  }

  convergence(state: SolverState, tolerance: number): string | undefined {
    return gradientConvergence(state, tolerance);
  }

  *iterate(state: ConjugateGradientState): Generator<Request, Halt | undefined, void> {
    const { direction, before, trial, gradient } = state;
    let taken = 0;
    if (state.steps > 0) {
      conjugate(state);
      const slope = innerProduct(gradient, direction);
      if (slope < 0) {
        const first = state.learningRate * Math.min(10, state.slope / slope);
        before.set(gradient);
        state.slope = slope;
        taken = yield* hagerZhang(state, trial, direction, slope, first);
      }
    }
    if (taken === 0) {
      state.steps = 0;
      const first = steepest(state, direction);
      before.set(gradient);
      state.slope = innerProduct(gradient, direction);
      taken = yield* hagerZhang(state, trial, direction, state.slope, first);
    }
    if (taken === 0) return endOfDescent(state);
    state.steps += 1;
    state.learningRate = taken;
    return withoutProgress(state);
  }
}

/** direction = −gradient + β direction; the plain −gradient where β is not finite. */
function conjugate({ direction, before, gradient }: ConjugateGradientState): void {
  const n = direction.length;
  let changeSquare = 0;
  let along = 0;
  let change = 0;
  for (let i = 0; i < n; i += 1) {
    const y = (gradient[i] as number) - (before[i] as number);
    changeSquare += y * y;
    along += y * (direction[i] as number);
    change += y * (gradient[i] as number);
  }
  const slope = innerProduct(direction, gradient);
  const least = -1 / (euclideanNorm(direction) * Math.min(eta, euclideanNorm(before)));
  const raw = (change - (2 * slope * changeSquare) / along) / along;
  const beta = Number.isFinite(raw) ? Math.max(raw, least) : 0;
  for (let i = 0; i < n; i += 1) direction[i] = beta * (direction[i] as number) - (gradient[i] as number);
}
