// The objective of a linear predictor: J(θ) = Σ w·loss(zᵀθ + b, y) / Σ w + Σ λⱼ½θⱼ².
// Kernels give sums over rows; the division and the penalty happen once, here.

import { type Job, type Kernels, type LinearSpec, type LinearSums, smallJob } from '../kernels/kernels.js';
import type { Random } from '../kernels/random.js';
import { isConvex, isVectorLoss, type Loss, type VectorLoss } from '../losses/loss.js';
import { ridgeValue } from '../losses/penalty.js';
import {
  type Bounds,
  type CurvatureBoundRequest,
  euclideanNorm,
  type HessianRequest,
  type HessianVectorRequest,
  innerProduct,
  type Layout,
  type NewtonDirectionRequest,
  type Request,
  type RequestKind,
  type ValueGradientRequest,
  type ValueRequest,
} from '../optimizers/solver.js';
import { dualityGap, leastSubgradient, type PenaltyTerms, squaredGap } from './gap-bound.js';
import { answeredByKernels } from './kernel-answers.js';
import { answerWith, type Minimum, tooLargeForQr } from './known-minimum.js';
import { largestEigenvalue } from './largest-eigenvalue.js';
import type { Objective, ObjectiveSpan, SpanOptions, Strengths, Work } from './objective.js';
import { ridgeGap, type Tangent } from './ridge-gap.js';
import { SampledHessian, sampleRows, sampleSize, solveNewton } from './sampled-hessian.js';
import { mean, relativeTo } from './snapshot.js';
import { type PointSums, VectorSums } from './vector-sums.js';

/** Coefficients, then the intercept where there is one. */
export function linearLayout(columns: number, intercept: boolean): Layout {
  const blocks = [{ name: 'coefficients', offset: 0, size: columns }];
  if (intercept) blocks.push({ name: 'intercept', offset: columns, size: 1 });
  return { size: columns + (intercept ? 1 : 0), blocks };
}

// Squared loss is solved by QR where Cholesky's estimate of the condition number of the scaled Hessian is above
// this: below it, the refining second step leaves 12 digits or more (docs/numerics.md has the measurement).
const qrCondition = 1e4;
// Of the copy that QR works on. Where it would be larger, Cholesky answers, and above the second number with a warning.
export const qrMostBytes = 256 * 2 ** 20;
const qrMissedCondition = 1e8;

// Up to so many parameters a Gram matrix costs no more than a few gradients.
const cheapGram = 64;

// What a row costs in a step besides its columns, in multiply-adds.
const rowOverhead = 30;

export interface LinearObjectiveOptions {
  /** The data, without a loss. */
  readonly spec: Omit<LinearSpec, 'loss' | 'lossParameter'>;
  readonly loss: Loss;
  /** λⱼ of the ridge penalty, one a coefficient. */
  readonly l2: Float64Array;
  /** λⱼ of the lasso penalty, which is the solver's: values come without it. */
  readonly l1: Float64Array;
  /** Where the solver must keep the parameters. */
  readonly bounds: Bounds | undefined;
  readonly kernels: Kernels;
  readonly threads: number;
  /** Start of the power iteration. */
  readonly random: Random;
}

export const linearAnswers: readonly RequestKind[] = [
  'value',
  'value-gradient',
  'hessian',
  'hessian-vector',
  'newton-direction',
  'curvature-bound',
];

export class LinearObjective implements Objective {
  readonly answers = linearAnswers;
  readonly layout: Layout;
  readonly #options: LinearObjectiveOptions;
  readonly #spec: LinearSpec;
  readonly #sums: PointSums;
  /** The same object where the kernels know the loss. */
  readonly #kernelSums: LinearSums | undefined;
  /** The loss as a function, once the kernels' Hessian was found not to be positive definite. */
  #likelihoodSums: VectorSums | undefined;
  /** λⱼ of the ridge penalty, 0 for the intercept. */
  readonly #ridge: Float64Array;
  /** The last point whose gradient was taken. */
  readonly #last: { readonly at: Float64Array; readonly gradient: Float64Array; value: number };
  #gramReady = false;
  /** Where the Gram matrix in the sums was last taken. */
  #gramPoint: Float64Array | undefined;
  #minimum: Minimum | undefined;
  #sample: SampledHessian | undefined;
  /** QR found the columns dependent. */
  #qrUseless = false;

  constructor(options: LinearObjectiveOptions) {
    const { spec, loss, kernels, threads } = options;
    this.#options = options;
    if (isVectorLoss(loss)) {
      this.#spec = { ...spec, loss: 'squared', lossParameter: 0 };
      this.#sums = new VectorSums(this.#spec, loss, kernels, threads);
    } else {
      this.#spec = { ...spec, loss: loss.name, lossParameter: loss.parameter };
      this.#kernelSums = kernels.linear(this.#spec, threads);
      this.#sums = this.#kernelSums;
    }
    this.#ridge = this.#padded(options.l2);
    const { size } = this.#sums;
    this.#last = { at: new Float64Array(size).fill(Number.NaN), gradient: new Float64Array(size), value: Number.NaN };
    this.layout = {
      ...linearLayout(spec.columns, spec.intercept),
      l1: options.l1.some((strength) => strength > 0) ? this.#padded(options.l1) : undefined,
      bounds: options.bounds,
    };
  }

  /** One number a parameter, 0 for the intercept. */
  #padded(coefficients: Float64Array): Float64Array {
    const all = new Float64Array(this.#sums.size);
    all.set(coefficients);
    return all;
  }

  get constantCurvature(): boolean {
    return this.#options.loss.constantCurvature;
  }

  get rows(): number {
    return this.#spec.rows;
  }

  dispose(): void {
    this.#sample?.dispose();
    this.#sums.dispose();
    this.#likelihoodSums?.dispose();
  }

  *answer(request: Request): Work<boolean> {
    switch (request.kind) {
      case 'value':
      case 'value-gradient':
        return yield* this.#valueGradient(request);
      case 'hessian':
        return yield* this.#hessian(request);
      case 'hessian-vector':
        return yield* this.#hessianVector(request);
      case 'newton-direction':
        return yield* this.#newtonDirection(request);
      case 'curvature-bound':
        return yield* this.#curvatureBound(request);
      case 'pause':
        return yield smallJob(() => {});
      default:
        if (answeredByKernels(request, this.#options.kernels)) return true;
        throw new TypeError(`a linear objective cannot answer ${request.kind}`);
    }
  }

  /** The ridge penalty of a span is the same on all coefficients: `LinearModel.refusesBatches`. */
  *span({ validation, ...options }: SpanOptions): Work<ObjectiveSpan | undefined> {
    const { kernels, threads } = this.#options;
    const l2 = this.#options.l2[0] ?? 0;
    const { weights, rows, columns } = this.#spec;
    const stepWeights = weights && (yield* relativeTo(mean(weights.data), weights));
    if (weights && stepWeights === undefined) return undefined;
    const held = validation instanceof LinearObjective ? validation.#spec : undefined;
    const span = kernels.span({ ...options, train: this.#spec, validation: held, stepWeights, l2 }, threads);
    const gradient = new Float64Array(this.#sums.size);
    return {
      span,
      stepWork: Math.min(options.batchSize, rows) * (columns + rowOverhead),
      read: (record) => {
        const size = gradient.length;
        const parameters = record.subarray(0, size);
        const loss = this.#meanAndPenalty(record.subarray(size, 2 * size + 2), parameters, gradient);
        const validationLoss = held && (record[2 * size + 2] as number) / (record[2 * size + 3] as number);
        return { parameters, loss, gradientNorm: euclideanNorm(gradient), validationLoss };
      },
    };
  }

  *#valueGradient(request: ValueRequest | ValueGradientRequest): Work<boolean> {
    const { size } = this.#sums;
    if (!(yield* sumsAt(this.#sums, request.at))) return false;
    const gradient = request.kind === 'value' ? new Float64Array(size) : request.gradient;
    request.value = this.#meanAndPenalty(this.#sums.sums.subarray(size * size), request.at, gradient);
    this.#last.at.set(request.at);
    this.#last.gradient.set(gradient);
    this.#last.value = request.value;
    return true;
  }

  /** Fills the sums with the Gram matrix at a point, unless it is there already or the same everywhere. */
  *#gramAt(at: Float64Array): Work<boolean> {
    if (this.#gramReady || this.#gramPoint?.every((value, i) => value === at[i])) return true;
    this.#gramPoint = undefined;
    this.#sums.parameters.set(at);
    if (!(yield this.#sums.gram())) return false;
    this.#gramReady = this.#options.loss.constantCurvature;
    this.#gramPoint = at.slice();
    return true;
  }

  /** ZᵀWZ / Σw and the ridge penalty. The weight is known: a gradient was taken before. */
  *#hessian(request: HessianRequest): Work<boolean> {
    const { at, hessian } = request;
    const { size, sums } = this.#sums;
    if (!(yield* this.#gramAt(at))) return false;
    request.constant = this.constantCurvature;
    const weight = sums[size * size + size + 1] as number;
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const value = (sums[i * size + j] as number) / weight;
        hessian[i * size + j] = value;
        hessian[j * size + i] = value;
      }
      hessian[i * size + i] = (hessian[i * size + i] as number) + (this.#ridge[i] as number);
    }
    return true;
  }

  /** The value; fills the gradient from sums = [gradient p | loss | weight]. */
  #meanAndPenalty(sums: Float64Array, at: Float64Array, gradient: Float64Array): number {
    const size = at.length;
    const weight = sums[size + 1] as number;
    for (let j = 0; j < size; j += 1) {
      gradient[j] = (sums[j] as number) / weight + (this.#ridge[j] as number) * (at[j] as number);
    }
    return (sums[size] as number) / weight + ridgeValue(this.#ridge, at);
  }

  /** By the Gram matrix at the point, which many products share. */
  *#hessianVector({ at, vector, product }: HessianVectorRequest): Work<boolean> {
    const { size, sums } = this.#sums;
    if (!(yield* this.#gramAt(at))) return false;
    const weight = sums[size * size + size + 1] as number;
    product.fill(0);
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const value = (sums[i * size + j] as number) / weight;
        product[i] = (product[i] as number) + value * (vector[j] as number);
        if (j < i) product[j] = (product[j] as number) + value * (vector[i] as number);
      }
    }
    for (let i = 0; i < size; i += 1) {
      product[i] = (product[i] as number) + (this.#ridge[i] as number) * (vector[i] as number);
    }
    return true;
  }

  *#newtonDirection(request: NewtonDirectionRequest): Work<boolean> {
    const sums = this.#sums;
    if (this.#minimum && request.shift === 0) return answerWith(this.#minimum, request);
    const sample = request.share < 1 ? this.#sampleOf(request.share) : undefined;
    if (sample) return yield* sample.answer(request);
    if (!(yield* this.#gramAt(request.at))) return false;
    sums.diagonal.set(this.#ridge);
    if (!(yield* solveNewton(sums, request))) return false;
    const { loss } = this.#options;
    if (sums.failedPivot >= 0 && 'likelihood' in loss) return yield* this.#byLikelihood(loss.likelihood, request);
    const losesDigits = sums.failedPivot >= 0 || sums.condition > qrCondition;
    if (loss.name !== 'squared' || request.shift > 0 || !losesDigits) return true;
    return yield* this.#minimumByQr(request);
  }

  /** By the expected Hessian. */
  *#byLikelihood(likelihood: VectorLoss, request: NewtonDirectionRequest): Work<boolean> {
    const { kernels, threads } = this.#options;
    this.#likelihoodSums ??= new VectorSums(this.#spec, likelihood, kernels, threads);
    const sums = this.#likelihoodSums;
    sums.parameters.set(request.at);
    if (!(yield sums.gram())) return false;
    sums.diagonal.set(this.#ridge);
    return yield* solveNewton(sums, request);
  }

  /** Undefined where there are too few rows for it to pay, or one Hessian serves for all points anyway. */
  #sampleOf(share: number): SampledHessian | undefined {
    const { rows } = this.#spec;
    const { loss, kernels, threads } = this.#options;
    const count = sampleSize(rows, this.#sums.size, share);
    if (loss.constantCurvature || count === undefined || isVectorLoss(loss) || 'likelihood' in loss) return undefined;
    if (this.#sample?.rows !== count) {
      this.#sample?.dispose();
      this.#sample = new SampledHessian(sampleRows(this.#spec, count), this.#ridge, kernels, threads);
    }
    return this.#sample;
  }

  /** In place of Cholesky's answer, which stays where QR cannot give one. The minimum does not depend on the point. */
  *#minimumByQr(request: NewtonDirectionRequest): Work<boolean> {
    const sums = this.#kernelSums as LinearSums;
    const bytes = 8 * this.#spec.rows * sums.size;
    if (bytes > qrMostBytes) {
      if (request.condition > qrMissedCondition) request.warning = tooLargeForQr(request.condition, bytes, qrMostBytes);
      return true;
    }
    if (this.#qrUseless) return true;
    if (!(yield sums.leastSquares())) return false;
    this.#qrUseless = sums.failedPivot >= 0 || !sums.solution.every(Number.isFinite);
    if (this.#qrUseless) return true;
    const { solution, condition, correction } = sums;
    this.#minimum = { parameters: solution.slice(), condition: condition * condition, correction };
    return answerWith(this.#minimum, request);
  }

  /**
   * By the Hessian where it is at hand or small, for squared loss; by tangents, for other convex losses with ridge; else by
   * Fenchel's duality.
   */
  *gapBound(at: Float64Array, penalty?: Strengths): Work<number | undefined> {
    const { loss, bounds, kernels, threads } = this.#options;
    const terms = { ...(penalty ?? { l1: this.#padded(this.#options.l1), l2: this.#ridge }), bounds };
    const { columns, intercept, offset } = this.#spec;
    const smooth = bounds === undefined && terms.l1.every((strength) => strength === 0);
    if (loss.name !== 'squared') {
      const held = terms.l2.subarray(0, columns).every((strength) => strength > 0);
      if (!smooth || !held || !isConvex(loss)) {
        // The conjugates know no offset.
        return offset ? undefined : yield* dualityGap(this.#spec, loss, terms, at, kernels, threads);
      }
      const point = yield* this.#tangent(at);
      return point && (yield* ridgeGap(point, terms.l2, intercept ? columns : undefined, (to) => this.#tangent(to)));
    }
    const point = yield* this.#tangent(at);
    const byHessian = point && (yield* this.#gapByHessian(point, terms));
    // Where nothing but ridge is added that is the gap itself.
    if (byHessian !== undefined && smooth) return byHessian;
    const byDuality = point && (yield* this.#gapByDuality(point, terms));
    if (byHessian === undefined || byDuality === undefined) return byHessian ?? byDuality;
    return Math.min(byHessian, byDuality);
  }

  /** The mean loss and its gradient, without the penalty; undefined when aborted. */
  *#tangent(at: Float64Array): Work<Tangent | undefined> {
    const last = this.#last;
    if (!at.every((value, j) => value === last.at[j])) {
      const request = { kind: 'value-gradient' as const, at, gradient: new Float64Array(at.length), value: Number.NaN };
      if (!(yield* this.#valueGradient(request))) return undefined;
    }
    const gradient = last.gradient.map((g, j) => g - (this.#ridge[j] as number) * (at[j] as number));
    return { theta: at, value: last.value - ridgeValue(this.#ridge, at), gradient };
  }

  *#gapByHessian(point: Tangent, terms: PenaltyTerms): Work<number | undefined> {
    const sums = this.#sums;
    if (!this.#gramReady && sums.size > cheapGram) return undefined;
    if (!(yield* this.#gramAt(point.theta))) return undefined;
    sums.diagonal.set(terms.l2);
    sums.rhs.set(leastSubgradient(point, terms));
    sums.shift = 0;
    if (!(yield sums.solve()) || sums.failedPivot >= 0) return undefined;
    // The gradient is known to some roundings of the residuals, which the inverse may enlarge by the condition.
    const error = 2 ** -48;
    const loosened = 1 + error * sums.size * sums.condition;
    const known = 0.5 * Math.abs(innerProduct(sums.rhs, sums.direction)) * loosened;
    return known + error * error * sums.size * sums.condition * point.value;
  }

  *#gapByDuality(point: Tangent, terms: PenaltyTerms): Work<number | undefined> {
    const { columns, intercept } = this.#spec;
    if (!intercept) return squaredGap(point, 0, point.gradient, terms, columns);
    const shift = -(point.gradient[columns] as number);
    const theta = point.theta.slice();
    theta[columns] = (theta[columns] as number) + shift;
    const balanced = yield* this.#tangent(theta);
    return balanced && squaredGap(point, shift, balanced.gradient, terms, columns);
  }

  /** Power iteration on ZᵀWZ/Σw: its product with v is the gradient of ½Σw(zᵀv)², a squared loss with target 0. */
  *#curvatureBound(request: CurvatureBoundRequest): Work<boolean> {
    const { spec, loss, l2, random, kernels, threads } = this.#options;
    const product = kernels.linear(
      { ...spec, y: undefined, offset: undefined, loss: 'squared', lossParameter: 0 },
      threads,
    );
    try {
      const estimate = yield* largestEigenvalue(product, random);
      if (estimate === undefined) return false;
      request.bound = loss.maxCurvature * estimate + Math.max(0, ...l2);
      return true;
    } finally {
      product.dispose();
    }
  }
}

function* sumsAt(sums: PointSums, at: Float64Array): Generator<Job, boolean, boolean> {
  sums.parameters.set(at);
  return yield sums.gradient();
}
