// Which kernel set serves: detection, GRADUS_KERNELS, the notice when the addon
// is missing, the number of threads, and memory that every set can read.

import { availableParallelism, cpus } from 'node:os';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { expected, expectedBut } from '../errors.js';
import { checkNumber } from '../options.js';
import {
  type DoubleStorage,
  type FloatArray,
  type KernelSetName,
  type Kernels,
  kernelSetNames,
  type Storage,
} from './kernels.js';
import { loadBinding, loadedAddon } from './native/binding.js';
import { allocateNative, borrowNative, NativeKernels } from './native/native-kernels.js';
import { portableKernels, portableStorage } from './portable/portable-kernels.js';

/** What serves the fits of this process. */
export interface KernelsInfo {
  readonly name: KernelSetName;
  readonly native: boolean;
  readonly threads: number;
  /** Every set this machine can run, narrowest first. */
  readonly available: readonly KernelSetName[];
  /** Why this set was chosen, where it was not simply the widest. */
  readonly reason?: string;
}

// Kept where Node keeps it for a thread and the workers it starts later: one warning
// is enough for them and for a second copy of this package.
const warned = 'gradus:warned';
let chosenThreads: number | undefined;
const sets = new Map<KernelSetName, Kernels>([['portable', portableKernels]]);

// What the processor can run does not change, and the addon's answer reads files for the number of threads.
let nativeNames: readonly KernelSetName[] | undefined;

function nativeSetNames(): readonly KernelSetName[] {
  if (nativeNames !== undefined) return nativeNames;
  const loaded = loadBinding();
  if ('addon' in loaded) {
    const { available } = loaded.addon.info();
    nativeNames = kernelSetNames.filter((name) => available.includes(name));
    return nativeNames;
  }
  warnOnce(loaded.reason);
  return [];
}

function warnOnce(reason: string): void {
  if (process.env.GRADUS_KERNELS === 'portable' || process.env.GRADUS_SILENT === '1') return;
  if (getEnvironmentData(warned) === true) return;
  setEnvironmentData(warned, true);
  process.emitWarning(
    `the native addon could not be loaded: ${reason}. The TypeScript kernels serve, which are several times slower. ` +
      'To compile the addon on this machine run: npx gradus build (it needs a C++20 compiler, and downloads nothing ' +
      "when Node's headers are on the machine). GRADUS_KERNELS=portable chooses the TypeScript kernels on purpose.",
    { code: 'GRADUS_PORTABLE' },
  );
}

/** The names of the sets this machine can run. */
export function availableKernelSets(): KernelSetName[] {
  return ['portable', ...nativeSetNames()];
}

/** The set of that name; an error when it is unknown or this machine cannot run it. */
export function kernelSet(name: string): Kernels {
  const available = availableKernelSets();
  const known = available.find((candidate) => candidate === name);
  if (known === undefined) {
    throw expected('ERR_GRADUS_KERNELS', 'the kernel set', `one this machine can run (${available.join(', ')})`, name);
  }
  let set: Kernels | undefined = sets.get(known);
  if (set === undefined) {
    set = new NativeKernels(known);
    sets.set(known, set);
  }
  return set;
}

function forcedName(): string | undefined {
  const forced = process.env.GRADUS_KERNELS;
  return forced === undefined || forced === '' ? undefined : forced;
}

/** The set that serves when none is named: GRADUS_KERNELS, or the widest available. */
export function defaultKernels(): Kernels {
  return kernelSet(forcedName() ?? (availableKernelSets().at(-1) as string));
}

/** The number of threads native jobs may use. */
export function threadCount(): number {
  if (chosenThreads !== undefined) return chosenThreads;
  usableThreads ??= countThreads();
  return usableThreads;
}

function countThreads(): number {
  const loaded = loadBinding();
  return 'addon' in loaded ? loaded.addon.info().threads : availableParallelism();
}

// Asked once: reading the control groups' files takes as long as a small fit.
let usableThreads: number | undefined;

/** Where the number of threads that `kernels()` tells comes from, in words. */
export function threadOrigin(): string {
  if (!defaultKernels().native) return 'the TypeScript kernels run on one thread';
  if (chosenThreads !== undefined) return 'setThreads';
  const { threads, processors, quota } = loadedAddon().info();
  if (quota <= threads) return `a control group's quota of ${Number(quota.toFixed(2))} processors`;
  if (threads < processors) return `the most that are used; the process may run on ${processors} processors`;
  const machine = cpus().length;
  return processors < machine
    ? `the affinity mask: ${processors} of ${machine} processors`
    : `the ${processors} processors of the machine`;
}

/**
 * Which kernel set serves, with how many threads, and which sets this machine can run.
 * @throws ERR_GRADUS_KERNELS when GRADUS_KERNELS names an unknown or unsupported set.
 */
export function kernels(): KernelsInfo {
  const set = defaultKernels();
  const loaded = loadBinding();
  const reason = 'addon' in loaded ? undefined : loaded.reason;
  const why = forcedName() === undefined ? reason : `GRADUS_KERNELS=${set.name}`;
  return {
    name: set.name,
    native: set.native,
    threads: set.native ? threadCount() : 1,
    available: availableKernelSets(),
    ...(why === undefined ? {} : { reason: why }),
  };
}

/**
 * Sets how many threads native jobs use from now on. Results do not depend on it.
 * @param threads 1 to 256; undefined for the number of usable cores (affinity and cgroup quota).
 */
export function setThreads(threads?: number): void {
  chosenThreads =
    threads === undefined ? undefined : checkNumber(threads, '`threads`', { integer: true, min: 1, max: 256 });
}

// Below this many numbers memory is JavaScript's: native memory is freed in a turn
// of the event loop only, so a synchronous loop over small data sets would pile it up.
const smallLength = 8192;

/** Zeroed memory that every available set can read. */
export function allocateStorage(length: number, type: 'float64' | 'float32'): Storage {
  const native = length > smallLength && nativeSetNames().length > 0;
  return native ? allocateNative(length, type) : portableStorage(length, type);
}

/** Zeroed float64 memory for targets, weights and the like. */
export function allocateDoubles(length: number): DoubleStorage {
  return allocateStorage(length, 'float64') as DoubleStorage;
}

/** The same for an array over a SharedArrayBuffer, which is lent and not copied. */
export function borrowStorage(array: FloatArray): Storage {
  if (!(array.buffer instanceof SharedArrayBuffer)) {
    throw expectedBut('ERR_GRADUS_SHAPE', 'lent memory', 'a typed array over a SharedArrayBuffer', 'another buffer');
  }
  return nativeSetNames().length > 0 ? borrowNative(array) : { data: array, handle: undefined };
}
