// L-BFGS-B, limited-memory BFGS in a box (Byrd, Lu, Nocedal & Zhu 1995): the
// generalised Cauchy point says which parameters end on their bounds, the quadratic
// model is minimised over the others by the direct primal method (section 5.1), and a
// strong Wolfe search goes along the segment to that point. The minimum of the model
// is projected on the box, and shortened instead only where the projection is no
// descent (Morales & Nocedal 2011). Departures: the first step is scaled to the
// problem (first-step.ts), the products over free parameters are summed afresh, and
// every trial is projected, because x + t d may leave the box by a rounding.

import { markCopy } from '../copies.js';
import { checkNumber, checkOptions } from '../options.js';
import { boxOf, clamp, projectedGradientNorm, startInside } from './box.js';
import { type BoxSearchState, searchInBox } from './box-search.js';
import { type CauchyPoint, findCauchyPoint, makeCauchyPoint } from './cauchy-point.js';
import {
  type CompactBfgs,
  factorFree,
  forget,
  makeCompactBfgs,
  makeSaddleFactor,
  rowTimes,
  type SaddleFactor,
  scaleHalves,
  solveSaddle,
  timesTransposed,
  update,
} from './compact-bfgs.js';
import { type FlatProgress, noProgress, noteProgress } from './flat-progress.js';
import { firstStepLength } from './first-step.js';
import {
  emptyState,
  figure,
  type Halt,
  innerProduct,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
} from './solver.js';

export interface LBFGSBOptions {
  /** How many pairs of steps and gradient differences make the quadratic model. Default 10 (3 to 20 are usual: the paper, section 6). */
  readonly memory?: number;
}

interface LBFGSBState extends BoxSearchState {
  readonly bfgs: CompactBfgs;
  readonly cauchy: CauchyPoint;
  readonly factor: SaddleFactor;
  /** The step from the Cauchy point; later Δx and Δg of the last step. */
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly progress: FlatProgress;
  readonly small: Float64Array;
}

const epsilon = 2 ** -52;
const mostIdle = 100;

export class LBFGSB implements Solver {
  static {
    markCopy(LBFGSB);
  }

  readonly name = 'LBFGSB';
  readonly defaultIterations = 10_000;
  readonly requests = ['value-gradient'] as const;
  readonly handles = ['bounds'] as const;
  readonly #memory: number;

  /** @throws ERR_GRADUS_OPTION for a memory that is no positive integer or an unknown option. */
  constructor(options: LBFGSBOptions = {}) {
    checkOptions(options, ['memory'], 'LBFGSB');
    this.#memory = checkNumber(options.memory ?? 10, '`memory`', { integer: true, min: 1 });
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: { memory: this.#memory }, learningRate: undefined };
  }

  init(layout: Layout): LBFGSBState {
    const { size } = layout;
    return {
      ...emptyState(layout),
      ...boxOf(layout),
      bfgs: makeCompactBfgs(size, this.#memory),
      cauchy: makeCauchyPoint(size, this.#memory),
      factor: makeSaddleFactor(this.#memory),
      change: new Float64Array(size),
      step: new Float64Array(size),
      small: new Float64Array(2 * this.#memory),
      progress: noProgress(),
      target: new Float64Array(size),
      direction: new Float64Array(size),
      trial: {
        kind: 'value-gradient',
        at: new Float64Array(size),
        gradient: new Float64Array(size),
        value: Number.NaN,
      },
    };
  }

  /** The Euclidean norm of the projected gradient P(x − g) − x, P the projection on the box. */
  gradientNorm({ parameters, gradient, lower, upper }: LBFGSBState): number {
    return projectedGradientNorm(parameters, gradient, lower, upper);
  }

  convergence(state: LBFGSBState, tolerance: number): string | undefined {
    const norm = this.gradientNorm(state);
    return norm <= tolerance ? `projected gradient norm ${figure(norm)} ≤ tolerance ${figure(tolerance)}` : undefined;
  }

  start(state: LBFGSBState): Generator<Request, Halt | undefined, void> {
    return startInside(state);
  }

  *iterate(state: LBFGSBState): Generator<Request, Halt | undefined, void> {
    const { bfgs } = state;
    const norm = this.gradientNorm(state);
    if (norm === 0) return { status: 'converged', reason: 'the projected gradient is 0' };
    if (state.iteration === 0) forget(bfgs, norm / firstStepLength(state.parameters, state.value, norm));
    noteProgress(state.progress, state, norm);
    let moved = yield* tryStep(state);
    if (!moved && bfgs.count > 0) {
      forget(bfgs, bfgs.theta);
      moved = yield* tryStep(state);
    }
    if (moved && state.progress.idle <= mostIdle) return undefined;
    return {
      status: 'stalled',
      reason:
        `no step inside the bounds lowers the value ${figure(state.value)} any further in float64, projected gradient norm ` +
        `${figure(norm)}: as far as rounding lets it go, or a wrong gradient (checkGradient tells)`,
    };
  }
}

/** One step by the model; false when no point of it is lower. */
function* tryStep(state: LBFGSBState): Generator<Request, boolean, void> {
  const { bfgs, cauchy, parameters, gradient, lower, upper, target, direction } = state;
  if (!findCauchyPoint(cauchy, bfgs, parameters, gradient, lower, upper)) return false;
  target.set(cauchy.point);
  if (bfgs.count > 0 && cauchy.free > 0 && !minimizeOverFree(state)) return false;
  for (let i = 0; i < direction.length; i += 1) direction[i] = (target[i] as number) - (parameters[i] as number);
  const slope = innerProduct(gradient, direction);
  if (!(slope < 0 && slope > Number.NEGATIVE_INFINITY)) return false;
  state.step.set(parameters);
  state.change.set(gradient);
  const length = yield* searchInBox(state, slope);
  if (length === 0) return false;
  state.learningRate = length;
  learnCurvature(state);
  return true;
}

/** Moves `target` from the Cauchy point to the minimum of the model over the free parameters; false when rounding forbids it. */
function minimizeOverFree(state: LBFGSBState): boolean {
  const { bfgs, cauchy, factor, small } = state;
  if (!factorFree(bfgs, cauchy.isFree, cauchy.free, factor)) return false;
  timesTransposed(bfgs, cauchy.modelGradient, small);
  solveSaddle(factor, small);
  scaleHalves(bfgs, small);
  fillStep(state);
  if (!projectedTarget(state)) truncatedTarget(state);
  return true;
}

/** −(I + W_F K⁻¹ W_Fᵀ) r in units of the step, r the model's gradient and `small` K⁻¹ W_Fᵀ r. */
function fillStep({ bfgs, cauchy, small, step }: LBFGSBState): void {
  const { isFree, modelGradient, unit } = cauchy;
  for (let i = 0; i < step.length; i += 1) {
    step[i] = isFree[i] === 1 ? -unit * ((modelGradient[i] as number) + rowTimes(bfgs, i, small)) : 0;
  }
}

/** target ← P(Cauchy point + step); false when that is no descent. */
function projectedTarget({ cauchy, step, target, parameters, gradient, lower, upper }: LBFGSBState): boolean {
  let slope = 0;
  for (let i = 0; i < step.length; i += 1) {
    const to = (cauchy.point[i] as number) + (step[i] as number);
    target[i] = clamp(to, lower[i] as number, upper[i] as number);
    slope += (gradient[i] as number) * ((target[i] as number) - (parameters[i] as number));
  }
  return slope < 0;
}

/** target ← Cauchy point + α·step with the largest α ≤ 1 inside the box. */
function truncatedTarget({ cauchy, step, target, lower, upper }: LBFGSBState): void {
  let most = 1;
  for (let i = 0; i < step.length; i += 1) {
    const d = step[i] as number;
    const end = (d > 0 ? upper[i] : lower[i]) as number;
    if (d !== 0) most = Math.min(most, (end - (cauchy.point[i] as number)) / d);
  }
  for (let i = 0; i < step.length; i += 1) {
    const to = (cauchy.point[i] as number) + most * (step[i] as number);
    target[i] = clamp(to, lower[i] as number, upper[i] as number);
  }
}

/** Takes up what the last step tells of the curvature, where that is positive; `step` and `change` hold where it began. */
function learnCurvature({ bfgs, parameters, gradient, step, change }: LBFGSBState): void {
  let product = 0;
  let descent = 0;
  for (let i = 0; i < parameters.length; i += 1) {
    const s = (parameters[i] as number) - (step[i] as number);
    const y = (gradient[i] as number) - (change[i] as number);
    descent -= s * (change[i] as number);
    step[i] = s;
    change[i] = y;
    product += s * y;
  }
  if (product > epsilon * descent) update(bfgs, step, change, product);
}
