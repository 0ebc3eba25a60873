// What each row of a generalised linear model contributes at its mean: the score by η and the information, expected and
// observed (McCullagh and Nelder 1989, section 2.5), with its weight and for a dispersion of 1.

import type { Family } from '../../losses/family.js';
import type { Link } from '../../losses/link.js';
import { varianceSlope } from '../../losses/variance-slope.js';

export interface Contributions {
  readonly scores: Float64Array;
  readonly information: Float64Array;
}

export interface FittedRows {
  readonly y: Float64Array;
  readonly weights: Float64Array;
  readonly eta: Float64Array;
  readonly mean: Float64Array;
}

const canonical: Readonly<Partial<Record<Family['name'], Link['name']>>> = {
  gaussian: 'identity',
  binomial: 'logit',
  poisson: 'log',
};

export function contributions(
  rows: FittedRows,
  family: Family,
  link: Link,
  kind: 'expected' | 'observed',
): Contributions {
  const count = rows.y.length;
  const out = { scores: new Float64Array(count), information: new Float64Array(count) };
  const visit = contributor(rows, family, link, kind, out);
  for (let i = 0; i < count; i += 1) visit(i);
  return out;
}

/**
 * What fills in one row. With the canonical link dμ/dη = V, and nothing is divided that may vanish: the score is
 * y − μ.
 */
export function contributor(
  { y, weights, eta, mean }: FittedRows,
  family: Family,
  link: Link,
  kind: 'expected' | 'observed',
  { scores, information }: Contributions,
): (i: number) => void {
  const isCanonical = canonical[family.name] === link.name;
  return (i) => {
    const weight = weights[i] as number;
    const mu = mean[i] as number;
    const residual = (y[i] as number) - mu;
    const slope = link.slope(eta[i] as number, mu);
    if (isCanonical) {
      scores[i] = weight * residual;
      information[i] = weight * slope;
      return;
    }
    const variance = family.variance(mu);
    const ratio = weight === 0 || variance === 0 || slope === 0 ? 0 : slope / variance;
    scores[i] = weight * residual * ratio;
    information[i] = weight * slope * ratio;
    if (kind === 'expected' || ratio === 0) return;
    const bent = (link.curvature(eta[i] as number, mu) - slope * ratio * varianceSlope(family, mu)) / variance;
    information[i] = weight * (slope * ratio - residual * bent);
  };
}
