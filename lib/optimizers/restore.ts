// Makes a rule again from its description: the inverse of `rule.describe()`, for
// whatever saves a run and takes it up later. A rule's described options are
// those of its constructor, so a new rule is one more line in the table.

import { expected, expectedBut, GradusError } from '../errors.js';
import { type Schedule, type ScheduleDescription, scheduleOf } from '../schedules/schedule.js';
import { AdaDelta, type AdaDeltaOptions } from './adadelta.js';
import { AdaGrad, type AdaGradOptions } from './adagrad.js';
import { Adam, type AdamOptions, AdamW, type AdamWOptions } from './adam.js';
import { Lion, type LionOptions } from './lion.js';
import { RMSProp, type RMSPropOptions } from './rmsprop.js';
import type { Rule } from './rule.js';
import { SGD, type SGDOptions } from './sgd.js';
import type { OptimizerDescription } from './solver.js';

type Make = (options: Readonly<Record<string, unknown>> & { readonly learningRate: Schedule }) => Rule;

const rules: Readonly<Record<string, Make>> = {
  SGD: (options) => new SGD(options as SGDOptions),
  AdaGrad: (options) => new AdaGrad(options as AdaGradOptions),
  RMSProp: (options) => new RMSProp(options as RMSPropOptions),
  AdaDelta: (options) => new AdaDelta(options as AdaDeltaOptions),
  Adam: (options) => new Adam(options as AdamOptions),
  AdamW: (options) => new AdamW(options as AdamWOptions),
  Lion: (options) => new Lion(options as LionOptions),
};

/**
 * The rule of a description, which may come from a file: everything in it is checked.
 * @throws ERR_GRADUS_FORMAT for an unknown rule, a wrong option, or a schedule that is not one of this package.
 */
export function ruleOf(description: OptimizerDescription): Rule {
  if (typeof description !== 'object' || description === null) {
    throw expected('ERR_GRADUS_FORMAT', 'the optimizer', 'the description of a rule', description);
  }
  const { name, options, learningRate } = description;
  const make = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (make === undefined) {
    throw expected('ERR_GRADUS_FORMAT', 'the name of the optimizer', `one of ${Object.keys(rules).join(', ')}`, name);
  }
  if (typeof options !== 'object' || options === null) {
    throw expected('ERR_GRADUS_FORMAT', `the options of ${name}`, 'an object', options);
  }
  try {
    return make({ ...options, learningRate: describedSchedule(learningRate) });
  } catch (error) {
    if (!(error instanceof GradusError) || error.code === 'ERR_GRADUS_FORMAT') throw error;
    throw expectedBut('ERR_GRADUS_FORMAT', 'the optimizer', 'as it was saved', `a wrong option (${error.message})`);
  }
}

function describedSchedule(description: ScheduleDescription | undefined): Schedule {
  const known = typeof description === 'object' && description !== null;
  const schedule: Schedule | undefined = known ? scheduleOf(description) : undefined;
  if (schedule === undefined) {
    const got = known ? description.name : description;
    throw expected('ERR_GRADUS_FORMAT', 'the schedule of the optimizer', 'one of this package', got);
  }
  return schedule;
}
