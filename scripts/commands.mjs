// How the scripts of this folder start other programs: the tools of
// node_modules by their JavaScript file (no shell, no PATH), others by name,
// with their output shown or captured. Not part of the package.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const addonFile = join(root, 'build', 'Release', 'gradus.node');
export const jobs = String(availableParallelism());

const require = createRequire(import.meta.url);

/**
 * Runs a program, in the root of the repository unless told otherwise. Gives its exit status and, when captured,
 * its output. A variable of `env` that is undefined is taken away.
 */
export function run(command, args, { capture = false, env = {}, cwd = root } = {}) {
  const child = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  const { stdout, stderr } = child;
  const output = `${stdout ?? ''}${stderr ?? ''}${child.error ? child.error.message : ''}`;
  return { ok: child.status === 0, status: child.status ?? 1, output, stdout, stderr };
}

/** Runs a program that a package of node_modules brings. */
export function runTool(packageName, args, options) {
  return run(process.execPath, [toolPath(packageName), ...args], options);
}

function toolPath(packageName) {
  const manifest = require.resolve(`${packageName}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'));
  const name = packageName.includes('biome') ? 'biome' : packageName === 'typescript' ? 'tsc' : packageName;
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[name]);
}

/** What npm leaves in the environment of a script, taken away: a npm started below it must look around by itself. */
export function withoutNpm() {
  return Object.fromEntries(
    Object.keys(process.env).flatMap((name) => (/^npm_/i.test(name) ? [[name, undefined]] : [])),
  );
}

/** Whether a program starts at all. */
export function has(command) {
  return run(command, ['--version'], { capture: true }).ok;
}

/** Builds dist/ afresh; ends the process when the types are wrong. Modules of dist/ may be imported after it. */
export function buildDist() {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const types = runTool('typescript', ['-p', 'tsconfig.json']);
  if (!types.ok) process.exit(types.status);
  chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
}

/** All files below a folder of the repository with one of the endings, as paths from the root. */
export function filesIn(folder, endings) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) =>
      join(entry.parentPath ?? entry.path, entry.name)
        .slice(root.length)
        .replaceAll('\\', '/'),
    )
    .filter((path) => !path.split('/').includes('__pycache__'))
    .sort();
}
