// Builds and runs the C++ tests with plain CMake and CTest; no Node in them.
// Without arguments in build-native/; with `address` and/or `thread` by clang
// under that sanitizer in build-address/ and build-thread/. The plain build's
// objects also pass the guard of isa-symbols.mjs. Ends with the line
// `N passed, N failed`, counted over the single tests of all programs.

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, has, jobs, root, run } from './commands.mjs';
import { isaSymbolsReadable, isaSymbolViolations } from './isa-symbols.mjs';

// The fuzzer's cases (test/native/fuzz_test.cc) under a sanitizer, which makes each several times slower.
const fuzzCases = { address: '2000', thread: '1000' };

let passed = 0;
let failed = 0;
const kinds = process.argv.slice(2);
const unknown = kinds.find((kind) => kind !== 'address' && kind !== 'thread');
if (unknown !== undefined) stop(`expected the arguments to be address or thread, but got ${unknown}`);
if (!has('cmake')) stop('cmake is missing: install cmake 3.20 or later (Debian: apt-get install cmake)');
if (kinds.length > 0 && !has('clang++')) {
  stop('clang++ is missing, and the sanitizers need it (Debian: apt-get install clang libclang-rt-14-dev llvm)');
}

for (const kind of kinds.length > 0 ? kinds : ['native']) test(kind);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

function test(kind) {
  const folder = `build-${kind}`;
  const sanitize = kind === 'native' ? [] : [`-DGRADUS_SANITIZE=${kind}`, '-DCMAKE_CXX_COMPILER=clang++'];
  step(['-S', '.', '-B', folder, ...sanitize]);
  step(['--build', folder, '--parallel', jobs]);
  const reports = `${folder}/reports`;
  rmSync(join(root, reports), { recursive: true, force: true });
  mkdirSync(join(root, reports));
  const env = {
    GTEST_OUTPUT: `json:${join(root, reports)}/`,
    ASAN_OPTIONS: 'detect_stack_use_after_return=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
    TSAN_OPTIONS: 'halt_on_error=1',
    GRADUS_FUZZ_CASES: process.env.GRADUS_FUZZ_CASES ?? fuzzCases[kind],
  };
  const [command, ...first] = kind === 'thread' ? withFixedAddresses() : ['ctest'];
  const suite = run(command, [...first, '--test-dir', folder, '--output-on-failure', '--parallel', jobs], { env });
  const before = failed;
  for (const file of filesIn(reports, ['.json'])) {
    const { tests, failures, disabled } = JSON.parse(readFileSync(join(root, file), 'utf8'));
    passed += tests - failures - disabled;
    failed += failures;
  }
  // A program that a sanitizer or a signal ended leaves no report, or one without failures.
  if (!suite.ok && failed === before) failed += 1;
  if (kind === 'native' && isaSymbolsReadable()) guardSymbols(folder);
}

/** One test over the objects of the instruction-set files. */
function guardSymbols(folder) {
  const violations = isaSymbolViolations(folder);
  for (const violation of violations) console.error(violation);
  console.log(`symbols of the instruction-set files: ${violations.length === 0 ? 'ok' : 'FAILED'}`);
  if (violations.length === 0) passed += 1;
  else failed += 1;
}

/** ThreadSanitizer of older clang cannot place its memory under strong address randomisation. */
function withFixedAddresses() {
  const usable = run('setarch', ['-R', 'true'], { capture: true }).ok;
  return usable ? ['setarch', '-R', 'ctest'] : ['ctest'];
}

function step(args) {
  const { ok, output } = run('cmake', args, { capture: true });
  if (ok) return;
  if (/GTest/.test(output) && /could not find|not found/i.test(output) && !existsSync('/usr/include/gtest/gtest.h')) {
    stop('GoogleTest is missing (Debian: apt-get install libgtest-dev; macOS: brew install googletest)');
  }
  console.error(output);
  stop(`cmake ${args.join(' ')} failed`);
}

function stop(message) {
  console.error(`gradus: the C++ tests did not run: ${message}`);
  console.log(`${passed} passed, ${failed + 1} failed`);
  process.exit(1);
}
