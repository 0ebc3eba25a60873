// Packs the tarball as a release would, with the prebuild of this machine inside,
// installs it in an empty folder elsewhere with scripts off, and runs a fit there
// by require and by import, native and portable. Also checks what the tarball holds,
// its binary, its types as publint, attw and tsc see them, and that `gradus build`
// compiles there, prebuild and network taken away.
// GRADUS_TEST_NODES adds other versions of Node, as in the process tests.
// Ends with the line `N passed, N failed`. The prebuild is removed again unless it
// was there before.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

/** What is not there cannot be fetched: npm must not look, and no proxy answers. */
const nowhere = 'http://127.0.0.1:9';
const offline = {
  npm_config_offline: 'true',
  npm_config_cache: join(folder, 'npm-cache'),
  npm_config_devdir: join(folder, 'node-gyp-headers'),
  npm_config_proxy: nowhere,
  npm_config_https_proxy: nowhere,
  HTTP_PROXY: nowhere,
  HTTPS_PROXY: nowhere,
};

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
    checkDependencies();
    await checkTypes(packed);
    checkRuns();
    await checkBuild();
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

function checkDependencies() {
  const packages = readdirSync(join(elsewhere, 'node_modules')).filter((name) => !name.startsWith('.'));
  const three = ['csv-parse', 'gradus', 'node-gyp-build'];
  check('two packages come with it', packages.sort().join() === three.join(), packages.join('\n'));
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

/** `gradus build` on the machine without a prebuild and without network: only what is here may be used. */
async function checkBuild() {
  const { nodeHeaders } = await import('../dist/cli/node-headers.js');
  if (nodeHeaders() === undefined) {
    console.log("Node's headers are not beside node: gradus build was not checked without network");
    return;
  }
  const lacking = gradus('build');
  const word = /node-addon-api@\S+ could not be fetched .*\n.*npm i -D node-addon-api@\d/.test(lacking.stderr);
  check('gradus build without node-addon-api and network says what to install', !lacking.ok && word, lacking.output);
  cpSync(join(root, 'node_modules', 'node-addon-api'), join(elsewhere, 'node_modules', 'node-addon-api'), {
    recursive: true,
  });
  const { ok, stdout, output } = gradus('build');
  const [, set] = /^Built .*gradus\.node\nThe kernel set that serves: (\w+) /m.exec(stdout) ?? [];
  check('gradus build with it, and no network', ok && set !== undefined && set !== 'portable', output);
  check('it downloads nothing', !existsSync(offline.npm_config_devdir), output);
  const info = gradus('info', '--json');
  check('gradus info names what was built', /"binary": ".*build.*gradus\.node"/.test(info.stdout), info.output);
  const fitted = fitElsewhere(process.execPath, ways.import);
  check('and fits run on it', fitted.kernels?.used === set && fitted.quiet, fitted.output);
}

function gradus(...args) {
  return run('npx', ['--no', 'gradus', ...args], { capture: true, cwd: elsewhere, env: { ...clean, ...offline } });
}

function fitElsewhere(node, args, env = {}) {
  const result = run(node, args, { capture: true, cwd: elsewhere, env: { ...clean, ...env } });
  return { ...result, quiet: result.stderr === '', kernels: result.ok ? JSON.parse(result.stdout) : undefined };
}
