// A folder that looks like the installed package: what is built of it and the packages
// that come with it, with the binaries that a test puts there and no others.

import { createRequire } from 'node:module';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };

export const localBuild = join('build', 'Release', 'gradus.node');
export const prebuilds = join('prebuilds', `${process.platform}-${process.arch}`);

/** The addon of the repository: the local build, or the prebuild where there is none. */
export const builtAddon = findAddon();

function findAddon(): string {
  try {
    const { path } = createRequire(import.meta.url)('node-gyp-build') as { path(root: string): string };
    return path(root.replace(/[\\/]$/, ''));
  } catch {
    return join(root, localBuild);
  }
}

/** @param binaries text of a file that is no addon, or `good` for the addon, by path in the package. */
export function installedCopy(binaries: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'gradus-installed-')));
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const name of Object.keys(dependencies)) {
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  }
  for (const [path, text] of Object.entries(binaries)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (text === 'good') copyFileSync(builtAddon, join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
  return folder;
}
