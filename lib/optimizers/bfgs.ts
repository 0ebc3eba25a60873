// BFGS (Broyden, Fletcher, Goldfarb, Shanno 1970): the direction −H·g, H the whole
// inverse Hessian, updated after each step (Nocedal and Wright, Numerical
// Optimization, 6.17) from H₀ ∝ sᵀy/yᵀy (6.20). Strong Wolfe line search. Departures:
// H₀ is ten times (6.20); updates without curvature are skipped; a search that fails
// starts H afresh once.

import { markCopy } from '../copies.js';
import { checkOptions } from '../options.js';
import { closePair, inverseCurvature, openPair, pairProduct } from './curvature-pair.js';
import { emptyProgress, endOfDescent, type Progress, steepest, withoutProgress } from './downhill.js';
import {
  emptyState,
  gradientConvergence,
  type Halt,
  innerProduct,
  type Layout,
  multiply,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
  type ValueGradientRequest,
} from './solver.js';
import { strongWolfe } from './wolfe.js';

// H₀ = 10 sᵀy/yᵀy: the first step follows the gradient, where the curvature is largest, and what BFGS takes for too flat it
// unlearns sooner than what it takes for too steep. On the 35 problems of Moré, Garbow and Hillstrom this saves 4 % of the
// evaluations, on Rosenbrock's function of 100 parameters 30 % (factors 1, 3 and 10 were compared).
const firstScale = 10;

interface BFGSState extends SolverState, Progress {
  readonly direction: Float64Array;
  readonly trial: ValueGradientRequest;
  /** s, y, and H·y. */
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly product: Float64Array;
  /** n×n, both triangles. */
  readonly inverse: Float64Array;
  /** Updates since H was started. */
  updates: number;
}

export class BFGS implements Solver {
  static {
    markCopy(BFGS);
  }

  readonly name = 'BFGS';
  readonly defaultIterations = 10_000;
  readonly requests = ['value-gradient'] as const;

  constructor(options: Readonly<Record<string, never>> = {}) {
    checkOptions(options, [], 'BFGS');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: {}, learningRate: undefined };
  }

  init(layout: Layout): BFGSState {
    const vector = (): Float64Array => new Float64Array(layout.size);
    return {
      ...emptyState(layout),
      ...emptyProgress(),
      direction: vector(),
      trial: { kind: 'value-gradient', at: vector(), gradient: vector(), value: Number.NaN },
      step: vector(),
      change: vector(),
      product: vector(),
      inverse: new Float64Array(layout.size * layout.size),
      updates: 0,
    };
  }

  convergence(state: SolverState, tolerance: number): string | undefined {
    return gradientConvergence(state, tolerance);
  }

  *iterate(state: BFGSState): Generator<Request, Halt | undefined, void> {
    const { direction, trial } = state;
    let taken = 0;
    if (state.updates > 0) {
      multiply(state.inverse, state.gradient, direction);
      for (let i = 0; i < direction.length; i += 1) direction[i] = -(direction[i] as number);
      const slope = innerProduct(state.gradient, direction);
      if (slope < 0 && slope > Number.NEGATIVE_INFINITY) {
        open(state);
        taken = yield* strongWolfe(state, trial, direction, slope, 1);
      }
    }
    if (taken === 0) {
      state.updates = 0;
      const first = steepest(state, direction);
      open(state);
      taken = yield* strongWolfe(state, trial, direction, innerProduct(state.gradient, direction), first);
      if (taken === 0) return endOfDescent(state);
    }
    state.learningRate = taken;
    close(state);
    return withoutProgress(state);
  }
}

function open({ parameters, gradient, step, change }: BFGSState): void {
  openPair(step, 0, parameters);
  openPair(change, 0, gradient);
}

/** The update of H by the step that was opened. */
function close(state: BFGSState): void {
  const { parameters, gradient, step, change, product, inverse } = state;
  const n = parameters.length;
  closePair(step, 0, parameters);
  closePair(change, 0, gradient);
  const sy = pairProduct(step, change, 0, n);
  const scale = inverseCurvature(sy, step, change, 0, n);
  if (scale === 0) return;
  if (state.updates === 0) {
    inverse.fill(0);
    for (let i = 0; i < n; i += 1) inverse[i * n + i] = firstScale * scale;
  }
  multiply(inverse, change, product);
  const outer = (1 + innerProduct(change, product) / sy) / sy;
  for (let i = 0; i < n; i += 1) {
    const si = step[i] as number;
    const pi = product[i] as number;
    for (let j = 0; j <= i; j += 1) {
      const sj = step[j] as number;
      const value = (inverse[i * n + j] as number) + outer * si * sj - (pi * sj + si * (product[j] as number)) / sy;
      inverse[i * n + j] = value;
      inverse[j * n + i] = value;
    }
  }
  state.updates += 1;
}
