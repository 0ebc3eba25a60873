// Packs the tarball as a release would, with the prebuild of this machine inside,
// installs it in an empty folder elsewhere with scripts off, and runs a fit there
// by require and by import, native and portable. Also checks what the tarball
// holds. GRADUS_TEST_NODES adds other versions of Node, as in the process tests.
// Ends with the line `N passed, N failed`. The prebuild is removed again unless it
// was there before.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesIn, root, run, withoutNpm } from './commands.mjs';
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
  if (packAndInstall()) {
    checkFiles();
    checkRuns();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (!hadPrebuilds) rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
}
finish();

function npm(args, cwd = root) {
  const { ok, output } = run('npm', args, { capture: true, env: clean, cwd });
  return check(`npm ${args[0] === 'run' ? args[1] : args[0]}`, ok, output);
}

function packAndInstall() {
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'package.json'), '{ "private": true }\n');
  if (!['prebuild', 'build'].every((script) => npm(['run', script]))) return false;
  if (!npm(['pack', '--pack-destination', folder])) return false;
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  if (!check('one tarball', tarballs.length === 1, tarballs.join(' '))) return false;
  return npm(['install', '--ignore-scripts', '--prefer-offline', join(folder, tarballs[0])], elsewhere);
}

function checkFiles() {
  const installed = readdirSync(join(elsewhere, 'node_modules', 'gradus'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name).slice(join(elsewhere, 'node_modules', 'gradus/').length),
    )
    .map((path) => path.replaceAll('\\', '/'));
  const prebuild = `prebuilds/${process.platform}-${process.arch}/`;
  const wanted = ['package.json', 'binding.gyp', 'LICENSE', 'README.md', 'CHANGELOG.md'];
  const built = filesIn('lib', ['.ts']).flatMap((path) =>
    ['.js', '.d.ts'].map((ending) => path.replace(/^lib\//, 'dist/').replace(/\.ts$/, ending)),
  );
  const native = filesIn('native', ['.cc', '.h', '.inc', '.json']);
  const missing = [...wanted, ...built, ...native].filter((path) => !installed.includes(path));
  check('the tarball holds the library, its C++ sources and its papers', missing.length === 0, missing.join('\n'));
  check(
    'the tarball holds the prebuild',
    installed.some((path) => path.startsWith(prebuild)),
    installed.join('\n'),
  );
  const known = [/^dist\/.*\.(js|d\.ts|map)$/, /^native\//, /^prebuilds\/[\w-]+\/gradus[\w.]*\.node$/];
  const foreign = installed.filter((path) => !wanted.includes(path) && !known.some((pattern) => pattern.test(path)));
  check('the tarball holds nothing else', foreign.length === 0, foreign.join('\n'));
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
