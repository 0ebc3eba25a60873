// What a first-order optimizer is: a rule. `init` makes its state, plain named
// arrays; `step` moves the parameters in place, given a gradient and a rate. The
// object itself is immutable configuration, so fits that run at once may share it.
// Who computes gradients, draws rows and stops is no business of the rule.

import { expected } from '../errors.js';
import { stepKernels } from '../kernels/portable/steps.js';
import { type EpsilonPlacement, type FusedRule, ruleShapes } from '../kernels/rules.js';
import { checkNumber } from '../options.js';
import { constant, type Schedule } from '../schedules/schedule.js';
import type { Layout, OptimizerDescription } from './solver.js';

export type RuleState = Readonly<Record<string, Float64Array>>;

export interface Rule {
  readonly name: string;
  /** Rows of a step when the user names no batch size. */
  readonly defaultBatchSize: number;
  readonly learningRate: Schedule;
  /** The fused step of the kernel sets that does the same arithmetic. */
  readonly kernel: FusedRule;
  /** State before the first step: the arrays of the kernel, in its order, and the count of steps where they depend on it. */
  init(layout: Layout): RuleState;
  /** One step, in place and deterministic: the same bits on every kernel set. */
  step(parameters: Float64Array, gradient: Float64Array, learningRate: number, state: RuleState): void;
  describe(): OptimizerDescription;
}

/** Epochs when the user names none: a plan, not a budget. */
export const defaultEpochs = 100;

export function isRule(value: unknown): value is Rule {
  return typeof value === 'object' && value !== null && 'step' in value && 'kernel' in value;
}

/** The rate of a rule: a positive number or a schedule. */
export function checkLearningRate(value: unknown): Schedule {
  if (typeof value === 'function') return value as Schedule;
  if (typeof value === 'number') return constant(checkNumber(value, '`learningRate`', { above: 0 }));
  throw expected('ERR_GRADUS_OPTION', '`learningRate`', 'a positive number or a schedule', value);
}

/** Where ε stands, 'outside' the root when nothing is said. */
export function checkEpsilonPlacement(placement: unknown): EpsilonPlacement {
  const checked = placement ?? 'outside';
  if (checked === 'outside' || checked === 'inside') return checked;
  throw expected('ERR_GRADUS_OPTION', '`epsilonPlacement`', "'outside' or 'inside'", placement);
}

/** The arrays of the kernel in a state. */
export function kernelArrays({ kernel }: Pick<Rule, 'kernel'>, state: RuleState): Float64Array[] {
  return Object.values(state).slice(0, ruleShapes[kernel.name].states);
}

/** One step of a rule whose scalars depend on how many there were: state.count. */
export function countedStep(
  rule: Pick<Rule, 'kernel'>,
  parameters: Float64Array,
  gradient: Float64Array,
  learningRate: number,
  state: RuleState,
): void {
  const count = state.count as Float64Array;
  stepOnce(rule.kernel, parameters, gradient, learningRate, count[0] as number, kernelArrays(rule, state));
  count[0] = (count[0] as number) + 1;
}

// Of the step under way.
const scalars = new Float64Array(Math.max(...Object.values(ruleShapes).map((shape) => shape.scalars)));

/** One step of a kernel on arrays of JavaScript's, without crossing. `step` counts from 0. */
export function stepOnce(
  kernel: FusedRule,
  parameters: Float64Array,
  gradient: Float64Array,
  learningRate: number,
  step: number,
  state: readonly Float64Array[],
): void {
  kernel.fill(learningRate, step, scalars, 0);
  stepKernels[kernel.name](gradient, scalars, 0, parameters, state);
}
