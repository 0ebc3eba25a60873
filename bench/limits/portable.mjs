// Native against portable, both called from JavaScript: what the C++ half brings. The
// TypeScript kernels have one thread, the native ones all.

import { kernelSet } from '../../dist/kernels/select.js';
import { inProcess } from './contenders.mjs';
import { fillRandom, gradientOf, randomProblem } from './gradient.mjs';
import { timesRival } from './targets.mjs';

/** @returns {import('./measure.mjs').Row[]} */
export function portableRows({ quick, threads, nativeSets }) {
  const rows = quick ? 1000 : 1_000_000;
  const works = [
    gradient(1000, 100, 'in cache', 8),
    gradient(rows, 100, 'from memory', 4),
    gram(quick ? 100 : 10_000, 100),
    cholesky(quick ? 50 : 500),
  ];
  return works.map(({ title, work, unit, make, times }) => ({
    title: `${title}, against portable`,
    work,
    unit,
    threads,
    sets: nativeSets,
    ours: (set) => inProcess(set, make(set)),
    rivals: [inProcess('portable', make('portable'))],
    targets: [timesRival('portable', times)],
  }));
}

function gradient(rows, columns, where, times) {
  const title = `gradient ${rows.toLocaleString('en')} × ${columns} ${where}`;
  return { title, work: 8 * rows * columns, unit: 'GB/s', make: (set) => gradientOf(set, rows, columns), times };
}

function gram(rows, columns) {
  const make = (set) => (threads) => {
    const sums = kernelSet(set).linear(randomProblem(rows, columns, { weighted: true }), threads);
    return { once: () => sums.gram().run() };
  };
  const title = `XᵀWX ${rows.toLocaleString('en')} × ${columns}`;
  return { title, work: rows * columns ** 2, unit: 'GFLOP/s', make, times: 25 };
}

function cholesky(n) {
  const original = new Float64Array(n * n);
  fillRandom(original);
  for (let i = 0; i < n; i += 1) original[i * n + i] = n + 1;
  const make = (set) => () => {
    const kernels = kernelSet(set);
    const a = new Float64Array(n * n);
    return { reset: () => a.set(original), once: () => kernels.cholesky(a, n) };
  };
  return { title: `Cholesky ${n} × ${n}`, work: n ** 3 / 3, unit: 'GFLOP/s', make, times: 15 };
}
