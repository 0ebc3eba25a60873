// exp and sigmoid over 4096 numbers, which stay in the first cache, called from
// JavaScript on one thread, against NumPy's exp.

import { kernelSet } from '../../dist/kernels/select.js';
import { inProcess, inPython } from './contenders.mjs';
import { fillRandom } from './gradient.mjs';
import { timesRival } from './targets.mjs';

const numbers = 4096;

/** @returns {import('./measure.mjs').Row[]} */
export function elementaryRows({ quick }) {
  const passes = quick ? 10 : 120;
  const rival = inPython({
    name: "NumPy's exp",
    script: 'numpy_elementary.py',
    prepare: `prepare ${numbers} ${passes} ${quick ? 3 : 60}`,
    request: 'exp',
    runs: passes,
  });
  return ['exp', 'sigmoid'].map((name) => ({
    title: `${name} of ${numbers} numbers, float64`,
    work: numbers,
    unit: 'G numbers/s',
    threads: 1,
    ours: (set) => inProcess(set, () => mapping(set, name)),
    rivals: [rival],
    targets: [timesRival("NumPy's exp", 1)],
  }));
}

function mapping(set, name) {
  const kernels = kernelSet(set);
  const x = new Float64Array(numbers);
  fillRandom(x);
  for (let i = 0; i < numbers; i += 1) x[i] *= 10;
  const out = new Float64Array(numbers);
  return { once: () => kernels.map(name, x, out) };
}
