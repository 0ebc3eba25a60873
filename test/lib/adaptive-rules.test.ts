// The rules with a memory of gradients: fifty steps as PyTorch takes them, fits and
// streams with them on every kernel set, what they count, and what they refuse.

import { readFileSync } from 'node:fs';
import {
  AdaDelta,
  AdaGrad,
  Adam,
  AdamW,
  fit,
  fitSync,
  kernels,
  Lion,
  LogisticRegression,
  minimizeSync,
  online,
  type Rule,
  RMSProp,
  SGD,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';
import { bowl } from './minimize/objectives.js';

const file = new URL('../fixtures/steps-torch.json', import.meta.url);
const torch = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly c: number;
  readonly start: readonly number[];
  readonly cases: Readonly<Record<string, { readonly float64: Readonly<Record<string, readonly number[]>> }>>;
};

const rules: readonly (readonly [string, Rule])[] = [
  ['SGD', new SGD({ learningRate: 0.05 })],
  ['SGD, Nesterov', new SGD({ learningRate: 0.05, momentum: 0.9, nesterov: true })],
  ['Adagrad', new AdaGrad({ learningRate: 0.3, epsilon: 1e-4 })],
  ['RMSprop', new RMSProp({ learningRate: 0.02, decay: 0.9 })],
  ['RMSprop, momentum', new RMSProp({ learningRate: 0.02, decay: 0.9, momentum: 0.8 })],
  ['RMSprop, centered', new RMSProp({ learningRate: 0.02, decay: 0.9, epsilon: 0.01, centered: true })],
  [
    'RMSprop, centered, momentum',
    new RMSProp({ learningRate: 0.02, decay: 0.9, epsilon: 0.01, centered: true, momentum: 0.8 }),
  ],
  ['Adadelta', new AdaDelta({ learningRate: 1, decay: 0.9, epsilon: 1e-4 })],
  ['Adam', new Adam({ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6 })],
  ['Adam, AMSGrad', new Adam({ learningRate: 0.1, beta1: 0.9, beta2: 0.99, amsgrad: true })],
  ['AdamW', new AdamW({ learningRate: 0.1, beta1: 0.9, beta2: 0.99, weightDecay: 0.05 })],
];

function gradientAt(theta: Float64Array): Float64Array {
  const { a, b, c } = torch;
  return theta.map((value, j) => {
    let g = (a[j] as number) * (value - (b[j] as number));
    if (j > 0) g += c * (value - (theta[j - 1] as number));
    if (j + 1 < theta.length) g += c * (value - (theta[j + 1] as number));
    return g;
  });
}

test.each(rules)("%s takes PyTorch's steps", (name, rule) => {
  const theta = Float64Array.from(torch.start);
  const state = rule.init({ size: theta.length, blocks: [] });
  const wanted = torch.cases[name]?.float64 as Readonly<Record<string, readonly number[]>>;
  for (let step = 1; step <= 50; step += 1) {
    rule.step(theta, gradientAt(theta), rule.learningRate(step - 1), state);
    const expected = wanted[String(step)];
    if (expected === undefined) continue;
    for (let j = 0; j < theta.length; j += 1) {
      expect(Math.abs((theta[j] as number) - (expected[j] as number)), `step ${step}`).toBeLessThan(1e-12);
    }
  }
});

test('Lion moves every parameter by the rate, against the sign of its average', () => {
  const rule = new Lion({ learningRate: 0.1, weightDecay: 0.5 });
  const theta = Float64Array.of(1, -2);
  const state = rule.init({ size: 2, blocks: [] });
  rule.step(theta, Float64Array.of(3, -1e-9), 0.1, state);
  expect([...theta]).toEqual([0.95 * 1 - 0.1, 0.95 * -2 + 0.1]);
  expect(state.average?.[0]).toBeCloseTo(0.03, 15);
});

const counts = diabetes();
const data = (() => {
  const y = counts.y.map((value) => (value > 140 ? 1 : 0));
  counts.y.set(y);
  return counts;
})();
const best = fitSync(new LogisticRegression({ standardize: true }), data).loss;

const fitted: readonly (readonly [string, Rule])[] = [
  ['RMSProp', new RMSProp({ learningRate: 0.005 })],
  ['RMSProp with everything', new RMSProp({ learningRate: 0.001, momentum: 0.9, centered: true })],
  ['AdaDelta', new AdaDelta({ learningRate: 1 })],
  ['Adam', new Adam({ learningRate: 0.01 })],
  ['AMSGrad', new Adam({ learningRate: 0.01, amsgrad: true })],
  ['AdamW', new AdamW({ learningRate: 0.01, weightDecay: 1e-4 })],
  ['Lion', new Lion({ learningRate: 0.001 })],
];

describe.each(kernels().available)('on %s', (set) => {
  test.each(fitted)('%s comes close to the best logistic fit, at any number of threads', async (_, optimizer) => {
    const options = { optimizer, epochs: 150, batchSize: 32, seed: 3, kernels: set };
    const model = new LogisticRegression({ standardize: true });
    const result = await fit(model, data, { ...options, threads: 1 });
    expect(result.status).toBe('completed');
    expect(result.loss / best).toBeLessThan(1.02);
    const same = new LogisticRegression({ standardize: true });
    await fit(same, data, { ...options, threads: 3 });
    expect(same.parameters).toEqual(model.parameters);
  });
});

test.each(fitted)('%s learns a stream, and goes on from what was saved', (_, optimizer) => {
  const learner = online(new LogisticRegression(), { optimizer });
  const feed = (to: typeof learner, from: number, until: number): void => {
    for (let i = from; i < until; i += 1) to.update([Math.sin(i), Math.cos(3 * i)], Math.sin(i) > 0 ? 1 : 0);
  };
  feed(learner, 0, 40);
  const again = online.restore(JSON.parse(JSON.stringify(learner.save()))) as typeof learner;
  feed(learner, 40, 80);
  feed(again, 40, 80);
  expect(again.model.parameters).toEqual(learner.model.parameters);
});

test('the count of Adam is in its state: bias correction goes on after a pause', () => {
  const rule = new Adam({ learningRate: 0.1 });
  const theta = Float64Array.of(1);
  const state = rule.init({ size: 1, blocks: [] });
  for (let k = 0; k < 3; k += 1) rule.step(theta, Float64Array.of(1), 0.1, state);
  expect(state.count?.[0]).toBe(3);
  // A constant gradient moves Adam by the rate at every step.
  expect(theta[0]).toBeCloseTo(0.7, 7);
  const result = minimizeSync(bowl, [3, -2], { optimizer: new Adam({ learningRate: 0.05 }), maxIterations: 4000 });
  expect(result.parameters[0]).toBeCloseTo(1, 5);
});

test.each<[string, () => Rule, RegExp]>([
  ['RMSProp', () => new RMSProp({ decay: 0 }), /`decay`.*positive/],
  ['RMSProp', () => new RMSProp({ decay: 1 }), /`decay`.*below 1/],
  ['RMSProp', () => new RMSProp({ epsilonPlacement: 'under' as never }), /`epsilonPlacement`.*'outside' or 'inside'/],
  ['AdaDelta', () => new AdaDelta({ epsilon: 0 }), /`epsilon`.*positive/],
  ['Adam', () => new Adam({ beta1: 1 }), /`beta1`.*below 1/],
  ['Adam', () => new Adam({ weightDecay: 0.1 } as object), /weightDecay/],
  ['AdamW', () => new AdamW({ weightDecay: -1 }), /`weightDecay`.*at least 0/],
  ['Lion', () => new Lion({ beta2: Number.NaN }), /`beta2`/],
  ['Lion', () => new Lion({ learningRate: 0 }), /`learningRate`.*positive/],
])('%s refuses %o', (_, construct, message) => {
  expect(construct).toThrow(message);
});
