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
  Newton,
  online,
  PoissonRegression,
  SGD,
  SoftmaxRegression,
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
