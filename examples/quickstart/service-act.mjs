// Act 3: a million rows of fifty columns while an HTTP server of the same process answers.
// One job, an epoch of mini-batch SGD and a Newton step (which is all that least squares
// needs), is timed on every kernel set and in NumPy, and its parameters are hashed: inside a
// class of kernel sets the bits must be equal at any number of threads. Then the latency of
// requests without and with a fit, in turns, and how soon a fit stops when it is told to.

import { createHash } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Dataset, fit, kernels, LinearRegression, Newton, SGD } from 'gradus';
import { numpySeconds } from './numpy.mjs';
import { startService } from './service.mjs';

const columns = 50;
const batchSize = 32;
const rate = 0.02;
const requests = 300; // of each kind, in so many turns
const turns = 3;
const aborts = 5;

const sgd = () => ({ optimizer: new SGD({ learningRate: rate }), batchSize, tolerance: 0 });

/**
 * @param {import('./terminal.mjs').Terminal} terminal
 * @param {(cleanUp: () => void) => void} atEnd  takes what must also happen when the program is interrupted
 * @returns {Promise<import('./report.mjs').ServiceResults & { sameBits: boolean }>}
 */
export async function serviceAct(terminal, atEnd) {
  const serving = kernels();
  const rows = Number(process.env.GRADUS_QUICKSTART_ROWS || (serving.native ? 1_000_000 : 200_000));
  const fewer =
    serving.native || process.env.GRADUS_QUICKSTART_ROWS ? '' : ', fewer than the usual million: no native kernels';
  terminal.print(`${rows.toLocaleString('en-GB')} rows of ${columns} columns, float64${fewer}`);
  const step = steps(terminal);

  const data = await step(
    'the data',
    (update) => makeData(rows, update),
    () => 'made in slices',
  );
  const runs = await step(
    'kernel sets',
    (update) => runAll(data, serving, update),
    (all) => `${counted(all.length, 'run')} of the job`,
  );
  const rival = await step(
    'NumPy',
    (update) => {
      update(0.5, 'the same job in python3');
      return numpySeconds({ rows, columns, batchSize, rate }, atEnd);
    },
    (found) => (found ? `version ${found.version}` : 'not installed'),
  );
  const { latency, abortMs } = await step(
    'requests',
    (update) => serve(data, serving, atEnd, update),
    ({ latency: { idle, busy } }) => `${idle.requests} idle, ${busy.requests} during a fit`,
  );

  const [times, newtonTimes] = ['sgd', 'newton'].map((work) => timesOf(work, runs, serving, rival));
  const digests = runs.map(({ set, threads, digest }) => ({ kernels: set, threads, class: classOf(set), digest }));
  const sameBits = printAll(terminal, { times, newtonTimes, latency, abortMs, digests });
  return { rows, columns, times, newtonTimes, latency, abortMs, digests, sameBits };
}

/** Runs a part of the act with a bar, and leaves a line that says what was done and how long it took. */
function steps(terminal) {
  return async (name, work, describe) => {
    const bar = terminal.progress(name, 11);
    const started = performance.now();
    const result = await work(bar.update);
    bar.done(`${describe(result)}, ${seconds((performance.now() - started) / 1000)}`);
    return result;
  };
}

/** y = Σ xⱼ / (j + 1) + noise, columns uniform in [−1, 1). */
async function makeData(rows, update) {
  const data = Dataset.allocate(rows, columns);
  const { x, y } = data;
  const slice = 2000; // about three milliseconds
  for (let from = 0; from < rows; from += slice) {
    fillRows(x, y, from, Math.min(rows, from + slice));
    update(from / rows, `${from.toLocaleString('en-GB')} rows`);
    await nextTurn();
  }
  return data;
}

/** The generator of random.mjs written out: a call for each of fifty million numbers takes as long again. */
function fillRows(x, y, from, to) {
  let state = from;
  for (let i = from; i < to; i += 1) {
    let sum = 0;
    for (let j = 0; j < columns; j += 1) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      const value = state / 2 ** 31;
      x[i * columns + j] = value;
      sum += value / (j + 1);
    }
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    y[i] = sum + 0.5 * (state / 2 ** 31);
  }
}

/** The job on every kernel set, at 1 to 3 threads where a set has threads. */
async function runAll(data, serving, update) {
  const sets = serving.native ? serving.available : ['portable'];
  const plans = sets.flatMap((set) => {
    const counts = set === 'portable' ? [1] : [1, 2, 3];
    return [...new Set(set === serving.name ? [...counts, serving.threads] : counts)].map((threads) => ({
      set,
      threads,
    }));
  });
  const runs = [];
  for (const { set, threads } of plans) {
    update(runs.length / plans.length, `${set}, ${counted(threads, 'thread')}`);
    const stochastic = new LinearRegression();
    const exact = new LinearRegression();
    const first = await fit(stochastic, data, { ...sgd(), epochs: 1, kernels: set, threads });
    const second = await fit(exact, data, { optimizer: new Newton(), epochs: 1, kernels: set, threads });
    const hash = createHash('sha256').update(stochastic.parameters).update(exact.parameters);
    const digest = hash.digest('hex').slice(0, 12);
    runs.push({ set, threads, digest, sgd: first.elapsedMs / 1000, newton: second.elapsedMs / 1000 });
  }
  return runs;
}

/** Latency idle and during a fit that leaves a core to the server, and the slowest of a few aborts. */
async function serve(data, serving, atEnd, update) {
  const model = new LinearRegression();
  await fit(model, data, { ...sgd(), epochs: 1 });
  const row = Float64Array.from({ length: columns }, (_, j) => Math.sin(j));
  const service = await startService(() => model.predictOne(row), atEnd);
  const threads = Math.max(1, serving.threads - 1);
  try {
    const idle = [];
    const busy = [];
    for (let turn = 0; turn < turns; turn += 1) {
      update((2 * turn) / (2 * turns + 1), 'the server is idle');
      idle.push(...(await service.measure(requests / turns)));
      update((2 * turn + 1) / (2 * turns + 1), 'a fit is running');
      const { result } = await whileFitting(model, data, threads, () => service.measure(requests / turns));
      busy.push(...result);
    }
    const stopMs = [];
    for (let i = 0; i < aborts; i += 1) {
      update(0.9 + (0.1 * i) / aborts, 'aborting fits');
      stopMs.push((await whileFitting(model, data, threads, () => sleep(20 + 7 * i))).stopMs);
    }
    return { latency: { idle: quantilesOf(idle), busy: quantilesOf(busy) }, abortMs: Math.max(...stopMs) };
  } finally {
    service.close();
  }
}

function quantilesOf(latencies) {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { p50: at(0.5), p99: at(0.99), worst: sorted.at(-1), requests: sorted.length };
}

/** Does the work while a fit runs that would not end for hours, then aborts it: how long that took. */
async function whileFitting(model, data, threads, work) {
  const controller = new AbortController();
  const running = fit(model, data, { ...sgd(), epochs: 1e6, threads, signal: controller.signal });
  const result = await work();
  const asked = performance.now();
  controller.abort();
  const { status, reason } = await running;
  const stopMs = performance.now() - asked;
  if (status !== 'aborted') throw new Error(`the fit that was to be aborted had ended: ${status}, ${reason}`);
  return { result, stopMs };
}

/** Bars of one kind of work: what serves first, then what it is compared with. */
function timesOf(work, runs, serving, rival) {
  const portable = runs.find(({ set }) => set === 'portable');
  const numpy = rival
    ? { label: 'NumPy', seconds: rival[work], note: `version ${rival.version}` }
    : { label: 'NumPy', note: 'not installed' };
  if (!serving.native) {
    const why = serving.reason?.startsWith('GRADUS_KERNELS') ? `not run: ${serving.reason}` : 'no addon here';
    return [{ label: 'TypeScript', seconds: portable[work] }, { label: 'native', note: why }, numpy];
  }
  const own = runs.find(({ set, threads }) => set === serving.name && threads === serving.threads);
  return [
    {
      label: `${serving.name}, ${counted(serving.threads, 'thread')}`,
      seconds: own[work],
      note: `${(portable[work] / own[work]).toFixed(1)} × as fast as TypeScript`,
    },
    { label: 'TypeScript', seconds: portable[work] },
    numpy,
  ];
}

/** Prints the short tables; whether the bits were the same inside each class. */
function printAll(terminal, { times, newtonTimes, latency: { idle, busy }, abortMs, digests }) {
  terminal.print('');
  const time = ({ seconds: value, note }) => (value === undefined ? note : seconds(value));
  terminal.table(
    ['<time of', 'mini-batch SGD, 1 epoch', 'Newton, 1 step'],
    times.map((bar, i) => [bar.label, time(bar), time(newtonTimes[i])]),
  );
  terminal.print('');
  const latencyRow = (name, { p50, p99, worst }) => [name, ...[p50, p99, worst].map((ms) => `${ms.toFixed(2)} ms`)];
  terminal.table(
    ['<latency of a request', 'median', '99th percentile', 'slowest'],
    [latencyRow('idle server', idle), latencyRow('during a fit', busy)],
  );
  const limit = abortMs < 20 ? 'below the 20 ms promised' : 'ABOVE the 20 ms promised';
  terminal.print(`An aborted fit ended after ${abortMs.toFixed(1)} ms at most (${aborts} aborts): ${limit}\n`);

  const classes = [...new Set(digests.map((run) => run.class))];
  let sameBits = true;
  const rows = classes.map((name) => {
    const runs = digests.filter((run) => run.class === name);
    const different = [...new Set(runs.map(({ digest }) => digest))];
    sameBits &&= different.length === 1;
    return [name, [...new Set(runs.map((run) => run.kernels))].join(', '), String(runs.length), different.join(' ≠ ')];
  });
  terminal.table(['<class', '<kernel sets', 'runs', '<SHA-256 of the parameters'], rows);
  if (!sameBits) {
    terminal.failure('The bits differ inside a class. They never should: please report this with the lines below.');
    for (const run of digests) terminal.print(`  ${run.class} ${run.kernels} ${run.threads} ${run.digest}`);
  }
  return sameBits;
}

function classOf(set) {
  return set === 'portable' || set === 'sse2' ? 'plain' : 'fused';
}

function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function seconds(value) {
  return value < 1 ? `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms` : `${value.toFixed(2)} s`;
}
