// Finds the C++ headers of node-addon-api, which only a build from source needs: in
// the project, beside this package, or else fetched with npm into a folder of their own.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandFailure } from './failure.js';
import { findNpm, findPackages, versionOf } from './find-tools.js';
import { manifest } from './package-folder.js';
import { runProgram } from './run-program.js';

const name = 'node-addon-api';

/** The folder of an installed node-addon-api that this package can be built with. */
export function installedAddonApi(): string | undefined {
  return findPackages(name).find((folder) => isAtLeast(versionOf(folder), pinnedVersion()));
}

/** Gives `use` the folder with the headers, fetched for as long as it runs where they are not installed. */
export function withAddonApi<Result>(say: (line: string) => void, use: (folder: string) => Result): Result {
  const installed = installedAddonApi();
  if (installed !== undefined) return use(installed);
  const folder = mkdtempSync(join(tmpdir(), 'gradus-headers-'));
  try {
    say(`${name} is not installed: fetching ${name}@${pinnedVersion()} with npm into a temporary folder`);
    fetchInto(folder);
    return use(join(folder, 'node_modules', name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function fetchInto(folder: string): void {
  const wanted = `${name}@${pinnedVersion()}`;
  const cure = `Install it in the project first: npm i -D ${wanted}`;
  const npm = findNpm();
  if (npm === undefined) throw new CommandFailure(`npm was not found to fetch ${wanted}.\n${cure}`);
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  const { ok, output } = runProgram(process.execPath, [npm, 'install', ...flags, wanted], { cwd: folder });
  if (ok) return;
  const cause = output.split('\n').find((line) => /^npm (error|ERR!)/.test(line) && !/(error|ERR!) code /.test(line));
  throw new CommandFailure(`${wanted} could not be fetched (${cause ?? 'npm gave no reason'}).\n${cure}`);
}

/** As a peer dependency any version is welcome, so that no project is kept from installing this package. */
function pinnedVersion(): string {
  return manifest().devDependencies[name] ?? '';
}

/** Whether a version is of the same major one and not older. */
function isAtLeast(version: string, least: string): boolean {
  const [major = 0, ...rest] = numbers(version);
  const [wantedMajor = 0, ...wanted] = numbers(least);
  const differs = wanted.findIndex((part, i) => part !== rest[i]);
  return major === wantedMajor && (differs < 0 || (rest[differs] ?? 0) > (wanted[differs] ?? 0));
}

function numbers(version: string): number[] {
  return version.split(/[.-]/, 3).map(Number);
}
