// SGD and AdaGrad through the public fit, on every kernel set: options, stop
// rules, validation, what is committed, and that nothing depends on how a run was
// cut or on threads.

import {
  AdaGrad,
  constant,
  Dataset,
  expectFitted,
  exponentialDecay,
  type FitOptions,
  type FitResult,
  fit,
  fitSync,
  huber,
  inverseTimeDecay,
  kernels,
  LinearRegression,
  l2,
  SGD,
  stepDecay,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';
import { noPrograms } from './left-out.js';

const data = diabetes();
const { train, test: held } = data.split({ test: 0.25, seed: 1 });
const exact = fitSync(new LinearRegression(), data).loss;
const makeModel = (): LinearRegression => new LinearRegression({ standardize: true });
const bits = (model: LinearRegression): string => Buffer.from(model.parameters.buffer).toString('hex');
const losses = (result: FitResult): number[] => result.history.map(({ loss }) => loss);

describe('schedules', () => {
  test('in closed form, the first rate at step 0', () => {
    expect([0, 1, 2].map(constant(0.3))).toEqual([0.3, 0.3, 0.3]);
    expect([0, 9, 10, 25].map(stepDecay(1, 0.5, { every: 10 }))).toEqual([1, 1, 0.5, 0.25]);
    expect([0, 10, 30].map(inverseTimeDecay(1, 1, { every: 10 }))).toEqual([1, 0.5, 0.25]);
    expect([0, 19, 20].map(inverseTimeDecay(1, 0.5, { every: 20, staircase: true }))).toEqual([1, 1, 1 / 1.5]);
    expect([0, 2].map(exponentialDecay(2, 0.5))).toEqual([2, 0.5]);
  });
});

describe.each(kernels().available)('on %s', (set) => {
  const sgd = (options: FitOptions = {}): FitOptions => ({
    optimizer: new SGD({ learningRate: 0.002 }),
    epochs: 6,
    tolerance: 0,
    kernels: set,
    ...options,
  });

  test('a batch of all rows without momentum is gradient descent', () => {
    const model = makeModel();
    const result = fitSync(
      model,
      data,
      sgd({ optimizer: new SGD({ learningRate: 0.2 }), batchSize: 442, epochs: 300 }),
    );
    expect([result.epochs, result.steps]).toEqual([300, 300]);
    expect(result.loss / exact - 1).toBeLessThan(0.01);
    expect(losses(result)).toEqual([...losses(result)].sort((a, b) => b - a));
  });

  test('the history is the objective at the end of each epoch, data term and penalty', () => {
    const make = (): LinearRegression => new LinearRegression({ standardize: true, penalty: l2(0.1) });
    const model = make();
    const records: number[] = [];
    const result = fitSync(model, data, sgd({ onEpoch: ({ loss }) => records.push(loss) }));
    expect(records).toEqual(losses(result));
    expect(result.history.map(({ epoch, step }) => [epoch, step])).toEqual([1, 2, 3, 4, 5, 6].map((e) => [e, e * 442]));
    const again = fitSync(make(), data, { initial: model.parameters, kernels: set, epochs: 1 });
    expect(Math.abs((result.history.at(-1)?.loss as number) / result.loss - 1)).toBe(0);
    expect(again.history[0]?.loss as number).toBeLessThan(result.loss);
  });

  test('fit, fitSync, threads, callbacks and rare evaluation give the same bits', async () => {
    for (const batchSize of [1, 7, 32]) {
      const options = sgd({
        batchSize,
        optimizer: new SGD({ learningRate: exponentialDecay(0.003, 0.999), momentum: 0.5 }),
      });
      const models = Array.from({ length: 5 }, makeModel) as [LinearRegression, ...LinearRegression[]];
      const first = fitSync(models[0], data, options);
      const others = [
        await fit(models[1] as LinearRegression, data, options),
        await fit(models[2] as LinearRegression, data, { ...options, threads: 3 }),
        await fit(models[3] as LinearRegression, data, { ...options, onEpoch: () => {} }),
        fitSync(models[4] as LinearRegression, data, { ...options, evaluateEvery: 4 }),
      ];
      for (const model of models) expect(bits(model)).toBe(bits(models[0]));
      for (const other of others.slice(0, 3)) expect(losses(other)).toEqual(losses(first));
      expect((others[3] as FitResult).history.map(({ epoch }) => epoch)).toEqual([4, 6]);
    }
  });

  test('the seed decides the order, and replacement draws differently', () => {
    const run = (options: FitOptions): string => {
      const model = makeModel();
      fitSync(model, data, sgd({ epochs: 2, ...options }));
      return bits(model);
    };
    expect(run({ seed: 1 })).toBe(run({ seed: 1 }));
    expect(run({ seed: 1 })).not.toBe(run({ seed: 2 }));
    expect(run({ seed: 1, sampling: 'replacement' })).not.toBe(run({ seed: 1 }));
  });

  test('a batch size that does not divide the rows takes what is left', () => {
    const result = fitSync(makeModel(), data, sgd({ batchSize: 100, epochs: 3 }));
    expect(result.steps).toBe(15);
  });

  test('validation is watched, patience ends the run, and the best epoch is kept', () => {
    const model = makeModel();
    const optimizer = new SGD({ learningRate: 0.05 });
    const result = fitSync(
      model,
      train,
      sgd({ optimizer, epochs: 500, validation: held, earlyStopping: { patience: 5 } }),
    );
    expect(result.status).toBe('early-stopped');
    expect(result.reason).toMatch(/validation loss has not fallen below .* for 5 epochs/);
    const seen = result.history.map((record) => record.validationLoss as number);
    const best = Math.min(...seen);
    expect(seen.length - 1 - seen.indexOf(best)).toBe(5);
    expect(result.validationLoss).toBe(best);
    const y = held.y;
    const mean = model.predict(held).reduce((sum, p, i) => sum + 0.5 * (p - (y[i] as number)) ** 2, 0) / held.rows;
    expect(Math.abs(mean / best - 1)).toBeLessThan(1e-12);
  });

  test('minDelta asks for more than a hair', () => {
    const optimizer = new SGD({ learningRate: 0.1 });
    const run = (minDelta: number): number =>
      fitSync(
        makeModel(),
        train,
        sgd({ optimizer, batchSize: train.rows, epochs: 400, earlyStopping: { patience: 3, minDelta } }),
      ).epochs;
    expect(run(1)).toBeLessThan(run(1e-9));
  });

  test('a solver is watched and stopped in the same way', () => {
    const result = fitSync(makeModel(), train, { validation: held, kernels: set });
    expect(result.history.every(({ validationLoss }) => (validationLoss as number) > 0)).toBe(true);
    expect(result.validationLoss).toBe(result.history.at(-1)?.validationLoss);
  });

  test('a rate too high ends diverged with finite parameters and advice', async () => {
    const model = makeModel();
    for (const rate of [1e6, 3]) {
      const result = await fit(model, data, sgd({ optimizer: new SGD({ learningRate: rate }), epochs: 50 }));
      expect(result.status).toBe('diverged');
      expect(result.reason).toMatch(/rate .* > 2\/L = 0\.\d+.*inverseTimeDecay.*standardize/);
      expect([...model.parameters].every(Number.isFinite)).toBe(true);
    }
  });

  test('hovering around a minimum where it started is no divergence', () => {
    const model = makeModel();
    fitSync(model, data, { kernels: set });
    for (const rate of [1e-5, 0.02]) {
      const optimizer = new SGD({ learningRate: rate });
      const result = fitSync(model, data, sgd({ optimizer, warmStart: true }));
      expect(result.loss).toBeGreaterThan(exact);
      expect([result.status, expectFitted(result)]).toEqual(['completed', result]);
    }
  });

  test('a tolerance that is reached ends the run at that epoch', () => {
    const x = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i));
    const exactLine = Dataset.from(
      x,
      x.map((v) => 2 * v + 1),
    );
    const model = new LinearRegression();
    const optimizer = new SGD({ learningRate: 0.5 });
    const result = fitSync(model, exactLine, { optimizer, epochs: 1000, tolerance: 1e-6, kernels: set });
    expect(result.status).toBe('converged');
    expect(result.epochs).toBeLessThan(50);
    expect(result.gradientNorm).toBeLessThanOrEqual(1e-6);
    expect(model.coefficients[0]).toBeCloseTo(2, 4);
  });

  test('an abort in the middle keeps the best point and says when', async () => {
    // On a busy machine no epoch may be done after 30 ms: then it is not the middle yet.
    const abortedAfter = async (milliseconds: number): Promise<FitResult> => {
      const controller = new AbortController();
      const running = fit(makeModel(), data, sgd({ epochs: 1e7, signal: controller.signal }));
      setTimeout(() => controller.abort(new Error('enough')), milliseconds);
      const result = await running;
      return result.history.length > 0 ? result : abortedAfter(10 * milliseconds);
    };
    const result = await abortedAfter(30);
    expect(result.status).toBe('aborted');
    expect(result.reason).toMatch(/aborted after \d+ epochs: enough/);
    expect(result.loss).toBe(Math.min(...losses(result)));
  });

  test('an abort before the first epoch says why too', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    for (const options of [sgd({ signal }), { signal, kernels: set }]) {
      const result = await fit(makeModel(), data, options);
      expect([result.status, result.reason]).toEqual(['aborted', 'aborted before the first epoch: too late']);
    }
  });

  test('onEpoch stops a run at exactly that epoch', () => {
    const model = makeModel();
    const stopped = fitSync(model, data, sgd({ onEpoch: ({ epoch }) => (epoch === 3 ? 'stop' : undefined) }));
    expect([stopped.status, stopped.epochs, stopped.history.length]).toEqual(['early-stopped', 3, 3]);
  });

  test('weights act like repeated rows in the mean of all rows', () => {
    const x = [
      [1, 2],
      [3, 1],
      [2, 5],
      [0, 1],
    ];
    const options = sgd({ batchSize: 4, epochs: 30, optimizer: new AdaGrad({ learningRate: 0.3 }) });
    const weighted = new LinearRegression({ loss: huber(2) });
    const repeated = new LinearRegression({ loss: huber(2) });
    fitSync(weighted, Dataset.from(x, [1, 2, 3, 4], { weights: [2, 4, 2, 2] }), options);
    const twice = [0, 1, 1, 2, 3];
    fitSync(
      repeated,
      Dataset.from(
        twice.map((i) => x[i] as number[]),
        twice.map((i) => i + 1),
      ),
      { ...options, batchSize: 5 },
    );
    weighted.parameters.forEach((value, i) => {
      expect(value).toBeCloseTo(repeated.parameters[i] as number, 10);
    });
  });
});

test.skipIf(noPrograms)('a hundred thousand small fits do not grow the process', { timeout: 240_000 }, async () => {
  const x = Array.from({ length: 50 }, (_, i) => [Math.sin(i), Math.cos(3 * i), i % 7]);
  const small = x.map(([a = 0, b = 0, c = 0]) => a - 2 * b + c);
  const many = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      const model = new LinearRegression();
      const options: FitOptions = i % 2 ? { optimizer: new SGD(), epochs: 2 } : {};
      if (i % 4 < 2) fitSync(model, Dataset.from(x, small), options);
      else await fit(model, Dataset.from(x, small), options);
    }
  };
  await many(60_000);
  const settled = async (): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i += 1) {
      await many(1000);
      least = Math.min(least, process.memoryUsage().rss);
    }
    return least;
  };
  const before = await settled();
  await many(100_000);
  expect(((await settled()) - before) / 1e6).toBeLessThan(5);
});
