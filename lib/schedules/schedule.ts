// The learning rate as a pure function of the step, in closed form: a schedule
// has no state, so a resumed run and a composed one see the same rates. Steps
// count from 0: schedule(0) is the initial rate.

import { expectedBut } from '../errors.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';

export type Schedule = (step: number) => number;

/** The same rate at every step. */
export function constant(rate: number): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  return () => rate;
}

export interface ExponentialDecayOptions {
  /** Steps in which the rate falls by the factor `decay`; default 1. */
  readonly every?: number;
  /** Fall only at multiples of `every`; default false, a smooth decay. */
  readonly staircase?: boolean;
}

/**
 * rate · decay^(step / every).
 * @param decay in (0, 1].
 */
export function exponentialDecay(rate: number, decay: number, options: ExponentialDecayOptions = {}): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  checkNumber(decay, '`decay`', { above: 0, max: 1 });
  checkOptions(options, ['every', 'staircase'], 'exponentialDecay');
  const every = checkNumber(options.every ?? 1, '`every`', { above: 0 });
  const staircase = checkBoolean(options.staircase ?? false, '`staircase`');
  return (step) => rate * decay ** (staircase ? Math.floor(step / every) : step / every);
}

/** The rate of a schedule at a step, checked: users write schedules of their own. */
export function rateAt(schedule: Schedule, step: number): number {
  const rate: unknown = schedule(step);
  if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
    throw expectedBut('ERR_GRADUS_OPTION', `the schedule at step ${step}`, 'a finite number, at least 0', String(rate));
  }
  return rate;
}
