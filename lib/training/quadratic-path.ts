// The regularisation path of squared loss: the Gram matrix and the gradient at 0 are taken
// once, and every point of the path is the minimum of a quadratic beside its penalty, found
// by coordinate descent from the point before. The path is piecewise linear in λ (Efron,
// Hastie, Johnstone & Tibshirani 2004), so that the start is the line through the last two
// points: exact while no coefficient comes or goes. Which ones are likely to come says the
// sequential strong rule (Tibshirani et al. 2012); coordinate-model.ts checks all others.

import { type Kernels, smallJob } from '../kernels/kernels.js';
import { type PenaltyTerms, squaredGap } from '../models/gap-bound.js';
import type { Strengths, Work } from '../models/objective.js';
import { clamp } from '../optimizers/box.js';
import { addRowsInParts, type CoordinateModel, descendCoordinates } from '../optimizers/coordinate-model.js';
import type { Bounds } from '../optimizers/solver.js';
import { WorkingSet } from '../optimizers/working-set.js';

/** J(θ) = value + gradientᵀθ + ½θᵀHθ, of which the last parameter is the intercept where there is one. */
export interface Quadratic {
  readonly value: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
  readonly columns: number;
  readonly bounds: Bounds | undefined;
}

export interface PathPoint {
  readonly parameters: Float64Array;
  /** Without the penalty. */
  readonly loss: number;
  /** NaN where none is known. */
  readonly gapBound: number;
}

export class QuadraticPath {
  readonly #quadratic: Quadratic;
  readonly #kernels: Kernels;
  readonly #set: WorkingSet;
  readonly #lower: Float64Array;
  readonly #upper: Float64Array;
  #point: Float64Array;
  /** The gradient of J at the point, without the penalty. */
  #gradient: Float64Array;
  /** The point before, and the strengths of both. */
  #before: Float64Array | undefined;
  #strengths: readonly number[] = [];

  constructor(quadratic: Quadratic, kernels: Kernels) {
    const n = quadratic.gradient.length;
    this.#quadratic = quadratic;
    this.#kernels = kernels;
    this.#set = new WorkingSet(quadratic.hessian, n);
    this.#lower = quadratic.bounds?.lower ?? new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
    this.#upper = quadratic.bounds?.upper ?? new Float64Array(n).fill(Number.POSITIVE_INFINITY);
    this.#point = new Float64Array(n);
    this.#gradient = quadratic.gradient.slice();
  }

  get parameters(): Float64Array {
    return this.#point;
  }

  get gradient(): Float64Array {
    return this.#gradient;
  }

  /** The minimum with this penalty; undefined when aborted. @param strength what the path counts by, falling. */
  *next(strength: number, { l1, l2 }: Strengths, tolerance: number): Work<PathPoint | undefined> {
    const start = this.#extrapolated(strength, l1);
    const gradient = yield* this.#gradientAt(start);
    if (gradient === undefined) return undefined;
    const n = start.length;
    const last = this.#strengths.at(-1) ?? strength;
    // |gⱼ| ≥ 2λ − λ before, in units of λⱼ = λ·factorⱼ.
    const reach = strength > 0 ? 2 - last / strength : 0;
    const before = this.#gradient;
    const model: CoordinateModel = {
      hessian: this.#quadratic.hessian,
      diagonal: l2,
      l1,
      lower: this.#lower,
      upper: this.#upper,
      point: start,
      slope: withRidge(gradient, l2, start, 1),
      kernels: this.#kernels,
      set: this.#set,
      likely: (j) => Math.abs(before[j] as number) >= reach * (l1[j] as number),
    };
    for (const _ of descendCoordinates(model, tolerance)) if (!(yield smallJob(() => {}))) return undefined;
    this.#before = this.#point;
    this.#point = model.point;
    this.#strengths = [last, strength];
    this.#gradient = withRidge(model.slope, l2, model.point, -1);
    let twice = 0;
    for (let j = 0; j < n; j += 1) {
      const both = (this.#quadratic.gradient[j] as number) + (this.#gradient[j] as number);
      twice += both * (model.point[j] as number);
    }
    const loss = this.#quadratic.value + 0.5 * twice;
    return {
      parameters: model.point,
      loss,
      gapBound: this.#gapBound(loss, { l1, l2, bounds: this.#quadratic.bounds }),
    };
  }

  /** On the line through the last two points; coefficients that would change their sign are 0. */
  #extrapolated(strength: number, l1: Float64Array): Float64Array {
    const [earlier, last] = this.#strengths;
    const before = this.#before;
    const point = this.#point;
    if (before === undefined || earlier === undefined || last === undefined || earlier === last) return point.slice();
    const ratio = (strength - last) / (last - earlier);
    const out = new Float64Array(point.length);
    for (let j = 0; j < out.length; j += 1) {
      const x = point[j]!;
      if (x === 0) continue;
      const to = x + ratio * (x - before[j]!);
      const crosses = l1[j]! > 0 && to * x < 0;
      if (!crosses) out[j] = clamp(to, this.#lower[j]!, this.#upper[j]!);
    }
    return out;
  }

  /** For a start, afresh from the rows of H of the coefficients that are not 0: no error adds up along the path. */
  *#gradientAt(point: Float64Array): Work<Float64Array | undefined> {
    const { gradient, hessian } = this.#quadratic;
    const n = point.length;
    const out = gradient.slice();
    const list: number[] = [];
    const values: number[] = [];
    for (let j = 0; j < n; j += 1) {
      if (point[j] === 0) continue;
      list.push(j);
      values.push(point[j]!);
    }
    for (const _ of addRowsInParts(this.#kernels, hessian, n, list, values, out)) {
      if (!(yield smallJob(() => {}))) return undefined;
    }
    return out;
  }

  #gapBound(loss: number, terms: PenaltyTerms): number {
    const { hessian, columns } = this.#quadratic;
    const n = this.#point.length;
    const point = { theta: this.#point, value: Math.max(0, loss) };
    const shift = columns < n ? -(this.#gradient[columns] as number) : 0;
    const balanced = this.#gradient.slice();
    if (columns < n) {
      for (let j = 0; j < n; j += 1) balanced[j] = balanced[j]! + shift * hessian[columns * n + j]!;
    }
    return squaredGap(point, shift, balanced, terms, columns) ?? Number.NaN;
  }
}

/** gradient + sign·l2·point. */
function withRidge(gradient: Float64Array, l2: Float64Array, point: Float64Array, sign: 1 | -1): Float64Array {
  const out = new Float64Array(gradient.length);
  for (let j = 0; j < out.length; j += 1) out[j] = gradient[j]! + sign * (l2[j]! * point[j]!);
  return out;
}

/** Degrees of freedom of the elastic net, trace H(H + D)⁻¹ over the coefficients that are not 0 (Zou, Hastie & Tibshirani 2007). */
export function degreesOf(
  point: Float64Array,
  l2: Float64Array,
  { hessian, columns }: Pick<Quadratic, 'hessian' | 'columns'>,
  kernels: Kernels,
): number {
  const n = point.length;
  const list = Array.from({ length: columns }, (_, j) => j).filter((j) => point[j] !== 0);
  const m = list.length;
  if (list.every((j) => l2[j] === 0)) return m;
  const factor = new Float64Array(m * m);
  for (const [i, row] of list.entries()) {
    // The intercept is best whatever the coefficients: H of the centred columns.
    const mean = columns < n ? (hessian[columns * n + row] as number) : 0;
    for (const [k, column] of list.entries()) {
      const other = columns < n ? (hessian[columns * n + column] as number) : 0;
      factor[i * m + k] = (hessian[row * n + column] as number) - mean * other;
    }
    factor[i * m + i] = (factor[i * m + i] as number) + (l2[row] as number);
  }
  if (kernels.cholesky(factor, m) >= 0) return Number.NaN;
  const inverse = new Float64Array(m);
  kernels.choleskyInverseDiagonal(factor, m, inverse);
  return list.reduce((sum, j, i) => sum - (l2[j] as number) * (inverse[i] as number), m);
}
