// Builds bench/native with plain CMake in build-bench/ and runs it: the read
// bandwidth and the multiply-add peak of this machine, and what the decreed order
// of summation costs beside them. Arguments go on to the program (see
// native/bandwidth.cc). run.mjs imports the limit from here.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { has, jobs, root, run } from '../scripts/commands.mjs';

const folder = 'build-bench';

/** Builds the program when something changed: `{ program }`, or `{ reason }` in one line. */
export function buildBandwidth() {
  if (!has('cmake')) return { reason: 'cmake is missing' };
  for (const args of [
    ['-S', '.', '-B', folder, '-DGRADUS_BENCH=ON'],
    ['--build', folder, '--config', 'Release', '--parallel', jobs],
  ]) {
    const { ok, output } = run('cmake', args, { capture: true });
    if (!ok) return { reason: `cmake ${args.join(' ')} failed${causeIn(output)}` };
  }
  const candidates = ['bandwidth', 'Release/bandwidth.exe'].map((name) => join(root, folder, name));
  const program = candidates.find((path) => existsSync(path));
  return program === undefined ? { reason: `the build left no program in ${folder}` } : { program };
}

/** The compiler's first complaint, or CMake's with the lines that follow it. */
function causeIn(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const compiler = lines.find((line) => / error: /.test(line));
  const cmake = lines.findIndex((line) => line.startsWith('CMake Error'));
  const cause = compiler ?? (cmake < 0 ? '' : lines.slice(cmake, cmake + 8).join(' '));
  return cause === '' ? '' : `: ${cause.replace(/\s+/g, ' ').slice(0, 160)}`;
}

/**
 * What the machine can do over an array of that size, medians of a few rounds: `{ one, all }`, each with
 * `bytesPerSecond` and `operationsPerSecond`, on one thread and on `threads`. Undefined when the program says no.
 */
export function measureLimit(program, { rows, columns, threads, rounds = 3 }) {
  const sizes = Object.entries({ rows, columns, threads, rounds }).flatMap(([name, value]) => [
    `--${name}`,
    `${value}`,
  ]);
  const { ok, output } = run(program, [...sizes, '--limit'], { capture: true });
  if (!ok) return undefined;
  const [one, all = one] = JSON.parse(output);
  return { one, all };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { program, reason } = buildBandwidth();
  if (program === undefined) {
    console.error(`gradus: the native benchmark was not built: ${reason}`);
    process.exit(1);
  }
  process.exit(run(program, process.argv.slice(2)).status);
}
