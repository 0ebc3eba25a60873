// The twin of test/native/fuzz for the interface Kernels: drawn sizes, options and
// values, the same for every set, and equal bits inside a class and over threads. A case
// depends on its seed and number alone; GRADUS_FUZZ_SEED and GRADUS_FUZZ_CASE repeat one.

import { expect, test } from 'vitest';
import {
  bitClass,
  type DoubleStorage,
  type FunctionName,
  functionNumbers,
  type Job,
  type Kernels,
  type LinearSpec,
  type LossName,
  lossNumbers,
  type RowsSpec,
  recordSize,
  ruleNumbers,
  type SpanSpec,
  wholeBlocks,
} from '../../../lib/kernels/kernels.js';
import { Random } from '../../../lib/kernels/random.js';
import { adadelta, adagrad, adam, ftrl, lion, momentum, rmsprop, ruleShapes, sgd } from '../../../lib/kernels/rules.js';
import { allocateDoubles, allocateStorage, availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';
import { emulated } from '../left-out.js';

/** What a set computes from the drawn inputs, as numbers to compare. */
type Work = (kernels: Kernels, threads: number) => readonly number[];

const functions = Object.keys(functionNumbers) as FunctionName[];
const losses = Object.keys(lossNumbers) as LossName[];
const ofRMSProp = { decay: 0.9, epsilon: 1e-8, epsilonPlacement: 'outside', momentum: 0, centered: false } as const;
const rules = [
  sgd(),
  momentum(0.8),
  momentum(0.8, true),
  adagrad(1e-7, 'outside'),
  adagrad(1e-7, 'inside'),
  rmsprop(ofRMSProp),
  rmsprop({ ...ofRMSProp, momentum: 0.8 }),
  rmsprop({ ...ofRMSProp, epsilonPlacement: 'inside', centered: true }),
  rmsprop({ ...ofRMSProp, epsilon: 0.01, momentum: 0.8, centered: true }),
  adadelta(0.9, 1e-6),
  adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, epsilonHat: false, decay: 0, amsgrad: false }),
  adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-8, epsilonHat: false, decay: 0.1, amsgrad: true }),
  lion(0.9, 0.99, 0),
  ftrl(1, 0.001, 0.01),
];
const edges = [7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129, 255, 257, 511, 512, 513, 1024];
const primes = [71, 97, 131, 211, 509, 521, 1021];
const special = [0, -0, 1, -1, 5e-324, -5e-324, 2 ** -1022, Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** -52];

class Draw {
  readonly #random: Random;
  readonly notes: Record<string, unknown> = {};

  constructor(seed: number, number: number) {
    this.#random = new Random(seed, number);
  }
  below(bound: number): number {
    return this.#random.below(bound);
  }
  coin(): boolean {
    return this.below(2) === 1;
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
  /** Notes what was drawn, for the report. */
  noted<T>(name: string, value: T): T {
    this.notes[name] = value;
    return value;
  }
  length(name: string, longest: number): number {
    const way = this.below(20);
    const n =
      way < 12 ? this.below(68) : way < 16 ? this.pick(edges) : way < 18 ? this.pick(primes) : this.below(longest + 1);
    return this.noted(name, n > longest ? n % (longest + 1) : n);
  }
  /** Numbers of one kind: ordinary most of the time, else few and equal, wide, huge, tiny, special, or not finite. */
  numbers(n: number, ordinary = this.below(3) > 0): Float64Array {
    const kind = ordinary ? 0 : this.below(7);
    const one = (): number => {
      const unit = 2 * this.#random.uniform() - 1;
      if (kind === 1) return this.below(9) - 4;
      if (kind === 2) return unit * 2 ** (this.below(1000) - 500);
      if (kind === 3) return unit * 2 ** (1023 - this.below(40));
      if (kind === 4) return unit * 2 ** (-1020 - this.below(50));
      if (kind === 5) return this.pick(special);
      if (kind === 6 && this.below(8) === 0) return this.pick([Number.NaN, Infinity, -Infinity]);
      return 4 * unit;
    };
    return Float64Array.from({ length: n }, one);
  }
  stored(values: Float64Array): DoubleStorage {
    const storage = allocateDoubles(values.length);
    storage.data.set(values);
    return storage;
  }
  weights(n: number): DoubleStorage {
    return this.stored(this.numbers(n).map(Math.abs));
  }
}

function drawRows(draw: Draw, work: number, widest: number): RowsSpec {
  const columns = 1 + draw.length('columns', widest);
  // Threads take part from some 60,000 multiplications on.
  const most = Math.floor((draw.below(6) === 0 ? 100_000 : work) / columns);
  const rows = 1 + (draw.coin() ? draw.length('rows', Math.min(most, 20_000)) : draw.noted('rows', draw.below(most)));
  const view = draw.noted('view', draw.coin());
  const storedRows = view ? rows + draw.below(5) : rows;
  const x = allocateStorage(storedRows * columns, draw.noted('type', draw.pick(['float64', 'float32'])));
  x.data.set(draw.numbers(x.data.length));
  return {
    x,
    columns,
    rows,
    list: view ? Uint32Array.from({ length: rows }, () => draw.below(storedRows)) : undefined,
    weights: draw.noted('weights', draw.coin()) ? draw.weights(rows) : undefined,
  };
}

function drawLinear(draw: Draw, work: number, widest: number): LinearSpec {
  const rows = drawRows(draw, work, widest);
  const scaled = draw.noted('scaled', draw.coin());
  const y = draw.below(6) === 0 ? undefined : draw.stored(draw.numbers(rows.rows));
  const loss = draw.noted('loss', draw.pick(losses));
  return {
    ...rows,
    y,
    loss,
    // There is no Tweedie loss of power 1 or 2: those are Poisson's and the gamma.
    lossParameter: draw.pick(loss === 'tweedie' ? [1.25, 1.5, 3] : [0.25, 1, 30]),
    intercept: draw.noted('intercept', draw.coin()),
    shift: scaled ? draw.numbers(rows.columns) : undefined,
    scale: scaled ? draw.numbers(rows.columns) : undefined,
  };
}

function runAll(...jobs: readonly (() => Job)[]): void {
  for (const job of jobs) job().run();
}

const kinds: Readonly<Record<string, (draw: Draw) => Work>> = {
  linear(draw) {
    const spec = drawLinear(draw, 30_000, 60);
    const point = draw.numbers(spec.columns + 1);
    const right = draw.numbers(spec.columns + 1);
    const diagonal = draw.coin() ? draw.weights(spec.columns + 1).data : new Float64Array(spec.columns + 1).fill(0.25);
    const shift = draw.pick([0, 1e-3, 1]);
    return (kernels, threads) => {
      const sums = kernels.linear(spec, threads);
      sums.parameters.set(point.subarray(0, sums.size));
      sums.rhs.set(right.subarray(0, sums.size));
      sums.diagonal.set(diagonal.subarray(0, sums.size));
      sums.shift = shift;
      runAll(
        () => sums.gradient(),
        () => sums.gram(),
        () => sums.solve(),
      );
      const results = [...sums.sums, sums.failedPivot, sums.condition, ...(sums.failedPivot < 0 ? sums.direction : [])];
      sums.dispose();
      return results;
    };
  },

  leastSquares(draw) {
    const spec = { ...drawLinear(draw, 8000, 20), loss: 'squared' as const };
    const penalised = draw.coin();
    return (kernels, threads) => {
      const sums = kernels.linear(spec, threads);
      sums.gradient().run();
      sums.diagonal.fill(penalised ? 0.125 : 0);
      sums.leastSquares().run();
      const results = [sums.failedPivot, sums.condition, ...(sums.failedPivot < 0 ? sums.solution : [])];
      sums.leastSquaresVariances().run();
      results.push(sums.residualSquares, ...(sums.failedPivot < 0 ? sums.variances : []));
      sums.dispose();
      return results;
    };
  },

  span(draw) {
    const train = drawLinear(draw, 8000, 70);
    const validation = draw.coin() ? { ...train, weights: undefined } : undefined;
    const rule = draw.pick(rules);
    draw.noted('rule', rule.name);
    const { states, scalars } = ruleShapes[rule.name];
    const spec: SpanSpec = {
      train,
      validation,
      stepWeights: train.weights,
      l2: draw.pick([0, 0.01]),
      rule: rule.name,
      batchSize: draw.noted('batchSize', draw.coin() ? 1 : 1 + draw.below(train.rows)),
      replacement: draw.coin(),
      seed: draw.below(1000),
      recordsMost: 2,
      scalarsMost: 20_000,
    };
    const perEpoch = Math.ceil(train.rows / spec.batchSize);
    const size = train.columns + (train.intercept ? 1 : 0);
    const start = draw.numbers(size, true);
    const cut = 4 + draw.below(100);
    const rate = draw.pick([0.001, 0.1]);
    return (kernels, threads) => {
      const span = kernels.span(spec, threads);
      span.parameters.set(start);
      if (states > 0) span.state.fill(0.1);
      const records: number[] = [];
      while (span.epoch < 2) {
        const most = threads === 1 ? 20_000 : cut;
        const steps = spec.batchSize === 1 ? wholeBlocks(span.position, most, perEpoch) : most;
        const from = span.epoch * perEpoch + span.position;
        for (let i = 0; i < steps; i += 1)
          rule.fill(rate / (1 + (from + i) / 500), from + i, span.scalars, i * scalars);
        span.run({ steps, records: 2, evaluateEvery: 1, lastEpoch: 2, scalarsPerStep: true }).run();
        records.push(...span.records.subarray(0, span.recordsDone * recordSize(size)));
      }
      const results = [...span.parameters, ...span.state, ...records];
      span.dispose();
      return results;
    };
  },

  moments(draw) {
    const spec = drawRows(draw, 30_000, 300);
    return (kernels, threads) => {
      const moments = kernels.moments(spec, threads);
      moments.compute().run();
      const finite = kernels.finite(spec.x, threads);
      finite.scan().run();
      const results = [...moments.mean, ...moments.variance, moments.weight, finite.found];
      moments.dispose();
      finite.dispose();
      return results;
    };
  },

  vectors(draw) {
    const n = draw.length('n', 3000);
    const [x, y] = [draw.numbers(n), draw.numbers(n)];
    const a = draw.numbers(1)[0] as number;
    const name = draw.noted('function', draw.pick(functions));
    return (kernels) => {
      const [sum, mapped] = [y.slice(), new Float64Array(n)];
      kernels.axpy(a, x, sum);
      kernels.map(name, x, mapped);
      return [kernels.dot(x, y), ...sum, ...mapped];
    };
  },

  coordinates(draw) {
    const count = draw.length('count', 100);
    const stride = count + draw.below(3);
    const matrix = draw.numbers(stride * stride);
    for (let k = 0; k < count; k += 1) matrix[k * (stride + 1)] = count * Math.abs(matrix[k * (stride + 1)] as number);
    const [l1, point, slope] = [draw.numbers(stride).map(Math.abs), draw.numbers(stride), draw.numbers(stride)];
    const bounded = draw.noted('bounded', draw.coin());
    const upper = bounded ? draw.numbers(stride).map(Math.abs) : new Float64Array(stride).fill(Infinity);
    const lower = upper.map((value) => -value);
    const moves = draw.noted('moves', draw.below(200));
    const list = Uint32Array.from({ length: stride > 0 ? draw.below(9) : 0 }, () => draw.below(stride));
    const weights = draw.numbers(list.length);
    return (kernels) => {
      const part = { count, matrix, stride, l1, lower, upper, point: point.slice(), slope: slope.slice() };
      const turn = new Float64Array(2);
      const made = kernels.moveCoordinates({ ...part, turn }, 1e-3, moves);
      if (stride > 0) kernels.addRows(matrix, stride, list, weights, part.slope);
      return [made, ...turn, ...part.point, ...part.slope];
    };
  },

  cholesky(draw) {
    const n = draw.length('n', 130);
    const b = draw.numbers(n * n);
    const right = draw.numbers(n);
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        let sum = i === j ? n / 8 : 0;
        for (let k = 0; k < n; k += 8) sum += (b[i * n + k] as number) * (b[j * n + k] as number);
        a[i * n + j] = sum;
      }
    }
    return (kernels) => {
      const l = a.slice();
      const solution = right.slice();
      const pivot = kernels.cholesky(l, n);
      if (pivot >= 0) return [pivot];
      kernels.choleskySolve(l, n, solution);
      return [pivot, ...l, ...solution];
    };
  },
};

/** Never fused: every set gives the same. */
const everywhere: Readonly<Record<string, (draw: Draw) => Work>> = {
  predict(draw) {
    const spec = drawRows(draw, 20_000, 300);
    const coefficients = draw.numbers(spec.columns);
    return (kernels) => {
      const out = new Float64Array(spec.rows);
      kernels.predict(spec, coefficients, 0.3, out);
      return [...out];
    };
  },

  step(draw) {
    const rule = draw.pick(rules);
    draw.noted('rule', rule.name);
    const n = draw.length('n', 6000);
    const type = draw.noted('float32', draw.coin()) ? Float32Array : Float64Array;
    const [parameters, gradient] = [type.from(draw.numbers(n)), type.from(draw.numbers(n))];
    const shape = ruleShapes[rule.name];
    const state = Array.from({ length: shape.states }, () => type.from(draw.numbers(n).map(Math.abs)));
    const rate = draw.pick([0.001, 0.1, 1]);
    const first = draw.below(1000);
    return (kernels, threads) => {
      const scalars = new Float64Array(shape.scalars);
      const [theta, own] = [parameters.slice(), state.map((array) => array.slice())];
      for (let step = first; step < first + 3; step += 1) {
        rule.fill(rate, step, scalars, 0);
        kernels.step(rule.name, scalars, theta, gradient, own, threads);
      }
      return [...theta, ...own.flatMap((array) => [...array])];
    };
  },
};

const names = [...Object.keys(kinds), ...Object.keys(everywhere)];

/** Says what differs first, or nothing. */
function difference(wanted: readonly number[], got: readonly number[]): string | undefined {
  const at = got.findIndex((value, i) => !Object.is(value, wanted[i]));
  if (got.length === wanted.length && at < 0) return undefined;
  return `number ${at} is ${got[at]} and not ${wanted[at]} (${got.length} and ${wanted.length} numbers)`;
}

/** Runs a case over all sets; what failed, or nothing. */
function runCase(seed: number, number: number, sets: readonly Kernels[]): string | undefined {
  const draw = new Draw(seed, number);
  const name = names[number % names.length] as string;
  const sameEverywhere = everywhere[name];
  const work = (sameEverywhere ?? (kinds[name] as (draw: Draw) => Work))(draw);
  const first = new Map<string, readonly number[]>();
  for (const set of sets) {
    for (const threads of set.native ? [1, 2, 3] : [1]) {
      const key = sameEverywhere ? 'all' : bitClass(set.name);
      const got = work(set, threads);
      const differs = difference(first.get(key) ?? got, got);
      if (!first.has(key)) first.set(key, got);
      if (differs === undefined) continue;
      const what = `${name} ${JSON.stringify(draw.notes)}: on ${set.name} with ${threads} threads ${differs}`;
      return `${what}; repeat with GRADUS_FUZZ_SEED=${seed} GRADUS_FUZZ_CASE=${number}`;
    }
  }
  return undefined;
}

// About 15 s, most of it in TypeScript.
const count = Number(process.env.GRADUS_FUZZ_CASES ?? (emulated ? 70 : 3500));
const seed = Number(process.env.GRADUS_FUZZ_SEED ?? 1);
const only = process.env.GRADUS_FUZZ_CASE;

test('every set of a class gives the same bits, at any number of threads', async () => {
  const sets = availableKernelSets().map(kernelSet);
  for (let i = 0; i < (only === undefined ? count : 1); i += 1) {
    expect(runCase(seed, only === undefined ? i : Number(only), sets)).toBeUndefined();
    // What was disposed of is freed in a turn of the event loop.
    if (i % 50 === 0) await new Promise(setImmediate);
  }
});

test('every update rule is among those that are drawn', () => {
  expect(new Set(rules.map(({ name }) => name))).toEqual(new Set(Object.keys(ruleNumbers)));
});

test('a set that adds in another order is found', () => {
  const set = kernelSet('portable');
  const broken = Object.create(set, {
    dot: { value: (x: Float64Array, y: Float64Array) => x.reduceRight((sum, v, i) => sum + v * (y[i] as number), 0) },
  }) as Kernels;
  const found = Array.from({ length: 100 }, (_, i) => runCase(1, i, [set, broken])).find(Boolean);
  expect(found).toMatch(/vectors .* repeat with GRADUS_FUZZ_SEED=1 GRADUS_FUZZ_CASE=\d+/);
});
