// `npm run bench -- models`: the models beside scikit-learn and statsmodels, each fit through the public `fit` in turn
// with its rival in one run, on the same data; medians of rounds. Every row says where both ended: the norm of the
// gradient of the mean loss, which ours must not exceed unless it is below 1e-10. Flags: --rounds N (default 7), --rows names, --markdown.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { kernels } from 'gradus';
import { exact, modelWorks } from './model-works.mjs';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string' }, rows: { type: 'string' }, markdown: { type: 'boolean' } },
});
const rounds = Number(flags.rounds ?? 7);
const chosen = flags.rows?.split(',');
const unknown = chosen?.find((name) => !modelWorks.some((work) => work.name === name));
if (unknown !== undefined) {
  const names = modelWorks.map(({ name }) => name).join(', ');
  console.error(`gradus: expected --rows to be of ${names}, but got ${unknown}`);
  process.exit(2);
}
const works = modelWorks.filter(({ name }) => chosen?.includes(name) ?? true);
const folder = mkdtempSync(join(tmpdir(), 'gradus-models-'));
const python = await startPython('model_rivals.py');
try {
  const { name, threads } = kernels();
  const machine = `${cpus()[0]?.model}, ${threads} threads, kernels ${name}, Node ${process.version}`;
  console.log(`${machine}\n${python?.version ?? 'without the rivals: python3 lacks scikit-learn or statsmodels'}`);
  console.log(`medians of ${rounds} rounds\n`);
  if (flags.markdown)
    console.log(
      '| work | Gradus | rival | ratio | target | gradient, ours / rival |\n| --- | --- | --- | --- | --- | --- |',
    );
  let met = 0;
  for (const work of works) met += (await measure(work)) ? 1 : 0;
  if (python) console.log(`\n${met} of ${works.length} targets met`);
} finally {
  python?.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function measure({ name, title, target, most, make, calls = 1 }) {
  const made = make();
  let theirs;
  let theirGradient = Number.NaN;
  if (python && made.rival) {
    const [x, y] = ['x', 'y'].map((file) => join(folder, file));
    writeFileSync(x, made.data.x);
    writeFileSync(y, made.data.y);
    await python.ask(`prepare ${made.rival} ${made.data.rows} ${made.data.columns} ${x} ${y}`);
    theirs = () => python.measure('fit');
    await theirs();
    theirGradient = await python.measure('gradient');
  }
  let ending;
  const ours = async () => {
    const started = performance.now();
    ending = await made.run(theirGradient);
    return (performance.now() - started) / calls / 1000;
  };
  const times = await takeRounds(theirs ? [ours, theirs] : [ours], rounds);
  const own = median(times.get(ours));
  const rival = theirs && median(times.get(theirs));
  const ratio = rival && rival / own;
  const fast = (target === undefined || ratio >= target) && (most === undefined || own <= most);
  const asGood = !(ending > Math.max(theirGradient, exact));
  const wanted = [target && `≥ ${target}×`, most && `≤ ${time(most)}`].filter(Boolean).join(', ');
  const verdict = fast && asGood ? 'met' : 'missed';
  const ends = `${ending.toExponential(1)} / ${theirGradient.toExponential(1)}`;
  if (flags.markdown) {
    const cells = [
      title,
      time(own),
      rival ? time(rival) : '',
      ratio ? `${ratio.toFixed(1)}×` : '',
      `${wanted}: ${verdict}`,
      ends,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  } else {
    console.log(`${title} (${name})`);
    console.log(
      `  Gradus ${time(own)}${rival ? `, rival ${time(rival)}: ${ratio.toFixed(1)} times ours` : ''} (target ${wanted}: ${verdict})`,
    );
    console.log(made.rival ? `  gradient ${ends}\n` : '');
  }
  return fast && asGood;
}

function time(seconds) {
  if (seconds < 1e-6) return `${(1e9 * seconds).toFixed(0)} ns`;
  return seconds < 1e-3 ? `${(1e6 * seconds).toFixed(1)} µs` : `${(1e3 * seconds).toFixed(1)} ms`;
}
