// What an iteration of L-BFGS costs beside the function itself: `minimizeSync` on
// Rosenbrock's function (run over and over; the share of beginning and ending a run is in
// the figure, and printed by itself) and on two cheap functions of 1000 parameters, where
// SciPy's L-BFGS-B with the same memory runs the function in NumPy. In turn, medians of rounds, beside the cost of
// the function alone and of the two loops of L-BFGS alone, as plain JavaScript. Flags:
// --rounds N (default 7).

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { LBFGS, minimizeSync } from 'gradus';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' } } });
const rounds = Number(flags.rounds ?? 7);

const memory = 10;

const works = [
  {
    title: "Rosenbrock's function, 2 parameters, a new run after each",
    name: 'rosenbrock',
    size: 2,
    iterations: 3000,
    // Of ours, so that it is compiled: a service that fits many small functions sees no other.
    atLeast: 60_000,
    tolerance: 1e-8,
    evaluate: rosenbrock,
    target: { text: '≤ 2 µs', met: (ours) => ours <= 2e-6 },
  },
  {
    title: 'chained Rosenbrock, 1000 parameters',
    name: 'chained',
    size: 1000,
    iterations: 300,
    tolerance: 0,
    evaluate: chainedRosenbrock,
    target: { text: '≤ 1/20 of SciPy on one thread', met: (ours, theirs) => ours <= theirs / 20 },
  },
  {
    title: 'quadratic with a diagonal matrix, 1000 parameters',
    name: 'quadratic',
    size: 1000,
    iterations: 300,
    tolerance: 0,
    evaluate: quadratic(1000),
    target: { text: '≤ 1/20 of SciPy on one thread', met: (ours, theirs) => ours <= theirs / 20 },
  },
];

// With more threads than one OpenBLAS waits for them over a handful of numbers: SciPy is at its best with one.
const python = await startPython('scipy_speed.py', { threads: 1 });
const usual = await startPython('scipy_speed.py');
console.log(`${cpus()[0]?.model}, Node ${process.version}, ${python?.version ?? 'without SciPy'}`);
console.log(`L-BFGS with a memory of ${memory}, microseconds of one iteration, medians of ${rounds} rounds\n`);
for (const work of works) {
  for (const program of [python, usual]) await program?.ask(`prepare ${work.name} ${work.size} ${work.iterations}`);
  const ours = () => secondsOfIteration(work);
  const alone = () => secondsOfFunction(work);
  const loops = () => secondsOfTwoLoops(work.size);
  const theirs = () => python.measure('lbfgsb');
  const asInstalled = () => usual.measure('lbfgsb');
  const empty = () => secondsOfEmptyRun(work);
  const contenders = [ours, empty, alone, loops, ...(python ? [theirs, asInstalled] : [])];
  const times = await takeRounds(contenders, rounds);
  const seconds = (contender) => median(times.get(contender));
  console.log(work.title);
  const { iterations, evaluations } = runOf(work);
  console.log(
    `  Gradus LBFGS     ${microseconds(seconds(ours))}   ${(evaluations / iterations).toFixed(2)} evaluations`,
  );
  console.log(`  a run without    ${microseconds(seconds(empty))}   (one run has ${iterations} iterations)`);
  console.log(`  function alone   ${microseconds(seconds(alone))}   one evaluation`);
  console.log(
    `  two loops alone  ${microseconds(seconds(loops))}   ${2 * memory} inner products, ${2 * memory} updates`,
  );
  if (python) {
    for (const [name, contender] of [
      ['SciPy, 1 thread ', theirs],
      ['SciPy as it is  ', asInstalled],
    ]) {
      const ratio = seconds(contender) / seconds(ours);
      console.log(`  ${name} ${microseconds(seconds(contender))}   ${ratio.toFixed(1)} times ours`);
    }
  }
  const met = work.target.met(seconds(ours), python ? seconds(theirs) : Number.NaN);
  console.log(`  target ${work.target.text}: ${met ? 'met' : 'missed'}\n`);
}
python?.stop();
usual?.stop();

function microseconds(seconds) {
  return `${(1e6 * seconds).toFixed(2).padStart(8)} µs`;
}

/** Iterations and evaluations of one run from the standard start. */
function runOf({ evaluate, name, size, iterations, tolerance }, optimizer = new LBFGS({ memory })) {
  const start = Float64Array.from({ length: size }, (_, j) => (name === 'quadratic' || j % 2 === 1 ? 1 : -1.2));
  return minimizeSync({ evaluate }, start, { optimizer, maxIterations: iterations, tolerance });
}

/** Runs until there have been so many iterations, as on SciPy's side. */
function secondsOfIteration(work) {
  const optimizer = new LBFGS({ memory });
  let done = 0;
  const started = performance.now();
  while (done < (work.atLeast ?? work.iterations)) {
    const { iterations } = runOf(work, optimizer);
    if (iterations === 0) throw new Error(`${work.title}: no iteration was made`);
    done += iterations;
  }
  return (performance.now() - started) / 1000 / done;
}

/** A run that ends where it begins: what `minimizeSync` costs besides its iterations. */
function secondsOfEmptyRun({ evaluate, size }) {
  const times = 3000;
  const start = new Float64Array(size).fill(1);
  const started = performance.now();
  for (let k = 0; k < times; k += 1) {
    minimizeSync({ evaluate }, start, { optimizer: new LBFGS({ memory }), maxIterations: 0, tolerance: 0 });
  }
  return (performance.now() - started) / 1000 / times;
}

function secondsOfFunction({ evaluate, size }) {
  const times = 20_000;
  const p = new Float64Array(size).fill(0.5);
  const gradient = new Float64Array(size);
  const started = performance.now();
  let sum = 0;
  for (let k = 0; k < times; k += 1) {
    p[0] = 0.5 + 1e-9 * k;
    sum += evaluate(p, gradient);
  }
  if (!Number.isFinite(sum)) throw new Error('the function left the numbers');
  return (performance.now() - started) / 1000 / times;
}

/** The inner products with four sums each, so that they do not wait for one another. */
function secondsOfTwoLoops(size) {
  const times = 2000;
  const vectors = Array.from({ length: 2 * memory }, (_, k) => new Float64Array(size).fill(1 + 0.01 * k));
  const direction = new Float64Array(size).fill(1e-3);
  const started = performance.now();
  for (let k = 0; k < times; k += 1) {
    for (const vector of vectors) {
      const along = innerProduct(vector, direction);
      const factor = -1e-9 * Math.sign(along);
      for (let i = 0; i < size; i += 1) direction[i] += factor * vector[i];
    }
  }
  return (performance.now() - started) / 1000 / times;
}

function innerProduct(x, y) {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < x.length; i += 4) {
    a += x[i] * y[i];
    b += x[i + 1] * y[i + 1];
    c += x[i + 2] * y[i + 2];
    d += x[i + 3] * y[i + 3];
  }
  for (; i < x.length; i += 1) a += x[i] * y[i];
  return a + b + (c + d);
}

function rosenbrock(p, gradient) {
  const a = p[1] - p[0] * p[0];
  const b = 1 - p[0];
  gradient[0] = -400 * p[0] * a - 2 * b;
  gradient[1] = 200 * a;
  return 100 * a * a + b * b;
}

/** Σ 100(xᵢ₊₁ − xᵢ²)² + (1 − xᵢ)². */
function chainedRosenbrock(p, gradient) {
  let value = 0;
  gradient.fill(0);
  for (let i = 0; i + 1 < p.length; i += 1) {
    const a = p[i + 1] - p[i] * p[i];
    const b = 1 - p[i];
    gradient[i] -= 400 * p[i] * a + 2 * b;
    gradient[i + 1] += 200 * a;
    value += 100 * a * a + b * b;
  }
  return value;
}

/** ½ Σ dᵢxᵢ², dᵢ from 1 to 10⁴ in equal ratios. */
function quadratic(size) {
  const weights = Float64Array.from({ length: size }, (_, i) => 10 ** ((4 * i) / (size - 1)));
  return (p, gradient) => {
    let value = 0;
    for (let i = 0; i < size; i += 1) {
      gradient[i] = weights[i] * p[i];
      value += p[i] * gradient[i];
    }
    return value / 2;
  };
}
