// Losses that are functions: a user's own, against the kernels' where they have the same one;
// weights, pieces, saving, and functions that are wrong.

import {
  Dataset,
  fit,
  fitSync,
  huber,
  kernels,
  LBFGS,
  LinearRegression,
  type LossFunction,
  l2,
  online,
  SGD,
} from 'gradus';
import { describe, expect, test } from 'vitest';

const rows = 40_000;
const x = Float64Array.from({ length: 2 * rows }, (_, i) => Math.sin(i * 1.3) + (i % 7) / 7);
const y = Float64Array.from({ length: rows }, (_, i) => 2 * (x[2 * i] as number) - 1 + Math.tan(i) / 9);
const weights = Float64Array.from({ length: rows }, (_, i) => 1 + (i % 3));
const data = Dataset.from(x, y, { columns: 2 });
const weighted = Dataset.from(x, y, { columns: 2, weights });

const delta = 0.7;
const own: LossFunction = (eta, target, derivative, curvature, w) => {
  let sum = 0;
  for (let i = 0; i < eta.length; i += 1) {
    const r = (eta[i] as number) - (target[i] as number);
    const inside = Math.abs(r) <= delta;
    derivative[i] = inside ? r : Math.sign(r) * delta;
    curvature[i] = inside ? 1 : 0;
    sum += (w?.[i] ?? 1) * (inside ? 0.5 * r * r : delta * (Math.abs(r) - 0.5 * delta));
  }
  return sum;
};
const unweighted: LossFunction = (eta, target, derivative, curvature) =>
  own(eta, target, derivative, curvature, undefined);

describe.each(kernels().available)('on %s', (set) => {
  test.each([
    ['all weights 1', data],
    ['weights', weighted],
  ])('%s: the same fit as by the kernels', async (_, of) => {
    const builtIn = new LinearRegression({ loss: huber(delta), penalty: l2(0.01), standardize: true });
    const model = new LinearRegression({ loss: own, penalty: l2(0.01), standardize: true });
    const wanted = await fit(builtIn, of, { kernels: set });
    for (const optimizer of [undefined, new LBFGS()]) {
      const got = await fit(model, of, { kernels: set, ...(optimizer ? { optimizer } : {}) });
      expect(got.status, got.reason).toBe('converged');
      expect(Math.abs(got.loss - wanted.loss)).toBeLessThan(1e-12);
      model.parameters.forEach((value, j) => {
        expect(value).toBeCloseTo(builtIn.parameters[j] as number, 7);
      });
    }
  });
});

test('threads change no bit, and fit and fitSync agree', async () => {
  const one = new LinearRegression({ loss: own });
  await fit(one, data, { threads: 1 });
  const three = new LinearRegression({ loss: own });
  await fit(three, data, { threads: 3 });
  const sync = new LinearRegression({ loss: own });
  fitSync(sync, data);
  expect(three.parameters).toEqual(one.parameters);
  expect(sync.parameters).toEqual(one.parameters);
});

test('a validation set has the same loss', () => {
  const result = fitSync(new LinearRegression({ loss: own }), data, { validation: data });
  expect(result.validationLoss).toBeCloseTo(result.loss, 13);
});

test('weighted rows need a function that takes weights', async () => {
  const model = new LinearRegression({ loss: unweighted });
  await expect(fit(model, weighted)).rejects.toThrow(/`loss`.*weights\) for weighted rows.*one of 4 parameters/);
  expect((await fit(model, data)).status).toBe('converged');
});

test('a throw rejects and leaves the model as it was', async () => {
  let calls = 0;
  const model = new LinearRegression({
    loss: (...given) => {
      calls += 1;
      if (calls > 20) throw new RangeError('mine');
      return own(...given);
    },
  });
  await expect(fit(model, data)).rejects.toThrow(/mine/);
  expect(() => model.parameters).toThrow(/fitted/);
  expect(() => fitSync(model, data)).toThrow(/mine/);
  calls = Number.NEGATIVE_INFINITY;
  expect((await fit(model, data)).status).toBe('converged');
});

test.each<[string, LossFunction]>([
  ['a sum that is NaN', () => Number.NaN],
  ['no sum', (() => {}) as unknown as LossFunction],
  ['derivatives that are left out', () => 1],
  [
    'a derivative that is NaN',
    (eta, target, derivative, curvature, w) => {
      const sum = own(eta, target, derivative, curvature, w);
      derivative[3] = Number.NaN;
      return sum;
    },
  ],
  [
    'arrays that are given away',
    (eta, target, derivative, curvature, w) => {
      const sum = own(eta, target, derivative, curvature, w);
      structuredClone(derivative, { transfer: [derivative.buffer as ArrayBuffer] });
      structuredClone(eta, { transfer: [eta.buffer as ArrayBuffer] });
      return sum;
    },
  ],
])('%s: the fit fails and says so', async (_, loss) => {
  const model = new LinearRegression({ loss });
  const result = await fit(model, data);
  expect(['failed', 'diverged']).toContain(result.status);
  expect(result.reason).toMatch(/loss|gradient/);
  const after = new LinearRegression({ loss: own });
  expect((await fit(after, data)).status).toBe('converged');
});

test('JSON holds no function: the model predicts, and is fitted again with one', async () => {
  const model = new LinearRegression({ loss: own });
  fitSync(model, data);
  const text = JSON.stringify(model);
  const again = LinearRegression.fromJSON(text);
  expect(again.predict(data)).toEqual(model.predict(data));
  expect(JSON.stringify(again)).toBe(text);
  await expect(fit(again, data)).rejects.toThrow(/`loss`.*fromJSON\(json, \{ loss \}\)/);
  const whole = LinearRegression.fromJSON(text, { loss: own });
  expect((await fit(whole, data)).status).toBe('converged');
  expect(whole.parameters).toEqual(model.parameters);
});

test('rules and single rows are refused', () => {
  const model = new LinearRegression({ loss: own });
  expect(() => fitSync(model, data, { optimizer: new SGD() })).toThrow(/`optimizer`.*takes no batches.*SGD/);
  expect(() => online(model, { optimizer: new SGD() })).toThrow(/loss the kernels know/);
  expect(() => new LinearRegression({ loss: 'mine' as never })).toThrow(/`loss`.*function of your own/);
});

test('the event loop has its turn between pieces of at most 16,384 rows', async () => {
  let longest = 0;
  let turns = 0;
  let running = true;
  const count = (): void => {
    turns += 1;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  const loss: LossFunction = (...given) => {
    longest = Math.max(longest, given[0].length);
    const until = performance.now() + 4;
    while (performance.now() < until);
    return own(...given);
  };
  const result = await fit(new LinearRegression({ loss }), data, { epochs: 3, optimizer: new LBFGS() });
  running = false;
  expect(longest).toBe(16_384);
  expect(turns).toBeGreaterThan(2 * result.evaluations);
});
