// Native jobs of every kind, small and odd in size, for a run under a sanitizer:
// `node jobs.mjs NAME` does one of them on every native kernel set. Says nothing
// when all is well; what it computes is compared elsewhere.

import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  AdaGrad,
  Dataset,
  fit,
  fitSync,
  GradientDescent,
  huber,
  kernels,
  LinearRegression,
  l2,
  Newton,
  online,
  readCsv,
  SGD,
  StandardScaler,
} from 'gradus';

const sets = kernels().available.filter((name) => name !== 'portable');
const rate = { learningRate: 1e-3 };
const optimizers = [
  new Newton(),
  new GradientDescent(),
  new GradientDescent({ learningRate: 'line-search' }),
  new SGD(rate),
  new SGD({ ...rate, momentum: 0.5, nesterov: true }),
  new AdaGrad(),
  new AdaGrad({ epsilonPlacement: 'inside' }),
];

function make(rows, columns, type = 'float64') {
  const data = Dataset.allocate(rows, columns, { type });
  data.x.forEach((_, i) => {
    data.x[i] = Math.sin(i * i);
  });
  data.y.forEach((_, i) => {
    data.y[i] = data.x[i * columns] + (i % 7);
  });
  return data;
}

const slow = { optimizer: new GradientDescent({ learningRate: 1e-9 }), epochs: 1e6, tolerance: 0 };
const slowSteps = { ...slow, optimizer: new SGD({ learningRate: 1e-9 }) };

/** All optimizers at once, and then one by one on this thread. */
async function fitAll(data, options = {}, modelOptions = {}) {
  for (const set of sets) {
    const settings = { epochs: 3, kernels: set, threads: 3, ...options };
    const model = () => new LinearRegression(modelOptions);
    await Promise.all(optimizers.map((optimizer) => fit(model(), data, { ...settings, optimizer })));
    for (const optimizer of optimizers) fitSync(model(), data, { ...settings, optimizer });
  }
}

const jobs = {
  async fits() {
    for (const columns of [1, 3, 8, 17, 67]) await fitAll(make(1001, columns));
    await fitAll(make(12345, 7));
  },

  async 'fits of float32, standardised, huber, ridge'() {
    for (const columns of [1, 5, 33]) {
      const options = { standardize: true, loss: huber(0.5), penalty: l2(0.1) };
      await fitAll(make(999, columns, 'float32'), {}, options);
    }
  },

  async 'views, weights, validation, batches'() {
    const x = Float64Array.from({ length: 30_000 }, (_, i) => Math.cos(i * i));
    const y = Float64Array.from({ length: 3000 }, (_, i) => i % 5);
    const data = Dataset.from(x, y, { weights: y.map((v) => v / 2) });
    const { train, test } = data.split({ test: 0.3, seed: 1 });
    await fitAll(train, { validation: test });
    for (const batchSize of [2, 31, 500]) {
      for (const sampling of ['shuffle', 'replacement']) {
        for (const set of sets) {
          const options = { optimizer: new SGD(rate), batchSize, sampling, kernels: set, epochs: 2, evaluateEvery: 2 };
          await fit(new LinearRegression({ standardize: true }), train, options);
        }
      }
    }
  },

  async 'lent memory, predictions, scaler'() {
    const shared = new Float64Array(new SharedArrayBuffer(8 * 9999));
    shared.forEach((_, i) => {
      shared[i] = Math.sin(i);
    });
    const data = Dataset.from(
      shared,
      new Float64Array(1111).map((_, i) => i % 3),
    );
    await fitAll(data);
    const model = new LinearRegression();
    await fit(model, data);
    model.predict(data);
    model.predict(data.split({ test: 10 }).test);
    model.predict(shared.slice(0, 90));
    new StandardScaler().fitTransform(data);
  },

  async 'online and csv'() {
    const learner = online(new LinearRegression(), { optimizer: new AdaGrad() });
    for (let i = 0; i < 1000; i += 1) learner.update([i % 3, i % 5], i % 7);
    online.restore(learner.save()).update([1, 2], 3);
    async function* text() {
      yield 'a,b,y\n';
      for (let i = 0; i < 30; i += 1) yield '1.5,2e3,3\n4,-5,6\n'.repeat(500);
    }
    for (const rows of [undefined, 30_000, 100]) {
      const data = await readCsv(text(), { target: 'y', ...(rows ? { rows } : {}) });
      await fit(new LinearRegression({ penalty: l2(1) }), data, { epochs: 2 });
    }
  },

  async 'aborts at many moments'() {
    const data = make(5000, 31);
    for (let i = 0; i < 40; i += 1) {
      const controller = new AbortController();
      const { signal } = controller;
      const running = [
        fit(new LinearRegression({ standardize: true }), data, { ...slow, signal }),
        fit(new LinearRegression(), data, { ...slowSteps, signal }),
        fit(new LinearRegression({ loss: huber(1e-3) }), data, { signal, tolerance: 0 }),
      ];
      await sleep(i % 10);
      controller.abort();
      await Promise.all(running);
    }
  },

  async 'arrays changed and taken away during a fit'() {
    for (let i = 0; i < 10; i += 1) {
      const data = make(5000, 31);
      const running = fit(new LinearRegression(), data, { ...slow, epochs: 100 }).catch(() => {});
      await sleep(i % 4);
      try {
        structuredClone(data.x, { transfer: [data.x.buffer] });
      } catch {
        data.x.fill(Number.NaN);
      }
      await running;
    }
  },

  async workers() {
    for (let round = 0; round < 3; round += 1) {
      const workers = Array.from({ length: 3 }, () => new Worker(new URL(import.meta.url), { workerData: 'worker' }));
      const ended = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
      await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
      await Promise.all(workers.slice(1).map((worker) => worker.terminate()));
      workers[0].postMessage('leave');
      await Promise.all(ended);
    }
  },

  async 'process.exit in the middle'() {
    const data = make(5000, 31);
    for (const options of [slow, slowSteps]) void fit(new LinearRegression({ standardize: true }), data, options);
    await sleep(20);
    process.exit(0);
  },
};

async function work() {
  const data = make(2000, 11);
  await fit(new LinearRegression(), data);
  for (const options of [slow, slowSteps]) void fit(new LinearRegression({ standardize: true }), data, options);
  parentPort.once('message', () => process.exit(0));
  parentPort.postMessage('running');
}

/** The names, for who runs them. */
export const names = Object.keys(jobs);

if (!isMainThread && workerData === 'worker') await work();
else if (process.argv[2] !== undefined && isMainThread && process.argv[1].endsWith('jobs.mjs'))
  await jobs[process.argv[2]]();
