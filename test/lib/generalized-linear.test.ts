// Logistic and Poisson regression, and l1 and elastic-net penalties, on real data
// against scikit-learn (test/fixtures/generalized_linear_sklearn.py), on every kernel
// set and by every solver that suits; predictions, JSON, online learning, bad targets.

import { readFileSync } from 'node:fs';
import {
  BFGS,
  Dataset,
  elasticNet,
  fit,
  fitSync,
  kernels,
  LBFGS,
  LevenbergMarquardt,
  LinearRegression,
  LogisticRegression,
  l1,
  l2,
  Newton,
  online,
  OWLQN,
  type Penalty,
  PoissonRegression,
  ProximalGradient,
  SGD,
  SoftmaxRegression,
  type Solver,
  TrustRegion,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';

interface Reference {
  readonly coefficients: readonly number[];
  readonly intercept: number;
  readonly zeros: number;
}
const file = new URL('../fixtures/generalized-linear-sklearn.json', import.meta.url);
const references: Readonly<Record<string, Reference>> = JSON.parse(readFileSync(file, 'utf8')).cases;

const counts = diabetes();
const labels = (() => {
  const sorted = counts.y.slice().sort();
  const middle = ((sorted[220] as number) + (sorted[221] as number)) / 2;
  const y = counts.y.map((value) => (value > middle ? 1 : 0));
  return Dataset.from(counts.x, y, { columns: counts.columns, names: [...counts.columnNames] });
})();

const softmaxReference = (
  JSON.parse(readFileSync(file, 'utf8')).cases as Record<string, Record<string, readonly number[]>>
)['softmax l2(0.02)'] as Record<string, readonly number[]>;
const terciles = Dataset.from(counts.x, softmaxReference.labels as readonly number[], {
  columns: counts.columns,
  names: [...counts.columnNames],
});

type Model = LinearRegression | LogisticRegression | PoissonRegression;
const cases: readonly (readonly [string, (penalty?: Penalty) => Model, Penalty | undefined, Dataset])[] = [
  ['logistic', (penalty) => make(LogisticRegression, penalty), undefined, labels],
  ['logistic l2(0.01)', (penalty) => make(LogisticRegression, penalty), l2(0.01), labels],
  ['poisson', (penalty) => make(PoissonRegression, penalty), undefined, counts],
  ['poisson l2(0.1)', (penalty) => make(PoissonRegression, penalty), l2(0.1), counts],
  ['squared l1(2)', (penalty) => make(LinearRegression, penalty), l1(2), counts],
  ['squared elasticNet(1, 0.7)', (penalty) => make(LinearRegression, penalty), elasticNet(1, 0.7), counts],
  ['logistic l1(0.02)', (penalty) => make(LogisticRegression, penalty), l1(0.02), labels],
  ['logistic elasticNet(0.02, 0.5)', (penalty) => make(LogisticRegression, penalty), elasticNet(0.02), labels],
];

function make(
  Of: typeof LinearRegression | typeof LogisticRegression | typeof PoissonRegression,
  penalty: Penalty | undefined,
): Model {
  return new Of({ standardize: true, ...(penalty === undefined ? {} : { penalty }) });
}

function largestError(model: Model, reference: Reference): number {
  const errors = reference.coefficients.map((wanted, j) => {
    const got = model.coefficients[j] as number;
    return (
      Math.abs(got - wanted) / Math.max(Math.abs(wanted), 1e-3 * Math.max(...reference.coefficients.map(Math.abs)))
    );
  });
  return Math.max(...errors, Math.abs(model.intercept - reference.intercept) / Math.abs(reference.intercept));
}

describe.each(kernels().available)('on %s', (set) => {
  test.each(cases)('%s is what scikit-learn finds', async (title, makeModel, penalty, data) => {
    const model = makeModel(penalty);
    const result = await fit(model, data, {
      kernels: set,
      tolerance: penalty?.name === 'l2' || !penalty ? 1e-11 : 1e-9,
    });
    expect(result.status, result.reason).toBe('converged');
    const reference = references[title] as Reference;
    expect(largestError(model, reference)).toBeLessThan(
      title.startsWith('logistic l1') || title.includes('elastic') ? 1e-5 : 1e-7,
    );
    expect(model.coefficients.filter((value) => value === 0)).toHaveLength(reference.zeros);
  });
});

const smooth: readonly Solver[] = [
  new Newton(),
  new LBFGS(),
  new BFGS(),
  new TrustRegion(),
  new TrustRegion({ subproblem: 'steihaug' }),
];
test.each(smooth.map((solver) => [solver.name, solver] as const))('%s finds the same minima', (_, optimizer) => {
  for (const [title, makeModel, penalty, data] of cases.slice(0, 4)) {
    const model = makeModel(penalty);
    const result = fitSync(model, data, { optimizer, tolerance: 1e-8 });
    expect(result.status, `${title}: ${result.reason}`).toBe('converged');
    expect(largestError(model, references[title] as Reference), title).toBeLessThan(1e-4);
  }
});

test.each([new OWLQN(), new ProximalGradient()].map((solver) => [solver.name, solver] as const))(
  '%s finds the zeros of l1 exactly',
  (_, optimizer) => {
    for (const [title, makeModel, penalty, data] of cases.slice(4)) {
      const model = makeModel(penalty);
      const result = fitSync(model, data, { optimizer, tolerance: 1e-7 });
      expect(result.converged, `${title}: ${result.reason}`).toBe(true);
      const zeros = model.coefficients.filter((value) => value === 0);
      expect(zeros, title).toHaveLength((references[title] as Reference).zeros);
    }
  },
);

test('solvers and rules that cannot respect l1 are refused, and row by row too', () => {
  const model = new LogisticRegression({ penalty: l1(0.1) });
  expect(() => fitSync(model, labels, { optimizer: new Newton() })).toThrow(/`optimizer`.*respect l1.*Newton/);
  expect(() => fitSync(model, labels, { optimizer: new SGD() })).toThrow(/`optimizer`.*respect l1.*SGD/);
  expect(() => online(model, { optimizer: new SGD() })).toThrow(/without an l1 penalty/);
  const lasso = new LinearRegression({ penalty: l1(0.1), standardize: true });
  fitSync(lasso, counts);
  expect(() => lasso.summary(counts)).toThrow(/none or l2/);
});

test('predictions agree one by one and in bulk, and follow from the linear predictor', () => {
  const logistic = new LogisticRegression({ standardize: true });
  fitSync(logistic, labels);
  const probabilities = logistic.predictProbability(labels);
  const classes = logistic.predict(labels);
  let right = 0;
  for (let i = 0; i < labels.rows; i += 1) {
    const row = labels.x.subarray(i * labels.columns, (i + 1) * labels.columns);
    expect(logistic.predictProbabilityOne(row)).toBe(probabilities[i]);
    expect(logistic.predictOne(row)).toBe(classes[i]);
    expect(classes[i]).toBe((probabilities[i] as number) >= 0.5 ? 1 : 0);
    right += classes[i] === labels.y[i] ? 1 : 0;
  }
  expect(logistic.score(labels)).toBeCloseTo(right / labels.rows, 15);
  const poisson = new PoissonRegression({ standardize: true });
  fitSync(poisson, counts);
  const means = poisson.predict(counts);
  expect(poisson.predictOne(counts.x.subarray(0, counts.columns))).toBe(means[0]);
  // With an intercept the means of a Poisson fit add up to the counts.
  const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
  expect(sum(means) / sum(counts.y)).toBeCloseTo(1, 9);
  expect(poisson.score(counts)).toBeGreaterThan(0.4);
  expect(poisson.score(counts)).toBeLessThan(1);
});

test('a score of predictions that float64 cannot hold is as bad as can be, and no error', () => {
  const poisson = new PoissonRegression({ intercept: false });
  const data = Dataset.from([[1], [2]], [1, 2]);
  fitSync(poisson, data);
  const huge = (value: number) => PoissonRegression.fromJSON({ ...poisson.toJSON(), coefficients: [value] });
  expect(huge(1e4).score(data)).toBeLessThan(-1e100);
  expect(huge(-1e4).score(data)).toBeLessThan(-100);
  const linear = new LinearRegression({ intercept: false });
  fitSync(linear, data);
  const steep = LinearRegression.fromJSON({ ...linear.toJSON(), coefficients: [1.5e308] });
  expect(steep.score(data)).toBe(Number.NEGATIVE_INFINITY);
});

test.each([
  [LogisticRegression, labels],
  [PoissonRegression, counts],
] as const)('%o from JSON predicts the same; foreign JSON is refused', (Of, data) => {
  const model = new Of({ standardize: true, penalty: elasticNet(0.001, 0.2) });
  fitSync(model, data);
  const again = Of.fromJSON(JSON.stringify(model));
  expect(again.predict(data)).toEqual(model.predict(data));
  expect(again.toJSON()).toEqual(model.toJSON());
  const other = Of === LogisticRegression ? PoissonRegression : LogisticRegression;
  expect(() => other.fromJSON(JSON.stringify(model))).toThrow(/ERR_GRADUS_FORMAT|version 1/);
  expect(() => Of.fromJSON('{"format":"gradus"')).toThrow(/does not parse/);
});

test('targets that a model cannot have are named', async () => {
  const bad = Dataset.from([[1], [2], [3]], [0, 2, 1]);
  await expect(fit(new LogisticRegression(), bad)).rejects.toThrow(/target 1 to be a class, 0 or 1.*2/);
  const negative = Dataset.from([[1], [2], [3]], [0, 2, -1]);
  await expect(fit(new PoissonRegression(), negative)).rejects.toThrow(/target 2 to be a count.*-1/);
});

test('classes that a line separates have no finite fit: it is said, and the point is finite', () => {
  const separated = Dataset.from([[1], [2], [3], [4]], [0, 0, 1, 1]);
  const model = new LogisticRegression();
  const result = fitSync(model, separated);
  expect(model.parameters.every(Number.isFinite)).toBe(true);
  expect(model.score(separated)).toBe(1);
  expect(result.loss).toBeLessThan(1e-6);
});

test('mini-batches and single rows learn the same models', () => {
  const model = new LogisticRegression({ standardize: true, penalty: l2(0.01) });
  fitSync(model, labels, { optimizer: new SGD({ learningRate: 0.05 }), epochs: 200, batchSize: 16, seed: 1 });
  expect(largestError(model, references['logistic l2(0.01)'] as Reference)).toBeLessThan(0.5);
  const learner = online(new LogisticRegression(), { optimizer: new SGD({ learningRate: 0.05 }) });
  for (let round = 0; round < 300; round += 1) {
    learner.update([1, -1], 1);
    learner.update([-1, 1], 0);
  }
  expect(learner.model.predictOne([1, -1])).toBe(1);
  const again = online.restore(JSON.parse(JSON.stringify(learner.save())));
  again.update([1, -1], 1);
  learner.update([1, -1], 1);
  expect(again.model.parameters).toEqual(learner.model.parameters);
});

describe('softmax regression', () => {
  const make = (): SoftmaxRegression => new SoftmaxRegression({ standardize: true, penalty: l2(0.02) });

  test.each(kernels().available)('on %s it is what scikit-learn finds', async (set) => {
    const model = make();
    const result = await fit(model, terciles, { kernels: set, tolerance: 1e-9 });
    expect(result.status, result.reason).toBe('converged');
    expect(result.optimizer).toBe('Newton');
    const wanted = softmaxReference.parameters as readonly number[];
    expect(model.parameters).toHaveLength(wanted.length);
    for (const [i, value] of wanted.entries()) {
      expect(Math.abs((model.parameters[i] as number) - value), `parameter ${i}`).toBeLessThan(
        1e-5 * Math.max(1, Math.abs(value)),
      );
    }
    const first = model.predictProbability(terciles).subarray(0, 3);
    for (const [k, value] of (softmaxReference['probabilities of the first row'] as readonly number[]).entries()) {
      expect(first[k]).toBeCloseTo(value, 6);
    }
  });

  test('predictions agree one by one and in bulk, JSON brings them back, l1 gives zeros', () => {
    const model = make();
    fitSync(model, terciles);
    const probabilities = model.predictProbability(terciles);
    const classes = model.predict(terciles);
    for (let i = 0; i < terciles.rows; i += 1) {
      const row = terciles.x.subarray(i * terciles.columns, (i + 1) * terciles.columns);
      expect(model.predictProbabilityOne(row)).toEqual(probabilities.slice(3 * i, 3 * i + 3));
      expect(model.predictOne(row)).toBe(classes[i]);
    }
    expect(model.score(terciles)).toBeGreaterThan(0.55);
    const again = SoftmaxRegression.fromJSON(JSON.stringify(model));
    expect(again.predict(terciles)).toEqual(classes);
    expect(again.classes).toBe(3);
    const sparse = new SoftmaxRegression({ standardize: true, penalty: l1(0.03) });
    const result = fitSync(sparse, terciles);
    expect(result.status, result.reason).toBe('converged');
    expect(sparse.parameters.filter((value) => value === 0).length).toBeGreaterThan(5);
  });

  test('two classes are logistic regression, and the sum over classes stays zero', () => {
    const softmax = new SoftmaxRegression({ standardize: true });
    fitSync(softmax, labels, { tolerance: 1e-9 });
    const logistic = new LogisticRegression({ standardize: true });
    fitSync(logistic, labels);
    const each = labels.columns + 1;
    for (let j = 0; j < each; j += 1) {
      const [a, b] = [softmax.parameters[j] as number, softmax.parameters[each + j] as number];
      expect(b - a).toBeCloseTo(logistic.parameters[j] as number, 5);
      expect(a + b).toBeCloseTo(0, 8);
    }
  });

  test('wrong targets, rules and solvers are named', async () => {
    const model = new SoftmaxRegression({ classes: 2 });
    await expect(fit(model, terciles)).rejects.toThrow(/target \d+ to be a class, a whole number from 0 to 1.*2/);
    expect(() => fitSync(make(), terciles, { optimizer: new SGD() })).toThrow(/SoftmaxRegression takes no batches/);
    expect(() => fitSync(make(), terciles, { optimizer: new LevenbergMarquardt() })).toThrow(
      /no more than value, value-gradient.*LevenbergMarquardt/,
    );
    expect(() => make().predict(terciles)).toThrow(/fitted/);
    expect(() => new SoftmaxRegression({ classes: 1 })).toThrow(/`classes`.*at least 2/);
    expect(() => SoftmaxRegression.fromJSON('{"format":"gradus","version":1,"model":"SoftmaxRegression"}')).toThrow(
      /as many finite parameters/,
    );
  });

  test('any number of threads gives the same bits', async () => {
    const one = make();
    await fit(one, terciles, { threads: 1 });
    const three = make();
    await fit(three, terciles, { threads: 3 });
    expect(three.parameters).toEqual(one.parameters);
  });
});
