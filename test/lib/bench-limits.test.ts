// The benchmark of the targets in its quick form: every row runs, with the native
// program where it can be built, and a row that lacks something says so. What it
// measures means nothing here.

import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { root } from './children.js';
import { noPrograms } from './left-out.js';

function benchmark(...args: string[]) {
  return spawnSync(process.execPath, ['bench/main.mjs', ...args], { cwd: root, encoding: 'utf8', timeout: 400_000 });
}

// Elsewhere bench/native is not built: its loops and the way it is driven are for Linux.
describe.skipIf(noPrograms || process.platform !== 'linux')('npm run bench -- limits', () => {
  test('every row runs', { timeout: 420_000 }, () => {
    const { status, stdout, stderr } = benchmark('limits', '--quick');
    expect(status, stderr).toBe(0);
    const blocks = stdout.split('\n\n').slice(1, -1);
    expect(blocks.length).toBeGreaterThanOrEqual(18);
    for (const block of blocks) expect(block).toMatch(/\n {2}\S+ +\d[\d.]* (µs|ms|s) |not measured/);
    expect(stdout).toMatch(/\d+ of \d+ targets met/);
  });

  test('chosen rows as a table', { timeout: 420_000 }, () => {
    const { status, stdout, stderr } = benchmark('limits', '--quick', '--rows', 'elementary', '--markdown');
    expect(status, stderr).toBe(0);
    const lines = stdout.split('\n').filter((line) => line.startsWith('|'));
    expect(lines.slice(0, 2).join()).toMatch(/^\| work \| set .*\|,\| --- \|/);
    expect(lines.filter((line) => line.startsWith('| exp of')).length).toBeGreaterThanOrEqual(1);
  });

  test.each([
    [
      'a benchmark',
      ['nothing'],
      'expected the benchmark to be fit, models, limits, sweep, scaling, solvers, solver-speed, solver-logistic, solver-picture, but got nothing',
    ],
    ['rows', ['limits', '--rows', 'gram,nothing'], 'but got nothing'],
  ])('%s that is not there', (_, args, message) => {
    const { status, stderr } = benchmark(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
