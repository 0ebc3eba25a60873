// The layering of the repository as a table, and the check that reads every
// import and include against it. Imports go one way; a file that needs the other
// way is in the wrong folder. Also holds the limit on the length of a file.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { filesIn, root } from './commands.mjs';

const longestFile = 400;

/** Which folders of lib/ a folder may import from; copies.ts, errors.ts and options.ts are open to all. */
const mayImport = {
  kernels: [],
  schedules: [],
  statistics: ['kernels'],
  data: ['kernels'],
  losses: ['kernels', 'statistics'],
  optimizers: ['kernels', 'data', 'losses', 'schedules'],
  metrics: ['kernels', 'data', 'losses'],
  models: ['kernels', 'statistics', 'data', 'losses', 'schedules', 'metrics'],
  training: ['kernels', 'statistics', 'data', 'losses', 'schedules', 'optimizers', 'metrics', 'models'],
  index: ['kernels', 'statistics', 'data', 'losses', 'schedules', 'optimizers', 'metrics', 'models', 'training'],
  cli: ['kernels', 'index'],
};
/** Single files beyond that: an objective answers the requests that a solver makes, and knows no solver. */
const mayImportFile = { models: ['lib/optimizers/solver.ts'] };
const openFiles = ['lib/copies.ts', 'lib/errors.ts', 'lib/options.ts'];

/** Which folders of native/ a folder may include from. */
const mayInclude = { kernels: ['kernels'], core: ['core', 'kernels'], addon: ['addon', 'core', 'kernels'] };

/** All violations, one sentence each. */
export function layerViolations() {
  return [
    ...filesIn('lib', ['.ts']).flatMap(wrongImports),
    ...filesIn('native', ['.cc', '.h', '.inc']).flatMap(wrongIncludes),
    ...tooLong(),
  ];
}

const folderOf = (path) => (path.split('/').length > 2 ? path.split('/')[1] : 'index');

function wrongImports(path) {
  if (openFiles.includes(path)) {
    const wrong = importsOf(path).filter((target) => !openFiles.includes(target));
    return wrong.map((target) => `${path} is open to all and must not import ${target}`);
  }
  const from = folderOf(path);
  const allowed = mayImport[from];
  if (allowed === undefined) return [`${path} is in a folder that scripts/layers.mjs does not know`];
  return importsOf(path)
    .filter((target) => {
      const to = folderOf(target);
      const open = openFiles.includes(target) || mayImportFile[from]?.includes(target);
      return !open && to !== from && !allowed.includes(to);
    })
    .map((target) => `${path} must not import ${target}: ${from} imports ${allowed.join(', ') || 'nothing'} only`);
}

function importsOf(path) {
  const text = readFileSync(join(root, path), 'utf8');
  const pattern = /^\s*(?:import|export)\b[^;'"]*?from\s+'(\.[^']*)'|\bimport\(\s*'(\.[^']*)'/gm;
  return [...text.matchAll(pattern)].map(([, still, dynamic]) =>
    join(dirname(path), still ?? dynamic).replace(/\.js$/, '.ts'),
  );
}

function wrongIncludes(path) {
  const from = path.split('/')[1];
  const allowed = mayInclude[from];
  if (allowed === undefined) return [`${path} is in a folder that scripts/layers.mjs does not know`];
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/^\s*#\s*include\s+([<"])([^>"]+)[>"]/gm)].flatMap(([, quote, header]) => {
    if (/^(napi|node_api|js_native_api|uv|v8|node)\b/.test(header)) {
      return from === 'addon' ? [] : [`${path} must not include ${header}: only addon/ knows Node`];
    }
    if (quote === '<' || allowed.includes(header.split('/')[0])) return [];
    return [`${path} must not include ${header}: ${from} includes ${allowed.join(', ')} only`];
  });
}

function tooLong() {
  const endings = ['.ts', '.mjs', '.cc', '.h', '.inc', '.py'];
  return ['lib', 'native', 'test', 'bench', 'scripts', 'examples']
    .flatMap((folder) => filesIn(folder, endings))
    .flatMap((path) => {
      const lines = readFileSync(join(root, path), 'utf8').split('\n').length - 1;
      return lines > longestFile ? [`${path} has ${lines} lines: at most ${longestFile}, split it by concept`] : [];
    });
}
