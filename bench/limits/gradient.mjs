// The gradient of a linear model with squared loss. Large problems are bound by
// reading X: the limit is the best reading loop over the same array. NumPy does it
// in two products, in the same precision as X. The small one lies in the first cache
// and is called from JavaScript.

import { allocateDoubles, allocateStorage, kernelSet } from '../../dist/kernels/select.js';
import { inProcess, inProgram, inPython } from './contenders.mjs';
import { reading } from './limits.mjs';
import { ofLimit, timesRival } from './targets.mjs';

const large = [
  { rows: 1_000_000, columns: 100, times: 3.5 },
  { rows: 100_000, columns: 100, times: 2.5 },
  { rows: 20_000, columns: 1000, times: 2.5 },
];

/** @returns {import('./measure.mjs').Row[]} */
export function gradientRows({ quick, threads }) {
  const sizes = large.map((size) => ({ ...size, rows: quick ? size.rows / 1000 : size.rows }));
  return [
    ...sizes.map((size) => fromMemory(size, doubles(size.times), threads)),
    ...sizes.map((size) => fromMemory(size, floats, threads)),
    fromJavaScript(1000, 10, threads),
  ];
}

const doubles = (times) => ({
  type: 'f64',
  dtype: 'float64',
  bytes: 8,
  targets: [ofLimit(0.85), timesRival('NumPy', times, { orShare: 0.85, whereLimitUnder: 4.1 })],
});
const floats = { type: 'f32', dtype: 'float32', bytes: 4, targets: [ofLimit(0.8), timesRival('NumPy', 3)] };

function fromMemory({ rows, columns }, { type, dtype, bytes, targets }, threads) {
  return {
    title: `gradient ${rows.toLocaleString('en')} × ${columns}, X in ${dtype}`,
    work: bytes * rows * columns,
    unit: 'GB/s',
    threads,
    prepare: `gradient ${type} ${rows} ${columns}`,
    ours: (set) => inProgram('gradient', set),
    limit: reading,
    rivals: [products(dtype, rows, columns)],
    targets,
  };
}

function fromJavaScript(rows, columns, threads) {
  return {
    title: `gradient ${rows.toLocaleString('en')} × ${columns} in cache, synchronous from JavaScript`,
    work: 8 * rows * columns,
    unit: 'GB/s',
    threads,
    ours: (set) => inProcess(set, gradientOf(set, rows, columns)),
    rivals: [products('float64', rows, columns)],
    targets: [timesRival('NumPy', 3)],
  };
}

/** NumPy's two products. */
export function products(dtype, rows, columns) {
  return inPython({
    name: 'NumPy',
    script: 'limits/blas_rivals.py',
    prepare: `prepare gradient ${dtype} ${rows} ${columns}`,
    request: 'gradient',
    timed: true,
  });
}

/** Of `inProcess`: one gradient in memory that was made before. */
export function gradientOf(set, rows, columns) {
  return (threads) => {
    const sums = kernelSet(set).linear(randomProblem(rows, columns), threads);
    sums.parameters.fill(0.5);
    return { once: () => sums.gradient().run() };
  };
}

/** Squared loss with a weight for each row when `weighted`. */
export function randomProblem(rows, columns, { weighted = false } = {}) {
  const x = allocateStorage(rows * columns, 'float64');
  const y = allocateDoubles(rows);
  const weights = weighted ? allocateDoubles(rows) : undefined;
  for (const storage of [x, y, weights]) if (storage) fillRandom(storage.data);
  weights?.data.forEach((value, i, all) => {
    all[i] = 1 + value / 2;
  });
  const shape = { x, rows, columns, list: undefined, weights, y };
  return { ...shape, loss: 'squared', lossParameter: 0, intercept: false, shift: undefined, scale: undefined };
}

/** Numbers between -1 and 1. */
export function fillRandom(array) {
  let state = 1;
  for (let i = 0; i < array.length; i += 1) {
    state = (state * 48271) % 2147483647;
    array[i] = state / 1073741823.5 - 1;
  }
}
