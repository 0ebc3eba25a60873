// The guard over instruction-set files (scripts/isa-symbols.mjs) on files made for
// it: one that breaks each rule, as a careless change to avx2.cc or neon.cc would,
// and one that keeps them. Compiled here with the flags of the build, so it needs
// Linux and a compiler; GRADUS_EXPECT_COMPILER=1 makes a missing one a failure.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isaSymbolsReadable, violationsIn } from '../../scripts/isa-symbols.mjs';

const compilers = isaSymbolsReadable() ? ['g++', 'clang++'].filter(starts) : [];
const folder = mkdtempSync(join(tmpdir(), 'gradus-isa-'));
afterAll(() => rmSync(folder, { recursive: true }));

function starts(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** The region that avx2.cc opens; neon.cc needs none, NEON is what every arm64 has. */
const [open, close] =
  process.arch === 'x64'
    ? [
        `#if defined(__clang__)
         #pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
         #else
         #pragma GCC push_options
         #pragma GCC target("avx2,fma")
         #endif`,
        `#if defined(__clang__)
         #pragma clang attribute pop
         #else
         #pragma GCC pop_options
         #endif`,
      ]
    : ['', ''];

/** An instruction-set file with a body in its target region, and what stands before that region. */
const isaFile = (before: string, body: string) => `
  using size_t = decltype(sizeof 0);
  ${before}
  ${open}
  namespace gradus { ${body} }
  ${close}`;

/** Not inlined, as a template of some length would not be. */
const halve = 'template <class T> __attribute__((noinline)) T halve(T x) { return x / 2; }';
const useOf = (callee: string) => `double sum(const double* x, size_t n) noexcept {
  double s = 0;
  for (size_t i = 0; i < n; ++i) s += ${callee}(x[i]);
  return s;
}`;

function symbolsOf(compiler: string, source: string): string {
  const [file, object] = [join(folder, 'isa.cc'), join(folder, 'isa.o')];
  writeFileSync(file, source);
  const flags = ['-std=c++20', '-O3', '-ffp-contract=off', '-fvisibility=hidden', '-c', file, '-o', object];
  const compiled = spawnSync(compiler, flags, { encoding: 'utf8' });
  expect(compiled.stderr).toBe('');
  const { stdout, status } = spawnSync('nm', ['-C', object], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout;
}

if (compilers.length === 0) {
  test('the guard is tried on Linux, with g++ or clang++', (context) => {
    expect(process.env.GRADUS_EXPECT_COMPILER).not.toBe('1');
    context.skip('no compiler here whose objects the guard reads');
  });
}

describe.each(compilers)('the guard on what %s makes', (compiler) => {
  test('nothing to say of a template that the file keeps to itself', () => {
    const source = isaFile('', `namespace { ${halve} }\n${useOf('halve')}`);
    expect(violationsIn('avx2', symbolsOf(compiler, source))).toEqual([]);
  });

  test('a shared template instantiated in the region', () => {
    const source = isaFile(halve, useOf('halve'));
    expect(violationsIn('avx2', symbolsOf(compiler, source))).toEqual([
      'avx2.cc must not share double halve<double>(double) with other files: the linker may keep its copy for baseline code',
    ]);
  });

  test('a function of another file', () => {
    const source = isaFile('double halve(double x) noexcept;', useOf('halve'));
    expect(violationsIn('avx2', symbolsOf(compiler, source))).toEqual([
      'avx2.cc must not use halve(double) from another file',
    ]);
  });
});
