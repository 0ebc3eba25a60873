// The one interface between the library and its arithmetic on big arrays. It
// has two implementations: native/ (the C++ addon, one instance per instruction
// set) and portable/ (TypeScript, the parity reference). A kernel set offers
// jobs, not single operations: JavaScript and C++ meet once per evaluation.

/** The names of the kernel sets, widest last. */
export const kernelSetNames = ['portable', 'sse2', 'avx2', 'avx512', 'neon'] as const;
export type KernelSetName = (typeof kernelSetNames)[number];

/** The pointwise losses by number; native/kernels/kernels.h holds the same list. */
export const lossNumbers = { squared: 0, huber: 1 } as const;
export type LossName = keyof typeof lossNumbers;

export type FloatArray = Float64Array | Float32Array;

/** When an asynchronous job must pause or stop. */
export interface Pace {
  readonly signal: AbortSignal | undefined;
  /** True when the current slice of main-thread time is used up. */
  due(): boolean;
  /** Lets the event loop run, then starts a new slice. */
  breathe(): Promise<void>;
}

/** One piece of work. Results are in the arrays of the object that made the job. */
export interface Job {
  /** Small enough to run on the main thread within a slice. */
  readonly inline: boolean;
  run(): void;
  /** Runs without holding the event loop for more than a slice; false when aborted. */
  start(pace: Pace): Promise<boolean>;
}

/** Memory that kernels read without copying: 64-byte aligned when native. */
export interface Storage {
  readonly data: FloatArray;
  /** What the native side knows it by; undefined for plain JavaScript memory. */
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
export interface LinearSums {
  readonly size: number;
  /** Write the point here before `gradient` or `gram`. */
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
  /** Fills gradient, loss and weight. */
  gradient(): Job;
  /** Fills gram = ZᵀWZ, W = weight · loss''(eta) at `parameters`. */
  gram(): Job;
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
}

/** Column sums: weight, Σ w x, and Σ w (x - shift)². */
export interface ColumnMoments {
  readonly mean: Float64Array;
  /** Population variance (divided by Σ w) around `mean`. */
  readonly variance: Float64Array;
  readonly weight: number;
  compute(): Job;
}

/** Looks for the first value that is not finite. */
export interface FiniteScan {
  /** Index into data of the first NaN or infinity, or -1. */
  readonly found: number;
  scan(): Job;
}

export interface Kernels {
  readonly name: KernelSetName;
  readonly native: boolean;
  linear(spec: LinearSpec, threads: number): LinearSums;
  moments(spec: RowsSpec, threads: number): ColumnMoments;
  finite(data: Storage, threads: number): FiniteScan;
  /** eta = X·coefficients + intercept, never fused: the same bits in every set. Synchronous. */
  predict(spec: RowsSpec, coefficients: Float64Array, intercept: number, out: Float64Array): void;
  /** Vector primitives, synchronous. */
  dot(x: Float64Array, y: Float64Array): number;
  /** y += a·x. */
  axpy(a: number, x: Float64Array, y: Float64Array): void;
  /** Factors the lower triangle of a (n×n, row-major) in place; the failed pivot's row, or -1. */
  cholesky(a: Float64Array, n: number): number;
  /** Solves L Lᵀ x = b in place of b. */
  choleskySolve(l: Float64Array, n: number, b: Float64Array): void;
}
