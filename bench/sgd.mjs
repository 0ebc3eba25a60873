// Stochastic gradient descent on one thread: native against portable against
// scikit-learn's SGDRegressor, interleaved in one run. The same work for all:
// squared loss, a constant rate, shuffled rows, the same number of epochs, no stop
// rule (so the objective is evaluated at the end only; what an evaluation after
// every epoch costs is shown beside). Medians; flags: --rounds N (default 5).

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Dataset, fit, kernels, LinearRegression, SGD } from 'gradus';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' } } });
const rounds = Number(flags.rounds ?? 5);
const { name: widest, native } = kernels();
const sklearn = await startPython('sklearn_rivals.py');

console.log(`${cpus()[0]?.model}, 1 thread, Node ${process.version}, kernels ${widest}`);
console.log(`${sklearn?.version ?? 'python3 has no scikit-learn'}; medians of ${rounds} rounds\n`);
// In memory, then in the second cache: rows in random order wait for memory first.
await measure(100_000, 10, 1, 10);
await measure(2000, 10, 1, 500);
await measure(100_000, 100, 1, 10);
await measure(2000, 100, 1, 500);
await measure(20_000, 100, 32, 50);
sklearn?.stop();

async function measure(rows, columns, batchSize, epochs) {
  const data = makeData(rows, columns);
  const contenders = { [widest]: () => seconds(data, widest, batchSize, epochs, epochs) };
  contenders[`${widest}, every epoch evaluated`] = () => seconds(data, widest, batchSize, epochs, 1);
  if (native) contenders.portable = () => seconds(data, 'portable', batchSize, epochs, epochs);
  if (sklearn && batchSize === 1) {
    await sklearn.measure(`prepare ${rows} ${columns} ${epochs}`);
    contenders['scikit-learn'] = () => sklearn.measure('sgd');
  }
  const times = await takeRounds(Object.values(contenders), rounds);
  const medians = Object.fromEntries(Object.entries(contenders).map(([name, work]) => [name, median(times.get(work))]));
  console.log(
    `${rows} x ${columns} float64, ${batchSize === 1 ? 'one row a step' : `batches of ${batchSize}`}, ${epochs} epochs`,
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
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  for (let i = 0; i < data.x.length; i += 1) data.x[i] = next();
  for (let i = 0; i < rows; i += 1) data.y[i] = data.x[i * columns] + 0.2 * next();
  return data;
}

/** Of a whole fit: copying the targets, the evaluation at the start and at the end are in it. */
async function seconds(data, set, batchSize, epochs, evaluateEvery) {
  const optimizer = new SGD({ learningRate: 1e-3 });
  const options = { optimizer, batchSize, epochs, evaluateEvery, tolerance: 0, kernels: set, threads: 1 };
  const { elapsedMs } = await fit(new LinearRegression(), data, options);
  return elapsedMs / 1000;
}
