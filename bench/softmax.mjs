// Loss and gradient of softmax regression: every kernel set on one and on all threads
// beside NumPy's two matrix products and its softmax, interleaved in one run. Work is
// counted as 4 · rows · columns · classes operations, the two products. Medians; flags:
// --rounds N (default 9).

import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { allocateStorage, availableKernelSets, kernelSet } from '../dist/kernels/select.js';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' } } });
const rounds = Number(flags.rounds ?? 9);
const numpy = await startPython('numpy_softmax.py');
const threads = availableParallelism();

console.log(`${cpus()[0]?.model}, Node ${process.version}, ${numpy?.version ?? 'python3 has no NumPy'}`);
console.log(`medians of ${rounds} rounds\n`);
await measure(100_000, 100, 10);
await measure(2000, 100, 10);
await measure(100_000, 10, 3);
await measure(20_000, 100, 100);
numpy?.stop();

async function measure(rows, columns, classes) {
  const contenders = {};
  for (const set of availableKernelSets().reverse()) {
    for (const count of set === 'portable' ? [1] : new Set([threads, 1])) {
      contenders[`${set}, ${count} thread${count > 1 ? 's' : ''}`] = gradientSeconds(
        set,
        count,
        rows,
        columns,
        classes,
      );
    }
  }
  if (numpy) {
    await numpy.measure(`prepare ${rows} ${columns} ${classes}`);
    contenders.NumPy = () => numpy.measure('gradient');
  }
  const times = await takeRounds(Object.values(contenders), rounds);
  const medians = Object.entries(contenders).map(([name, work]) => [name, median(times.get(work))]);
  const first = medians[0][1];
  console.log(`${rows} x ${columns}, ${classes} classes`);
  for (const [name, time] of medians) {
    const speed = ((4 * rows * columns * classes) / time / 1e9).toFixed(1).padStart(6);
    const perRow = ((time / rows) * 1e9).toFixed(1).padStart(8);
    console.log(`  ${name.padEnd(22)} ${perRow} ns a row ${speed} GFLOP/s  ${(time / first).toFixed(2)}x the first`);
  }
  console.log('');
}

function gradientSeconds(set, threadCount, rows, columns, classes) {
  const x = allocateStorage(rows * columns, 'float64');
  const y = allocateStorage(rows, 'float64');
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  for (let i = 0; i < x.data.length; i += 1) x.data[i] = next();
  for (let i = 0; i < rows; i += 1) y.data[i] = Math.floor((next() + 0.5) * classes);
  const sums = kernelSet(set).softmax({ x, y, rows, columns, classes, intercept: true }, threadCount);
  for (let i = 0; i < sums.parameters.length; i += 1) sums.parameters[i] = next();
  return () => {
    const started = process.hrtime.bigint();
    sums.gradient().run();
    return Number(process.hrtime.bigint() - started) / 1e9;
  };
}
