// The one interface between the library and its arithmetic on big arrays. It
// has two implementations: native/ (the C++ addon, one instance per instruction
// set) and portable/ (TypeScript, the parity reference). A kernel set offers
// jobs, not single operations: JavaScript and C++ meet once per evaluation.

/** The names of the kernel sets, widest last. */
export const kernelSetNames = ['portable', 'sse2', 'avx2', 'avx512', 'neon'] as const;
export type KernelSetName = (typeof kernelSetNames)[number];

/** Sets of one class give the same bits: 'fused' ones round a multiplication and an addition once, 'plain' ones twice. */
export function bitClass(name: KernelSetName): 'plain' | 'fused' {
  return name === 'portable' || name === 'sse2' ? 'plain' : 'fused';
}

/** The pointwise losses by number; native/kernels/kernels.h holds the same list. */
export const lossNumbers = {
  squared: 0,
  huber: 1,
  logistic: 2,
  poisson: 3,
  gamma: 4,
  tweedie: 5,
  negativeBinomial: 6,
  squaredHinge: 7,
} as const;
export type LossName = keyof typeof lossNumbers;

/** The update rules of first-order methods by number; native/kernels/kernels.h holds the same list. */
export const ruleNumbers = {
  sgd: 0,
  momentum: 1,
  nesterov: 2,
  adagrad: 3,
  rmsprop: 4,
  rmspropMomentum: 5,
  rmspropCentered: 6,
  rmspropCenteredMomentum: 7,
  adadelta: 8,
  adam: 9,
  amsgrad: 10,
  lion: 11,
  ftrl: 12,
} as const;
export type RuleName = keyof typeof ruleNumbers;

/** The elementary functions by number; native/kernels/kernels.h holds the same list. */
export const functionNumbers = { exp: 0, log: 1, log1p: 2, expm1: 3, sigmoid: 4, softplus: 5, tanh: 6 } as const;
export type FunctionName = keyof typeof functionNumbers;

export type FloatArray = Float64Array | Float32Array;

/** When an asynchronous job must pause or stop. */
export interface Pace {
  readonly signal: AbortSignal | undefined;
  /** True when the current slice of main-thread time is used up. */
  due(): boolean;
  /** Lets the event loop run, then starts a new slice. */
  breathe(): Promise<void>;
}

/** What a kernel set made for a run. Its arrays may be used again for another once it is disposed of. */
export interface Disposable {
  dispose(): void;
}

/** One piece of work. Results are in the arrays of the object that made the job. */
export interface Job {
  /** Small enough to run on the main thread within a slice. */
  readonly inline: boolean;
  run(): void;
  /** Runs without holding the event loop for more than a slice; false when aborted. */
  start(pace: Pace): Promise<boolean>;
}

/** A job so small that whoever drives it just runs it, and then may pause. */
export function smallJob(run: () => void): Job {
  const start = async (): Promise<boolean> => {
    run();
    return true;
  };
  return { inline: true, run, start };
}

/** Memory of a data set: native, read in place and 64-byte aligned, or JavaScript's where it is small. */
export interface Storage {
  readonly data: FloatArray;
  /** What the native side knows it by; undefined for JavaScript memory, which native tasks copy. */
  readonly handle: unknown;
}

/** The same for numbers that are always float64: a fit's own copy of targets or weights. */
export interface DoubleStorage extends Storage {
  readonly data: Float64Array;
}

/** Rows of X as a fit sees them. Arrays are read in place: nobody writes to them while a job runs. */
export interface RowsSpec {
  readonly x: Storage;
  readonly columns: number;
  /** Number of rows used: the length of `list`, or all rows of x. */
  readonly rows: number;
  /** Row numbers of a view; undefined for all rows in order. */
  readonly list: Uint32Array | undefined;
  /** One a row used, in the order of `list`. */
  readonly weights: DoubleStorage | undefined;
}

export interface LinearSpec extends RowsSpec {
  readonly y: DoubleStorage | undefined;
  readonly loss: LossName;
  readonly lossParameter: number;
  /** Added to the predictor of each row, in the order of `list`; `leastSquares` knows none. */
  readonly offset?: DoubleStorage | undefined;
  /** Room for the predictors of all rows is wanted: `LinearSums.predictors` may be called. */
  readonly predictors?: boolean;
  readonly intercept: boolean;
  /** Column j enters as (x - shift[j]) * scale[j]. Both or neither. */
  readonly shift: Float64Array | undefined;
  readonly scale: Float64Array | undefined;
}

/**
 * Sums over rows for a linear predictor with a pointwise loss. p = columns + (intercept ? 1 : 0).
 * `sums` is one buffer so that it can be added over machines:
 * [gram p*p (lower triangle, row-major) | gradient p | loss | weight].
 */
export interface LinearSums extends Disposable {
  readonly size: number;
  /** Write the point here before `gradient` or `gram`. */
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
  /** Fills gradient, loss and weight. */
  gradient(): Job;
  /** Fills gram = ZᵀWZ, W = weight · loss''(eta) at `parameters`. */
  gram(): Job;
  /** Fills `eta` with the predictor of each row, offset included, at `parameters`. */
  predictors(): Job;
  /** One a row where the spec asked for predictors, else empty. */
  readonly eta: Float64Array;
  /**
   * Solves (gram / weight + diag(diagonal) + shift·D) direction = -rhs, D = the power-of-two diagonal scaling,
   * by Cholesky. Leaves gram as it was.
   */
  solve(): Job;
  /** Inputs of `solve`: diagonal and rhs (length p), shift. */
  readonly diagonal: Float64Array;
  readonly rhs: Float64Array;
  shift: number;
  /** Outputs of `solve`. */
  readonly direction: Float64Array;
  /** Row at which the pivot was not positive, or -1 when the factorisation succeeded. */
  readonly failedPivot: number;
  /** (max Lᵢᵢ / min Lᵢᵢ)² after scaling: a lower bound of the condition number. */
  readonly condition: number;
  /**
   * Minimises Σ w (zᵀβ − y)² + weight · Σ diagonalⱼβⱼ² into `solution` by QR of the rows (a copy of rows × p numbers), refined
   * to the last digits, for squared loss. Reads `diagonal` and the weight in `sums`. Sets `failedPivot` where the columns
   * count as dependent, and `condition` to that of R in the 1-norm, which is that of the columns and not of their Gram matrix.
   */
  leastSquares(): Job;
  readonly solution: Float64Array;
  /** The last correction of the solution, relative to it. */
  readonly correction: number;
  /**
   * Fills `variances` with the diagonal of C·ZᵀWZ·C, C = (ZᵀWZ + weight · diag(diagonal))⁻¹, and `residualSquares` with
   * Σ w (y − zᵀparameters)². `failedPivot` and `condition` as in `leastSquares`.
   */
  leastSquaresVariances(): Job;
  readonly variances: Float64Array;
  readonly residualSquares: number;
}

/** Rows with a linear predictor for each of several classes. */
export interface SoftmaxSpec extends RowsSpec {
  /** Class numbers from 0 on. */
  readonly y: DoubleStorage;
  readonly classes: number;
  readonly intercept: boolean;
  /** As in `LinearSpec`. */
  readonly shift: Float64Array | undefined;
  readonly scale: Float64Array | undefined;
}

/**
 * Sums over rows of the softmax cross-entropy. Parameters are class-major: p = columns + (intercept ? 1 : 0) for the first
 * class, p for the next. `sums` is [gradient classes*p | loss | weight]; the loss is NaN when a label is no class.
 */
export interface SoftmaxSums extends Disposable {
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
  gradient(): Job;
}

/** What a span of first-order steps works on. Everything here is fixed for a run. */
export interface SpanSpec {
  readonly train: LinearSpec;
  /** Rows whose loss is taken with every record. */
  readonly validation: LinearSpec | undefined;
  /** Weight of a row in a step, relative to the mean weight; undefined for 1. */
  readonly stepWeights: DoubleStorage | undefined;
  /** λ of the ridge penalty on the coefficients. */
  readonly l2: number;
  readonly rule: RuleName;
  /** Rows of a step, at most all; the last step of an epoch takes what is left. */
  readonly batchSize: number;
  /** Rows drawn with replacement instead of a permutation for each epoch. */
  readonly replacement: boolean;
  readonly seed: number;
  /** Room for so many records, and for the scalars of so many steps. */
  readonly recordsMost: number;
  readonly scalarsMost: number;
}

/** Steps of one row that fused sets take at a time; native/kernels/kernels.h holds the same number. */
export const rowsAhead = 4;

/** Up to `steps` steps of one row from `position` in an epoch, `rowsAhead` or more: so many that they end between blocks. */
export function wholeBlocks(position: number, steps: number, stepsPerEpoch: number): number {
  return steps - (((position + steps) % stepsPerEpoch) % rowsAhead);
}

/** What a span may do before it ends. */
export interface SpanQuota {
  /** With batches of one row it must end at a multiple of `rowsAhead` in an epoch, or with it: see `wholeBlocks`. */
  readonly steps: number;
  readonly records: number;
  /** Epochs between evaluations. */
  readonly evaluateEvery: number;
  /** Epochs of the whole run; the last is always evaluated. */
  readonly lastEpoch: number;
  /** True when `scalars` holds those of each step, false when it holds those of every step. */
  readonly scalarsPerStep: boolean;
}

/**
 * Many first-order steps in one job. How a run is cut into spans, between blocks, changes no bit. A record of an evaluated epoch is
 * [parameters p | gradient p | loss | weight | validation loss | validation weight | epochs done], sums, not means.
 */
export interface Span extends Disposable {
  readonly parameters: Float64Array;
  /** The rule's arrays one after another, each as long as the parameters. */
  readonly state: Float64Array;
  /** The rule's scalars (rules.ts), step after step. */
  readonly scalars: Float64Array;
  readonly records: Float64Array;
  /** Where the run stands: epochs done, and steps done in the current one. */
  epoch: number;
  position: number;
  /** Outputs of the last run. */
  readonly stepsDone: number;
  readonly recordsDone: number;
  run(quota: SpanQuota): Job;
}

/** Numbers of a record. */
export function recordSize(size: number): number {
  return 2 * size + 5;
}

/** Column sums: weight, Σ w x, and Σ w (x - shift)². */
export interface ColumnMoments extends Disposable {
  readonly mean: Float64Array;
  /** Population variance (divided by Σ w) around `mean`. */
  readonly variance: Float64Array;
  readonly weight: number;
  compute(): Job;
}

/** Looks for the first value that is not finite. */
export interface FiniteScan extends Disposable {
  /** Index into data of the first NaN or infinity, or -1. */
  readonly found: number;
  scan(): Job;
}

/** What `modifiedCholesky` did to the matrix. */
export interface ModifiedCholesky {
  /** Trace of E, which has no negative eigenvalue, so that no norm of it is larger; 0 when the matrix was left alone, NaN when it was not finite. */
  readonly modification: number;
  /** Negative eigenvalues of A, and those within n·2⁻⁵²·‖A‖ of zero; the others are positive. */
  readonly negative: number;
  readonly zero: number;
}

/** Pairs of steps and changes of the gradient, one after another: a ring in which the newest is before `next`. */
export interface LimitedMemory {
  readonly steps: Float64Array;
  readonly changes: Float64Array;
  /** 1 / stepᵀchange of each pair; as many as there is room for pairs. */
  readonly inverses: Float64Array;
  /** Room for as many numbers. */
  readonly weights: Float64Array;
  readonly pairs: number;
  readonly next: number;
  /** Of the identity that the pairs update. */
  readonly scale: number;
}

/**
 * ½xᵀAx + bᵀx + Σ l1ⱼ|xⱼ| in a box, over the first `count` of the coordinates that there is room for. Arrays but the matrix
 * have `stride` numbers.
 */
export interface Coordinates {
  readonly count: number;
  /** A, both triangles, stride × stride. */
  readonly matrix: Float64Array;
  readonly stride: number;
  readonly l1: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly point: Float64Array;
  /** Ax + b, which follows x. */
  readonly slope: Float64Array;
  /** Two numbers: whose turn it is, and how many were looked at without a move since the last one. */
  readonly turn: Float64Array;
}

export interface Kernels {
  readonly name: KernelSetName;
  readonly native: boolean;
  linear(spec: LinearSpec, threads: number): LinearSums;
  /** Numbers that JavaScript fills in between two jobs and specs refer to, as targets or weights. */
  memory(length: number): DoubleStorage;
  softmax(spec: SoftmaxSpec, threads: number): SoftmaxSums;
  span(spec: SpanSpec, threads: number): Span;
  moments(spec: RowsSpec, threads: number): ColumnMoments;
  finite(data: Storage, threads: number): FiniteScan;
  /** eta = X·coefficients + intercept, never fused: the same bits in every set. Synchronous. */
  predict(spec: RowsSpec, coefficients: Float64Array, intercept: number, out: Float64Array): void;
  /** Vector primitives, synchronous. */
  dot(x: Float64Array, y: Float64Array): number;
  /** y += a·x. */
  axpy(a: number, x: Float64Array, y: Float64Array): void;
  /** direction = −H·gradient of L-BFGS by its two loops; returns gradientᵀdirection. Synchronous. */
  limitedMemoryDirection(memory: LimitedMemory, gradient: Float64Array, direction: Float64Array): number;
  /**
   * Cyclic coordinate descent: each coordinate in its turn goes to its minimum, unless that lowers its gradient by no more
   * than `skip` and is not 0. Ends after so many moves of `count` multiply-adds each, or when none moves any more; returns how
   * many moved. How moves are divided among calls changes no bit. Synchronous.
   */
  moveCoordinates(part: Coordinates, skip: number, moves: number): number;
  /** out += Σ weightsₖ · row listₖ of the matrix, its first out.length numbers. Synchronous. */
  addRows(matrix: Float64Array, stride: number, list: Uint32Array, weights: Float64Array, out: Float64Array): void;
  /**
   * One step of an update rule, in place. All arrays but the scalars are float64 or all are float32, equally long, and share no
   * memory. Any number of threads and any set give the same bits.
   * @param scalars what rules.ts fills in. @param state as many arrays as the rule has.
   */
  step(
    rule: RuleName,
    scalars: Float64Array,
    parameters: FloatArray,
    gradient: FloatArray,
    state: readonly FloatArray[],
    threads: number,
  ): void;
  /** out[i] = f(x[i]), within 2 ulp; out may be x. Sigmoid is 1/(1 + e^-x), softplus log(1 + e^x). */
  map(name: FunctionName, x: Float64Array, out: Float64Array): void;
  /**
   * Factors the lower triangle of a (n×n, row-major) in place and leaves the upper alone; -1, or the row whose pivot was not
   * above n·2⁻⁵² times its diagonal element, and then `a` is of no use. `threads` (default 1) changes no bit, here and below.
   */
  cholesky(a: Float64Array, n: number, threads?: number): number;
  /** Solves L Lᵀ X = B in place of b, which has `columns` (default 1) of them, row-major. L is the lower triangle of l. */
  choleskySolve(l: Float64Array, n: number, b: Float64Array, columns?: number, threads?: number): void;
  /** out = (L Lᵀ)⁻¹, n×n, both triangles; out may be l. */
  choleskyInverse(l: Float64Array, n: number, out: Float64Array, threads?: number): void;
  /** out = the n diagonal elements of (L Lᵀ)⁻¹: variances, for standard errors. */
  choleskyInverseDiagonal(l: Float64Array, n: number, out: Float64Array, threads?: number): void;
  /** ‖A‖₁ = ‖A‖∞ of the symmetric matrix whose lower triangle is in a. */
  symmetricNorm(a: Float64Array, n: number): number;
  /**
   * ‖A‖₁ ‖A⁻¹‖₁ with A = L Lᵀ, of which `norm` is the first factor; the second is estimated from below (Hager, Higham), seldom
   * to less than a third. Scale the diagonal by powers of two first, or it measures the units.
   */
  conditionEstimate(l: Float64Array, n: number, norm: number): number;
  /**
   * For Newton's method where `cholesky` fails: solves (A + E) x = b in place of b, A the symmetric matrix whose lower
   * triangle is in a, which is lost. E is zero where the eigenvalues of D in A = PᵀL D LᵀP are above 2⁻²⁶ ‖A‖; smaller ones
   * become max(|λ|, 2⁻²⁶ ‖A‖). Always finite, and a descent direction for b = −gradient, when a and b are finite.
   */
  modifiedCholesky(a: Float64Array, n: number, b: Float64Array): ModifiedCholesky;
}
