// Every solver beside SciPy's corresponding method on the 35 problems of Moré, Garbow
// and Hillstrom from the standard starts, both after a gradient of 1e-8. For each
// problem: evaluations until Σ r² is at a known minimum (`isSolved`), and in all until
// the method stops by itself. Nothing is timed here. Flags: --methods BFGS,LBFGS,
// --problems 1,18, --markdown (only the summary, as a table), --alone (without SciPy),
// --save FILE (SciPy's figures, for test/fixtures/more-garbow-hillstrom-scipy.json).

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPython } from './python.mjs';
import { median } from './rounds.mjs';
import { judged, pairs } from './solver-runs.mjs';

const { values: flags } = parseArgs({
  options: {
    methods: { type: 'string' },
    problems: { type: 'string' },
    markdown: { type: 'boolean' },
    alone: { type: 'boolean' },
    save: { type: 'string' },
  },
});
const methods = flags.methods?.split(',');
const numbers = flags.problems?.split(',').map(Number);
const python = flags.alone ? undefined : await startPython('scipy_problems.py');
console.log(
  `Node ${process.version}, ${python?.version ?? 'without SciPy'}. Evaluations until a minimum is reached (until the stop)\n`,
);
const chosen = pairs.filter(({ name }) => methods === undefined || methods.includes(name));
const missing = chosen.filter(({ inBuild }) => !inBuild).map(({ title }) => title);
const figures = {};
const summary = [];
for (const pair of chosen) if (pair.inBuild) summary.push(await compare(pair));
python?.stop();
if (flags.save) {
  const made = { scipy: python.version, 'made by': 'node bench/solvers.mjs --save FILE', figures };
  writeFileSync(flags.save, JSON.stringify(made));
}
if (flags.markdown) printMarkdown();
else for (const line of summary) console.log(sentence(line));
if (missing.length > 0) console.log(`\nnot in this build: ${missing.join(', ')}`);

/** The table of one method, and its line of the summary. */
async function compare({ title, rival, problems, run }) {
  const chosen = problems.filter(({ number }) => numbers === undefined || numbers.includes(number));
  const print = flags.markdown ? () => {} : console.log;
  print(`${title} / SciPy ${rival}`);
  const rows = [];
  const saved = {};
  figures[rival] = saved;
  for (const problem of chosen) {
    const ours = run(problem);
    const theirs = python && judged(problem, JSON.parse(await python.ask(`${problem.number} ${rival}`)));
    rows.push({ ours, theirs });
    if (theirs) saved[problem.number] = [theirs.toMinimum, theirs.evaluations];
    const head = `${String(problem.number).padStart(4)} ${problem.name.padEnd(38)} n ${String(problem.size).padStart(2)}`;
    print(`${head}  ${cell(ours)} ${theirs === undefined ? '' : `/ ${cell(theirs)}`}  ${ours.status}`);
  }
  print('');
  const both = rows.filter(({ ours, theirs }) => ours.solved && theirs?.solved);
  const ratio = (key) => median(both.map(({ ours, theirs }) => ours[key] / theirs[key]));
  return {
    title,
    rival,
    count: rows.length,
    solved: rows.filter(({ ours }) => ours.solved).length,
    theirs: rows.filter(({ theirs }) => theirs?.solved).length,
    toMinimum: ratio('toMinimum'),
    evaluations: ratio('evaluations'),
  };
}

function cell({ solved, toMinimum, evaluations, value }) {
  const text = solved ? `${toMinimum} (${evaluations})` : `${Number(value).toExponential(2)} after ${evaluations}`;
  return `${solved ? ' ' : '!'} ${text}`.padEnd(24);
}

function sentence({ title, rival, count, solved, theirs, toMinimum, evaluations }) {
  const ours = `${title.padEnd(21)} solved ${solved} of ${count}`;
  if (python === undefined) return ours;
  const ratios = `${toMinimum.toFixed(2)} to the minimum, ${evaluations.toFixed(2)} to the stop`;
  return `${ours} (SciPy ${rival} ${theirs}), median ratio of evaluations ${ratios}`;
}

function printMarkdown() {
  console.log('| method | solved | SciPy | solved | evaluations to the minimum, ours / SciPy (median) | to the stop |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { title, rival, count, solved, theirs, toMinimum, evaluations } of summary) {
    const figures = [
      title,
      `${solved} of ${count}`,
      `\`${rival}\``,
      theirs,
      toMinimum.toFixed(2),
      evaluations.toFixed(2),
    ];
    console.log(`| ${figures.join(' | ')} |`);
  }
}
