// What the npm package must hold, and the sentences about what is wrong with it:
// files, platforms, sizes, a dist/ that is not what lib/ compiles to, binaries that
// tell more than they should. The lists are derived from lib/ and native/.
// check-package.mjs asks it before packing, test-package.mjs of the packed tarball.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, root, run, runTool } from './commands.mjs';

/** The platforms that a release serves without a compiler, by the names that node-gyp-build looks for. */
export const prebuilds = [
  'prebuilds/darwin-arm64/gradus.node',
  'prebuilds/darwin-x64/gradus.node',
  'prebuilds/linux-arm64/gradus.glibc.node',
  'prebuilds/linux-arm64/gradus.musl.node',
  'prebuilds/linux-x64/gradus.glibc.node',
  'prebuilds/linux-x64/gradus.musl.node',
  'prebuilds/win32-arm64/gradus.node',
  'prebuilds/win32-x64/gradus.node',
];

/** Bytes of the tarball, and of its files after installation: with all platforms inside, and held to it without them. */
export const budget = { packed: 2_000_000, unpacked: 8_000_000 };

const papers = ['CHANGELOG.md', 'LICENSE', 'README.md', 'binding.gyp', 'package.json'];
const outputs = ['.js', '.d.ts'];
/** All that Node looks up in an addon. */
const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** The prebuild that serves on this machine. */
export function hostPrebuild() {
  const libc = process.platform !== 'linux' ? '' : existsSync('/etc/alpine-release') ? '.musl' : '.glibc';
  return `prebuilds/${process.platform}-${process.arch}/gradus${libc}.node`;
}

/** Every file that must be in the package besides prebuilds; there may be no others. */
export function expectedFiles() {
  const compiled = filesIn('lib', ['.ts']).flatMap((path) =>
    outputs.map((ending) => path.replace(/^lib\//, 'dist/').replace(/\.ts$/, ending)),
  );
  return [...papers, ...compiled, ...filesIn('native', ['.cc', '.h', '.inc', '.json', '.map'])];
}

/**
 * What is wrong with a list of files, one sentence each. `size` is that of the tarball in bytes, `expected` the files
 * that must be there, `platforms` the prebuilds that must; other known prebuilds may.
 */
export function contentProblems({ files, size }, { expected, platforms }) {
  const paths = files.map(({ path }) => path);
  const known = new Set([...expected, ...prebuilds]);
  const unpacked = files.reduce((sum, file) => sum + file.size, 0);
  const over = (what, bytes, most) => (bytes > most ? [`${what} has ${bytes} bytes: the budget is ${most}`] : []);
  return [
    ...expected.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
    ...platforms
      .filter((path) => !paths.includes(path))
      .map((path) => `${path} is missing: its platform would get the TypeScript kernels`),
    ...paths.filter((path) => !known.has(path)).map((path) => `${path} does not belong in the package`),
    ...files.filter((file) => file.size === 0).map(({ path }) => `${path} is empty`),
    ...over('the tarball', size, budget.packed),
    ...over('the installed package', unpacked, budget.unpacked),
  ];
}

/** The differences between two maps from path to text: the files of dist/, and what lib/ compiles to now. */
export function staleProblems(built, compiled) {
  return [
    ...[...compiled].flatMap(([path, text]) =>
      built.get(path) === text ? [] : [`${path} is not what lib/ compiles to: run npm run build`],
    ),
    ...[...built.keys()]
      .filter((path) => !compiled.has(path))
      .map((path) => `${path} has no source in lib/: run npm run build`),
  ];
}

/** Compares dist/ with a compilation made for the purpose; times of files prove nothing. */
export function distProblems() {
  const folder = mkdtempSync(join(root, 'build-dist-'));
  try {
    const name = folder.slice(root.length);
    const { ok, output } = runTool('typescript', ['-p', 'tsconfig.json', '--outDir', name], { capture: true });
    return ok ? staleProblems(textsIn('dist'), textsIn(name)) : [`lib/ does not compile: ${output}`];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function textsIn(folder) {
  const text = (path) => readFileSync(join(root, path), 'utf8');
  return new Map(filesIn(folder, ['']).map((path) => [path.replace(folder, 'dist'), text(path)]));
}

/** What a binary must not hold: the folder it was built in and, on Linux, symbols that others could bind to. */
export function binaryProblems(path) {
  const inside = readFileSync(join(root, path), 'latin1').includes(root) ? [`${path} names the folder ${root}`] : [];
  if (!path.startsWith('prebuilds/linux-') || process.platform !== 'linux') return inside;
  const { ok, output } = run('nm', ['-D', '--defined-only', path], { capture: true });
  if (!ok) return [...inside, `nm -D ${path} failed: ${output.trim()}`];
  return [...inside, ...exportProblems(path, output)];
}

/** The same for the text that `nm -D --defined-only` prints. */
export function exportProblems(path, listing) {
  const symbols = listing.split('\n').flatMap((line) => /^[0-9a-f]{16} [A-Za-z] (.*)$/.exec(line)?.[1] ?? []);
  return [
    ...entryPoints.filter((name) => !symbols.includes(name)).map((name) => `${path} does not export ${name}`),
    ...symbols.filter((name) => !entryPoints.includes(name)).map((name) => `${path} must not export ${name}`),
  ];
}
