// The mean pinball loss Σ w·ρ_τ(y − zᵀθ) / Σ w, ρ_τ(r) = r·(τ − [r < 0]) (Koenker and Bassett 1978), with ridge and lasso
// penalties, as an objective for an interior point method. What it keeps for each row it keeps here; the
// solver sees p numbers and what is added up over rows.

import { type DoubleStorage, type Kernels, type LinearSpec, smallJob } from '../kernels/kernels.js';
import { type ScaledCholesky, scaledCholesky } from '../kernels/scaled-cholesky.js';
import type {
  InteriorDirectionRequest,
  InteriorMoveRequest,
  InteriorPointFacts,
  InteriorStartRequest,
  InteriorVariables,
  Layout,
  Request,
  RequestKind,
  ValueRequest,
  VertexRequest,
} from '../optimizers/solver.js';
import { InteriorTerms, type StepSums } from './interior-terms.js';
import { linearLayout } from './linear-objective.js';
import type { Objective, Strengths, Work } from './objective.js';
import { findVertex } from './quantile-vertex.js';
import { eachPiece, TermRows } from './term-rows.js';

export const quantileAnswers: readonly RequestKind[] = [
  'interior-start',
  'interior-direction',
  'interior-move',
  'vertex',
];

// Multiples of the diagonal that are added, in turn, until the matrix of a step is positive definite.
const shifts = [0, 1e-13, 1e-11, 1e-9, 1e-7, 1e-5, 1e-3] as const;

// A vertex is the minimum when the gap that its dual variables leave is this share of the value and of the targets.
const vertexGap = 1e-12;

export interface QuantileObjectiveOptions {
  /** The data, without a loss. */
  readonly spec: Omit<LinearSpec, 'loss' | 'lossParameter'>;
  /** τ, above 0 and below 1. */
  readonly quantile: number;
  /** λⱼ of the ridge penalty, one a column. */
  readonly l2: Float64Array;
  /** λⱼ of the lasso penalty, which is part of the value. */
  readonly l1: Float64Array;
  readonly kernels: Kernels;
  readonly threads: number;
}

/** What is made of the data at the first request. */
interface Prepared {
  readonly rows: TermRows;
  readonly terms: InteriorTerms;
  /** Σ w. */
  readonly total: number;
  /** Mean |y|. */
  readonly scale: number;
}

export class QuantileObjective implements Objective {
  readonly answers = quantileAnswers;
  readonly layout: Layout;
  readonly #options: QuantileObjectiveOptions;
  #prepared: Prepared | undefined;
  /** Where the residuals belong to. */
  #point: Float64Array | undefined;
  /** What was last measured, and where. */
  #gap: { readonly at: Float64Array; readonly gap: number } | undefined;
  /** The matrix of the last predictor. */
  #system: ScaledCholesky | undefined;

  constructor(options: QuantileObjectiveOptions) {
    this.#options = options;
    this.layout = linearLayout(options.spec.columns, options.spec.intercept);
  }

  get rows(): number {
    return this.#options.spec.rows;
  }

  dispose(): void {
    this.#prepared?.rows.dispose();
  }

  /** An upper bound of value − minimum at the point of the last request that measured one; undefined elsewhere. */
  *gapBound(at: Float64Array, penalty?: Strengths): Work<number | undefined> {
    if (penalty !== undefined) return undefined;
    return this.#gap?.at.every((value, j) => value === at[j]) ? this.#gap.gap : undefined;
  }

  *answer(request: Request): Work<boolean> {
    this.#prepared ??= yield* this.#prepare();
    const prepared = this.#prepared;
    if (prepared === undefined) return false;
    switch (request.kind) {
      case 'value':
        return yield* this.#value(prepared, request);
      case 'interior-start':
        return yield* this.#start(prepared, request);
      case 'interior-direction':
        return yield* this.#direction(prepared, request);
      case 'interior-move':
        return yield* this.#move(prepared, request);
      case 'pause':
        return yield smallJob(() => {});
      case 'vertex':
        return yield* this.#vertex(prepared, request);
      default:
        throw new TypeError(`a quantile objective cannot answer ${request.kind}`);
    }
  }

  *#value(prepared: Prepared, request: ValueRequest): Work<boolean> {
    const { terms, total } = prepared;
    const { l2 } = this.#options;
    if (!(yield* this.#residualsAt(prepared, request.at))) return false;
    let loss = 0;
    const add = (first: number, last: number): void => {
      for (let i = first; i < last; i += 1) loss += terms.loss(i);
    };
    if (!(yield* eachPiece(terms.count, add))) return false;
    const squares = l2.reduce((sum, strength, j) => sum + strength * (request.at[j] as number) ** 2, 0);
    request.value = loss / total + squares / 2;
    return true;
  }

  /** Targets without offsets, bounds of the dual variables; rows of weight 0 are left out. */
  *#prepare(): Work<Prepared | undefined> {
    const { quantile, l1, kernels, threads } = this.#options;
    const spec = yield* weightyRows(this.#options.spec);
    if (spec === undefined) return undefined;
    const { rows, weights, y, offset } = spec;
    const units = this.#units;
    const terms = new InteriorTerms(rows + units.length);
    let total = 0;
    let size = 0;
    const fill = (first: number, last: number): void => {
      for (let i = first; i < last; i += 1) {
        const w = weights?.data[i] ?? 1;
        const target = (y?.data[i] ?? 0) - (offset?.data[i] ?? 0);
        terms.targets[i] = target;
        terms.upper[i] = w * quantile;
        terms.lower[i] = w * (1 - quantile);
        total += w;
        size += Math.abs(target);
      }
    };
    if (!(yield* eachPiece(rows, fill))) return undefined;
    for (const part of [terms.upper, terms.lower])
      part.set(
        units.map((j) => (l1[j] as number) * total),
        rows,
      );
    const design = { ...spec, offset: undefined };
    return { rows: new TermRows(design, units, kernels, threads), terms, total, scale: size / rows };
  }

  *#start(prepared: Prepared, request: InteriorStartRequest): Work<boolean> {
    const { terms, scale } = prepared;
    const { at } = request;
    if (at.every((value) => value === 0) && !(yield* this.#leastSquares(prepared, at))) return false;
    if (!(yield* this.#residualsAt(prepared, at))) return false;
    let sum = 0;
    const add = (first: number, last: number): void => {
      for (let i = first; i < last; i += 1) sum += Math.abs(terms.residuals[i] as number);
    };
    if (!(yield* eachPiece(this.#rowsOf(prepared), add))) return false;
    const least = sum / this.#rowsOf(prepared) || scale || 1;
    const numbers = (): Float64Array => new Float64Array(terms.count);
    const variables = { positive: numbers(), negative: numbers(), above: numbers(), below: numbers() };
    const begin = (first: number, last: number): void => terms.begin(variables, least, first, last);
    if (!(yield* eachPiece(terms.count, begin))) return false;
    request.variables = variables;
    request.scale = scale;
    return yield* this.#measure(prepared, at, variables, request);
  }

  /** θ becomes that of weighted least squares: weights upper + lower = w. */
  *#leastSquares({ rows, terms, total }: Prepared, at: Float64Array): Work<boolean> {
    const n = rows.count - this.#units.length;
    const weigh = (first: number, last: number): void => {
      for (let i = first; i < last; i += 1) {
        const w = i < n ? (terms.upper[i] as number) + (terms.lower[i] as number) : 0;
        terms.weights[i] = w;
        terms.factors[i] = -w * (terms.targets[i] as number);
      }
    };
    if (!(yield* eachPiece(terms.count, weigh))) return false;
    const matrix = new Float64Array(at.length ** 2);
    if (!(yield* rows.gram(terms.weights, matrix))) return false;
    if (!(yield* rows.transpose(terms.factors, at))) return false;
    const solution = yield* this.#factor(matrix, total);
    if (solution === undefined) return false;
    if (solution.system) solution.system.solve(at);
    else at.fill(0);
    return true;
  }

  /** Factors the matrix and the ridge penalty, shifted as little as makes it positive definite; undefined when aborted. */
  *#factor(
    matrix: Float64Array,
    total: number,
  ): Work<{ readonly system: ScaledCholesky | undefined; readonly shift: number } | undefined> {
    const { kernels, threads, l2, spec } = this.#options;
    const p = this.layout.size;
    for (let j = 0; j < spec.columns; j += 1)
      matrix[j * p + j] = (matrix[j * p + j] as number) + (l2[j] as number) * total;
    for (const shift of shifts) {
      let system: ScaledCholesky | undefined;
      const factor = (): void => {
        system = scaledCholesky(matrix.slice(), p, shift, kernels, threads);
      };
      if (!(yield smallJob(factor))) return undefined;
      const made = system as ScaledCholesky | undefined;
      if (made !== undefined && made.failedPivot < 0) return { system: made, shift };
    }
    return { system: undefined, shift: 0 };
  }

  *#direction(prepared: Prepared, request: InteriorDirectionRequest): Work<boolean> {
    const { rows, terms, total } = prepared;
    const { at, variables, target, corrects, direction } = request;
    const { spec, l2 } = this.#options;
    if (!(yield* this.#residualsAt(prepared, at))) return false;
    const fill = (first: number, last: number): void =>
      corrects ? terms.correct(variables, target, first, last) : terms.predict(variables, first, last);
    if (!(yield* eachPiece(terms.count, fill))) return false;
    if (!corrects) {
      const matrix = new Float64Array(at.length ** 2);
      if (!(yield* rows.gram(terms.weights, matrix))) return false;
      const factored = yield* this.#factor(matrix, total);
      if (factored === undefined) return false;
      this.#system = factored.system;
      request.method = factored.shift > 0 ? 'shifted' : 'cholesky';
      request.condition = factored.system?.condition ?? Number.POSITIVE_INFINITY;
    }
    if (!(yield* rows.transpose(terms.factors, direction))) return false;
    for (let j = 0; j < spec.columns; j += 1)
      direction[j] = (direction[j] as number) - (l2[j] as number) * total * (at[j] as number);
    if (this.#system === undefined) {
      request.method = 'failed';
      return true;
    }
    this.#system.solve(direction);
    const sums: StepSums = { primalStep: 1, dualStep: 1, product: new Float64Array(4) };
    const step = (predictors: Float64Array, first: number): void =>
      terms.step(variables, target, predictors, first, sums);
    if (!(yield* rows.multiply(direction, step))) return false;
    // With a ridge penalty θ is part of the dual equations: steps of different lengths would break them.
    const shorter = Math.min(sums.primalStep, sums.dualStep);
    const [a, b] = l2.some((strength) => strength > 0) ? [shorter, shorter] : [sums.primalStep, sums.dualStep];
    const [constant = 0, ofA = 0, ofB = 0, both = 0] = sums.product;
    request.primalStep = a;
    request.dualStep = b;
    request.reached = Math.max(0, constant + a * ofA + b * ofB + a * b * both) / (2 * terms.count);
    return true;
  }

  *#move(prepared: Prepared, request: InteriorMoveRequest): Work<boolean> {
    const { terms } = prepared;
    const { at, variables, direction, primalStep, dualStep } = request;
    const move = (first: number, last: number): void => terms.move(variables, primalStep, dualStep, first, last);
    if (!(yield* eachPiece(terms.count, move))) return false;
    for (let j = 0; j < at.length; j += 1) at[j] = (at[j] as number) + primalStep * (direction[j] as number);
    return yield* this.#measure(prepared, at, variables, request);
  }

  *#vertex(prepared: Prepared, request: VertexRequest): Work<boolean> {
    const { at, variables, vertex } = request;
    if (!(yield* this.#residualsAt(prepared, at))) return false;
    const { l2 } = this.#options;
    const { rows, terms, total, scale } = prepared;
    vertex.set(at);
    const found = yield* findVertex({ rows, terms, ridge: l2.map((strength) => strength * total) }, variables, vertex);
    if (found === 'aborted') return false;
    if (found === undefined) return true;
    if (!(yield* this.#measure(prepared, vertex, found.variables, request))) return false;
    request.found = found.feasible && request.gap <= vertexGap * (request.value + scale);
    request.unique = found.unique;
    return true;
  }

  /** residuals = targets − Zθ, once for all that is asked at a point. */
  *#residualsAt({ rows, terms }: Prepared, at: Float64Array): Work<boolean> {
    if (this.#point?.every((value, j) => value === at[j])) return true;
    this.#point = undefined;
    if (!(yield* rows.multiply(at, (predictors, first) => terms.subtract(predictors, first)))) return false;
    this.#point = at.slice();
    return true;
  }

  /**
   * Value, gap and the gradient of the Lagrangian (Λθ − Zᵀd) / Σw. With θ minimising the Lagrangian, the gap is that of the
   * dual: Σ r⁺s + r⁻t. What is left of the gradient adds g²/2λ under a ridge penalty; without one it belongs to a point
   * near by, |g·θ| away in value.
   */
  *#measure(
    prepared: Prepared,
    at: Float64Array,
    variables: InteriorVariables,
    facts: InteriorPointFacts,
  ): Work<boolean> {
    const { rows, terms, total } = prepared;
    const { l2 } = this.#options;
    if (!(yield* this.#residualsAt(prepared, at))) return false;
    const sums = new Float64Array(3);
    const measure = (first: number, last: number): void => terms.measure(variables, sums, first, last);
    if (!(yield* eachPiece(terms.count, measure))) return false;
    const { gradient } = facts;
    if (!(yield* rows.transpose(terms.factors, gradient))) return false;
    const [loss = 0, gap = 0, product = 0] = sums;
    let squares = 0;
    let rest = 0;
    for (let j = 0; j < at.length; j += 1) {
      const strength = l2[j] ?? 0;
      const theta = at[j] as number;
      const g = strength * theta - (gradient[j] as number) / total;
      gradient[j] = g;
      squares += strength * theta * theta;
      rest += strength > 0 ? (g * g) / (2 * strength) : Math.abs(g * theta);
    }
    facts.value = loss / total + squares / 2;
    facts.gap = gap / total + rest;
    this.#gap = { at: at.slice(), gap: facts.gap };
    facts.complementarity = product / (2 * terms.count);
    return true;
  }

  /** Columns under an l1 penalty. */
  get #units(): number[] {
    const { l1 } = this.#options;
    return Array.from(l1, (_, j) => j).filter((j) => (l1[j] as number) > 0);
  }

  /** Rows of the data among the terms. */
  #rowsOf({ terms }: Prepared): number {
    return terms.count - this.#units.length;
  }
}

/** The same rows without those of weight 0; undefined when aborted. */
function* weightyRows(spec: QuantileObjectiveOptions['spec']): Work<QuantileObjectiveOptions['spec'] | undefined> {
  const { weights, y, offset, list } = spec;
  if (weights === undefined) return spec;
  const kept = new Uint32Array(spec.rows);
  let rows = 0;
  const keep = (first: number, last: number): void => {
    for (let i = first; i < last; i += 1) {
      if (weights.data[i] === 0) continue;
      kept[rows] = i;
      rows += 1;
    }
  };
  if (!(yield* eachPiece(spec.rows, keep))) return undefined;
  if (rows === spec.rows) return spec;
  const chosen = kept.subarray(0, rows);
  const pick = <A extends Float64Array | Uint32Array>(values: A, out: A): A => {
    for (let k = 0; k < rows; k += 1) out[k] = values[chosen[k] as number] as number;
    return out;
  };
  const own = (values: DoubleStorage | undefined): DoubleStorage | undefined =>
    values && { data: pick(values.data, new Float64Array(rows)), handle: undefined };
  return {
    ...spec,
    rows,
    list: list ? pick(list, new Uint32Array(rows)) : chosen.slice(),
    weights: own(weights),
    y: own(y),
    offset: own(offset),
  };
}
