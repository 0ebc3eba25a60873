// The trust-region subproblem: minimise m(p) = gᵀp + ½ pᵀHp over ‖p‖ ≤ Δ, H any
// symmetric matrix. p is a solution exactly when (H + λI)p = −g, H + λI is positive
// semidefinite, λ ≥ 0 and λ(Δ − ‖p‖) = 0. λ is found by Newton's method on the
// secular equation 1/Δ = 1/‖p(λ)‖ with one Cholesky factorisation a step (Moré and
// Sorensen 1983, Computing a trust region step), safeguarded by an interval for λ and
// with an approximate null vector in the hard case (Conn, Gould and Toint 2000, Trust
// region methods, algorithm 7.3.4). Departures: the full Newton step is tried first on
// the numbers as they are; the boundary problem is solved in units of Δ and of the
// larger of Δ|g| and Δ²|H|, so that scales of 1e±150 neither overflow nor vanish; the
// null vector is refined by inverse iteration; a p inside is taken when leaving λ(Δ² −
// ‖p‖²) costs no more than the accuracy asked for, so that a flat direction moves nothing.

import { choleskySolveSteps, choleskySteps } from '../kernels/portable/cholesky.js';
import { drain } from '../kernels/portable/jobs.js';
import { euclideanNorm, innerProduct } from './solver.js';

const epsilon = 2 ** -52;
// Of Conn, Gould and Toint: how near to the lower end of its interval λ may be put.
const intervalShare = 0.01;
const factorisationsMost = 100;
const inverseIterations = 2;

/** Work arrays and the answer, made once a run. */
export interface TrustSubproblem {
  /** p. */
  readonly step: Float64Array;
  /** Lower triangle: the factor of H + λI. */
  readonly factor: Float64Array;
  readonly scaledGradient: Float64Array;
  readonly nullVector: Float64Array;
  readonly work: Float64Array;
  /** λ. */
  shift: number;
  /** −m(p). */
  predicted: number;
  /** The smallest pᵀHp / pᵀp that was met, where it is negative; else 0: H is then positive semidefinite, or was not explored. */
  curvature: number;
  /** ‖p‖ is Δ, to the accuracy asked for. */
  onBoundary: boolean;
  /** Cholesky factorisations of the last solution. */
  factorisations: number;
}

export function emptyTrustSubproblem(n: number): TrustSubproblem {
  return {
    step: new Float64Array(n),
    factor: new Float64Array(n * n),
    scaledGradient: new Float64Array(n),
    nullVector: new Float64Array(n),
    work: new Float64Array(n),
    shift: 0,
    predicted: 0,
    curvature: 0,
    onBoundary: false,
    factorisations: 0,
  };
}

/**
 * Fills in `problem`. All numbers in H and g are finite.
 * @param accuracy of ‖p‖ on the boundary and of m(p), relative.
 */
export function solveTrustSubproblem(
  problem: TrustSubproblem,
  hessian: Float64Array,
  gradient: Float64Array,
  radius: number,
  accuracy: number,
): void {
  problem.curvature = 0;
  problem.shift = 0;
  problem.factorisations = 0;
  if (isNewtonStep(problem, hessian, gradient, radius * (1 + accuracy))) return;
  new BoundaryProblem(problem, hessian, gradient, radius, accuracy).solve();
}

/** The minimum of m itself, where H is positive definite and it is not too far. */
function isNewtonStep(problem: TrustSubproblem, hessian: Float64Array, gradient: Float64Array, farthest: number) {
  const { step, factor } = problem;
  const n = gradient.length;
  for (let i = 0; i < n; i += 1) {
    if (!((hessian[i * n + i] as number) > 0)) return false;
  }
  factor.set(hessian);
  problem.factorisations += 1;
  if (drain(choleskySteps(factor, n)) >= 0) return false;
  for (let i = 0; i < n; i += 1) step[i] = -(gradient[i] as number);
  drain(choleskySolveSteps(factor, n, step));
  if (!(euclideanNorm(step) <= farthest)) return false;
  problem.onBoundary = false;
  problem.predicted = -0.5 * innerProduct(gradient, step);
  return true;
}

/** min ĝᵀq + ½ qᵀĤq over ‖q‖ ≤ 1, where p = Δq, ĝ = (Δ/s)g, Ĥ = (Δ²/s)H and s is the larger of Δ·max|g| and Δ²·max|H|. */
class BoundaryProblem {
  readonly #problem: TrustSubproblem;
  readonly #hessian: Float64Array;
  readonly #n: number;
  readonly #radius: number;
  readonly #accuracy: number;
  /** s. */
  readonly #scale: number;
  /** The λ of the solution lies between these. */
  #lower = 0;
  #upper = 0;
  /** What rounding may do to λ. */
  #slack = 0;
  /** The smallest Rayleigh quotient of Ĥ that was met, where it is negative. */
  #curvature = 0;

  constructor(
    problem: TrustSubproblem,
    hessian: Float64Array,
    gradient: Float64Array,
    radius: number,
    accuracy: number,
  ) {
    this.#problem = problem;
    this.#hessian = hessian;
    this.#n = gradient.length;
    this.#radius = radius;
    this.#accuracy = accuracy;
    this.#scale = radius * Math.max(largestMagnitude(gradient), radius * largestMagnitude(hessian));
    const factor = this.#scale > 0 ? radius / this.#scale : 0;
    for (let i = 0; i < this.#n; i += 1) problem.scaledGradient[i] = (gradient[i] as number) * factor;
  }

  solve(): void {
    const { step } = this.#problem;
    step.fill(0);
    this.#problem.onBoundary = this.#scale > 0;
    if (this.#scale > 0) this.#finish(this.#findShift());
    else this.#problem.predicted = 0;
  }

  /** Leaves q in `step`, complete up to its length; λ. */
  #findShift(): number {
    this.#boundShift();
    let shift = 0;
    let next = this.#lower === 0 ? 0 : this.#between();
    for (let count = 0; count < factorisationsMost; count += 1) {
      shift = next;
      const failedRow = this.#factorise(shift);
      if (failedRow >= 0) {
        this.#boundByFailure(shift, failedRow);
        next = this.#between();
        continue;
      }
      const newton = this.#newtonShift(shift);
      const length = euclideanNorm(this.#problem.step);
      if (Math.abs(length - 1) <= this.#accuracy) break;
      if (length < 1) {
        if (this.#isGoodInside(shift, length) || this.#reachesBoundary(shift, length)) break;
        this.#upper = Math.min(this.#upper, shift);
        next = newton > this.#lower ? newton : this.#lower + intervalShare * (this.#upper - this.#lower);
      } else {
        this.#lower = Math.max(this.#lower, shift);
        next = newton;
      }
      if (this.#upper - this.#lower <= 4 * epsilon * this.#upper) break;
      if (!(next > this.#lower && next < this.#upper)) next = this.#between();
    }
    return shift;
  }

  /** Where λ can lie, by Gershgorin's discs and the norms of Ĥ. */
  #boundShift(): void {
    const n = this.#n;
    const norm = euclideanNorm(this.#problem.scaledGradient);
    let squares = 0;
    let rowSum = 0;
    let smallestDiagonal = Number.POSITIVE_INFINITY;
    let highestDisc = Number.NEGATIVE_INFINITY;
    let lowestDisc = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i += 1) {
      let sum = 0;
      for (let j = 0; j < n; j += 1) {
        const h = this.#element(i * n + j);
        sum += Math.abs(h);
        squares += h * h;
      }
      const diagonal = this.#element(i * n + i);
      const others = sum - Math.abs(diagonal);
      rowSum = Math.max(rowSum, sum);
      smallestDiagonal = Math.min(smallestDiagonal, diagonal);
      highestDisc = Math.max(highestDisc, diagonal + others);
      lowestDisc = Math.min(lowestDisc, diagonal - others);
    }
    const largest = Math.min(Math.sqrt(squares), rowSum);
    this.#slack = 16 * n * epsilon * (rowSum + norm);
    this.#curvature = Math.min(0, smallestDiagonal);
    this.#lower = Math.max(0, -smallestDiagonal, norm - Math.min(highestDisc, largest));
    this.#upper = Math.max(0, norm + Math.min(-lowestDisc, largest));
    this.#upper = Math.max(this.#upper, this.#lower) + this.#slack;
  }

  #between(): number {
    const share = this.#lower + intervalShare * (this.#upper - this.#lower);
    return Math.max(Math.sqrt(this.#lower * this.#upper), share);
  }

  /** The row whose pivot is not positive, or −1. */
  #factorise(shift: number): number {
    const n = this.#n;
    const { factor } = this.#problem;
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j <= i; j += 1) factor[i * n + j] = this.#element(i * n + j);
      factor[i * n + i] = (factor[i * n + i] as number) + shift;
    }
    this.#problem.factorisations += 1;
    return drain(choleskySteps(factor, n));
  }

  /** With v = (−L⁻ᵀl, 1, 0 …) of the rows above the failed one, vᵀ(Ĥ + λI)v = −δ, so that the solution's λ is at least λ + δ/‖v‖². */
  #boundByFailure(shift: number, row: number): void {
    const n = this.#n;
    const { factor, work: v } = this.#problem;
    let delta = -(factor[row * n + row] as number);
    for (let j = 0; j < row; j += 1) {
      const l = factor[row * n + j] as number;
      delta += l * l;
      v[j] = -l;
    }
    solveTransposed(factor, n, row, v);
    let squares = 1;
    for (let j = 0; j < row; j += 1) squares += (v[j] as number) * (v[j] as number);
    const bound = shift + delta / squares;
    if (Number.isFinite(bound)) {
      this.#curvature = Math.min(this.#curvature, -bound);
      this.#lower = Math.max(this.#lower, bound);
    }
    this.#lower = Math.max(this.#lower, shift);
    if (this.#lower >= this.#upper) {
      this.#upper = this.#lower + this.#slack;
      this.#slack *= 4;
    }
  }

  /** Fills `step` with −(Ĥ + λI)⁻¹ĝ; Newton's next λ for 1 = 1/‖q(λ)‖. */
  #newtonShift(shift: number): number {
    const { factor, scaledGradient, step, work: w } = this.#problem;
    for (let i = 0; i < this.#n; i += 1) step[i] = -(scaledGradient[i] as number);
    drain(choleskySolveSteps(factor, this.#n, step));
    w.set(step);
    solveForward(factor, this.#n, w);
    const length = euclideanNorm(step);
    const ratio = length / euclideanNorm(w);
    return shift + ratio * ratio * (length - 1);
  }

  /** q(λ) loses at most ½λ(1 − ‖q‖²) against the solution. */
  #isGoodInside(shift: number, length: number): boolean {
    const { scaledGradient, step } = this.#problem;
    const energy = -innerProduct(scaledGradient, step);
    const good =
      shift <= this.#slack || shift * (1 - length * length) <= this.#accuracy * (energy + shift * length * length);
    if (good) this.#problem.onBoundary = false;
    return good;
  }

  /** The hard case: q(λ) + τz, z nearly a null vector of Ĥ + λI, loses at most ½τ² zᵀ(Ĥ + λI)z. */
  #reachesBoundary(shift: number, length: number): boolean {
    const { scaledGradient, step, nullVector: z } = this.#problem;
    const quotient = this.#findNullVector();
    this.#curvature = Math.min(this.#curvature, quotient - shift);
    this.#lower = Math.max(this.#lower, shift - quotient);
    const along = innerProduct(step, z);
    const room = 1 - length * length;
    const root = Math.sqrt(along * along + room);
    const tau = room / (along + (along < 0 ? -root : root));
    const energy = -innerProduct(scaledGradient, step);
    if (!(quotient * tau * tau <= this.#accuracy * (energy + shift))) return false;
    for (let i = 0; i < this.#n; i += 1) step[i] = (step[i] as number) + tau * (z[i] as number);
    return true;
  }

  /** Cline, Moler, Stewart and Wilkinson 1979: L w = ±1 with signs that let w grow, Lᵀz = w. Then inverse iteration; zᵀ(Ĥ + λI)z. */
  #findNullVector(): number {
    const n = this.#n;
    const { factor, nullVector: z, work } = this.#problem;
    for (let i = 0; i < n; i += 1) {
      let sum = 0;
      for (let j = 0; j < i; j += 1) sum += (factor[i * n + j] as number) * (z[j] as number);
      z[i] = ((sum > 0 ? -1 : 1) - sum) / (factor[i * n + i] as number);
    }
    solveTransposed(factor, n, n, z);
    normalize(z);
    let quotient = Number.NaN;
    for (let count = 0; count < inverseIterations; count += 1) {
      work.set(z);
      drain(choleskySolveSteps(factor, n, z));
      const length = normalize(z);
      quotient = innerProduct(work, z) / length;
    }
    return quotient;
  }

  /** From q to p, and what the model says of it. */
  #finish(shift: number): void {
    const problem = this.#problem;
    const { step, scaledGradient } = problem;
    const n = this.#n;
    const length = euclideanNorm(step);
    // Only where the interval of λ has closed on rounding has q another length.
    if (!(length <= 1 + this.#accuracy)) {
      if (!(length < Number.POSITIVE_INFINITY)) {
        for (let i = 0; i < n; i += 1) step[i] = -(scaledGradient[i] as number);
      }
      normalize(step);
    }
    let slope = 0;
    let curve = 0;
    for (let i = 0; i < n; i += 1) {
      let product = 0;
      for (let j = 0; j < n; j += 1) product += this.#element(i * n + j) * (step[j] as number);
      curve += product * (step[i] as number);
      slope += (scaledGradient[i] as number) * (step[i] as number);
    }
    problem.predicted = -(slope + 0.5 * curve) * this.#scale;
    const unit = this.#scale / this.#radius / this.#radius;
    problem.shift = shift * unit;
    problem.curvature = this.#curvature * unit;
    for (let i = 0; i < n; i += 1) step[i] = (step[i] as number) * this.#radius;
  }

  /** Ĥᵢⱼ. */
  #element(index: number): number {
    return (this.#hessian[index] as number) * this.#radius * (this.#radius / this.#scale);
  }
}

/** max |xᵢ|, 0 for an empty vector, NaN where x holds NaN. */
export function largestMagnitude(x: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < x.length; i += 1) largest = Math.max(largest, Math.abs(x[i] as number));
  return largest;
}

/** Divides by the length, which is returned. */
function normalize(x: Float64Array): number {
  const length = euclideanNorm(x);
  for (let i = 0; i < x.length; i += 1) x[i] = (x[i] as number) / length;
  return length;
}

/** L x = b in place of b. */
function solveForward(l: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i += 1) {
    let sum = b[i] as number;
    for (let j = 0; j < i; j += 1) sum -= (l[i * n + j] as number) * (b[j] as number);
    b[i] = sum / (l[i * n + i] as number);
  }
}

/** Lᵀx = b in place of b for the first `rows` rows of L, which has n columns. */
function solveTransposed(l: Float64Array, n: number, rows: number, b: Float64Array): void {
  for (let i = rows - 1; i >= 0; i -= 1) {
    const x = (b[i] as number) / (l[i * n + i] as number);
    b[i] = x;
    for (let j = 0; j < i; j += 1) b[j] = (b[j] as number) - (l[i * n + j] as number) * x;
  }
}
