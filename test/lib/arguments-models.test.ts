// Wrong arguments of models, their data, summaries, paths and metrics: whatever comes,
// the message names the argument, what was expected, and what it got.

import {
  accuracy,
  brierScore,
  confusionMatrix,
  Dataset,
  elasticNet,
  fitSync,
  GeneralizedLinearModel,
  LinearRegression,
  LinearSVM,
  LogisticRegression,
  l1,
  l2,
  loadModel,
  logLoss,
  negativeBinomial,
  permutationImportance,
  quantile,
  regularizationPathSync,
  rocAuc,
  SoftmaxRegression,
  StandardScaler,
  tweedie,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { expectRefused } from './refused.js';

const x = [
  [1, 0],
  [2, 1],
  [3, 0],
  [4, 1],
  [5, 1],
  [6, 0],
];
const names = ['a', 'b'];
const numbers = Dataset.from(x, [1, 2, 2, 4, 5, 7], { names });
const classes = Dataset.from(x, ['n', 'y', 'n', 'y', 'y', 'n'], { names });
const linear = new LinearRegression();
fitSync(linear, numbers);
const poisson = new GeneralizedLinearModel({ family: 'poisson' });
fitSync(poisson, numbers);
const logistic = new LogisticRegression<string>({ penalty: l2(0.1) });
fitSync(logistic, classes);
const machine = new LinearSVM<string>({ penalty: l2(0.1) });
fitSync(machine, classes);
const softmax = new SoftmaxRegression<string>({ penalty: l2(0.1) });
fitSync(softmax, classes);

// Nothing of this is right anywhere below.
const never: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['text', 'x'],
  ['NaN', Number.NaN],
  ['a symbol', Symbol('s')],
  ['a bigint', 10n],
  ['a Map', new Map([['y', 5]])],
  ['a record', { foo: 1 }],
  ['an object without a prototype', Object.create(null)],
  ['an array with a hole', new Array(2)],
];
const wrong = (value: unknown): never => value as never;

const takers: readonly (readonly [string, (value: unknown) => unknown, RegExp])[] = [
  ['score of least squares', (v) => linear.score(wrong(v)), /`data` to be a Dataset/],
  ['score of a mean', (v) => poisson.score(wrong(v)), /`data` to be a Dataset/],
  ['deviance', (v) => poisson.deviance(wrong(v)), /`data` to be a Dataset/],
  ['score of two classes', (v) => logistic.score(wrong(v)), /`data` to be a Dataset/],
  ['score of a machine', (v) => machine.score(wrong(v)), /`data` to be a Dataset/],
  ['score of several classes', (v) => softmax.score(wrong(v)), /`data` to be a Dataset/],
  ['scaling', (v) => new StandardScaler().fit(wrong(v)), /`data` to be a Dataset/],
  ['scaling back', (v) => new StandardScaler().fit(numbers).inverseTransform(wrong(v)), /`data` to be a Dataset/],
  ['summary', (v) => poisson.summary(wrong(v)), /`data` to be a Dataset/],
  ['permutationImportance', (v) => permutationImportance(linear, wrong(v)), /`data` to be a Dataset/],
  ['its model', (v) => permutationImportance(wrong(v), numbers), /`model` to be a fitted model/],
  ['its metric', (v) => permutationImportance(linear, numbers, { metric: wrong(v) }), /`metric` to be a function/],
  ['a path', (v) => regularizationPathSync(new LinearRegression(), wrong(v)), /`data` to be a Dataset/],
  ['its model', (v) => regularizationPathSync(wrong(v), numbers), /`model` to be a model with a linear predictor/],
  [
    'its validation',
    (v) => regularizationPathSync(new LinearRegression(), numbers, { validation: wrong(v) }),
    /`validation` to be a Dataset/,
  ],
  ['a family', (v) => new GeneralizedLinearModel({ family: wrong(v) }), /`family` to be 'gaussian'/],
  ['a link', (v) => new GeneralizedLinearModel({ family: 'gamma', link: wrong(v) }), /`link` to be 'identity'/],
  ['the power', (v) => tweedie(wrong(v)), /`power`/],
  ['the alpha', (v) => negativeBinomial(wrong(v)), /`alpha`/],
  ['the quantile', (v) => quantile(wrong(v)), /`tau`/],
  ['the share of l1', (v) => elasticNet(1, wrong(v)), /share/],
  ['a loss', (v) => new LinearRegression({ loss: wrong(v) }), /`loss` to be squared\(\)/],
  ['a penalty', (v) => new LinearSVM({ penalty: wrong(v) }), /`penalty` to be l2\(strength\)/],
  ['a saved model', (v) => loadModel(v), /the model to be (an object with format 'gradus'|JSON text)/],
  ['offsets', (v) => Dataset.from([[1], [2]], [1, 2], { offsets: wrong(v) }), /`offsets` (to be|at row 0)/],
  ['an offset', (v) => poisson.predictOne([1, 2], { offset: wrong(v) }), /`offset` to be a finite number/],
  [
    'a field of offsets',
    (v) => Dataset.fromRecords([{ a: 1, p: 2 }], { target: 'p', offset: wrong(v) }),
    /`offset`.*\(a, p\)/,
  ],
  [
    'a field of weights',
    (v) => Dataset.fromRecords([{ a: 1, p: 2 }], { target: 'p', weights: wrong(v) }),
    /`weights`.*\(a, p\)/,
  ],
  ['a field of targets', (v) => Dataset.fromRecords([{ a: 1, p: 2 }], { target: wrong(v) }), /`target`.*\(a, p\)/],
  ['scores', (v) => rocAuc([0, 1], wrong(v)), /`scores` (to be|at row 0)/],
];

describe.each(takers)('%s', (_, act, message) => {
  test.each(never)('%s is refused', (__, value) => {
    expectRefused(() => act(value), expect.stringMatching(/^ERR_GRADUS_(OPTION|SHAPE|VALUE|FORMAT)$/), message);
  });
});

test.each<[string, () => unknown, RegExp]>([
  [
    'class weights in a Map',
    () => new LinearSVM({ classWeights: wrong(new Map([['y', 5]])) }),
    /`classWeights`.*record.*Map/,
  ],
  [
    'class weights in a typed array',
    () => new LinearSVM({ classWeights: wrong(new Float64Array(2)) }),
    /`classWeights`.*Float64Array/,
  ],
  [
    'a weight of text',
    () => new LinearSVM({ classWeights: wrong({ y: '5' }) }),
    /weight of class 'y'.*at least 0.*'5'/,
  ],
  [
    'factors in a Map',
    () => l1(1, { factors: wrong(new Map([['a', 2]])) }),
    /factors of l1.*record by column name.*Map/,
  ],
  [
    'labels beside one probability',
    () => logLoss([0, 1], [0.2, 0.7], { labels: [0, 1] }),
    /`labels`.*absent.*`positive`.*array of 2/,
  ],
  ['labels of Brier score', () => brierScore([0, 1], [0.2, 0.7], { labels: [0, 1] }), /`labels`.*absent.*`positive`/],
])('%s: refused, not ignored', (_, act, message) => {
  expectRefused(act, 'ERR_GRADUS_OPTION', message);
});

test('names of classes are not compared with their numbers', () => {
  const predicted = logistic.predict(classes);
  expect(accuracy(classes.rowLabels as string[], predicted)).toBe(logistic.score(classes));
  expectRefused(
    () => accuracy(classes.y, predicted),
    'ERR_GRADUS_VALUE',
    /`predicted` at row 0 to be a number, as in `y` \(`rowLabels`.*names\), but got '[ny]'/,
  );
  expectRefused(
    () => confusionMatrix(predicted, classes.y),
    'ERR_GRADUS_VALUE',
    /`predicted` at row 0.*a string.*[01]$/,
  );
  expect(accuracy(['a', 1], [1, 1])).toBe(0.5);
});

test('rows of another width than the fit has', () => {
  expectRefused(() => linear.predict([[1]]), 'ERR_GRADUS_SHAPE', /row 0 of `x` to be an array of 2 numbers, but got 1/);
  expectRefused(
    () => linear.predict([[1, 2], [1]]),
    'ERR_GRADUS_SHAPE',
    /row 1 of `x` to be an array of 2 numbers, but/,
  );
});
