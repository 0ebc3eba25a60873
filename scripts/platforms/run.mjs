// Runs the three tests of a platform with the command that starts its Node: the smoke
// test and the digest in the installed package, the suite in the copy of the repository.
// Output goes to a file first: Wine's Node does not write to a pipe to the end.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countsOf } from '../vitest-report.mjs';

/**
 * A command with its output. GRADUS_* variables of this process are not handed on, nor what npm leaves behind, which
 * would tell the loader of another platform.
 */
function start(command, args, cwd, env, minutes) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(GRADUS_|npm_)/i.test(name));
  const output = join(cwd, 'output.txt');
  const file = openSync(output, 'w');
  const child = spawnSync(command[0], [...command.slice(1), ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', file, file],
    timeout: minutes * 60_000,
  });
  closeSync(file);
  const ended = child.error?.message ?? (child.signal ? `ended by ${child.signal}` : '');
  const noise = /^qemu-\w+-static: warning: TCG doesn't support/;
  const lines = readFileSync(output, 'utf8')
    .split(/\r?\n/)
    .filter((line) => !noise.test(line));
  return { ok: child.status === 0, text: `${lines.join('\n')}${ended}` };
}

/** The set that served, by the smoke test's own word, the version of Node, and how many checks passed. */
export function smoke({ command, env, startsItself }, folder, expected) {
  const given = { ...env, ...(startsItself ? {} : { GRADUS_TEST_NODE: JSON.stringify(command) }) };
  const { ok, text } = start(command, ['platforms/smoke.mjs', expected], folder, given, 10);
  const [, version, facts] = /^Node (v[\d.]+), [\w-]+: (\{.*\})$/m.exec(text) ?? [];
  const [, passed, failed] = /^(\d+) passed, (\d+) failed$/m.exec(text) ?? [];
  const counted = passed !== undefined && ok === (failed === '0');
  return {
    version,
    set: facts === undefined ? undefined : JSON.parse(facts).name,
    passed: Number(passed ?? 0),
    failed: counted ? Number(failed) : Number(failed ?? 0) + 1,
    text,
  };
}

/** Whether every set that the platform has gives the published digest; `sets` are their names. */
export function digest({ command, env }, folder) {
  const { ok, text } = start(command, ['platforms/digest.mjs'], folder, env, 20);
  const lines = text.split('\n').filter((line) => line.startsWith('{"kernels"'));
  const results = lines.map((line) => JSON.parse(line));
  return {
    ok: ok && results.length > 0,
    sets: results.filter(({ equal }) => equal).map(({ kernels }) => kernels),
    text,
  };
}

/** The whole suite but for what test/lib/left-out.ts lists. Workers that are processes would start another Node. */
export function suite({ command, env, emulated, noPrograms }, copy, native) {
  const report = join(copy, 'report.json');
  if (existsSync(report)) rmSync(report);
  const given = { ...env, ...(native ? { GRADUS_EXPECT_NATIVE: '1' } : { GRADUS_SILENT: '1' }) };
  if (emulated) given.GRADUS_EMULATED = '1';
  if (noPrograms) given.GRADUS_NO_PROGRAMS = '1';
  const workers = emulated || noPrograms ? ['--pool=threads', '--maxWorkers=1', '--testTimeout=1200000'] : [];
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...workers, '--reporter=dot', '--reporter=json'];
  const { ok, text } = start(command, [...args, `--outputFile.json=${report}`], copy, given, 60);
  return { ...countsOf(report, ok), text };
}
