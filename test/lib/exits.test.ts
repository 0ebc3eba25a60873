// The end of a process at any moment of native jobs of every kind: it comes with
// the code it should have, never by a crash, and never hangs. 0 to 30 ms after the
// jobs have started, on the main thread and in workers.

import { describe, expect, test } from 'vitest';
import { factsOf, native, nodes, runModule, twoAtATime } from './children.js';
import { noPrograms } from './left-out.js';

/** Endless work of every kind. What the fits say is of no interest: they never end. */
const jobs = `
  import { AdaGrad, Dataset, GradientDescent, LinearRegression, Newton, SGD, fit, fitSync, huber, readCsv } from 'gradus';
  const make = (rows, columns, type = 'float64') => {
    const data = Dataset.allocate(rows, columns, { type });
    for (let i = 0, s = 1; i < data.x.length; i += 1) { s = (s * 48271) % 2147483647; data.x[i] = s / 1e9 - 1; }
    for (let i = 0; i < rows; i += 1) data.y[i] = data.x[i * columns] + (i % 7);
    return data;
  };
  const forever = async (data, optimizer, options = {}) => {
    for (;;) await fit(new LinearRegression(options), data, { optimizer, epochs: 1e6, tolerance: 0 });
  };
  const learningRate = 1e-9;
  async function* text() {
    yield 'a,b,y\\n';
    for (;;) yield '1,2,3\\n'.repeat(10000);
  }
  const kinds = {
    gradient: () => forever(make(10000, 30), new GradientDescent({ learningRate })),
    // Jobs of a few microseconds: an end falls on a completion most of the time.
    short: () => forever(make(1000, 25), new GradientDescent({ learningRate })),
    newton: () => forever(make(1000, 120), new Newton(), { loss: huber(1e-3) }),
    span: () => Promise.all([new SGD({ learningRate }), new AdaGrad({ learningRate, epsilon: 1 })].map(
      (optimizer) => forever(make(5000, 20, 'float32'), optimizer))),
    // Each fit begins with a scan for what is not finite, and the moments.
    moments: async () => {
      const data = make(10000, 30);
      const options = { optimizer: new GradientDescent({ learningRate }), epochs: 1 };
      for (;;) await fit(new LinearRegression({ standardize: true }), data, options);
    },
    csv: () => readCsv(text(), { target: 'y' }),
    sync: async () => {
      const data = make(5000, 20);
      for (;;) {
        fitSync(new LinearRegression(), data, { optimizer: new SGD({ learningRate }), epochs: 20 });
        await new Promise(setImmediate);
      }
    },
  };
  const all = () => Object.values(kinds).map((start) => start());
  const wait = (ms) => new Promise((resolve) => setTimeout(() => {
    const end = performance.now() + (ms % 1);
    while (performance.now() < end);
    resolve();
  }, Math.floor(ms)));`;

const inWorker = `
  import { workerData, parentPort } from 'node:worker_threads';
  if (workerData.kind === 'all') all(); else kinds[workerData.kind]();
  parentPort.postMessage('running');
  await wait(workerData.delay);
  if (workerData.end === 'exit') process.exit(7);
  if (workerData.end === 'throw') setTimeout(() => { throw new Error('on purpose'); });`;

const start = `if (kind === 'all') all(); else kinds[kind]();`;
const startWorkers = (end: string): string => `
  const { Worker } = await import('node:worker_threads');
  const workers = [0, 1].map(() => new Worker(${JSON.stringify(jobs + inWorker)},
    { eval: true, workerData: { kind, delay: ${end === 'stay' ? 1e6 : 'delay'}, end: '${end}' } }));
  const codes = Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve))));
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));`;

interface Way {
  readonly body: string;
  readonly status?: number;
  readonly signal?: string;
  /** What the process says; default nothing. */
  readonly says?: string;
}

const ways: Record<string, Way> = {
  'process.exit': { body: `${start} await wait(delay); process.exit(7);`, status: 7 },
  'process.exit from an exit of the loop': {
    body: `${start} process.on('exit', () => { process.exitCode = 7; }); await wait(delay); process.exit();`,
    status: 7,
  },
  'an uncaught exception': {
    body: `${start} await wait(delay); setTimeout(() => { throw new Error('on purpose'); });`,
    status: 1,
    says: 'on purpose',
  },
  'an unhandled rejection': {
    body: `${start} await wait(delay); Promise.reject(new Error('on purpose'));`,
    status: 1,
    says: 'on purpose',
  },
  SIGTERM: { body: `${start} await wait(delay); process.kill(process.pid, 'SIGTERM');`, signal: 'SIGTERM' },
  'process.exit in workers': {
    body: `${startWorkers('exit')}
      process.exitCode = String(await codes) === '7,7' ? 7 : 9;`,
    status: 7,
  },
  'an exception in workers': { body: `${startWorkers('throw')}`, status: 1, says: 'on purpose' },
  'process.exit over workers': {
    body: `${startWorkers('stay')} ${start} await wait(delay); process.exit(7);`,
    status: 7,
  },
  'worker.terminate': {
    body: `${startWorkers('stay')} await wait(delay);
      await Promise.all(workers.map((worker) => worker.terminate())); process.exitCode = 7;`,
    status: 7,
  },
};

const kinds = ['gradient', 'short', 'newton', 'span', 'moments', 'csv', 'sync', 'all'];
/** Spread over 0 to 30 ms, with fractions, no two alike. */
const delays = Array.from({ length: 3 * kinds.length }, (_, i) => ((i * 11.83) % 30) ** 2 / 30);

// Node itself may hang when a compilation of V8 in the background wants memory at the end (nodejs/node#54918, seen
// once in 300 ends on Node 24): these processes compile on the main thread.
const flags = ['--no-concurrent-recompilation', '--no-maglev'];

describe.runIf(native && !noPrograms).each(nodes)('on %s', (node) => {
  test.each(Object.keys(ways))('24 ends by %s', async (name) => {
    const { body, status = null, signal = null, says = '' } = ways[name] as Way;
    const runs = delays.map((delay, i) => async () => {
      const kind = kinds[i % kinds.length] as string;
      const source = `${jobs} const kind = '${kind}', delay = ${delay}; ${body}`;
      const ending = await runModule(source, { node, flags, timeoutMs: 20_000 });
      const said = says === '' ? ending.stderr : ending.stderr.includes(says) ? says : ending.stderr;
      return { kind, delay, ...ending, stderr: said };
    });
    const endings = await twoAtATime(runs);
    const wanted = endings.map(({ kind, delay }) => ({
      kind,
      delay,
      status,
      signal,
      hung: false,
      stdout: '',
      stderr: says,
    }));
    expect(endings).toEqual(wanted);
  });

  test('collections while jobs run, with nothing else that holds data, model or signal', async () => {
    const body = `
      const wanted = {};
      const optimizers = { newton: () => new Newton(), gradient: () => new GradientDescent({ learningRate: 1e-3 }),
        sgd: () => new SGD({ learningRate: 1e-5 }), adagrad: () => new AdaGrad() };
      const run = (name) => {
        const model = new LinearRegression({ standardize: true, loss: huber(1) });
        const { signal } = new AbortController();
        return fit(model, make(4000, 30).split({ test: 100 }).train, { optimizer: optimizers[name](), epochs: 20, signal })
          .then(() => String(model.parameters));
      };
      for (const name of Object.keys(optimizers)) wanted[name] = await run(name);
      let collecting = true;
      const collect = async () => { for (; collecting; await new Promise(setImmediate)) gc(); };
      const collector = collect();
      const rounds = [];
      for (let round = 0; round < 4; round += 1) {
        const names = Object.keys(optimizers);
        rounds.push(...names, ...(await Promise.all(names.map(async (name) => (await run(name)) === wanted[name]))));
        for (const start of [kinds.gradient, kinds.span]) {
          let controller = new AbortController();
          const { signal } = controller;
          setTimeout(() => controller.abort(), 5 * round);
          const learning = fit(new LinearRegression(), make(10000, 30), { epochs: 1e6, tolerance: 0, signal,
            optimizer: start === kinds.span ? new SGD({ learningRate }) : new GradientDescent({ learningRate }) });
          rounds.push((await learning).status === 'aborted');
        }
      }
      collecting = false;
      await collector;
      console.log(JSON.stringify({ wrong: rounds.filter((right) => right === false).length, rounds: rounds.length }));`;
    const facts = factsOf(await runModule(jobs + body, { node, flags: ['--expose-gc'] }));
    expect(facts).toEqual({ wrong: 0, rounds: 40 });
  });
});
