// The addon as TypeScript sees it, and how it is found: a prebuilt binary or a
// local build, through node-gyp-build. Loading happens once, when first asked for.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { FloatArray } from '../kernels.js';

/** What `linear`, `span`, `moments` and `finite` return: a task with its arrays, all in one block. */
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
  readonly intercept: boolean;
  readonly shift: Float64Array | undefined;
  readonly scale: Float64Array | undefined;
}

export interface SpanTask extends TaskObject {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly records: Float64Array;
  readonly rates: Float64Array;
}

export interface NativeSpan extends NativeLinear {
  readonly validation: NativeLinear | undefined;
  readonly stepWeights: unknown;
  readonly l2: number;
  readonly rule: number;
  readonly constant: number;
  readonly batchSize: number;
  readonly replacement: boolean;
  readonly seed: number;
  readonly recordsMost: number;
  readonly ratesMost: number;
}

export interface Addon {
  info(): { readonly available: readonly string[]; readonly threads: number };
  allocate(bytes: number): { readonly handle: unknown; readonly buffer: ArrayBuffer };
  borrow(array: FloatArray): unknown;
  /** With `used`, a task of the same kind that is not running, that task is made over. */
  linear(set: string, spec: NativeLinear, threads: number, used: TaskObject | undefined): LinearTask;
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
  map(set: string, name: number, x: Float64Array, out: Float64Array): void;
  cholesky(set: string, a: Float64Array, n: number): number;
  choleskySolve(set: string, l: Float64Array, n: number, b: Float64Array): void;
}

export type Binding = { readonly addon: Addon } | { readonly reason: string };

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
  try {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const find = createRequire(import.meta.url)('node-gyp-build') as (root: string) => Addon;
    const addon = find(root);
    // Some hosts refuse memory from outside: then nothing native would work.
    addon.allocate(64);
    return { addon };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { reason: message.split('\n')[0] ?? 'unknown' };
  }
}
