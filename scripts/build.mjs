// Builds dist/ with tsc and the addon build/Release/gradus.node with cmake-js.
// Flags: --gyp builds with node-gyp instead (also taken when there is no cmake);
// --require-native fails when the addon cannot be built. Without it a machine
// with no usable compiler gets one notice and the TypeScript kernels.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { addonFile, has, jobs, nodeHeaders, root, run, runTool } from './commands.mjs';

const { values: flags } = parseArgs({ options: { gyp: { type: 'boolean' }, 'require-native': { type: 'boolean' } } });

rmSync(join(root, 'dist'), { recursive: true, force: true });
const types = runTool('typescript', ['-p', 'tsconfig.json']);
if (!types.ok) process.exit(types.status);

const failure = buildAddon();
if (failure !== undefined) {
  rmSync(addonFile, { force: true });
  console.error(
    `gradus: the native addon was not built (${failure}); the slower TypeScript kernels serve. ` +
      'For native speed install a C++20 compiler (g++ 10, clang 12, Visual Studio 2022 or later) and run: npm run build',
  );
  process.exit(flags['require-native'] ? 1 : 0);
}

/** Undefined when the addon is there, otherwise the cause in one line. */
function buildAddon() {
  const compiler = compilerFailure();
  if (compiler !== undefined) return compiler;
  const viaGyp = flags.gyp || !has('cmake');
  const built = viaGyp ? withNodeGyp() : withCmake();
  if (built.ok && existsSync(addonFile)) return undefined;
  if (process.env.GRADUS_BUILD_LOG === '1' || flags['require-native']) console.error(built.output);
  return causeOf(built.output);
}

/** What is wrong with the compiler, found out in a moment on an empty program. Visual Studio is left to the builders. */
function compilerFailure() {
  if (process.platform === 'win32') return undefined;
  const named = process.env.CXX;
  const candidates = named ? [named] : ['c++', 'g++', 'clang++'];
  const compiles = (command) => {
    const [program, ...rest] = command.trim().split(/\s+/);
    return run(program, [...rest, '-std=c++20', '-x', 'c++', '-fsyntax-only', '/dev/null'], { capture: true }).ok;
  };
  if (candidates.some(compiles)) return undefined;
  return named ? `CXX=${named} does not compile C++20` : `no C++20 compiler among ${candidates.join(', ')}`;
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

function withNodeGyp() {
  const headers = nodeHeaders();
  const nodedir = headers === undefined ? [] : [`--nodedir=${headers}`];
  return runTool('node-gyp', ['rebuild', '--release', '--jobs', 'max', ...nodedir], { capture: true });
}

function causeOf(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const telling = [/: (fatal )?error: /, /^CMake Error/, /not found|could not find|no such file/i, /error/i];
  const pattern = telling.find((candidate) => lines.some((line) => candidate.test(line)));
  const line = pattern ? lines.find((candidate) => pattern.test(candidate)) : undefined;
  return (line ?? 'the build failed without a message').slice(0, 200);
}
