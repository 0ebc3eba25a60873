// What the README promises to a machine without a usable compiler: from a fresh
// clone `npm ci`, the quickstart and the suite work on the TypeScript kernels with
// one clear notice. Clones the repository to a folder of its own, with the working
// tree as it is, and runs there with CXX=false; of the suite only the files that
// need no addon and little time. Ends with the line `N passed, N failed`.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run, withoutNpm } from './commands.mjs';
import { check, finish } from './tally.mjs';

const suites = ['test/lib/fit.test.ts', 'test/lib/arguments.test.ts', 'test/lib/data.test.ts', 'portable.test.ts'];
const folder = mkdtempSync(join(tmpdir(), 'gradus-clone-'));
const clone = join(folder, 'gradus');
const env = { ...withoutNpm(), CXX: 'false' };
for (const name of Object.keys(process.env)) if (name.startsWith('GRADUS_')) env[name] = undefined;

try {
  if (cloneTree() && install()) {
    quickstart();
    suite();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
finish();

function inClone(command, args) {
  return run(command, args, { capture: true, cwd: clone, env });
}

/** The last commit, and on top of it what git sees as changed or new. */
function cloneTree() {
  const { ok, output } = run('git', ['clone', '--quiet', root, clone], { capture: true });
  if (!check('git clone', ok, output)) return false;
  const list = (...kinds) =>
    run('git', ['ls-files', '-z', ...kinds], { capture: true })
      .stdout.split('\0')
      .filter(Boolean);
  const gone = list('--deleted');
  for (const path of list('--modified', '--others', '--exclude-standard')) {
    if (!gone.includes(path)) cpSync(join(root, path), join(clone, path));
  }
  for (const path of gone) rmSync(join(clone, path));
  return true;
}

function install() {
  const { ok, output } = inClone('npm', ['ci', '--prefer-offline']);
  return check('npm ci', ok, output);
}

function quickstart() {
  const { ok, output } = inClone('npm', ['run', 'quickstart']);
  const notices = output.match(/gradus: the native addon was not built \(CXX=false/g) ?? [];
  check('npm run quickstart works', ok, output);
  check('with one notice that says why', notices.length === 1 && !/GRADUS_PORTABLE/.test(output), output);
  check('on the TypeScript kernels', /\bportable\b/.test(output) && !/\b(sse2|avx\w+)\b/.test(output), output);
}

function suite() {
  const { ok, output } = inClone('npm', ['test', '--', ...suites]);
  check(`npm test -- ${suites.join(' ')}`, ok, output);
  const [, fine, wrong] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  console.log(`  of them ${fine ?? 'no'} tests passed, ${wrong ?? 'none'} failed`);
}
