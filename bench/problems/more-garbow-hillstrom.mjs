// The 35 problems of Moré, Garbow and Hillstrom, "Testing Unconstrained Optimization
// Software" (ACM TOMS 7, 1981, pages 17–41), from their standard starts, for the tests
// of the solvers and for the comparison with SciPy. Where the paper leaves the size open
// it is: Watson 6, Powell 12, Chebyquad 8, the others 10 (the linear ones with 20
// residuals), and 99, 10 and 13 residuals for Gulf, Box and Biggs.

import {
  brownAlmostLinear,
  extendedPowell,
  extendedRosenbrock,
  penaltyI,
  penaltyII,
  trigonometric,
  variablyDimensioned,
  watson,
} from './any-size.mjs';
import {
  broydenBanded,
  broydenTridiagonal,
  chebyquad,
  discreteBoundaryValue,
  discreteIntegral,
  linearFullRank,
  linearRankOne,
  linearRankOneWithZeros,
} from './equations.mjs';
import { fourToElevenParameters } from './four-to-eleven-parameters.mjs';
import { twoAndThreeParameters } from './two-and-three-parameters.mjs';

/**
 * @typedef {object} TestProblem
 * @property {number} number in the paper
 * @property {string} name
 * @property {number} size n
 * @property {number} residualCount m
 * @property {number[]} start
 * @property {number[]} minima values of Σ r² (without ½): the least one first, then the local ones known
 * @property {(p: Float64Array, out: Float64Array) => void} residuals
 * @property {(p: Float64Array, out: Float64Array) => void} jacobian m×n, row-major
 */

/** @type {TestProblem[]} */
export const problems = [
  ...twoAndThreeParameters,
  ...fourToElevenParameters,
  watson(),
  extendedRosenbrock(),
  extendedPowell(),
  penaltyI(),
  penaltyII(),
  variablyDimensioned(),
  trigonometric(),
  brownAlmostLinear(),
  discreteBoundaryValue(),
  discreteIntegral(),
  broydenTridiagonal(),
  broydenBanded(),
  linearFullRank(),
  linearRankOne(),
  linearRankOneWithZeros(),
  chebyquad(),
];

/**
 * Σ r² with its gradient 2Jᵀr: the function that the paper minimises.
 * @param {TestProblem} problem
 * @returns {(p: Float64Array, gradient: Float64Array) => number}
 */
export function sumOfSquares({ size, residualCount, residuals, jacobian }) {
  const r = new Float64Array(residualCount);
  const slopes = new Float64Array(residualCount * size);
  return (p, gradient) => {
    residuals(p, r);
    jacobian(p, slopes);
    gradient.fill(0);
    let value = 0;
    for (let i = 0; i < residualCount; i += 1) {
      value += r[i] * r[i];
      for (let j = 0; j < size; j += 1) gradient[j] += 2 * r[i] * slopes[i * size + j];
    }
    return value;
  };
}

/**
 * The second derivatives of Σ r² by central differences of the gradient, of fourth order: seven digits or more.
 * @param {TestProblem} problem
 * @returns {(p: Float64Array, hessian: Float64Array) => void}
 */
export function hessianOfSquares(problem) {
  const n = problem.size;
  const evaluate = sumOfSquares(problem);
  const at = new Float64Array(n);
  const gradient = new Float64Array(n);
  const difference = [
    [-2, 1 / 12],
    [-1, -2 / 3],
    [1, 2 / 3],
    [2, -1 / 12],
  ];
  return (p, hessian) => {
    hessian.fill(0);
    at.set(p);
    for (let j = 0; j < n; j += 1) {
      const step = 2 ** Math.round(Math.log2(5e-4 * Math.max(1e-3, Math.abs(p[j]))));
      for (const [shift, weight] of difference) {
        at[j] = p[j] + shift * step;
        evaluate(at, gradient);
        // Half to each triangle, so that the matrix is symmetric.
        for (let i = 0; i < n; i += 1) {
          const share = (weight * gradient[i]) / (2 * step);
          hessian[i * n + j] += share;
          hessian[j * n + i] += share;
        }
      }
      at[j] = p[j];
    }
  };
}

/**
 * Whether Σ r² has come down to a known minimum: within 1e-6 of it and of nothing else, but for
 * 1e-10 of the value at the start where that is below 1.
 * @param {TestProblem} problem
 * @param {number} value
 */
export function isSolved(problem, value) {
  const first = sumOfSquares(problem)(Float64Array.from(problem.start), new Float64Array(problem.size));
  const floor = 1e-10 * Math.min(1, first);
  return problem.minima.some((minimum) => Math.abs(value - minimum) <= 1e-6 * minimum + floor);
}
