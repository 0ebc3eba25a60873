// What a solver is: a step machine over plain state. `iterate` is a generator
// for one iteration; it yields requests that carry their own output arrays, and
// whoever drives it fills them in: on this thread, on others, from a user's
// function. Stopping, clock, cancellation and callbacks belong to the driver.

import type { Kernels, LimitedMemory } from '../kernels/kernels.js';
import type { ScheduleDescription } from '../schedules/schedule.js';

/** A named part of the flat parameter vector. */
export interface Block {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

export interface Layout {
  readonly size: number;
  readonly blocks: readonly Block[];
  /** Where the parameters must stay, for solvers that handle 'bounds'; infinite where there is none. */
  readonly bounds?: Bounds | undefined;
  /** λⱼ of the penalty Σ λⱼ|θⱼ|, 0 where there is none, for solvers that handle 'l1'. Requests give the value without it. */
  readonly l1?: Float64Array | undefined;
  /** How many residuals a sum of squares has. */
  readonly residuals?: number | undefined;
}

/** lower[i] ≤ θ[i] ≤ upper[i], both as long as the parameters. */
export interface Bounds {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** The value of the objective at a point. */
export interface ValueRequest {
  readonly kind: 'value';
  readonly at: Float64Array;
  value: number;
}

/** Value and gradient of the objective at a point. */
export interface ValueGradientRequest {
  readonly kind: 'value-gradient';
  readonly at: Float64Array;
  readonly gradient: Float64Array;
  value: number;
}

/** Solves (H + shift·D) direction = −gradient, H the Hessian at `at`, D the objective's own diagonal scaling. */
export interface NewtonDirectionRequest {
  readonly kind: 'newton-direction';
  readonly at: Float64Array;
  /** The objective may take this share of its rows for H, where it has many; with 1, all of them. */
  readonly share: number;
  /** H is that of a sample of the rows. */
  sampled: boolean;
  readonly gradient: Float64Array;
  readonly shift: number;
  readonly direction: Float64Array;
  /** λ² = −gᵀ·direction: twice what the quadratic model says a full step gains. */
  decrement: number;
  /** 'failed' when the matrix was not positive definite at row `failedPivot`; without such a row, when it was not finite. */
  method: LinearSolver['method'] | 'failed';
  failedPivot: number;
  /** With 'modified': H has an eigenvalue that is negative beyond rounding and the errors of differences. */
  negativeCurvature: boolean;
  condition: number;
  /** The minimum itself, where the objective found it by QR: `at` + direction, and right to the last digits. */
  minimum: Float64Array | undefined;
  /** The last correction of the minimum, relative to it. */
  correction: number;
  /** What the user should hear of, in words. */
  warning: string | undefined;
}

/** With the answers unfilled. */
export function newtonDirectionRequest(
  at: Float64Array,
  gradient: Float64Array,
  share: number,
  shift: number,
): NewtonDirectionRequest {
  return {
    kind: 'newton-direction',
    at,
    share,
    sampled: false,
    gradient,
    shift,
    direction: new Float64Array(at.length),
    decrement: Number.NaN,
    method: 'failed',
    failedPivot: -1,
    negativeCurvature: false,
    condition: Number.NaN,
    minimum: undefined,
    correction: Number.NaN,
    warning: undefined,
  };
}

/** The second derivatives at a point: n×n, row-major, both triangles. */
export interface HessianRequest {
  readonly kind: 'hessian';
  readonly at: Float64Array;
  readonly hessian: Float64Array;
  /** Set by an objective whose second derivatives are the same everywhere. */
  constant?: boolean;
}

/** H(at)·vector. */
export interface HessianVectorRequest {
  readonly kind: 'hessian-vector';
  readonly at: Float64Array;
  readonly vector: Float64Array;
  readonly product: Float64Array;
}

/** The residuals r(at) of a sum of squares ½ Σ r². */
export interface ResidualsRequest {
  readonly kind: 'residuals';
  readonly at: Float64Array;
  readonly residuals: Float64Array;
}

/** ∂rᵢ/∂θⱼ at a point: residuals × parameters, row-major. `residuals` holds r(at). */
export interface JacobianRequest {
  readonly kind: 'jacobian';
  readonly at: Float64Array;
  readonly residuals: Float64Array;
  readonly jacobian: Float64Array;
}

/**
 * direction = −H·gradient of L-BFGS from the pairs in `memory`, and its slope gradientᵀdirection. For many parameters; drivers
 * answer it by the kernels.
 */
export interface LimitedMemoryRequest {
  readonly kind: 'limited-memory-direction';
  readonly memory: LimitedMemory;
  readonly gradient: Float64Array;
  readonly direction: Float64Array;
  slope: number;
}

/** How Newton's system was solved, and an estimate of the condition number of the scaled Hessian. */
export interface LinearSolver {
  /**
   * 'cholesky'; 'qr' of the rows themselves, where Cholesky would lose digits; 'shifted' when the Hessian was not positive
   * definite and a multiple of its diagonal was added; 'modified' when its negative curvature was turned round.
   */
  readonly method: 'cholesky' | 'qr' | 'shifted' | 'modified';
  /** For least squares that of the columns is its square root. Cholesky and its shift give a lower bound. */
  readonly condition: number;
}

/** An estimate of the largest eigenvalue of the Hessian anywhere; NaN when the objective knows none. */
export interface CurvatureBoundRequest {
  readonly kind: 'curvature-bound';
  bound: number;
}

/**
 * What an interior point method keeps of each term of a sum of piecewise linear losses. The residual is r = positive − negative,
 * and the dual variable d is `above` short of its upper bound and `below` beyond its lower one. All four are positive inside.
 */
export interface InteriorVariables {
  readonly positive: Float64Array;
  readonly negative: Float64Array;
  readonly above: Float64Array;
  readonly below: Float64Array;
}

/** What is known of a point of such a sum and its dual variables. */
export interface InteriorPointFacts {
  /** The objective at `at`. */
  value: number;
  /** A subgradient to within `gap`: that of the Lagrangian at the dual variables. */
  readonly gradient: Float64Array;
  /** The value is above the minimum by at most this, but for what is left of the gradient. */
  gap: number;
  /** Mean of positive·above and of negative·below over the terms: 0 at the minimum. */
  complementarity: number;
}

/** Moves `at` to where to start (least squares, when it is all zeros) and makes variables there. */
export interface InteriorStartRequest extends InteriorPointFacts {
  readonly kind: 'interior-start';
  readonly at: Float64Array;
  variables: InteriorVariables;
  /** The mean size of the targets. */
  scale: number;
}

/**
 * Newton's direction to complementarity `target` from variables that belong to `at`. The second one asked for at a point
 * corrects for the products of the first one's steps, and shares its matrix.
 */
export interface InteriorDirectionRequest {
  readonly kind: 'interior-direction';
  readonly at: Float64Array;
  readonly variables: InteriorVariables;
  readonly target: number;
  readonly corrects: boolean;
  readonly direction: Float64Array;
  /** The longest steps that leave the variables positive, of the residuals' parts and of the dual slacks; at most 1. */
  primalStep: number;
  dualStep: number;
  /** Complementarity after these steps. */
  reached: number;
  /** 'failed' when no shift makes the matrix positive definite. */
  method: 'cholesky' | 'shifted' | 'failed';
  condition: number;
}

/** Takes steps along the direction that was asked for last. */
export interface InteriorMoveRequest extends InteriorPointFacts {
  readonly kind: 'interior-move';
  readonly at: Float64Array;
  readonly variables: InteriorVariables;
  readonly direction: Float64Array;
  readonly primalStep: number;
  readonly dualStep: number;
}

/** The minimum as the solution of linear equations, as many residuals 0 as the variables say. */
export interface VertexRequest extends InteriorPointFacts {
  readonly kind: 'vertex';
  readonly at: Float64Array;
  readonly variables: InteriorVariables;
  /** The solution. */
  readonly vertex: Float64Array;
  /** Whether the solution is the minimum. If not, the variables are not near enough yet, or columns depend on each other. */
  found: boolean;
  /** No other point has this value. */
  unique: boolean;
}

/** Nothing but a chance to pause, in the middle of much arithmetic of the solver's own; every driver answers it. */
export interface PauseRequest {
  readonly kind: 'pause';
}

/** The kernels of the run, for small synchronous work of the solver's own; who answers a Hessian answers it. */
export interface KernelsRequest {
  readonly kind: 'kernels';
  kernels: Kernels | undefined;
}

export type Request =
  | ValueRequest
  | ValueGradientRequest
  | HessianRequest
  | HessianVectorRequest
  | ResidualsRequest
  | JacobianRequest
  | NewtonDirectionRequest
  | CurvatureBoundRequest
  | LimitedMemoryRequest
  | KernelsRequest
  | InteriorStartRequest
  | InteriorDirectionRequest
  | InteriorMoveRequest
  | VertexRequest
  | PauseRequest;
export type RequestKind = Request['kind'];

/** What outlives an iteration: plain values and arrays, so that a run can be saved. Work arrays may be among them. */
export interface SolverState {
  readonly parameters: Float64Array;
  readonly gradient: Float64Array;
  value: number;
  iteration: number;
  /** The step length or rate of the last iteration. */
  learningRate: number;
  /** Of the last iteration that solved a linear system. */
  linearSolver: LinearSolver | undefined;
  /** Things the user should hear of, in words. */
  readonly warnings: string[];
}

/** Why a solver cannot or need not go on. */
export interface Halt {
  readonly status: 'converged' | 'stalled' | 'diverged' | 'failed';
  readonly reason: string;
}

/** An optimizer as plain values, so that it can be saved and compared. */
export interface OptimizerDescription {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Undefined without a rate, and for a schedule that the user wrote as a function. */
  readonly learningRate: ScheduleDescription | undefined;
}

export interface Solver {
  readonly name: string;
  /** Iterations allowed when the user names none. */
  readonly defaultIterations: number;
  /** What it asks of an objective. */
  readonly requests: readonly RequestKind[];
  /** The parts of a layout it respects; a problem that has others is refused. */
  readonly handles?: readonly ('bounds' | 'l1')[];
  describe(): OptimizerDescription;
  init(layout: Layout): SolverState;
  /**
   * Puts the start where the solver can begin (inside the bounds, say) and evaluates it, when that is more than one value and
   * gradient at `parameters`.
   */
  start?(state: SolverState): Generator<Request, Halt | undefined, void>;
  /** One iteration from an evaluated point (`value` and `gradient` belong to `parameters`). */
  iterate(state: SolverState): Generator<Request, Halt | undefined, void>;
  /** The reason in words once the state counts as a minimum; undefined before. */
  convergence(state: SolverState, tolerance: number): string | undefined;
  /** What is compared with the tolerance, where it is not ‖gradient‖₂: that of the projected gradient, say. */
  gradientNorm?(state: SolverState): number;
  /** For methods that can let the value rise over a run: the cause and what to do; undefined when that is no divergence. */
  explainRise?(state: SolverState, initialValue: number): Generator<Request, string | undefined, void>;
}

/** The state every solver starts from. */
export function emptyState(layout: Layout): SolverState {
  return {
    parameters: new Float64Array(layout.size),
    gradient: new Float64Array(layout.size),
    value: Number.NaN,
    iteration: 0,
    learningRate: 0,
    linearSolver: undefined,
    warnings: [],
  };
}

/** ‖x‖₂, of numbers whose squares overflow or vanish too. */
export function euclideanNorm(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += (x[i] as number) * (x[i] as number);
  return sum > smallestSquare && sum < Number.POSITIVE_INFINITY ? Math.sqrt(sum) : scaledNorm(x);
}

// Sums of squares below this have lost digits.
const smallestSquare = 2 ** -960;

function scaledNorm(x: Float64Array): number {
  let largest = 0;
  for (const value of x) largest = Math.max(largest, Math.abs(value));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (const value of x) sum += (value / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** Σ xᵢyᵢ over short vectors. */
export function innerProduct(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) sum += (x[i] as number) * (y[i] as number);
  return sum;
}

/** product = matrix·vector, the matrix square and row-major. */
export function multiply(matrix: Float64Array, vector: Float64Array, product: Float64Array): void {
  const n = vector.length;
  for (let i = 0; i < n; i += 1) {
    let sum = 0;
    for (let j = 0; j < n; j += 1) sum += (matrix[i * n + j] as number) * (vector[j] as number);
    product[i] = sum;
  }
}

export function isFiniteState(value: number, gradient: Float64Array): boolean {
  let zero = 0;
  for (let i = 0; i < gradient.length; i += 1) zero += 0 * (gradient[i] as number);
  return zero === 0 && Number.isFinite(value);
}

/** Numbers as they stand in a reason: three digits, 1e6 rather than 1000000. */
export function figure(value: number): string {
  const rounded = Number(value.toPrecision(3));
  const large = Math.abs(rounded) >= 1e6 && Number.isFinite(rounded);
  return (large ? rounded.toExponential() : String(rounded)).replace('e+', 'e');
}

/** The test shared by all: ‖gradient‖₂ ≤ tolerance. */
export function gradientConvergence(state: SolverState, tolerance: number): string | undefined {
  const norm = euclideanNorm(state.gradient);
  return norm <= tolerance ? `gradient norm ${figure(norm)} ≤ tolerance ${figure(tolerance)}` : undefined;
}
