// exp, log and their kin over 4096 numbers, which stay in the first cache: every
// kernel set and NumPy in one run, in turn, nanoseconds a number. NumPy's column is
// its function of that name (logaddexp for softplus, 1 / (1 + exp(-x)) in place
// for sigmoid); the last column is the widest set against NumPy's exp,
// the fastest of them. A run is the median of many blocks of half a millisecond, which
// other programs on the machine seldom interrupt. Medians of runs; flags: --rounds N (default 9), --numbers N.

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { functionNumbers } from '../dist/kernels/kernels.js';
import { availableKernelSets, kernelSet } from '../dist/kernels/select.js';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' }, numbers: { type: 'string' } } });
const rounds = Number(flags.rounds ?? 9);
const numbers = Number(flags.numbers ?? 4096);
const passes = Math.ceil(5e5 / numbers);
const blocks = 15;
const names = Object.keys(functionNumbers);
const sets = availableKernelSets();
const numpy = await startPython('numpy_elementary.py');
await numpy?.measure(`prepare ${numbers} ${passes} ${blocks}`);

const contenders = names.flatMap((name) => [
  ...sets.map((set) => ({ name, set, run: native(name, set) })),
  ...(numpy ? [{ name, set: 'numpy', run: () => numpy.measure(name) }] : []),
]);
const times = await takeRounds(
  contenders.map(({ run }) => run),
  rounds,
);
for (const contender of contenders) contender.ns = (median(times.get(contender.run)) / numbers / passes) * 1e9;
numpy?.stop();
print();

/** Arguments of every size that occurs in a loss; positive for the logarithms. */
function makeArguments(name) {
  let state = 1;
  return Float64Array.from({ length: numbers }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 20 - (name.startsWith('log') ? 0 : 10);
  });
}

function native(name, set) {
  const kernels = kernelSet(set);
  const x = makeArguments(name);
  const out = new Float64Array(numbers);
  return () => {
    const seconds = Array.from({ length: blocks }, () => {
      const started = process.hrtime.bigint();
      for (let pass = 0; pass < passes; pass += 1) kernels.map(name, x, out);
      return Number(process.hrtime.bigint() - started) / 1e9;
    });
    return median(seconds);
  };
}

function print() {
  const of = (name, set) => contenders.find((contender) => contender.name === name && contender.set === set)?.ns;
  const columns = numpy ? [...sets, 'numpy'] : sets;
  const widest = sets.at(-1);
  console.log(`${cpus()[0]?.model}, 1 thread, Node ${process.version}, ${numbers} numbers`);
  console.log(`${numpy?.version ?? 'python3 has no NumPy'}; medians of ${rounds} rounds, ns a number\n`);
  const heads = numpy ? [...columns, `${widest} / NumPy`, 'against its exp'] : columns;
  console.log(['', ...heads].map(pad).join(''));
  for (const name of names) {
    const cells = columns.map((set) => of(name, set).toFixed(2));
    if (numpy) {
      for (const theirs of [name, 'exp']) cells.push(`${(of(theirs, 'numpy') / of(name, widest)).toFixed(2)}x`);
    }
    console.log([name, ...cells].map(pad).join(''));
  }
}

function pad(text, i) {
  return i === 0 ? text.padEnd(10) : text.padStart(Math.max(9, text.length + 2));
}
