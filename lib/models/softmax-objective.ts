// The mean softmax cross-entropy over rows, with a ridge penalty, as an objective over
// class-major parameters: coefficients and intercept of the first class, then the next.
// Along a common shift of the classes' parameters that no penalty sees the value is the
// same everywhere: Newton's system is solved on the space orthogonal to such shifts.

import { type Kernels, type SoftmaxSpec, type SoftmaxSums, smallJob } from '../kernels/kernels.js';
import type { Random } from '../kernels/random.js';
import { scaledCholesky } from '../kernels/scaled-cholesky.js';
import {
  type CurvatureBoundRequest,
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
import { answeredByKernels } from './kernel-answers.js';
import { largestEigenvalue } from './largest-eigenvalue.js';
import type { Objective, Work } from './objective.js';
import { SoftmaxCurvature } from './softmax-curvature.js';

export const softmaxAnswers: readonly RequestKind[] = [
  'value',
  'value-gradient',
  'hessian',
  'hessian-vector',
  'newton-direction',
  'curvature-bound',
];

// A mean loss below this without a penalty: the rows are told apart, and larger parameters do it better for ever.
const separatedLoss = 1e-5;

export interface SoftmaxObjectiveOptions {
  readonly spec: SoftmaxSpec;
  /** λⱼ of the ridge penalty, one a column, for every class. */
  readonly l2: Float64Array;
  /** λⱼ of the lasso penalty, which is the solver's: values come without it. */
  readonly l1: Float64Array;
  readonly kernels: Kernels;
  readonly threads: number;
  /** Start of the power iteration. */
  readonly random: Random;
}

export class SoftmaxObjective implements Objective {
  readonly answers = softmaxAnswers;
  readonly layout: Layout;
  readonly #options: SoftmaxObjectiveOptions;
  readonly #sums: SoftmaxSums;
  #curvature: SoftmaxCurvature | undefined;
  /** Of the last value, without the penalty. */
  #loss = Number.NaN;

  constructor(options: SoftmaxObjectiveOptions) {
    const { spec, l1, kernels, threads } = options;
    this.#options = options;
    this.#sums = kernels.softmax(spec, threads);
    const each = spec.columns + (spec.intercept ? 1 : 0);
    const size = spec.classes * each;
    const blocks = Array.from({ length: spec.classes }, (_, k) => ({
      name: `class ${k}`,
      offset: k * each,
      size: each,
    }));
    const strengths = new Float64Array(size);
    for (const { offset } of blocks) strengths.set(l1, offset);
    this.layout = { size, blocks, l1: l1.some((strength) => strength > 0) ? strengths : undefined };
  }

  get rows(): number {
    return this.#options.spec.rows;
  }

  dispose(): void {
    this.#sums.dispose();
    this.#curvature?.dispose();
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
        throw new TypeError(`a softmax objective cannot answer ${request.kind}`);
    }
  }

  *#valueGradient(request: ValueRequest | ValueGradientRequest): Work<boolean> {
    const { parameters, sums } = this.#sums;
    const { spec, l2 } = this.#options;
    const { at } = request;
    parameters.set(at);
    if (!(yield this.#sums.gradient())) return false;
    const size = at.length;
    const weight = sums[size + 1] as number;
    const each = size / spec.classes;
    const gradient = request.kind === 'value' ? undefined : request.gradient;
    let penalty = 0;
    for (let i = 0; i < size; i += 1) {
      const j = i % each;
      const slope = j < spec.columns ? (l2[j] as number) * (at[i] as number) : 0;
      penalty += slope * (at[i] as number);
      if (gradient) gradient[i] = (sums[i] as number) / weight + slope;
    }
    this.#loss = (sums[size] as number) / weight;
    request.value = this.#loss + 0.5 * penalty;
    return true;
  }

  get #second(): SoftmaxCurvature {
    const { spec, kernels, threads } = this.#options;
    this.#curvature ??= new SoftmaxCurvature(spec, kernels, threads);
    return this.#curvature;
  }

  /** Columns that a class has, intercept included. */
  get #each(): number {
    return this.layout.size / this.#options.spec.classes;
  }

  /** Σ w / Σw and the ridge penalty. The weight is known: a gradient was taken before. */
  *#hessian({ at, hessian }: HessianRequest): Work<boolean> {
    if (!(yield* this.#second.hessian(at, hessian))) return false;
    const size = at.length;
    const weight = this.#sums.sums[size + 1] as number;
    const { spec, l2 } = this.#options;
    for (let i = 0; i < hessian.length; i += 1) hessian[i] = (hessian[i] as number) / weight;
    for (let i = 0; i < size; i += 1) {
      const j = i % this.#each;
      if (j < spec.columns) hessian[i * size + i] = (hessian[i * size + i] as number) + (l2[j] as number);
    }
    return true;
  }

  *#hessianVector({ at, vector, product }: HessianVectorRequest): Work<boolean> {
    if (!(yield* this.#second.product(at, vector, product))) return false;
    const size = at.length;
    const weight = this.#sums.sums[size + 1] as number;
    const { spec, l2 } = this.#options;
    for (let i = 0; i < size; i += 1) {
      const j = i % this.#each;
      const penalised = j < spec.columns ? (l2[j] as number) * (vector[i] as number) : 0;
      product[i] = (product[i] as number) / weight + penalised;
    }
    return true;
  }

  /**
   * H + N in place of H, N = Σ cⱼ·(11ᵀ ⊗ eⱼeⱼᵀ) over the parameters j whose common shifts H does not see. N lives where H
   * vanishes and the gradient has no part there, so the direction is that of H's pseudoinverse.
   */
  *#newtonDirection(request: NewtonDirectionRequest): Work<boolean> {
    const { at, gradient, shift, direction } = request;
    const { spec, l2, kernels, threads } = this.#options;
    const size = at.length;
    const each = this.#each;
    const hessian = new Float64Array(size * size);
    if (!(yield* this.#hessian({ kind: 'hessian', at, hessian }))) return false;
    const free = Array.from({ length: each }, (_, j) => j).filter((j) => !((l2[j] ?? 0) > 0));
    for (const j of free) addToShifts(hessian, spec.classes, each, j);
    const factored = scaledCholesky(hessian, size, shift, kernels, threads);
    request.failedPivot = factored.failedPivot;
    request.condition = factored.condition;
    request.method = factored.failedPivot >= 0 ? 'failed' : shift > 0 ? 'shifted' : 'cholesky';
    if (factored.failedPivot >= 0) return true;
    for (let i = 0; i < size; i += 1) direction[i] = -(gradient[i] as number);
    factored.solve(direction);
    for (const j of free) removeShift(direction, spec.classes, each, j);
    request.decrement = -innerProduct(gradient, direction);
    if (free.length === each && this.#loss < separatedLoss) request.warning = separated;
    return true;
  }

  /** Böhning (1992): no Hessian is above ½(I − 11ᵀ/K) ⊗ ZᵀWZ. */
  *#curvatureBound(request: CurvatureBoundRequest): Work<boolean> {
    const { spec, l2, random, kernels, threads } = this.#options;
    const squares = { ...spec, y: undefined, loss: 'squared', lossParameter: 0 } as const;
    const product = kernels.linear(squares, threads);
    try {
      const estimate = yield* largestEigenvalue(product, random);
      if (estimate === undefined) return false;
      request.bound = 0.5 * estimate + l2.reduce((most, strength) => Math.max(most, strength), 0);
      return true;
    } finally {
      product.dispose();
    }
  }
}

/** Adds c·11ᵀ to the elements of parameter j of all classes, c near the largest of them so that the condition stays. */
function addToShifts(hessian: Float64Array, classes: number, each: number, j: number): void {
  const size = classes * each;
  const at = (k: number, l: number): number => (k * each + j) * size + l * each + j;
  let largest = 0;
  for (let k = 0; k < classes; k += 1) largest = Math.max(largest, hessian[at(k, k)] as number);
  for (let k = 0; k < classes; k += 1) {
    for (let l = 0; l < classes; l += 1) hessian[at(k, l)] = (hessian[at(k, l)] as number) + largest / classes;
  }
}

/** Takes the mean over classes from parameter j. */
function removeShift(vector: Float64Array, classes: number, each: number, j: number): void {
  let sum = 0;
  for (let k = 0; k < classes; k += 1) sum += vector[k * each + j] as number;
  for (let k = 0; k < classes; k += 1) vector[k * each + j] = (vector[k * each + j] as number) - sum / classes;
}

const separated =
  `the mean loss fell below ${figure(separatedLoss)}: planes separate the classes, and the parameters grow without bound. ` +
  'Add an l2 penalty';
