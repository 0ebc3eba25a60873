// Builds dist/ with tsc and the addon build/Release/gradus.node with cmake-js.
// Flags: --gyp builds with node-gyp instead (also taken when there is no cmake);
// --require-native fails when the addon cannot be built. Without it a machine
// with no usable compiler gets one notice and the TypeScript kernels.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addonFile, buildDist, has, jobs, root, runTool } from './commands.mjs';

const { values: flags } = parseArgs({ options: { gyp: { type: 'boolean' }, 'require-native': { type: 'boolean' } } });

buildDist();
const { installedAddonApi } = await import('../dist/cli/addon-api.js');
const { buildAddon, causeOf } = await import('../dist/cli/build-addon.js');
const { findCompiler } = await import('../dist/cli/compiler.js');
const { findNodeGyp } = await import('../dist/cli/find-tools.js');

const failure = addonFailure();
if (failure !== undefined) {
  rmSync(addonFile, { force: true });
  console.error(
    `gradus: the native addon was not built (${failure}); the slower TypeScript kernels serve. ` +
      'For native speed install a C++20 compiler (g++ 10, clang 12, Visual Studio 2022 or later) and run: npm run build',
  );
  process.exit(flags['require-native'] ? 1 : 0);
}

/** Undefined when the addon is there, otherwise the cause in one line. */
function addonFailure() {
  const compiler = findCompiler();
  if ('failure' in compiler) return compiler.failure;
  const viaGyp = flags.gyp || !has('cmake');
  const built = viaGyp ? withNodeGyp(compiler.command) : withCmake();
  if (built.ok && existsSync(addonFile)) return undefined;
  if (process.env.GRADUS_BUILD_LOG === '1' || flags['require-native']) console.error(built.output);
  return causeOf(built.output);
}

function withCmake() {
  if (!cacheFits()) rmSync(join(root, 'build'), { recursive: true, force: true });
  return runTool('cmake-js', ['compile', '--out', 'build', '--parallel', jobs], { capture: true });
}

/** CMake remembers its compiler and its folder: a build of node-gyp, another CXX or a moved folder must start afresh. */
function cacheFits() {
  const file = join(root, 'build', 'CMakeCache.txt');
  if (!existsSync(file)) return !existsSync(join(root, 'build'));
  const cache = readFileSync(file, 'utf8');
  const compiler = /^CMAKE_CXX_COMPILER:\w+=(.*)$/m.exec(cache)?.[1] ?? '';
  const home = /^CMAKE_HOME_DIRECTORY:\w+=(.*)$/m.exec(cache)?.[1] ?? '';
  const wanted = process.env.CXX?.trim().split(/\s+/)[0];
  return join(home, '/') === root && (wanted === undefined || wanted === '' || compiler.endsWith(wanted));
}

function withNodeGyp(compiler) {
  return buildAddon({ nodeGyp: findNodeGyp(), addonApi: installedAddonApi(), compiler, jobs: Number(jobs) });
}
