// Builds bench/native/bandwidth.cc and runs it: the read bandwidth and the
// multiply-add peak of this machine, and what the decreed order of summation costs
// beside them. Arguments go on to the program (see
// native/bandwidth.cc). run.mjs imports the limit from here.

import { pathToFileURL } from 'node:url';
import { run } from '../scripts/commands.mjs';
import { buildNative } from './build-native.mjs';

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
  const { program, reason } = buildNative('bandwidth');
  if (program === undefined) {
    console.error(`gradus: the native benchmark was not built: ${reason}`);
    process.exit(1);
  }
  process.exit(run(program, process.argv.slice(2)).status);
}
