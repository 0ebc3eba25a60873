// Native against portable against NumPy, in one run and interleaved, so that all
// of them see the same machine. Two kinds of work through the public `fit`: the
// gradient of a tall matrix (an epoch of gradient descent, bound by memory) and
// the Gram matrix (a Newton step, bound by arithmetic). Medians; NumPy is left
// out when python3 has none. Flags: --rounds N (default 7), --quick (a tenth of the rows).

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Dataset, fit, GradientDescent, kernels, LinearRegression, Newton } from 'gradus';
import { startNumpy } from './numpy.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' }, quick: { type: 'boolean' } } });
const rounds = Number(flags.rounds ?? 7);
const scale = flags.quick ? 0.1 : 1;
const { name: widest, native, threads, reason } = kernels();
const sets = native ? [widest, 'portable'] : ['portable'];
const numpy = await startNumpy();

console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}, kernels ${widest}`,
);
if (reason !== undefined) console.log(`kernels: ${reason}`);
console.log(`${numpy?.version ?? 'python3 has no NumPy: compared with portable only'}; medians of ${rounds} rounds\n`);

await gradient(Math.round(1_000_000 * scale), 100);
await gram(Math.round(100_000 * scale), 100);
numpy?.stop();

async function gradient(rows, columns) {
  const data = makeData(rows, columns);
  const contenders = Object.fromEntries(sets.map((set) => [set, () => epochSeconds(data, set)]));
  contenders['JavaScript loop'] = () => handWrittenSeconds(data);
  if (numpy) {
    await numpy.measure(`prepare ${rows} ${columns}`);
    contenders.NumPy = () => numpy.measure('gradient');
  }
  const medians = await interleave(contenders);
  print(`Gradient, ${rows} x ${columns} float64, one epoch of gradient descent`, medians, {
    bytes: 8 * rows * columns,
    operations: 4 * rows * columns,
  });
}

async function gram(rows, columns) {
  const data = makeData(rows, columns);
  const contenders = Object.fromEntries(sets.map((set) => [set, () => newtonSeconds(data, set)]));
  if (numpy) {
    await numpy.measure(`prepare ${rows} ${columns}`);
    contenders.NumPy = () => numpy.measure('newton');
    contenders['NumPy, Gram matrix alone'] = () => numpy.measure('gram');
  }
  const medians = await interleave(contenders);
  print(`Gram matrix, ${rows} x ${columns} float64, one whole Newton step`, medians, {
    bytes: 3 * 8 * rows * columns,
    operations: rows * columns * (columns + 1) + 8 * rows * columns,
  });
}

function makeData(rows, columns) {
  const data = Dataset.allocate(rows, columns);
  const { x, y } = data;
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 1073741823.5 - 1;
  };
  for (let i = 0; i < x.length; i += 1) x[i] = next();
  for (let i = 0; i < rows; i += 1) y[i] = x[i * columns] + next();
  return data;
}

/** Seconds per epoch, between the ends of the first and the last: what a fit does once is not counted. */
async function epochSeconds(data, set) {
  const optimizer = new GradientDescent({ learningRate: 1e-3 });
  const model = new LinearRegression({ intercept: false });
  const { history } = await fit(model, data, { optimizer, epochs: 5, tolerance: 0, kernels: set });
  return (history.at(-1).elapsedMs - history[0].elapsedMs) / (history.length - 1) / 1000;
}

/** Seconds from the start of the loop to the end of the first Newton iteration. */
async function newtonSeconds(data, set) {
  const model = new LinearRegression({ intercept: false });
  const { history } = await fit(model, data, { optimizer: new Newton(), epochs: 1, kernels: set });
  return history[0].elapsedMs / 1000;
}

/** What portable is measured by: one thread, eight accumulators, no library. */
function handWrittenSeconds({ x, y, rows, columns }) {
  const theta = new Float64Array(columns);
  const sum = new Float64Array(columns);
  const started = performance.now();
  let loss = 0;
  for (let i = 0; i < rows; i += 1) {
    const at = i * columns;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    let j = 0;
    for (; j + 8 <= columns; j += 8) {
      a += x[at + j] * theta[j];
      b += x[at + j + 1] * theta[j + 1];
      c += x[at + j + 2] * theta[j + 2];
      d += x[at + j + 3] * theta[j + 3];
      e += x[at + j + 4] * theta[j + 4];
      f += x[at + j + 5] * theta[j + 5];
      g += x[at + j + 6] * theta[j + 6];
      h += x[at + j + 7] * theta[j + 7];
    }
    for (; j < columns; j += 1) a += x[at + j] * theta[j];
    const residual = a + b + c + d + e + f + g + h - y[i];
    loss += 0.5 * residual * residual;
    for (j = 0; j < columns; j += 1) sum[j] += residual * x[at + j];
  }
  if (!Number.isFinite(loss)) throw new Error('the hand-written loop met a number that is not finite');
  return (performance.now() - started) / 1000;
}

/** One warm-up round, then `rounds` rounds of every contender in turn; the median of each. */
async function interleave(contenders) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, measure] of Object.entries(contenders)) {
      const seconds = await measure();
      if (round > 0) times[name].push(seconds);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

function median(values) {
  const sorted = [...values].sort((u, v) => u - v);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function print(title, medians, { bytes, operations }) {
  console.log(title);
  const first = Object.values(medians)[0];
  for (const [name, seconds] of Object.entries(medians)) {
    const alone = name.endsWith('alone');
    const rates = alone
      ? ''
      : `${(bytes / seconds / 1e9).toFixed(1).padStart(6)} GB/s ${(operations / seconds / 1e9).toFixed(1).padStart(6)} GFLOP/s`;
    const ratio = name === sets[0] ? '' : `  ${sets[0]} is ${(seconds / first).toFixed(2)}x as fast`;
    console.log(`  ${name.padEnd(25)} ${(seconds * 1000).toFixed(2).padStart(9)} ms ${rates.padEnd(28)}${ratio}`);
  }
  console.log('');
}
