// Gradient descent: θ ← θ − η ∇J(θ) over all rows (Cauchy 1847). The rate η is a
// number, a schedule of the step, 1/L from a bound on the curvature, or found by
// a line search at every step.

import { markCopy } from '../copies.js';
import { expected } from '../errors.js';
import { checkNumber, checkOptions } from '../options.js';
import { constant, rateAt, type Schedule } from '../schedules/schedule.js';
import { divergenceReason, divergingRise } from './divergence.js';
import { firstStepLength } from './first-step.js';
import { backtrack } from './line-search.js';
import {
  emptyState,
  euclideanNorm,
  figure,
  gradientConvergence,
  type Halt,
  isFiniteState,
  type Layout,
  type OptimizerDescription,
  type Request,
  type RequestKind,
  type Solver,
  type SolverState,
} from './solver.js';

export interface GradientDescentOptions {
  /**
   * A positive number, a schedule (step from 0 → rate), 'auto' (1/L, L the largest curvature by power iteration) or
   * 'line-search' (Armijo backtracking). Default 'auto'.
   */
  readonly learningRate?: number | Schedule | 'auto' | 'line-search';
}

interface GradientDescentState extends SolverState {
  /** L, once it has been asked for. */
  curvatureBound: number | undefined;
}

export class GradientDescent implements Solver {
  static {
    markCopy(GradientDescent);
  }

  readonly name = 'GradientDescent';
  readonly defaultIterations = 100_000;
  readonly requests: readonly RequestKind[];
  readonly #learningRate: Schedule | 'auto' | 'line-search';

  /** @throws ERR_GRADUS_OPTION for a rate that is not positive or an unknown option. */
  constructor(options: GradientDescentOptions = {}) {
    checkOptions(options, ['learningRate'], 'GradientDescent');
    const rate = options.learningRate ?? 'auto';
    this.requests = rate === 'auto' ? ['value-gradient', 'curvature-bound'] : ['value-gradient'];
    if (rate === 'auto' || rate === 'line-search' || typeof rate === 'function') {
      this.#learningRate = rate;
    } else if (typeof rate === 'number') {
      this.#learningRate = constant(checkNumber(rate, '`learningRate`', { above: 0 }));
    } else {
      throw expected(
        'ERR_GRADUS_OPTION',
        '`learningRate`',
        "a positive number, a schedule, 'auto' or 'line-search'",
        rate,
      );
    }
  }

  describe(): OptimizerDescription {
    const rate = this.#learningRate;
    return typeof rate === 'string'
      ? { name: this.name, options: { learningRate: rate }, learningRate: undefined }
      : { name: this.name, options: {}, learningRate: rate.description };
  }

  init(layout: Layout): GradientDescentState {
    return { ...emptyState(layout), curvatureBound: undefined };
  }

  convergence(state: SolverState, tolerance: number): string | undefined {
    return gradientConvergence(state, tolerance);
  }

  *iterate(state: GradientDescentState): Generator<Request, Halt | undefined, void> {
    if (this.#learningRate === 'line-search') return yield* this.#searchStep(state);
    if (this.#learningRate === 'auto') {
      const bound = yield* curvatureBound(state);
      if (!Number.isFinite(bound)) {
        return { status: 'failed', reason: "no bound on the curvature is known: learningRate 'auto' needs one" };
      }
      return yield* this.#fixedStep(state, bound > 0 ? 1 / bound : 1);
    }
    return yield* this.#fixedStep(state, rateAt(this.#learningRate, state.iteration));
  }

  *#searchStep(state: GradientDescentState): Generator<Request, Halt | undefined, void> {
    const direction = state.gradient.map((g) => -g);
    const slope = -state.gradient.reduce((sum, g) => sum + g * g, 0);
    const first = state.learningRate > 0 ? 2 * state.learningRate : 1;
    let accepted = yield* backtrack(state, direction, slope, first);
    // 1 may be so far from the scale of the function that no number of halvings gets there.
    if (accepted === 0) accepted = yield* backtrack(state, direction, slope, usualFirst(state));
    if (accepted === 0) {
      return {
        status: 'stalled',
        reason: `no step along the gradient lowers the loss ${figure(state.value)} any further in float64`,
      };
    }
    state.learningRate = accepted;
    return undefined;
  }

  *#fixedStep(state: GradientDescentState, rate: number): Generator<Request, Halt | undefined, void> {
    const request = {
      kind: 'value-gradient' as const,
      at: state.parameters.map((p, i) => p - rate * (state.gradient[i] as number)),
      gradient: new Float64Array(state.parameters.length),
      value: Number.NaN,
    };
    state.learningRate = rate;
    yield request;
    if (!isFiniteState(request.value, request.gradient)) {
      return { status: 'diverged', reason: yield* divergence(state, rate, 'the loss is no longer finite') };
    }
    const moved = request.at.some((p, i) => p !== state.parameters[i]);
    state.parameters.set(request.at);
    state.gradient.set(request.gradient);
    state.value = request.value;
    if (!moved && rate > 0) {
      return {
        status: 'stalled',
        reason: `a step of rate ${figure(rate)} no longer changes the parameters in float64`,
      };
    }
    return undefined;
  }

  /** Why a run at a fixed rate went up, and what to do. */
  *explainRise(state: SolverState, initialValue: number): Generator<Request, string | undefined, void> {
    const descent = state as GradientDescentState;
    const bound = yield* curvatureBound(descent);
    const what = divergingRise(initialValue, state.value, state.learningRate, bound);
    return what && (yield* divergence(descent, state.learningRate, what));
  }
}

/** In multiples of the gradient. */
function usualFirst({ parameters, value, gradient }: SolverState): number {
  const norm = euclideanNorm(gradient);
  return firstStepLength(parameters, value, norm) / norm;
}

function* curvatureBound(state: GradientDescentState): Generator<Request, number, void> {
  if (state.curvatureBound === undefined) {
    const request = { kind: 'curvature-bound' as const, bound: Number.NaN };
    yield request;
    state.curvatureBound = request.bound;
  }
  return state.curvatureBound;
}

function* divergence(state: GradientDescentState, rate: number, what: string): Generator<Request, string, void> {
  const bound = yield* curvatureBound(state);
  return divergenceReason(what, state.iteration, rate, bound, "use learningRate: 'auto' or 'line-search'");
}
