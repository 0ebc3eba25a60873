// Child processes for the tests of what must never crash or hang: how they are
// started, how they ended, and the nodes they run on.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { kernels } from 'gradus';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** This Node and those named in GRADUS_TEST_NODES (paths, separated by ':'). */
export const nodes = [process.execPath, ...(process.env.GRADUS_TEST_NODES ?? '').split(':')].filter(Boolean);

export const native = kernels().native;

export interface Ending {
  readonly status: number | null;
  readonly signal: string | null;
  /** True when it did not end by itself and was killed. */
  readonly hung: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ChildOptions {
  readonly node?: string;
  readonly flags?: readonly string[];
  /** Default 60 s. */
  readonly timeoutMs?: number;
  /** What the child finds in process.argv[1] and after. */
  readonly args?: readonly string[];
}

/** Runs a module in a process of its own, in the root of the repository, until it ends. */
export function runModule(source: string, options: ChildOptions = {}): Promise<Ending> {
  const { node = process.execPath, flags = [], timeoutMs = 60_000, args = [] } = options;
  const child = spawn(node, [...flags, '--input-type=module', '-e', source, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, hung, ...output });
    });
  });
}

/** The last line of a child that ended well, as JSON. */
export function factsOf({ stdout, ...ending }: Ending): Record<string, unknown> {
  const expected = { status: 0, signal: null, hung: false, stderr: '' };
  if (JSON.stringify(ending) !== JSON.stringify(expected)) throw new Error(JSON.stringify({ ...ending, stdout }));
  return JSON.parse(stdout.trim().split('\n').at(-1) || '{}') as Record<string, unknown>;
}

/** Runs all, two at a time. */
export async function twoAtATime<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const left = tasks.entries();
  const lane = async (): Promise<void> => {
    for (const [i, task] of left) results[i] = await task();
  };
  await Promise.all([lane(), lane()]);
  return results;
}
