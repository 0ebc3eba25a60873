// The sums over rows of a loss that is a function (losses/loss.ts): predictors by the
// kernels, the loss in TypeScript some thousand rows at a time, then its derivatives back
// through the kernels. It stands in for the sums that the kernels compute of their own
// losses: one point at a time, gradient and Gram matrix in one buffer.

import { type Job, type Kernels, type LinearSpec, type LinearSums, smallJob } from '../kernels/kernels.js';
import type { LossFunction, VectorLoss } from '../losses/loss.js';
import { RowProducts } from './row-products.js';

// Rows of one call: a millisecond or two of exponentials.
const piece = 16_384;

/** What an objective asks of its sums at a point. */
export type PointSums = Pick<
  LinearSums,
  | ('size' | 'parameters' | 'sums' | 'gradient' | 'gram' | 'dispose')
  | ('solve' | 'diagonal' | 'rhs' | 'shift' | 'direction' | 'failedPivot' | 'condition')
>;

/** The function's own copy of some rows: nothing that it does to them reaches memory that others use. */
interface Piece {
  readonly eta: Float64Array;
  readonly y: Float64Array;
  readonly derivative: Float64Array;
  readonly curvature: Float64Array;
  readonly weights: Float64Array | undefined;
}

export class VectorSums implements PointSums {
  readonly size: number;
  readonly parameters: Float64Array;
  readonly #spec: LinearSpec;
  readonly #loss: VectorLoss;
  readonly #products: RowProducts;
  #piece: Piece | undefined;
  /** Where the derivatives were last taken. */
  #point: Float64Array | undefined;
  #sum = 0;
  #weight = 0;

  constructor(spec: LinearSpec, loss: VectorLoss, kernels: Kernels, threads: number) {
    this.#spec = spec;
    this.#loss = loss;
    this.#products = new RowProducts(spec, kernels, threads);
    this.size = this.#products.size;
    this.parameters = new Float64Array(this.size);
  }

  gradient(): Job {
    return inTurn(this.#isSmall(this.#products.transpose()), () => this.#gradientJobs());
  }

  gram(): Job {
    return inTurn(this.#isSmall(this.#products.gram()), () => this.#gramJobs());
  }

  get sums(): Float64Array {
    return this.#products.system.sums;
  }

  /**
   * Where the Hessian is not positive definite, that of the expected curvature is solved with instead: Fisher's scoring. At the
   * minimum it is the observed one, by which Newton's method converges quadratically.
   */
  solve(): Job {
    return inTurn(this.#isSmall(this.#products.gram()), () => this.#solveJobs());
  }

  get diagonal(): Float64Array {
    return this.#products.system.diagonal;
  }

  get rhs(): Float64Array {
    return this.#products.system.rhs;
  }

  get shift(): number {
    return this.#products.system.shift;
  }

  set shift(shift: number) {
    this.#products.system.shift = shift;
  }

  get direction(): Float64Array {
    return this.#products.system.direction;
  }

  get failedPivot(): number {
    return this.#products.system.failedPivot;
  }

  get condition(): number {
    return this.#products.system.condition;
  }

  dispose(): void {
    this.#products.dispose();
  }

  #isSmall(job: Job): boolean {
    return this.#spec.rows <= piece && job.inline;
  }

  *#gradientJobs(): Generator<Job, void, void> {
    const { rows } = this.#spec;
    const { size } = this;
    const products = this.#products;
    this.#point = undefined;
    this.#sum = 0;
    this.#weight = 0;
    const at = this.parameters.slice();
    yield products.predictors(at);
    for (let first = 0; first < rows; first += piece) yield smallJob(() => this.#take(first));
    const tail = this.sums.subarray(size * size);
    tail.fill(Number.NaN, 0, size);
    tail[size] = this.#sum;
    tail[size + 1] = this.#weight;
    if (!Number.isFinite(this.#sum)) return;
    this.#point = at;
    yield products.transpose();
    tail.set(products.product);
  }

  *#gramJobs(): Generator<Job, void, void> {
    if (!this.#point?.every((value, j) => value === this.parameters[j])) yield* this.#gradientJobs();
    yield this.#products.gram();
  }

  *#solveJobs(): Generator<Job, void, void> {
    const { system } = this.#products;
    yield system.solve();
    if (system.failedPivot < 0 || this.#point === undefined) return;
    // The weights are no longer those of the point.
    this.#point = undefined;
    for (let first = 0; first < this.#spec.rows; first += piece) yield smallJob(() => this.#expect(first));
    yield this.#products.gram();
    yield system.solve();
  }

  /** Curvatures of some rows that are nowhere negative, weighted. */
  #expect(first: number): void {
    const count = Math.min(piece, this.#spec.rows - first);
    const { expectedCurvature } = this.#loss;
    const curvatures = this.#products.weights.subarray(first, first + count);
    if (expectedCurvature === undefined) {
      for (let i = 0; i < count; i += 1) curvatures[i] = Math.max(0, curvatures[i] as number);
      return;
    }
    expectedCurvature(this.#products.eta.subarray(first, first + count), curvatures);
    const own = this.#spec.weights?.data;
    if (own === undefined) return;
    for (let i = 0; i < count; i += 1) curvatures[i] = (curvatures[i] as number) * (own[first + i] as number);
  }

  /** The loss of some rows, and their derivatives, weighted. */
  #take(first: number): void {
    const count = Math.min(piece, this.#spec.rows - first);
    const { eta, y, derivative, curvature, weights } = this.#read(first, count);
    const loss = (this.#loss.evaluate as LossFunction)(eta, y, derivative, curvature, weights);
    this.#sum += typeof loss === 'number' ? loss : Number.NaN;
    const { factors, weights: curvatures } = this.#products;
    const own = this.#spec.weights?.data;
    for (let i = 0; i < count; i += 1) {
      const weight = own === undefined ? 1 : (own[first + i] as number);
      this.#weight += weight;
      factors[first + i] = -weight * (derivative[i] as number);
      curvatures[first + i] = weight * (curvature[i] as number);
    }
  }

  #read(first: number, count: number): Piece {
    const { y, weights } = this.#spec;
    // Whoever detaches an array gets new ones.
    if (Object.values(this.#piece ?? { none: { length: 0 } }).some((array) => array && array.length !== count)) {
      const numbers = (): Float64Array => new Float64Array(count);
      const [eta, targets, derivative, curvature] = [numbers(), numbers(), numbers(), numbers()];
      this.#piece = { eta, y: targets, derivative, curvature, weights: weights && numbers() };
    }
    const copy = this.#piece as Piece;
    copy.eta.set(this.#products.eta.subarray(first, first + count));
    if (y) copy.y.set(y.data.subarray(first, first + count));
    if (weights) copy.weights?.set(weights.data.subarray(first, first + count));
    // What is left out is noticed.
    copy.derivative.fill(Number.NaN);
    copy.curvature.fill(Number.NaN);
    return copy;
  }
}

/** Jobs one after the other, as one. */
function inTurn(inline: boolean, jobs: () => Iterable<Job>): Job {
  return {
    inline,
    run: () => {
      for (const job of jobs()) job.run();
    },
    start: async (pace) => {
      for (const job of jobs()) {
        if (!job.inline) {
          if (!(await job.start(pace))) return false;
          continue;
        }
        job.run();
        if (pace.due()) await pace.breathe();
        if (pace.signal?.aborted) return false;
      }
      return true;
    },
  };
}
