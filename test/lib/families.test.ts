// Generalised linear models of all families and links on data sets that come with statsmodels,
// against statsmodels and scikit-learn (test/fixtures/families_statsmodels.py), on every kernel
// set; offsets; and the data at which fits break.

import { readFileSync } from 'node:fs';
import {
  Dataset,
  type FamilyName,
  fit,
  fitSync,
  GeneralizedLinearModel,
  type GeneralizedLinearModelOptions,
  kernels,
  LBFGS,
  LinearRegression,
  LogisticRegression,
  l1,
  l2,
  type LinkName,
  negativeBinomial,
  online,
  PoissonRegression,
  SGD,
  SoftmaxRegression,
  StandardScaler,
  tweedie,
} from 'gradus';
import { describe, expect, test } from 'vitest';

interface Case {
  readonly data: string;
  readonly family: FamilyName;
  readonly link: LinkName;
  readonly parameter?: number;
  readonly offset?: readonly number[];
  readonly weights?: readonly number[];
  readonly intercept: boolean;
  readonly coefficients: readonly number[];
  readonly deviance: number;
  readonly score: number;
}
interface Penalised {
  readonly data: string;
  readonly family: FamilyName;
  readonly parameter?: number;
  readonly strength: number;
  readonly parameters: readonly number[];
}
interface Stored {
  readonly columns: readonly string[];
  readonly rows: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}
const file = new URL('../fixtures/families-statsmodels.json', import.meta.url);
const fixture = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly sets: Readonly<Record<string, Stored>>;
  readonly cases: readonly Case[];
  readonly penalised: readonly Penalised[];
};

function dataOf(name: string, extras: { offsets?: readonly number[]; weights?: readonly number[] } = {}): Dataset {
  const { columns, x, y } = fixture.sets[name] as Stored;
  return Dataset.from(Float64Array.from(x), y, { names: columns, ...extras });
}

const extrasOf = ({ offset, weights }: Case) => ({
  ...(offset ? { offsets: offset } : {}),
  ...(weights ? { weights } : {}),
});

function familyOf(name: FamilyName, parameter = 0): GeneralizedLinearModelOptions['family'] {
  if (name === 'tweedie') return tweedie(parameter);
  return name === 'negativeBinomial' ? negativeBinomial(parameter) : name;
}

const titled = fixture.cases.map((each) => {
  const extras = `${each.offset ? ' offset' : ''}${each.weights ? ' weights' : ''}${each.intercept ? '' : ' through 0'}`;
  return [`${each.family} ${each.parameter ?? ''} ${each.link} on ${each.data}${extras}`, each] as const;
});

function modelOf({ family, parameter, link, intercept }: Case, standardize = true): GeneralizedLinearModel {
  return new GeneralizedLinearModel({ family: familyOf(family, parameter), link, intercept, standardize });
}

/** Relative to each parameter, or to a thousandth of the largest. */
function largestError(got: Float64Array, wanted: readonly number[]): number {
  const least = 1e-3 * Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((w, j) => Math.abs((got[j] as number) - w) / Math.max(Math.abs(w), least)));
}

describe.each(kernels().available)('on %s', (set) => {
  test.each(titled)('%s is what statsmodels finds', async (_, each) => {
    const data = dataOf(each.data, extrasOf(each));
    const model = modelOf(each);
    const result = await fit(model, data, { kernels: set, tolerance: 1e-11 });
    expect(result.status, result.reason).toBe('converged');
    expect(largestError(model.parameters, each.coefficients)).toBeLessThan(1e-8);
    expect(Math.abs(model.deviance(data) / each.deviance - 1)).toBeLessThan(1e-9);
    expect(Math.abs(model.score(data) - each.score)).toBeLessThan(1e-9);
  });

  test.each(fixture.penalised)('$family with l2 is what scikit-learn finds', async (each) => {
    const { family, parameter, strength } = each;
    const options = { family: familyOf(family, parameter), link: 'log', penalty: l2(strength) } as const;
    const model = new GeneralizedLinearModel({ ...options, standardize: true });
    const result = await fit(model, dataOf(each.data), { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(largestError(model.parameters, each.parameters)).toBeLessThan(1e-6);
  });
});

test('every family has two links or more, on six data sets or more', () => {
  const families = new Map<string, Set<string>>();
  for (const { family, link } of fixture.cases) families.set(family, (families.get(family) ?? new Set()).add(link));
  expect(families.size).toBe(7);
  for (const [family, found] of families) expect(found.size, family).toBeGreaterThan(1);
  expect(new Set(fixture.cases.map(({ data }) => data)).size).toBeGreaterThan(5);
});

test.each(titled)('L-BFGS agrees on %s', (_, each) => {
  const model = modelOf(each);
  const result = fitSync(model, dataOf(each.data, extrasOf(each)), { optimizer: new LBFGS(), tolerance: 1e-11 });
  expect(['converged', 'stalled'], result.reason).toContain(result.status);
  expect(largestError(model.parameters, each.coefficients)).toBeLessThan(1e-6);
});

test('losses that are not convex everywhere converge quadratically all the same', () => {
  // Targets far from their means, where the second derivative of a row is negative.
  const x = Array.from({ length: 400 }, (_, i) => [Math.sin(i * 1.1), Math.cos(i * 0.7)]);
  const y = x.map(([a, b], i) => Math.exp(0.4 * (a as number) - 0.3 * (b as number)) * 10 ** Math.sin(i * 2.3));
  for (const options of [
    { family: 'inverseGaussian' },
    { family: tweedie(4) },
    { family: 'gamma', link: 'sqrt' },
  ] as const) {
    const model = new GeneralizedLinearModel(options);
    const result = fitSync(model, Dataset.from(x, y), { tolerance: 1e-12 });
    expect(result.converged, result.reason).toBe(true);
    expect(result.gradientNorm).toBeLessThan(1e-12);
    expect(result.epochs).toBeLessThan(12);
    expect(result.warnings).toEqual([]);
  }
});

describe('offsets', () => {
  const each = fixture.cases.find(({ offset }) => offset) as Case;
  const { offset } = each as Required<Case>;

  test('views, records, single rows and given ones', () => {
    const data = dataOf(each.data, { offsets: offset });
    expect([...(data.offsets as Float64Array)]).toEqual(offset);
    const model = modelOf(each, false);
    expect(fitSync(model, data).status).toBe('converged');
    const predicted = model.predict(data);
    const x = Float64Array.from(data.x);
    expect(model.predict(x, { offset })).toEqual(predicted);
    const row = (i: number): Float64Array => x.subarray(i * data.columns, (i + 1) * data.columns);
    for (let i = 0; i < data.rows; i += 1) {
      expect(model.predictOne(row(i), { offset: offset[i] as number })).toBe(predicted[i]);
    }
    expect(model.predict(x)[0]).toBe(model.predictOne(row(0)));
    const { train, test: held } = data.split({ test: 0.3, seed: 3 });
    const pairs = (part: Dataset): string[] => Array.from(part.y, (y, i) => `${y} ${part.offsets?.[i]}`);
    expect([...pairs(train), ...pairs(held)].sort()).toEqual(pairs(data).sort());
    const records = Array.from({ length: data.rows }, (_, i) => ({
      ...Object.fromEntries(data.columnNames.map((name, j) => [name, row(i)[j] as number])),
      deaths: data.y[i] as number,
      exposure: offset[i] as number,
    }));
    const read = Dataset.fromRecords(records, { target: 'deaths', offset: 'exposure' });
    expect(read.columnNames).toEqual(data.columnNames);
    expect(read.offsets).toEqual(data.offsets);
    expect(new StandardScaler().fitTransform(data).offsets).toEqual(data.offsets);
  });

  test('fits of a view take the offsets of its rows, and validation its own', () => {
    const data = dataOf(each.data, { offsets: offset });
    const model = modelOf(each);
    const result = fitSync(model, data.shuffle({ seed: 5 }), { validation: data, tolerance: 1e-11 });
    expect(largestError(model.parameters, each.coefficients)).toBeLessThan(1e-8);
    expect(Math.abs((result.validationLoss as number) - result.loss)).toBeLessThan(1e-12);
  });

  test('losses of residuals, logistic regression and steps by mini-batches and single rows take them', () => {
    const x = Float64Array.from({ length: 90 }, (_, i) => Math.sin(i * 1.7));
    const offsets = Float64Array.from({ length: 90 }, (_, i) => Math.cos(i));
    const y = x.map((value, i) => 2 * value + 3 + (offsets[i] as number));
    const line = Dataset.from(x, y, { offsets });
    const linear = new LinearRegression();
    fitSync(linear, line);
    expect(linear.parameters[0]).toBeCloseTo(2, 12);
    expect(linear.intercept).toBeCloseTo(3, 12);
    expect(linear.score(line)).toBeCloseTo(1, 12);
    expect(linear.summary(line).residualStandardDeviation).toBeLessThan(1e-12);
    const labels = Dataset.from(
      x,
      y.map((value, i) => (value + 2 * Math.sin(i * 5.1) > 3 ? 1 : 0)),
      { offsets },
    );
    const exact = new LogisticRegression({ penalty: l2(0.1) });
    fitSync(exact, labels);
    for (const batchSize of [1, 16]) {
      const steps = new LogisticRegression({ penalty: l2(0.1) });
      const optimizer = new SGD({ learningRate: (step) => 1 / (1 + step / (100 / batchSize)) });
      fitSync(steps, labels, { optimizer, epochs: 3000, batchSize, seed: 1 });
      steps.parameters.forEach((value, j) => {
        expect(Math.abs(value - (exact.parameters[j] as number))).toBeLessThan(0.02);
      });
    }
  });

  test('what is wrong is named', async () => {
    const x = [[1], [2], [3]];
    expect(() => Dataset.from(x, [1, 2, 3], { offsets: [1, 2] })).toThrow(/`offsets`.*3 numbers long/);
    expect(() => Dataset.from(x, [1, 2, 3], { offsets: [1, Number.NaN, 2] })).toThrow(/`offsets` at row 1.*finite/);
    const data = Dataset.from(x, [0, 1, 2], { offsets: [1, 2, 3] });
    await expect(fit(new SoftmaxRegression(), data)).rejects.toThrow(/`data`.*without offsets/);
    const model = new PoissonRegression();
    fitSync(model, data);
    expect(() => model.predict(data, { offset: [1] })).toThrow(/`offset`.*3 numbers long/);
    expect(() => model.predictOne([1], { offset: Number.NaN })).toThrow(/`offset`.*finite/);
    expect(() => model.predict(x, { ofset: [1] } as never)).toThrow(/each option of predict.*offset.*ofset/);
  });
});

describe('options and JSON', () => {
  test.each([
    [{ family: 'tweedie' }, /`family`.*tweedie\(power\).*'tweedie'/],
    [{ family: 'negativeBinomial' }, /`family`.*negativeBinomial\(alpha\)/],
    [{ family: 'weibull' }, /`family`.*'gaussian'.*'weibull'/],
    [{}, /`family`.*undefined/],
    [{ family: 'gamma', link: 'power' }, /`link`.*'identity'.*'power'/],
    [{ family: 'gamma', lnk: 'log' }, /each option of GeneralizedLinearModel.*'lnk'/],
  ])('%j is refused', (options, message) => {
    expect(() => new GeneralizedLinearModel(options as never)).toThrow(message);
  });

  test('numbers of families are checked', () => {
    expect(() => tweedie(0.5)).toThrow(/`power` of tweedie.*at least 1/);
    expect(() => negativeBinomial(0)).toThrow(/`alpha` of negativeBinomial.*positive/);
  });

  test.each(titled)('%s comes back from JSON', (_, each) => {
    const data = dataOf(each.data, extrasOf(each));
    const model = modelOf(each);
    fitSync(model, data);
    const again = GeneralizedLinearModel.fromJSON(JSON.stringify(model));
    expect(again.predict(data)).toEqual(model.predict(data));
    expect(again.toJSON()).toEqual(model.toJSON());
    expect([again.family.name, again.family.parameter, again.link]).toEqual([
      each.family,
      each.parameter ?? 0,
      each.link,
    ]);
    const row = Float64Array.from(data.x).subarray(0, data.columns);
    const offset = each.offset?.[0];
    expect(model.predictOne(row, offset === undefined ? undefined : { offset })).toBe(model.predict(data)[0]);
  });

  test('targets that a family cannot have are named by their row', async () => {
    const data = Dataset.from([[1], [2], [3]], [1, 0, 2]);
    const of = (family: GeneralizedLinearModelOptions['family']) => new GeneralizedLinearModel({ family });
    await expect(fit(of('gamma'), data)).rejects.toThrow(/target 1 to be a number > 0, but got 0/);
    await expect(fit(of('inverseGaussian'), data)).rejects.toThrow(/target 1/);
    await expect(fit(of('binomial'), data)).rejects.toThrow(/target 2/);
    await expect(fit(of(tweedie(2.5)), data)).rejects.toThrow(/target 1/);
    const below = Dataset.from([[1], [2], [3]], [1, 0, -2]);
    for (const family of ['poisson', tweedie(1.5), negativeBinomial(1)] as const) {
      await expect(fit(of(family), below)).rejects.toThrow(/target 2.*-2/);
    }
  });

  test('pairs with a kernel learn by rules and row by row, the others say that they cannot', () => {
    const data = dataOf('scotland');
    const gamma = new GeneralizedLinearModel({ family: 'gamma', standardize: true, penalty: l2(0.1) });
    const exact = new GeneralizedLinearModel({ family: 'gamma', standardize: true, penalty: l2(0.1) });
    fitSync(exact, data);
    fitSync(gamma, data, {
      optimizer: new SGD({ learningRate: 0.05 }),
      batchSize: 8,
      epochs: 500,
      initial: exact.parameters,
    });
    expect(Math.abs(gamma.deviance(data) / exact.deviance(data) - 1)).toBeLessThan(0.2);
    const inverse = new GeneralizedLinearModel({ family: 'gamma', link: 'inverse' });
    expect(() => fitSync(inverse, data, { optimizer: new SGD() })).toThrow(/`optimizer`.*takes no batches.*SGD/);
    expect(() => online(inverse, { optimizer: new SGD() })).toThrow(/loss the kernels know/);
    const learner = online(new GeneralizedLinearModel({ family: 'gamma' }), {
      optimizer: new SGD({ learningRate: 0.02 }),
    });
    for (let i = 0; i < 2000; i += 1) learner.update([i % 3], 2 ** (i % 3));
    expect(learner.model.predictOne([2])).toBeCloseTo(4, 1);
    expect(online.restore(JSON.parse(JSON.stringify(learner.save()))).model.toJSON()).toEqual(learner.model.toJSON());
  });
});

test('l1 finds its zeros with a loss that is a function, too', () => {
  const model = new GeneralizedLinearModel({
    family: 'gamma',
    link: 'inverse',
    standardize: true,
    penalty: l1(0.5),
  });
  const result = fitSync(model, dataOf('scotland'), { tolerance: 1e-7 });
  expect(result.converged, result.reason).toBe(true);
  expect(model.coefficients.filter((value) => value === 0).length).toBeGreaterThan(0);
  expect(model.coefficients.some((value) => value !== 0)).toBe(true);
});
