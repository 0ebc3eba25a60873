// Penalties against references (test/fixtures/penalties_reference.py): the same support, the
// coefficients to 1e-8, a gap below 1e-8; and the conversions of docs/penalties.md, each
// beside what the named library finds with its own parameters.

import { readFileSync } from 'node:fs';
import {
  Dataset,
  elasticNet,
  fit,
  fitSync,
  kernels,
  LinearRegression,
  LogisticRegression,
  l1,
  l2,
  type Penalty,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';

interface Estimates {
  readonly coefficients: readonly number[];
  readonly intercept: number;
}

interface Case {
  readonly name: string;
  readonly data: 'diabetes' | 'cancer';
  readonly family: 'squared' | 'logistic';
  readonly strength: number;
  readonly share: number;
  readonly positive: boolean;
  readonly factors?: readonly number[];
  readonly reference: Estimates;
  readonly named?: Estimates;
  readonly within?: number;
}

interface Fixture {
  readonly 'glmnet penalty.factor': readonly number[];
  readonly cancer: { readonly x: readonly (readonly number[])[]; readonly y: readonly number[] };
  readonly cases: readonly Case[];
  readonly 'glmnet gaussian': readonly (Estimates & { name: string; alpha: number; lambda: number })[];
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../fixtures/penalties-reference.json', import.meta.url), 'utf8'),
);
const numbers = diabetes();
const sorted = numbers.y.slice().sort();
const middle = ((sorted[220] as number) + (sorted[221] as number)) / 2;
const data = {
  diabetes: {
    squared: numbers,
    logistic: Dataset.from(
      numbers.x,
      numbers.y.map((value) => (value > middle ? 1 : 0)),
      { columns: numbers.columns },
    ),
  },
  cancer: {
    squared: numbers,
    logistic: Dataset.from(
      fixture.cancer.x.map((row) => [...row]),
      fixture.cancer.y,
    ),
  },
};

async function fitted(of: Case, penalty: Penalty | undefined, set?: string) {
  const Model = of.family === 'squared' ? LinearRegression : LogisticRegression;
  const model = new Model({ standardize: true, nonNegative: of.positive, ...(penalty ? { penalty } : {}) });
  const options = { tolerance: of.family === 'squared' ? 1e-10 : 1e-12, ...(set ? { kernels: set } : {}) };
  return { model, result: await fit(model, data[of.data][of.family], options) };
}

function largestError(got: Float64Array, wanted: readonly number[]): number {
  const size = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, j) => Math.abs(value - (got[j] as number)) / size));
}

const penaltyOf = ({ strength, share, factors }: Case): Penalty =>
  elasticNet(strength, share, factors ? { factors: [...factors] } : {});

describe.each(kernels().available)('on %s', (set) => {
  test.each(fixture.cases.map((of) => [of.name, of] as const))('%s', async (_, of) => {
    const { model, result } = await fitted(of, penaltyOf(of), set);
    expect(result.status, result.reason).toBe('converged');
    // A column that nothing holds has no dual bound but for squared loss.
    if (of.family === 'squared' || !of.factors?.includes(0)) {
      expect(result.gapBound).toBeGreaterThanOrEqual(0);
      expect(result.gapBound).toBeLessThan(1e-8);
    }
    const { coefficients, intercept } = of.reference;
    expect([...model.coefficients].map((value) => value === 0)).toEqual(coefficients.map((value) => value === 0));
    expect(largestError(model.coefficients, coefficients)).toBeLessThan(1e-8);
    expect(Math.abs(model.intercept - intercept)).toBeLessThan(1e-8 * Math.max(1, Math.abs(intercept)));
  });
});

// The tables of docs/penalties.md.
const n = { diabetes: numbers.rows, cancer: fixture.cancer.y.length };
const glmnet = fixture['glmnet penalty.factor'];
const rescaled = glmnet.map((factor) => (factor * glmnet.length) / glmnet.reduce((sum, value) => sum + value, 0));
const conversions: readonly (readonly [string, Penalty | undefined])[] = [
  ['Lasso(alpha=2)', l1(2)],
  ['Lasso(alpha=1, positive=True)', l1(1)],
  ['ElasticNet(alpha=0.5, l1_ratio=0.3)', elasticNet(0.5, 0.3)],
  ['LinearRegression(positive=True)', undefined],
  ['Ridge(alpha=10)', l2(10 / n.diabetes)],
  ['LogisticRegression(C=0.5)', l2(1 / (0.5 * n.cancer))],
  ['LogisticRegression(C=0.2, l1_ratio=1)', l1(1 / (0.2 * n.diabetes))],
  ['GLM(Binomial).fit_regularized(alpha=0.02, L1_wt=0.5)', elasticNet(0.02, 0.5)],
  ['glmnet alpha=1 lambda=0.03 penalty.factor', l1(0.03, { factors: rescaled })],
];

test.each(conversions)('%s', async (name, penalty) => {
  const of = fixture.cases.find((candidate) => candidate.name === name) as Case;
  const { model } = await fitted(of, penalty);
  const wanted = of.named ?? of.reference;
  expect(largestError(model.coefficients, wanted.coefficients)).toBeLessThan(10 * (of.within ?? 1e-9));
});

test.each(fixture['glmnet gaussian'])('glmnet gaussian $name', ({ name, alpha, lambda, ...wanted }) => {
  const mean = numbers.y.reduce((sum, value) => sum + value, 0) / n.diabetes;
  const deviation = Math.sqrt(numbers.y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n.diabetes);
  const ridge = (1 - alpha) / deviation;
  const factors = name.includes('penalty.factor') ? { factors: rescaled } : {};
  const penalty = elasticNet(lambda * (alpha + ridge), alpha / (alpha + ridge), factors);
  const model = new LinearRegression({ standardize: true, penalty });
  fitSync(model, numbers, { tolerance: 1e-10 });
  expect(largestError(model.coefficients, wanted.coefficients)).toBeLessThan(1e-8);
  expect(Math.abs(model.intercept - wanted.intercept)).toBeLessThan(1e-8 * Math.abs(wanted.intercept));
});

test('docs/penalties.md has a row for every conversion', () => {
  const page = readFileSync(new URL('../../docs/penalties.md', import.meta.url), 'utf8');
  for (const row of [
    'Lasso(alpha',
    'ElasticNet(alpha',
    'Ridge(alpha',
    'LogisticRegression(C',
    'penalty.factor',
    'fit_regularized(alpha',
  ]) {
    expect(page).toContain(row);
  }
});
