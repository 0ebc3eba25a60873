// The summary of a softmax regression against statsmodels' MNLogit, on every kernel set; of two classes it is that of a
// logistic regression.

import { readFileSync } from 'node:fs';
import { Dataset, fitSync, kernels, LogisticRegression, l2, Newton, SoftmaxRegression } from 'gradus';
import { describe, expect, test } from 'vitest';
import { withKernelSet } from './with-kernel-set.js';

interface Multinomial extends Readonly<Record<'estimates' | 'model' | 'HC0' | 'pValues' | 'y', number[]>> {
  readonly columns: string[];
  readonly x: number[][];
  readonly shared: Readonly<Record<string, number>>;
}

const { multinomial: wanted } = JSON.parse(
  readFileSync(new URL('../fixtures/inference-statsmodels.json', import.meta.url), 'utf8'),
) as { multinomial: Multinomial };

const close = (actual: number, expected: number, what: string, bar = 1e-7): void => {
  expect(Math.abs(actual - expected) / Math.abs(expected), `${what}: ${actual} and not ${expected}`).toBeLessThan(bar);
};

describe.each(kernels().available)('softmax on %s', (set) => {
  withKernelSet(set);
  const data = Dataset.from(wanted.x, wanted.y, { names: wanted.columns });
  const options = { kernels: set, tolerance: 1e-11, epochs: 10_000 };

  test('three classes', () => {
    const model = new SoftmaxRegression({ standardize: true });
    fitSync(model, data, options);
    for (const covariance of ['model', 'HC0'] as const) {
      const { coefficients } = model.summary(data, { covariance });
      expect(coefficients.map((c) => c.class)).toEqual(wanted.estimates.map((_, at) => (at < 6 ? 1 : 2)));
      coefficients.forEach((c, at) => {
        close(c.estimate, wanted.estimates[at] as number, `${c.class} ${c.name}`);
        close(c.standardError, wanted[covariance][at] as number, `${c.class} ${c.name} ${covariance}`);
        if (covariance === 'model') close(c.pValue, wanted.pValues[at] as number, `${c.class} ${c.name} p`, 1e-5);
      });
    }
    const summary = model.summary(data);
    const flat: Record<string, unknown> = { ...summary, ...summary.pseudoRSquared };
    for (const [name, value] of Object.entries(wanted.shared)) close(flat[name] as number, value, name);
    expect(String(summary)).toMatch(/^2: intercept +-?\d/m);
    expect(model.summary(data, { covariance: 'HC1' }).coefficients[3]?.standardError).toBeCloseTo(
      (wanted.HC0[3] as number) * Math.sqrt(944 / (944 - 12)),
      7,
    );
  });

  test('two classes, with frequencies', () => {
    const weights = wanted.y.map((_, i) => (i * 7) % 3);
    const binary = Dataset.from(
      wanted.x,
      wanted.y.map((label) => Math.min(label, 1)),
      { weights },
    );
    const softmax = new SoftmaxRegression({ standardize: true });
    const logistic = new LogisticRegression({ standardize: true });
    fitSync(softmax, binary, options);
    fitSync(logistic, binary, { ...options, optimizer: new Newton() });
    for (const covariance of ['model', 'HC0', 'HC1'] as const) {
      const one = softmax.summary(binary, { covariance, weights: 'frequency' });
      const other = logistic.summary(binary, { covariance, weights: 'frequency' });
      one.coefficients.forEach((c, j) => {
        close(c.standardError, other.coefficients[j]?.standardError as number, `${covariance} ${c.name}`);
      });
      close(one.bic, other.bic, 'bic');
      close(one.nullDeviance, other.nullDeviance, 'null deviance');
    }
  });

  test('what it refuses', () => {
    const model = new SoftmaxRegression({ penalty: l2(0.1) });
    fitSync(model, data, { kernels: set });
    expect(() => model.summary(data)).toThrow(
      'Expected the penalty of a softmax model with a summary to be none, but got l2',
    );
    const plain = new SoftmaxRegression();
    expect(() => plain.summary(data)).toThrow(expect.objectContaining({ code: 'ERR_GRADUS_NOT_FITTED' }));
    fitSync(plain, data, { kernels: set, epochs: 3 });
    expect(() => plain.summary(data, { covariance: 'HC3' })).toThrow(
      "Expected `covariance` to be 'model', 'HC0' or 'HC1' of a softmax model, but got 'HC3'",
    );
    const odd = Dataset.from(wanted.x.slice(0, 3), [0, 1, 5], { names: wanted.columns });
    expect(() => plain.summary(odd)).toThrow('Expected target 2 to be a class, a whole number from 0 to 2, but got 5');
  });
});
