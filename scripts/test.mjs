// Builds, runs the vitest suite and ends with the line `N passed, N failed`.
// Arguments go to vitest. GRADUS_SKIP_BUILD=1 tests what is already built, or the
// prebuild where there is no build/. When there is an addon the suite is told so,
// and a skipped kernel set then fails.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addonFile, root, run, runTool } from './commands.mjs';
import { hostPrebuild } from './package-contents.mjs';
import { countsOf } from './vitest-report.mjs';

if (process.env.GRADUS_SKIP_BUILD !== '1') {
  const built = run(process.execPath, ['scripts/build.mjs']);
  if (!built.ok) process.exit(built.status);
}

const folder = mkdtempSync(join(tmpdir(), 'gradus-test-'));
const report = join(folder, 'report.json');
const native = existsSync(addonFile) || existsSync(join(root, hostPrebuild()));
// Without the addon the build has just said so: the library need not repeat it in every worker.
const env = native ? { GRADUS_EXPECT_NATIVE: '1' } : { GRADUS_SILENT: '1' };
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const suite = runTool('vitest', ['run', ...reporters, ...process.argv.slice(2)], { env });
const { passed, failed } = countsOf(report, suite.ok);
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : suite.status);
