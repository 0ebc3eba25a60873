// `toSource`: the module that a model writes gives the bits of predictOne, from arrays
// and from records, inside the data and far outside, in a process of its own.

import { LinearRegression, SoftmaxRegression } from 'gradus';
import { describe, expect, test } from 'vitest';
import * as elementary from '../../../lib/kernels/portable/elementary.js';
import { Random } from '../../../lib/kernels/random.js';
import { links } from '../../../lib/losses/link.js';
import { elementarySource } from '../../../lib/models/elementary-source.js';
import { linkSources } from '../../../lib/models/link-source.js';
import { runModule } from '../children.js';
import { columnNames, manyRows, models } from './fitted-models.js';

interface Exported {
  readonly predict: (row: unknown) => unknown;
  readonly predictProbability?: (row: unknown) => unknown;
}

const load = (source: string): Promise<Exported> =>
  import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`);
const recordOf = (row: readonly number[]): object => Object.fromEntries(row.map((value, j) => [columnNames[j], value]));
const probabilityOne = (model: object, row: number[]): unknown =>
  (model as { predictProbabilityOne: (of: number[]) => unknown }).predictProbabilityOne(row);

describe.each(Object.entries(models))('%s', (_, model) => {
  test('gives the bits of predictOne', async () => {
    const { predict, predictProbability } = await load(model.toSource());
    expect(predictProbability !== undefined).toBe('predictProbabilityOne' in model);
    for (const row of manyRows()) {
      const wanted = model.predictOne(row);
      expect(predict(row)).toBe(wanted);
      expect(predict(Float64Array.from(row))).toBe(wanted);
      expect(predict(recordOf(row))).toBe(wanted);
      if (predictProbability === undefined) continue;
      const probabilities = probabilityOne(model, row);
      const got = predictProbability(row);
      expect(typeof got === 'number' ? got : Float64Array.from(got as number[])).toEqual(probabilities);
    }
  });

  test('refuses rows as predictOne does', async () => {
    const { predict } = await load(model.toSource());
    const row = columnNames.map(() => 1);
    const { rooms: _, ...without } = recordOf(row) as Record<string, number>;
    for (const bad of [undefined, null, 3, 'abc', [1], [...row, 1], [...row.slice(1), Number.NaN], without, {}]) {
      expect(() => model.predictOne(bad as never)).toThrow(/^Expected/);
      expect(() => predict(bad)).toThrow(/^Expected/);
    }
  });

  test('is plain text that imports nothing and ends no script element', () => {
    const source = model.toSource();
    expect(source).not.toMatch(/\bimport\b|\brequire\b|<\/|\u2028/);
    expect(source).toMatch(new RegExp(`^// A ${model.name}, written by gradus`));
  });
});

test('runs in a fresh process without the package', async () => {
  const model = models.poisson as LinearRegression;
  const row = columnNames.map((_, j) => j / 10);
  const { status, stdout, stderr } = await runModule(
    `${model.toSource()}\nconsole.log(predict(${JSON.stringify(row)}));`,
  );
  expect(status, stderr).toBe(0);
  expect(Number(stdout)).toBe(model.predictOne(row));
});

test('a model that is not fitted has no source', () => {
  expect(() => new LinearRegression().toSource()).toThrow(/fitted/);
  expect(() => new SoftmaxRegression().toSource()).toThrow(/fitted/);
});

const special = [
  0, -0, 1, -1, 709.78, 709.79, 710, 711, -708, -745.1, -745.2, -746, -747, 1e308, -1e308, 5e-324, -39.9, -41,
];
const extremes = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
const draw = new Random(3);
const drawn = Array.from({ length: 20_000 }, () => (draw.uniform() - 0.5) * 10 ** (8 * draw.uniform() - 4));
const values = [...special, ...extremes, ...drawn];

test('the functions have the bits of the kernels', async () => {
  const text = `${elementarySource(['exp', 'expm1', 'sigmoid']).join('\n')}\nexport { exp, expm1, sigmoid };`;
  const own = (await import(
    /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`
  )) as typeof elementary;
  for (const value of values) {
    expect(own.exp(value)).toBe(elementary.exp(value));
    expect(own.expm1(value)).toBe(elementary.expm1(value));
    expect(own.sigmoid(value)).toBe(elementary.sigmoid(value));
  }
});

test.each(Object.entries(links))('the inverse of the %s link has the bits of the model', async (name, link) => {
  const { uses, mean } = linkSources[name as keyof typeof links];
  const text = `${elementarySource(uses).join('\n')}\nexport const mean = (eta) => ${mean};`;
  const own = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(text)}`)) as typeof link;
  for (const value of values) expect(own.mean(value)).toBe(link.mean(value));
});
