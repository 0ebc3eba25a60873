// What is loaded when binaries are missing or broken, and what is said about it: in
// folders that look like the installed package, in processes of their own.

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { builtAddon, installedCopy, localBuild, prebuilds } from './installed-copy.js';
import { noPrograms } from './left-out.js';

const native = existsSync(builtAddon);
const platform = `${process.platform}-${process.arch}`;
const glibc = join(prebuilds, 'gradus.glibc.node');
const musl = join(prebuilds, 'gradus.musl.node');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('the addon is there when the run expects it', () => {
  if (process.env.GRADUS_EXPECT_NATIVE === '1') expect(native).toBe(true);
});

function install(binaries: Readonly<Record<string, string>> = {}): string {
  const folder = installedCopy(binaries);
  folders.push(folder);
  return folder;
}

const askTwice = 'kernels(); console.log(JSON.stringify(kernels()));';

/** Runs a module with `kernels` of the copy in a folder imported. */
function run(folder: string, env: Readonly<Record<string, string>> = {}, body = askTwice) {
  const url = pathToFileURL(join(folder, 'dist', 'index.js')).href;
  const child = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', `import { kernels } from '${url}'; const url = '${url}'; ${body}`],
    {
      env: { ...process.env, GRADUS_KERNELS: '', GRADUS_SILENT: '', LIBC: '', ...env },
      encoding: 'utf8',
      timeout: 60_000,
    },
  );
  expect(child.status, child.stderr).toBe(0);
  const { stdout, stderr } = child;
  const served = JSON.parse(stdout.trim().split('\n').at(-1) as string) as { name: string; reason?: string };
  return { served, stderr, warnings: stderr.match(/\[GRADUS_PORTABLE\]/g)?.length ?? 0 };
}

const garbage = (folder: string, path: string): RegExp =>
  new RegExp(`${join(folder, path).replace(/[\\.]/g, '\\$&')}: (?!/).+`);

describe.skipIf(noPrograms)('no binary', () => {
  const folder = install({ [join('prebuilds', 'plan9-mips', 'gradus.node')]: 'for another machine' });
  const cause = `there is no binary for ${platform} in ${join(folder, '/')}`;

  test('the TypeScript kernels serve, and one warning gives cause and cure', () => {
    const { served, stderr, warnings } = run(folder);
    expect(served).toMatchObject({ name: 'portable', native: false, threads: 1, reason: cause });
    expect(warnings).toBe(1);
    expect(stderr).toContain(
      `Warning: the native addon could not be loaded: ${cause}. The TypeScript kernels serve, which are several ` +
        'times slower. To compile the addon on this machine run: npx gradus build (it needs a C++20 compiler, and ' +
        "downloads nothing when Node's headers are on the machine). GRADUS_KERNELS=portable chooses the TypeScript " +
        'kernels on purpose.',
    );
  });

  test.each([
    ['GRADUS_SILENT', '1', cause],
    ['GRADUS_KERNELS', 'portable', 'GRADUS_KERNELS=portable'],
  ])('%s=%s: not a word, and the reason is told to who asks', (name, value, reason) => {
    const { served, stderr } = run(folder, { [name]: value });
    expect(stderr).toBe('');
    expect(served).toMatchObject({ name: 'portable', reason });
  });

  test('workers and a second copy in the same process repeat no warning', () => {
    const second = pathToFileURL(join(install(), 'dist', 'index.js')).href;
    const { warnings } = run(
      folder,
      {},
      `kernels();
      (await import('${second}')).kernels();
      const { Worker } = await import('node:worker_threads');
      const code = 'import(' + JSON.stringify(url) + ').then(({ kernels }) => kernels())';
      for (let i = 0; i < 3; i += 1) await new Promise((ended) => new Worker(code, { eval: true }).on('exit', ended));
      ${askTwice}`,
    );
    expect(warnings).toBe(1);
  });
});

describe.skipIf(noPrograms)('garbage everywhere', () => {
  const folder = install({ [localBuild]: 'not an addon', [glibc]: '', [musl]: 'nor this' });

  test('every file is named with its reason, in one warning', () => {
    const { served, stderr, warnings } = run(folder);
    expect(served.name).toBe('portable');
    expect(served.reason).toContain(`no binary loads on ${platform}: `);
    expect(warnings).toBe(1);
    for (const path of [localBuild, glibc, musl]) {
      expect(served.reason).toMatch(garbage(folder, path));
      expect(served.reason?.split(join(folder, path)), 'each file once').toHaveLength(2);
      expect(stderr).toMatch(garbage(folder, path));
    }
  });

  test('GRADUS_SILENT=1: not a word', () => {
    expect(run(folder, { GRADUS_SILENT: '1' }).stderr).toBe('');
  });
});

describe.skipIf(!native || noPrograms)('a good prebuild', () => {
  test.each([
    ['behind a broken local build', { [localBuild]: 'not an addon', [glibc]: 'good' }, ''],
    ['behind a broken prebuild', { [glibc]: 'not an addon', [musl]: 'good' }, ''],
    ['that is not the one of the C library said to be there', { [glibc]: 'good' }, 'musl'],
    ['whose name says no C library', { [localBuild]: 'not an addon', [join(prebuilds, 'gradus.node')]: 'good' }, ''],
  ])('%s serves without a word', (_, binaries, LIBC) => {
    const { served, stderr } = run(install(binaries), { LIBC });
    expect(stderr).toBe('');
    expect(served).toMatchObject({ native: true });
    expect(served.reason).toBeUndefined();
  });

  test('behind a broken local build serves in many workers at once', () => {
    const { served, stderr } = run(
      install({ [localBuild]: 'not an addon', [glibc]: 'good' }),
      {},
      `const { Worker } = await import('node:worker_threads');
      const code = 'import(' + JSON.stringify(url) + ').then(({ kernels }) => { if (!kernels().native) process.exit(3); })';
      const codes = await Promise.all(Array.from({ length: 8 }, () =>
        new Promise((ended) => new Worker(code, { eval: true }).on('exit', ended))));
      if (codes.some((code) => code !== 0)) throw new Error(codes.join());
      ${askTwice}`,
    );
    expect(stderr).toBe('');
    expect(served).toMatchObject({ native: true });
  });
});

test.skipIf(!native || noPrograms)('an addon that refuses memory is passed over', () => {
  const folder = install({ [localBuild]: 'good' });
  // As a host that has no room for memory from outside: the first addon that is loaded cannot allocate.
  const { served } = run(
    folder,
    { GRADUS_SILENT: '1' },
    `const { createRequire } = await import('node:module');
    const addon = createRequire(url)(${JSON.stringify(join(folder, localBuild))});
    addon.allocate = () => { throw new Error('External buffers are not allowed\\nmore'); };
    ${askTwice}`,
  );
  expect(served.reason).toBe(
    `no binary loads on ${platform}: ${join(folder, localBuild)}: External buffers are not allowed`,
  );
});
