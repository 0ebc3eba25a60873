// The point a solver of least squares stands at: residuals, Jacobian and its
// factorisation, the gradient, and how far from a minimum it is, in measures without
// units. Shared by LevenbergMarquardt and GaussNewton.

import { basicSolution, scatter } from './damped-step.js';
import { allocateQr, applyTransposed, factor, type PivotedQr, safeNorm } from './dense-qr.js';
import { lossOf, type RobustLoss, weigh } from './robust-loss.js';
import { emptyState, euclideanNorm, figure, type Halt, type Layout, type Request, type SolverState } from './solver.js';

const epsilon = 2 ** -52;
// A model may round more than θ does.
export const roundingMargin = 100;

/** ½ Σ r² or its robust form. */
export interface Loss {
  readonly kind: RobustLoss;
  readonly delta: number;
}

export interface SumOfSquaresState extends SolverState {
  /** r at the parameters. */
  readonly residuals: Float64Array;
  /** Residuals × parameters, row-major: J at the parameters, rows weighed where the loss is robust. */
  readonly jacobian: Float64Array;
  /** r, or r̃ where the loss is robust. */
  readonly weighted: Float64Array;
  /** ‖J_j‖₂ of each column. */
  readonly columnNorms: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** 1 for parameters that may move: not at a bound that the gradient presses them against. */
  readonly free: Float64Array;
  /** The columns that the factorisation holds. */
  readonly held: Float64Array;
  qr: PivotedQr;
  /** Qᵀ of the residuals, of the last use of the factorisation. */
  readonly projected: Float64Array;
  readonly trial: Float64Array;
  readonly trialResiduals: Float64Array;
  readonly step: Float64Array;
  /** A solution in the order of the factorisation. */
  readonly places: Float64Array;
  /** How many parameters are free. */
  freeCount: number;
  /** Largest |cos| between the residuals and a free column of J (Moré 1978). */
  cosine: number;
  /** ‖share of r in the space of the free columns‖ / ‖r‖: what Gauss–Newton could gain (Bates and Watts 1981). */
  offset: number;
  /** What the rounding of the parameters alone does to ‖r‖. */
  residualRounding: number;
  /** Changes of the value at or below this are rounding. */
  valueRounding: number;
  /** ‖r‖, in the sense of ½‖r‖² = value. */
  norm: number;
  /** Why the parameters are the minimum, where they are known to be to the last digits. */
  solved: string | undefined;
}

/** Everything is allocated here. A layout without `residuals` has none. */
export function sumOfSquaresState(layout: Layout): SumOfSquaresState {
  const n = layout.size;
  const m = layout.residuals ?? 0;
  return {
    ...emptyState(layout),
    residuals: new Float64Array(m),
    jacobian: new Float64Array(m * n),
    weighted: new Float64Array(m),
    columnNorms: new Float64Array(n),
    lower: layout.bounds ? Float64Array.from(layout.bounds.lower) : new Float64Array(n).fill(Number.NEGATIVE_INFINITY),
    upper: layout.bounds ? Float64Array.from(layout.bounds.upper) : new Float64Array(n).fill(Number.POSITIVE_INFINITY),
    free: new Float64Array(n).fill(1),
    held: new Float64Array(n).fill(1),
    qr: allocateQr(m, n),
    projected: new Float64Array(m),
    trial: new Float64Array(n),
    trialResiduals: new Float64Array(m),
    step: new Float64Array(n),
    places: new Float64Array(n),
    freeCount: n,
    cosine: Number.POSITIVE_INFINITY,
    offset: Number.POSITIVE_INFINITY,
    residualRounding: 0,
    valueRounding: 0,
    norm: Number.NaN,
    solved: undefined,
  };
}

/** Residuals and Jacobian at the start, which is first put into the box. */
export function* evaluateStart(state: SumOfSquaresState, loss: Loss): Generator<Request, Halt | undefined, void> {
  const outside = projectOnBox(state, state.parameters);
  if (outside > 0) {
    state.warnings.push(`${outside} of the start's parameters lay outside their bounds and were put on them`);
  }
  yield { kind: 'residuals', at: state.parameters, residuals: state.residuals };
  state.value = lossOf(loss.kind, loss.delta, state.residuals);
  if (!Number.isFinite(state.value)) {
    return { status: 'failed', reason: `the sum of squares at the start is ${state.value}: start elsewhere` };
  }
  if (!(yield* evaluateJacobian(state, loss))) {
    return { status: 'failed', reason: 'the Jacobian at the start is not finite: start elsewhere' };
  }
  measure(state);
  return undefined;
}

/** Puts x into the box; how many had to move. */
export function projectOnBox(state: SumOfSquaresState, x: Float64Array): number {
  let moved = 0;
  for (let j = 0; j < x.length; j += 1) {
    const value = x[j] as number;
    const inside = Math.min(Math.max(value, state.lower[j] as number), state.upper[j] as number);
    if (inside !== value) moved += 1;
    x[j] = inside;
  }
  return moved;
}

/** The value at `trial`, its residuals in `trialResiduals`. */
export function* evaluateTrial(state: SumOfSquaresState, loss: Loss): Generator<Request, number, void> {
  yield { kind: 'residuals', at: state.trial, residuals: state.trialResiduals };
  return lossOf(loss.kind, loss.delta, state.trialResiduals);
}

/**
 * Makes the trial the point. When the Jacobian there is not finite, or the offset or cosine not `below`, the point is the old one
 * again, its Jacobian evaluated anew, which costs less than room for two.
 */
export function* moveToTrial(
  state: SumOfSquaresState,
  loss: Loss,
  value: number,
  below: { readonly offset?: number; readonly cosine?: number } = {},
): Generator<Request, 'moved' | 'refused' | 'not finite', void> {
  const before = state.value;
  exchange(state.parameters, state.trial);
  exchange(state.residuals, state.trialResiduals);
  state.value = value;
  const finite = yield* evaluateJacobian(state, loss);
  if (finite) {
    measure(state);
    const { offset = Number.POSITIVE_INFINITY, cosine = Number.POSITIVE_INFINITY } = below;
    if (state.offset < offset && state.cosine < cosine) return 'moved';
  }
  exchange(state.parameters, state.trial);
  exchange(state.residuals, state.trialResiduals);
  state.value = before;
  yield* evaluateJacobian(state, loss);
  measure(state);
  return finite ? 'refused' : 'not finite';
}

function exchange(a: Float64Array, b: Float64Array): void {
  for (let i = 0; i < a.length; i += 1) {
    const value = a[i] as number;
    a[i] = b[i] as number;
    b[i] = value;
  }
}

function* evaluateJacobian(state: SumOfSquaresState, loss: Loss): Generator<Request, boolean, void> {
  const { jacobian, columnNorms, weighted, gradient } = state;
  const n = gradient.length;
  yield { kind: 'jacobian', at: state.parameters, residuals: state.residuals, jacobian };
  weigh(loss.kind, loss.delta, state.residuals, weighted, jacobian, n);
  gradient.fill(0);
  columnNorms.fill(0);
  for (let i = 0; i < weighted.length; i += 1) {
    const r = weighted[i] as number;
    for (let j = 0; j < n; j += 1) {
      const entry = jacobian[i * n + j] as number;
      gradient[j] = (gradient[j] as number) + entry * r;
      columnNorms[j] = (columnNorms[j] as number) + entry * entry;
    }
  }
  let finite = true;
  for (let j = 0; j < n; j += 1) {
    const squares = columnNorms[j] as number;
    columnNorms[j] = squares > 1e-270 && squares < 1e300 ? Math.sqrt(squares) : columnNorm(jacobian, n, j);
    finite &&= Number.isFinite(columnNorms[j] as number) && Number.isFinite(gradient[j] as number);
  }
  return finite;
}

/** ‖J_j‖ where its squares leave the range of doubles. */
function columnNorm(jacobian: Float64Array, n: number, j: number): number {
  let largest = 0;
  for (let at = j; at < jacobian.length; at += n) {
    const size = Math.abs(jacobian[at] as number);
    if (!(size <= largest)) largest = size;
  }
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let at = j; at < jacobian.length; at += n) sum += ((jacobian[at] as number) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

function measure(state: SumOfSquaresState): void {
  const { parameters, gradient, lower, upper, free, columnNorms } = state;
  state.norm = Math.sqrt(2 * state.value);
  state.freeCount = 0;
  state.cosine = 0;
  for (let j = 0; j < parameters.length; j += 1) {
    const x = parameters[j] as number;
    const g = gradient[j] as number;
    const held = (x <= (lower[j] as number) && g >= 0) || (x >= (upper[j] as number) && g <= 0);
    const fixed = held || (lower[j] as number) === (upper[j] as number);
    free[j] = fixed ? 0 : 1;
    if (fixed) continue;
    state.freeCount += 1;
    const length = columnNorms[j] as number;
    if (g !== 0) state.cosine = Math.max(state.cosine, Math.abs(g / length / state.norm));
  }
  hold(state, free);
  state.projected.set(state.weighted);
  applyTransposed(state.qr, state.projected);
  state.offset = state.value === 0 ? 0 : safeNorm(state.projected, 0, state.qr.rank) / state.norm;
  state.linearSolver = { method: 'qr', condition: state.qr.condition ** 2 };
  measureRounding(state);
}

/** Factors the columns in `chosen`. */
export function hold(state: SumOfSquaresState, chosen: Float64Array): void {
  state.held.set(chosen);
  factor(state.qr, state.jacobian, state.columnNorms, chosen);
}

/** ε·‖ |J||θ| ‖: r moves by as much when the last bits of θ do. */
function measureRounding(state: SumOfSquaresState): void {
  const { jacobian, parameters } = state;
  const n = parameters.length;
  let sum = 0;
  for (let i = 0; i < state.residuals.length; i += 1) {
    let row = 0;
    for (let j = 0; j < n; j += 1) row += Math.abs((jacobian[i * n + j] as number) * (parameters[j] as number));
    sum += row * row;
  }
  const rounding = epsilon * Math.sqrt(sum);
  state.residualRounding = Number.isFinite(rounding) ? rounding : 0;
  state.valueRounding = Math.max(16 * epsilon * state.value, rounding * (state.norm + rounding));
}

/** What is reported as the norm of the gradient: the largest cosine. */
export function scaledGradientNorm(state: SumOfSquaresState): number {
  return state.value === 0 ? 0 : state.cosine;
}

/** What the linear model says a whole Gauss–Newton step gains, ½‖P r‖². */
export function gaussNewtonGain(state: SumOfSquaresState): number {
  return state.offset * state.offset * state.value;
}

/** The reason in words, or undefined. */
export function sumOfSquaresConvergence(state: SumOfSquaresState, tolerance: number): string | undefined {
  if (state.solved !== undefined) return state.solved;
  if (state.value === 0) return 'all residuals are 0';
  if (state.freeCount === 0) {
    return state.parameters.length === 0 ? 'there are no parameters' : 'every parameter is held by its bounds';
  }
  if (state.norm <= state.residualRounding) {
    return `norm of the residuals ${figure(state.norm)} ≤ their rounding ${figure(state.residualRounding)}`;
  }
  if (state.offset <= tolerance) {
    return `share of the residuals that the parameters reach ${figure(state.offset)} ≤ tolerance ${figure(tolerance)}`;
  }
  if (state.cosine <= tolerance) {
    return `largest cosine of the residuals and a column ${figure(state.cosine)} ≤ tolerance ${figure(tolerance)}`;
  }
  return undefined;
}

/** Writes the step of Gauss and Newton, that of the free parameters within the rank of their columns. */
export function gaussNewtonStep(state: SumOfSquaresState): void {
  const { step, projected, qr, places } = state;
  step.fill(0);
  projected.set(state.weighted);
  applyTransposed(qr, projected);
  basicSolution(qr, projected, places);
  scatter(qr, places, step);
}

/** Gauss–Newton below the rounding of the value: taken while the residuals come closer to orthogonal. */
export function* refine(state: SumOfSquaresState, loss: Loss): Generator<Request, Halt | undefined, void> {
  const { step, parameters, trial } = state;
  gaussNewtonStep(state);
  for (let j = 0; j < step.length; j += 1) trial[j] = (parameters[j] as number) + (step[j] as number);
  projectOnBox(state, trial);
  let moved = false;
  for (let j = 0; j < step.length; j += 1) moved ||= trial[j] !== parameters[j];
  if (!moved) return exhausted(state, gaussNewtonGain(state));
  const value = yield* evaluateTrial(state, loss);
  if (!(value - state.value <= roundingMargin * state.valueRounding)) return exhausted(state, gaussNewtonGain(state));
  if ((yield* moveToTrial(state, loss, value, { offset: state.offset })) !== 'moved') {
    return exhausted(state, gaussNewtonGain(state));
  }
  state.learningRate = euclideanNorm(step);
  return undefined;
}

/** The end of a run that went on to the last digits. @param predicted the reduction that the last step promised. */
export function exhausted(state: SumOfSquaresState, predicted: number): Halt {
  state.solved =
    `predicted reduction ${figure(predicted)} ≤ rounding of the sum of squares ${figure(state.valueRounding)}, and steps no ` +
    `longer lower the scaled gradient ${figure(state.cosine)}`;
  return { status: 'converged', reason: state.solved };
}
