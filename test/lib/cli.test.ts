// The built command as a user starts it: what it prints, how it ends, and one
// sentence for everything that can go wrong. That `gradus build` really builds is
// checked on the packed tarball, by scripts/test-package.mjs.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernels } from 'gradus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { libc, muslVersion } from '../../lib/cli/libc.js';
import { builtAddon, installedCopy, localBuild } from './installed-copy.js';
import { noPrograms } from './left-out.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const windows = process.platform === 'win32';
const { available, native } = kernels();
const widest = available.at(-1) as string;

interface Start {
  readonly env?: Readonly<Record<string, string>>;
  /** The folder of the package, this repository by default, and that of the project. */
  readonly folder?: string;
  readonly cwd?: string;
  readonly node?: string;
  readonly uid?: number;
}

function gradus(args: readonly string[], { env = {}, folder = root, cwd = root, node, uid }: Start = {}) {
  const { status, stdout, stderr } = spawnSync(
    node ?? process.execPath,
    [join(folder, 'dist', 'cli', 'main.js'), ...args],
    {
      cwd,
      env: { ...process.env, GRADUS_KERNELS: '', GRADUS_SILENT: '', CXX: '', ...env },
      encoding: 'utf8',
      timeout: 100_000,
      ...(uid === undefined ? {} : { uid }),
    },
  );
  expect(stderr).not.toMatch(/^ +at |node:internal|Warning:/m);
  return { code: status, stdout, stderr };
}

describe.skipIf(noPrograms)('help', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']], [['info', '--help']]])('%j', (args) => {
    const { code, stdout, stderr } = gradus(args);
    expect([code, stderr]).toEqual([0, '']);
    for (const usage of ['gradus info [--json]', 'gradus build [--jobs N]', 'gradus bench [--seconds 20] [--json]']) {
      expect(stdout).toContain(usage);
    }
  });

  test('--version', () => {
    expect(gradus(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

test.skipIf(noPrograms).each([
  [['train'], "Expected the command to be one of info, build, bench, help, but got 'train'"],
  [['toString'], "Expected the command to be one of info, build, bench, help, but got 'toString'"],
  [['--jobs'], "Expected the command to be one of info, build, bench, help, but got '--jobs'"],
  [['info', '--colour'], "Unknown option '--colour'. Usage: gradus info [--json]"],
  [['info', 'all'], "Unexpected argument 'all'. Usage: gradus info [--json]"],
  [['info', '--json=yes'], "Option '--json' does not take an argument. Usage: gradus info [--json]"],
  [['build', '--jobs'], "Option '--jobs <value>' argument missing. Usage: gradus build [--jobs N]"],
  [['build', '--jobs', '0'], "Expected --jobs to be an integer from 1 to 999, but got '0'"],
  [['build', '--jobs', 'all'], "Expected --jobs to be an integer from 1 to 999, but got 'all'"],
  [['bench', '--seconds', '0.5'], "Expected --seconds to be a number from 1 to 3600, but got '0.5'"],
  [['bench', '--seconds', ''], "Expected --seconds to be a number from 1 to 3600, but got ''"],
  [['bench', '--seconds', 'long'], "Expected --seconds to be a number from 1 to 3600, but got 'long'"],
])('wrong use: %j', (args, sentence) => {
  expect(gradus(args)).toEqual({ code: 2, stdout: '', stderr: `gradus: ${sentence}\n` });
});

test.skipIf(windows || noPrograms)('a reader that closes the pipe is no error', () => {
  const { stderr } = spawnSync('sh', ['-c', `"${process.execPath}" dist/cli/main.js info | true`], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
});

describe.skipIf(noPrograms)('info', () => {
  const json = (start?: Start) => JSON.parse(gradus(['info', '--json'], start).stdout) as Record<string, unknown>;

  test('a table of what serves', () => {
    const { code, stdout, stderr } = gradus(['info']);
    expect([code, stderr]).toEqual([0, '']);
    const cells = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    );
    expect(cells).toMatchObject({
      gradus: version,
      Node: process.version,
      platform: `${process.platform}-${process.arch}`,
      binary: native ? builtAddon : expect.stringMatching(/^none/),
    });
    expect(cells.kernels).toMatch(native ? `${widest} (the widest this machine can run)` : /^portable/);
    expect(cells.threads).toMatch(/^\d+ \(.*(processors|mask|one thread|most).*\)$/);
    if (process.platform === 'linux') expect(cells['C library']).toMatch(/^(glibc|musl) \d/);
  });

  test('the same as JSON', () => {
    const { available: sets } = kernels();
    expect(json()).toMatchObject({
      version,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      libc: libc(),
      cpu: expect.stringMatching(/, \d+ processors$/),
      binary: native ? builtAddon : null,
      instructionSets: sets.slice(1),
      kernels: widest,
      threads: kernels().threads,
      threadsFrom: expect.any(String),
    });
  });

  test.each([...new Set([widest, 'portable'])])('GRADUS_KERNELS=%s', (set) => {
    const facts = json({ env: { GRADUS_KERNELS: set } });
    expect(facts).toMatchObject({ kernels: set, kernelsChosenBy: `GRADUS_KERNELS=${set}` });
    if (set !== 'portable') return;
    expect(facts).toMatchObject({ threads: 1, threadsFrom: 'the TypeScript kernels run on one thread' });
    expect(gradus(['info'], { env: { GRADUS_KERNELS: set } }).stdout).toContain('portable (GRADUS_KERNELS=portable)');
  });

  test('GRADUS_KERNELS with a set that this machine cannot run', () => {
    const { code, stdout, stderr } = gradus(['info'], { env: { GRADUS_KERNELS: 'avx9' } });
    const sentence = `Expected the kernel set to be one this machine can run (${available.join(', ')}), but got 'avx9'`;
    expect([code, stderr]).toEqual([1, `gradus: GRADUS_KERNELS=avx9: ${sentence}\n`]);
    expect(stdout).toMatch(/^kernels +none \(GRADUS_KERNELS=avx9: Expected/m);
  });

  test.skipIf(spawnSync('taskset', ['-c', '0', 'true']).status !== 0 || !native)('an affinity mask', () => {
    const { stdout } = spawnSync('taskset', ['-c', '0', process.execPath, 'dist/cli/main.js', 'info', '--json'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toMatchObject({ threads: 1 });
  });

  test('no binary, and one that is broken', () => {
    const bare = installedCopy();
    const broken = installedCopy({ [localBuild]: 'not an addon' });
    try {
      const none = gradus(['info'], { folder: bare });
      expect([none.code, none.stderr]).toEqual([0, '']);
      expect(none.stdout).toMatch(/^binary +none: there is no binary for .*\n +cure +npx gradus build/m);
      expect(none.stdout).toMatch(/^kernels +portable \(the addon could not be loaded\)$/m);
      expect(gradus(['info'], { folder: broken }).stdout).toMatch(/^ +failed +.*gradus\.node: .+$/m);
      expect(json({ folder: broken })).toMatchObject({
        binary: null,
        attempts: [{ file: join(broken, localBuild), message: expect.any(String) }],
        reason: expect.stringContaining('no binary loads'),
        instructionSets: [],
        kernels: 'portable',
      });
    } finally {
      for (const folder of [bare, broken]) rmSync(folder, { recursive: true, force: true });
    }
  });

  const muslLoader = '/lib/ld-musl-x86_64.so.1';
  test.skipIf(!existsSync(muslLoader))('the version of musl', () => {
    expect(muslVersion(muslLoader)).toMatch(/^\d+\.\d+/);
  });
});

describe.skipIf(noPrograms)('bench', () => {
  test('a table with both times and their ratio', () => {
    const { code, stdout, stderr } = gradus(['bench', '--seconds', '2']);
    expect([code, stderr]).toEqual([0, '']);
    const time = String.raw` +\d[\d.e+]* (s|ms|us|ns)`;
    const row = native
      ? new RegExp(`^\\w.*,.*${time}${time} +\\d+\\.\\d$`, 'gm')
      : new RegExp(`^\\w.*,.*${time}$`, 'gm');
    expect(stdout.match(row), stdout).toHaveLength(5);
    if (native) expect(stdout).toContain(`Kernels ${widest}, ${kernels().threads} threads, against portable`);
  });

  test('JSON, and the TypeScript kernels alone', () => {
    const start = { env: { GRADUS_KERNELS: 'portable' } };
    const { code, stdout } = gradus(['bench', '--seconds', '1', '--json'], start);
    const { measured, ...facts } = JSON.parse(stdout) as { measured: Record<string, unknown>[] };
    expect(code).toBe(0);
    expect(facts).toMatchObject({ version, kernels: 'portable', native: false, threads: 1 });
    expect(measured).toHaveLength(5);
    for (const row of measured) {
      expect(row).toMatchObject({ nativeSeconds: null, ratio: null });
      expect(row.portableSeconds).toBeGreaterThan(0);
      expect(row.rounds).toBeGreaterThanOrEqual(1);
    }
    expect(gradus(['bench', '--seconds', '1'], start).stdout).toContain(
      'Portable kernels only: GRADUS_KERNELS=portable',
    );
  });

  test('a kernel set that this machine cannot run', () => {
    const { code, stderr } = gradus(['bench'], { env: { GRADUS_KERNELS: 'avx9' } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^gradus: Expected the kernel set to be one this machine can run .*'avx9'\n$/);
  });
});

describe.skipIf(windows || noPrograms)('build when it cannot', () => {
  let folder: string;
  beforeAll(() => {
    folder = installedCopy();
    cpSync(join(root, 'native'), join(folder, 'native'), { recursive: true });
    copyFileSync(join(root, 'binding.gyp'), join(folder, 'binding.gyp'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A compiler that accepts an empty program and nothing else. */
  function brokenCompiler(): string {
    const script =
      '#!/bin/sh\ncase "$*" in *-fsyntax-only*) exit 0;; esac\necho "a.cc:1:2: error: out of luck" >&2\nexit 1\n';
    const file = join(folder, 'broken-compiler');
    writeFileSync(file, script);
    chmodSync(file, 0o755);
    return file;
  }

  const install = process.platform === 'darwin' ? /xcode-select --install/ : /apt-get install g\+\+ make python3/;

  test('no compiler', () => {
    const named = gradus(['build'], { folder, env: { CXX: 'false' } });
    expect(named.code).toBe(1);
    expect(named.stderr).toMatch(/^gradus: the addon cannot be compiled: CXX=false does not compile C\+\+20\.\n/);
    expect(named.stderr).toMatch(install);
    const none = gradus(['build'], { folder, env: { PATH: join(folder, 'nowhere') } });
    expect(none.code).toBe(1);
    expect(none.stderr).toContain('no C++20 compiler among c++, g++, clang++.');
  });

  test('no node-gyp', () => {
    // A Node with no npm beside it and none in the PATH.
    mkdirSync(join(folder, 'bare', 'bin'), { recursive: true });
    const node = join(folder, 'bare', 'bin', basename(process.execPath));
    try {
      linkSync(process.execPath, node);
    } catch {
      copyFileSync(process.execPath, node);
    }
    const env = { CXX: brokenCompiler(), PATH: join(folder, 'nowhere'), npm_config_node_gyp: '' };
    const { code, stderr } = gradus(['build'], {
      folder,
      cwd: folder,
      node,
      env: { ...env, CXX: `/bin/sh ${env.CXX}` },
    });
    expect([code, stderr]).toEqual([
      1,
      'gradus: node-gyp was not found in the project, in npm_config_node_gyp or in an npm.\n' +
        'Install it: npm i -D node-gyp\n',
    ]);
  });

  test.each([['none'], ['7.1.1'], ['8.0.0']])('no network, and node-addon-api in the project: %s', (installed) => {
    const project = join(folder, 'node_modules', 'node-addon-api');
    rmSync(project, { recursive: true, force: true });
    if (installed !== 'none') {
      mkdirSync(project);
      writeFileSync(join(project, 'package.json'), JSON.stringify({ version: installed }));
    }
    const env = { CXX: brokenCompiler(), npm_config_offline: 'true', npm_config_cache: join(folder, 'cache') };
    const { code, stdout, stderr } = gradus(['build'], { folder, cwd: folder, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^node-addon-api is not installed: fetching node-addon-api@\d\S+ with npm/);
    expect(stderr).toMatch(/^gradus: node-addon-api@\d\S+ could not be fetched \(npm error .+\)\.\n/);
    expect(stderr).toMatch(/Install it in the project first: npm i -D node-addon-api@\d/);
  });

  test('an error of the compiler', () => {
    const { code, stderr } = gradus(['build', '--jobs', '2'], { folder, env: { CXX: brokenCompiler() } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^gradus: the addon was not built:\n {2}a\.cc:1:2: error: out of luck\n/);
    expect(stderr).toMatch(install);
    const log = /The whole log: (.*)/.exec(stderr)?.[1] as string;
    expect(readFileSync(log, 'utf8')).toContain('gyp ERR! build error');
    rmSync(join(log, '..'), { recursive: true });
  });

  test('a folder that cannot be written', () => {
    chmodSync(folder, 0o555);
    // To the super-user every folder is open: then somebody else starts it.
    const uid = process.getuid?.() === 0 ? { uid: 65534 } : {};
    const { code, stderr } = gradus(['build'], { folder, cwd: folder, ...uid });
    chmodSync(folder, 0o755);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^gradus: the folder of the package cannot be written: EACCES.*\nRun the command as the owner/,
    );
  });
});
