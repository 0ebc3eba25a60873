// Update steps in float32: from memory beside loops with the same reads and writes and
// no arithmetic, and in cache with one call from JavaScript a step; both beside
// PyTorch's optimizers, fused where it has that.

import { kernelSet } from '../../dist/kernels/select.js';
import { adadelta, adagrad, adam, ftrl, lion, momentum, rmsprop, ruleShapes, sgd } from '../../dist/kernels/rules.js';
import { inProcess, inProgram, inPython } from './contenders.mjs';
import { passing } from './limits.mjs';
import { ofLimit, timesRival } from './targets.mjs';

const rmspropOptions = { decay: 0.99, epsilon: 1e-8, epsilonPlacement: 'outside' };
const adamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, epsilonHat: false, decay: 0 };
// With PyTorch's defaults; AdamW is Adam with another scalar.
const rulesWithTargets = [adam({ ...adamOptions, amsgrad: false }), adagrad(1e-10, 'outside'), momentum(0.9)];
const otherRules = [
  sgd(),
  momentum(0.9, true),
  adam({ ...adamOptions, amsgrad: true }),
  rmsprop({ ...rmspropOptions, momentum: 0, centered: false }),
  rmsprop({ ...rmspropOptions, momentum: 0.9, centered: false }),
  rmsprop({ ...rmspropOptions, momentum: 0, centered: true }),
  rmsprop({ ...rmspropOptions, momentum: 0.9, centered: true }),
  adadelta(0.9, 1e-6),
  lion(0.9, 0.99, 0),
  ftrl(1, 0.001, 0.01),
];
const withoutRival = ['lion', 'ftrl'];

/** @returns {import('./measure.mjs').Row[]} */
export function updateRows(session) {
  return rowsOf(rulesWithTargets, session, [ofLimit(0.9), timesRival('PyTorch', 1)], [timesRival('PyTorch', 4)]);
}

/** The same for every rule, without targets; only those of these names when there are some. */
export function everyUpdateRow(session, names) {
  const rules = [...rulesWithTargets, ...otherRules].filter(({ name }) => names === undefined || names.includes(name));
  return rowsOf(rules, session, [], []);
}

function rowsOf(rules, { quick, threads }, fromMemory, inCache) {
  const many = quick ? 10_000 : 1 << 24;
  return [
    ...rules.map((rule) => ({
      ...step(rule, many, threads, quick ? 1 : 3),
      prepare: `update ${rule.name} ${many}`,
      // Memory that several contenders use in turn is in the last cache after some twenty steps.
      times: { warmUpMs: 150, measureMs: 100 },
      ours: (set) => inProgram('update', set),
      limit: passing,
      targets: fromMemory,
    })),
    ...rules.map((rule) => ({
      ...step(rule, 10_000, threads, quick ? 1 : 1000),
      ours: (set) => inProcess(set, (used) => stepOf(rule, set, 10_000, used)),
      targets: inCache,
    })),
  ];
}

function step({ name }, parameters, threads, repeats) {
  const rival = inPython({
    name: 'PyTorch',
    script: 'torch_rivals.py',
    prepare: `prepare ${threads} ${parameters} ${repeats}`,
    request: name,
  });
  return {
    title: `${name} step of ${parameters.toLocaleString('en')} parameters, float32`,
    work: 4 * (3 + 2 * ruleShapes[name].states) * parameters,
    unit: 'GB/s',
    threads,
    rivals: withoutRival.includes(name) ? [] : [rival],
  };
}

/** Of `inProcess`: one step, with the scalars that each has of its own. */
function stepOf(rule, set, parameters, threads) {
  const kernels = kernelSet(set);
  const { states, scalars } = ruleShapes[rule.name];
  const [gradient, theta, ...state] = Array.from({ length: 2 + states }, (_, k) => values(parameters, k + 1));
  const each = new Float64Array(scalars);
  let count = 0;
  return {
    once() {
      rule.fill(1e-9, count, each, 0);
      kernels.step(rule.name, each, theta, gradient, state, threads);
      count += 1;
    },
  };
}

function values(length, seed) {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 + 0.01;
  });
}
