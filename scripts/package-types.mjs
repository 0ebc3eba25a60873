// What others' tools say of the packed package: publint of its manifest, "are the
// types wrong" of how its types resolve, and tsc of programs that import it, by
// the rules of Node and of bundlers. One sentence for each complaint.

import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root, runTool } from './commands.mjs';

const resolutions = {
  nodenext: ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
  bundler: ['--module', 'preserve', '--moduleResolution', 'bundler'],
};

/** Complaints about the manifest of an installed package, suggestions included. */
export async function manifestProblems(installed) {
  const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** Complaints about the types of a tarball, for a package that is ES modules only. */
export async function typeProblems(tarball) {
  const { types, problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (types === false) return ['attw: the package has no types'];
  return problems.filter((problem) => !isByDesign(problem)).map((problem) => `attw: ${JSON.stringify(problem)}`);
}

/** ES modules only means: not for the resolution of Node 10, and `require` gets an ES module, as Node 20.19 allows. */
function isByDesign({ kind, resolutionKind }) {
  return resolutionKind === 'node10' || kind === 'CJSResolvesToESM';
}

/** For each way to resolve modules, what tsc says of the programs of test/types in a folder that has the package. */
export function consumerProblems(folder) {
  const program = join(folder, 'types');
  cpSync(join(root, 'test', 'types'), program, { recursive: true });
  const nodeTypes = ['--typeRoots', join(root, 'node_modules', '@types')];
  return Object.entries(resolutions).map(([resolution, options]) => {
    const { ok, output } = runTool('typescript', ['-p', program, ...nodeTypes, ...options], { capture: true });
    return { resolution, problems: ok ? [] : [output] };
  });
}
