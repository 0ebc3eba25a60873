// `gapBound`: never below what the loss is above its minimum, at early stops of every kind
// of optimizer too; small at convergence; absent where none is known.

import {
  CoordinateDescent,
  Dataset,
  elasticNet,
  fit,
  fitSync,
  GeneralizedLinearModel,
  huber,
  kernels,
  LBFGS,
  LinearRegression,
  type LinearRegressionOptions,
  LogisticRegression,
  l1,
  l2,
  LinearSVM,
  OWLQN,
  PoissonRegression,
  ProximalGradient,
  type Rule,
  SGD,
  SoftmaxRegression,
  type Solver,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';
import { normalFrom, randomFrom } from './solvers/bounded-problems.js';

const numbers = diabetes();
const weights = Float64Array.from({ length: numbers.rows }, (_, i) => (i % 7) / 3);
const shape = { columns: numbers.columns, names: [...numbers.columnNames], weights };
const labels = Dataset.from(
  numbers.x,
  numbers.y.map((value) => (value > 140 ? 1 : 0)),
  shape,
);
const counts = Dataset.from(
  numbers.x,
  numbers.y.map((value) => Math.round(value / 20)),
  shape,
);
const offsets = Dataset.from(counts.x, counts.y, {
  ...shape,
  offsets: Float64Array.from({ length: numbers.rows }, (_, i) => (i % 5) / 4),
});
const normal = normalFrom(randomFrom(21));
const wide = Dataset.from(Float64Array.from({ length: 25 * 80 }, normal), Float64Array.from({ length: 25 }, normal), {
  columns: 80,
});

type Made = LinearRegression | LogisticRegression | PoissonRegression | GeneralizedLinearModel | LinearSVM;
type Make = (options: LinearRegressionOptions) => Made;
const linear: Make = (options) => new LinearRegression(options);
const binary: Make = (options) => new LogisticRegression(options);
const count: Make = (options) => new PoissonRegression(options);
const amount: Make = (options) => new GeneralizedLinearModel({ family: 'gamma', link: 'log', ...options });
const support: Make = (options) => new LinearSVM(options);

const cases: readonly (readonly [string, Make, Dataset, LinearRegressionOptions])[] = [
  ['squared, l1', linear, numbers, { penalty: l1(2) }],
  ['squared, l1 without intercept', linear, numbers, { penalty: l1(2), intercept: false }],
  ['squared, elastic net', linear, numbers, { penalty: elasticNet(1, 0.7) }],
  ['squared, l2', linear, numbers, { penalty: l2(0.1) }],
  ['squared', linear, numbers, {}],
  ['squared, non-negative', linear, numbers, { nonNegative: true }],
  ['squared, l1 with a free column', linear, numbers, { penalty: l1(1, { factors: { bmi: 0 } }), nonNegative: ['s1'] }],
  ['squared, l1, fewer rows than columns', linear, wide, { penalty: l1(0.1) }],
  ['squared, l1, non-negative, fewer rows than columns', linear, wide, { penalty: l1(0.1), nonNegative: true }],
  ['squared, elastic net, fewer rows than columns', linear, wide, { penalty: elasticNet(0.2, 0.5) }],
  ['logistic, l1', binary, labels, { penalty: l1(0.02) }],
  ['logistic, l2', binary, labels, { penalty: l2(0.02) }],
  ['logistic, l2 without intercept', binary, labels, { penalty: l2(0.02), intercept: false }],
  ['logistic, elastic net, non-negative', binary, labels, { penalty: elasticNet(0.02), nonNegative: true }],
  ['Poisson, l1', count, counts, { penalty: l1(0.1) }],
  ['Poisson, l2 with factors', count, counts, { penalty: l2(0.1, { factors: { bmi: 0.01 } }) }],
  ['gamma, l2', amount, numbers, { penalty: l2(0.05) }],
  ['squared hinge, l2', support, labels, { penalty: l2(0.05) }],
  ['Poisson with offsets, l2', count, offsets, { penalty: l2(0.2) }],
  ['Huber, l2', linear, numbers, { penalty: l2(0.1), loss: huber(30) }],
  ['Huber, elastic net', linear, numbers, { penalty: elasticNet(1), loss: huber(30) }],
];

const optimizers: readonly (Solver | Rule | undefined)[] = [
  undefined,
  new OWLQN(),
  new LBFGS(),
  new ProximalGradient(),
  new SGD({ learningRate: 1e-3 }),
];

describe.each(cases)('%s', (_, make, data, options) => {
  const model = (): ReturnType<Make> => make({ standardize: true, ...options });
  const best = fitSync(model(), data, { optimizer: new CoordinateDescent(), tolerance: 1e-14 });

  test.each(kernels().available)('small at convergence on %s', async (set) => {
    const result = await fit(model(), data, { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(result.gapBound).toBeGreaterThanOrEqual(0);
    expect(result.gapBound).toBeLessThan(1e-8);
  });

  test('above the true gap at early stops', () => {
    let runs = 0;
    for (const optimizer of optimizers) {
      const suits =
        optimizer === undefined ||
        ('handles' in optimizer
          ? model().demands.every((part) => (optimizer.handles as readonly string[] | undefined)?.includes(part))
          : model().demands.length === 0 && model().refusesBatches === undefined);
      if (!suits) continue;
      for (const epochs of [1, 2, 5, 20]) {
        const result = fitSync(model(), data, { ...(optimizer ? { optimizer } : {}), epochs });
        const gap = result.loss - best.loss;
        expect(result.gapBound, `${result.optimizer}, ${epochs}`).toBeDefined();
        expect(result.gapBound, `${result.optimizer}, ${epochs}`).toBeGreaterThanOrEqual(
          gap - 1e-14 * Math.abs(best.loss),
        );
        runs += 1;
      }
    }
    expect(runs).toBeGreaterThan(4);
  });
});

test('for squared loss alone it is the gap itself', () => {
  const best = fitSync(new LinearRegression({ standardize: true }), numbers).loss;
  const early = fitSync(new LinearRegression({ standardize: true }), numbers, { optimizer: new LBFGS(), epochs: 3 });
  expect((early.gapBound as number) / (early.loss - best)).toBeCloseTo(1, 9);
});

test('absent where no bound is known', () => {
  const unknown = [
    fitSync(new LogisticRegression({ standardize: true }), labels),
    fitSync(new PoissonRegression({ standardize: true, penalty: l2(1, { factors: { bmi: 0 } }) }), counts),
    // Not convex.
    fitSync(new GeneralizedLinearModel({ family: 'inverseGaussian', penalty: l2(1e-3) }), numbers),
    fitSync(new SoftmaxRegression({ standardize: true, penalty: l2(0.1) }), labels),
    // Fewer rows than columns: the Hessian has no inverse, and one column is held by nothing.
    fitSync(new LinearRegression({ penalty: l1(0.1, { factors: { x0: 0 } }) }), wide),
  ];
  for (const result of unknown) expect('gapBound' in result).toBe(false);
});

test('an aborted fit has none, and goes on having a result', async () => {
  const stop = new AbortController();
  const result = await fit(new LogisticRegression({ standardize: true, penalty: l2(0.1) }), labels, {
    optimizer: new LBFGS(),
    signal: stop.signal,
    tolerance: 0,
    onEpoch: ({ epoch }) => epoch === 2 && stop.abort(),
  });
  expect(result.status).toBe('aborted');
  expect(result.gapBound).toBeUndefined();
});
