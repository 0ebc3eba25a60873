// The tarball check of scripts/package-contents.mjs: a good package passes, and
// every defect it is there for is named. The package itself is not packed here.

import { describe, expect, test } from 'vitest';
import {
  budget,
  contentProblems,
  expectedFiles,
  exportProblems,
  hostPrebuild,
  prebuilds,
  staleProblems,
} from '../../scripts/package-contents.mjs';

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

const expected = ['package.json', 'dist/index.js', 'dist/index.d.ts', 'native/sources.json'];
const complete: readonly PackedFile[] = [...expected, ...prebuilds].map((path) => ({ path, size: 1000 }));

function problems(files: readonly PackedFile[], size = 10_000, platforms = prebuilds): string[] {
  return contentProblems({ files, size }, { expected, platforms });
}

const without = (path: string) => complete.filter((file) => file.path !== path);

describe('contents', () => {
  test('a complete package', () => {
    expect(problems(complete)).toEqual([]);
  });

  test('a file is missing', () => {
    expect(problems(without('dist/index.d.ts'))).toEqual(['dist/index.d.ts is missing']);
  });

  test.each(prebuilds)('a platform is missing: %s', (path) => {
    expect(problems(without(path))).toEqual([`${path} is missing: its platform would get the TypeScript kernels`]);
  });

  test('only the platforms asked for must be there', () => {
    const host = prebuilds[0]!;
    const files = complete.filter(({ path }) => path === host || !path.startsWith('prebuilds/'));
    expect(problems(files, 10_000, [host])).toEqual([]);
  });

  test.each([
    'dist/old.js',
    'dist/kernels/portable/gram.test.js',
    'native/notes.txt',
    'prebuilds/linux-x64/gradus.node',
    '.env',
  ])('a surprise: %s', (path) => {
    expect(problems([...complete, { path, size: 1 }])).toEqual([`${path} does not belong in the package`]);
  });

  test('an empty file', () => {
    const files = [...without('dist/index.js'), { path: 'dist/index.js', size: 0 }];
    expect(problems(files)).toEqual(['dist/index.js is empty']);
  });

  test('over the budget of the tarball', () => {
    expect(problems(complete, budget.packed)).toEqual([]);
    expect(problems(complete, budget.packed + 1)).toEqual([
      `the tarball has ${budget.packed + 1} bytes: the budget is ${budget.packed}`,
    ]);
  });

  test('over the budget of the installed package', () => {
    const rest = without('package.json').length * 1000;
    const files = (size: number) => [...without('package.json'), { path: 'package.json', size }];
    expect(problems(files(budget.unpacked - rest))).toEqual([]);
    expect(problems(files(budget.unpacked - rest + 1))).toEqual([
      `the installed package has ${budget.unpacked + 1} bytes: the budget is ${budget.unpacked}`,
    ]);
  });
});

describe('dist', () => {
  const compiled = new Map([
    ['dist/index.js', 'export const a = 1;'],
    ['dist/index.d.ts', 'export declare const a = 1;'],
  ]);

  test('fresh', () => {
    expect(staleProblems(new Map(compiled), compiled)).toEqual([]);
  });

  test('older than lib', () => {
    const built = new Map(compiled).set('dist/index.js', 'export const a = 0;');
    expect(staleProblems(built, compiled)).toEqual(['dist/index.js is not what lib/ compiles to: run npm run build']);
  });

  test('without a new file of lib', () => {
    const built = new Map(compiled);
    built.delete('dist/index.d.ts');
    expect(staleProblems(built, compiled)).toEqual(['dist/index.d.ts is not what lib/ compiles to: run npm run build']);
  });

  test('with a file that lib has no more', () => {
    const built = new Map(compiled).set('dist/gone.js', '');
    expect(staleProblems(built, compiled)).toEqual(['dist/gone.js has no source in lib/: run npm run build']);
  });
});

describe('what is expected of this repository', () => {
  test('each source of lib gives code, its map and declarations; C++ sources and the export list go along', () => {
    const files = expectedFiles();
    for (const ending of ['.js', '.d.ts']) expect(files).toContain(`dist/kernels/portable/gram${ending}`);
    for (const path of ['sources.json', 'addon/exports.map', 'kernels/kernels.h', 'kernels/bodies.inc']) {
      expect(files).toContain(`native/${path}`);
    }
  });

  const served = ['darwin', 'linux', 'win32'].includes(process.platform) && ['arm64', 'x64'].includes(process.arch);
  test.skipIf(!served)('this machine has a place in the list of platforms', () => {
    expect(prebuilds).toContain(hostPrebuild());
  });
});

describe('exported symbols', () => {
  const line = (name: string) => `00000000000ad${name.length.toString().padStart(3, '0')} T ${name}`;
  const entries = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'].map(line);

  test('the two entry points', () => {
    expect(exportProblems('a.node', `${entries.join('\n')}\n`)).toEqual([]);
  });

  test('one missing, one too many', () => {
    expect(exportProblems('a.node', [entries[0], line('_ZSt9terminatev')].join('\n'))).toEqual([
      'a.node does not export node_api_module_get_api_version_v1',
      'a.node must not export _ZSt9terminatev',
    ]);
  });
});
