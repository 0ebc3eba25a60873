// `leastSquares` and `leastSquaresSync`: ½ Σ rᵢ² of a user's residuals (½ Σ ρ(rᵢ²)
// with a robust loss of the solver), and the spread of the parameters there.

import { type ParameterCovariance, parameterCovariance } from '../optimizers/covariance.js';
import { LevenbergMarquardt } from '../optimizers/levenberg-marquardt.js';
import type { Layout, Solver } from '../optimizers/solver.js';
import type { SumOfSquaresState } from '../optimizers/sum-of-squares.js';
import { checkNumber, checkOptions } from '../options.js';
import { type ResidualProblem, residualObjective } from './function-objective.js';
import {
  type BoundsInput,
  checkBounds,
  checkControl,
  checkStart,
  controlOptions,
  type MinimizeResult,
  type RunControl,
  startState,
  toResult,
} from './minimize.js';
import { MinimizeRun, type RunOutcome } from './minimize-run.js';
import { checkSuits, demandsOf } from './suits.js';

export interface LeastSquaresOptions extends RunControl {
  /** Default `new LevenbergMarquardt()`. */
  readonly optimizer?: Solver;
  /**
   * The largest cosine between the residuals and a column of the Jacobian that counts as converged, which has no unit;
   * default 1e-10. The solvers go on to the rounding of the residuals where that is above it, and say so.
   */
  readonly tolerance?: number;
  readonly bounds?: BoundsInput;
}

interface Spread extends ParameterCovariance {
  /** r at the parameters. */
  readonly residuals: Float64Array;
}

/** As of `minimize`; `value` is ½ Σ r², `evaluations` counts residuals and `gradientEvaluations` Jacobians. */
export type LeastSquaresResult = MinimizeResult & Spread;

const optionNames: readonly string[] = ['optimizer', 'tolerance', 'bounds', ...controlOptions];
const defaultTolerance = 1e-10;

/**
 * Minimises half a sum of squares. Resolves whatever happens numerically; rejects with a typed error for wrong arguments, and
 * with the functions' own error when they throw. The event loop gets its turn between evaluations.
 * @param start where to begin, or the result of an earlier run, whose memory the same optimizer takes up.
 */
export async function leastSquares(
  problem: ResidualProblem,
  start: ArrayLike<number> | LeastSquaresResult,
  options: LeastSquaresOptions = {},
): Promise<LeastSquaresResult> {
  const { run, finish } = prepare(problem, start, options);
  return finish(await run.run());
}

/** The same on the calling thread. Throws where `leastSquares` rejects. */
export function leastSquaresSync(
  problem: ResidualProblem,
  start: ArrayLike<number> | LeastSquaresResult,
  options: LeastSquaresOptions = {},
): LeastSquaresResult {
  const { run, finish } = prepare(problem, start, options);
  return finish(run.runSync());
}

function prepare(
  problem: ResidualProblem,
  start: ArrayLike<number> | LeastSquaresResult,
  options: LeastSquaresOptions,
): { readonly run: MinimizeRun; readonly finish: (outcome: RunOutcome) => LeastSquaresResult } {
  checkOptions(options, optionNames, 'leastSquares');
  const objective = residualObjective(problem);
  const from = checkStart(start);
  const { length } = from.parameters;
  const layout: Layout = {
    size: length,
    blocks: [{ name: 'parameters', offset: 0, size: length }],
    bounds: options.bounds && checkBounds(options.bounds, length),
    residuals: checkNumber(problem.size, '`problem.size`', { integer: true, min: 1 }),
  };
  const solver = options.optimizer ?? new LevenbergMarquardt();
  checkSuits(solver, demandsOf(layout), ['residuals', 'jacobian']);
  const tolerance = checkNumber(options.tolerance ?? defaultTolerance, '`tolerance`', { min: 0 });
  const state = startState(solver, layout, from);
  const settings = checkControl(options, solver, layout, { tolerance });
  const facts = { optimizer: solver.name, kernels: settings.kernels.name };
  return {
    run: new MinimizeRun(objective, solver, layout, state, settings),
    finish: (outcome) => ({ ...toResult(outcome, facts), ...spreadAt(outcome, layout) }),
  };
}

function spreadAt({ state, parameters }: RunOutcome, { bounds, residuals: residualCount = 0 }: Layout): Spread {
  const { jacobian, weighted, residuals } = state as SumOfSquaresState;
  let sumOfSquares = 0;
  for (const value of weighted) sumOfSquares += value * value;
  const spread = parameterCovariance({ jacobian, parameters, residualCount, sumOfSquares, bounds });
  return { ...spread, residuals: residuals.slice() };
}
