// The addon as TypeScript sees it, and how it is found: a local build or the
// prebuilt binary that node-gyp-build picks, and when that is of no use every other
// prebuilt one of this platform. Loading happens once, when first asked for.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FloatArray, ModifiedCholesky } from '../kernels.js';

/** What `linear`, `softmax`, `span`, `moments` and `finite` return: a task with its arrays, all in one block. */
export interface TaskObject {
  readonly handle: unknown;
  readonly block: ArrayBuffer;
  keep: unknown;
  readonly facts: Float64Array;
}

export interface LinearTask extends TaskObject {
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
  readonly diagonal: Float64Array;
  readonly rhs: Float64Array;
  readonly direction: Float64Array;
  readonly solution: Float64Array;
  readonly variances: Float64Array;
  readonly eta: Float64Array;
}

export interface SoftmaxTask extends TaskObject {
  readonly parameters: Float64Array;
  readonly sums: Float64Array;
}

export interface MomentsTask extends TaskObject {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Arrays are handles of native memory or typed arrays; a task copies typed arrays, since their owner may detach them. */
export interface NativeRows {
  readonly x: unknown;
  /** The arrays whose memory the handles are, kept alive with the task. */
  readonly keep: unknown;
  readonly float32: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly list: unknown;
  readonly weights: unknown;
}

export interface NativeLinear extends NativeRows {
  readonly y: unknown;
  readonly loss: number;
  readonly lossParameter: number;
  readonly offset: unknown;
  readonly predictors: boolean;
  readonly intercept: boolean;
  readonly shift: Float64Array | undefined;
  readonly scale: Float64Array | undefined;
}

export interface NativeSoftmax extends NativeRows {
  readonly y: unknown;
  readonly classes: number;
  readonly intercept: boolean;
  readonly shift: Float64Array | undefined;
  readonly scale: Float64Array | undefined;
}

export interface SpanTask extends TaskObject {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly records: Float64Array;
  readonly scalars: Float64Array;
}

export interface NativeSpan extends NativeLinear {
  readonly validation: NativeLinear | undefined;
  readonly stepWeights: unknown;
  readonly l2: number;
  readonly rule: number;
  readonly batchSize: number;
  readonly replacement: boolean;
  readonly seed: number;
  readonly recordsMost: number;
  readonly scalarsMost: number;
}

export interface AddonInfo {
  readonly available: readonly string[];
  /** What the two below leave. */
  readonly threads: number;
  /** How many processors this process may run on. */
  readonly processors: number;
  /** The processors granted by control groups, often a fraction; infinity where there is no limit. */
  readonly quota: number;
}

export interface Addon {
  info(): AddonInfo;
  allocate(bytes: number): { readonly handle: unknown; readonly buffer: ArrayBuffer };
  borrow(array: FloatArray): unknown;
  /** With `used`, a task of the same kind that is not running, that task is made over. */
  linear(set: string, spec: NativeLinear, threads: number, used: TaskObject | undefined): LinearTask;
  softmax(set: string, spec: NativeSoftmax, threads: number, used: TaskObject | undefined): SoftmaxTask;
  span(set: string, spec: NativeSpan, threads: number, used: TaskObject | undefined): SpanTask;
  moments(set: string, spec: NativeRows, threads: number, used: TaskObject | undefined): MomentsTask;
  finite(
    set: string,
    spec: Pick<NativeRows, 'x' | 'keep' | 'float32'>,
    threads: number,
    used: TaskObject | undefined,
  ): TaskObject;
  run(task: TaskObject, kind: number): void;
  start(task: TaskObject, kind: number): Promise<boolean>;
  abort(task: TaskObject): void;
  /** Lets the task go of what it shares. */
  release(task: TaskObject): void;
  predict(set: string, spec: NativeRows, coefficients: Float64Array, intercept: number, out: Float64Array): void;
  dot(set: string, x: Float64Array, y: Float64Array): number;
  axpy(set: string, a: number, x: Float64Array, y: Float64Array): void;
  limitedMemory(
    set: string,
    steps: Float64Array,
    changes: Float64Array,
    inverses: Float64Array,
    weights: Float64Array,
    pairs: number,
    next: number,
    scale: number,
    gradient: Float64Array,
    direction: Float64Array,
  ): number;
  moveCoordinates(
    set: string,
    count: number,
    matrix: Float64Array,
    stride: number,
    l1: Float64Array,
    lower: Float64Array,
    upper: Float64Array,
    point: Float64Array,
    slope: Float64Array,
    turn: Float64Array,
    skip: number,
    moves: number,
  ): number;
  addRows(
    set: string,
    matrix: Float64Array,
    stride: number,
    list: Uint32Array,
    weights: Float64Array,
    out: Float64Array,
  ): void;
  /** `set` is a place in `info().available`, which costs less to tell than a name. */
  step(
    set: number,
    rule: number,
    threads: number,
    scalars: Float64Array,
    parameters: FloatArray,
    gradient: FloatArray,
    ...state: readonly FloatArray[]
  ): void;
  map(set: string, name: number, x: Float64Array, out: Float64Array): void;
  cholesky(set: string, a: Float64Array, n: number, threads: number): number;
  choleskySolve(set: string, l: Float64Array, n: number, b: Float64Array, columns: number, threads: number): void;
  choleskyInverse(set: string, l: Float64Array, n: number, out: Float64Array, threads: number): void;
  choleskyInverseDiagonal(set: string, l: Float64Array, n: number, out: Float64Array, threads: number): void;
  symmetricNorm(a: Float64Array, n: number): number;
  conditionEstimate(set: string, l: Float64Array, n: number, norm: number): number;
  modifiedCholesky(set: string, a: Float64Array, n: number, b: Float64Array): ModifiedCholesky;
}

/** A file that was tried in vain, and the first line of the reason. */
export interface FailedAttempt {
  readonly file: string;
  readonly message: string;
}

/** The addon and the file it came from, or why there is none; with what failed on the way. */
export type Binding =
  | { readonly addon: Addon; readonly file: string; readonly attempts: readonly FailedAttempt[] }
  | { readonly reason: string; readonly attempts: readonly FailedAttempt[] };

const require = createRequire(import.meta.url);
const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));
const platform = `${process.platform}-${process.arch}`;
let binding: Binding | undefined;

/** The addon, or why there is none. */
export function loadBinding(): Binding {
  binding ??= load();
  return binding;
}

/** The addon, where it is known to be loaded. */
export function loadedAddon(): Addon {
  const loaded = loadBinding();
  if ('addon' in loaded) return loaded.addon;
  throw new Error(loaded.reason);
}

function load(): Binding {
  const attempts: FailedAttempt[] = [];
  for (const file of candidates()) {
    try {
      const addon = require(file) as Addon;
      // Some hosts refuse memory from outside: then nothing native would work.
      addon.allocate(64);
      return { addon, file, attempts };
    } catch (error) {
      attempts.push({ file, message: firstLine(error, file) });
    }
  }
  return { reason: reasonFor(attempts), attempts };
}

function reasonFor(attempts: readonly FailedAttempt[]): string {
  if (attempts.length === 0) return `there is no binary for ${platform} in ${packageFolder}`;
  return `no binary loads on ${platform}: ${attempts.map(({ file, message }) => `${file}: ${message}`).join('; ')}`;
}

/** What node-gyp-build finds comes first; it may have mistaken the C library, or met a broken local build. */
function candidates(): Set<string> {
  const folder = join(packageFolder, 'prebuilds', platform);
  const prebuilt = ifAny(() => readdirSync(folder).filter((name) => name.endsWith('.node'))).sort();
  return new Set([...ifAny(() => [findBuilt()]), ...prebuilt.map((name) => join(folder, name))]);
}

function findBuilt(): string {
  return (require('node-gyp-build') as { resolve(folder: string): string }).resolve(packageFolder);
}

function ifAny(find: () => string[]): string[] {
  try {
    return find();
  } catch {
    return [];
  }
}

/** Messages of the dynamic loader often begin with the file, which is said anyway. */
function firstLine(error: unknown, file: string): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.startsWith(`${file}: `) ? line.slice(file.length + 2) : line;
}
