// Class weights against scikit-learn (test/fixtures/class_weights_sklearn.py) on every
// kernel set; their JSON; which are refused.

import { readFileSync } from 'node:fs';
import {
  type ClassWeights,
  Dataset,
  fitSync,
  kernels,
  LinearSVM,
  LogisticRegression,
  l2,
  SoftmaxRegression,
  StandardScaler,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from '../diabetes.js';
import { expectRefused } from '../refused.js';

interface Fixture {
  readonly strength: number;
  readonly two: readonly string[];
  readonly three: readonly string[];
  readonly cases: Readonly<Record<string, readonly number[]>>;
  /** Of LinearSVC without an intercept. */
  readonly machines: Readonly<Record<string, readonly number[]>>;
}
const file = new URL('../../fixtures/class-weights-sklearn.json', import.meta.url);
const { strength, two, three, cases, machines }: Fixture = JSON.parse(readFileSync(file, 'utf8'));
const scaled = new StandardScaler().fitTransform(diabetes());
const sample = Float64Array.from({ length: scaled.rows }, (_, i) => 1 + (i % 5) / 2);
const dataOf = (y: readonly string[] | ArrayLike<number>, weights?: ArrayLike<number>): Dataset =>
  Dataset.from(scaled.x, y, { columns: scaled.columns, ...(weights ? { weights } : {}) });
const penalty = l2(strength);
const uneven: ClassWeights = { high: 3, low: 0.5 };

function expectClose(got: Float64Array, wanted: readonly number[], within = 1e-8): void {
  expect(got).toHaveLength(wanted.length);
  wanted.forEach((value, i) => {
    expect(Math.abs((got[i] as number) - value), `parameter ${i}`).toBeLessThan(within);
  });
}

describe.each(kernels().available)('on %s', (set) => {
  const options = { kernels: set, tolerance: 1e-11 };
  test.each<[string, ClassWeights, boolean]>([
    ['two, balanced', 'balanced', false],
    ['two, balanced, weighted', 'balanced', true],
    ['two, uneven', { high: 3 }, false],
  ])('%s', (title, classWeights, weighted) => {
    const model = new LogisticRegression<string>({ penalty, classWeights });
    const result = fitSync(model, dataOf(two, weighted ? sample : undefined), options);
    expect(result.status, result.reason).toBe('converged');
    expectClose(model.parameters, cases[title] as readonly number[]);
  });

  test.each<[string, ClassWeights]>([
    ['balanced', 'balanced'],
    ['uneven', { high: 3 }],
  ])('%s, of a support vector machine', (title, classWeights) => {
    const model = new LinearSVM<string>({ penalty, classWeights, intercept: false });
    const result = fitSync(model, dataOf(two), options);
    expect(result.status, result.reason).toBe('converged');
    expectClose(model.parameters, machines[title] as readonly number[], 1e-7);
  });

  test.each<[string, ClassWeights, boolean]>([
    ['three, balanced', 'balanced', false],
    ['three, balanced, weighted', 'balanced', true],
    ['three, uneven', uneven, false],
  ])('%s', (title, classWeights, weighted) => {
    const model = new SoftmaxRegression<string>({ penalty, classWeights });
    const result = fitSync(model, dataOf(three, weighted ? sample : undefined), options);
    expect(model.classNames).toEqual(['high', 'low', 'middle']);
    expect(result.status, result.reason).toBe('converged');
    expectClose(model.parameters, cases[title] as readonly number[]);
  });
});

test('numbers take weights by number, and JSON keeps the weights', () => {
  const named = new LogisticRegression<string>({ penalty, classWeights: { high: 3 } });
  fitSync(named, dataOf(two));
  const numbered = new LogisticRegression({ penalty, classWeights: { 0: 3 } });
  fitSync(numbered, dataOf(two.map((name) => (name === 'high' ? 0 : 1))));
  expect(numbered.parameters).toEqual(named.parameters);
  expect(named.toJSON().options).toMatchObject({ classWeights: { high: 3 } });
  const again = LogisticRegression.fromJSON<string>(JSON.stringify(named));
  fitSync(again, dataOf(two));
  expect(again.parameters).toEqual(named.parameters);
  const softmax = new SoftmaxRegression<string>({ penalty, classWeights: 'balanced' });
  fitSync(softmax, dataOf(three));
  expect(SoftmaxRegression.fromJSON(JSON.stringify(softmax)).toJSON()).toEqual(softmax.toJSON());
});

test('validation rows keep their weights', () => {
  const data = dataOf(two);
  const fitted = new LogisticRegression<string>({ penalty, classWeights: 'balanced' });
  const { validationLoss } = fitSync(fitted, data, { validation: data });
  const p = fitted.predictProbability(data);
  const loss = two.reduce(
    (sum, name, i) => sum - Math.log(name === 'other' ? (p[i] as number) : 1 - (p[i] as number)),
    0,
  );
  expect(validationLoss).toBeCloseTo(loss / two.length, 12);
});

const wrong = (value: unknown): never => value as never;
test.each<[string, () => unknown, string, RegExp]>([
  ['a word', () => new LogisticRegression({ classWeights: wrong('even') }), 'OPTION', /`classWeights`.*'even'/],
  ['an array', () => new SoftmaxRegression({ classWeights: wrong([1, 2]) }), 'OPTION', /`classWeights`.*array of 2/],
  ['less than 0', () => new LogisticRegression({ classWeights: { a: -1 } }), 'OPTION', /class 'a'.*at least 0.*-1/],
  [
    'a class that is not there',
    () => fitSync(new LogisticRegression({ classWeights: { hihg: 2 } }), dataOf(two)),
    'OPTION',
    /`classWeights`.*high, other.*'hihg'/,
  ],
  [
    'a share',
    () => fitSync(new LogisticRegression({ classWeights: 'balanced' }), Dataset.from([[1], [2]], [0.5, 1])),
    'VALUE',
    /target 0.*class weight.*0.5/,
  ],
  [
    'nothing left',
    () => fitSync(new SoftmaxRegression({ classWeights: { 0: 0, 1: 0 } }), Dataset.from([[1], [2]], [0, 1])),
    'OPTION',
    /`classWeights`.*positive/,
  ],
])('%s is refused', (_, act, code, message) => {
  expectRefused(act, `ERR_GRADUS_${code}`, message);
});
