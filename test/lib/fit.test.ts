// The public behaviour of fit on every kernel set this machine can run.

import {
  Dataset,
  expectFitted,
  exponentialDecay,
  fit,
  fitSync,
  GradientDescent,
  huber,
  kernels,
  LinearRegression,
  l2,
  Newton,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes, exactLeastSquares, relativeDistance } from './diabetes.js';
import { emulated } from './left-out.js';

const data = diabetes();
const exact = exactLeastSquares(data);

function lossAt(parameters: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.rows; i += 1) {
    let eta = parameters[data.columns] as number;
    for (let j = 0; j < data.columns; j += 1)
      eta += (data.x[i * data.columns + j] as number) * (parameters[j] as number);
    sum += (eta - (data.y[i] as number)) ** 2;
  }
  return sum / (2 * data.rows);
}

const minimum = lossAt(exact);

describe.each(kernels().available)('on %s', (set) => {
  test.each([true, false])(
    'Newton reaches the exact solution in at most 3 iterations, standardize: %s',
    async (standardize) => {
      const model = new LinearRegression({ standardize });
      const result = await fit(model, data, { optimizer: new Newton(), kernels: set });
      expect(result.reason).toMatch(/≤/);
      expect(result.status).toBe('converged');
      expect(result.epochs).toBeLessThanOrEqual(3);
      expect(relativeDistance(model.parameters, exact)).toBeLessThan(1e-10);
      expect(result.kernels).toBe(set);
    },
  );

  test.skipIf(emulated).each(['auto', 'line-search'] as const)(
    "gradient descent with '%s' reaches the minimum",
    async (learningRate) => {
      const model = new LinearRegression({ standardize: true });
      const result = await fit(model, data, { optimizer: new GradientDescent({ learningRate }), kernels: set });
      expect(result.status).toBe('converged');
      expect(result.loss / minimum - 1).toBeLessThan(1e-6);
      expect(lossAt(model.parameters) / minimum - 1).toBeLessThan(1e-6);
      expect(result.gradientNorm).toBeLessThanOrEqual(1e-8);
    },
  );

  test('a rate of 1e6 ends diverged, with finite parameters and advice', async () => {
    const model = new LinearRegression({ standardize: true });
    const result = await fit(model, data, { optimizer: new GradientDescent({ learningRate: 1e6 }), kernels: set });
    expect(result.status).toBe('diverged');
    expect(result.reason).toMatch(/rate 1e6 > 2\/L = 0\.\d+.*standardize/);
    expect([...model.parameters].every(Number.isFinite)).toBe(true);
    expect(() => expectFitted(result)).toThrow(/diverged/);
  });

  test('a rate a little too high for its epochs is said to diverge', () => {
    const model = new LinearRegression({ standardize: true });
    const result = fitSync(model, data, {
      optimizer: new GradientDescent({ learningRate: 1 }),
      epochs: 30,
      kernels: set,
    });
    expect(result.status).toBe('diverged');
    expect(result.reason).toMatch(/rose from/);
    expect(result.loss).toBeLessThanOrEqual(result.history[0]?.loss as number);
  });

  test('fit and fitSync give the same bits', async () => {
    const optimizer = new GradientDescent({ learningRate: exponentialDecay(0.3, 0.99) });
    const models = [new LinearRegression({ standardize: true }), new LinearRegression({ standardize: true })] as const;
    const a = await fit(models[0], data, { optimizer, epochs: 50, kernels: set });
    const b = fitSync(models[1], data, { optimizer, epochs: 50, kernels: set });
    expect(a.status).toBe('completed');
    expect(a.history.map(({ loss }) => loss)).toEqual(b.history.map(({ loss }) => loss));
    expect(models[0].parameters).toEqual(models[1].parameters);
    expect(a.history[7]?.learningRate).toBe(0.3 * 0.99 ** 7);
  });

  test('fits a view like a copy of its rows, with weights like repeated rows', async () => {
    const { train, test: held } = data.split({ test: 0.2, seed: 7 });
    expect(train.rows + held.rows).toBe(442);
    const view = new LinearRegression();
    const copy = new LinearRegression();
    await fit(view, train, { kernels: set });
    await fit(copy, Dataset.from(train.x as Float64Array, train.y), { kernels: set });
    expect(view.parameters).toEqual(copy.parameters);
    expect(view.score(held)).toBeGreaterThan(0.3);

    const weighted = new LinearRegression({ penalty: l2(0.01) });
    const repeated = new LinearRegression({ penalty: l2(0.01) });
    const x = [
      [1, 2],
      [3, 1],
      [2, 5],
      [0, 1],
    ];
    await fit(weighted, Dataset.from(x, [1, 2, 3, 4], { weights: [1, 2, 0, 1] }), { kernels: set });
    await fit(
      repeated,
      Dataset.from(
        [
          [1, 2],
          [3, 1],
          [3, 1],
          [0, 1],
        ],
        [1, 2, 2, 4],
      ),
      { kernels: set },
    );
    expect(relativeDistance(weighted.parameters, repeated.parameters)).toBeLessThan(1e-12);
  });

  test('the ridge penalty spares the intercept and follows the closed form', () => {
    const model = new LinearRegression({ penalty: l2(0.5) });
    fitSync(model, Dataset.from([[-1], [0], [1]], [9, 10, 11]), { kernels: set });
    expect(model.coefficients[0]).toBeCloseTo(2 / 3 / (2 / 3 + 0.5), 12);
    expect(model.intercept).toBeCloseTo(10, 12);
  });

  test('float32 data is widened: the same fit as its float64 copy', () => {
    const x = Float32Array.from(data.x);
    const models = [new LinearRegression({ standardize: true }), new LinearRegression({ standardize: true })] as const;
    fitSync(models[0], Dataset.from(x, data.y), { kernels: set });
    fitSync(models[1], Dataset.from(Float64Array.from(x), data.y), { kernels: set });
    expect(models[0].parameters).toEqual(models[1].parameters);
  });

  test('collinear columns converge with a warning', async () => {
    const x = Array.from({ length: 40 }, (_, i) => [i, 2 * i, (i * 7) % 11]);
    const model = new LinearRegression();
    const result = await fit(
      model,
      Dataset.from(
        x,
        x.map(([a = 0, , c = 0]) => 3 * a - c + 5),
      ),
      { kernels: set },
    );
    expect(result.status).toBe('converged');
    expect(result.warnings[0]).toMatch(/singular.*collinear/);
    expect(result.loss).toBeLessThan(1e-9);
  });

  test('Huber resists an outlier', async () => {
    const x = Array.from({ length: 50 }, (_, i) => [i / 10]);
    const y = x.map(([v = 0], i) => (i === 25 ? 1e4 : 2 * v + 1 + Math.sin(i) / 10));
    const model = new LinearRegression({ loss: huber(0.2) });
    const result = await fit(model, Dataset.from(x, y), { kernels: set });
    expect(result.status).toBe('converged');
    expect(model.coefficients[0]).toBeCloseTo(2, 1);
  });

  test('stops on request, aborts, and a throwing callback leaves the model alone', async () => {
    const optimizer = new GradientDescent({ learningRate: 0.01 });
    const model = new LinearRegression({ standardize: true });
    const stopped = await fit(model, data, {
      optimizer,
      kernels: set,
      onEpoch: (e) => (e.epoch === 3 ? 'stop' : undefined),
    });
    expect([stopped.status, stopped.epochs]).toEqual(['early-stopped', 3]);
    const before = model.parameters;
    const boom = () => {
      throw new Error('boom');
    };
    await expect(fit(model, data, { optimizer, kernels: set, onEpoch: boom })).rejects.toThrow('boom');
    expect(model.parameters).toEqual(before);
    const controller = new AbortController();
    const aborted = await fit(model, data, {
      optimizer,
      kernels: set,
      signal: controller.signal,
      onEpoch: (e) => {
        if (e.epoch === 5) controller.abort(new Error('enough'));
      },
    });
    expect(aborted.status).toBe('aborted');
    expect(aborted.reason).toMatch(/enough/);
    expect([...model.parameters].every(Number.isFinite)).toBe(true);
  });

  test('warmStart and initial start where they say, on the scale of the data', async () => {
    const model = new LinearRegression({ standardize: true });
    await fit(model, data, { kernels: set });
    const again = await fit(model, data, { kernels: set, warmStart: true, optimizer: new GradientDescent() });
    expect(again.status).toBe('converged');
    expect(again.epochs).toBeLessThan(200);
    const other = new LinearRegression({ standardize: true });
    const given = fitSync(other, data, { kernels: set, initial: exact, optimizer: new GradientDescent(), epochs: 1 });
    expect(given.loss / minimum - 1).toBeLessThan(1e-9);
  });

  test('memory allocated by us is checked when the fit starts', async () => {
    const own = Dataset.allocate(600, 3);
    own.x.forEach((_, i) => {
      own.x[i] = Math.sin(i);
    });
    own.x[1000] = Number.NaN;
    const model = new LinearRegression();
    await expect(fit(model, own, { kernels: set })).rejects.toMatchObject({
      code: 'ERR_GRADUS_VALUE',
      message: "Expected x at row 333, column 'x1', to be a finite number, but got NaN",
    });
    own.x[1000] = 0.5;
    expect((await fit(model, own, { kernels: set })).status).toBe('converged');
  });
});

test('a second fit on a model that is being fitted is refused', async () => {
  const model = new LinearRegression();
  const first = fit(model, data);
  await expect(fit(model, data)).rejects.toMatchObject({ code: 'ERR_GRADUS_BUSY' });
  expect((await first).status).toBe('converged');
});

test.skipIf(emulated)('the numeric answer does not depend on threads, and sse2 equals portable', async () => {
  const x = Float64Array.from({ length: 3000 * 40 }, (_, i) => Math.sin(i * i));
  const big = Dataset.from(
    x,
    Float64Array.from({ length: 3000 }, (_, i) => Math.cos(i)),
  );
  const fingerprint = (set: string, threads: number): string => {
    const digests = [new Newton(), new GradientDescent(), new GradientDescent({ learningRate: 'line-search' })].map(
      (optimizer) => {
        const model = new LinearRegression({ standardize: true });
        const result = fitSync(model, big, { optimizer, kernels: set, threads, epochs: 40 });
        return Buffer.from(Float64Array.of(...model.parameters, result.loss).buffer).toString('hex');
      },
    );
    return digests.join();
  };
  for (const set of kernels().available) {
    const one = fingerprint(set, 1);
    for (const threads of [2, 3, 7]) expect(fingerprint(set, threads)).toBe(one);
    if (set === 'sse2') expect(one).toBe(fingerprint('portable', 1));
  }
});
