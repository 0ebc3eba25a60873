// Finds node-gyp and npm: in the project, beside this package, and in the npm that
// came with Node. Nothing is downloaded for it.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { packageFolder } from './package-folder.js';

/** The folder of an installed package as the project sees it, then as this package does. */
export function findPackages(name: string): string[] {
  return [process.cwd(), packageFolder].flatMap((folder) => {
    try {
      return [dirname(createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`))];
    } catch {
      return [];
    }
  });
}

/** The JavaScript file that starts node-gyp. */
export function findNodeGyp(): string | undefined {
  const { npm_config_node_gyp: named } = process.env;
  const inNpm = npmFolders().flatMap((npm) => [join(npm, 'node_modules', 'node-gyp'), join(dirname(npm), 'node-gyp')]);
  const start = (folder: string): string => join(folder, 'bin', 'node-gyp.js');
  const files = [...findPackages('node-gyp').map(start), ...(named ? [named] : []), ...inNpm.map(start)];
  return files.find((file) => existsSync(file));
}

/** The JavaScript file that starts npm. */
export function findNpm(): string | undefined {
  return npmFolders()
    .map((folder) => join(folder, 'bin', 'npm-cli.js'))
    .find((file) => existsSync(file));
}

/** Where npm may be installed: beside node, then where the `npm` of PATH really lies. */
function npmFolders(): string[] {
  const beside = dirname(process.execPath);
  const windows = process.platform === 'win32';
  const own = windows ? join(beside, 'node_modules', 'npm') : join(dirname(beside), 'lib', 'node_modules', 'npm');
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const others = path.flatMap((folder) => {
    if (windows) return [join(folder, 'node_modules', 'npm')];
    const program = join(folder, 'npm');
    return existsSync(program) ? [dirname(dirname(realpathSync(program)))] : [];
  });
  return [own, ...others];
}

/** The version of the package in a folder. */
export function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
