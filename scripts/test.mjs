// Builds, runs the vitest suite and ends with the line `N passed, N failed`.
// Arguments go to vitest. GRADUS_SKIP_BUILD=1 tests what is already built, or the
// prebuild where there is no build/. When there is an addon the suite is told so,
// and a skipped kernel set then fails.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addonFile, root, run, runTool } from './commands.mjs';
import { hostPrebuild } from './package-contents.mjs';

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
const { passed, failed } = counts();
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : suite.status);

/** A file that does not load, and a run that fails outside every test, count as one failure each. */
function counts() {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const all = numFailedTests + broken;
  return { passed: numPassedTests, failed: all === 0 && !suite.ok ? 1 : all };
}
