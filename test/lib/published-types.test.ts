// The declarations in dist/ are what users compile against, and `stripInternal`
// makes them differ from lib/: a consumer must compile, declarations included.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { noPrograms } from './left-out.js';

test.skipIf(noPrograms)('a consumer of the published types compiles', () => {
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const project = fileURLToPath(new URL('../types', import.meta.url));
  const tsc = spawnSync(process.execPath, [join(dirname(manifest), 'bin', 'tsc'), '-p', project], { encoding: 'utf8' });
  expect(tsc.stdout).toBe('');
  expect(tsc.status).toBe(0);
});
