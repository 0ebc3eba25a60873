// Every solver beside SciPy's corresponding method on the 35 problems of Moré, Garbow
// and Hillstrom from the standard starts, both after a gradient of 1e-8. For each
// problem: evaluations until Σ r² is at a known minimum (`isSolved`), and in all until
// the method stops by itself. Nothing is timed here. Flags: --methods BFGS,LBFGS,
// --problems 1,18, --markdown (only the summary, as a table), --alone (without SciPy).

import { parseArgs } from 'node:util';
import { hessianOfSquares, isSolved, problems, sumOfSquares } from './problems/more-garbow-hillstrom.mjs';
import { startPython } from './python.mjs';
import { median } from './rounds.mjs';

const gradus = await import('gradus');
const tolerance = 1e-8;
const maxIterations = 10_000;
// The methods that know no gradients are for few parameters.
const mostWithoutGradient = 6;

/** Ours, SciPy's, and what of the problem ours is given. */
const pairs = [
  { name: 'LevenbergMarquardt', rival: 'lm', run: leastSquares },
  { name: 'GaussNewton', rival: 'lm', run: leastSquares },
  { name: 'BFGS', rival: 'BFGS', run: minimise },
  { name: 'LBFGS', rival: 'L-BFGS-B', run: minimise },
  { name: 'LBFGSB', rival: 'L-BFGS-B', run: minimise },
  { name: 'ConjugateGradient', rival: 'CG', run: minimise },
  { name: 'Newton', rival: 'trust-exact', run: minimiseWithHessian },
  { name: 'TrustRegion', rival: 'trust-exact', run: minimiseWithHessian },
  { name: 'TrustRegion', options: { subproblem: 'steihaug' }, rival: 'trust-ncg', run: minimiseWithHessian },
  { name: 'NelderMead', rival: 'Nelder-Mead', run: minimiseValues, most: mostWithoutGradient },
];

const { values: flags } = parseArgs({
  options: {
    methods: { type: 'string' },
    problems: { type: 'string' },
    markdown: { type: 'boolean' },
    alone: { type: 'boolean' },
  },
});
const methods = flags.methods?.split(',');
const numbers = flags.problems?.split(',').map(Number);
const python = flags.alone ? undefined : await startPython('scipy_problems.py');
console.log(
  `Node ${process.version}, ${python?.version ?? 'without SciPy'}. Evaluations until a minimum is reached (until the stop)\n`,
);
const missing = [];
const summary = [];
for (const pair of pairs) {
  if (methods !== undefined && !methods.includes(pair.name)) continue;
  if (gradus[pair.name] === undefined) missing.push(pair.name);
  else summary.push(await compare(pair));
}
python?.stop();
if (flags.markdown) printMarkdown();
else for (const line of summary) console.log(sentence(line));
if (missing.length > 0) console.log(`\nnot in this build: ${[...new Set(missing)].join(', ')}`);

/** The table of one method, and its line of the summary. */
async function compare({ name, options, rival, run, most = Number.POSITIVE_INFINITY }) {
  const title = options === undefined ? name : `${name} ${Object.values(options).join(' ')}`;
  const chosen = problems.filter(
    ({ number, size }) => size <= most && (numbers === undefined || numbers.includes(number)),
  );
  const print = flags.markdown ? () => {} : console.log;
  print(`${title} / SciPy ${rival}`);
  const rows = [];
  for (const problem of chosen) {
    const ours = judged(problem, tried(run, problem, new gradus[name](options)));
    const theirs = python && judged(problem, JSON.parse(await python.ask(`${problem.number} ${rival}`)));
    rows.push({ ours, theirs });
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

/** A throw is a failure of the solver, which must not stop the others. */
function tried(run, problem, optimizer) {
  try {
    return run(problem, optimizer);
  } catch (error) {
    return { value: Number.NaN, evaluations: 0, falls: [], status: `threw: ${error.message}` };
  }
}

function judged(problem, { value, evaluations, others, falls, status = '' }) {
  const solved = value !== null && isSolved(problem, value);
  // A trial may have been below the local minimum where the run ends.
  const [reached] = falls.find(([, low]) => isSolved(problem, low)) ?? [evaluations];
  return { solved, evaluations, others, status, value, toMinimum: solved ? reached : Number.NaN };
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

/** What counts evaluations and remembers which of them lowered the value, for SciPy's side and ours the same. */
function counter() {
  const falls = [];
  let evaluations = 0;
  let lowest = Number.POSITIVE_INFINITY;
  return {
    falls,
    saw(value) {
      evaluations += 1;
      if (value < lowest) {
        lowest = value;
        falls.push([evaluations, value]);
      }
      return value;
    },
    outcome(problem, { parameters, status }, others) {
      const value = sumOfSquares(problem)(parameters, new Float64Array(problem.size));
      return { value, evaluations, others, falls, status };
    },
  };
}

function minimise(problem, optimizer) {
  const { saw, outcome } = counter();
  const evaluate = sumOfSquares(problem);
  const counted = { evaluate: (p, gradient) => saw(evaluate(p, gradient)) };
  const result = gradus.minimizeSync(counted, problem.start, { optimizer, maxIterations, tolerance });
  return outcome(problem, result, 0);
}

/** Hessians are not evaluations: their differences stand for what a user would write down. */
function minimiseWithHessian(problem, optimizer) {
  const { saw, outcome } = counter();
  const evaluate = sumOfSquares(problem);
  const hessian = hessianOfSquares(problem);
  let hessians = 0;
  const counted = {
    evaluate: (p, gradient) => saw(evaluate(p, gradient)),
    hessian(p, out) {
      hessians += 1;
      hessian(p, out);
    },
  };
  const result = gradus.minimizeSync(counted, problem.start, { optimizer, maxIterations, tolerance });
  return outcome(problem, result, hessians);
}

function minimiseValues(problem, optimizer) {
  const { saw, outcome } = counter();
  const evaluate = sumOfSquares(problem);
  const unused = new Float64Array(problem.size);
  const result = gradus.minimizeSync({ value: (p) => saw(evaluate(p, unused)) }, problem.start, {
    optimizer,
    maxIterations,
    tolerance,
  });
  return outcome(problem, result, 0);
}

function leastSquares(problem, optimizer) {
  const { saw, outcome } = counter();
  let jacobians = 0;
  const counted = {
    size: problem.residualCount,
    residuals(p, out) {
      problem.residuals(p, out);
      saw(out.reduce((sum, r) => sum + r * r, 0));
    },
    jacobian(p, out) {
      jacobians += 1;
      problem.jacobian(p, out);
    },
  };
  const result = gradus.leastSquaresSync(counted, problem.start, { optimizer, maxIterations, tolerance });
  return outcome(problem, result, jacobians);
}
