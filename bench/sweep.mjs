// The rate of the native kernels over many sizes, to see that there are no cliffs: tiny
// and odd sizes, primes, one below and above each edge of a tile, a leaf or a cache.
// Where the problem grows the rate should grow too; a size that falls below 60 % of the
// best smaller one is marked, and the deepest fall of each set is named at the end of a
// list. One thread unless told otherwise: on more, waking them is what short calls show.
// Flags: --works gradient,gram,cholesky, --rounds N (default 3), --threads N, --quick
// (every tenth size).

import { parseArgs } from 'node:util';
import { inProgram } from './limits/contenders.mjs';
import { measureRow } from './limits/measure.mjs';
import { startSession } from './limits/session.mjs';

const { values: flags } = parseArgs({
  options: {
    works: { type: 'string' },
    rounds: { type: 'string' },
    threads: { type: 'string' },
    quick: { type: 'boolean' },
  },
});
const cliff = 0.6;
const cached = 2 ** 17; // numbers of X in the second cache: 1 MB
const columns = around(
  [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 100, 128, 192, 256, 384, 512, 768, 1000, 1024],
  [5, 61, 521],
);
const wide = around([2048, 4096], [1999, 4999, 10_007]);
const rows = around([1, 2, 8, 16, 64, 128, 512, 1024, 2000], [5, 31, 97, 251, 773, 1511]);
const orders = around(
  [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 100, 128, 144, 192, 256, 384, 500, 512, 768, 1000, 1024, 1536],
  [5, 61, 211, 521, 1201],
);

const lists = {
  gradient: [
    gradients('gradient by columns, X of 1 MB', [...columns, ...wide], (d) => [Math.ceil(cached / d), d]),
    gradients('gradient by columns, X of 64 MB', every(4, [...columns, ...wide]), (d) => [Math.ceil(2 ** 23 / d), d]),
    gradients('gradient by rows, 10 columns', rows, (n) => [n, 10]),
    gradients('gradient by rows, 100 columns', rows, (n) => [n, 100]),
  ],
  gram: [
    grams('XᵀWX by columns, X of 1 MB or 512 rows', columns, (d) => [Math.max(512, Math.ceil(cached / d)), d]),
    grams('XᵀWX by rows, 100 columns', rows, (n) => [n, 100]),
  ],
  cholesky: [
    {
      title: 'Cholesky by order',
      unit: 'GFLOP/s',
      sizes: orders,
      row: (n) => ({ prepare: `cholesky ${n}`, work: n ** 3 / 3, ours: (set) => inProgram('cholesky', set) }),
    },
  ],
};

const works = flags.works?.split(',') ?? Object.keys(lists);
const unknown = works.find((name) => !Object.hasOwn(lists, name));
if (unknown !== undefined) {
  console.error(`gradus: expected --works to be of ${Object.keys(lists).join(', ')}, but got ${unknown}`);
  process.exit(2);
}
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
const session = await startSession(flags.quick ? { quick: true } : { warmUpMs: 3, measureMs: 10 });
if (session.program === undefined) {
  console.error(`gradus: the native program was not built: ${session.reason}`);
  process.exit(1);
}
const threads = Number(flags.threads ?? 1);
console.log(session.describe());
console.log(`${session.method()}; medians of ${rounds} rounds, ${threads} ${threads === 1 ? 'thread' : 'threads'}\n`);
for (const list of works.flatMap((name) => lists[name])) await sweep(list);
session.stop();

async function sweep({ title, unit, sizes, row }) {
  const sets = session.nativeSets;
  console.log(`${title}, ${unit}`);
  console.log(['', ...sets].map((text) => text.padStart(10)).join(''));
  const best = new Map(sets.map((set) => [set, 0]));
  const deepest = new Map(sets.map((set) => [set, { fall: 1 }]));
  for (const size of flags.quick ? every(10, sizes) : sizes) {
    const described = { title, unit, threads, sets, targets: [], watched: false, ...row(size) };
    const { ours } = await measureRow(described, session, rounds);
    const cells = ours.map(({ set, rate }) => {
      const fall = rate / best.get(set);
      if (fall < deepest.get(set).fall) deepest.set(set, { fall, size });
      best.set(set, Math.max(best.get(set), rate));
      return `${(rate / 1e9).toFixed(2)}${fall < cliff ? '!' : ' '}`.padStart(10);
    });
    console.log(`${size}`.padStart(10) + cells.join(''));
  }
  const falls = [...deepest].map(([set, { fall, size }]) =>
    size === undefined ? `${set} never` : `${set} to ${(100 * fall).toFixed(0)} % at ${size}`,
  );
  console.log(`    falls below a smaller size: ${falls.join(', ')}\n`);
}

function gradients(title, sizes, shape) {
  const row = (size) => {
    const [n, d] = shape(size);
    return { prepare: `gradient f64 ${n} ${d}`, work: 8 * n * d, ours: (set) => inProgram('gradient', set) };
  };
  return { title, unit: 'GB/s', sizes, row };
}

function grams(title, sizes, shape) {
  const row = (size) => {
    const [n, d] = shape(size);
    return { prepare: `gram ${n} ${d}`, work: n * d ** 2, ours: (set) => inProgram('gram', set) };
  };
  return { title, unit: 'GFLOP/s', sizes, row };
}

/** The edges, one below and one above each, and some others, in order. */
function around(edges, others) {
  const sizes = edges.flatMap((edge) => [edge - 1, edge, edge + 1]).filter((size) => size > 0);
  return [...new Set([...sizes, ...others])].sort((one, other) => one - other);
}

function every(stride, sizes) {
  return sizes.filter((_, i) => i % stride === 0);
}
