// Runs another program to its end, without a shell, and keeps its output.

import { spawnSync } from 'node:child_process';

export interface Ended {
  readonly ok: boolean;
  /** What it wrote, the error output last, and why it did not start where it did not. */
  readonly output: string;
  readonly stdout: string;
}

/** Runs a program; variables of `env` are added to the environment. */
export function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Ended {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { ok: status === 0, output: `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`, stdout: stdout ?? '' };
}
