// Counts the checks of a test script, says each by name, and ends the script with
// the line `N passed, N failed` that .ci/run adds up.

let passed = 0;
let failed = 0;

/** Counts one check and gives `ok` back; the details are shown when it failed. */
export function check(name, ok, details = '') {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  if (ok) passed += 1;
  else failed += 1;
  if (!ok && details) console.error(details);
  return ok;
}

/** Prints the sum and ends the process, with an error when a check failed or there was none. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}
