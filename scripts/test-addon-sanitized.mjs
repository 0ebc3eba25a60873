// The addon inside Node under sanitizers: clang's for addresses and undefined
// behaviour, g++'s for threads (the shared library of clang 14 for threads crashes
// before main). Builds it into build-addon-<kind>/ and runs test/sanitized/jobs.mjs
// over it, after a proof addon has shown that the sanitizer finds what it should.
// Node itself is not instrumented: its runtime library is loaded before all else.
// Ends with the line `N passed, N failed`.

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { has, jobs, root, run } from './commands.mjs';
import { check, finish } from './tally.mjs';
import { names } from '../test/sanitized/jobs.mjs';

const kinds = {
  address: {
    compiler: 'clang++',
    flags: ['-fsanitize=address,undefined', '-fno-sanitize=vptr', '-fno-sanitize-recover=all', '-shared-libsan'],
    runtime: `libclang_rt.asan-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so`,
    // Node does not free everything at its end.
    env: { ASAN_OPTIONS: 'detect_leaks=0', UBSAN_OPTIONS: 'print_stacktrace=1' },
    proof: { call: 'overRead(new Float64Array(1000))', report: /AddressSanitizer: heap-buffer-overflow/ },
  },
  thread: {
    compiler: 'g++',
    flags: ['-fsanitize=thread'],
    runtime: 'libtsan.so',
    env: { TSAN_OPTIONS: 'ignore_noninstrumented_modules=1 halt_on_error=1' },
    proof: { call: 'race()', report: /ThreadSanitizer: data race/ },
  },
};
// Prints which file of the addon serves.
const loaded = `
  import { kernels } from 'gradus';
  import { readFileSync } from 'node:fs';
  kernels();
  console.log(readFileSync('/proc/self/maps', 'utf8').split('\\n').filter((line) => line.includes('gradus.node')).join('\\n'));`;
const wanted = process.argv.slice(2);

if (process.platform !== 'linux' || !['clang++', 'g++', 'cmake'].every(has)) {
  check('cmake, clang++ and g++ on Linux', false, 'Debian: apt-get install cmake clang g++ libclang-rt-14-dev llvm');
  finish();
}
for (const [name, kind] of Object.entries(kinds)) {
  if (wanted.length === 0 || wanted.includes(name)) test(name, kind);
}
finish();

function test(name, kind) {
  const folder = join(root, `build-addon-${name}`);
  if (!build(name, kind, folder)) return;
  const sanitized = { ...kind.env, LD_PRELOAD: runtimeLibrary(kind), GRADUS_PREBUILD: folder };
  const under = (args) => runNode(args, { ...sanitized, GRADUS_KERNELS: undefined });
  const proof = (call) => under(['-e', `require('${join(folder, 'proof.node')}').${call}`]);
  const clean = proof('sum(new Float64Array(1000))');
  check(`${name}: the proof addon runs`, clean.ok, clean.output);
  const caught = proof(kind.proof.call);
  check(`${name}: ${kind.proof.call} is caught`, !caught.ok && kind.proof.report.test(caught.output), caught.output);
  const used = under(['--input-type=module', '-e', loaded]);
  check(`${name}: the addon of this build serves`, used.stdout?.includes(folder), used.output);
  for (const job of names) {
    const { ok, output } = under(['test/sanitized/jobs.mjs', job]);
    check(`${name}: ${job}`, ok && output === '', output);
  }
}

function build(name, { compiler, flags }, folder) {
  const all = [...flags, '-g', '-fno-omit-frame-pointer'];
  const headers = join(root, 'node_modules', 'node-api-headers', 'include');
  const configured = run(
    'cmake',
    [
      ...['-S', '.', '-B', folder, `-DCMAKE_CXX_COMPILER=${compiler}`, `-DCMAKE_JS_INC=${headers}`],
      `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(folder, 'build', 'Release')}`,
      ...[`-DCMAKE_CXX_FLAGS=${all.join(' ')}`, `-DCMAKE_SHARED_LINKER_FLAGS=${all.join(' ')}`],
    ],
    { capture: true },
  );
  if (!check(`${name}: configured`, configured.ok, configured.output)) return false;
  const built = run('cmake', ['--build', folder, '--parallel', jobs], { capture: true });
  if (!check(`${name}: built`, built.ok, built.output)) return false;
  const api = join(root, 'node_modules', 'node-addon-api');
  const proof = run(
    compiler,
    [
      ...[...all, '-std=c++20', '-O1', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
      ...['-DNODE_ADDON_API_CPP_EXCEPTIONS_ALL', '-I', api, '-I', headers],
      ...['test/sanitized/proof.cc', '-o', join(folder, 'proof.node')],
    ],
    { capture: true },
  );
  return check(`${name}: the proof addon built`, proof.ok, proof.output);
}

function runtimeLibrary({ compiler, runtime }) {
  return realpathSync(run(compiler, [`-print-file-name=${runtime}`], { capture: true }).output.trim());
}

/** ThreadSanitizer cannot place its memory under strong address randomisation. */
function runNode(args, env) {
  const fixed = run('setarch', ['-R', 'true'], { capture: true }).ok;
  return fixed
    ? run('setarch', ['-R', process.execPath, ...args], { capture: true, env })
    : run(process.execPath, args, { capture: true, env });
}
