// L-BFGS (Nocedal 1980; Liu and Nocedal 1989): the direction −H·g, H the inverse
// Hessian that the last `memory` steps s and changes of the gradient y imply, by the
// two-loop recursion (Nocedal and Wright, Numerical Optimization, algorithm 7.4) with
// H₀ = sᵀy/yᵀy. Strong Wolfe line search. Departures: pairs without curvature are
// skipped; a search that fails forgets the pairs and tries once more downhill.

import { markCopy } from '../copies.js';
import { checkNumber, checkOptions } from '../options.js';
import { endOfDescent, steepest } from './downhill.js';
import {
  emptyState,
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
import { addScaledFrom, innerProductFrom } from './vectors.js';
import { strongWolfe } from './wolfe.js';

export interface LBFGSOptions {
  /** Pairs remembered; default 10. */
  readonly memory?: number;
}

// A pair with sᵀy below this share of ‖s‖‖y‖ says nothing of the curvature.
const leastCurvature = 2 ** -52;

interface LBFGSState extends SolverState {
  readonly direction: Float64Array;
  readonly trial: ValueGradientRequest;
  /** Rings of pairs, one after another. */
  readonly steps: Float64Array;
  readonly changes: Float64Array;
  /** 1 / sᵀy of each pair, and the weights of the first loop. */
  readonly inverses: Float64Array;
  readonly weights: Float64Array;
  /** Pairs in use, and where the next one goes. */
  pairs: number;
  next: number;
  /** H₀. */
  scale: number;
}

export class LBFGS implements Solver {
  static {
    markCopy(LBFGS);
  }

  readonly name = 'LBFGS';
  readonly defaultIterations = 15_000;
  readonly requests = ['value-gradient'] as const;
  readonly #memory: number;

  /** @throws ERR_GRADUS_OPTION for a memory that is not an integer from 1 on, or an unknown option. */
  constructor(options: LBFGSOptions = {}) {
    checkOptions(options, ['memory'], 'LBFGS');
    this.#memory = checkNumber(options.memory ?? 10, '`memory`', { integer: true, min: 1, max: 1000 });
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: { memory: this.#memory }, learningRate: undefined };
  }

  init(layout: Layout): LBFGSState {
    const { size } = layout;
    const room = this.#memory;
    const at = new Float64Array(size);
    return {
      ...emptyState(layout),
      direction: new Float64Array(size),
      trial: { kind: 'value-gradient', at, gradient: new Float64Array(size), value: Number.NaN },
      steps: new Float64Array(room * size),
      changes: new Float64Array(room * size),
      inverses: new Float64Array(room),
      weights: new Float64Array(room),
      pairs: 0,
      next: 0,
      scale: 1,
    };
  }

  convergence(state: SolverState, tolerance: number): string | undefined {
    return gradientConvergence(state, tolerance);
  }

  *iterate(state: LBFGSState): Generator<Request, Halt | undefined, void> {
    const { direction, trial } = state;
    this.#direct(state);
    const slope = innerProduct(state.gradient, direction);
    let taken = 0;
    if (state.pairs > 0 && slope < 0) {
      this.#open(state);
      taken = yield* strongWolfe(state, trial, direction, slope, 1);
    }
    if (taken === 0) {
      state.pairs = 0;
      const first = steepest(state, direction);
      this.#open(state);
      taken = yield* strongWolfe(state, trial, direction, innerProduct(state.gradient, direction), first);
    }
    if (taken === 0) return endOfDescent(state);
    state.learningRate = taken;
    this.#close(state);
    return undefined;
  }

  /** direction = −H·gradient by the two loops. */
  #direct({ direction, gradient, steps, changes, inverses, weights, pairs, next, scale }: LBFGSState): void {
    const n = direction.length;
    const room = this.#memory;
    for (let i = 0; i < n; i += 1) direction[i] = -(gradient[i] as number);
    for (let k = 1; k <= pairs; k += 1) {
      const slot = (next - k + room) % room;
      const offset = slot * n;
      const weight = innerProductFrom(steps, offset, direction, 0, n) * (inverses[slot] as number);
      weights[slot] = weight;
      addScaledFrom(direction, -weight, changes, offset);
    }
    for (let i = 0; i < n; i += 1) direction[i] = (direction[i] as number) * scale;
    for (let k = pairs; k >= 1; k -= 1) {
      const slot = (next - k + room) % room;
      const offset = slot * n;
      const sum = innerProductFrom(changes, offset, direction, 0, n);
      addScaledFrom(direction, (weights[slot] as number) - sum * (inverses[slot] as number), steps, offset);
    }
  }

  /** Puts −x and −g into the slot of the next pair, to which what the step leads to is added. */
  #open({ parameters, gradient, steps, changes, next }: LBFGSState): void {
    const n = parameters.length;
    const offset = next * n;
    for (let i = 0; i < n; i += 1) {
      steps[offset + i] = -(parameters[i] as number);
      changes[offset + i] = -(gradient[i] as number);
    }
  }

  #close(state: LBFGSState): void {
    const { parameters, gradient, steps, changes, inverses, next } = state;
    const n = parameters.length;
    const offset = next * n;
    for (let i = 0; i < n; i += 1) {
      steps[offset + i] = (steps[offset + i] as number) + (parameters[i] as number);
      changes[offset + i] = (changes[offset + i] as number) + (gradient[i] as number);
    }
    const product = innerProductFrom(steps, offset, changes, offset, n);
    const stepSquare = innerProductFrom(steps, offset, steps, offset, n);
    const changeSquare = innerProductFrom(changes, offset, changes, offset, n);
    // Squares that overflow or vanish fail the test too, and their pair is skipped.
    if (!(product > leastCurvature * Math.sqrt(stepSquare) * Math.sqrt(changeSquare))) return;
    const inverse = 1 / product;
    const scale = product / changeSquare;
    if (!Number.isFinite(inverse) || !(scale > 0) || !Number.isFinite(scale)) return;
    inverses[next] = inverse;
    state.scale = scale;
    state.next = (next + 1) % this.#memory;
    state.pairs = Math.min(state.pairs + 1, this.#memory);
  }
}
