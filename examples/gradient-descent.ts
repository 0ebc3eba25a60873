// The function that courses on machine learning begin with: gradient descent for
// linear regression on a matrix x whose first column is all ones, with the cost
// J(θ) = 1/(2m) Σ (xθ − y)². It takes the steps of the usual loop over NumPy arrays,
// θ ← θ − α/m · xᵀ(xθ − y). Run it from a checkout that has been built:
//   npx tsx examples/gradient-descent.ts
// (Node 22.18 and later run it as it is: node examples/gradient-descent.ts).

import { pathToFileURL } from 'node:url';
import { Dataset, fitSync, GradientDescent, LinearRegression } from 'gradus';

export interface Descent {
  /** θ after the last iteration. */
  readonly theta: Float64Array;
  /** J after each iteration. */
  readonly costs: number[];
}

/**
 * @param x m rows, a leading 1 in each. @param y m targets. @param theta the start, one number a column.
 * @param alpha the learning rate. @param iterations at least 1.
 * @throws Error with the reason when the cost rises: alpha is too high for these columns.
 */
export function gradientDescent(
  x: readonly (readonly number[])[],
  y: ArrayLike<number>,
  theta: ArrayLike<number>,
  alpha: number,
  iterations: number,
): Descent {
  const model = new LinearRegression({ intercept: false }); // the column of ones is the intercept
  const costs: number[] = [];
  const result = fitSync(model, Dataset.from(x, y), {
    optimizer: new GradientDescent({ learningRate: alpha }),
    initial: theta,
    epochs: iterations,
    tolerance: 0,
    onEpoch: ({ loss }) => {
      costs.push(loss);
    },
  });
  if (result.status === 'diverged' || result.status === 'failed') throw new Error(result.reason);
  // The run ends early only where a step no longer changes θ: the loop would repeat the last cost.
  while (costs.length < iterations) costs.push(result.loss);
  return { theta: model.parameters, costs };
}

// As a program: the line y = 1 + 2x through five points.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const x = [0, 0.25, 0.5, 0.75, 1].map((value) => [1, value]);
  const y = [1.1, 1.4, 2, 2.6, 2.9];
  const { theta, costs } = gradientDescent(x, y, [0, 0], 0.5, 200);
  console.log(`theta: ${[...theta].map((value) => value.toFixed(4)).join(', ')}`);
  for (const k of [1, 10, 100, 200]) console.log(`cost after ${k} iterations: ${costs[k - 1]?.toFixed(6)}`);
}
