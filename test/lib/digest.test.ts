// The published digests: every kernel set of this machine, in a process that uses the
// built package, gives the one of its bit class. What other machines gave is in
// docs/platforms.md.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernels } from 'gradus';
import { expect, test } from 'vitest';
import published from '../platforms/digests.json' with { type: 'json' };
import { noPrograms } from './left-out.js';

const program = fileURLToPath(new URL('../platforms/digest.mjs', import.meta.url));

test.skipIf(noPrograms)('every set gives the published digest of its class', () => {
  const env = { ...process.env };
  delete env.GRADUS_KERNELS;
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  const lines = stdout.trim().split('\n');
  const sets = lines.map((line) => JSON.parse(line) as { kernels: string; class: 'plain' | 'fused'; digest: string });
  expect(sets.map((set) => set.kernels)).toEqual(kernels().available);
  expect(sets.length > 1).toBe(process.env.GRADUS_EXPECT_NATIVE === '1');
  for (const set of sets) expect([set.kernels, set.digest]).toEqual([set.kernels, published[set.class]]);
  expect(status).toBe(0);
});

test('docs/numerics.md states both digests', () => {
  const page = readFileSync(new URL('../../docs/numerics.md', import.meta.url), 'utf8');
  for (const digest of Object.values(published)) expect(page).toContain(digest);
});
