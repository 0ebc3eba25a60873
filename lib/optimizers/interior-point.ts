// The primal–dual interior point method for sums of piecewise linear losses (Portnoy and Koenker 1997: Frisch's barrier and
// Newton's steps, with the predictor and corrector of Mehrotra 1992). Each iteration factors one p×p matrix and solves with
// it twice: towards complementarity 0, then towards what that step shows to be within reach, its second-order error made up
// for. Near the end the variables tell which residuals are 0 at the minimum: those equations give it to the last digits, and
// their dual variables, inside their bounds, prove it (Mehrotra and Ye 1993).

import { markCopy } from '../copies.js';
import { checkOptions } from '../options.js';
import {
  emptyState,
  figure,
  type Halt,
  type InteriorDirectionRequest,
  type InteriorMoveRequest,
  type InteriorPointFacts,
  type InteriorStartRequest,
  type InteriorVariables,
  isFiniteState,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
  type VertexRequest,
} from './solver.js';

// Share of the longest step that keeps all variables positive (Portnoy and Koenker 1997, section 4).
const stepShare = 0.99995;
// The vertex is tried where the gap is below this share of the value, and again where it is a tenth of what it was: earlier
// tries fail on most data sets.
const vertexFrom = 1e-4;
const vertexAgain = 0.1;
// A gap below this share of the value, or rounding of the targets, is as small as float64 has it.
const smallestGap = 1e-13;
const epsilon = 2 ** -52;
// Where the gap stays after so many iterations, this share of the value is rounding.
const mostIdle = 2;
const roundingShare = 1e-9;
// Steps shorter than this lead nowhere.
const shortestStep = 1e-10;

interface InteriorPointState extends SolverState {
  variables: InteriorVariables;
  /** An upper bound of value − minimum. */
  gap: number;
  complementarity: number;
  /** The mean size of the targets. */
  scale: number;
  /** The gap at the last try of a vertex. */
  triedAt: number;
  /** The smallest gap so far, and iterations since it was halved. */
  least: number;
  idle: number;
  /** Why going on would change nothing, in words. */
  settled: string | undefined;
}

export class InteriorPoint implements Solver {
  static {
    markCopy(InteriorPoint);
  }

  readonly name = 'InteriorPoint';
  readonly defaultIterations = 200;
  readonly requests = ['interior-start', 'interior-direction', 'interior-move', 'vertex'] as const;
  readonly handles = ['l1'] as const;

  /** @throws ERR_GRADUS_OPTION for any option: there are none. */
  constructor(options: Readonly<Record<string, never>> = {}) {
    checkOptions(options, [], 'InteriorPoint');
  }

  describe(): OptimizerDescription {
    return { name: this.name, options: {}, learningRate: undefined };
  }

  init(layout: Layout): InteriorPointState {
    return {
      ...emptyState(layout),
      variables: noVariables(),
      gap: Number.POSITIVE_INFINITY,
      complementarity: Number.NaN,
      scale: 0,
      triedAt: Number.POSITIVE_INFINITY,
      least: Number.POSITIVE_INFINITY,
      idle: 0,
      settled: undefined,
    };
  }

  /** The gap is small, and the minimum found exactly or as closely as it can be. */
  convergence({ gap, settled }: InteriorPointState, tolerance: number): string | undefined {
    if (settled === undefined || gap > tolerance) return undefined;
    return `duality gap ${figure(gap)} ≤ tolerance ${figure(tolerance)}: ${settled}`;
  }

  *start(state: InteriorPointState): Generator<Request, Halt | undefined, void> {
    const request: InteriorStartRequest = {
      kind: 'interior-start',
      at: state.parameters,
      variables: state.variables,
      scale: Number.NaN,
      ...unknownFacts(state.gradient),
    };
    yield request;
    state.variables = request.variables;
    state.scale = request.scale;
    take(state, request);
    if (state.value <= 16 * epsilon * state.scale) state.settled = 'all residuals are 0 but for rounding';
    return undefined;
  }

  *iterate(state: InteriorPointState): Generator<Request, Halt | undefined, void> {
    const { gap, settled } = state;
    if (settled !== undefined) {
      return { status: 'converged', reason: `duality gap ${figure(gap)} is rounding of the loss: ${settled}` };
    }
    const predictor = newtonRequest(state, 0, false);
    yield predictor;
    const { method, condition } = predictor;
    if (method === 'failed') {
      const reason = `the matrix of the Newton step is not positive definite where the loss is ${figure(state.value)}: scale the data`;
      return { status: 'failed', reason };
    }
    noteSystem(state, method, condition);
    const centring = (predictor.reached / state.complementarity) ** 3;
    const corrector = newtonRequest(state, centring * state.complementarity, true);
    yield corrector;
    const move: InteriorMoveRequest = {
      kind: 'interior-move',
      at: state.parameters,
      variables: state.variables,
      direction: corrector.direction,
      primalStep: Math.min(1, stepShare * corrector.primalStep),
      dualStep: Math.min(1, stepShare * corrector.dualStep),
      ...unknownFacts(new Float64Array(state.gradient.length)),
    };
    if (!(Math.max(move.primalStep, move.dualStep) > shortestStep)) return endOfSteps(state);
    yield move;
    if (!isFiniteState(move.value, move.gradient)) {
      return { status: 'failed', reason: `the loss is ${move.value} after a step: scale the data` };
    }
    state.gradient.set(move.gradient);
    take(state, move);
    state.learningRate = move.primalStep;
    state.idle = state.gap < 0.5 * state.least ? 0 : state.idle + 1;
    state.least = Math.min(state.least, state.gap);
    const drowned =
      state.gap <= Math.max(smallestGap * state.value, 16 * epsilon * state.scale) ||
      (state.idle >= mostIdle && state.gap <= roundingShare * state.value);
    if (state.gap <= Math.min(vertexFrom * state.value, vertexAgain * state.triedAt) || drowned) yield* toVertex(state);
    if (drowned) state.settled ??= 'as near as float64 has it, though no equations of the minimum could be told';
    return undefined;
  }
}

function noVariables(): InteriorVariables {
  const none = new Float64Array();
  return { positive: none, negative: none, above: none, below: none };
}

function unknownFacts(gradient: Float64Array): InteriorPointFacts {
  return { value: Number.NaN, gradient, gap: Number.NaN, complementarity: Number.NaN };
}

function take(state: InteriorPointState, { value, gap, complementarity }: InteriorPointFacts): void {
  state.value = value;
  state.gap = gap;
  state.complementarity = complementarity;
}

function newtonRequest(state: InteriorPointState, target: number, corrects: boolean): InteriorDirectionRequest {
  return {
    kind: 'interior-direction',
    at: state.parameters,
    variables: state.variables,
    target,
    corrects,
    direction: new Float64Array(state.parameters.length),
    primalStep: 0,
    dualStep: 0,
    reached: Number.NaN,
    method: 'failed',
    condition: Number.NaN,
  };
}

function noteSystem(state: InteriorPointState, method: 'cholesky' | 'shifted', condition: number): void {
  state.linearSolver = { method, condition };
  if (method === 'shifted' && state.warnings.length === 0) {
    state.warnings.push(
      'the matrix of the Newton step is singular or nearly so; a small multiple of its diagonal was added. Drop collinear ' +
        'columns, or add a penalty',
    );
  }
}

function endOfSteps({ value, gap, scale }: InteriorPointState): Halt {
  const rounding = Math.max(roundingShare * value, 16 * epsilon * scale);
  return gap <= rounding
    ? { status: 'converged', reason: `duality gap ${figure(gap)} ≤ ${figure(rounding)}, and no step makes it smaller` }
    : { status: 'stalled', reason: `no step makes the duality gap ${figure(gap)} smaller: scale the data` };
}

/** Moves to the vertex that the variables point to, where that is a minimum. */
function* toVertex(state: InteriorPointState): Generator<Request, void, void> {
  const request: VertexRequest = {
    kind: 'vertex',
    at: state.parameters,
    variables: state.variables,
    vertex: new Float64Array(state.parameters.length),
    found: false,
    unique: false,
    ...unknownFacts(new Float64Array(state.gradient.length)),
  };
  yield request;
  state.triedAt = state.gap;
  if (!request.found) return;
  state.parameters.set(request.vertex);
  state.gradient.set(request.gradient);
  take(state, request);
  state.settled = 'the exact solution of the equations that hold at the minimum';
  if (!request.unique) state.warnings.push('the minimum is not unique: other parameters have the same loss');
}
