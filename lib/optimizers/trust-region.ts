// Trust-region Newton: p minimises the quadratic model m(p) = gᵀp + ½ pᵀHp over ‖p‖ ≤ Δ;
// θ + p is taken when it gains more than a share η of what the model says, and Δ follows
// how right the model was (Nocedal and Wright, Numerical Optimization, algorithm 4.1).
// Any Hessian serves, indefinite and singular ones too. One iteration is one trial.
// Departures: a rejected step of length ‖p‖ < Δ shrinks the region to ¼‖p‖; a trial that
// is not finite is a rejected one; Δ may grow with ‖θ‖; where rounding drowns f a step counts when the gradient
// fell; and a small gradient is no minimum yet while the last model found negative curvature.

import { markCopy } from '../copies.js';
import { expected } from '../errors.js';
import { checkNumber, checkOptions } from '../options.js';
import { valueRounding } from './line-search.js';
import {
  emptyState,
  euclideanNorm,
  figure,
  type Halt,
  type Layout,
  type OptimizerDescription,
  type Request,
  type RequestKind,
  type Solver,
  type SolverState,
} from './solver.js';
import { emptySteihaugProblem, type SteihaugProblem, solveSteihaug } from './steihaug.js';
import {
  emptyTrustSubproblem,
  largestMagnitude,
  solveTrustSubproblem,
  type TrustSubproblem,
} from './trust-subproblem.js';

export interface TrustRegionOptions {
  /**
   * How the model is minimised: 'exact' (Moré and Sorensen 1983; asks for the Hessian, n³/6 multiplications a factorisation)
   * or 'steihaug' (truncated conjugate gradients; asks for products H·v only). Default 'exact'.
   */
  readonly subproblem?: 'exact' | 'steihaug';
  /** Δ at the start, in units of the parameters. Default 1. */
  readonly initialRadius?: number;
  /** Δ never grows beyond this many times max(1, ‖θ‖). Default 1000. */
  readonly maximumRadius?: number;
  /** η in [0, ¼): the share of the predicted decrease that a step must bring. Default 0.15. */
  readonly acceptance?: number;
}

// Of ‖p‖ and m(p). On the 35 problems of Moré, Garbow and Hillstrom 1e-3 saves 3 % of the evaluations against the 0.1 of
// Conn, Gould and Toint, and 1e-6 saves no more; it costs a factorisation or two.
const modelAccuracy = 1e-3;
const shrinkage = 0.25;
// Curvature below this share of the largest second derivative is taken for rounding, or for that of differences.
const negligibleCurvature = 1e-6;
// Trials lost in rounding, one after the other, before the run is called stalled.
const drownedMost = 3;
// So many shorter and shorter steps that raise the value do not happen along a gradient that is right.
const raisedMost = 8;

interface TrustRegionState extends SolverState {
  /** Δ. */
  radius: number;
  /** H belongs to `parameters`: a rejected trial asks for no new one. */
  hessianReady: boolean;
  /** n × n for 'exact', else empty. */
  readonly hessian: Float64Array;
  readonly exact: TrustSubproblem;
  readonly steihaug: SteihaugProblem;
  readonly trialParameters: Float64Array;
  readonly trialGradient: Float64Array;
  /** The smallest curvature that the last model met counts as negative; at the start that is not known. */
  saddle: boolean;
  /** Trials in a row that were lost in rounding. */
  drowned: number;
  /** Trials in a row that raised the value. */
  raised: number;
}

export class TrustRegion implements Solver {
  static {
    markCopy(TrustRegion);
  }

  readonly name = 'TrustRegion';
  readonly defaultIterations = 1000;
  readonly requests: readonly RequestKind[];
  readonly #subproblem: 'exact' | 'steihaug';
  readonly #initialRadius: number;
  readonly #maximumRadius: number;
  readonly #acceptance: number;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a value out of range. */
  constructor(options: TrustRegionOptions = {}) {
    checkOptions(options, ['subproblem', 'initialRadius', 'maximumRadius', 'acceptance'], 'TrustRegion');
    const { subproblem = 'exact', initialRadius, maximumRadius = 1000, acceptance = 0.15 } = options;
    if (subproblem !== 'exact' && subproblem !== 'steihaug') {
      throw expected('ERR_GRADUS_OPTION', '`subproblem`', "'exact' or 'steihaug'", subproblem);
    }
    this.#subproblem = subproblem;
    this.#maximumRadius = checkNumber(maximumRadius, '`maximumRadius`', { above: 0 });
    this.#initialRadius = checkNumber(initialRadius ?? Math.min(1, maximumRadius), '`initialRadius`', {
      above: 0,
      max: maximumRadius,
    });
    this.#acceptance = checkNumber(acceptance, '`acceptance`', { min: 0, below: 0.25 });
    this.requests = ['value-gradient', subproblem === 'exact' ? 'hessian' : 'hessian-vector'];
  }

  describe(): OptimizerDescription {
    const options = {
      subproblem: this.#subproblem,
      initialRadius: this.#initialRadius,
      maximumRadius: this.#maximumRadius,
      acceptance: this.#acceptance,
    };
    return { name: this.name, options, learningRate: undefined };
  }

  init(layout: Layout): TrustRegionState {
    const n = layout.size;
    const exact = this.#subproblem === 'exact';
    return {
      ...emptyState(layout),
      learningRate: this.#initialRadius,
      radius: this.#initialRadius,
      hessianReady: false,
      hessian: new Float64Array(exact ? n * n : 0),
      exact: emptyTrustSubproblem(exact ? n : 0),
      steihaug: emptySteihaugProblem(exact ? 0 : n),
      trialParameters: new Float64Array(n),
      trialGradient: new Float64Array(n),
      saddle: exact && n > 0,
      drowned: 0,
      raised: 0,
    };
  }

  /** ‖gradient‖₂ ≤ tolerance, and with 'exact' no negative curvature in the last model: the start may be a saddle. */
  convergence(state: TrustRegionState, tolerance: number): string | undefined {
    const norm = euclideanNorm(state.gradient);
    if (!(norm <= tolerance) || state.saddle) return undefined;
    return `gradient norm ${figure(norm)} ≤ tolerance ${figure(tolerance)}`;
  }

  *iterate(state: TrustRegionState): Generator<Request, Halt | undefined, void> {
    const problem = this.#subproblem === 'exact' ? yield* exactStep(state) : yield* steihaugStep(state);
    if (problem === undefined) {
      return {
        status: 'failed',
        reason: `the second derivatives are not finite where the value is ${figure(state.value)}`,
      };
    }
    const { step, predicted, onBoundary } = problem;
    state.learningRate = state.radius;
    const { parameters, trialParameters: at, trialGradient: gradient } = state;
    let moved = false;
    for (let i = 0; i < at.length; i += 1) {
      at[i] = (parameters[i] as number) + (step[i] as number);
      if (at[i] !== parameters[i]) moved = true;
    }
    if (!moved) return drown(state, `a step of length ${figure(euclideanNorm(step))} no longer changes the parameters`);
    const trial = { kind: 'value-gradient' as const, at, gradient, value: Number.NaN };
    yield trial;
    const length = euclideanNorm(step);
    if (!Number.isFinite(trial.value) || !Number.isFinite(euclideanNorm(gradient)) || !Number.isFinite(predicted)) {
      state.radius = shrinkage * Math.min(length, state.radius);
      return undefined;
    }
    const change = trial.value - state.value;
    const rounding = valueRounding(state.value);
    const gain = -change / predicted;
    const flat = Math.abs(change) <= rounding && euclideanNorm(gradient) < euclideanNorm(state.gradient);
    const accepted = (change < 0 && gain > this.#acceptance) || flat;
    if (accepted) {
      parameters.set(at);
      state.gradient.set(gradient);
      state.value = trial.value;
      state.hessianReady = false;
      state.drowned = 0;
      state.raised = 0;
    } else if (change > 0) {
      state.raised += 1;
    }
    if (flat) return undefined;
    if (!(gain >= shrinkage)) state.radius = shrinkage * Math.min(length, state.radius);
    else if (gain > 0.75 && onBoundary)
      state.radius = Math.min(2 * state.radius, this.#maximumRadius * Math.max(1, euclideanNorm(parameters)));
    if (accepted || predicted > rounding) return undefined;
    return drown(state, `the predicted decrease ${figure(predicted)} ≤ rounding of the value ${figure(rounding)}`);
  }
}

/** A trial lost in rounding: a convergence test may still pass, else the run is stalled when it happens again and again. */
function drown(state: TrustRegionState, why: string): Halt | undefined {
  state.drowned += 1;
  if (state.drowned < drownedMost) return undefined;
  const norm = `gradient norm ${figure(euclideanNorm(state.gradient))}${state.saddle ? ', with negative curvature' : ''}`;
  const numbers = `${why}: value ${figure(state.value)}, ${norm}, radius ${figure(state.radius)}`;
  const suspicion = `; the last ${state.raised} trials raised the value: check the gradient`;
  return { status: 'stalled', reason: state.raised < raisedMost ? numbers : numbers + suspicion };
}

function* exactStep(state: TrustRegionState): Generator<Request, TrustSubproblem | undefined, void> {
  const { hessian, exact } = state;
  if (!state.hessianReady) yield { kind: 'hessian', at: state.parameters, hessian };
  state.hessianReady = true;
  const largest = largestMagnitude(hessian);
  if (!Number.isFinite(largest)) return undefined;
  solveTrustSubproblem(exact, hessian, state.gradient, state.radius, modelAccuracy);
  state.saddle = exact.curvature < -negligibleCurvature * largest;
  return exact;
}

function* steihaugStep(state: TrustRegionState): Generator<Request, SteihaugProblem | undefined, void> {
  const { steihaug } = state;
  const solved = yield* solveSteihaug(steihaug, state.parameters, state.gradient, state.radius);
  return solved ? steihaug : undefined;
}
