// `gradus build`: compiles the native addon on this machine, for platforms without a
// prebuilt binary. It uses what is in the installed package and node-gyp, and
// downloads nothing when node-gyp, Node's headers and node-addon-api are there.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expected } from '../errors.js';
import { withAddonApi } from './addon-api.js';
import { buildAddon, tellingLines } from './build-addon.js';
import { compilerCure, findCompiler } from './compiler.js';
import { CommandFailure } from './failure.js';
import { findNodeGyp } from './find-tools.js';
import type { Facts } from './info.js';
import { nodeHeaders } from './node-headers.js';
import { packageFolder } from './package-folder.js';
import { type Ended, runProgram } from './run-program.js';

/** @param jobs how many files are compiled at once; default the number of processors. */
export function build({ jobs }: { readonly jobs?: string | undefined }): void {
  const count = jobs === undefined ? availableParallelism() : checkJobs(jobs);
  checkWritable();
  const compiler = findCompiler();
  if ('failure' in compiler) {
    throw new CommandFailure(`the addon cannot be compiled: ${compiler.failure}.\n${compilerCure()}`);
  }
  const nodeGyp = findNodeGyp();
  if (nodeGyp === undefined) {
    throw new CommandFailure(
      'node-gyp was not found in the project, in npm_config_node_gyp or in an npm.\nInstall it: npm i -D node-gyp',
    );
  }
  // binding.gyp asks `node` for a folder: it must be this one, whatever started it.
  process.env.PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  const ended = withAddonApi(console.log, (addonApi) => {
    console.log(`Compiling with ${nodeGyp}`);
    console.log(`Headers of Node: ${nodeHeaders() ?? 'as node-gyp finds or downloads them'}`);
    console.log(`Headers of node-addon-api: ${addonApi}`);
    console.log('This takes a minute or two.');
    return buildAddon({ nodeGyp, addonApi, compiler: compiler.command, jobs: count });
  });
  if (!ended.ok) throw buildFailure(ended);
  reportServing();
}

function checkJobs(jobs: string): number {
  if (/^[1-9]\d{0,2}$/.test(jobs)) return Number(jobs);
  throw expected('ERR_GRADUS_OPTION', '--jobs', 'an integer from 1 to 999', jobs);
}

function checkWritable(): void {
  try {
    rmSync(mkdtempSync(join(packageFolder, '.build-')), { recursive: true });
  } catch (error) {
    throw new CommandFailure(
      `the folder of the package cannot be written: ${(error as Error).message}.\n` +
        'Run the command as the owner of that folder, and where the package is installed unpacked.',
    );
  }
}

function buildFailure({ output }: Ended): CommandFailure {
  const log = join(mkdtempSync(join(tmpdir(), 'gradus-build-')), 'build.log');
  writeFileSync(log, output);
  const lines = tellingLines(output).slice(0, 6);
  return new CommandFailure(
    `the addon was not built:\n${lines.map((line) => `  ${line}\n`).join('')}The whole log: ${log}\n${compilerCure()}`,
  );
}

/** Loads what was built in a process of its own, as the next program will. */
function reportServing(): void {
  const built = join(packageFolder, 'build', 'Release', 'gradus.node');
  const { ok, stdout, output } = runProgram(process.execPath, [
    join(packageFolder, 'dist', 'cli', 'main.js'),
    'info',
    '--json',
  ]);
  if (!ok) throw new CommandFailure(`${built} was built, but gradus info failed:\n${output.trim()}`);
  const { binary, attempts, kernels, kernelsChosenBy } = JSON.parse(stdout) as Facts;
  if (binary !== built) {
    const why = attempts.map(({ file, message }) => `  ${file}: ${message}\n`).join('');
    throw new CommandFailure(`${built} was built, but ${binary ?? 'no binary'} is loaded.\n${why}`.trim());
  }
  console.log(`Built ${built}`);
  console.log(`The kernel set that serves: ${kernels} (${kernelsChosenBy})`);
}
