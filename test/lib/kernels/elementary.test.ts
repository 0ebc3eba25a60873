// exp, log and their kin on every kernel set: within 2 ulp of values of 60 digits
// at hard points, the same bits as the other sets of the class at every length, in
// place and not, and what the addon refuses.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bitClass, type FunctionName, functionNumbers, type KernelSetName } from '../../../lib/kernels/kernels.js';
import { exp, expm1, log, log1p, sigmoid, softplus, tanh } from '../../../lib/kernels/portable/elementary.js';
import { Random } from '../../../lib/kernels/random.js';
import { availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';
import { loadedAddon } from '../../../lib/kernels/native/binding.js';

const ofOne = { exp, log, log1p, expm1, sigmoid, softplus, tanh };
const names = Object.keys(functionNumbers) as FunctionName[];
const sets = availableKernelSets();
const random = new Random(31);

/** [x, the nearest double, what is missing to the exact result in its last place]. */
type Point = readonly [number, number, number];
const { points } = JSON.parse(
  readFileSync(new URL('../../fixtures/elementary-mpmath.json', import.meta.url), 'utf8'),
) as { points: Record<FunctionName, Point[]> };

/** Arguments of every exponent, near the thresholds, and of ordinary size. */
function argument(): number {
  const words = new Uint32Array([random.below(2 ** 32 - 1), random.below(2 ** 32 - 1)]);
  const unit = 2 * random.uniform() - 1;
  const thresholds = [708.4, 709.78, 745.13, 36.7, 18.7, 0.3465735902799727, 0.5, 1, Math.SQRT2, 2 ** -1022];
  const threshold = thresholds[random.below(thresholds.length)] as number;
  switch (random.below(6)) {
    case 0:
      return new Float64Array(words.buffer)[0] as number;
    case 1:
      return unit * 760;
    case 2:
      return unit * 40;
    case 3:
      return unit;
    case 4:
      return unit * 2 ** -random.below(1074);
    default:
      return threshold * (unit < 0 ? -1 : 1) * (1 + unit * 1e-6);
  }
}

const special = [0, -0, 1, -1, 1 / 0, -1 / 0, Number.NaN, 5e-324, -5e-324, 2 ** -1022, 1.7976931348623157e308, -1e308];

/** The bits, all NaN as one. */
function bits(values: Float64Array): string {
  const clean = values.map((value) => (Number.isNaN(value) ? Number.NaN : value));
  return Buffer.from(clean.buffer).toString('hex');
}

function firstOfClass(set: KernelSetName): KernelSetName {
  return sets.find((other) => bitClass(other) === bitClass(set)) as KernelSetName;
}

describe.each(names)('%s', (name) => {
  test.each(sets)('%s is within 2 ulp of the exact value at hard points', (set) => {
    const x = Float64Array.from(points[name], (point) => point[0]);
    const y = new Float64Array(x.length);
    kernelSet(set).map(name, x, y);
    const errors = points[name].map(([, nearest, rest], i) => {
      return [Math.abs((y[i]! - nearest) / lastPlace(nearest) - rest), x[i] as number] as const;
    });
    const [worst, at] = errors.reduce((most, error) => (error[0] > most[0] ? error : most));
    expect(worst, `at ${at}`).toBeLessThanOrEqual(2);
    expect(points[name].length).toBeGreaterThan(20);
  });

  test.each(sets)('%s gives the bits of its class at every length, in place and not', (set) => {
    const kernels = kernelSet(set);
    const first = kernelSet(firstOfClass(set));
    for (let n = 0; n <= 67; n += 1) {
      const all = Float64Array.from({ length: n + 3 }, argument);
      const x = all.subarray(1, n + 1);
      const padded = new Float64Array(n + 3).fill(0.5);
      const y = padded.subarray(2, n + 2);
      kernels.map(name, x, y);
      const wanted = new Float64Array(n);
      for (let i = 0; i < n; i += 1) {
        const one = new Float64Array(1);
        first.map(name, x.subarray(i, i + 1), one);
        wanted[i] = one[0] as number;
      }
      expect(bits(y.slice())).toBe(bits(wanted));
      expect([padded[0], padded[1], padded[n + 2]]).toEqual([0.5, 0.5, 0.5]);
      kernels.map(name, x, x);
      expect(bits(x.slice())).toBe(bits(wanted));
    }
  });

  test.each(sets)('%s gives the bits of its class at many arguments', (set) => {
    const x = Float64Array.from({ length: 50_000 }, (_, i) => special[i] ?? argument());
    const y = new Float64Array(x.length);
    const wanted = new Float64Array(x.length);
    kernelSet(set).map(name, x, y);
    kernelSet(firstOfClass(set)).map(name, x, wanted);
    expect(bits(y)).toBe(bits(wanted));
  });

  test('the function of one number gives the bits of the portable set', () => {
    const x = Float64Array.from({ length: 1000 }, (_, i) => special[i] ?? argument());
    const y = new Float64Array(x.length);
    kernelSet('portable').map(name, x, y);
    expect(bits(x.map(ofOne[name]))).toBe(bits(y));
  });
});

/** The distance of doubles where y is. */
function lastPlace(y: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(y))), -1022);
  // The logarithm may round up to the next power of two.
  return 2 ** (2 ** exponent > Math.abs(y) && exponent > -1022 ? exponent - 53 : exponent - 52);
}

test.runIf(sets.length > 1)('the addon refuses functions it does not have and arrays that do not fit', () => {
  const addon = loadedAddon();
  const x = new Float64Array(4);
  const set = sets.at(-1) as string;
  expect(() => addon.map(set, 7, x, x)).toThrow('unexpected function');
  expect(() => addon.map(set, Number.NaN, x, x)).toThrow('unexpected function');
  expect(() => addon.map(set, 0, x, new Float64Array(3))).toThrow('unexpected array');
  expect(() => addon.map(set, 0, new Float32Array(4) as unknown as Float64Array, x)).toThrow('unexpected array');
  expect(() => addon.map(set, 0, [1] as unknown as Float64Array, x)).toThrow('unexpected array');
  expect(() => addon.map('mmx', 0, x, x)).toThrow('unexpected kernel set');
});
