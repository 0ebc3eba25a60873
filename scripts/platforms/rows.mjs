// The platforms with a prebuilt binary, and how each can be run on Linux with an x86-64
// processor. A row says which binary serves, which kernel set must be chosen, and in
// `prepare` how its Node is started: the command, its environment, the modules for the
// suite, and what of it is left out there (test/lib/left-out.ts).

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from '../commands.mjs';
import { debianFolder, modulesFor, NotHad, nodeForMusl, nodeFromNpm, tool } from './downloads.mjs';

const glibc = 'linux-x64/gradus.glibc.node';
const ownModules = join(root, 'node_modules');

/** The widest set of this machine's processor, found without the library. */
function widest() {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' '));
  const has = (...names) => names.every((name) => flags.has(name));
  if (!has('avx2', 'fma')) return 'sse2';
  return has('avx512f', 'avx512dq', 'avx512vl') ? 'avx512' : 'avx2';
}

/** Nodes of this machine's own kind. Only the one that runs this also times, and starts others: CI does that for them. */
function natively(major) {
  const own = process.version.startsWith(`v${major}.`);
  return {
    platform: 'linux-x64, glibc',
    prebuild: glibc,
    node: major,
    on: 'natively',
    set: widest,
    prepare: () => {
      const command = [own ? process.execPath : nodeFromNpm('linux-x64', major)];
      return { command, modules: ownModules, noPrograms: !own };
    },
  };
}

function emulated(cpu, set) {
  return {
    platform: 'linux-x64, glibc',
    prebuild: glibc,
    on: `qemu, a ${cpu} processor`,
    set: () => set,
    prepare: () => ({
      command: [tool(['qemu-x86_64-static'], 'qemu-user-static'), '-cpu', cpu, process.execPath],
      modules: ownModules,
      emulated: true,
    }),
  };
}

/** Debian 11's loader and libraries; Node itself needs glibc 2.28. */
const oldGlibc = {
  platform: 'linux-x64, glibc',
  prebuild: glibc,
  on: 'natively with glibc 2.31 (Debian 11)',
  set: widest,
  prepare: () => {
    const folder = debianFolder('debian-11-amd64', 'bullseye', 'amd64', ['libc6', 'libstdc++6', 'libgcc-s1']);
    const libraries = join(folder, 'lib', 'x86_64-linux-gnu');
    const path = [libraries, join(folder, 'usr', 'lib', 'x86_64-linux-gnu')].join(':');
    const loader = join(libraries, 'ld-linux-x86-64.so.2');
    return { command: [loader, '--library-path', path, process.execPath], modules: ownModules, noPrograms: true };
  },
};

const arm64 = {
  platform: 'linux-arm64, glibc',
  prebuild: 'linux-arm64/gradus.glibc.node',
  on: 'qemu',
  set: () => 'neon',
  prepare: () => {
    const qemu = tool(['qemu-aarch64-static'], 'qemu-user-static');
    const libraries = '/usr/aarch64-linux-gnu';
    const there = ['libc.so.6', 'libstdc++.so.6'].every((name) => existsSync(join(libraries, 'lib', name)));
    if (!there)
      throw new NotHad('an arm64 C library is missing (apt-get install libc6-arm64-cross libstdc++6-arm64-cross)');
    const command = [qemu, '-L', libraries, nodeFromNpm('linux-arm64', 20)];
    return { command, modules: modulesFor('arm64', 'glibc'), emulated: true };
  },
};

/** Debian 13's musl as the loader. The loader of addons takes a system for musl that has /etc/alpine-release, or is told. */
function musl(cpu, machine, set, on, starter) {
  return {
    platform: `linux-${cpu}, musl`,
    prebuild: `linux-${cpu}/gradus.musl.node`,
    on,
    set,
    prepare: () => {
      const folder = debianFolder(`debian-13-${machine}`, 'trixie', cpu === 'x64' ? 'amd64' : cpu, ['musl']);
      const loader = join(folder, 'usr', 'lib', `${machine}-linux-musl`, 'libc.so');
      const modules = modulesFor(cpu, 'musl');
      // Told here too, the test runner's bundler takes its own part for musl.
      const bundler = join(modules, '@rolldown', `binding-linux-${cpu}-musl`);
      const part = join(bundler, readdirSync(bundler).find((name) => name.endsWith('.node')) ?? '');
      return {
        command: [...starter(), loader, nodeForMusl(machine)],
        env: { LIBC: 'musl', NAPI_RS_NATIVE_LIBRARY_PATH: part },
        modules,
        noPrograms: cpu === 'x64',
        emulated: cpu !== 'x64',
      };
    },
  };
}

const qemuArm64 = () => [tool(['qemu-aarch64-static'], 'qemu-user-static')];

function wine(major) {
  return {
    platform: 'win32-x64',
    prebuild: 'win32-x64/gradus.node',
    node: major,
    on: 'Wine',
    set: widest,
    prepare: () => {
      const program = tool(['wine64', '/usr/lib/wine/wine64'], 'wine64');
      const prefix = join(root, '.cache', 'wine');
      const env = { WINEPREFIX: prefix, WINEDEBUG: '-all' };
      mkdirSync(join(root, '.cache'), { recursive: true });
      // A new prefix says it is Windows 7, which Node refuses.
      if (!existsSync(prefix)) run(program, ['winecfg', '-v', 'win10'], { capture: true, env });
      const command = [program, nodeFromNpm('win-x64', major)];
      // Programs that this Node starts are Wine's business.
      return { command, env, startsItself: true, noSuite: 'not run: vitest does not start under Wine' };
    },
  };
}

function inspected(platform, why) {
  return { platform, prebuild: `${platform}/gradus.node`, notRun: why };
}

/** In the order of the table. Those with `quick` run before every merge, without the suite. */
export const rows = [
  { ...natively(20), quick: true },
  { ...natively(22), quick: true },
  natively(24),
  natively(26),
  { ...emulated('Nehalem', 'sse2'), quick: true },
  emulated('Haswell', 'avx2'),
  oldGlibc,
  musl('x64', 'x86_64', widest, 'natively with musl 1.2.5', () => []),
  arm64,
  musl('arm64', 'aarch64', () => 'neon', 'qemu with musl 1.2.5', qemuArm64),
  wine(20),
  wine(22),
  inspected('win32-arm64', 'needs Windows on an arm64 processor'),
  inspected('darwin-x64', 'needs a Mac'),
  inspected('darwin-arm64', 'needs a Mac'),
];
