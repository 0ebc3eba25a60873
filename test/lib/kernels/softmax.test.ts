// Softmax cross-entropy over rows: every kernel set against the others of its class
// bit for bit and over threads, against plain loops, and gradients against
// differences of the value.

import { expect, test } from 'vitest';
import { bitClass, type DoubleStorage, type KernelSetName, type SoftmaxSpec } from '../../../lib/kernels/kernels.js';
import { Random } from '../../../lib/kernels/random.js';
import { allocateDoubles, allocateStorage, availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';

const random = new Random(44);
const numbers = (n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => low + (high - low) * random.uniform());
const bits = (values: Float64Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');

function stored(values: Float64Array): DoubleStorage {
  const storage = allocateDoubles(values.length);
  storage.data.set(values);
  return storage;
}

function specOf(rows: number, columns: number, classes: number, mask: number): SoftmaxSpec {
  const on = (bit: number): boolean => ((mask >> bit) & 1) === 1;
  const x = allocateStorage((rows + 3) * columns, on(0) ? 'float32' : 'float64');
  x.data.set(numbers(x.data.length, -2, 2));
  return {
    ...{ x, rows, columns, classes, intercept: on(1) },
    list: on(2) ? Uint32Array.from({ length: rows }, () => random.below(rows + 3)) : undefined,
    weights: on(3) ? stored(numbers(rows, 0, 2)) : undefined,
    y: stored(Float64Array.from({ length: rows }, () => random.below(classes))),
    shift: on(4) ? numbers(columns) : undefined,
    scale: on(4) ? numbers(columns, 0.5, 2) : undefined,
  };
}

const cases = [1, 7, 8, 9, 100, 511, 512, 513, 1300].flatMap((rows) =>
  [1, 2, 8, 9, 16, 17, 40].map((columns) =>
    specOf(rows, columns, 1 + random.below(columns < 10 ? 12 : 6), random.below(32)),
  ),
);

function sumsOf(set: KernelSetName, spec: SoftmaxSpec, threads: number, parameters: Float64Array): Float64Array {
  const sums = kernelSet(set).softmax(spec, threads);
  sums.parameters.set(parameters);
  sums.gradient().run();
  const out = sums.sums.slice();
  sums.dispose();
  return out;
}

function plainLoops(spec: SoftmaxSpec, parameters: Float64Array): number[] {
  const { rows, columns: d, classes, intercept } = spec;
  const p = d + (intercept ? 1 : 0);
  const out = new Array<number>(classes * p + 2).fill(0);
  const add = (i: number, term: number): void => {
    out[i] = (out[i] as number) + term;
  };
  for (let r = 0; r < rows; r += 1) {
    const row = spec.list ? (spec.list[r] as number) : r;
    const z = Array.from({ length: p }, (_, j) => {
      if (j === d) return 1;
      const value = spec.x.data[row * d + j] as number;
      return spec.shift && spec.scale ? (value - (spec.shift[j] as number)) * (spec.scale[j] as number) : value;
    });
    const weight = spec.weights?.data[r] ?? 1;
    const label = spec.y.data[r] as number;
    const eta = Array.from({ length: classes }, (_, k) =>
      z.reduce((sum, value, j) => sum + value * (parameters[k * p + j] as number), 0),
    );
    const total = eta.reduce((sum, value) => sum + Math.exp(value), 0);
    eta.forEach((value, k) => {
      const d = weight * (Math.exp(value) / total - (k === label ? 1 : 0));
      z.forEach((zj, j) => {
        add(k * p + j, d * zj);
      });
    });
    add(classes * p, weight * (Math.log(total) - (eta[label] as number)));
    add(classes * p + 1, weight);
  }
  return out;
}

test('sets of a class agree bit for bit, threads change nothing, and all follow the formulas', () => {
  for (const spec of cases) {
    const { rows, columns, classes, intercept } = spec;
    const name = JSON.stringify({ rows, columns, classes, intercept, listed: spec.list !== undefined });
    const parameters = numbers(classes * (columns + (intercept ? 1 : 0)), -0.5, 0.5);
    const wanted = plainLoops(spec, parameters);
    const ofClass = new Map<string, string>();
    for (const set of availableKernelSets()) {
      const one = sumsOf(set, spec, 1, parameters);
      const first = ofClass.get(bitClass(set)) ?? bits(one);
      ofClass.set(bitClass(set), first);
      expect(bits(one), `${set} ${name}`).toBe(first);
      for (const threads of set === 'portable' ? [] : [2, 3, 7]) {
        expect(bits(sumsOf(set, spec, threads, parameters)), `${set} ${name}`).toBe(first);
      }
      wanted.forEach((value, i) => {
        expect(Math.abs((one[i] as number) - value), `${set} ${name} ${i}`).toBeLessThan(1e-12 * (rows + 1));
      });
    }
  }
});

test.each(availableKernelSets())('on %s the gradient is the slope of the value', (set) => {
  const spec = specOf(90, 4, 3, 2);
  const parameters = numbers(15);
  const gradient = sumsOf(set, spec, 1, parameters);
  const step = 1e-6;
  for (let i = 0; i < 15; i += 1) {
    const value = (by: number): number =>
      sumsOf(
        set,
        spec,
        1,
        parameters.map((v, j) => (j === i ? v + by : v)),
      )[15] as number;
    expect(Math.abs((value(step) - value(-step)) / (2 * step) - (gradient[i] as number))).toBeLessThan(1e-6);
  }
});

test('a label that is no class makes the loss NaN, and wrong sizes are refused', () => {
  for (const set of availableKernelSets()) {
    const spec = specOf(20, 3, 4, 0);
    spec.y.data[7] = 4;
    expect(sumsOf(set, spec, 1, new Float64Array(12))[12]).toBeNaN();
    if (!kernelSet(set).native) continue;
    const y = { data: new Float64Array(19), handle: undefined };
    expect(() => kernelSet(set).softmax({ ...spec, y }, 1)).toThrow('y');
    for (const classes of [0, -1, Number.NaN, 2 ** 40]) {
      expect(() => kernelSet(set).softmax({ ...spec, classes }, 1)).toThrow('classes');
    }
  }
});

test('a large job runs off the main thread, in slices, and can be stopped', async () => {
  for (const set of availableKernelSets()) {
    const spec = specOf(3000, 20, 5, 2);
    const parameters = numbers(105);
    const sums = kernelSet(set).softmax(spec, 2);
    sums.parameters.set(parameters);
    const job = sums.gradient();
    expect(job.inline).toBe(false);
    const pace = { signal: undefined, due: () => true, breathe: async () => undefined };
    expect(await job.start(pace)).toBe(true);
    expect(bits(sums.sums)).toBe(bits(sumsOf(set, spec, 1, parameters)));
    expect(await sums.gradient().start({ ...pace, signal: AbortSignal.abort() })).toBe(false);
  }
});
