// Functions with known minima, as a user would write them, and every solver with
// what it can minimise.

import {
  BFGS,
  ConjugateGradient,
  GradientDescent,
  LBFGS,
  LBFGSB,
  type MinimizeOptions,
  NelderMead,
  Newton,
  OWLQN,
  type Problem,
  ProximalGradient,
  type Solver,
  TrustRegion,
} from 'gradus';

/** Rosenbrock (1960), minimum 0 at (1, 1). */
export const rosenbrock = {
  evaluate(p: Float64Array, gradient: Float64Array): number {
    const [x, y] = p as unknown as [number, number];
    const a = 1 - x;
    const b = y - x * x;
    gradient[0] = -2 * a - 400 * x * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
  },
  hessian(p: Float64Array, out: Float64Array): void {
    const [x, y] = p as unknown as [number, number];
    out.set([2 - 400 * (y - 3 * x * x), -400 * x, -400 * x, 200]);
  },
} satisfies Problem;

export const rosenbrockStart = [-1.2, 1];

/** ½ Σ (i+1)(xᵢ − 1)². */
export const bowl: Problem = {
  evaluate(p, gradient) {
    let sum = 0;
    for (let i = 0; i < p.length; i += 1) {
      const e = (p[i] as number) - 1;
      gradient[i] = (i + 1) * e;
      sum += 0.5 * (i + 1) * e * e;
    }
    return sum;
  },
};

/** Every solver that minimises a function of a vector, by name. */
export const solvers: readonly (readonly [string, Solver, MinimizeOptions])[] = [
  ['LBFGS', new LBFGS(), {}],
  ['BFGS', new BFGS(), {}],
  ['ConjugateGradient', new ConjugateGradient(), {}],
  ['LBFGSB', new LBFGSB(), { bounds: { lower: -5, upper: 5 } }],
  ['OWLQN', new OWLQN(), { l1: 0.01 }],
  ['ProximalGradient', new ProximalGradient(), { l1: 0.01 }],
  ['NelderMead', new NelderMead(), {}],
  ['Newton', new Newton(), {}],
  ['TrustRegion', new TrustRegion(), {}],
  ['TrustRegion, Steihaug', new TrustRegion({ subproblem: 'steihaug' }), {}],
  ['GradientDescent', new GradientDescent({ learningRate: 'line-search' }), {}],
];
