// Spans of first-order steps: every set against the others of its class bit for
// bit, over threads and over any way of cutting a run into spans; and against a
// plain loop that follows the formulas.

import { expect, test } from 'vitest';
import {
  bitClass,
  type DoubleStorage,
  type KernelSetName,
  type LinearSpec,
  type LossName,
  lossNumbers,
  recordSize,
  rowsAhead,
  ruleNumbers,
  type SpanSpec,
  wholeBlocks,
} from '../../../lib/kernels/kernels.js';
import { epochOrder, Random } from '../../../lib/kernels/random.js';
import { ruleShapes } from '../../../lib/kernels/rules.js';
import { allocateDoubles, allocateStorage, availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';
import { type RuleCase, ruleCases } from './textbook-rules.js';

const random = new Random(31);
const numbers = (n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => low + (high - low) * random.uniform());
const chance = (): boolean => random.below(2) === 1;
const pick = <T>(values: readonly T[]): T => values[random.below(values.length)] as T;
const bits = (array: Float64Array): string =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');

function stored(values: Float64Array): DoubleStorage {
  const storage = allocateDoubles(values.length);
  storage.data.set(values);
  return storage;
}

const ofAmounts: readonly LossName[] = ['gamma', 'tweedie', 'negativeBinomial'];

function rowsOf(rows: number, columns: number, like?: LinearSpec): LinearSpec {
  const x = allocateStorage((rows + 5) * columns, like ? 'float64' : chance() ? 'float64' : 'float32');
  x.data.set(numbers(x.data.length));
  const scaled = chance();
  const loss = like ? like.loss : pick(Object.keys(lossNumbers) as LossName[]);
  const low = ofAmounts.includes(loss) ? 0.1 : -1;
  return {
    x,
    rows,
    columns,
    list: chance() ? Uint32Array.from({ length: rows }, () => random.below(rows + 5)) : undefined,
    weights: chance() ? stored(numbers(rows, 0, 2)) : undefined,
    y: stored(loss === 'squaredHinge' ? numbers(rows).map((v) => (v < 0 ? 0 : 1)) : numbers(rows, low)),
    shift: like ? like.shift : scaled ? numbers(columns, -0.2, 0.2) : undefined,
    scale: like ? like.scale : scaled ? numbers(columns, 0.7, 1.3) : undefined,
    intercept: like ? like.intercept : chance(),
    offset: chance() ? stored(numbers(rows)) : undefined,
    loss,
    lossParameter: loss === 'tweedie' ? 1.4 : 0.4,
  };
}

const cases: { readonly spec: SpanSpec; readonly of: RuleCase }[] = [];
for (const of of ruleCases) {
  for (const columns of [1, 3, 7, 8, 9, 16, 17, 31, 32, 33, 40, 67]) {
    for (const batchSize of [1, pick([2, 3, 7, 8, 32, 61]), pick([100, 512, 513, 700])]) {
      const rows = Math.max(batchSize, pick([1, 5, 64, 90, 131, 611, 1300]));
      const train = rowsOf(rows, columns);
      const spec = {
        train,
        validation: chance() ? rowsOf(pick([1, 40, 530]), columns, train) : undefined,
        stepWeights: train.weights,
        l2: chance() ? 0.01 : 0,
        rule: of.rule.name,
        batchSize,
        replacement: chance(),
        seed: random.below(1000),
        recordsMost: 3,
        scalarsMost: 10_000,
      };
      cases.push({ spec, of });
    }
  }
}

const epochs = 3;
// The curvature of losses with a log link has no bound, and that of the squared hinge is 2.
const rateOf = ({ train }: SpanSpec, step: number): number =>
  (train.loss === 'poisson' || train.loss === 'squaredHinge' || ofAmounts.includes(train.loss) ? 0.002 : 0.02) /
  (1 + step / 500);

/** Parameters, state and records of a run of three epochs, cut after every `steps` steps. */
function runAll(set: KernelSetName, { spec, of }: (typeof cases)[0], threads: number, steps: number): Float64Array {
  const span = kernelSet(set).span(spec, threads);
  const p = span.parameters.length;
  const perEpoch = Math.ceil(spec.train.rows / spec.batchSize);
  const records: number[] = [];
  const { scalars } = ruleShapes[spec.rule];
  for (const [k, value] of of.start.entries()) span.state.fill(value, k * p, (k + 1) * p);
  while (span.epoch < epochs) {
    const from = span.epoch * perEpoch + span.position;
    const now = spec.batchSize === 1 ? wholeBlocks(span.position, steps, perEpoch) : steps;
    for (let i = 0; i < now; i += 1) of.rule.fill(rateOf(spec, from + i), from + i, span.scalars, i * scalars);
    span.run({ steps: now, records: 3, evaluateEvery: 1, lastEpoch: epochs, scalarsPerStep: true }).run();
    records.push(...span.records.subarray(0, span.recordsDone * recordSize(p)));
  }
  expect(records.length).toBe(epochs * recordSize(p));
  return Float64Array.from([...span.parameters, ...span.state, ...records]);
}

test('sets of a class agree bit for bit, and neither threads nor cuts change a bit', () => {
  for (const [index, each] of cases.entries()) {
    const { train, validation, stepWeights, ...rest } = each.spec;
    const name = JSON.stringify({ index, ...rest, rows: train.rows, columns: train.columns, loss: train.loss });
    const ofClass = new Map<string, string>();
    const plain = runAll('portable', each, 1, 10_000);
    for (const set of availableKernelSets()) {
      const whole = runAll(set, each, 1, 10_000);
      const first = ofClass.get(bitClass(set)) ?? bits(whole);
      ofClass.set(bitClass(set), first);
      expect(bits(whole), `${set} ${name}`).toBe(first);
      expect(bits(runAll(set, each, 3, pick([rowsAhead, 7, 33, 100]))), `${set}, in pieces, ${name}`).toBe(first);
      whole.forEach((value, i) => {
        expect(Number.isFinite(value), `${set} ${name}`).toBe(true);
        const other = plain[i] as number;
        expect(Math.abs(value - other), `${set} ${name} ${i}`).toBeLessThan(1e-8 * Math.max(1, Math.abs(other)));
      });
    }
  }
});

/** One run of steps by the formulas alone, without lanes, leaves or gathering: parameters, then state. */
function formula({ spec, of }: (typeof cases)[0]): number[] {
  const { train, batchSize, l2 } = spec;
  const d = train.columns;
  const p = d + (train.intercept ? 1 : 0);
  const theta = new Array<number>(p).fill(0);
  const states = Array.from({ length: p }, () => [...of.start]);
  const order = new Uint32Array(train.rows);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    epochOrder(spec.seed, epoch, spec.replacement, order);
    for (let from = 0; from < train.rows; from += batchSize, step += 1) {
      const batch = order.subarray(from, from + batchSize);
      const g = new Array<number>(p).fill(0);
      for (const at of batch) {
        const row = train.list ? (train.list[at] as number) : at;
        const z = Array.from({ length: p }, (_, j) => {
          if (j === d) return 1;
          const value = train.x.data[row * d + j] as number;
          return train.shift && train.scale ? (value - (train.shift[j] as number)) * (train.scale[j] as number) : value;
        });
        const eta = z.reduce((sum, v, j) => sum + v * (theta[j] as number), train.offset?.data[at] ?? 0);
        const y = train.y?.data[at] as number;
        const residual = eta - y;
        const parameter = train.lossParameter;
        const slopes: Record<LossName, number> = {
          squared: residual,
          huber: Math.max(-train.lossParameter, Math.min(train.lossParameter, residual)),
          logistic: 1 / (1 + Math.exp(-eta)) - eta + residual,
          poisson: Math.exp(eta) - eta + residual,
          gamma: 1 - y * Math.exp(-eta),
          tweedie: Math.exp((2 - parameter) * eta) - y * Math.exp((1 - parameter) * eta),
          negativeBinomial: (Math.exp(eta) - y) / (1 + parameter * Math.exp(eta)),
          squaredHinge: -2 * (2 * y - 1) * Math.max(0, 1 - (2 * y - 1) * eta),
        };
        const derivative = slopes[train.loss] * (spec.stepWeights?.data[at] ?? 1);
        z.forEach((v, j) => {
          g[j] = (g[j] as number) + (derivative * v) / batch.length;
        });
      }
      for (let j = 0; j < p; j += 1) {
        const before = theta[j] as number;
        const gj = (g[j] as number) + (j < d ? l2 * before : 0);
        theta[j] = of.textbook(before, gj, states[j] as number[], rateOf(spec, step), step + 1);
      }
    }
  }
  return [...theta, ...of.start.flatMap((_, k) => states.map((state) => state[k] as number))];
}

test('the steps follow the formulas', () => {
  for (const [index, each] of cases.entries()) {
    const all = formula(each);
    for (const set of ['portable', availableKernelSets().at(-1) as KernelSetName] as const) {
      const got = runAll(set, each, 2, 10_000);
      all.forEach((value, i) => {
        expect(Math.abs((got[i] as number) - value), `${set} case ${index}, ${each.of.what}, number ${i}`).toBeLessThan(
          1e-9 * Math.max(1, Math.abs(value)),
        );
      });
    }
  }
});

test('only the evaluated epochs leave a record, and the last one always', () => {
  const spec = { ...(cases[0] as (typeof cases)[0]).spec, recordsMost: 3, scalarsMost: 1 };
  for (const set of availableKernelSets()) {
    const span = kernelSet(set).span(spec, 1);
    span.scalars[0] = 0.01;
    const quota = { steps: 1e6, records: 3, evaluateEvery: 2, lastEpoch: 5, scalarsPerStep: false };
    span.run(quota).run();
    const size = recordSize(span.parameters.length);
    expect([span.recordsDone, span.epoch, span.position]).toEqual([3, 5, 0]);
    expect([1, 2, 3].map((i) => span.records[i * size - 1])).toEqual([2, 4, 5]);
  }
});

test('every rule of the kernels was among them', () => {
  expect(new Set(cases.map(({ spec }) => spec.rule))).toEqual(new Set(Object.keys(ruleNumbers)));
});
