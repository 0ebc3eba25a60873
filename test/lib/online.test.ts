// Learning from a stream: the bits of a fit of single rows, the live model,
// saving and restoring, and steps that are refused.

import {
  AdaGrad,
  Dataset,
  exponentialDecay,
  fit,
  fitSync,
  huber,
  inverseTimeDecay,
  kernels,
  LinearRegression,
  type LinearRegressionOptions,
  l2,
  type OnlineState,
  online,
  type Rule,
  SGD,
  stepDecay,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { epochOrder, Random } from '../../lib/kernels/random.js';

const bits = (values: Float64Array): string => Buffer.from(Float64Array.from(values).buffer).toString('hex');
const json = (state: OnlineState): OnlineState => JSON.parse(JSON.stringify(state));

interface Sample {
  readonly x: number[][];
  readonly y: number[];
  readonly weights: number[];
}

function sample(rows: number, columns: number): Sample {
  const random = new Random(columns);
  const x = Array.from({ length: rows }, () => Array.from({ length: columns }, () => 2 * random.uniform() - 1));
  const y = x.map((row) => row.reduce((sum, value, j) => sum + value * (j - 2), 0.2) + random.uniform() / 2);
  return { x, y, weights: x.map((_, i) => (i % 7 === 0 ? 0 : 0.5 + random.uniform())) };
}

const optimizers: [string, Rule][] = [
  ['SGD', new SGD({ learningRate: 0.01 })],
  ['SGD, decaying', new SGD({ learningRate: exponentialDecay(0.05, 0.9, { every: 20 }) })],
  ['SGD, momentum', new SGD({ learningRate: stepDecay(0.01, 0.5, { every: 30 }), momentum: 0.8 })],
  ['SGD, Nesterov', new SGD({ learningRate: 0.005, momentum: 0.9, nesterov: true })],
  ['AdaGrad', new AdaGrad({ learningRate: inverseTimeDecay(0.5, 0.01) })],
  ['AdaGrad, epsilon inside', new AdaGrad({ learningRate: 0.3, epsilonPlacement: 'inside', initialAccumulator: 0.1 })],
];

const models: [string, LinearRegressionOptions][] = [
  ['squared', {}],
  ['squared, l2, no intercept', { penalty: l2(0.05), intercept: false }],
  ['huber, l2', { loss: huber(0.7), penalty: l2(0.01) }],
  ['huber, no intercept', { loss: huber(0.4), intercept: false }],
];

const plainSets = kernels().available.filter((set) => set === 'portable' || set === 'sse2');

describe.each(plainSets)('the bits of a fit of single rows on %s', (set) => {
  describe.each(models)('%s', (_, modelOptions) => {
    test.each(optimizers)('%s', (_name, optimizer) => {
      for (const columns of [1, 5, 8, 10, 19]) {
        for (const weighted of [false, true]) {
          const { x, y, weights } = sample(43, columns);
          const data = Dataset.from(x, y, weighted ? { weights } : {});
          const fitted = new LinearRegression(modelOptions);
          const options = { optimizer, batchSize: 1, seed: 9, epochs: 2, tolerance: 0, kernels: set };
          const result = fitSync(fitted, data, options);
          expect([result.status, result.steps]).toEqual(['completed', 86]);

          const model = new LinearRegression(modelOptions);
          const learner = online(model, { optimizer });
          const meanWeight = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
          for (let epoch = 0; epoch < 2; epoch += 1) {
            const order = new Uint32Array(data.rows);
            epochOrder(9, epoch, false, order);
            for (const i of order) {
              const row = x[i] as number[];
              const before = epoch === 0 && learner.step === 0 ? 0 : model.predictOne(row);
              const weight = weighted ? (weights[i] as number) / meanWeight : undefined;
              const loss = learner.update(row, y[i] as number, weight);
              if (modelOptions.loss === undefined) expect(loss).toBe(0.5 * (before - (y[i] as number)) ** 2);
            }
          }
          expect(bits(model.parameters)).toBe(bits(fitted.parameters));
          expect([learner.step, learner.rejected]).toEqual([86, 0]);
        }
      }
    });
  });
});

test('arrays, typed arrays and records give the same bits', () => {
  const { x, y } = sample(20, 3);
  const make = (): LinearRegression => new LinearRegression();
  const single = x.map((row) => row.map(Math.fround));
  const inputs = [
    (row: number[]) => row,
    (row: number[]) => Float64Array.from(row),
    (row: number[]) => Float32Array.from(row),
    ([a, b, c]: number[]) => ({ x2: c as number, ignored: 7, x0: a as number, x1: b as number }),
  ];
  const ends = inputs.map((input) => {
    const model = make();
    const learner = online(model, { optimizer: new SGD({ learningRate: 0.1 }), columns: ['x0', 'x1', 'x2'] });
    single.forEach((row, i) => {
      learner.update(input(row), y[i] as number);
    });
    return bits(model.parameters);
  });
  expect(new Set(ends).size).toBe(1);
});

test('the model sees each update at once, and hands out copies', () => {
  const model = new LinearRegression();
  const learner = online(model, { optimizer: new SGD({ learningRate: 0.5 }) });
  expect(() => model.predictOne([1])).toThrow(expect.objectContaining({ code: 'ERR_GRADUS_NOT_FITTED' }));
  expect(learner.model).toBe(model);
  expect(learner.update({ rooms: 1, length: 2 }, 4)).toBe(8);
  expect([...model.parameters]).toEqual([2, 4, 2]);
  expect([...model.coefficients, model.intercept]).toEqual([2, 4, 2]);
  expect(model.predictOne({ length: 1, rooms: 1 })).toBe(8);
  expect([...model.predict([[1, 1]])]).toEqual([8]);
  expect(JSON.parse(JSON.stringify(model))).toMatchObject({ columnNames: ['rooms', 'length'], coefficients: [2, 4] });
  const copies = [model.parameters, model.coefficients];
  for (const copy of copies) copy.fill(100);
  expect(model.predictOne({ rooms: 1, length: 1 })).toBe(8);
  learner.update({ rooms: 1, length: 1 }, 8);
  expect([...model.parameters]).toEqual([2, 4, 2]);
  learner.update({ rooms: 0, length: 0 }, 3);
  expect(model.intercept).toBe(2.5);
});

test('`columns` start a model before its first event', () => {
  const model = new LinearRegression();
  online(model, { optimizer: new SGD(), columns: ['a', 'b'] });
  expect(model.predictOne({ a: 3, b: 4 })).toBe(0);
});

test('a fitted model goes on from its parameters', () => {
  const { x, y } = sample(30, 4);
  const model = new LinearRegression();
  fitSync(model, Dataset.from(x, y, { names: ['a', 'b', 'c', 'd'] }));
  const before = model.parameters;
  const learner = online(model, { optimizer: new SGD({ learningRate: 1e-4 }) });
  learner.update({ a: 1, b: 1, c: 1, d: 1 }, 100);
  expect(model.parameters).not.toEqual(before);
  expect(Math.hypot(...model.parameters.map((value, j) => value - (before[j] as number)))).toBeLessThan(0.05);
});

test('after a fit on the same model the learner goes on from what it committed', async () => {
  const { x, y } = sample(200, 4);
  const data = Dataset.from(x, y);
  const optimizer = new SGD({ learningRate: 0.01 });
  const model = new LinearRegression();
  const learner = online(model, { optimizer });
  const [row, target] = [[1, 2, 3, 4], 5];
  learner.update(row, target);
  const running = fit(model, data);
  learner.update(row, target); // replaced when the fit ends
  await running;
  const other = new LinearRegression();
  await fit(other, data);
  expect(bits(model.parameters)).toBe(bits(other.parameters));
  learner.update(row, target);
  online(other, { optimizer }).update(row, target);
  expect(bits(model.parameters)).toBe(bits(other.parameters));
  expect(learner.step).toBe(3);
  expect(learner.save().model).toEqual(model.toJSON());

  fitSync(model, Dataset.from([[1], [2], [3]], [1, 2, 4], { names: ['rooms'] }));
  expect(() => learner.update(row, target)).toThrow(
    expect.objectContaining({
      code: 'ERR_GRADUS_SHAPE',
      message: expect.stringMatching(/columns of `model` after a fit.*x0, x1, x2, x3.*but got rooms/),
    }),
  );
});

test('learners may share a model: each steps from where it is', () => {
  const model = new LinearRegression({ intercept: false });
  const learners = [new SGD({ learningRate: 1 }), new SGD({ learningRate: 0.5 })].map((optimizer) =>
    online(model, { optimizer, columns: ['a'] }),
  );
  learners[0]?.update([1], 4);
  learners[1]?.update([1], 8);
  expect([...model.parameters]).toEqual([6]);
});

test('learns from an async iterator', async () => {
  async function* events(): AsyncGenerator<{ x: { age: number; visits: number }; y: number }> {
    const random = new Random(3);
    for (let i = 0; i < 2000; i += 1) {
      await undefined;
      const x = { age: random.uniform(), visits: random.uniform() };
      yield { x, y: 2 * x.age - x.visits + 0.5 };
    }
  }
  const learner = online(new LinearRegression(), { optimizer: new AdaGrad({ learningRate: 0.5 }) });
  let late = 0;
  for await (const { x, y } of events()) {
    const loss = learner.update(x, y);
    if (learner.step > 1900) late += loss / 100;
  }
  expect(late).toBeLessThan(1e-4);
  expect(learner.model.coefficients[0]).toBeCloseTo(2, 1);
});

describe('save and restore', () => {
  const { x, y } = sample(60, 6);
  const feed = (learner: { update(x: number[], y: number): number }, from: number, to: number): void => {
    for (let i = from; i < to; i += 1) learner.update(x[i] as number[], y[i] as number);
  };

  test.each(
    models.flatMap(([model, options]) =>
      optimizers.map(([rule, optimizer]) => [model, rule, options, optimizer] as const),
    ),
  )('%s, %s: the bits of the uninterrupted learner', (_model, _rule, options, optimizer) => {
    const whole = online(new LinearRegression(options), { optimizer });
    feed(whole, 0, 60);
    const first = online(new LinearRegression(options), { optimizer });
    feed(first, 0, 25);
    const state = first.save();
    const text = JSON.stringify(state);
    expect(JSON.parse(text)).toEqual(state);
    feed(first, 25, 40); // what was saved does not follow
    expect(JSON.stringify(state)).toBe(text);
    const into = new LinearRegression(options);
    for (const second of [
      online.restore(json(state)),
      online.restore(text),
      online.restore(state, { model: into }),
      online.restore(state, { optimizer }),
    ]) {
      expect(second.step).toBe(25);
      expect(second.save()).toEqual(state);
      feed(second, 25, 60);
      expect(bits(second.model.parameters)).toBe(bits(whole.model.parameters));
      expect(second.save()).toEqual(whole.save());
    }
    expect(bits(into.parameters)).toBe(bits(whole.model.parameters));
  });

  test('keeps -0 and what was refused', () => {
    const model = new LinearRegression({ intercept: false });
    model.adopt({ parameters: Float64Array.of(-0, 1), names: ['a', 'b'] });
    const learner = online(model, { optimizer: new SGD({ learningRate: 1 }) });
    learner.update([1, 1e200], -1e200);
    const restored = online.restore(json(learner.save()));
    expect(Object.is(restored.model.parameters[0], -0)).toBe(true);
    expect(restored.rejected).toBe(1);
    expect(restored.lastRejection).toBe(learner.lastRejection);
  });

  test('a schedule of the user: the rule is given again', () => {
    const optimizer = new SGD({ learningRate: (step) => 0.1 / (1 + step) ** 0.6, momentum: 0.5 });
    const whole = online(new LinearRegression(), { optimizer });
    feed(whole, 0, 60);
    const first = online(new LinearRegression(), { optimizer });
    feed(first, 0, 30);
    const saved = json(first.save());
    expect(() => online.restore(saved)).toThrow(
      expect.objectContaining({
        code: 'ERR_GRADUS_OPTION',
        message: expect.stringMatching(/`optimizer`.*given.*function/),
      }),
    );
    const second = online.restore(saved, { optimizer });
    feed(second, 30, 60);
    expect(second.save()).toEqual(whole.save());
  });

  test('the rate may be another one', () => {
    const first = online(new LinearRegression(), { optimizer: new AdaGrad({ learningRate: 1 }) });
    feed(first, 0, 5);
    const second = online.restore(first.save(), { optimizer: new AdaGrad({ learningRate: 0.1 }) });
    expect(second.save().optimizer.learningRate).toEqual({ name: 'constant', rate: 0.1 });
  });
});

describe('a step that is not finite is not taken', () => {
  const stateOf = (state: OnlineState): unknown => ({ ...state, rejected: 0, lastRejection: null });

  test.each<[string, Rule, number[], number, RegExp]>([
    ['a rate too high', new SGD({ learningRate: 1e308 }), [2, 1], 50, /coefficient of 'x0' would become Infinity/],
    ['momentum', new SGD({ learningRate: 1e308, momentum: 0.9 }), [0, 0], 1e300, /the intercept would become Infinity/],
    [
      'a sum of squares',
      new AdaGrad(),
      [1e200, 1],
      1,
      /'accumulator' of the coefficient of 'x0' would become Infinity/,
    ],
    ['a gradient', new AdaGrad(), [1e200, 1], 1e200, /coefficient of 'x0' would become NaN/],
    ['0 / 0', new AdaGrad({ epsilon: 0 }), [0, 1], 1, /rate 0\.01 and derivative -1 .*'x0' would become NaN/],
  ])('%s', (_, optimizer, x, y, why) => {
    const learner = online(new LinearRegression(), { optimizer, columns: ['x0', 'x1'] });
    const before = learner.save();
    for (let count = 1; count <= 2; count += 1) {
      expect(learner.update(x, y)).toBe(0.5 * y * y);
      expect([learner.step, learner.rejected]).toEqual([0, count]);
      expect(learner.lastRejection).toMatch(
        /^step 0 was refused: with rate .* and derivative .* of the loss .*; lower/,
      );
      expect(learner.lastRejection).toMatch(why);
      expect(stateOf(learner.save())).toEqual(before);
    }
  });

  test('the loss is Infinity where it overflows, never NaN, and learning goes on', () => {
    const model = new LinearRegression({ intercept: false });
    const optimizer = new SGD({ learningRate: 0.1, momentum: 0.5 });
    const learner = online(model, { optimizer, columns: ['a', 'b'] });
    const twin = online(new LinearRegression({ intercept: false }), { optimizer, columns: ['a', 'b'] });
    for (const one of [learner, twin]) one.update([1, -1], 1e10);
    const overflow = [Number.MAX_VALUE, Number.MAX_VALUE];
    expect(learner.update(overflow, 1)).toBe(Infinity); // eta is ∞ - ∞
    expect(learner.rejected).toBe(1);
    for (const one of [learner, twin]) expect(one.update([1, -2], 1)).toBeGreaterThan(0);
    expect(bits(model.parameters)).toBe(bits(twin.model.parameters));
  });
});
