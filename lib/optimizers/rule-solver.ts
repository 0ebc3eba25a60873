// A first-order rule as a solver: every iteration is one step with the gradient of the
// whole function, as for a function of a user's that has no rows to draw. The value
// need not fall at every step; whoever drives it keeps the best point.

import { rateAt } from '../schedules/schedule.js';
import type { Rule, RuleState } from './rule.js';
import {
  emptyState,
  figure,
  gradientConvergence,
  type Halt,
  isFiniteState,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
  type ValueGradientRequest,
} from './solver.js';

interface RuleSolverState extends SolverState {
  readonly rule: RuleState;
  readonly trial: ValueGradientRequest;
}

export class RuleSolver implements Solver {
  readonly name: string;
  readonly defaultIterations = 10_000;
  readonly requests = ['value-gradient'] as const;
  readonly #rule: Rule;

  constructor(rule: Rule) {
    this.name = rule.name;
    this.#rule = rule;
  }

  describe(): OptimizerDescription {
    return this.#rule.describe();
  }

  init(layout: Layout): RuleSolverState {
    const at = new Float64Array(layout.size);
    return {
      ...emptyState(layout),
      rule: this.#rule.init(layout),
      trial: { kind: 'value-gradient', at, gradient: new Float64Array(layout.size), value: Number.NaN },
    };
  }

  convergence(state: SolverState, tolerance: number): string | undefined {
    return gradientConvergence(state, tolerance);
  }

  *iterate(state: RuleSolverState): Generator<Request, Halt | undefined, void> {
    const { learningRate } = this.#rule;
    const { parameters, gradient, trial, iteration } = state;
    const rate = rateAt(learningRate, iteration);
    trial.at.set(parameters);
    this.#rule.step(trial.at, gradient, rate, state.rule);
    yield trial;
    if (!isFiniteState(trial.value, trial.gradient)) {
      const where = `after step ${iteration + 1} at rate ${figure(rate)}, from ${figure(state.value)}`;
      return { status: 'diverged', reason: `the value is no longer finite ${where}: take a smaller rate` };
    }
    parameters.set(trial.at);
    gradient.set(trial.gradient);
    state.value = trial.value;
    state.learningRate = rate;
    return undefined;
  }
}
