// Packs the tarball as a release would, with the prebuild of this machine inside,
// installs it in an empty folder elsewhere with scripts off, and runs a fit there
// by require and by import, native and portable. Also checks what the tarball holds,
// its binary, and its types as publint, attw and tsc see them.
// GRADUS_TEST_NODES adds other versions of Node, as in the process tests.
// Ends with the line `N passed, N failed`. The prebuild is removed again unless it
// was there before.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run, withoutNpm } from './commands.mjs';
import { binaryProblems, contentProblems, distProblems, expectedFiles, hostPrebuild } from './package-contents.mjs';
import { consumerProblems, manifestProblems, typeProblems } from './package-types.mjs';
import { check, finish } from './tally.mjs';

const clean = { ...withoutNpm(), GRADUS_KERNELS: undefined, GRADUS_SILENT: undefined };
const hadPrebuilds = existsSync(join(root, 'prebuilds'));
const folder = mkdtempSync(join(tmpdir(), 'gradus-package-'));
const elsewhere = join(folder, 'elsewhere');
const nodes = [process.execPath, ...(process.env.GRADUS_TEST_NODES ?? '').split(':').filter(Boolean)];

/** A fit whose solution is known, to be run under `require` and under `import`; prints what served. */
const program = `
const x = Array.from({ length: 50 }, (_, i) => [i, (i * i) % 7]);
const y = x.map(([a, b]) => 3 + 2 * a - b);
const model = new LinearRegression();
fit(model, Dataset.from(x, y)).then((result) => {
  const off = Math.max(...[2, -1, 3].map((value, j) => Math.abs(model.parameters[j] - value)));
  if (!result.converged || !(off < 1e-9)) throw new Error(result.reason + ', off by ' + off);
  console.log(JSON.stringify({ ...kernels(), used: result.kernels }));
});`;
const names = '{ Dataset, LinearRegression, fit, kernels }';
const ways = {
  require: ['-e', `const ${names} = require('gradus');${program}`],
  import: ['--input-type=module', '-e', `import ${names} from 'gradus';${program}`],
};

try {
  const packed = pack();
  if (packed !== undefined && install(packed)) {
    checkContents(packed);
    await checkTypes(packed);
    checkRuns();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (!hadPrebuilds) rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
}
finish();

function npm(args, cwd = root) {
  const { ok, output, stdout } = run('npm', args, { capture: true, env: clean, cwd });
  return check(`npm ${args[0] === 'run' ? args[1] : args[0]}`, ok, output) ? stdout : undefined;
}

/** What npm says of the tarball it made: its name, its size and its files. */
function pack() {
  if (npm(['run', 'prebuild']) === undefined || npm(['run', 'build']) === undefined) return undefined;
  const answer = npm(['pack', '--json', '--pack-destination', folder]);
  return answer && JSON.parse(answer)[0];
}

function install({ filename }) {
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'package.json'), '{ "private": true }\n');
  return npm(['install', '--ignore-scripts', '--prefer-offline', join(folder, filename)], elsewhere) !== undefined;
}

function checkNone(name, problems) {
  check(name, problems.length === 0, problems.join('\n'));
}

function checkContents(packed) {
  const platforms = [hostPrebuild()];
  const wanted = { expected: expectedFiles(), platforms };
  checkNone('the tarball holds what it should, within its budget', contentProblems(packed, wanted));
  checkNone('dist/ is what lib/ compiles to', distProblems());
  checkNone('the binary exports its entry points only and names no folder', platforms.flatMap(binaryProblems));
}

async function checkTypes({ filename }) {
  checkNone('publint has no complaint', await manifestProblems(join(elsewhere, 'node_modules', 'gradus')));
  checkNone('attw has no complaint', await typeProblems(join(folder, filename)));
  for (const { resolution, problems } of consumerProblems(elsewhere)) {
    checkNone(`programs in .ts, .mts and .cts compile against the package, ${resolution}`, problems);
  }
}

function checkRuns() {
  for (const node of nodes) {
    const version = run(node, ['--version'], { capture: true }).output.trim();
    for (const [way, args] of Object.entries(ways)) {
      const native = fitElsewhere(node, args);
      const served = native.kernels?.native === true && native.kernels.used === native.kernels.name;
      check(`Node ${version}, ${way}: a native fit without a word on stderr`, served && native.quiet, native.output);
      const portable = fitElsewhere(node, args, { GRADUS_KERNELS: 'portable' });
      const chosen = portable.kernels?.used === 'portable';
      check(`Node ${version}, ${way}: a portable fit, chosen`, chosen && portable.quiet, portable.output);
    }
  }
  rmSync(join(elsewhere, 'node_modules', 'gradus', 'prebuilds'), { recursive: true });
  const without = fitElsewhere(process.execPath, ways.import);
  const warned = without.stderr.match(/GRADUS_PORTABLE/g)?.length === 1;
  check('no prebuild: a portable fit and one warning', without.kernels?.native === false && warned, without.output);
  const silent = fitElsewhere(process.execPath, ways.import, { GRADUS_SILENT: '1' });
  check('no prebuild, GRADUS_SILENT=1: no warning', silent.kernels?.native === false && silent.quiet, silent.output);
}

function fitElsewhere(node, args, env = {}) {
  const result = run(node, args, { capture: true, cwd: elsewhere, env: { ...clean, ...env } });
  return { ...result, quiet: result.stderr === '', kernels: result.ok ? JSON.parse(result.stdout) : undefined };
}
