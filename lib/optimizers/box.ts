// The box lower ≤ θ ≤ upper: projection on it, how far a point is from being a
// minimum in it, and which parameter is outside. Called by the solvers that handle
// bounds. A bound may be infinite; lower = upper fixes a parameter.

import { type Block, figure, type Halt, isFiniteState, type Layout, type Request, type SolverState } from './solver.js';

/** The state of a solver that handles bounds. */
export interface BoxState extends SolverState {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** The names of the parameters, for warnings. */
  readonly blocks: readonly Block[];
}

/** The fields that `BoxState` adds; without bounds in the layout the box is the whole space. */
export function boxOf(layout: Layout): Pick<BoxState, 'lower' | 'upper' | 'blocks'> {
  const { size, bounds, blocks } = layout;
  return {
    lower: bounds ? bounds.lower.slice() : new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
    upper: bounds ? bounds.upper.slice() : new Float64Array(size).fill(Number.POSITIVE_INFINITY),
    blocks: blocks.map(({ name, offset, size }) => ({ name, offset, size })),
  };
}

/** The nearest point of [lower, upper]. */
export function clamp(x: number, lower: number, upper: number): number {
  return x < lower ? lower : x > upper ? upper : x;
}

/** x ← P(x), the nearest point of the box. */
export function project(x: Float64Array, lower: Float64Array, upper: Float64Array): void {
  for (let i = 0; i < x.length; i += 1) {
    x[i] = clamp(x[i] as number, lower[i] as number, upper[i] as number);
  }
}

/** The index of the first parameter outside the box, −1 when all are inside. */
export function checkInside(x: Float64Array, lower: Float64Array, upper: Float64Array): number {
  for (let i = 0; i < x.length; i += 1) {
    const value = x[i] as number;
    if (value < (lower[i] as number) || value > (upper[i] as number)) return i;
  }
  return -1;
}

/** P(x − g) − x in one coordinate, without the rounding of the difference x − g. */
export function projectedStep(x: number, g: number, lower: number, upper: number): number {
  return g > 0 ? Math.max(-g, lower - x) : Math.min(-g, upper - x);
}

/** ‖P(x − g) − x‖₂, 0 at a minimum in the box; ‖g‖₂ where no bound is near. */
export function projectedGradientNorm(
  x: Float64Array,
  g: Float64Array,
  lower: Float64Array,
  upper: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) {
    const step = projectedStep(x[i] as number, g[i] as number, lower[i] as number, upper[i] as number);
    sum += step * step;
  }
  return Math.sqrt(sum);
}

/** Moves the start into the box, with a warning that names the first parameter moved, and evaluates it. */
export function* startInside(state: BoxState): Generator<Request, Halt | undefined, void> {
  const { parameters, gradient, lower, upper } = state;
  const moved = checkInside(parameters, lower, upper);
  if (moved >= 0) {
    const from = parameters[moved] as number;
    project(parameters, lower, upper);
    state.warnings.push(
      `the start was moved into the bounds: ${parameterName(state.blocks, moved)} from ${figure(from)} to ` +
        `${figure(parameters[moved] as number)}`,
    );
  }
  const request = { kind: 'value-gradient' as const, at: parameters, gradient, value: Number.NaN };
  yield request;
  state.value = request.value;
  if (isFiniteState(request.value, gradient)) return undefined;
  return { status: 'failed', reason: `the value at the start is ${request.value}: start elsewhere` };
}

function parameterName(blocks: readonly Block[], index: number): string {
  for (const { name, offset, size } of blocks) {
    if (index >= offset && index < offset + size) return size === 1 ? name : `${name}[${index - offset}]`;
  }
  return `parameter ${index}`;
}
