// How the cost of a gradient, a Gram matrix and a Cholesky factorisation grows with the
// rows, the columns and the threads, measured and drawn: docs/img/scaling.svg. The
// contenders of a size take turns; medians of rounds. Flags: --rounds N (default 3),
// --quick (small sizes), --out FILE.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/commands.mjs';
import { inProcess, inProgram } from './limits/contenders.mjs';
import { gradientOf, products } from './limits/gradient.mjs';
import { measureRow } from './limits/measure.mjs';
import { startSession } from './limits/session.mjs';
import { scalingPicture } from './scaling-picture.mjs';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string' }, quick: { type: 'boolean' }, out: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
const session = await startSession({ quick: flags.quick });
if (session.program === undefined) {
  console.error(`gradus: the native program was not built: ${session.reason}`);
  process.exit(1);
}
const { threads } = session;
const widest = session.nativeSets[0];
const upTo = (limit, sizes) => sizes.filter((size) => size <= (flags.quick ? limit / 50 : limit));
const all = `${threads} threads`;
const allRows = [100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
const allColumns = [5, 10, 20, 50, 100, 200, 500, 1000, 2000];

console.log(session.describe());
const byRows = [];
for (const n of upTo(1_000_000, allRows)) {
  const seconds = await timesOf(`gradient f64 ${n} 100`, [
    native('gradient', all, threads),
    native('gradient', '1 thread', 1),
    products('float64', n, 100),
    inProcess('portable', gradientOf('portable', n, 100)),
  ]);
  byRows.push({ n, seconds });
}
const byColumns = [];
for (const d of upTo(2000, allColumns)) {
  const seconds = new Map();
  const works = { gradient: `gradient f64 10000 ${d}`, gram: `gram 10000 ${d}`, cholesky: `cholesky ${d}` };
  for (const [work, prepare] of Object.entries(works)) {
    const times = await timesOf(prepare, [native(work, work, threads)]);
    seconds.set(work, times.get(work));
  }
  byColumns.push({ d, seconds });
}
const byThreads = { gradient: [], gram: [], cholesky: [] };
for (const n of upTo(1_000_000, allRows)) byThreads.gradient.push(await speedUp('gradient', `gradient f64 ${n} 100`));
for (const n of upTo(100_000, allRows)) byThreads.gram.push(await speedUp('gram', `gram ${n} 100`));
for (const n of upTo(2000, allColumns)) byThreads.cholesky.push(await speedUp('cholesky', `cholesky ${n}`));
session.stop();

const out = flags.out ?? join(root, 'docs', 'img', 'scaling.svg');
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, scalingPicture({ machine: session.describe(), widest, threads, byRows, byColumns, byThreads }));
console.log(`written: ${out}`);

/** Median seconds of each contender, by its name. */
async function timesOf(prepare, contenders) {
  const row = {
    title: '',
    work: 1,
    unit: 'GB/s',
    threads,
    prepare,
    rivals: contenders,
    targets: [],
  };
  const { rivals, disturbed } = await measureRow(row, session, rounds);
  if (disturbed) console.log(`${prepare}: something else is running, the threads did not get a processor each`);
  return new Map(rivals.map(({ name, seconds }) => [name, seconds]));
}

async function speedUp(work, prepare) {
  const times = await timesOf(prepare, [native(work, 'one', 1), native(work, 'all', threads)]);
  return { seconds: times.get('one'), speedUp: times.get('one') / times.get('all') };
}

/** A work of the widest set on so many threads, under a name of its own. */
function native(work, name, count) {
  const contender = inProgram(work, widest);
  return { name, start: (running) => contender.start(running, count) };
}
