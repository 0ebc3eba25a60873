// Native against portable against NumPy and against the machine itself, in one
// run and interleaved, so that all of them see the same conditions. The gradient
// of a tall matrix (bound by memory) and one Newton step go through the public
// `fit`; the Gram matrix (bound by arithmetic) is also timed alone. Medians. The
// limit is what the reading loops and the multiply-adds of bench/native reach over
// an array of that size, before or after the contenders. NumPy and the limit are
// left out with a word where they cannot be had. Flags: --rounds N (default 7),
// --quick (a tenth of the rows).

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { kernels } from 'gradus';
import { measureLimit } from './bandwidth.mjs';
import { buildNative } from './build-native.mjs';
import { epochSeconds, gramSeconds, gramSpecs, handWrittenSeconds, makeData, newtonSeconds } from './contenders.mjs';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' }, quick: { type: 'boolean' } } });
const rounds = Number(flags.rounds ?? 7);
const scale = flags.quick ? 0.1 : 1;
const { name: widest, native, threads, reason } = kernels();
const sets = native ? [widest, 'portable'] : ['portable'];
const bandwidth = buildNative('bandwidth');
const numpy = await startPython('numpy_rivals.py');

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}, kernels ${widest}`,
);
if (reason !== undefined) console.log(`kernels: ${reason}`);
if (bandwidth.reason !== undefined) console.log(`the limit of the machine is not measured: ${bandwidth.reason}`);
console.log(`${numpy?.version ?? 'python3 has no NumPy: compared with portable only'}; medians of ${rounds} rounds\n`);

await gradient(Math.round(1_000_000 * scale), 100);
await secondOrder(Math.round(100_000 * scale), 100);
numpy?.stop();

async function gradient(rows, columns) {
  const data = makeData(rows, columns);
  await numpy?.measure(`prepare ${rows} ${columns}`);
  await measure(rows, columns, [
    {
      title: 'Gradient: one epoch of gradient descent',
      phases: [gradientWork(rows, columns)],
      contenders: {
        ...eachSet((set) => epochSeconds(data, set)),
        'JavaScript loop': () => handWrittenSeconds(data),
        ...rival('NumPy', 'gradient'),
      },
    },
  ]);
}

async function secondOrder(rows, columns) {
  const data = makeData(rows, columns);
  const { plain, weighted } = gramSpecs(data);
  await numpy?.measure(`prepare ${rows} ${columns}`);
  const gram = { bytes: 8 * rows * columns, operations: rows * columns * (columns + 1) };
  await measure(rows, columns, [
    {
      title: 'Newton: one whole step (gradient, Gram matrix, solution, gradient)',
      phases: [gradientWork(rows, columns), gram, gradientWork(rows, columns)],
      contenders: { ...eachSet((set) => newtonSeconds(data, set)), ...rival('NumPy', 'newton') },
    },
    {
      title: 'Gram matrix alone, XᵀX',
      phases: [gram],
      contenders: {
        ...eachSet((set) => gramSeconds(plain, set, threads)),
        ...rival('NumPy x.T @ x', 'gram'),
      },
    },
    {
      title: 'Gram matrix alone, XᵀWX',
      phases: [{ ...gram, operations: gram.operations + rows * columns }],
      contenders: {
        ...eachSet((set) => gramSeconds(weighted, set, threads)),
        ...rival('NumPy x.T @ (x * w)', 'weighted-gram'),
        ...rival('NumPy z = sqrt(w) * x', 'root-gram'),
      },
    },
  ]);
}

/** A multiply-add for the predictor and one for the gradient of each element, which is read once. */
function gradientWork(rows, columns) {
  return { bytes: 8 * rows * columns, operations: 4 * rows * columns };
}

function eachSet(work) {
  return Object.fromEntries(sets.map((set) => [set, () => work(set)]));
}

function rival(name, request) {
  return numpy ? { [name]: () => numpy.measure(request) } : {};
}

/** One warm-up round, then `rounds` rounds of every contender in turn and at rest, between two measurements of the limit. */
async function measure(rows, columns, groups) {
  const before = limitOf(rows, columns);
  const all = groups.flatMap(({ contenders }) => Object.values(contenders));
  const times = await takeRounds(all, rounds);
  const limit = better(before, limitOf(rows, columns));
  const disturbed = limit && limit.all.operationsPerSecond < 0.75 * threads * limit.one.operationsPerSecond;
  console.log(`${rows} x ${columns} float64`);
  if (limit !== undefined) console.log(`  the machine: ${describe(limit)}`);
  if (disturbed) console.log('  something else is running: the threads did not get a processor each, measure again');
  for (const group of groups) print(group, times, disturbed ? undefined : limit);
  console.log('');
}

function limitOf(rows, columns) {
  return bandwidth.program && measureLimit(bandwidth.program, { rows, columns, threads });
}

function better(before, after) {
  if (before === undefined || after === undefined) return before ?? after;
  const best = (which) => ({
    bytesPerSecond: Math.max(before[which].bytesPerSecond, after[which].bytesPerSecond),
    operationsPerSecond: Math.max(before[which].operationsPerSecond, after[which].operationsPerSecond),
  });
  return { one: best('one'), all: best('all') };
}

function describe({ one, all }) {
  const giga = ({ bytesPerSecond, operationsPerSecond }) =>
    `reads ${(bytesPerSecond / 1e9).toFixed(1)} GB/s, multiply-adds ${(operationsPerSecond / 1e9).toFixed(0)} GFLOP/s`;
  return threads > 1 ? `${giga(all)} on ${threads} threads (${giga(one)} on one)` : giga(one);
}

/** The share of the limit is the least time the phases could take, each bound by memory or arithmetic, over the time. */
function print({ title, phases, contenders }, times, limit) {
  const sum = (key) => phases.reduce((total, phase) => total + phase[key], 0);
  const least = phases.reduce((total, { bytes, operations }) => {
    const { bytesPerSecond = Infinity, operationsPerSecond = Infinity } = limit?.all ?? {};
    return total + Math.max(bytes / bytesPerSecond, operations / operationsPerSecond);
  }, 0);
  const ours = median(times.get(Object.values(contenders)[0]));
  console.log(`  ${title}`);
  for (const [name, contender] of Object.entries(contenders)) {
    const seconds = median(times.get(contender));
    const cells = [
      `${(seconds * 1000).toFixed(2).padStart(9)} ms`,
      `${(sum('bytes') / seconds / 1e9).toFixed(1).padStart(6)} GB/s`,
      `${(sum('operations') / seconds / 1e9).toFixed(1).padStart(6)} GFLOP/s`,
      ...(limit ? [`${((100 * least) / seconds).toFixed(0).padStart(3)} % of the limit`] : []),
      ...(seconds === ours ? [] : [`${sets[0]} is ${(seconds / ours).toFixed(2)} times as fast`]),
    ];
    console.log(`    ${name.padEnd(22)} ${cells.join('  ')}`);
  }
}
