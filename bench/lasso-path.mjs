// The lasso path of 100 strengths, down to a thousandth of the largest, beside
// scikit-learn's lasso_path on the same numbers, interleaved in one run: its default, with
// the columns in the order it likes best, with a tolerance near ours, and with the Gram
// matrix given for nothing. Both sides have all threads. The gaps say how exact the answers
// are: scikit-learn stops at 1e-4 of ‖y‖², ours at 1e-10 of the gradient. Medians; flags:
// --rounds N (default 5), --rows N, --columns N.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Dataset, kernels, LinearRegression, regularizationPathSync } from 'gradus';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string' }, rows: { type: 'string' }, columns: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? 5);
const rows = Number(flags.rows ?? 10_000);
const columns = Number(flags.columns ?? 500);
const threads = availableParallelism();
const sklearn = await startPython('lasso_rivals.py', { threads });

console.log(`${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, kernels ${kernels().name}`);
console.log(`${sklearn?.version ?? 'python3 has no scikit-learn'}; medians of ${rounds} rounds\n`);

const folder = mkdtempSync(join(tmpdir(), 'gradus-lasso-'));
try {
  for (const correlation of [0, 0.9]) await measure(correlation);
} finally {
  rmSync(folder, { recursive: true });
  sklearn?.stop();
}

async function measure(correlation) {
  const { x, y } = makeRows(correlation);
  const data = Dataset.from(x, y, { columns });
  const model = new LinearRegression({ intercept: false });
  const path = regularizationPathSync(model, data);
  const contenders = { gradus: () => secondsOf(() => regularizationPathSync(model, data)) };
  if (sklearn) {
    const file = join(folder, 'rows');
    writeFileSync(file, Buffer.concat([x, y].map((values) => Buffer.from(values.buffer))));
    await sklearn.measure(`prepare ${rows} ${columns} ${file}`);
    contenders.lasso_path = () => sklearn.measure('lasso_path');
    contenders['lasso_path, columnwise'] = () => sklearn.measure('columnwise');
    contenders['lasso_path, tol 1e-9'] = () => sklearn.measure('tight');
    contenders['lasso_path, Gram given'] = () => sklearn.measure('gram');
  }
  const times = await takeRounds(Object.values(contenders), rounds);
  console.log(`${rows} x ${columns}, correlation ${correlation} of neighbours`);
  console.log(
    `  ${path.nonZeros.at(-1)} coefficients at the end; largest gap ${Math.max(...path.gapBounds).toExponential(1)} ` +
      `of a loss of ${path.losses[0].toPrecision(3)}`,
  );
  const ours = median(times.get(contenders.gradus));
  for (const [name, work] of Object.entries(contenders)) {
    const seconds = median(times.get(work));
    console.log(`  ${name.padEnd(24)} ${(1000 * seconds).toFixed(1).padStart(8)} ms  ${(seconds / ours).toFixed(2)}`);
  }
  console.log('');
}

/** A tenth of the columns matter; the columns are a chain with that correlation. Centred, as lasso_path wants them. */
function makeRows(correlation) {
  const x = new Float64Array(rows * columns);
  const y = new Float64Array(rows);
  let state = 1;
  const uniform = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const truth = Float64Array.from({ length: columns }, (_, j) => (j % 10 === 0 ? normal() : 0));
  for (let i = 0; i < rows; i += 1) {
    let value = normal();
    for (let j = 0; j < columns; j += 1) {
      value = correlation * value + Math.sqrt(1 - correlation ** 2) * normal();
      x[i * columns + j] = value;
      y[i] += value * truth[j];
    }
    y[i] += 3 * normal();
  }
  centre(x, columns);
  centre(y, 1);
  return { x, y };
}

function centre(values, width) {
  for (let j = 0; j < width; j += 1) {
    let sum = 0;
    for (let i = j; i < values.length; i += width) sum += values[i];
    const mean = (sum * width) / values.length;
    for (let i = j; i < values.length; i += width) values[i] -= mean;
  }
}

function secondsOf(work) {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / 1e9;
}
