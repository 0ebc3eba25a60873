// The five classic methods with rates that bring each to the minimum of least
// squares on the diabetes data, columns standardised. The one place where these
// numbers stand as code: docs/methods.md shows them and a test compares the two.
// The rates were found by trial: see the page for how they follow from L = 4.02.

import { AdaGrad, exponentialDecay, type FitOptions, GradientDescent, inverseTimeDecay, Newton, SGD } from 'gradus';

export interface Method {
  readonly name: string;
  readonly chinese: string;
  readonly optimizer: NonNullable<FitOptions['optimizer']>;
  readonly options: Readonly<Pick<FitOptions, 'epochs' | 'tolerance' | 'batchSize'>>;
  /** How far above the minimum the loss may end, relative to it. */
  readonly within: number;
}

export const fiveMethods: readonly Method[] = [
  {
    name: 'gradient descent',
    chinese: '梯度下降法',
    optimizer: new GradientDescent({ learningRate: 0.4 }),
    options: { tolerance: 1e-3 },
    within: 1e-6,
  },
  {
    name: 'stochastic gradient descent',
    chinese: '随机梯度下降法',
    optimizer: new SGD({ learningRate: inverseTimeDecay(0.1, 0.001) }),
    options: { epochs: 500 },
    within: 1e-3,
  },
  {
    name: 'decaying learning rate',
    chinese: '动态学习率',
    optimizer: new GradientDescent({ learningRate: exponentialDecay(0.45, 0.5, { every: 2000 }) }),
    options: { tolerance: 1e-3 },
    within: 1e-6,
  },
  {
    name: 'adaptive rate (AdaGrad)',
    chinese: '自适应学习率',
    optimizer: new AdaGrad({ learningRate: 30 }),
    options: { batchSize: 442, epochs: 5000, tolerance: 1e-3 },
    within: 1e-6,
  },
  {
    name: 'second-order method (Newton)',
    chinese: '第二阶差分法',
    optimizer: new Newton(),
    options: {},
    within: 1e-6,
  },
];
