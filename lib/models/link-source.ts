// The inverse links as text, for the modules that models write: the arithmetic of
// losses/link.ts, which test/lib/models/source.test.ts compares bit for bit.

import type { links } from '../losses/link.js';
import type { ElementarySource } from './elementary-source.js';
import type { ResponseSource } from './model-source.js';

/** μ as an expression in `eta`, and the functions of elementary-source.ts that it calls. */
export interface MeanSource {
  readonly uses: readonly ElementarySource[];
  readonly mean: string;
}

export const linkSources: Readonly<Record<keyof typeof links, MeanSource>> = {
  identity: { uses: [], mean: 'eta' },
  log: { uses: ['exp'], mean: 'exp(eta)' },
  logit: { uses: ['sigmoid'], mean: 'sigmoid(eta)' },
  probit: { uses: ['normalCdf'], mean: 'normalCdf(eta)' },
  cloglog: { uses: ['exp', 'expm1'], mean: '-expm1(-exp(eta))' },
  inverse: { uses: [], mean: '1 / eta' },
  inverseSquared: { uses: [], mean: '1 / Math.sqrt(eta)' },
  sqrt: { uses: [], mean: 'eta * eta' },
};

/** The response of a model that predicts the mean. */
export function meanResponse(link: keyof typeof links): ResponseSource {
  const { uses, mean } = linkSources[link];
  return { uses, predict: mean };
}
