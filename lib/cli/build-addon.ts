// Compiles the addon with node-gyp from the C++ sources in the folder of the package.
// The repository's own build uses this too.

import { relative } from 'node:path';
import { nodeHeaders } from './node-headers.js';
import { packageFolder } from './package-folder.js';
import { type Ended, runProgram } from './run-program.js';

export interface AddonBuild {
  /** The JavaScript file that starts node-gyp. */
  readonly nodeGyp: string;
  /** The folder of node-addon-api. */
  readonly addonApi: string;
  /** The C++ compiler; undefined lets node-gyp choose. */
  readonly compiler: string | undefined;
  readonly jobs: number;
}

/** Builds build/Release/gradus.node in the folder of the package. */
export function buildAddon({ nodeGyp, addonApi, compiler, jobs }: AddonBuild): Ended {
  const headers = nodeHeaders();
  const nodedir = headers === undefined ? [] : [`--nodedir=${headers}`];
  return runProgram(process.execPath, [nodeGyp, 'rebuild', '--release', `--jobs=${jobs}`, ...nodedir], {
    cwd: packageFolder,
    env: {
      // Read by binding.gyp. make splits its words at spaces, which the way from here seldom has.
      GRADUS_NODE_ADDON_API: relative(packageFolder, addonApi),
      ...(compiler === undefined ? {} : { CXX: compiler }),
    },
  });
}

const telling = [/: (fatal )?error: /, /^CMake Error/, /not found|could not find|no such file/i, /error/i];

/** The line of a build's output that says most about why it failed. */
export function causeOf(output: string): string {
  return tellingLines(output)[0] ?? 'the build failed without a message';
}

/** The lines of a build's output that say why it failed, shortened. */
export function tellingLines(output: string): string[] {
  const lines = output.split('\n').map((line) => line.trim());
  const pattern = telling.find((candidate) => lines.some((line) => candidate.test(line)));
  return lines.filter((line) => pattern?.test(line)).map((line) => line.slice(0, 200));
}
