// Runs what is packed on every platform that this machine can play: other versions of
// Node, older processors and arm64 by emulation, musl and an old glibc by their loaders,
// Windows by Wine; and inspects the binaries of the rest. Ends with one table and the
// line `N passed, N failed`. Binaries come from prebuilds/ (scripts/cross-build.mjs).
// Arguments: --quick, a few rows without the suite and with a prebuild made here when
// there is none; --write, the table goes into docs/platforms.md; --no-suite; and words
// that choose rows, as in `npm run test:platforms -- musl arm64` or `-- node-22`.

import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run, runTool } from './commands.mjs';
import { NotHad } from './platforms/downloads.mjs';
import { installedPackage, repositoryCopy, useModules } from './platforms/folders.mjs';
import { inspect } from './platforms/inspection.mjs';
import { rows } from './platforms/rows.mjs';
import { digest, smoke, suite } from './platforms/run.mjs';
import { tableOf, writeTable } from './platforms/table.mjs';
import { check, finish } from './tally.mjs';

const options = { quick: { type: 'boolean' }, write: { type: 'boolean' }, 'no-suite': { type: 'boolean' } };
const { values: flags, positionals: words } = parseArgs({ options, allowPositionals: true });
const prebuilds = join(root, 'prebuilds');
const hadPrebuilds = existsSync(prebuilds);
const withSuite = !flags.quick && !flags['no-suite'];
if (flags.write && (!withSuite || words.length > 0)) {
  throw new Error('--write wants the whole table: no --quick, no --no-suite, no chosen rows');
}

const folder = mkdtempSync(join(tmpdir(), 'gradus-platforms-'));
const inspections = new Map();
try {
  build();
  const installed = installedPackage(folder);
  const copy = withSuite ? repositoryCopy(folder) : undefined;
  const table = tableOf(chosenRows().map((row) => cellsOf(row, installed, copy)));
  console.log(`\n${table}\n`);
  if (flags.write) writeTable(join(root, 'docs', 'platforms.md'), table);
} finally {
  rmSync(folder, { recursive: true, force: true });
  if (!hadPrebuilds) rmSync(prebuilds, { recursive: true, force: true });
}
finish();

function build() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const built = runTool('typescript', ['-p', 'tsconfig.json']);
  if (!built.ok) process.exit(built.status);
  if (flags.quick && !existsSync(join(prebuilds, rows[0].prebuild))) {
    const { ok, output } = run('npm', ['run', 'prebuild'], { capture: true });
    check('npm run prebuild', ok, output);
  }
}

function chosenRows() {
  if (flags.quick) return rows.filter((row) => row.quick);
  const names = (row) => `${row.platform} ${row.on ?? ''} node-${row.node}`.toLowerCase();
  return rows.filter((row) => words.every((word) => names(row).includes(word.toLowerCase())));
}

/** Runs what can be run of a row, and gives its line of the table. */
function cellsOf(row, installed, copy) {
  const cells = { platform: row.platform, ...binary(row) };
  if (row.notRun !== undefined) return { ...cells, 'run on': `not run: ${row.notRun}` };
  try {
    return { ...cells, ...ran(row, installed, copy) };
  } catch (error) {
    if (!(error instanceof NotHad)) throw error;
    console.log(`       ${row.platform}, ${row.on}: not run: ${error.message}`);
    return { ...cells, 'run on': `${row.on}: not run: ${error.message}` };
  }
}

/** The size of the binary and what inspection says of it, once each. */
function binary(row) {
  const known = inspections.get(row.prebuild);
  if (known !== undefined) return known;
  const file = join(prebuilds, row.prebuild);
  const there = check(`prebuilds/${row.prebuild} is there`, existsSync(file));
  const prebuilt = there ? `${Math.round(statSync(file).size / 1000)} kB` : 'no';
  const cells = { prebuilt, inspected: there && !flags.quick ? inspection(row.prebuild, file) : '' };
  inspections.set(row.prebuild, cells);
  return cells;
}

function inspection(name, file) {
  const kind = /glibc|musl|darwin|win32/.exec(name)[0];
  const minimum = { glibc: 'glibc ', musl: 'musl', darwin: 'macOS ', win32: 'subsystem ' };
  try {
    const { problems, remarks, needs = '' } = inspect(file, kind);
    check(`${name} inspected`, problems.length === 0, problems.join('\n'));
    return problems.length === 0
      ? [`${minimum[kind]}${needs}`, ...remarks].join(', ')
      : `no: ${problems.slice(0, 2).join(', ')}`;
  } catch (error) {
    if (!(error instanceof NotHad)) throw error;
    return `not inspected: ${error.message}`;
  }
}

function ran(row, installed, copy) {
  if (`${process.platform}-${process.arch}` !== 'linux-x64')
    throw new NotHad('this takes Linux on an x86-64 processor');
  const runner = row.prepare();
  const native = existsSync(join(prebuilds, row.prebuild));
  const env = native ? {} : { GRADUS_SILENT: '1' };
  const started = { ...runner, env: { ...env, ...runner.env } };
  const first = smoke(started, installed, native ? row.set() : 'portable');
  const name = `${row.platform}, Node ${first.version ?? '?'}, ${row.on}`;
  check(`${name}: ${first.passed} checks of the smoke test`, first.failed === 0, first.text);
  const bits = digest(started, installed);
  check(`${name}: the digest of ${bits.sets.join(', ')}`, bits.ok, bits.text);
  return {
    'run on': `Node ${first.version?.slice(1) ?? '?'}, ${row.on}`,
    'kernel set': first.set ?? '?',
    'smoke test': counted(first),
    digest: bits.ok ? `equal: ${bits.sets.join(', ')}` : 'not equal',
    suite: copy === undefined ? 'not run' : (runner.noSuite ?? tested(name, started, copy, native)),
  };
}

function tested(name, runner, copy, native) {
  useModules(copy, runner.modules);
  const counts = suite(runner, copy, native);
  check(`${name}: ${counts.passed} tests of the suite`, counts.failed === 0, counts.text.slice(-20_000));
  return counted(counts);
}

function counted({ passed, failed, skipped }) {
  return [
    `${passed} passed`,
    ...(failed ? [`${failed} failed`] : []),
    ...(skipped ? [`${skipped} left out`] : []),
  ].join(', ');
}
