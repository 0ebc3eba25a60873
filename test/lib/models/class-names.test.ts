// Targets that are class names: from arrays, records and CSV, through views and scaling,
// into the three classifiers and back out of them; which are refused.

import { Readable } from 'node:stream';
import {
  Dataset,
  fit,
  fitSync,
  GeneralizedLinearModel,
  LinearRegression,
  LinearSVM,
  LogisticRegression,
  l2,
  online,
  PoissonRegression,
  readCsv,
  SGD,
  SoftmaxRegression,
  StandardScaler,
} from 'gradus';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { expectRefused } from '../refused.js';

const x = [[1], [2], [3], [4], [5], [6]];
const pets = ['dog', 'cat', 'dog', 'cat', 'cat', 'dog'];
const data = Dataset.from(x, pets);
const numbered = Dataset.from(x, [1, 0, 1, 0, 0, 1]);
const three = Dataset.from(x, ['c', 'b', 'a', 'a', 'b', 'c']);
const penalty = l2(0.1);

describe('a data set', () => {
  test('numbers the sorted names, and views keep them', () => {
    expect(data.classNames).toEqual(['cat', 'dog']);
    expect([...data.y]).toEqual([1, 0, 1, 0, 0, 1]);
    expect(data.rowLabels).toEqual(pets);
    const { train, test: held } = data.split({ test: 1, seed: 3 });
    expect(held.classNames).toEqual(['cat', 'dog']);
    expect(held.rowLabels).toHaveLength(1);
    const back = train.shuffle({ seed: 5 });
    const place = (view: Dataset): unknown => [...view.x].map((value, i) => [value, view.rowLabels?.[i]]);
    for (const [value, label] of place(back) as [number, string][]) expect(pets[value - 1]).toBe(label);
    expect(numbered.classNames).toBeUndefined();
    expect(numbered.rowLabels).toBeUndefined();
    expect(Dataset.allocate(2, 1).classNames).toBeUndefined();
  });

  test('scaling keeps them, of a view too', () => {
    const view = three.split({ test: 2, seed: 1 }).train;
    const scaled = new StandardScaler().fitTransform(view);
    expect(scaled.classNames).toEqual(['a', 'b', 'c']);
    expect(scaled.rowLabels).toEqual(view.rowLabels);
  });

  test('reads them from records and from CSV', async () => {
    const records = pets.map((pet, i) => ({ size: i + 1, pet }));
    expect(Dataset.fromRecords(records, { target: 'pet' }).rowLabels).toEqual(pets);
    const text = `size,pet\n1, dog \n2,NA\n3,cat\n4,"dog"\nNA,cow\n`;
    const read = await readCsv(Readable.from([text]), { target: 'pet', missing: 'skip' });
    expect(read.classNames).toEqual(['cat', 'dog']);
    expect(read.rowLabels).toEqual(['dog', 'cat', 'dog']);
    expect([...read.x]).toEqual([1, 3, 4]);
  });

  test('names that are those of JavaScript are names', () => {
    const odd = Dataset.from([[1], [2]], ['__proto__', 'constructor']);
    expect(odd.classNames).toEqual(['__proto__', 'constructor']);
    const model = new LogisticRegression<string>({ penalty, classWeights: { ['__proto__']: 2 } });
    fitSync(model, odd);
    const again = LogisticRegression.fromJSON<string>(JSON.stringify(model));
    expect(again.toJSON()).toEqual(model.toJSON());
    expect(again.predictOne([1])).toBe('__proto__');
  });
});

describe.each([LogisticRegression, SoftmaxRegression, LinearSVM])('%o', (Of) => {
  test('predicts names, with the parameters of the numbers', () => {
    const model = new Of<string>({ penalty });
    fitSync(model, data);
    const numbers = new Of({ penalty });
    fitSync(numbers, numbered);
    expect(model.parameters).toEqual(numbers.parameters);
    if (!(model instanceof LinearSVM || numbers instanceof LinearSVM)) {
      expect(model.predictProbability(x)).toEqual(numbers.predictProbability(x));
    }
    const labels: string[] = model.predict(x);
    expect(labels).toEqual([...numbers.predict(x)].map((number) => ['cat', 'dog'][number]));
    expect(model.predictOne([6])).toBe(labels[5]);
    expect(model.score(data)).toBe(numbers.score(numbered));
    expect(numbers.classNames).toBeUndefined();
    const again = Of.fromJSON<string>(JSON.stringify(model));
    expect(again.classNames).toEqual(['cat', 'dog']);
    expect(again.predict(x)).toEqual(labels);
    expect(again.toJSON()).toEqual(model.toJSON());
  });

  test('matches other data by name', async () => {
    const model = new Of<string>({ penalty });
    const other = Dataset.from([[1], [2]], ['dog', 'dog']);
    const result = await fit(model, data, { validation: other });
    const numbers = new Of({ penalty });
    const expected = await fit(numbers, numbered, { validation: Dataset.from([[1], [2]], [1, 1]) });
    expect(result.validationLoss).toBe(expected.validationLoss);
    const rows = model.predict([[1], [2]]).filter((name) => name === 'dog');
    expect(model.score(other)).toBe(rows.length / 2);
  });

  test.each<[string, (model: InstanceType<typeof Of>) => unknown, RegExp]>([
    ['an unknown class', (model) => model.score(three), /target 0 of the data to be one of.*'cat', 'dog', but got 'c'/],
    ['numbers', (model) => model.score(numbered), /target of the data to be one of.*'cat'.*as in the fit.*got numbers/],
    [
      'validation of unknown classes',
      (model) => fitSync(model, data, { validation: three }),
      /target 0 of `valid.*'c'/,
    ],
    [
      'validation of numbers',
      (model) => fitSync(model, data, { validation: numbered }),
      /target of `validation`.*got num/,
    ],
    ['one class', (model) => fitSync(model, Dataset.from([[1], [2]], ['a', 'a'])), /two classes|of 1$/],
    [
      'going on from other classes',
      (model) => fitSync(model, Dataset.from(x, ['a', 'b', 'a', 'b', 'a', 'b']), { warmStart: true }),
      /classes of the data to be one of the classes 'cat', 'dog', but got.*'a', 'b'/,
    ],
  ])('%s is refused', (_, act, message) => {
    const model = new Of<string>({ penalty });
    fitSync(model, data);
    expectRefused(() => act(model as never), 'ERR_GRADUS_VALUE', message);
  });

  test('a view with rows of one class only is refused', () => {
    const all = Dataset.from(x, ['a', 'a', 'a', 'a', 'a', 'b']);
    for (let seed = 0; ; seed += 1) {
      const { train, test: held } = all.split({ test: 1, seed });
      if (held.rowLabels?.[0] !== 'b') continue;
      expectRefused(() => fitSync(new Of(), train), 'ERR_GRADUS_VALUE', /two classes or more.*rows of 'a' only/);
      return;
    }
  });
});

test('numbers of a model do not take names', () => {
  const model = new LogisticRegression({ penalty });
  fitSync(model, numbered);
  expectRefused(() => model.score(data), 'ERR_GRADUS_VALUE', /numbers, as in the fit.*'cat', 'dog'/);
});

test('three names are for SoftmaxRegression', () => {
  for (const model of [new LogisticRegression(), new LinearSVM()]) {
    expectRefused(() => fitSync(model, three), 'ERR_GRADUS_VALUE', /two classes \(SoftmaxReg.*of 3/);
  }
  expectRefused(() => fitSync(new SoftmaxRegression({ classes: 2 }), three), 'ERR_GRADUS_VALUE', /2 classes.*of 3/);
  const model = new SoftmaxRegression<string>({ penalty });
  fitSync(model, three);
  expect(model.classes).toBe(3);
  expect(['a', 'b', 'c']).toContain(model.predictOne([3]));
});

test('regressions refuse names', async () => {
  for (const model of [new LinearRegression(), new PoissonRegression()]) {
    await expect(fit(model, data)).rejects.toThrow(/target to be numbers.*names of classes \('cat', 'dog'\)/);
    fitSync(model, numbered);
    expect(() => model.score(data)).toThrow(/target of the data to be numbers/);
    expect(() => fitSync(model, numbered, { validation: data })).toThrow(/`validation` to be numbers/);
  }
});

test('the binomial family refuses names, and says who takes them', () => {
  const wanted = /numbers from 0 to 1 \(LogisticRegression takes names of two classes\), but got names.*'cat', 'dog'/;
  for (const link of ['logit', 'probit'] as const) {
    const model = new GeneralizedLinearModel({ family: 'binomial', link });
    expectRefused(() => fitSync(model, data), 'ERR_GRADUS_VALUE', wanted);
    expectRefused(() => fitSync(model, numbered, { validation: data }), 'ERR_GRADUS_VALUE', wanted);
  }
  expectRefused(
    () => fitSync(new GeneralizedLinearModel({ family: 'poisson' }), data),
    'ERR_GRADUS_VALUE',
    /target to be numbers, but got names/,
  );
});

test('a learner goes on from names, saved and restored', () => {
  const model = new LogisticRegression<string>({ penalty });
  fitSync(model, data);
  const learner = online(model, { optimizer: new SGD({ learningRate: 0.1 }) });
  learner.update([3], 1);
  expect(['cat', 'dog']).toContain(model.predictOne([3]));
  const target = new LogisticRegression<string>({ penalty });
  online.restore(learner.save(), { model: target });
  expect(target.predict(x)).toEqual(model.predict(x));
});

test('types follow the label', () => {
  expectTypeOf<ReturnType<LogisticRegression['predict']>>().toEqualTypeOf<Float64Array>();
  expectTypeOf<ReturnType<LogisticRegression<'a' | 'b'>['predict']>>().toEqualTypeOf<('a' | 'b')[]>();
  expectTypeOf<ReturnType<LinearSVM['predict']>>().toEqualTypeOf<Float64Array>();
  expectTypeOf<ReturnType<LinearSVM<string>['predictOne']>>().toEqualTypeOf<string>();
  expectTypeOf<ReturnType<SoftmaxRegression<string>['predictOne']>>().toEqualTypeOf<string>();
});

test.each<[string, () => unknown, string, RegExp]>([
  ['a number among names', () => Dataset.from([[1], [2]], ['a', 2] as never), 'VALUE', /`y` at row 1.*class name.*2/],
  ['an empty name', () => Dataset.from([[1], [2]], ['a', '']), 'VALUE', /`y` at row 1.*class name.*''/],
  ['a name among numbers', () => Dataset.from([[1], [2]], [1, 'a'] as never), 'VALUE', /`y` at row 1.*number.*'a'/],
  ['names of another length', () => Dataset.from([[1], [2]], ['a']), 'SHAPE', /`y` to be 2.*got 1/],
  ['a text', () => Dataset.from([[1], [2]], 'ab' as never), 'SHAPE', /`y`.*array.*'ab'/],
  [
    'too many classes',
    () =>
      Dataset.from(
        new Float64Array(70_000),
        Array.from({ length: 70_000 }, (_, i) => `c${i}`),
        { columns: 1 },
      ),
    'VALUE',
    /target.*at most 65536 classes/,
  ],
])('%s is refused', (_, act, code, message) => {
  expectRefused(act, `ERR_GRADUS_${code}`, message);
});
