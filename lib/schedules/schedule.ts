// The learning rate as a pure function of the step, in closed form: a schedule
// has no state, so a resumed run and a composed one see the same rates. Steps
// count from 0: schedule(0) is the initial rate. (Texts that decay before the
// first step differ by one.)

import { expectedBut } from '../errors.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';

/** What a schedule of this package is made of, so that it can be saved and compared. */
export interface ScheduleDescription {
  readonly name: 'constant' | 'exponentialDecay' | 'stepDecay' | 'inverseTimeDecay';
  readonly rate: number;
  readonly decay?: number;
  readonly every?: number;
  readonly staircase?: boolean;
}

export interface Schedule {
  (step: number): number;
  /** Absent on functions of the user's. */
  readonly description?: ScheduleDescription;
}

function described(description: ScheduleDescription, rate: (step: number) => number): Schedule {
  return Object.assign(rate, { description });
}

/** The same rate at every step. */
export function constant(rate: number): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  return described({ name: 'constant', rate }, () => rate);
}

export interface DecayOptions {
  /** Steps in which the decay happens once; default 1. */
  readonly every?: number;
  /** Fall only at multiples of `every`; default false, a smooth decay. */
  readonly staircase?: boolean;
}

function checkDecay(options: DecayOptions, owner: string): Required<DecayOptions> {
  checkOptions(options, ['every', 'staircase'], owner);
  return {
    every: checkNumber(options.every ?? 1, '`every`', { above: 0 }),
    staircase: checkBoolean(options.staircase ?? false, '`staircase`'),
  };
}

/**
 * rate · decay^(step / every).
 * @param decay in (0, 1].
 */
export function exponentialDecay(rate: number, decay: number, options: DecayOptions = {}): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  checkNumber(decay, '`decay`', { above: 0, max: 1 });
  const { every, staircase } = checkDecay(options, 'exponentialDecay');
  return described(
    { name: 'exponentialDecay', rate, decay, every, staircase },
    (step) => rate * decay ** (staircase ? Math.floor(step / every) : step / every),
  );
}

/**
 * rate · decay^⌊step / every⌋: the rate falls by the factor `decay` every so many steps.
 * @param decay in (0, 1]. @param options.every steps between two falls.
 */
export function stepDecay(rate: number, decay: number, options: { readonly every: number }): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  checkNumber(decay, '`decay`', { above: 0, max: 1 });
  checkOptions(options, ['every'], 'stepDecay');
  const every = checkNumber(options.every, '`every`', { above: 0 });
  return described({ name: 'stepDecay', rate, decay, every }, (step) => rate * decay ** Math.floor(step / every));
}

/**
 * rate / (1 + decay · step / every): slow enough that the steps still reach anywhere, fast enough that their noise dies
 * out (Robbins and Monro 1951).
 * @param decay ≥ 0.
 */
export function inverseTimeDecay(rate: number, decay: number, options: DecayOptions = {}): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  checkNumber(decay, '`decay`', { min: 0 });
  const { every, staircase } = checkDecay(options, 'inverseTimeDecay');
  return described(
    { name: 'inverseTimeDecay', rate, decay, every, staircase },
    (step) => rate / (1 + decay * (staircase ? Math.floor(step / every) : step / every)),
  );
}

/** The schedule of a description: the inverse of `schedule.description`. */
export function scheduleOf(description: ScheduleDescription): Schedule {
  const { name, rate, decay = 1, every = 1, staircase = false } = description;
  switch (name) {
    case 'constant':
      return constant(rate);
    case 'exponentialDecay':
      return exponentialDecay(rate, decay, { every, staircase });
    case 'stepDecay':
      return stepDecay(rate, decay, { every });
    case 'inverseTimeDecay':
      return inverseTimeDecay(rate, decay, { every, staircase });
  }
}

/** The rate of a schedule at a step, checked: users write schedules of their own. */
export function rateAt(schedule: Schedule, step: number): number {
  const rate: unknown = schedule(step);
  if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
    throw expectedBut('ERR_GRADUS_OPTION', `the schedule at step ${step}`, 'a finite number, at least 0', String(rate));
  }
  return rate;
}
