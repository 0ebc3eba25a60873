// Where the platform tests run: a folder with the packed and installed tarball, as a
// user has it, for the smoke test and the digest; and a copy of the repository without
// build/, whose addon is therefore the prebuild of the platform, for the whole suite.

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, withoutNpm } from '../commands.mjs';

function must(command, args, cwd) {
  const { ok, output } = run(command, args, { capture: true, cwd, env: withoutNpm() });
  if (!ok) throw new Error(`${command} ${args.join(' ')} failed:\n${output}`);
}

/** Packs what is built and installs it with scripts off; the scripts of the tests lie beside it. */
export function installedPackage(folder) {
  const elsewhere = join(folder, 'installed');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'package.json'), '{ "private": true }\n');
  must('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  must('npm', ['install', '--ignore-scripts', '--prefer-offline', join(folder, tarball)], elsewhere);
  cpSync(join(root, 'test', 'platforms'), join(elsewhere, 'platforms'), { recursive: true });
  return elsewhere;
}

/** The files that git knows or sees as new, with dist/ and prebuilds/ and no build/. */
export function repositoryCopy(folder) {
  const copy = join(folder, 'repository');
  const { stdout } = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { capture: true });
  const paths = stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  for (const path of [...paths, 'dist', 'prebuilds']) cpSync(join(root, path), join(copy, path), { recursive: true });
  return copy;
}

/** Gives the copy the modules of a system. */
export function useModules(copy, modules) {
  const link = join(copy, 'node_modules');
  rmSync(link, { force: true });
  symlinkSync(modules, link);
}
