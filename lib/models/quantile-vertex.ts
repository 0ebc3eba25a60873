// The minimum of a sum of pinball losses from the equations that hold there. The variables of an interior point near it tell
// the terms whose residual is 0 (a part of it that vanishes beside its slack) from those whose dual variable is at a bound.
// Without a ridge penalty p of the first kind give θ = Z_A⁻¹y_A, and their dual variables solve Z_Aᵀd_A = −Z_Nᵀd_N; with one,
// Λθ − Z_Aᵀd_A = Z_Nᵀd_N and Z_Aθ = y_A are solved together. Dual variables inside their bounds prove the minimum.

import { smallJob } from '../kernels/kernels.js';
import type { InteriorVariables } from '../optimizers/solver.js';
import type { InteriorTerms } from './interior-terms.js';
import { LinearEquations } from './linear-equations.js';
import type { Work } from './objective.js';
import { eachPiece, type TermRows } from './term-rows.js';

// How far beyond its bounds, relative to their distance, a dual variable may be by rounding (the gap tells what that is worth),
// and how near to them one counts as being at them.
const boundRounding = 1e-6;
const atBound = 1e-9;
// Bounds of the ratios of the terms that are looked at, in turn.
const limits = [1, 1e4, 1e8, 1e12, Number.POSITIVE_INFINITY] as const;
// Corrections of the solution by its residuals.
const refinements = 2;

export interface VertexProblem {
  readonly rows: TermRows;
  readonly terms: InteriorTerms;
  /** Λⱼ, one a column; the intercept has none. */
  readonly ridge: Float64Array;
}

export interface Vertex {
  /** With the dual variables of the vertex. */
  readonly variables: InteriorVariables;
  /** The dual variables are inside their bounds but for rounding. */
  readonly feasible: boolean;
  /** They are not at them. */
  readonly unique: boolean;
}

/**
 * Fills in the vertex; undefined when there is none to be seen yet.
 * @param vertex comes as the point of the variables.
 */
export function* findVertex(
  problem: VertexProblem,
  variables: InteriorVariables,
  vertex: Float64Array,
): Work<Vertex | undefined | 'aborted'> {
  const { rows, terms, ridge } = problem;
  const p = rows.size;
  const isRidge = ridge.some((strength) => strength > 0);
  const ratios = new Float64Array(terms.count);
  if (!(yield* compare(terms, variables, ratios))) return 'aborted';
  const active = yield* activeTerms(rows, ratios, isRidge ? 0 : p);
  if (active === 'aborted' || active === undefined) return active;
  const dual = { ...variables, above: new Float64Array(terms.count), below: new Float64Array(terms.count) };
  const start = { problem, variables, ratios, active, dual };
  return yield* isRidge ? solveRidge(start, vertex) : solveVertex(start, vertex);
}

/** Near a minimum, with room for the dual variables there. */
interface Start {
  readonly problem: VertexProblem;
  readonly variables: InteriorVariables;
  readonly ratios: Float64Array;
  readonly active: Active;
  readonly dual: InteriorVariables;
}

/** How large a residual is beside the slack of its dual variable, each relative to its like. */
function* compare(terms: InteriorTerms, variables: InteriorVariables, ratios: Float64Array): Work<boolean> {
  const { positive, negative, above, below } = variables;
  let sum = 0;
  const add = (first: number, last: number): void => {
    for (let i = first; i < last; i += 1) sum += (positive[i] as number) + (negative[i] as number);
  };
  if (!(yield* eachPiece(terms.count, add))) return false;
  const mean = sum / terms.count;
  return yield* eachPiece(terms.count, (first, last) => {
    for (let i = first; i < last; i += 1) {
      const part = Math.max(positive[i] as number, negative[i] as number) / mean;
      const slack = Math.min(above[i] as number, below[i] as number);
      ratios[i] = part / (slack / ((terms.upper[i] as number) + (terms.lower[i] as number)));
    }
  });
}

interface Active {
  readonly terms: readonly number[];
  readonly rows: readonly Float64Array[];
  readonly equations: LinearEquations;
}

/**
 * The terms of the smallest ratios whose rows are independent: those below 1, and where they are fewer than `fewest`, which
 * happens where the minimum is not unique, the next. Undefined when there are too many, or not as many as that.
 */
function* activeTerms(rows: TermRows, ratios: Float64Array, fewest: number): Work<Active | undefined | 'aborted'> {
  const most = 4 * rows.size + 100;
  for (const limit of limits) {
    const near: number[] = [];
    const collect = (first: number, last: number): void => {
      for (let i = first; i < last && near.length <= most; i += 1) if ((ratios[i] as number) < limit) near.push(i);
    };
    if (!(yield* eachPiece(ratios.length, collect))) return 'aborted';
    if (near.length > most) return undefined;
    if (near.length < fewest) continue;
    near.sort((a, b) => (ratios[a] as number) - (ratios[b] as number));
    const active = yield* independent(rows, near);
    if (active === 'aborted' || active.rows.length >= fewest) return active;
  }
  return undefined;
}

/** The first rows that do not depend on those before them. */
function* independent(rows: TermRows, near: readonly number[]): Work<Active | 'aborted'> {
  const all = near.map((i) => rows.row(i));
  const equations = new LinearEquations(columnSizes(all, rows.size));
  const terms: number[] = [];
  const chosen: Float64Array[] = [];
  for (const [k, row] of all.entries()) {
    if (equations.count === rows.size) break;
    const take = (): void => {
      if (!equations.add(row)) return;
      terms.push(near[k] as number);
      chosen.push(row);
    };
    if (!(yield smallJob(take))) return 'aborted';
  }
  return { terms, rows: chosen, equations };
}

function columnSizes(rows: readonly Float64Array[], size: number): Float64Array {
  const sizes = new Float64Array(size);
  for (const row of rows) {
    for (let j = 0; j < size; j += 1) sizes[j] = Math.max(sizes[j] as number, Math.abs(row[j] as number));
  }
  return sizes;
}

/** θ = Z_A⁻¹y_A; the others' dual variables are those of the signs of their residuals there. */
function* solveVertex(
  { problem, variables, ratios, active, dual }: Start,
  vertex: Float64Array,
): Work<Vertex | 'aborted'> {
  const { rows, terms } = problem;
  const { equations } = active;
  vertex.set(refined(equations, active.rows, targetsOf(terms, active.terms)));
  for (const i of active.terms) {
    const unit = rows.unit(i);
    if (unit !== undefined) vertex[unit] = 0;
  }
  const signs = new Int8Array(terms.count);
  const look = (predictors: Float64Array, first: number): void => {
    for (let k = 0; k < predictors.length; k += 1) {
      signs[first + k] = Math.sign((terms.targets[first + k] as number) - (predictors[k] as number));
    }
  };
  if (!(yield* rows.multiply(vertex, look))) return 'aborted';
  const duals = new Float64Array(rows.size);
  const isUpper = (i: number): boolean => (signs[i] as number) > 0;
  if (!(yield* boundDuals({ problem, variables, ratios, active, dual }, isUpper, duals))) return 'aborted';
  for (let j = 0; j < duals.length; j += 1) duals[j] = -(duals[j] as number);
  equations.solveTransposed(duals);
  return { variables: dual, ...placeDuals(terms, active.terms, duals, dual) };
}

/** θ and the dual variables of the active terms together. Those beyond their bounds go to them, and their terms leave. */
function* solveRidge(start: Start, vertex: Float64Array): Work<Vertex | undefined | 'aborted'> {
  const { problem, variables, active, dual } = start;
  const { terms, rows, ridge } = problem;
  const columns = ridge.length;
  const product = new Float64Array(rows.size);
  const isUpper = (i: number): boolean => (variables.above[i] as number) < (variables.below[i] as number);
  if (!(yield* boundDuals(start, isUpper, product))) return 'aborted';
  let left = active.terms.map((i, k) => ({ i, row: active.rows[k] as Float64Array }));
  for (;;) {
    const equations = yield* ridgeEquations(
      problem,
      left.map(({ row }) => row),
    );
    if (equations === undefined || equations === 'aborted') return equations;
    const targets = targetsOf(
      terms,
      left.map(({ i }) => i),
    );
    const right = Float64Array.of(...targets, ...product);
    // Without an active term nothing decides the intercept: it stays.
    const isFree = left.length === 0 && rows.size > columns;
    if (isFree) right[columns] = vertex[columns] as number;
    const solution = refined(equations.factored, equations.rows, right);
    const duals = solution.subarray(rows.size);
    const isOut = left.map(({ i }, k) => distanceInside(terms, i, duals[k] as number) < -boundRounding);
    const placed = placeDuals(
      terms,
      left.map(({ i }) => i),
      duals,
      dual,
    );
    if (!isOut.includes(true)) {
      vertex.set(solution.subarray(0, rows.size));
      return { variables: dual, feasible: placed.feasible, unique: placed.unique && !isFree };
    }
    left.forEach(({ i, row }, k) => {
      if (!isOut[k]) return;
      const d = terms.dual(dual, i);
      for (let j = 0; j < product.length; j += 1) product[j] = (product[j] as number) + d * (row[j] as number);
    });
    left = left.filter((_, k) => !isOut[k]);
  }
}

function targetsOf(terms: InteriorTerms, active: readonly number[]): Float64Array {
  return Float64Array.from(active, (i) => terms.targets[i] as number);
}

/** Slacks of the dual variables of all terms but the active ones, at a bound where they are not inside; product = Z_Nᵀd_N. */
function* boundDuals(
  { problem, variables, ratios, active, dual }: Start,
  isUpper: (i: number) => boolean,
  product: Float64Array,
): Work<boolean> {
  const { rows, terms } = problem;
  const { above, below } = variables;
  const place = (first: number, last: number): void => {
    for (let i = first; i < last; i += 1) {
      const width = (terms.upper[i] as number) + (terms.lower[i] as number);
      const inside = (ratios[i] as number) < 1;
      const upper = isUpper(i);
      dual.above[i] = inside ? (above[i] as number) : upper ? 0 : width;
      dual.below[i] = inside ? (below[i] as number) : upper ? width : 0;
      terms.factors[i] = -terms.dual(dual, i);
    }
  };
  if (!(yield* eachPiece(terms.count, place))) return false;
  for (const i of active.terms) terms.factors[i] = 0;
  return yield* rows.transpose(terms.factors, product);
}

/**
 * Z_Aθ = y_A, then Λθ − Z_Aᵀd_A = Z_Nᵀd_N, the intercept alone in its equation where no term is active; undefined when they
 * depend on each other.
 */
function* ridgeEquations(
  { ridge, rows }: VertexProblem,
  active: readonly Float64Array[],
): Work<{ readonly factored: LinearEquations; readonly rows: readonly Float64Array[] } | undefined | 'aborted'> {
  const p = rows.size;
  const size = p + active.length;
  const left = active.map((row) => {
    const wide = new Float64Array(size);
    wide.set(row);
    return wide;
  });
  for (let j = 0; j < p; j += 1) {
    const wide = new Float64Array(size);
    if (j < ridge.length) wide[j] = ridge[j] as number;
    else if (active.length === 0) wide[j] = 1;
    active.forEach((row, k) => {
      wide[p + k] = -(row[j] as number);
    });
    left.push(wide);
  }
  const factored = new LinearEquations(columnSizes(left, size));
  for (const row of left) if (!(yield smallJob(() => factored.add(row)))) return 'aborted';
  return factored.count < size ? undefined : { factored, rows: left };
}

function refined(equations: LinearEquations, left: readonly Float64Array[], right: Float64Array): Float64Array {
  const solution = right.slice();
  equations.solve(solution);
  for (let count = 0; count < refinements; count += 1) {
    const correction = right.map((value, k) => {
      const row = left[k] as Float64Array;
      let sum = value;
      for (let j = 0; j < row.length; j += 1) sum -= (row[j] as number) * (solution[j] as number);
      return sum;
    });
    equations.solve(correction);
    for (let j = 0; j < solution.length; j += 1) solution[j] = (solution[j] as number) + (correction[j] as number);
  }
  return solution;
}

/** Slacks of the active terms, inside their bounds. */
function placeDuals(
  terms: InteriorTerms,
  active: readonly number[],
  duals: Float64Array,
  { above, below }: InteriorVariables,
): Pick<Vertex, 'feasible' | 'unique'> {
  let feasible = true;
  let unique = true;
  active.forEach((i, k) => {
    const upper = terms.upper[i] as number;
    const lower = terms.lower[i] as number;
    const d = duals[k] as number;
    const inside = distanceInside(terms, i, d);
    feasible &&= inside >= -boundRounding;
    unique &&= inside > atBound;
    const clipped = Math.min(Math.max(d, -lower), upper);
    above[i] = upper - clipped;
    below[i] = lower + clipped;
  });
  return { feasible, unique };
}

/** How far inside its bounds a dual variable is, relative to their distance. */
function distanceInside({ upper, lower }: InteriorTerms, i: number, d: number): number {
  const most = upper[i] as number;
  const least = lower[i] as number;
  return Math.min(most - d, least + d) / (most + least);
}
