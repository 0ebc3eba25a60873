// Update steps in float32: from memory beside loops with the same reads and writes and
// no arithmetic, and in cache with one call from JavaScript a step; both beside
// PyTorch's fused optimizers.

import { kernelSet } from '../../dist/kernels/select.js';
import { adagrad, adam, momentum, ruleShapes } from '../../dist/kernels/rules.js';
import { inProcess, inProgram, inPython } from './contenders.mjs';
import { passing } from './limits.mjs';
import { ofLimit, timesRival } from './targets.mjs';

const rules = [
  adam({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, epsilonHat: false, decay: 0, amsgrad: false }),
  adagrad(1e-10, 'outside'),
  momentum(0.9),
];

/** @returns {import('./measure.mjs').Row[]} */
export function updateRows({ quick, threads }) {
  const many = quick ? 10_000 : 1 << 24;
  return [
    ...rules.map((rule) => ({
      ...step(rule, many, threads, quick ? 1 : 3),
      prepare: `update ${rule.name} ${many}`,
      ours: (set) => inProgram('update', set),
      limit: passing,
      targets: [ofLimit(0.9), timesRival('PyTorch', 1)],
    })),
    ...rules.map((rule) => ({
      ...step(rule, 10_000, threads, quick ? 1 : 1000),
      ours: (set) => inProcess(set, (used) => stepOf(rule, set, 10_000, used)),
      targets: [timesRival('PyTorch', 4)],
    })),
  ];
}

function step({ name }, parameters, threads, repeats) {
  return {
    title: `${name} step of ${parameters.toLocaleString('en')} parameters, float32`,
    work: 4 * (3 + 2 * ruleShapes[name].states) * parameters,
    unit: 'GB/s',
    threads,
    rivals: [
      inPython({
        name: 'PyTorch',
        script: 'torch_rivals.py',
        prepare: `prepare ${threads} ${parameters} ${repeats}`,
        request: name,
      }),
    ],
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
