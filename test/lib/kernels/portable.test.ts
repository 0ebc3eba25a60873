// The TypeScript kernels against naive double loops, and their jobs: when they
// are inline, that they pause often enough, and that an abort ends them.

import { expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import type { DoubleStorage, LinearSpec, LossName, Pace, Storage } from '../../../lib/kernels/kernels.js';
import { powerOfTwoScale } from '../../../lib/kernels/portable/cholesky.js';
import { portableKernels, portableStorage } from '../../../lib/kernels/portable/portable-kernels.js';

const random = new Random(7);
const numbers = (n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => low + (high - low) * random.uniform());

function stored(values: Float64Array, type: 'float64' | 'float32' = 'float64'): Storage {
  const storage = portableStorage(values.length, type);
  storage.data.set(values);
  return storage;
}
const doubles = (values: Float64Array): DoubleStorage => stored(values) as DoubleStorage;

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly type?: 'float64' | 'float32';
  readonly view?: boolean;
  readonly weighted?: boolean;
  readonly scaled?: boolean;
  readonly intercept?: boolean;
  readonly loss?: LossName;
}

function specOf(shape: Shape): LinearSpec {
  const { rows, columns } = shape;
  const kept = shape.view ? rows + 5 : rows;
  return {
    x: stored(numbers(kept * columns, -3, 5), shape.type),
    rows,
    columns,
    list: shape.view ? Uint32Array.from({ length: rows }, () => random.below(kept)) : undefined,
    weights: shape.weighted ? doubles(numbers(rows, 0, 2)) : undefined,
    y: doubles(numbers(rows, -4, 4)),
    shift: shape.scaled ? numbers(columns) : undefined,
    scale: shape.scaled ? numbers(columns, 0.5, 2) : undefined,
    intercept: shape.intercept ?? false,
    loss: shape.loss ?? 'squared',
    lossParameter: 0.7,
  };
}

const at = (array: ArrayLike<number>, i: number): number => array[i] as number;

/** Row r as the sums see it: standardised, with the intercept's 1. */
function row(spec: LinearSpec, r: number, raw = false): number[] {
  const stored = spec.list === undefined ? r : at(spec.list, r);
  const z = Array.from({ length: spec.columns }, (_, j) => {
    const x = at(spec.x.data, stored * spec.columns + j);
    return raw || !spec.shift || !spec.scale ? x : (x - at(spec.shift, j)) * at(spec.scale, j);
  });
  return spec.intercept && !raw ? [...z, 1] : z;
}

const weightOf = (spec: LinearSpec, r: number): number => (spec.weights ? at(spec.weights.data, r) : 1);

function naiveSums(spec: LinearSpec, theta: Float64Array): { values: number[]; bounds: number[] } {
  const p = theta.length;
  const values = new Array<number>(p * p + p + 2).fill(0);
  const bounds = values.slice();
  const add = (i: number, term: number): void => {
    values[i] = at(values, i) + term;
    bounds[i] = at(bounds, i) + Math.abs(term);
  };
  for (let r = 0; r < spec.rows; r += 1) {
    const z = row(spec, r);
    const w = weightOf(spec, r);
    const residual = z.reduce((sum, value, j) => sum + value * at(theta, j), 0) - at(spec.y?.data ?? [], r);
    const size = Math.abs(residual);
    const delta = spec.lossParameter;
    const outside = spec.loss === 'huber' && size > delta;
    const slope = outside ? Math.sign(residual) * delta : residual;
    z.forEach((zi, i) => {
      for (let j = 0; j <= i; j += 1) add(i * p + j, outside ? 0 : w * zi * at(z, j));
      add(p * p + i, w * slope * zi);
    });
    add(p * p + p, w * (outside ? delta * (size - delta / 2) : residual ** 2 / 2));
    add(p * p + p + 1, w);
  }
  return { values, bounds };
}

const shapes: Shape[] = [];
for (const [rows, columns] of [
  [1, 1],
  [7, 3],
  [511, 8],
  [512, 9],
  [513, 7],
  [1100, 17],
] as const) {
  for (let mask = 0; mask < 64; mask += 1) {
    const on = (bit: number): boolean => ((mask >> bit) & 1) === 1;
    shapes.push({
      rows,
      columns,
      type: on(0) ? 'float32' : 'float64',
      view: on(1),
      weighted: on(2),
      scaled: on(3),
      intercept: on(4),
      loss: on(5) ? 'huber' : 'squared',
    });
  }
}

test('gradient, loss, weight and Gram matrix equal the naive sums', () => {
  for (const shape of shapes) {
    const spec = specOf(shape);
    const sums = portableKernels.linear(spec, 1);
    sums.parameters.set(numbers(sums.size));
    sums.gradient().run();
    sums.gram().run();
    const { values, bounds } = naiveSums(spec, sums.parameters);
    const worst = Math.max(...values.map((v, i) => Math.abs(v - at(sums.sums, i)) / (1 + at(bounds, i))));
    expect(worst, JSON.stringify(shape)).toBeLessThan(1e-13);
  }
});

test('moments and prediction equal the naive ones', () => {
  for (const shape of shapes) {
    const spec = specOf(shape);
    const moments = portableKernels.moments(spec, 1);
    moments.compute().run();
    const raw = Array.from({ length: spec.rows }, (_, r) => row(spec, r, true));
    const total = raw.reduce((sum, _, r) => sum + weightOf(spec, r), 0);
    expect(moments.weight / total).toBeCloseTo(1, 12);
    for (let j = 0; j < spec.columns; j += 1) {
      const mean = raw.reduce((sum, z, r) => sum + weightOf(spec, r) * at(z, j), 0) / total;
      const variance = raw.reduce((sum, z, r) => sum + weightOf(spec, r) * (at(z, j) - mean) ** 2, 0) / total;
      expect(moments.mean[j]).toBeCloseTo(mean, 11);
      expect(moments.variance[j]).toBeCloseTo(variance, 11);
    }
    const theta = numbers(spec.columns);
    const predicted = new Float64Array(spec.rows);
    portableKernels.predict(spec, theta, 0.3, predicted);
    const wanted = raw.map((z) => z.reduce((sum, value, j) => sum + value * at(theta, j), 0) + 0.3);
    expect(Math.max(...wanted.map((v, r) => Math.abs(v - at(predicted, r))))).toBeLessThan(1e-12);
  }
});

test('solve satisfies its equation and leaves the Gram matrix alone', () => {
  for (const columns of [1, 4, 9, 40]) {
    const sums = portableKernels.linear(specOf({ rows: 300, columns, intercept: true, weighted: true }), 1);
    const p = sums.size;
    sums.gradient().run();
    sums.gram().run();
    const before = sums.sums.slice();
    sums.diagonal.set(numbers(p, 0.1, 1));
    sums.rhs.set(numbers(p));
    sums.shift = 0.25;
    sums.solve().run();
    expect(sums.failedPivot).toBe(-1);
    expect(sums.condition).toBeGreaterThanOrEqual(1);
    expect(sums.sums).toEqual(before);
    const weight = at(before, p * p + p + 1);
    for (let i = 0; i < p; i += 1) {
      const own = at(before, i * p + i) / weight + at(sums.diagonal, i);
      let left = (at(sums.diagonal, i) + 0.25 / powerOfTwoScale(own) ** 2) * at(sums.direction, i);
      for (let j = 0; j < p; j += 1) {
        left += (at(before, Math.max(i, j) * p + Math.min(i, j)) / weight) * at(sums.direction, j);
      }
      expect(Math.abs(left + at(sums.rhs, i))).toBeLessThan(1e-10);
    }
  }
});

test('solve names the pivot of a column that is twice there', () => {
  const spec = specOf({ rows: 50, columns: 3 });
  for (let r = 0; r < 50; r += 1) spec.x.data[r * 3 + 2] = at(spec.x.data, r * 3 + 1);
  const sums = portableKernels.linear(spec, 1);
  sums.gradient().run();
  sums.gram().run();
  sums.solve().run();
  expect(sums.failedPivot).toBe(2);
  expect(sums.condition).toBe(Number.POSITIVE_INFINITY);
});

test('Cholesky: L Lᵀ is the matrix and the solve inverts it', () => {
  for (const n of [0, 1, 3, 4, 5, 31, 32, 33, 70]) {
    const l = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? n + 1 : 2 * random.uniform() - 1));
    const a = new Float64Array(n * n);
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j < n; j += 1) {
        for (let k = 0; k <= Math.min(i, j); k += 1) a[i * n + j]! += at(l, i * n + k) * at(l, j * n + k);
      }
    }
    const factor = a.slice();
    expect(portableKernels.cholesky(factor, n)).toBe(-1);
    for (let i = 0; i < n; i += 1) {
      for (let j = 0; j <= i; j += 1) expect(factor[i * n + j]).toBeCloseTo(at(l, i * n + j), 11);
    }
    const x = numbers(n);
    const b = x.map((_, i) => x.reduce((sum, value, j) => sum + value * at(a, i * n + j), 0));
    portableKernels.choleskySolve(factor, n, b);
    b.forEach((value, i) => {
      expect(value).toBeCloseTo(at(x, i), 12);
    });
  }
});

test('the scaling is a power of two that brings every normal number into [1, 4)', () => {
  for (let exponent = -1022; exponent < 1024; exponent += 1) {
    const scale = powerOfTwoScale(1.5 * 2 ** exponent);
    expect(Math.log2(scale)).toBe(0 - Math.floor(exponent / 2));
    const scaled = 1.5 * 2 ** exponent * scale * scale;
    expect(scaled === 1.5 || scaled === 3).toBe(true);
  }
  for (const odd of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 5e-324]) expect(powerOfTwoScale(odd)).toBe(1);
});

test('the scan finds the first value that is not finite', () => {
  for (const [type, wrong] of [
    ['float64', Number.NaN],
    ['float32', Number.NEGATIVE_INFINITY],
  ] as const) {
    const storage = stored(numbers(70_000), type);
    const scan = portableKernels.finite(storage, 1);
    scan.scan().run();
    expect(scan.found).toBe(-1);
    storage.data[69_999] = wrong;
    storage.data[65_537] = wrong;
    scan.scan().run();
    expect(scan.found).toBe(65_537);
  }
});

/** A pace that is always due and aborts after so many breaths. */
function counting(abortAfter = Number.POSITIVE_INFINITY) {
  const controller = new AbortController();
  const counts = { breaths: 0 };
  const pace: Pace = {
    signal: controller.signal,
    due: () => true,
    breathe: async () => {
      counts.breaths += 1;
      if (counts.breaths >= abortAfter) controller.abort();
    },
  };
  return { pace, counts };
}

test('jobs: small ones are inline, long ones pause, give the same bits, and stop when aborted', async () => {
  const small = portableKernels.linear(specOf({ rows: 100, columns: 10 }), 1);
  expect([small.gradient().inline, small.gram().inline, small.solve().inline]).toEqual([true, true, true]);
  const sums = portableKernels.linear(specOf({ rows: 4000, columns: 150 }), 1);
  const jobs = [sums.gradient(), sums.gram(), sums.solve()];
  for (const job of jobs) {
    expect(job.inline).toBe(false);
    job.run();
    const wanted = [...sums.sums, ...sums.direction];
    const { pace, counts } = counting();
    expect(await job.start(pace)).toBe(true);
    expect(counts.breaths).toBeGreaterThan(1);
    expect([...sums.sums, ...sums.direction]).toEqual(wanted);
    const aborted = counting(1);
    expect(await job.start(aborted.pace)).toBe(false);
    expect(aborted.counts.breaths).toBe(1);
  }
});
