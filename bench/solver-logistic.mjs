// L-BFGS on a built-in model: the mean logistic loss with a ridge penalty, 100,000 ×
// 100, through `fit`, beside SciPy's L-BFGS-B with the same objective in NumPy. Both
// stop at the same bound of the gradient, which SciPy holds against its largest
// component and we against its Euclidean norm. In turn, medians of rounds. Flags:
// --rows, --columns, --rounds.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Dataset, fit, kernels, LBFGS, LogisticRegression, l2 } from 'gradus';
import { fillRandom } from './limits/gradient.mjs';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({
  options: { rows: { type: 'string' }, columns: { type: 'string' }, rounds: { type: 'string' } },
});
const rows = Number(flags.rows ?? 100_000);
const columns = Number(flags.columns ?? 100);
const rounds = Number(flags.rounds ?? 5);
const ridge = 1e-4;
const tolerance = 1e-6;

const { data, labels } = makeData();
const model = new LogisticRegression({ intercept: false, penalty: l2(ridge) });
const optimizer = new LBFGS({ memory: 10 });
const folder = mkdtempSync(join(tmpdir(), 'gradus-logistic-'));
const python = await startPython('scipy_logistic.py');
try {
  const [xFile, yFile] = ['x', 'y'].map((name) => join(folder, name));
  if (python) {
    writeFileSync(xFile, data.x);
    writeFileSync(yFile, labels);
    await python.ask(`prepare ${rows} ${columns} ${xFile} ${yFile} ${ridge} ${tolerance}`);
  }
  let last;
  const ours = async () => {
    const started = performance.now();
    last = await fit(model, data, { optimizer, tolerance });
    return (performance.now() - started) / 1000;
  };
  const theirs = () => python.measure('lbfgsb');
  const times = await takeRounds([ours, ...(python ? [theirs] : [])], rounds);
  const { name, threads } = kernels();
  console.log(`${cpus()[0]?.model}, ${threads} threads, kernels ${name}, ${python?.version ?? 'without SciPy'}`);
  console.log(`logistic loss, ${rows} × ${columns}, to a gradient of ${tolerance}; medians of ${rounds} rounds`);
  console.log(
    `  Gradus  ${(1e3 * median(times.get(ours))).toFixed(1)} ms   ${last.status}, ${last.evaluations} evaluations`,
  );
  if (python) {
    const ratio = median(times.get(theirs)) / median(times.get(ours));
    const verdict = ratio >= 3 ? 'met' : 'missed';
    console.log(
      `  SciPy   ${(1e3 * median(times.get(theirs))).toFixed(1)} ms   ${ratio.toFixed(1)} times ours (target 3: ${verdict})`,
    );
  }
} finally {
  python?.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Columns of different scale, so that the method has something to do. */
function makeData() {
  const x = new Float64Array(rows * columns);
  fillRandom(x);
  const labels = new Float64Array(rows);
  const noise = new Float64Array(rows);
  fillRandom(noise);
  for (let i = 0; i < rows; i += 1) {
    let eta = noise[i];
    for (let j = 0; j < columns; j += 1) {
      x[i * columns + j] *= 10 ** ((j % 10) / 10 - 0.5);
      eta += x[i * columns + j] * Math.sin(j);
    }
    labels[i] = eta > 0 ? 1 : 0;
  }
  return { data: Dataset.from(x, labels, { columns }), labels };
}
