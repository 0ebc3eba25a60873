// Log-likelihoods of single rows against statsmodels and, of Tweedie's, a series of 60 digits. Plain arithmetic: the same on
// every kernel set.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as families from '../../lib/losses/family.js';
import { logLikelihood } from '../../lib/losses/log-likelihood.js';

const { points } = JSON.parse(
  readFileSync(new URL('../fixtures/log-likelihood-statsmodels.json', import.meta.url), 'utf8'),
) as { points: Record<string, [number, number, number, number, number][]> };

function familyOf(name: string): families.Family {
  const [kind, parameter] = name.split(' ');
  switch (kind) {
    case 'negativeBinomial':
      return families.negativeBinomial(Number(parameter));
    case 'tweedie':
      return families.tweedie(Number(parameter));
    default: {
      const { gaussian, binomial, poissonFamily: poisson, gamma, inverseGaussian } = families;
      return { gaussian, binomial, poisson, gamma, inverseGaussian }[kind as 'gaussian'];
    }
  }
}

test.each(Object.keys(points))('%s', (name) => {
  const family = familyOf(name);
  const rows = points[name] ?? [];
  expect(rows.length).toBeGreaterThan(11);
  for (const [y, mean, weight, dispersion, wanted] of rows) {
    const value = logLikelihood(family, y, mean, weight, dispersion);
    const row = `${name}: y ${y}, mean ${mean}, weight ${weight}, dispersion ${dispersion}: ${value} and not ${wanted}`;
    // 1e-20 that statsmodels adds to means counts where they are 1e-9.
    expect(Math.abs(value - wanted) / Math.max(1, Math.abs(wanted)), row).toBeLessThan(1e-11);
  }
});

test("Tweedie's powers that are other families, and those without a series", () => {
  const { gamma, gaussian, inverseGaussian, poissonFamily, tweedie } = families;
  const at = (family: families.Family): number => logLikelihood(family, 3, 2.2, 1.5, 0.7);
  expect([0, 1, 2, 3].map((power) => at(tweedie(power)))).toEqual(
    [gaussian, poissonFamily, gamma, inverseGaussian].map(at),
  );
  expect(at(tweedie(2.5))).toBeNaN();
});
