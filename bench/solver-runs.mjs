// One solver on one test problem, counted, and SciPy's method beside which it stands:
// for the table of solvers.mjs and for the test that holds it.

import { hessianOfSquares, isSolved, problems, sumOfSquares } from './problems/more-garbow-hillstrom.mjs';

const gradus = await import('gradus');
const tolerance = 1e-8;
const maxIterations = 10_000;
// The methods that know no gradients are for few parameters.
const mostWithoutGradient = 6;

/** Ours, SciPy's, what of the problem ours is given, and for how many parameters at most. */
const methods = [
  { name: 'LevenbergMarquardt', rival: 'lm', run: leastSquares },
  { name: 'GaussNewton', rival: 'lm', run: leastSquares },
  { name: 'BFGS', rival: 'BFGS', run: minimise },
  { name: 'LBFGS', rival: 'L-BFGS-B', run: minimise },
  { name: 'LBFGSB', rival: 'L-BFGS-B', run: minimise },
  { name: 'ConjugateGradient', rival: 'CG', run: minimise },
  { name: 'Newton', rival: 'trust-exact', run: minimiseWithHessian },
  { name: 'TrustRegion', rival: 'trust-exact', run: minimiseWithHessian },
  { name: 'TrustRegion', options: { subproblem: 'steihaug' }, rival: 'trust-ncg', run: minimiseWithHessian },
  { name: 'NelderMead', rival: 'Nelder-Mead', run: minimiseValues, most: mostWithoutGradient },
];

/**
 * @typedef {object} Judged
 * @property {boolean} solved
 * @property {number} evaluations until the method stopped by itself
 * @property {number} toMinimum  evaluations until Σ r² was at a known minimum; NaN where the run does not end at one
 * @property {number | null} value  Σ r² at the end; null where that is no number
 * @property {string} status  ours
 */

/** Each with its `title`, the problems it is for, and `run(problem)`, which gives a `Judged`. */
export const pairs = methods.map(({ name, options, rival, run, most = Number.POSITIVE_INFINITY }) => ({
  name,
  title: options === undefined ? name : `${name} ${Object.values(options).join(' ')}`,
  rival,
  inBuild: gradus[name] !== undefined,
  problems: problems.filter(({ size }) => size <= most),
  run: (problem) => judged(problem, tried(run, problem, new gradus[name](options))),
}));

/** A throw is a failure of the solver, which must not stop the others. */
function tried(run, problem, optimizer) {
  try {
    return run(problem, optimizer);
  } catch (error) {
    return { value: Number.NaN, evaluations: 0, falls: [], status: `threw: ${error.message}` };
  }
}

/**
 * What a run has come to, ours or SciPy's.
 * @returns {Judged}
 */
export function judged(problem, { value, evaluations, falls, status = '' }) {
  const solved = value !== null && isSolved(problem, value);
  // A trial may have been below the local minimum where the run ends.
  const [reached] = falls.find(([, low]) => isSolved(problem, low)) ?? [evaluations];
  return { solved, evaluations, status, value, toMinimum: solved ? reached : Number.NaN };
}

/** What counts evaluations and remembers which of them lowered the value, for SciPy's side and ours the same. */
function counter() {
  const falls = [];
  let evaluations = 0;
  let lowest = Number.POSITIVE_INFINITY;
  return {
    falls,
    saw(value) {
      evaluations += 1;
      if (value < lowest) {
        lowest = value;
        falls.push([evaluations, value]);
      }
      return value;
    },
    outcome(problem, { parameters, status }) {
      const value = sumOfSquares(problem)(parameters, new Float64Array(problem.size));
      return { value, evaluations, falls, status };
    },
  };
}

function minimise(problem, optimizer) {
  const { saw, outcome } = counter();
  const evaluate = sumOfSquares(problem);
  const counted = { evaluate: (p, gradient) => saw(evaluate(p, gradient)) };
  const result = gradus.minimizeSync(counted, problem.start, { optimizer, maxIterations, tolerance });
  return outcome(problem, result);
}

/** Hessians are not evaluations: their differences stand for what a user would write down. */
function minimiseWithHessian(problem, optimizer) {
  const { saw, outcome } = counter();
  const evaluate = sumOfSquares(problem);
  const counted = {
    evaluate: (p, gradient) => saw(evaluate(p, gradient)),
    hessian: hessianOfSquares(problem),
  };
  const result = gradus.minimizeSync(counted, problem.start, { optimizer, maxIterations, tolerance });
  return outcome(problem, result);
}

function minimiseValues(problem, optimizer) {
  const { saw, outcome } = counter();
  const evaluate = sumOfSquares(problem);
  const unused = new Float64Array(problem.size);
  const result = gradus.minimizeSync({ value: (p) => saw(evaluate(p, unused)) }, problem.start, {
    optimizer,
    maxIterations,
    tolerance,
  });
  return outcome(problem, result);
}

function leastSquares(problem, optimizer) {
  const { saw, outcome } = counter();
  const counted = {
    size: problem.residualCount,
    residuals(p, out) {
      problem.residuals(p, out);
      saw(out.reduce((sum, r) => sum + r * r, 0));
    },
    jacobian: problem.jacobian,
  };
  const result = gradus.leastSquaresSync(counted, problem.start, { optimizer, maxIterations, tolerance });
  return outcome(problem, result);
}
