// dV/dμ of the families: the observed information of a link that is not canonical needs it.

import type { Family } from './family.js';

export function varianceSlope({ name, parameter }: Family, mean: number): number {
  switch (name) {
    case 'gaussian':
      return 0;
    case 'binomial':
      return 1 - 2 * mean;
    case 'poisson':
      return 1;
    case 'gamma':
      return 2 * mean;
    case 'inverseGaussian':
      return 3 * mean * mean;
    case 'negativeBinomial':
      return 1 + 2 * parameter * mean;
    case 'tweedie':
      return parameter === 0 ? 0 : parameter * mean ** (parameter - 1);
  }
}
