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

// How far beyond its bounds, relative to their distance, a dual variable may be by rounding; one as near inside may be at it.
const boundRounding = 1e-9;
// Corrections of the solution by its residuals.
const refinements = 2;

export interface VertexProblem {
  readonly rows: TermRows;
  readonly terms: InteriorTerms;
  /** Λ, of the coefficients; the intercept has none. */
  readonly ridge: number;
  readonly columns: number;
}

export interface Vertex {
  /** With the dual variables of the vertex. */
  readonly variables: InteriorVariables;
  /** The dual variables are inside their bounds but for rounding. */
  readonly feasible: boolean;
  /** They are not at them. */
  readonly unique: boolean;
}

/** Fills in the vertex; undefined when there is none to be seen yet. */
export function* findVertex(
  problem: VertexProblem,
  variables: InteriorVariables,
  vertex: Float64Array,
): Work<Vertex | undefined | 'aborted'> {
  const { rows, terms, ridge } = problem;
  const p = rows.size;
  const ratios = new Float64Array(terms.count);
  if (!(yield* compare(terms, variables, ratios))) return 'aborted';
  const near = yield* nearest(ratios, ridge > 0 ? 0 : p, 4 * p + 100);
  if (near === 'aborted' || near === undefined) return near;
  const active = yield* independent(rows, near);
  if (active === 'aborted') return active;
  if (ridge === 0 && active.rows.length < p) return undefined;
  const dual = { ...variables, above: new Float64Array(terms.count), below: new Float64Array(terms.count) };
  const product = new Float64Array(p);
  if (!(yield* boundDuals(problem, variables, ratios, active.terms, dual, product))) return 'aborted';
  const targets = Float64Array.from(active.terms, (i) => terms.targets[i] as number);
  const solved = ridge > 0 ? solveRidge(problem, active.rows, targets, product) : solveVertex(active, targets, product);
  if (solved === undefined) return undefined;
  vertex.set(solved.theta);
  return { variables: dual, ...placeDuals(terms, active.terms, solved.duals, dual) };
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

/** The terms of the smallest ratios, at least `fewest` and all those below 1; undefined for more than `most` of these. */
function* nearest(ratios: Float64Array, fewest: number, most: number): Work<number[] | undefined | 'aborted'> {
  for (let limit = 1; ; limit *= 1e4) {
    const found: number[] = [];
    const collect = (first: number, last: number): void => {
      for (let i = first; i < last && found.length <= most; i += 1) if ((ratios[i] as number) < limit) found.push(i);
    };
    if (!(yield* eachPiece(ratios.length, collect))) return 'aborted';
    if (found.length > most) return undefined;
    if (found.length >= fewest || limit > 1e12) {
      return found.sort((a, b) => (ratios[a] as number) - (ratios[b] as number));
    }
  }
}

interface Active {
  readonly terms: readonly number[];
  readonly rows: readonly Float64Array[];
  readonly equations: LinearEquations;
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

/** Slacks of the dual variables of all terms but the active ones; product = Z_Nᵀd_N. */
function* boundDuals(
  { rows, terms }: VertexProblem,
  variables: InteriorVariables,
  ratios: Float64Array,
  active: readonly number[],
  dual: InteriorVariables,
  product: Float64Array,
): Work<boolean> {
  const { above, below } = variables;
  const place = (first: number, last: number): void => {
    for (let i = first; i < last; i += 1) {
      const width = (terms.upper[i] as number) + (terms.lower[i] as number);
      const isUpper = (above[i] as number) < (below[i] as number);
      const inside = (ratios[i] as number) < 1;
      dual.above[i] = inside ? (above[i] as number) : isUpper ? 0 : width;
      dual.below[i] = inside ? (below[i] as number) : isUpper ? width : 0;
      terms.factors[i] = -terms.dual(dual, i);
    }
  };
  if (!(yield* eachPiece(terms.count, place))) return false;
  for (const i of active) terms.factors[i] = 0;
  return yield* rows.transpose(terms.factors, product);
}

interface Solved {
  readonly theta: Float64Array;
  /** Of the active terms. */
  readonly duals: Float64Array;
}

function solveVertex({ rows, equations }: Active, targets: Float64Array, product: Float64Array): Solved {
  const duals = product.map((value) => -value);
  equations.solveTransposed(duals);
  return { theta: refined(equations, rows, targets), duals };
}

function solveRidge(
  { ridge, columns }: VertexProblem,
  active: readonly Float64Array[],
  targets: Float64Array,
  product: Float64Array,
): Solved | undefined {
  const p = product.length;
  const size = p + active.length;
  const left = active.map((row) => {
    const wide = new Float64Array(size);
    wide.set(row);
    return wide;
  });
  for (let j = 0; j < p; j += 1) {
    const wide = new Float64Array(size);
    if (j < columns) wide[j] = ridge;
    active.forEach((row, k) => {
      wide[p + k] = -(row[j] as number);
    });
    left.push(wide);
  }
  const equations = new LinearEquations(columnSizes(left, size));
  if (!left.every((row) => equations.add(row))) return undefined;
  const solution = refined(equations, left, Float64Array.of(...targets, ...product));
  return { theta: solution.subarray(0, p), duals: solution.subarray(p) };
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
    const rounding = boundRounding * (upper + lower);
    const d = duals[k] as number;
    feasible &&= d <= upper + rounding && d >= -lower - rounding;
    unique &&= d < upper - rounding && d > -lower + rounding;
    above[i] = Math.max(0, upper - d);
    below[i] = Math.max(0, lower + d);
  });
  return { feasible, unique };
}
