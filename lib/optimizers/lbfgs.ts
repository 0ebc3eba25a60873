// L-BFGS (Nocedal 1980; Liu and Nocedal 1989): the direction −H·g, H the inverse
// Hessian that the last `memory` steps s and changes of the gradient y imply, by the
// two-loop recursion (Nocedal and Wright, Numerical Optimization, algorithm 7.4) with
// H₀ = sᵀy/yᵀy. Strong Wolfe line search. Departures: pairs without curvature are
// skipped; a search that fails forgets the pairs and tries once more downhill.

import { markCopy } from '../copies.js';
import { checkNumber, checkOptions } from '../options.js';
import { closePair, inverseCurvature, openPair, pairProduct } from './curvature-pair.js';
import { emptyProgress, endOfDescent, type Progress, steepest, withoutProgress } from './downhill.js';
import {
  emptyState,
  gradientConvergence,
  type Halt,
  innerProduct,
  type Layout,
  type LimitedMemoryRequest,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
  type ValueGradientRequest,
} from './solver.js';
import { strongWolfe } from './wolfe.js';

export interface LBFGSOptions {
  /** Pairs remembered; default 10. */
  readonly memory?: number;
}

// From so many parameters on the two loops are worth a call of the kernels, which takes about a microsecond.
const kernelsFrom = 100;

interface LBFGSState extends SolverState, Progress {
  readonly direction: Float64Array;
  readonly trial: ValueGradientRequest;
  /** Rings of one pair more than are remembered, one after another: the one being made must not spoil the oldest. */
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
    const room = this.#memory + 1;
    const at = new Float64Array(size);
    return {
      ...emptyState(layout),
      ...emptyProgress(),
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
    let taken = 0;
    if (state.pairs > 0) {
      const slope = direction.length < kernelsFrom ? this.#direct(state) : yield* directed(state);
      if (slope < 0 && slope > Number.NEGATIVE_INFINITY) {
        this.#open(state);
        taken = yield* strongWolfe(state, trial, direction, slope, 1);
      }
    }
    if (taken === 0) {
      state.pairs = 0;
      const first = steepest(state, direction);
      this.#open(state);
      taken = yield* strongWolfe(state, trial, direction, innerProduct(state.gradient, direction), first);
      if (taken === 0) return endOfDescent(state);
    }
    state.learningRate = taken;
    this.#close(state);
    return withoutProgress(state);
  }

  /** direction = −H·gradient by the two loops; returns its slope. */
  #direct({ direction, gradient, steps, changes, inverses, weights, pairs, next, scale }: LBFGSState): number {
    const n = direction.length;
    const room = this.#memory + 1;
    let slot = (next - 1 + room) % room;
    let product = 0;
    for (let i = 0; i < n; i += 1) {
      const value = -(gradient[i] as number);
      direction[i] = value;
      product += (steps[slot * n + i] as number) * value;
    }
    for (let k = pairs; k > 0; k -= 1) {
      const weight = product * (inverses[slot] as number);
      weights[slot] = weight;
      const older = (slot - 1 + room) % room;
      if (k > 1) product = addAndMultiply(direction, -weight, changes, slot * n, 1, steps, older * n);
      else product = addAndMultiply(direction, -weight, changes, slot * n, scale, changes, slot * n);
      if (k > 1) slot = older;
    }
    for (let k = 1; k <= pairs; k += 1) {
      const weight = (weights[slot] as number) - product * (inverses[slot] as number);
      const newer = (slot + 1) % room;
      if (k < pairs) product = addAndMultiply(direction, weight, steps, slot * n, 1, changes, newer * n);
      else product = addAndMultiply(direction, weight, steps, slot * n, 1, gradient, 0);
      slot = newer;
    }
    return product;
  }

  #open({ parameters, gradient, steps, changes, next }: LBFGSState): void {
    openPair(steps, next * parameters.length, parameters);
    openPair(changes, next * parameters.length, gradient);
  }

  #close(state: LBFGSState): void {
    const { parameters, gradient, steps, changes, next } = state;
    const n = parameters.length;
    const offset = next * n;
    closePair(steps, offset, parameters);
    closePair(changes, offset, gradient);
    const product = pairProduct(steps, changes, offset, n);
    const scale = inverseCurvature(product, steps, changes, offset, n);
    if (scale === 0) return;
    state.inverses[next] = 1 / product;
    state.scale = scale;
    state.next = (next + 1) % (this.#memory + 1);
    state.pairs = Math.min(state.pairs + 1, this.#memory);
  }
}

/** The same by the kernels. */
function* directed(state: LBFGSState): Generator<Request, number, void> {
  const { gradient, direction } = state;
  const request: LimitedMemoryRequest = {
    kind: 'limited-memory-direction',
    memory: state,
    gradient,
    direction,
    slope: Number.NaN,
  };
  yield request;
  return request.slope;
}

/**
 * x = (x + weight·a)·scale and the product bᵀx of the result, a and b from their offsets on: a sum of one pair and the product
 * with the next in one pass over memory, which bounds both.
 */
function addAndMultiply(
  x: Float64Array,
  weight: number,
  a: Float64Array,
  aFrom: number,
  scale: number,
  b: Float64Array,
  bFrom: number,
): number {
  let product = 0;
  for (let i = 0; i < x.length; i += 1) {
    const value = ((x[i] as number) + weight * (a[aFrom + i] as number)) * scale;
    x[i] = value;
    product += value * (b[bFrom + i] as number);
  }
  return product;
}
