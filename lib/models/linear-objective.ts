// The objective of a linear predictor: J(θ) = Σ w·loss(zᵀθ + b, y) / Σ w + λ·½‖θ‖².
// Kernels give sums over rows; the division and the penalty happen once, here.

import type { Job, Kernels, LinearSpec, LinearSums } from '../kernels/kernels.js';
import type { Random } from '../kernels/random.js';
import type { Loss } from '../losses/loss.js';
import {
  type CurvatureBoundRequest,
  euclideanNorm,
  figure,
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
import type { Objective, ObjectiveSpan, SpanOptions, Work } from './objective.js';
import { SampledHessian, sampleRows, sampleSize, solveNewton } from './sampled-hessian.js';
import { mean, relativeTo } from './snapshot.js';

// Power iteration stops when the estimate moves by less than this: the rate 1/L
// needs no more, and descent is safe while the estimate is above L/2.
const boundTolerance = 1e-4;
const boundIterations = 200;

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

/** The minimum of a squared loss, and what is known of it. */
interface Minimum {
  readonly parameters: Float64Array;
  /** Of the scaled Hessian. */
  readonly condition: number;
  readonly correction: number;
}

// What a row costs in a step besides its columns, in multiply-adds.
const rowOverhead = 30;

export interface LinearObjectiveOptions {
  /** The data, without a loss. */
  readonly spec: Omit<LinearSpec, 'loss' | 'lossParameter'>;
  readonly loss: Loss;
  /** λ of the ridge penalty. */
  readonly l2: number;
  /** λ of the lasso penalty, which is the solver's: values come without it. */
  readonly l1: number;
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
  readonly #sums: LinearSums;
  readonly #coefficients: number;
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
    this.#spec = { ...spec, loss: loss.name, lossParameter: loss.parameter };
    this.#sums = kernels.linear(this.#spec, threads);
    this.#coefficients = spec.columns;
    this.layout = {
      ...linearLayout(spec.columns, spec.intercept),
      l1: options.l1 > 0 ? new Float64Array(this.#sums.size).fill(options.l1, 0, spec.columns) : undefined,
    };
  }

  get rows(): number {
    return this.#spec.rows;
  }

  dispose(): void {
    this.#sample?.dispose();
    this.#sums.dispose();
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
      case 'limited-memory-direction': {
        const { memory, gradient, direction } = request;
        request.slope = this.#options.kernels.limitedMemoryDirection(memory, gradient, direction);
        return true;
      }
      default:
        throw new TypeError(`a linear objective cannot answer ${request.kind}`);
    }
  }

  *span({ validation, ...options }: SpanOptions): Work<ObjectiveSpan | undefined> {
    const { kernels, threads, l2 } = this.#options;
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
  *#hessian({ at, hessian }: HessianRequest): Work<boolean> {
    const { size, sums } = this.#sums;
    if (!(yield* this.#gramAt(at))) return false;
    const weight = sums[size * size + size + 1] as number;
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const value = (sums[i * size + j] as number) / weight;
        hessian[i * size + j] = value;
        hessian[j * size + i] = value;
      }
      if (i < this.#coefficients) hessian[i * size + i] = (hessian[i * size + i] as number) + this.#options.l2;
    }
    return true;
  }

  /** The value; fills the gradient from sums = [gradient p | loss | weight]. */
  #meanAndPenalty(sums: Float64Array, at: Float64Array, gradient: Float64Array): number {
    const size = at.length;
    const weight = sums[size + 1] as number;
    const strength = this.#options.l2;
    let penalty = 0;
    for (let j = 0; j < size; j += 1) {
      const penalised = j < this.#coefficients ? (at[j] as number) : 0;
      penalty += penalised * penalised;
      gradient[j] = (sums[j] as number) / weight + strength * penalised;
    }
    return (sums[size] as number) / weight + strength * 0.5 * penalty;
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
    for (let i = 0; i < this.#coefficients; i += 1) {
      product[i] = (product[i] as number) + this.#options.l2 * (vector[i] as number);
    }
    return true;
  }

  *#newtonDirection(request: NewtonDirectionRequest): Work<boolean> {
    const sums = this.#sums;
    if (this.#minimum && request.shift === 0) return answerWith(this.#minimum, request);
    const sample = request.share < 1 ? this.#sampleOf(request.share) : undefined;
    if (sample) return yield* sample.answer(request);
    if (!(yield* this.#gramAt(request.at))) return false;
    sums.diagonal.fill(this.#options.l2, 0, this.#coefficients);
    if (!(yield* solveNewton(sums, request))) return false;
    const losesDigits = sums.failedPivot >= 0 || sums.condition > qrCondition;
    if (this.#options.loss.name !== 'squared' || request.shift > 0 || !losesDigits) return true;
    return yield* this.#minimumByQr(request);
  }

  /** Undefined where there are too few rows for it to pay, or one Hessian serves for all points anyway. */
  #sampleOf(share: number): SampledHessian | undefined {
    const { rows } = this.#spec;
    const { loss, kernels, threads, l2 } = this.#options;
    const count = sampleSize(rows, this.#sums.size, share);
    if (loss.constantCurvature || count === undefined) return undefined;
    if (this.#sample?.rows !== count) {
      this.#sample?.dispose();
      this.#sample = new SampledHessian(sampleRows(this.#spec, count), l2, kernels, threads);
    }
    return this.#sample;
  }

  /** In place of Cholesky's answer, which stays where QR cannot give one. The minimum does not depend on the point. */
  *#minimumByQr(request: NewtonDirectionRequest): Work<boolean> {
    const sums = this.#sums;
    const bytes = 8 * this.#spec.rows * sums.size;
    if (bytes > qrMostBytes) {
      if (request.condition > qrMissedCondition) request.warning = tooLargeForQr(request.condition, bytes);
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

  /** Power iteration on ZᵀWZ/Σw: its product with v is the gradient of ½Σw(zᵀv)², a squared loss with target 0. */
  *#curvatureBound(request: CurvatureBoundRequest): Work<boolean> {
    const { spec, loss, l2, random, kernels, threads } = this.#options;
    const product = kernels.linear({ ...spec, y: undefined, loss: 'squared', lossParameter: 0 }, threads);
    try {
      const estimate = yield* largestEigenvalue(product, random);
      if (estimate === undefined) return false;
      request.bound = loss.maxCurvature * estimate + l2;
      return true;
    } finally {
      product.dispose();
    }
  }
}

function answerWith({ parameters, condition, correction }: Minimum, request: NewtonDirectionRequest): true {
  request.minimum = parameters;
  request.direction.set(parameters.map((value, j) => value - (request.at[j] as number)));
  request.decrement = -innerProduct(request.gradient, request.direction);
  request.method = 'qr';
  request.failedPivot = -1;
  request.condition = condition;
  request.correction = correction;
  return true;
}

function tooLargeForQr(condition: number, bytes: number): string {
  const megabytes = (size: number): string => `${Math.round(size / 2 ** 20)} MB`;
  return (
    `the columns nearly depend on each other (condition of the Hessian at least ${figure(condition)}), and the copy of ` +
    `${megabytes(bytes)} with which QR would keep the digits is above ${megabytes(qrMostBytes)}: solved by Cholesky`
  );
}

/** Of ZᵀWZ/Σw, by power iteration, `product` a squared loss with target 0; undefined when aborted. */
export function* largestEigenvalue(product: LinearSums, random: Random): Work<number | undefined> {
  const { size } = product;
  const tail = product.sums.subarray(size * size);
  const v = Float64Array.from({ length: size }, () => random.uniform() - 0.5);
  let estimate = 0;
  for (let count = 0; count < boundIterations; count += 1) {
    const norm = euclideanNorm(v);
    if (norm === 0) break;
    for (let j = 0; j < size; j += 1) v[j] = (v[j] as number) / norm;
    if (!(yield* sumsAt(product, v))) return undefined;
    for (let j = 0; j < size; j += 1) v[j] = (tail[j] as number) / (tail[size + 1] as number);
    const next = euclideanNorm(v);
    const settled = Math.abs(next - estimate) <= boundTolerance * next;
    estimate = next;
    if (settled) break;
  }
  return estimate;
}

function* sumsAt(sums: LinearSums, at: Float64Array): Generator<Job, boolean, boolean> {
  sums.parameters.set(at);
  return yield sums.gradient();
}
