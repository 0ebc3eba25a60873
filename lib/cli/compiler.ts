// Finds a C++20 compiler in a moment, by giving an empty program to those that
// there may be. Visual Studio is left to the build tools, which know where it lies.

import { runProgram } from './run-program.js';

/** `command` is undefined where the build tools choose; `failure` says in one line what was tried. */
export type Compiler = { readonly command: string | undefined } | { readonly failure: string };

export function findCompiler(): Compiler {
  if (process.platform === 'win32') return { command: undefined };
  const { CXX: named } = process.env;
  if (named !== undefined && named !== '') {
    return compiles(named) ? { command: named } : { failure: `CXX=${named} does not compile C++20` };
  }
  const candidates = ['c++', 'g++', 'clang++'];
  const command = candidates.find(compiles);
  return command === undefined ? { failure: `no C++20 compiler among ${candidates.join(', ')}` } : { command };
}

function compiles(command: string): boolean {
  const [program = '', ...args] = command.trim().split(/\s+/);
  return runProgram(program, [...args, '-std=c++20', '-x', 'c++', '-fsyntax-only', '/dev/null']).ok;
}

/** What to install on this platform. */
export function compilerCure(): string {
  if (process.platform === 'darwin') return 'Install the command line tools of Xcode: xcode-select --install';
  if (process.platform === 'win32')
    return 'Install Visual Studio 2022 with "Desktop development with C++", and Python 3.';
  return (
    'Install g++ 10 or clang 12 (or later), make and Python 3: apt-get install g++ make python3 (Debian, Ubuntu), ' +
    'dnf install gcc-c++ make python3 (Fedora), apk add g++ make python3 (Alpine).'
  );
}
