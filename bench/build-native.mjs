// Builds bench/native with plain CMake in build-bench/: `bandwidth` and `limits`.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { has, jobs, root, run } from '../scripts/commands.mjs';

const folder = 'build-bench';

/** Builds what changed: the path of the program of that name, or why there is none in one line. */
export function buildNative(name) {
  if (!has('cmake')) return { reason: 'cmake is missing' };
  for (const args of [
    ['-S', '.', '-B', folder, '-DGRADUS_BENCH=ON'],
    ['--build', folder, '--config', 'Release', '--parallel', jobs],
  ]) {
    const { ok, output } = run('cmake', args, { capture: true });
    if (!ok) return { reason: `cmake ${args.join(' ')} failed${causeIn(output)}` };
  }
  const candidates = [name, `Release/${name}.exe`].map((file) => join(root, folder, file));
  const program = candidates.find((path) => existsSync(path));
  return program === undefined ? { reason: `the build left no ${name} in ${folder}` } : { program };
}

/** The compiler's first complaint, or CMake's with the lines that follow it. */
function causeIn(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const compiler = lines.find((line) => / error: /.test(line));
  const cmake = lines.findIndex((line) => line.startsWith('CMake Error'));
  const cause = compiler ?? (cmake < 0 ? '' : lines.slice(cmake, cmake + 8).join(' '));
  return cause === '' ? '' : `: ${cause.replace(/\s+/g, ' ').slice(0, 160)}`;
}
