// Reads what vitest's JSON reporter wrote.

import { existsSync, readFileSync } from 'node:fs';

/**
 * Tests that passed, failed and were skipped. A file that does not load, and a run that fails outside every test (`ok` is
 * false), count as one failure each.
 */
export function countsOf(report, ok) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const all = numFailedTests + broken;
  return { passed: numPassedTests, failed: all === 0 && !ok ? 1 : all, skipped: numPendingTests };
}
