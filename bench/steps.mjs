// Fused update steps in float32, at 10,000 parameters (in cache, one crossing from
// JavaScript a step) and at 16 million (from memory): each rule in each table, beside
// PyTorch's in turn, and beside loops with the same reads and writes and no arithmetic
// (native/updates.cc, in a process of its own, where the steps are timed again next to
// them). Medians. Flags: --rounds N (default 5), --threads N, --rules adam,adagrad.
// GRADUS_BENCH_PYTHON names the interpreter that has PyTorch.

import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { availableKernelSets, kernelSet, threadCount } from '../dist/kernels/select.js';
import { adadelta, adagrad, adam, ftrl, lion, momentum, rmsprop, ruleShapes, sgd } from '../dist/kernels/rules.js';
import { run } from '../scripts/commands.mjs';
import { buildNative } from './build-native.mjs';
import { startPython } from './python.mjs';
import { median, takeRounds } from './rounds.mjs';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string' }, threads: { type: 'string' }, rules: { type: 'string' } },
});
const rounds = Number(flags.rounds ?? 5);
const threads = Number(flags.threads ?? threadCount());
const rmspropOptions = { decay: 0.99, epsilon: 1e-8, epsilonPlacement: 'outside' };
const adamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, epsilonHat: false, decay: 0 };
// The rules by their names, with PyTorch's defaults; AdamW is Adam with another scalar.
const every = [
  sgd(),
  momentum(0.9),
  momentum(0.9, true),
  adagrad(1e-10, 'outside'),
  rmsprop({ ...rmspropOptions, momentum: 0, centered: false }),
  rmsprop({ ...rmspropOptions, momentum: 0.9, centered: false }),
  rmsprop({ ...rmspropOptions, momentum: 0, centered: true }),
  rmsprop({ ...rmspropOptions, momentum: 0.9, centered: true }),
  adadelta(0.9, 1e-6),
  adam({ ...adamOptions, amsgrad: false }),
  adam({ ...adamOptions, amsgrad: true }),
  lion(0.9, 0.99, 0),
  ftrl(1, 0.001, 0.01),
];
const rules = every.filter(({ name }) => flags.rules === undefined || flags.rules.split(',').includes(name));
const noRival = ['lion', 'ftrl'];
const sets = availableKernelSets().filter((set) => set !== 'portable' && set !== 'sse2');
const sizes = [
  { parameters: 10_000, repeats: 1000 },
  { parameters: 1 << 24, repeats: 3 },
];

const { program, reason } = buildNative('updates');
if (program === undefined) console.error(`gradus: no limits: ${reason}`);
const torch = await startPython('torch_rivals.py');
console.log(`${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, float32`);
console.log(`${torch?.version ?? 'no PyTorch (GRADUS_BENCH_PYTHON)'}; medians of ${rounds} rounds`);
for (const size of sizes) await measure(size);
torch?.stop();

async function measure({ parameters, repeats }) {
  await torch?.measure(`prepare ${threads} ${parameters} ${repeats}`);
  const arrays = makeArrays(parameters);
  const contenders = rules.flatMap((rule) => [
    ...sets.map((set) => ({ rule, by: set, run: ours(rule, set, arrays, repeats) })),
    ...(torch && !noRival.includes(rule.name) ? [{ rule, by: 'torch', run: () => torch.measure(rule.name) }] : []),
  ]);
  const times = await takeRounds(
    contenders.map((contender) => contender.run),
    rounds,
  );
  const secondsOf = (rule, by) => {
    const found = contenders.find((contender) => contender.rule === rule && contender.by === by);
    return found && median(times.get(found.run));
  };
  print(parameters, secondsOf, limitsOf(parameters));
}

/** One gradient, and parameters with three arrays of state, as all rules share them. */
function makeArrays(parameters) {
  return Array.from({ length: 5 }, (_, k) => {
    let state = k + 1;
    return Float32Array.from({ length: parameters }, () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647 + 0.01;
    });
  });
}

/** Seconds of a step, with the scalars that each step has of its own. */
function ours(rule, set, [gradient, theta, ...state], repeats) {
  const kernels = kernelSet(set);
  const { states, scalars } = ruleShapes[rule.name];
  const values = new Float64Array(scalars);
  const own = state.slice(0, states);
  let step = 0;
  return () => {
    const started = process.hrtime.bigint();
    for (let i = 0; i < repeats; i += 1, step += 1) {
      rule.fill(1e-9, step, values, 0);
      kernels.step(rule.name, values, theta, gradient, own, threads);
    }
    return Number(process.hrtime.bigint() - started) / 1e9 / repeats;
  };
}

/** By rule and set: a step in C++ relative to the best loop without arithmetic, and that loop. */
function limitsOf(parameters) {
  if (program === undefined) return undefined;
  const args = Object.entries({ parameters, threads, rounds }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const { ok, output } = run(program, args, { capture: true });
  if (!ok) return undefined;
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const best = (states) =>
    lines
      .filter((line) => line.states === states)
      .reduce((a, b) => (b.seconds < a.seconds ? b : a), {
        seconds: Number.POSITIVE_INFINITY,
      });
  return (name, set) => {
    const limit = best(ruleShapes[name].states);
    const { seconds } = lines.find((line) => line.rule === name && line.set === set);
    return { ofLimit: limit.seconds / seconds, gigabytes: (bytesOf(name) * parameters) / limit.seconds / 1e9 };
  };
}

/** What passes for each parameter: gradient read, parameter and state read and written. */
function bytesOf(name) {
  return 4 * (3 + 2 * ruleShapes[name].states);
}

function print(parameters, secondsOf, limits) {
  const heads = ['', 'bytes', 'ns a parameter', 'GB/s', 'limit GB/s', 'of the limit', 'PyTorch ns', 'ratio'];
  console.log(`\n${parameters.toLocaleString('en')} parameters\n${heads.map(pad).join('')}`);
  for (const rule of rules) {
    const theirs = secondsOf(rule, 'torch');
    for (const set of sets) {
      const seconds = secondsOf(rule, set);
      const limit = limits?.(rule.name, set);
      const cells = [
        `${rule.name} ${set}`,
        bytesOf(rule.name),
        ((seconds / parameters) * 1e9).toFixed(3),
        ((bytesOf(rule.name) * parameters) / seconds / 1e9).toFixed(1),
        limit ? limit.gigabytes.toFixed(1) : '',
        limit ? `${(100 * limit.ofLimit).toFixed(0)} %` : '',
        theirs ? ((theirs / parameters) * 1e9).toFixed(3) : '',
        theirs ? `${(theirs / seconds).toFixed(2)}x` : '',
      ];
      console.log(cells.map(pad).join(''));
    }
  }
}

function pad(text, i) {
  return i === 0 ? `${text}`.padEnd(32) : `${text}`.padStart(i === 2 ? 16 : 13);
}
