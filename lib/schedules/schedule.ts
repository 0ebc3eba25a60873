// The learning rate as a pure function of the step, in closed form: a schedule
// has no state, so a resumed run and a composed one see the same rates. Steps
// count from 0: schedule(0) is the initial rate. (Texts that decay before the
// first step differ by one.)

import { expected, expectedBut } from '../errors.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';

/** What a schedule of this package is made of, so that it can be saved and compared. */
export interface ScheduleDescription {
  readonly name:
    | 'constant'
    | 'exponentialDecay'
    | 'stepDecay'
    | 'inverseTimeDecay'
    | 'cosineDecay'
    | 'oneCycle'
    | 'warmup';
  readonly rate: number;
  readonly decay?: number;
  readonly every?: number;
  readonly staircase?: boolean;
  readonly steps?: number;
  readonly initial?: number;
  readonly final?: number;
  /** The share of the steps that go up. */
  readonly rise?: number;
  /** What is warmed up; undefined for a function of the user's, with which the whole is one. */
  readonly of?: ScheduleDescription;
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

/** From one rate to another along half a wave; `share` from 0 to 1. */
function alongCosine(from: number, to: number, share: number): number {
  return to + 0.5 * (from - to) * (1 + Math.cos(Math.PI * share));
}

export interface CosineOptions {
  /** Steps until the final rate, which then stays. */
  readonly steps: number;
  /** The rate at the end, ≥ 0; default 0. */
  readonly final?: number;
}

/**
 * final + ½(rate − final)(1 + cos(π·step / steps)) (Loshchilov and Hutter 2017, equation 5, without restarts). PyTorch's
 * CosineAnnealingLR(T_max, eta_min) is cosineDecay(lr, { steps: T_max, final: eta_min }) up to T_max, where it turns back.
 */
export function cosineDecay(rate: number, options: CosineOptions): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  checkOptions(options, ['steps', 'final'], 'cosineDecay');
  const steps = checkNumber(options.steps, '`steps`', { integer: true, min: 1 });
  const final = checkNumber(options.final ?? 0, '`final`', { min: 0 });
  return described({ name: 'cosineDecay', rate, steps, final }, (step) =>
    alongCosine(rate, final, Math.min(step, steps) / steps),
  );
}

export interface OneCycleOptions {
  /** Steps of the whole run; the final rate stays after them. */
  readonly steps: number;
  /** The share of them that go up, in (0, 1); default 0.3. */
  readonly rise?: number;
  /** The rate at step 0; default rate / 25. */
  readonly initial?: number;
  /** The rate at the last step; default initial / 10,000. */
  readonly final?: number;
}

/**
 * Up to `rate` and down again along half waves (Smith and Topin 2018). PyTorch's OneCycleLR(max_lr, total_steps, pct_start,
 * div_factor, final_div_factor) with cosine annealing is this with its numbers; momentum stays.
 */
export function oneCycle(rate: number, options: OneCycleOptions): Schedule {
  checkNumber(rate, '`rate`', { above: 0 });
  checkOptions(options, ['steps', 'rise', 'initial', 'final'], 'oneCycle');
  const steps = checkNumber(options.steps, '`steps`', { integer: true, min: 2 });
  const rise = checkNumber(options.rise ?? 0.3, '`rise`', { above: 0, below: 1 });
  const initial = checkNumber(options.initial ?? rate / 25, '`initial`', { min: 0, max: rate });
  const final = checkNumber(options.final ?? initial / 10_000, '`final`', { min: 0, max: rate });
  const top = rise * steps - 1;
  const last = steps - 1;
  return described({ name: 'oneCycle', rate, steps, rise, initial, final }, (step) => {
    if (step <= top) return alongCosine(initial, rate, step / top);
    return alongCosine(rate, final, (Math.min(step, last) - top) / (last - top));
  });
}

export interface WarmupOptions {
  /** Steps that go up. */
  readonly steps: number;
  /** The share of the first rate at step 0, in [0, 1]; default 0. */
  readonly initial?: number;
}

/**
 * A straight line from initial · schedule(0) up to schedule(0) in so many steps, then the schedule from its own step 0 on
 * (Goyal et al. 2017, section 2.2).
 * @param schedule a rate, or a schedule.
 */
export function warmup(schedule: number | Schedule, options: WarmupOptions): Schedule {
  const of = typeof schedule === 'number' ? constant(schedule) : schedule;
  if (typeof of !== 'function') throw expected('ERR_GRADUS_OPTION', '`schedule`', 'a rate or a schedule', schedule);
  checkOptions(options, ['steps', 'initial'], 'warmup');
  const steps = checkNumber(options.steps, '`steps`', { integer: true, min: 1 });
  const initial = checkNumber(options.initial ?? 0, '`initial`', { min: 0, max: 1 });
  const rate = rateAt(of, 0);
  const warmed = (step: number): number =>
    step < steps ? rate * (initial + (1 - initial) * (step / steps)) : of(step - steps);
  return of.description === undefined
    ? warmed
    : described({ name: 'warmup', rate, steps, initial, of: of.description }, warmed);
}

/** The schedule of a description: the inverse of `schedule.description`. */
export function scheduleOf(description: ScheduleDescription): Schedule {
  const {
    name,
    rate,
    decay = 1,
    every = 1,
    staircase = false,
    steps = 0,
    final = 0,
    initial = 0,
    rise = 0,
  } = description;
  switch (name) {
    case 'constant':
      return constant(rate);
    case 'exponentialDecay':
      return exponentialDecay(rate, decay, { every, staircase });
    case 'stepDecay':
      return stepDecay(rate, decay, { every });
    case 'inverseTimeDecay':
      return inverseTimeDecay(rate, decay, { every, staircase });
    case 'cosineDecay':
      return cosineDecay(rate, { steps, final });
    case 'oneCycle':
      return oneCycle(rate, { steps, rise, initial, final });
    case 'warmup':
      return warmup(description.of === undefined ? constant(rate) : scheduleOf(description.of), { steps, initial });
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
