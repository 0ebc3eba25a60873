// Stochastic gradient descent on one thread: native against portable against
// scikit-learn's SGDRegressor and SGDClassifier, interleaved in one run. The same work for
// all: a constant rate, shuffled rows, the same number of epochs, no stop rule (so the
// objective is evaluated at the end only; what an evaluation after every epoch costs is
// shown beside squared loss). Logistic loss has no model yet: there the job of the kernels
// is timed, the evaluation at the end included. Medians; flags:
// --rounds N (default 5), --loss squared or logistic.

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Dataset, fit, kernels, LinearRegression, SGD } from 'gradus';
import { allocateStorage, availableKernelSets, kernelSet } from '../dist/kernels/select.js';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' }, loss: { type: 'string' } } });
const rounds = Number(flags.rounds ?? 5);
const { name: widest, native } = kernels();
const sklearn = await startPython('sklearn_rivals.py');

console.log(`${cpus()[0]?.model}, 1 thread, Node ${process.version}, kernels ${widest}`);
console.log(`${sklearn?.version ?? 'python3 has no scikit-learn'}; medians of ${rounds} rounds\n`);
// In memory, then in the second cache: rows in random order wait for memory first.
for (const loss of flags.loss ? [flags.loss] : ['squared', 'logistic']) {
  await measure(loss, 100_000, 10, 1, 10);
  await measure(loss, 2000, 10, 1, 500);
  await measure(loss, 100_000, 100, 1, 10);
  await measure(loss, 2000, 100, 1, 500);
}
await measure('squared', 20_000, 100, 32, 50);
sklearn?.stop();

async function measure(loss, rows, columns, batchSize, epochs) {
  const data = loss === 'logistic' ? makeClasses(rows, columns) : makeData(rows, columns);
  const contenders = {};
  if (loss === 'logistic') {
    for (const set of availableKernelSets().reverse()) contenders[set] = () => logisticSeconds(data, set, epochs);
  } else {
    contenders[widest] = () => seconds(data, widest, batchSize, epochs, epochs);
    contenders[`${widest}, every epoch evaluated`] = () => seconds(data, widest, batchSize, epochs, 1);
    if (native) contenders.portable = () => seconds(data, 'portable', batchSize, epochs, epochs);
  }
  if (sklearn && batchSize === 1) {
    await sklearn.measure(`prepare ${rows} ${columns} ${epochs} ${loss}`);
    contenders['scikit-learn'] = () => sklearn.measure('sgd');
  }
  const times = await takeRounds(Object.values(contenders), rounds);
  const medians = Object.fromEntries(Object.entries(contenders).map(([name, work]) => [name, median(times.get(work))]));
  console.log(
    `${loss} loss, ${rows} x ${columns} float64, ${batchSize === 1 ? 'one row a step' : `batches of ${batchSize}`}, ${epochs} epochs`,
  );
  for (const [name, time] of Object.entries(medians)) {
    const perRow = (time / rows / epochs) * 1e9;
    const ratio = name === widest ? '' : `  ${widest} is ${(time / medians[widest]).toFixed(2)}x as fast`;
    const rate = `${(1e3 / perRow).toFixed(1).padStart(6)} M rows/s`;
    console.log(`  ${name.padEnd(32)} ${perRow.toFixed(1).padStart(8)} ns a row ${rate}${ratio}`);
  }
  console.log('');
}

function makeData(rows, columns) {
  const data = Dataset.allocate(rows, columns);
  fill(data.x, data.y, columns, (target) => target);
  return data;
}

/** The same as the kernels see it, with classes 0 and 1. */
function makeClasses(rows, columns) {
  const x = allocateStorage(rows * columns, 'float64');
  const y = allocateStorage(rows, 'float64');
  fill(x.data, y.data, columns, (target) => Number(target > 0));
  return { x, y, rows, columns };
}

function fill(x, y, columns, targetOf) {
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  for (let i = 0; i < x.length; i += 1) x[i] = next();
  for (let i = 0; i < y.length; i += 1) y[i] = targetOf(x[i * columns] + 0.2 * next());
}

/** Of a whole fit: copying the targets, the evaluation at the start and at the end are in it. */
async function seconds(data, set, batchSize, epochs, evaluateEvery) {
  const optimizer = new SGD({ learningRate: 1e-3 });
  const options = { optimizer, batchSize, epochs, evaluateEvery, tolerance: 0, kernels: set, threads: 1 };
  const { elapsedMs } = await fit(new LinearRegression(), data, options);
  return elapsedMs / 1000;
}

/** Of a span of all epochs: making it, and the evaluation at the end are in it. */
function logisticSeconds(data, set, epochs) {
  const started = process.hrtime.bigint();
  const { x, rows, columns, y } = data;
  const train = { x, rows, columns, y, loss: 'logistic', lossParameter: 0, intercept: true };
  const steps = { rule: 'sgd', l2: 0, batchSize: 1, replacement: false, seed: 1 };
  const span = kernelSet(set).span({ train, ...steps, recordsMost: 1, scalarsMost: 1 }, 1);
  span.scalars[0] = 1e-2;
  const quota = { steps: rows * epochs, records: 1, evaluateEvery: epochs, lastEpoch: epochs, scalarsPerStep: false };
  span.run(quota).run();
  span.dispose();
  return Number(process.hrtime.bigint() - started) / 1e9;
}
