// `loadModel`: every model comes back, with the same bits in a fresh process; whatever
// else a file may hold is refused with ERR_GRADUS_FORMAT, thousands of mutations too.

import * as gradus from 'gradus';
import { fitSync, LogisticRegression, loadModel, SoftmaxRegression } from 'gradus';
import { describe, expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import { savedModels } from '../../../lib/models/load-model.js';
import { runModule } from '../children.js';
import { expectRefused } from '../refused.js';
import { columnNames, models, x } from './fitted-models.js';

const texts = Object.values(models).map((model) => JSON.stringify(model));
const bitsOf = (values: unknown): string =>
  JSON.stringify(values, (_, v) => (ArrayBuffer.isView(v) ? [...(v as Float64Array)] : v));

test('every model with JSON is known', () => {
  const withJson = Object.entries(gradus).flatMap(([name, value]) =>
    typeof value === 'function' && 'fromJSON' in value ? [name] : [],
  );
  expect(withJson.sort()).toEqual(Object.keys(savedModels).sort());
  const fitted = new Set(Object.values(models).map((model) => model.name));
  expect([...fitted].sort()).toEqual(Object.keys(savedModels).sort());
});

test.each(Object.entries(models))('%s comes back as it was', (_, model) => {
  const again = loadModel(JSON.stringify(model));
  expect(again.constructor).toBe(model.constructor);
  expect(again.toJSON()).toEqual(model.toJSON());
  expect(again.predict(x)).toEqual(model.predict(x));
  expect(loadModel(JSON.parse(JSON.stringify(model))).toJSON()).toEqual(model.toJSON());
});

test('a fresh process predicts the same bits', async () => {
  const ending = await runModule(
    `import { loadModel } from 'gradus';
    const { texts, x } = JSON.parse(process.argv[1]);
    const plain = (_, v) => (ArrayBuffer.isView(v) ? [...v] : v);
    console.log(JSON.stringify(texts.map((text) => {
      const model = loadModel(text);
      return JSON.stringify([model.predict(x), model.predictProbability?.(x)], plain);
    })));`,
    { args: [JSON.stringify({ texts, x })] },
  );
  const wanted = Object.values(models).map((model) =>
    bitsOf([model.predict(x), 'predictProbability' in model ? model.predictProbability(x) : undefined]),
  );
  expect(ending.status, ending.stderr).toBe(0);
  expect(JSON.parse(ending.stdout)).toEqual(wanted);
});

const valid = JSON.parse(JSON.stringify(models['logistic with names'])) as Record<string, unknown>;
const softmax = JSON.parse(JSON.stringify(models['softmax with names'])) as Record<string, unknown>;
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const unprintable = JSON.parse('{"toString": 1, "valueOf": 2, "constructor": {"name": {"toString": 3}}}');
const options = (more: object): object => ({ ...valid, options: { ...(valid.options as object), ...more } });

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 3],
  ['an array', []],
  ['no text of JSON', 'model'],
  ['an empty text', ''],
  ['a truncated text', texts[0]?.slice(0, -5)],
  ['NaN in the text', texts[0]?.replace(/"coefficients":\[[^,]*,/, '"coefficients":[NaN,')],
  ['deep nesting', deep],
  ['deep nesting in a field', texts[0]?.replace('"options":', `"options":${deep},"other":`)],
  ['deep coefficients', texts[0]?.replace('"coefficients":[', `"coefficients":[${deep},`)],
  ['another format', { ...valid, format: 'onnx' }],
  ['a later version', { ...valid, version: 2 }],
  ['a version of another type', { ...valid, version: '1' }],
  ['no name', { ...valid, model: undefined }],
  ['an unknown name', { ...valid, model: 'Dataset' }],
  ['a name of every object', { ...valid, model: 'toString' }],
  ['__proto__ as a name', { ...valid, model: '__proto__' }],
  ['a name that cannot be printed', { ...valid, model: unprintable }],
  ['a version that cannot be printed', { ...valid, version: unprintable }],
  ['options that cannot be printed', options({ intercept: unprintable })],
  ['options of another type', { ...valid, options: 3 }],
  ['options in an array', { ...valid, options: [] }],
  ['a wrong option', options({ intercept: 'yes' })],
  ['an unknown option', options({ depth: 3 })],
  [
    '__proto__ in the options',
    JSON.parse(texts[0]?.replace('"options":{', '"options":{"__proto__":{"a":1},') as string),
  ],
  ['a wrong penalty', options({ penalty: { name: 'l2', strength: -1 } })],
  ['a penalty without a name', options({ penalty: {} })],
  ['a wrong class weight', options({ classWeights: { a: null } })],
  ['one coefficient too many', { ...valid, coefficients: [...(valid.coefficients as number[]), 1] }],
  ['a million coefficients', { ...valid, coefficients: new Array(1_000_000).fill(1) }],
  ['a hole among coefficients', { ...valid, coefficients: new Array(columnNames.length) }],
  ['null among coefficients', { ...valid, coefficients: columnNames.map(() => null) }],
  ['infinite coefficients', { ...valid, coefficients: columnNames.map(() => Number.POSITIVE_INFINITY) }],
  ['coefficients as text', { ...valid, coefficients: 'a'.repeat(columnNames.length) }],
  ['no intercept', { ...valid, intercept: undefined }],
  ['an intercept as text', { ...valid, intercept: '1' }],
  ['no columns', { ...valid, columnNames: [], coefficients: [] }],
  ['a column twice', { ...valid, columnNames: columnNames.map(() => 'a') }],
  ['a column without a name', { ...valid, columnNames: columnNames.map((name, j) => (j ? name : '')) }],
  ['one class name', { ...valid, classNames: ['a'] }],
  ['the same class twice', { ...valid, classNames: ['a', 'a'] }],
  ['a class that is no text', { ...valid, classNames: ['a', 3] }],
  ['class names of another count', { ...softmax, classNames: ['a', 'b'] }],
  ['no classes', { format: 'gradus', version: 1, model: 'SoftmaxRegression', columnNames: ['a'], parameters: [] }],
  ['a million classes', { ...softmax, options: { ...(softmax.options as object), classes: 1e6 } }],
  ['parameters of fewer classes', { ...softmax, options: { ...(softmax.options as object), classes: 2 } }],
])('%s is refused', (_, json) => {
  expectRefused(() => loadModel(json), 'ERR_GRADUS_FORMAT', /model|JSON/);
});

describe('mutations of good models', () => {
  const atoms = [
    'null',
    '-1',
    '1e999',
    '0.5',
    '"x"',
    '""',
    'true',
    '[]',
    '{}',
    '[[[[]]]]',
    '{"__proto__":{"a":1}}',
    '1e308',
  ];

  /** Puts something else in the place of a random part. */
  function mutate(text: string, random: Random): string {
    const at = random.below(text.length);
    const end = at + 1 + random.below(12);
    const atom = atoms[random.below(atoms.length)] as string;
    switch (random.below(6)) {
      case 0:
        return text.slice(0, at);
      case 1:
        return text.slice(0, at) + text.slice(end);
      case 2:
        return text.slice(0, at) + text.slice(at, end).repeat(2) + text.slice(end);
      case 3:
        return text.slice(0, at) + String.fromCharCode(random.below(128)) + text.slice(at + 1);
      default: {
        const values = [...text.matchAll(/(?<=[:,[])("[^"]*"|-?\d[\d.e+-]*|true|false|\[[^[\]]*\]|\{[^{}]*\})/g)];
        const value = values[random.below(values.length)];
        if (value === undefined) return atom;
        return text.slice(0, value.index) + atom + text.slice((value.index as number) + value[0].length);
      }
    }
  }

  test('give a typed error or a model that predicts', () => {
    const random = new Random(11);
    let loaded = 0;
    let refused = 0;
    for (let round = 0; round < 6000; round += 1) {
      let text = texts[round % texts.length] as string;
      for (let count = 1 + random.below(2); count > 0 && text.length > 1; count -= 1) text = mutate(text, random);
      let model: gradus.SavedModel;
      try {
        model = loadModel(text);
      } catch (error) {
        expect(error, text).toMatchObject({ name: 'GradusError', code: 'ERR_GRADUS_FORMAT' });
        refused += 1;
        continue;
      }
      loaded += 1;
      expectSound(model, text);
    }
    // Both outcomes are common, so that neither check is idle.
    expect(loaded).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(3000);
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  function expectSound(model: gradus.SavedModel, text: string): void {
    const size = (model.toJSON().columnNames as string[]).length;
    const row = new Array<number>(size).fill(0.5);
    const predicted = model.predictOne(row);
    const moderate = model.parameters.every((value) => Math.abs(value) < 50);
    if (model instanceof LogisticRegression || model instanceof SoftmaxRegression) {
      const probabilities = model.predictProbabilityOne(row);
      const list = typeof probabilities === 'number' ? [probabilities] : [...probabilities];
      if (moderate) for (const value of list) expect(value >= 0 && value <= 1, text).toBe(true);
    }
    if ('classNames' in model)
      expect(model.classNames === undefined ? 'number' : 'string', text).toBe(typeof predicted);
    else if (moderate) expect(Number.isFinite(predicted), text).toBe(true);
    expect(loadModel(JSON.stringify(model)).toJSON(), text).toEqual(model.toJSON());
  }
});

test('a model that was loaded can be fitted again with its options', () => {
  const data = gradus.Dataset.from(
    x,
    x.map((row) => ((row[0] as number) > 0 ? 'up' : 'down')),
    { names: columnNames },
  );
  const again = loadModel(texts[5]);
  fitSync(again, data);
  expect((again as LogisticRegression<string>).classNames).toEqual(['down', 'up']);
  expect(again.toJSON().options).toEqual(valid.options);
});
