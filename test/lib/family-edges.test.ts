// Generalised linear models on data at which fits break: columns that depend on each other, too
// few rows, weights of every size, all targets the same, classes that a line separates.

import {
  Dataset,
  fitSync,
  GeneralizedLinearModel,
  type GeneralizedLinearModelOptions,
  l2,
  negativeBinomial,
  tweedie,
} from 'gradus';
import { describe, expect, test } from 'vitest';

describe('data at which fits break', () => {
  const pairs: readonly GeneralizedLinearModelOptions[] = [
    { family: 'poisson' },
    { family: 'poisson', link: 'sqrt' },
    { family: 'gamma' },
    { family: 'gamma', link: 'inverse' },
    { family: 'inverseGaussian' },
    { family: tweedie(1.5) },
    { family: negativeBinomial(1) },
    { family: 'binomial' },
    { family: 'binomial', link: 'probit' },
    { family: 'gaussian' },
  ];
  const title = ({ family, link }: GeneralizedLinearModelOptions): string =>
    `${typeof family === 'string' ? family : family.name} ${link ?? ''}`;
  const named = pairs.map((options) => [title(options), options] as const);
  const targets = (options: GeneralizedLinearModelOptions, n: number): number[] =>
    Array.from({ length: n }, (_, i) => (options.family === 'binomial' ? (i * 7) % 2 : 1 + ((i * 5) % 4)));
  const usable = (model: GeneralizedLinearModel): void => {
    expect(model.parameters.every(Number.isFinite)).toBe(true);
  };

  test.each(named)('%s with constant and doubled columns', (_, options) => {
    const x = Array.from({ length: 12 }, (_, i) => [i % 5, i % 5, 1]);
    const data = Dataset.from(x, targets(options, 12));
    const model = new GeneralizedLinearModel(options);
    const result = fitSync(model, data);
    usable(model);
    expect(['converged', 'stalled']).toContain(result.status);
    const alone = new GeneralizedLinearModel(options);
    fitSync(
      alone,
      Dataset.from(
        x.map(([a]) => [a as number]),
        targets(options, 12),
      ),
    );
    model.predict(data).forEach((mean, i) => {
      expect(Math.abs(mean / alone.predictOne([x[i]?.[0] as number]) - 1)).toBeLessThan(1e-5);
    });
  });

  test.each(named)('%s with fewer rows than columns', (_, options) => {
    const x = Array.from({ length: 3 }, (_, i) => [i, i * i, Math.sin(i), 2 ** -i, 1 - i]);
    const model = new GeneralizedLinearModel({ ...options, penalty: l2(0.01) });
    const result = fitSync(model, Dataset.from(x, targets(options, 3)));
    expect(result.status, result.reason).toBe('converged');
    usable(model);
  });

  test.each(named)('%s with weights from 1e-12 to 1e12', (_, options) => {
    const x = Array.from({ length: 30 }, (_, i) => [Math.sin(i)]);
    const weights = Array.from({ length: 30 }, (_, i) => 10 ** ((i % 5) * 6 - 12));
    const y = targets(options, 30);
    const model = new GeneralizedLinearModel(options);
    const result = fitSync(model, Dataset.from(x, y, { weights }));
    expect(['converged', 'stalled'], result.reason).toContain(result.status);
    // Rows of small weights decide next to nothing.
    const heavy = [...weights.keys()].filter((i) => (weights[i] as number) > 1e5);
    const rows = heavy.map((i) => x[i] as number[]);
    const of = { weights: heavy.map((i) => weights[i] as number) };
    const few = new GeneralizedLinearModel(options);
    fitSync(
      few,
      Dataset.from(
        rows,
        heavy.map((i) => y[i] as number),
        of,
      ),
    );
    model.parameters.forEach((value, j) => {
      expect(Math.abs(value - (few.parameters[j] as number))).toBeLessThan(1e-4);
    });
  });

  test('counts that are all zero, classes that are all the same, and classes that a line separates', () => {
    for (const options of [{ family: 'poisson' }, { family: tweedie(1.2) }, { family: negativeBinomial(2) }] as const) {
      const model = new GeneralizedLinearModel(options);
      const zeros = Dataset.from([[1], [2], [3]], [0, 0, 0]);
      const result = fitSync(model, zeros);
      usable(model);
      expect(result.loss, title(options)).toBeLessThan(1e-6);
      expect(model.score(zeros)).toBeNaN();
    }
    for (const link of ['logit', 'probit', 'cloglog'] as const) {
      for (const y of [
        [0, 0, 1, 1],
        [1, 1, 1, 1],
      ]) {
        const model = new GeneralizedLinearModel({ family: 'binomial', link });
        const result = fitSync(model, Dataset.from([[1], [2], [3], [4]], y));
        usable(model);
        expect(result.loss, `${link} ${y}: ${result.reason}`).toBeLessThan(1e-4);
      }
    }
  });
});
