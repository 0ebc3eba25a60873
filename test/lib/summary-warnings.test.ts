// What summaries and fits say beside the numbers: separated classes, columns that depend on each other, targets that vary too
// much, weights of two meanings; and the text of a summary.

import { inspect } from 'node:util';
import {
  Dataset,
  fit,
  fitSync,
  kernels,
  LBFGS,
  LinearRegression,
  LogisticRegression,
  l2,
  type ModelSummary,
  PoissonRegression,
  SoftmaxRegression,
  type SummaryOptions,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { withKernelSet } from './with-kernel-set.js';

// 300 rows without structure that anything would find.
const noise = (i: number, k: number): number => Math.sin(12.9898 * (i + 1) + 78.233 * k * (i + 3) + k);
const rows = Array.from({ length: 300 }, (_, i) => [noise(i, 1), noise(i, 2), noise(i, 3)]);
const names = ['a', 'b', 'c'];
const drawn = rows.map(([a = 0, b = 0], i) => (a - b + 1.5 * noise(i, 9) > 0 ? 1 : 0));

describe.each(kernels().available)('separation on %s', (set) => {
  withKernelSet(set);
  const separated =
    'the likelihood has no maximum and coefficients grow without bound (a penalty l2(…) keeps them finite)';

  test('perfectly, by one column', async () => {
    const data = Dataset.from(
      rows,
      rows.map(([, b = 0]) => (b > 0.1 ? 1 : 0)),
      { names },
    );
    for (const optimizer of [undefined, new LBFGS()]) {
      const model = new LogisticRegression();
      const result = await fit(model, data, { kernels: set, ...(optimizer && { optimizer }) });
      const warning = `the classes are perfectly separated by 'b': ${separated}`;
      expect([result.status, result.warnings.at(-1)]).toEqual(['converged', warning]);
      expect(model.score(data)).toBe(1);
      expect(model.summary(data).warnings).toContain(warning);
    }
  });

  test('perfectly, by a plane that no column is', () => {
    const data = Dataset.from(
      rows,
      rows.map(([a = 0, b = 0]) => (a > b ? 1 : 0)),
      { names },
    );
    const result = fitSync(new LogisticRegression({ standardize: true }), data, { kernels: set });
    expect(result.warnings.at(-1)).toBe(`the classes are perfectly separated: ${separated}`);
  });

  test('partly: an indicator whose rows have one class', () => {
    const x = rows.map(([a = 0, b = 0], i) => [a, b, i % 10 === 0 ? 1 : 0]);
    const y = drawn.map((label, i) => (i % 10 === 0 ? 1 : label));
    const data = Dataset.from(x, y, { names: ['a', 'b', 'rare'] });
    const result = fitSync(new LogisticRegression(), data, { kernels: set });
    expect([result.status, result.warnings]).toEqual([
      'converged',
      [`the classes are partly separated by 'rare': ${separated}`],
    ]);
    // A row of the other class, even of little weight, and there is a maximum.
    const mixed = Dataset.from(
      x,
      y.map((label, i) => (i === 10 ? 0 : label)),
      { names: ['a', 'b', 'rare'] },
    );
    expect(fitSync(new LogisticRegression(), mixed, { kernels: set })).toMatchObject({
      status: 'converged',
      warnings: [],
    });
  });

  test('counts that are all 0 beside an indicator', () => {
    const x = rows.map(([a = 0], i) => [a, i % 10 === 0 ? 1 : 0]);
    const y = rows.map((_, i) => (i % 10 === 0 ? 0 : i % 4));
    const result = fitSync(new PoissonRegression(), Dataset.from(x, y, { names: ['a', 'none'] }), { kernels: set });
    expect([result.status, result.warnings]).toEqual([
      'converged',
      [`zero targets are set apart by 'none': ${separated}`],
    ]);
  });

  test('large predictors alone are none, nor is anything with a penalty', () => {
    const steep = Dataset.from(
      rows.map(([a = 0]) => [a]),
      rows.map(([a = 0], i) => (a + 0.05 * noise(i, 7) > 0 ? 1 : 0)),
    );
    const model = new LogisticRegression();
    expect(fitSync(model, steep, { kernels: set })).toMatchObject({ status: 'converged', warnings: [] });
    expect(Math.max(...model.predictProbability(steep))).toBeGreaterThan(0.9999);
    const data = Dataset.from(
      rows,
      rows.map(([, b = 0]) => (b > 0.1 ? 1 : 0)),
    );
    const ridge = new LogisticRegression({ penalty: l2(1e-4) });
    expect(fitSync(ridge, data, { kernels: set })).toMatchObject({ status: 'converged', warnings: [] });
    expect(ridge.summary(data).warnings).toEqual([
      'estimates with a penalty are biased towards 0: standard errors, tests and intervals leave the bias out',
    ]);
  });
});

const linear = (x: number[][], columns: readonly string[], options: SummaryOptions = {}): ModelSummary => {
  const data = Dataset.from(
    x,
    x.map(([a = 0], i) => a + noise(i, 5)),
    { names: columns },
  );
  const model = new LinearRegression();
  fitSync(model, data);
  return model.summary(data, options);
};

test('columns that depend on each other, by name', () => {
  const dependent = rows.map(([a = 0, b = 0, c = 0]) => [a, b, c, 3, 2 * a + 7, a - 0.5 * c]);
  const columns = [...names, 'fixed', 'double', 'mixed'];
  for (const covariance of ['model', 'HC1'] as const) {
    const summary = linear(dependent, columns, { covariance });
    expect(summary.method).toBe('dependent');
    expect(summary.warnings).toEqual([
      "column 'fixed' is constant",
      "column 'double' is a multiple of 'a'",
      "column 'mixed' is a combination of 'a' and 'c'",
      'there are no standard errors, and the estimates are one solution of many that fit as well',
    ]);
    expect(summary.coefficients.every(({ standardError, pValue }) => Number.isNaN(standardError + pValue))).toBe(true);
  }
  const near = linear(
    rows.map(([a = 0, b = 0, c = 0]) => [a, b, a - c + 1e-3 * b * c, c]),
    ['a', 'b', 'sum', 'c'],
  );
  expect(near.warnings).toEqual([
    expect.stringMatching(/^'a', 'sum' and 'c' nearly depend on each other: condition index \S+ > 30$/),
  ]);
  expect(linear(rows, names).warnings).toEqual([]);
  // Far from 0 is not near each other.
  expect(
    linear(
      rows.map((row) => row.map((value) => value + 1e5)),
      names,
    ).warnings,
  ).toEqual([]);
});

test('few rows, and counts that vary more than a Poisson distribution', () => {
  expect(linear(rows.slice(0, 7), names).warnings).toContain('only 3 degrees of freedom: standard errors are rough');
  expect(linear(rows.slice(0, 4), names).warnings).toContain(
    'there are not more observations than parameters: no standard errors',
  );
  const counts = (spread: number): ModelSummary => {
    const data = Dataset.from(
      rows,
      rows.map((_, i) => Math.round(3 + spread * noise(i, 4))),
    );
    const model = new PoissonRegression();
    fitSync(model, data);
    return model.summary(data);
  };
  expect(counts(2).warnings).toEqual([]);
  const data = Dataset.from(
    rows,
    rows.map((_, i) => (i % 9 === 0 ? 20 : 1)),
  );
  const model = new PoissonRegression();
  fitSync(model, data);
  expect(model.summary(data).warnings).toEqual([
    expect.stringMatching(/^the targets vary more than the family allows: .* > 1.5, so standard errors are too small/),
  ]);
  expect(model.summary(data, { covariance: 'HC1' }).warnings[0]).toMatch(/robust standard errors allow for it/);
});

describe.each(kernels().available)('weights on %s', (set) => {
  withKernelSet(set);
  const weights = rows.map((_, i) => (i * 7) % 4);
  const repeat = <T>(values: readonly T[]): T[] =>
    values.flatMap((value, i) => new Array<T>(weights[i] as number).fill(value));
  const y = rows.map(([a = 0], i) => 2 + a + noise(i, 6));

  test.each([
    ['linear', () => new LinearRegression(), y],
    ['logistic', () => new LogisticRegression(), drawn],
    ['Poisson', () => new PoissonRegression(), y.map(Math.round)],
  ] as const)('frequencies are repeated rows: %s', (_, create, targets) => {
    const once = Dataset.from(rows, targets, { weights });
    const each = Dataset.from(repeat(rows), repeat(targets));
    const model = create();
    fitSync(model, once, { kernels: set, tolerance: 1e-11 });
    for (const covariance of ['model', 'HC0', 'HC1', 'HC2', 'HC3'] as const) {
      const {
        weights: _,
        warnings: __,
        condition: ___,
        ...counted
      } = model.summary(once, {
        covariance,
        weights: 'frequency',
      });
      const repeated = model.summary(each, { covariance });
      expect(counted.observations).toBe(each.rows);
      const numbers = (value: unknown): number[] =>
        typeof value === 'number'
          ? [value]
          : value === null || typeof value !== 'object'
            ? []
            : Object.values(value).flatMap(numbers);
      const { weights: ____, warnings: _____, condition: ______, ...wanted } = repeated;
      numbers(counted).forEach((value, k) => {
        expect(Math.abs(value / (numbers(wanted)[k] as number) - 1)).toBeLessThan(1e-9);
      });
    }
  });

  test('whole weights that are not called frequencies', () => {
    const data = Dataset.from(rows, y, { weights });
    const model = new LinearRegression();
    fitSync(model, data, { kernels: set });
    const remark = "all weights are whole numbers: if they count equal rows, ask for weights: 'frequency'";
    expect(model.summary(data).warnings).toEqual([remark]);
    expect(model.summary(data, { weights: 'frequency' }).warnings).toEqual([]);
  });
});

test('a summary is data, and a table as text', () => {
  const data = Dataset.from(rows, drawn, { names });
  const model = new LogisticRegression();
  fitSync(model, data);
  const summary = model.summary(data);
  const parsed = JSON.parse(JSON.stringify(summary)) as ModelSummary;
  expect(parsed.coefficients).toEqual(summary.coefficients);
  expect(Object.keys(parsed)).toEqual(Object.keys(summary));
  const text = String(summary);
  expect(inspect(summary)).toBe(text);
  const lines = text.split('\n');
  expect(lines[0]).toBe('LogisticRegression: binomial family, logit link');
  expect(text).toMatch(/^observations +300 +deviance +\S+$/m);
  expect(text).toMatch(/^ +estimate +std\. error +z +P\(>\|z\|\) +95 % from +to +odds ratio$/m);
  const first = summary.coefficients[0] as ModelSummary['coefficients'][number];
  const cells = (lines.find((line) => line.startsWith('a ')) as string).split(/ +/);
  expect(Number(cells[1])).toBeCloseTo(first.estimate, 4);
  expect(Number(cells[2])).toBeCloseTo(first.standardError, 4);
  expect(Number(cells[7])).toBeCloseTo(first.oddsRatio?.estimate as number, 3);
  const ruled = lines.filter((line) => line.startsWith('─'));
  expect(new Set(ruled.map((line) => line.length)).size).toBe(1);
  const plain = String(linear(rows.slice(0, 7), names));
  expect(plain).toMatch(/^degrees of freedom +3 +R² +0\.\d+$/m);
  expect(plain.split('\n').at(-1)).toBe('! only 3 degrees of freedom: standard errors are rough');
});

test('effects per standard deviation and ratios', () => {
  const data = Dataset.from(
    rows.map(([a = 0, b = 0]) => [1000 * a, b]),
    drawn,
    { names: ['a', 'b'] },
  );
  const model = new LogisticRegression();
  fitSync(model, data, { tolerance: 1e-12 });
  const [a, b, intercept] = model.summary(data).coefficients;
  const spread = (k: number): number => {
    const values = rows.map((row) => row[k] as number);
    const mean = values.reduce((sum, value) => sum + value, 0) / 300;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 300);
  };
  expect(a?.standardizedEffect).toBeCloseTo(1000 * spread(0) * (a?.estimate as number), 10);
  expect(b?.standardizedEffect).toBeCloseTo(spread(1) * (b?.estimate as number), 10);
  expect(intercept).not.toHaveProperty('standardizedEffect');
  expect(b?.oddsRatio?.estimate).toBeCloseTo(Math.exp(b?.estimate as number), 12);
  expect(b?.oddsRatio?.confidenceInterval[1]).toBeCloseTo(Math.exp(b?.confidenceInterval[1] as number), 12);
});

test('class weights are weights of the rows, and classes have their names', () => {
  const labels = drawn.map((label) => (label === 1 ? 'yes' : 'no'));
  const named = Dataset.from(rows, labels, { names });
  const model = new LogisticRegression({ classWeights: { yes: 3 } });
  fitSync(model, named, { tolerance: 1e-12 });
  const plain = new LogisticRegression();
  const weighted = Dataset.from(rows, drawn, { names, weights: drawn.map((label) => (label === 1 ? 3 : 1)) });
  fitSync(plain, weighted, { tolerance: 1e-12 });
  for (const covariance of ['model', 'HC0'] as const) {
    const errors = (summary: ModelSummary): number[] => summary.coefficients.map((c) => c.standardError);
    const wanted = errors(plain.summary(weighted, { covariance }));
    errors(model.summary(named, { covariance })).forEach((error, j) => {
      expect(error).toBeCloseTo(wanted[j] as number, 12);
    });
  }
  expect(() => model.summary(weighted)).toThrow(/^Expected the classes of the data to be /);
  const softmax = new SoftmaxRegression<string>();
  fitSync(softmax, named);
  expect(softmax.summary(named).coefficients[0]?.class).toBe('yes');
});

test('a model with bounds has no summary', () => {
  const data = Dataset.from(rows, drawn, { names });
  const bounded = new LogisticRegression({ nonNegative: true });
  fitSync(bounded, data);
  expect(() => bounded.summary(data)).toThrow(
    'Expected a model with a summary to be one without nonNegative: at a bound there are no standard errors, but got one with it',
  );
});
