// Every kernel set against every other: equality inside the plain class, equality
// over thread counts inside each set, and a bound between the classes. Also the
// test that nothing the machine can run was left out.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emulated } from '../left-out.js';
import { Random } from '../../../lib/kernels/random.js';
import {
  bitClass,
  type DoubleStorage,
  type KernelSetName,
  type LinearSpec,
  type LossName,
  lossNumbers,
} from '../../../lib/kernels/kernels.js';
import { allocateDoubles, allocateStorage, availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';

const random = new Random(20);
const numbers = (n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => low + (high - low) * random.uniform());
const bits = (...arrays: ArrayLike<number>[]): string =>
  Buffer.from(Float64Array.from(arrays.flatMap((array) => Array.from(array))).buffer).toString('hex');

const plain = (set: KernelSetName): boolean => bitClass(set) === 'plain';

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly type: 'float64' | 'float32';
  readonly view: boolean;
  readonly weighted: boolean;
  readonly scaled: boolean;
  readonly intercept: boolean;
  readonly offset: boolean;
  readonly loss: LossName;
}

// Losses of targets ≥ 0, with a Hessian that is positive definite for these.
const ofAmounts: readonly LossName[] = ['gamma', 'tweedie', 'negativeBinomial'];

function stored64(values: Float64Array): DoubleStorage {
  const storage = allocateDoubles(values.length);
  storage.data.set(values);
  return storage;
}

function specOf(shape: Shape): LinearSpec {
  const { rows, columns } = shape;
  const stored = shape.view ? rows + 7 : rows;
  const x = allocateStorage(stored * columns, shape.type);
  x.data.set(numbers(stored * columns, -3, 5));
  return {
    x,
    rows,
    columns,
    list: shape.view ? Uint32Array.from({ length: rows }, () => random.below(stored)) : undefined,
    weights: shape.weighted ? stored64(numbers(rows, 0, 2)) : undefined,
    y: stored64(ofAmounts.includes(shape.loss) ? numbers(rows, 0.1, 4) : numbers(rows, -4, 4)),
    shift: shape.scaled ? numbers(columns) : undefined,
    scale: shape.scaled ? numbers(columns, 0.5, 2) : undefined,
    intercept: shape.intercept,
    loss: shape.loss,
    lossParameter: shape.loss === 'tweedie' ? 1.7 : 0.7,
    offset: shape.offset ? stored64(numbers(rows)) : undefined,
  };
}

/** All that a set computes from a spec, as one list of numbers. */
function everything(set: KernelSetName, spec: LinearSpec, threads: number, parameters: Float64Array): number[] {
  const kernels = kernelSet(set);
  const sums = kernels.linear(spec, threads);
  const { size } = sums;
  sums.parameters.set(parameters.subarray(0, size));
  sums.gradient().run();
  sums.gram().run();
  sums.diagonal.fill(0.25);
  sums.rhs.set(parameters.subarray(0, size));
  sums.shift = 0.5;
  sums.solve().run();
  const moments = kernels.moments(spec, threads);
  moments.compute().run();
  const predicted = new Float64Array(spec.rows);
  kernels.predict(spec, parameters.subarray(0, spec.columns), 0.3, predicted);
  expect(sums.failedPivot).toBe(-1);
  return [...sums.sums, ...sums.direction, sums.condition, ...moments.mean, ...moments.variance, ...predicted];
}

const booleans = [false, true];
const losses = Object.keys(lossNumbers) as LossName[];
const shapes: Shape[] = [];
for (const rows of [1, 7, 8, 9, 511, 512, 513, 1100, 2049]) {
  for (const columns of [1, 2, 7, 8, 9, 15, 16, 17, 24, 33, 100]) {
    const pick = (): boolean => booleans[random.below(2)] as boolean;
    for (const scaled of booleans) {
      shapes.push({
        rows,
        columns,
        scaled,
        type: pick() ? 'float64' : 'float32',
        view: pick(),
        weighted: pick(),
        intercept: pick(),
        offset: pick(),
        loss: losses[random.below(losses.length)] as LossName,
      });
    }
  }
}
shapes.push({ ...(shapes[0] as Shape), rows: 700, columns: 301 });
// Every combination of the ways to store and weigh rows, at shapes with whole and partial leaves and vectors.
for (let mask = 0; mask < 64; mask += 1) {
  const on = (bit: number): boolean => ((mask >> bit) & 1) === 1;
  shapes.push({
    rows: 1 + random.below(1100),
    columns: 1 + random.below(33),
    type: on(0) ? 'float64' : 'float32',
    view: on(1),
    weighted: on(2),
    scaled: on(3),
    intercept: on(4),
    offset: random.below(3) === 0,
    loss: losses[2 * random.below(losses.length / 2) + (on(5) ? 0 : 1)] as LossName,
  });
}

test('sets of one class agree bit for bit, threads change nothing, and the classes agree', () => {
  const sets = availableKernelSets();
  for (const shape of shapes) {
    const spec = specOf(shape);
    const parameters = numbers(spec.columns + 1);
    const reference = everything('portable', spec, 1, parameters);
    const scale = Math.max(1, ...reference.map(Math.abs).filter(Number.isFinite));
    const ofClass = new Map<string, string>();
    for (const set of sets) {
      const one = everything(set, spec, 1, parameters);
      const first = ofClass.get(bitClass(set)) ?? bits(one);
      ofClass.set(bitClass(set), first);
      expect(bits(one), `${set} ${JSON.stringify(shape)}`).toBe(first);
      for (const threads of set === 'portable' ? [] : [2, 3, 7]) {
        expect(bits(everything(set, spec, threads, parameters)), `${set} ${JSON.stringify(shape)}`).toBe(bits(one));
      }
      const worst = Math.max(...one.map((value, i) => Math.abs(value - (reference[i] as number)) / scale));
      expect(worst, `${set} ${JSON.stringify(shape)}`).toBeLessThan(1e-11);
    }
  }
});

describe.each(availableKernelSets())('vector primitives on %s', (set) => {
  const kernels = kernelSet(set);
  const portable = kernelSet('portable');

  test('dot and axpy at every length', () => {
    for (let n = 0; n < 140; n += 1) {
      const x = numbers(n);
      const y = numbers(n);
      const ours = kernels.dot(x, y);
      const z = y.slice();
      const wanted = y.slice();
      kernels.axpy(0.37, x, z);
      portable.axpy(0.37, x, wanted);
      if (plain(set)) expect([ours, ...z]).toEqual([portable.dot(x, y), ...wanted]);
      const exact = x.reduce((sum, value, i) => sum + value * (y[i] as number), 0);
      expect(Math.abs(ours - exact)).toBeLessThan(1e-13);
    }
  });
});

test('every set this machine can run was tested', () => {
  expect(process.env.GRADUS_EXPECT_NATIVE === '1').toBe(availableKernelSets().length > 1);
  if (process.platform !== 'linux' || process.arch !== 'x64' || availableKernelSets().length === 1) return;
  if (emulated) return; // the processor of /proc/cpuinfo is not the emulated one
  const flags = readFileSync('/proc/cpuinfo', 'utf8');
  const has = (...features: string[]): boolean => features.every((name) => new RegExp(`\\b${name}\\b`).test(flags));
  const wanted = ['portable', 'sse2'];
  if (has('avx2', 'fma')) wanted.push('avx2');
  if (has('avx2', 'fma', 'avx512f', 'avx512dq', 'avx512vl')) wanted.push('avx512');
  expect(availableKernelSets()).toEqual(wanted);
});
