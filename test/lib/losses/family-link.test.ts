// Families and links by themselves: every link and its inverse, slopes and curvatures against
// differences, deviances against their definitions, and the losses of all pairs that have
// no kernel: their derivatives are slopes, and expected curvatures those of the mean target.

import { describe, expect, test } from 'vitest';
import {
  binomial,
  type Family,
  gamma,
  gaussian,
  inverseGaussian,
  negativeBinomial,
  poissonFamily,
  tweedie,
} from '../../../lib/losses/family.js';
import { familyLoss } from '../../../lib/losses/likelihood.js';
import { type Link, links } from '../../../lib/losses/link.js';
import { isVectorLoss, type VectorLoss } from '../../../lib/losses/loss.js';

const all = Object.values(links);
const points = (link: Link): number[] => (link.positive ? [0.2, 0.9, 1.7] : [-1.3, -0.4, 0.3, 0.8, 1.6]);

test.each(all.map((link) => [link.name, link] as const))('%s: mean, slope and curvature belong together', (_, link) => {
  for (const eta of points(link)) {
    const mean = link.mean(eta);
    expect(link.predictor(mean)).toBeCloseTo(eta, 12);
    const h = 1e-5;
    const slope = (link.mean(eta + h) - link.mean(eta - h)) / (2 * h);
    expect(Math.abs(link.slope(eta, mean) / slope - 1)).toBeLessThan(1e-7);
    const bend = (link.slope(eta + h, link.mean(eta + h)) - link.slope(eta - h, link.mean(eta - h))) / (2 * h);
    expect(Math.abs(link.curvature(eta, mean) - bend)).toBeLessThan(1e-7 * Math.max(1, Math.abs(bend)));
    if (link.complement) expect(Math.abs(link.complement(eta) + mean - 1)).toBeLessThan(1e-15);
  }
});

test('the probit link keeps its digits in the tails', () => {
  expect(links.probit.mean(-8) / 6.220960574271785e-16).toBeCloseTo(1, 14);
  expect((links.probit.complement?.(8) as number) / 6.220960574271785e-16).toBeCloseTo(1, 14);
  expect(links.probit.predictor(1e-300)).toBeCloseTo(-37.0470962993612, 12);
  expect(links.probit.predictor(0.975)).toBeCloseTo(1.959963984540054, 14);
});

const families: readonly Family[] = [
  gaussian,
  binomial,
  poissonFamily,
  gamma,
  inverseGaussian,
  negativeBinomial(0.6),
  tweedie(1.5),
  tweedie(0),
  tweedie(1),
  tweedie(2),
  tweedie(2.6),
];
const title = ({ name, parameter }: Family): string => `${name} ${parameter}`;

test.each(families.map((family) => [title(family), family] as const))(
  '%s: deviance and variance belong together',
  (_, family) => {
    // d d(y, μ)/dμ = −2 (y − μ)/V(μ).
    for (const mean of [0.2, 0.55, 0.9]) {
      for (const y of [0.1, 0.5, 0.95]) {
        const h = 1e-6;
        const slope = (family.deviance(y, mean + h) - family.deviance(y, mean - h)) / (2 * h);
        expect(slope).toBeCloseTo((-2 * (y - mean)) / family.variance(mean), 5);
        const bend = (family.variance(mean + h) - family.variance(mean - h)) / (2 * h);
        expect(family.varianceSlope(mean)).toBeCloseTo(bend, 8);
      }
      expect(Math.abs(family.deviance(mean, mean))).toBeLessThan(1e-15);
      // Near the target the deviance is (y − μ)²/V.
      const near = mean * (1 + 2 ** -14);
      const wanted = (near - mean) ** 2 / family.variance(mean);
      expect(Math.abs(family.deviance(near, mean) - wanted)).toBeLessThan(1e-3 * wanted);
    }
  },
);

const pairs = families.flatMap((family) =>
  all.flatMap((link) => {
    const loss = familyLoss(family, link);
    return isVectorLoss(loss) ? [[`${title(family)} ${link.name}`, family, link, loss] as const] : [];
  }),
);

describe.each(pairs)('%s', (_, family, link, loss: VectorLoss) => {
  const evaluate = (eta: number[], y: number[], weights?: number[]) => {
    const derivative = new Float64Array(eta.length);
    const curvature = new Float64Array(eta.length);
    const w = weights && Float64Array.from(weights);
    const sum = loss.evaluate?.(Float64Array.from(eta), Float64Array.from(y), derivative, curvature, w) as number;
    return { sum, derivative, curvature };
  };
  const usable = points(link).filter((eta) => family.allows(link.mean(eta)) && link.mean(eta) > 0);
  const targets = family.name === 'binomial' ? [0, 0.3, 1] : [0.4, 1, 3];

  test('derivatives are slopes, the value half the deviance but for what the target decides', () => {
    expect(usable.length).toBeGreaterThan(0);
    for (const eta of usable) {
      if (family.name === 'binomial' && link.mean(eta) >= 0.99) continue;
      for (const y of targets) {
        const h = 1e-5;
        const [here, ahead, behind] = [eta, eta + h, eta - h].map((at) => evaluate([at], [y]));
        const value = (of: typeof here): number => of?.sum as number;
        const slope = (value(ahead) - value(behind)) / (2 * h);
        expect(Math.abs((here?.derivative[0] as number) - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
        const bend = ((ahead?.derivative[0] as number) - (behind?.derivative[0] as number)) / (2 * h);
        expect(Math.abs((here?.curvature[0] as number) - bend)).toBeLessThan(1e-4 * Math.max(1, Math.abs(bend)));
        const other = usable[0] as number;
        const gap = value(here) - evaluate([other], [y]).sum;
        const wanted = (family.deviance(y, link.mean(eta)) - family.deviance(y, link.mean(other))) / 2;
        expect(Math.abs(gap - wanted)).toBeLessThan(1e-12 * Math.max(1, Math.abs(wanted)));
      }
      const expectation = new Float64Array(1);
      loss.expectedCurvature?.(Float64Array.of(eta), expectation);
      const atMean = evaluate([eta], [link.mean(eta)]).curvature[0] as number;
      expect(Math.abs((expectation[0] as number) / atMean - 1)).toBeLessThan(1e-12);
    }
  });

  test('weights count in the sum alone', () => {
    const eta = usable.slice(0, 2);
    const y = [targets[1], targets[2]].slice(0, eta.length) as number[];
    const plain = evaluate(eta, y);
    const weighted = evaluate(
      eta,
      y,
      eta.map((_each, i) => 2 + i),
    );
    const parts = eta.map((at, i) => (2 + i) * evaluate([at], [y[i] as number]).sum);
    expect(weighted.sum).toBeCloseTo(
      parts.reduce((a, b) => a + b, 0),
      12,
    );
    expect(weighted.derivative).toEqual(plain.derivative);
    expect(weighted.curvature).toEqual(plain.curvature);
  });
});

test('a predictor outside the domain has an infinite loss', () => {
  const at = (family: Family, name: keyof typeof links, eta: number): number => {
    const loss = familyLoss(family, links[name]) as VectorLoss;
    const out = (): Float64Array => new Float64Array(1);
    return loss.evaluate?.(Float64Array.of(eta), Float64Array.of(1), out(), out(), undefined) as number;
  };
  expect(at(gamma, 'inverse', -1)).toBe(Number.POSITIVE_INFINITY);
  expect(at(gamma, 'identity', 0)).toBe(Number.POSITIVE_INFINITY);
  expect(at(poissonFamily, 'sqrt', -1)).toBe(Number.POSITIVE_INFINITY);
  expect(at(inverseGaussian, 'inverseSquared', -1)).toBe(Number.POSITIVE_INFINITY);
  expect(at(binomial, 'identity', 1.5)).toBe(Number.POSITIVE_INFINITY);
  expect(at(binomial, 'probit', Number.NaN)).toBe(Number.POSITIVE_INFINITY);
});
