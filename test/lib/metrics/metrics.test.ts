// Every metric against scikit-learn (test/fixtures/metrics_sklearn.py), weighted and not,
// with numbers and with strings as labels; what has no answer; wrong arguments.

import { readFileSync } from 'node:fs';
import * as gradus from 'gradus';
import { describe, expect, test } from 'vitest';
import { expectRefused } from '../refused.js';

type Numbers = readonly number[];
type Value = number | string | readonly Value[];
type Results = Readonly<Record<string, Readonly<Record<'plain' | 'weighted', Value>>>>;
interface Part {
  readonly y: Numbers;
  readonly probabilities: Numbers;
  readonly predicted: Numbers;
  readonly results: Results;
}
interface Fixture {
  readonly weights: Numbers;
  readonly binary: Part;
  readonly several: Part & { readonly names: readonly string[] };
  readonly regression: Part & { readonly counts: Numbers; readonly signed: Numbers };
}
const file = new URL('../../fixtures/metrics-sklearn.json', import.meta.url);
const { weights, binary, several, regression }: Fixture = JSON.parse(readFileSync(file, 'utf8'));
const { names } = several;
const nameOf = (k: number): string => names[k] as string;

function expectClose(got: unknown, wanted: Value): void {
  if (Array.isArray(wanted)) {
    const list = got as ArrayLike<unknown>;
    expect(list).toHaveLength(wanted.length);
    wanted.forEach((value, i) => {
      expectClose(list[i], value);
    });
    return;
  }
  if (wanted === 'Infinity') expect(got).toBe(Number.POSITIVE_INFINITY);
  else
    expect(Math.abs((got as number) - (wanted as number))).toBeLessThan(
      1e-12 * Math.max(1, Math.abs(wanted as number)),
    );
}

type Options = { readonly weights?: Numbers };
type Metric = (options: Options) => unknown;

const curve = (of: { readonly [key: string]: ArrayLike<number> }, ...keys: readonly string[]): unknown =>
  keys.map((key) => of[key]);
const roc = (of: gradus.RocCurve): unknown => curve({ ...of }, 'falsePositiveRate', 'truePositiveRate', 'thresholds');
const recalls = (of: gradus.PrecisionRecallCurve): unknown => curve({ ...of }, 'precision', 'recall', 'thresholds');
const calibration = (of: gradus.CalibrationCurve): unknown => curve({ ...of }, 'observed', 'predicted');

function binaryMetrics(y: readonly gradus.Label[], decided: readonly gradus.Label[], zero: gradus.Label) {
  const p = binary.probabilities;
  return {
    logLoss: (o) => gradus.logLoss(y, p, o),
    brierScore: (o) => gradus.brierScore(y, p, o),
    rocAuc: (o) => gradus.rocAuc(y, p, o),
    averagePrecision: (o) => gradus.averagePrecision(y, p, o),
    rocCurve: (o) => roc(gradus.rocCurve(y, p, o)),
    'rocCurve, all points': (o) => roc(gradus.rocCurve(y, p, { ...o, dropIntermediate: false })),
    precisionRecallCurve: (o) => recalls(gradus.precisionRecallCurve(y, p, o)),
    'precisionRecallCurve, dropped': (o) =>
      recalls(gradus.precisionRecallCurve(y, p, { ...o, dropIntermediate: true })),
    calibrationCurve: (o) => calibration(gradus.calibrationCurve(y, p, o)),
    'calibrationCurve, 10 bins': (o) => calibration(gradus.calibrationCurve(y, p, { ...o, bins: 10 })),
    'calibrationCurve, quantile': (o) =>
      calibration(gradus.calibrationCurve(y, p, { ...o, bins: 4, strategy: 'quantile' })),
    accuracy: (o) => gradus.accuracy(y, decided, o),
    precision: (o) => gradus.precision(y, decided, o),
    recall: (o) => gradus.recall(y, decided, o),
    f1Score: (o) => gradus.f1Score(y, decided, o),
    'precision of 0': (o) => gradus.precision(y, decided, { ...o, positive: zero }),
    confusionMatrix: (o) => gradus.confusionMatrix(y, decided, o).counts,
  } satisfies Record<string, Metric>;
}

function severalMetrics(y: readonly gradus.Label[], guess: readonly gradus.Label[]) {
  const p = several.probabilities;
  const averages = ['macro', 'micro', 'weighted'] as const;
  const scores = { precision: gradus.precision, recall: gradus.recall, f1Score: gradus.f1Score };
  const averaged = Object.entries(scores).flatMap(([name, score]) =>
    averages.map((average): [string, Metric] => [`${name}, ${average}`, (o) => score(y, guess, { ...o, average })]),
  );
  return {
    logLoss: (o: Options) => gradus.logLoss(y, p, o),
    brierScore: (o: Options) => gradus.brierScore(y, p, o),
    accuracy: (o: Options) => gradus.accuracy(y, guess, o),
    confusionMatrix: (o: Options) => gradus.confusionMatrix(y, guess, o).counts,
    ...Object.fromEntries(averaged),
  } satisfies Record<string, Metric>;
}

const { y: t, predicted: f, counts, signed } = regression;
const regressionMetrics: Record<string, Metric> = {
  rSquared: (o) => gradus.rSquared(t, f, o),
  meanAbsoluteError: (o) => gradus.meanAbsoluteError(t, f, o),
  meanSquaredError: (o) => gradus.meanSquaredError(t, f, o),
  rootMeanSquaredError: (o) => gradus.rootMeanSquaredError(t, f, o),
  'pinballLoss 0.1': (o) => gradus.pinballLoss(t, f, { ...o, quantile: 0.1 }),
  'pinballLoss 0.5': (o) => gradus.pinballLoss(t, f, o),
  'pinballLoss 0.9': (o) => gradus.pinballLoss(t, f, { ...o, quantile: 0.9 }),
  poissonDeviance: (o) => gradus.poissonDeviance(counts, f, o),
  gammaDeviance: (o) => gradus.gammaDeviance(t, f, o),
  'tweedieDeviance 0': (o) => gradus.tweedieDeviance(t, f, o),
  ...Object.fromEntries(
    [1, 1.5, 2, 3].map((power) => [
      `tweedieDeviance ${power}`,
      (o: Options) => gradus.tweedieDeviance(t, f, { ...o, power }),
    ]),
  ),
  'tweedieDeviance -0.5': (o) => gradus.tweedieDeviance(signed, f, { ...o, power: -0.5 }),
  ...Object.fromEntries(
    [0, 1, 1.5, 2].map((power) => [
      `explainedDeviance ${power}`,
      (o: Options) => gradus.explainedDeviance(t, f, { ...o, power }),
    ]),
  ),
};

const yesNo = (y: Numbers): readonly string[] => y.map((value) => (value === 1 ? 'yes' : 'no'));
describe.each([
  ['numbers', binaryMetrics(binary.y, binary.predicted, 0), binary.results],
  ['strings', binaryMetrics(yesNo(binary.y), yesNo(binary.predicted), 'no'), binary.results],
  ['several classes', severalMetrics(several.y, several.predicted), several.results],
  ['several names', severalMetrics(several.y.map(nameOf), several.predicted.map(nameOf)), several.results],
  ['regression', regressionMetrics, regression.results],
] as [string, Record<string, Metric>, Results][])('%s', (_, metrics, results) => {
  test('has every case of the fixture', () => {
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(results).sort());
  });
  test.each(Object.keys(metrics))('%s is what scikit-learn says', (name) => {
    const metric = metrics[name] as Metric;
    expectClose(metric({}), results[name]?.plain as Value);
    expectClose(metric({ weights }), results[name]?.weighted as Value);
    expectClose(metric({ weights: weights.map(() => 2.5) }), scaled(name, results[name]?.plain as Value));
  });
});

/** What equal weights of 2.5 give. */
function scaled(name: string, value: Value): Value {
  if (name !== 'confusionMatrix') return value;
  return (value as readonly Numbers[]).map((row) => row.map((count) => 2.5 * count));
}

test('the area under the drawn ROC curve is rocAuc', () => {
  const { falsePositiveRate: x, truePositiveRate: y } = gradus.rocCurve(binary.y, binary.probabilities);
  let area = 0;
  for (let i = 1; i < x.length; i += 1) {
    area += (((x[i] as number) - (x[i - 1] as number)) * ((y[i] as number) + (y[i - 1] as number))) / 2;
  }
  expect(area).toBeCloseTo(gradus.rocAuc(binary.y, binary.probabilities), 13);
});

describe('what has no answer', () => {
  test('one class only', () => {
    expect(gradus.rocAuc([1, 1], [0.2, 0.4])).toBeNaN();
    expect(gradus.rocAuc([0, 0], [0.2, 0.4])).toBeNaN();
    expect(gradus.averagePrecision([0, 0], [0.2, 0.4])).toBeNaN();
    expect(gradus.averagePrecision([1, 1], [0.2, 0.4])).toBe(1);
    expect([...gradus.rocCurve([1, 1], [0.2, 0.4]).falsePositiveRate]).toEqual([NaN, NaN, NaN]);
    expect([...gradus.rocCurve([0, 0], [0.2, 0.4]).truePositiveRate]).toEqual([NaN, NaN, NaN]);
    expect([...gradus.precisionRecallCurve([0, 0], [0.2, 0.4]).recall]).toEqual([NaN, NaN, 0]);
    expect(gradus.rocAuc([1, 0], [0.2, 0.4], { weights: [1, 0] })).toBeNaN();
    expect(gradus.precision([1, 1], [0, 0])).toBe(0);
    expect(gradus.recall([0, 0], [0, 0])).toBe(0);
    expect(gradus.f1Score(['a', 'b'], ['a', 'b'], { positive: 'c' })).toBe(0);
  });

  test('targets that are all equal', () => {
    expect(gradus.rSquared([0.1, 0.1, 0.1], [0.1, 0.1, 0.2])).toBeNaN();
    expect(gradus.explainedDeviance([3, 3, 3], [1, 2, 3], { power: 1 })).toBeNaN();
    expect(gradus.rSquared([1, 2, 1], [1, 2, 3], { weights: [1, 0, 1] })).toBeNaN();
  });

  test('probabilities of 0 and 1 cost what 2^-52 costs', () => {
    const most = 52 * Math.LN2;
    expect(gradus.logLoss([1, 0], [0, 1])).toBeCloseTo(most, 12);
    expect(gradus.logLoss([0, 1], [1, 0, 0, 1])).toBeCloseTo(2 ** -52, 20);
    expect(gradus.logLoss([1, 0], [1, 0, 0, 1])).toBeCloseTo(most, 12);
    expect(gradus.logLoss([1, 0], [1e-300, 0.5])).toBeCloseTo((most + Math.LN2) / 2, 12);
  });
});

test('a probability on the edge of two bins belongs to the lower one', () => {
  const { observed, weight } = gradus.calibrationCurve([1, 0, 1], [0.5, 0.500001, 1], { bins: 2 });
  expect([...observed]).toEqual([1, 0.5]);
  expect([...weight]).toEqual([1, 2]);
});

test('a softmax of two columns has the Brier score of its second', () => {
  const p = [0.2, 0.7, 0.9];
  const both = p.flatMap((value) => [1 - value, value]);
  expect(gradus.brierScore([0, 1, 0], both)).toBeCloseTo(gradus.brierScore([0, 1, 0], p), 15);
});

test('labels fix the order and add classes that no row has', () => {
  const options = { labels: ['dog', 'cat', 'cow'] };
  const { labels, counts: matrix } = gradus.confusionMatrix(['cat', 'dog'], ['dog', 'dog'], options);
  expect(labels).toEqual(options.labels);
  expect(matrix.map((row) => [...row])).toEqual([
    [1, 0, 0],
    [1, 0, 0],
    [0, 0, 0],
  ]);
  expect(gradus.recall(['cat', 'dog'], ['dog', 'dog'], { ...options, average: 'macro' })).toBeCloseTo(1 / 3, 15);
  expect(gradus.logLoss(['a', 'a'], [0.5, 0.5, 0.25, 0.75], { labels: ['a', 'b'] })).toBeCloseTo(1.5 * Math.LN2, 14);
});

const wrong = (value: unknown): never => value as never;
const refusals: readonly (readonly [string, () => unknown, string, RegExp])[] = [
  ['no array', () => gradus.accuracy(wrong(3), [1]), 'SHAPE', /`y` to be an array.*got 3/],
  ['no rows', () => gradus.rSquared([], []), 'SHAPE', /`y` to be at least one row.*none/],
  ['another length', () => gradus.accuracy([1, 0], [1]), 'SHAPE', /`predicted` to be 2 labels long.*got 1/],
  ['NaN predicted', () => gradus.meanSquaredError([1], [NaN]), 'VALUE', /`predicted` at row 0.*NaN/],
  ['a string as a number', () => gradus.rSquared([1, 2], wrong(['1', '2'])), 'VALUE', /`predicted` at row 0.*'1'/],
  ['a label of another kind', () => gradus.accuracy(wrong([true]), [1]), 'VALUE', /`y` at row 0.*number or a string/],
  ['weights too short', () => gradus.rocAuc([1, 0], [1, 0], { weights: [1] }), 'SHAPE', /`weights` to be 2/],
  ['a negative weight', () => gradus.accuracy([1], [1], { weights: [-1] }), 'VALUE', /`weights` at row 0.*at least 0/],
  ['no positive weight', () => gradus.accuracy([1], [1], { weights: [0] }), 'VALUE', /`weights`.*positive/],
  [
    'an unknown option',
    () => gradus.accuracy([1], [1], wrong({ weight: [1] })),
    'OPTION',
    /accuracy.*weights.*'weight'/,
  ],
  [
    'three labels, none positive',
    () => gradus.rocAuc([0, 1, 2], [1, 2, 3]),
    'OPTION',
    /`positive` to be given.*3 labels/,
  ],
  [
    'three labels, no average',
    () => gradus.f1Score(['a', 'b', 'c'], ['a', 'a', 'a']),
    'OPTION',
    /`positive` to be given/,
  ],
  [
    'an unknown average',
    () => gradus.recall([1], [1], { average: wrong('mean') }),
    'OPTION',
    /`average`.*'micro'.*'mean'/,
  ],
  [
    'positive and an average',
    () => gradus.recall([1], [1], { average: 'macro', positive: 1 }),
    'OPTION',
    /`positive`.*absent/,
  ],
  [
    'a label that is left out',
    () => gradus.confusionMatrix([1], [2], { labels: [1] }),
    'OPTION',
    /`labels`.*without 2/,
  ],
  ['a label twice', () => gradus.confusionMatrix([1], [1], { labels: [1, 1] }), 'OPTION', /`labels`.*once/],
  [
    'a probability above 1',
    () => gradus.logLoss([1], [1.1]),
    'VALUE',
    /`probabilities` at row 0.*between 0 and 1.*1.1/,
  ],
  [
    'shares that do not add up',
    () => gradus.logLoss([1], [0.5, 0.4]),
    'VALUE',
    /sum of `probabilities` at row 0.*1.*0.9/,
  ],
  [
    'half a row',
    () => gradus.brierScore([1, 0], [0.5, 0.5, 0.1]),
    'SHAPE',
    /`probabilities` to be 2 numbers or a multiple/,
  ],
  ['a class without a column', () => gradus.logLoss([2, 0], [0.5, 0.5, 0.1, 0.9]), 'OPTION', /`labels`.*without 2/],
  ['names without labels', () => gradus.logLoss(['a'], [0.5, 0.5]), 'OPTION', /`labels` to be given, 2 labels.*got 1/],
  ['all classes to calibrate', () => gradus.calibrationCurve([1], [0.5, 0.5]), 'SHAPE', /one a row.*2/],
  ['no bins', () => gradus.calibrationCurve([1], [0.5], { bins: 0 }), 'OPTION', /`bins`.*at least 1.*0/],
  [
    'an unknown strategy',
    () => gradus.calibrationCurve([1], [1], { strategy: wrong('x') }),
    'OPTION',
    /`strategy`.*'x'/,
  ],
  ['a quantile above 1', () => gradus.pinballLoss([1], [1], { quantile: 2 }), 'OPTION', /`quantile`.*at most 1.*2/],
  ['a power without distribution', () => gradus.tweedieDeviance([1], [1], { power: 0.5 }), 'OPTION', /`power`.*1.*0.5/],
  ['a negative count', () => gradus.poissonDeviance([-1], [1]), 'VALUE', /`y` at row 0.*a count, 0 or more.*-1/],
  ['a gamma target of 0', () => gradus.gammaDeviance([0], [1]), 'VALUE', /`y` at row 0.*> 0.*0/],
  ['a mean of 0', () => gradus.poissonDeviance([1], [0]), 'VALUE', /`predicted` at row 0.*positive.*0/],
];
test.each(refusals)('%s is refused', (_, act, code, message) => {
  expectRefused(act, `ERR_GRADUS_${code}`, message);
});
