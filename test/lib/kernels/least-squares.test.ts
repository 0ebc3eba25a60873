// Least squares by QR and its variances, set against set: equality inside a class and
// over thread counts, a bound between the classes, and the jobs of the portable set.

import { expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import { bitClass, type KernelSetName, type LinearSpec, type Pace } from '../../../lib/kernels/kernels.js';
import { allocateDoubles, allocateStorage, availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';

const random = new Random(21);
const numbers = (n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => low + (high - low) * random.uniform());
const bits = (values: readonly number[]): string => Buffer.from(Float64Array.from(values).buffer).toString('hex');

function stored(values: Float64Array) {
  const storage = allocateDoubles(values.length);
  storage.data.set(values);
  return storage;
}

/** Bits of `kind`: 1 float32, 2 list, 4 weights (some 0), 8 shift and scale, 16 intercept. */
function specOf(rows: number, columns: number, kind: number): LinearSpec {
  const kept = rows + 5;
  const x = allocateStorage(kept * columns, kind & 1 ? 'float32' : 'float64');
  // Far from the origin, so that the intercept's column is nearly a combination of the others.
  x.data.set(numbers(kept * columns, 99, 101));
  return {
    x,
    rows,
    columns,
    list: kind & 2 ? Uint32Array.from({ length: rows }, () => random.below(kept)) : undefined,
    weights: kind & 4 ? stored(numbers(rows, 0, 2).map((w, i) => (i % 11 === 5 ? 0 : w))) : undefined,
    y: stored(numbers(rows, -4, 4)),
    shift: kind & 8 ? numbers(columns, 90, 110) : undefined,
    scale: kind & 8 ? numbers(columns, 0.5, 2) : undefined,
    intercept: (kind & 16) !== 0,
    loss: 'squared',
    lossParameter: 0,
  };
}

/** All that the two jobs give, and whether they found the columns dependent. */
function everything(set: KernelSetName, spec: LinearSpec, threads: number, penalty: number): number[] {
  const sums = kernelSet(set).linear(spec, threads);
  sums.gradient().run();
  sums.diagonal.fill(penalty, 0, spec.columns);
  sums.leastSquares().run();
  const first = [...sums.solution, sums.condition, sums.correction, sums.failedPivot];
  sums.parameters.set(sums.solution);
  sums.leastSquaresVariances().run();
  return [...first, ...sums.variances, sums.residualSquares, sums.condition, sums.failedPivot];
}

test('sets of one class agree bit for bit, threads change nothing, and the classes agree', () => {
  for (const rows of [1, 2, 8, 9, 40, 511, 512, 513, 1100]) {
    for (const columns of [1, 2, 7, 8, 9, 20]) {
      for (const penalty of [0, 0.25]) {
        const kind = random.below(32);
        const spec = specOf(rows, columns, kind);
        const what = JSON.stringify({ rows, columns, kind, penalty });
        const reference = everything('portable', spec, 1, penalty);
        const ofClass = new Map([['plain', bits(reference)]]);
        for (const set of availableKernelSets()) {
          const one = everything(set, spec, 1, penalty);
          const first = ofClass.get(bitClass(set)) ?? bits(one);
          ofClass.set(bitClass(set), first);
          expect(bits(one), `${set} ${what}`).toBe(first);
          expect(bits(everything(set, spec, 3, penalty)), `${set} ${what}`).toBe(first);
          const p = columns + (spec.intercept ? 1 : 0);
          // Refined to the last digits, whatever the condition; what should be 0 is rounding of rounding.
          const largest = Math.max(...reference.slice(0, p).map(Math.abs));
          one.slice(0, p).forEach((value, j) => {
            const wanted = reference[j] as number;
            const bound = 1e-14 * Math.abs(wanted) + 1e-20 * largest;
            expect(Math.abs(value - wanted), `${set} ${what}`).toBeLessThanOrEqual(bound);
          });
        }
      }
    }
  }
});

test('the columns count as dependent when one is there twice, or there are more than rows', () => {
  for (const set of availableKernelSets()) {
    const twice = specOf(600, 4, 16);
    for (let r = 0; r < 605; r += 1) twice.x.data[r * 4 + 2] = 3 * (twice.x.data[r * 4 + 1] as number);
    for (const spec of [twice, specOf(5, 5, 16), specOf(3, 7, 0)]) {
      const sums = kernelSet(set).linear(spec, 1);
      sums.gradient().run();
      sums.solution.fill(7);
      for (const job of [sums.leastSquares(), sums.leastSquaresVariances()]) {
        job.run();
        expect(sums.failedPivot).toBeGreaterThanOrEqual(0);
        expect(sums.condition).toBe(Number.POSITIVE_INFINITY);
      }
      expect(sums.solution.every((value) => value === 7)).toBe(true);
      // A penalty makes them independent.
      sums.diagonal.fill(0.5);
      sums.leastSquares().run();
      expect(sums.failedPivot).toBe(-1);
    }
  }
});

test('values that are not finite end as dependent columns, not in a loop', () => {
  for (const set of availableKernelSets()) {
    const spec = specOf(20, 3, 16);
    spec.x.data[7] = Number.NaN;
    const sums = kernelSet(set).linear(spec, 1);
    sums.gradient().run();
    sums.leastSquares().run();
    expect(sums.condition).toBe(Number.POSITIVE_INFINITY);
  }
});

test('long jobs pause, give the same bits, and stop when aborted', async () => {
  const sums = kernelSet('portable').linear(specOf(3000, 40, 16), 1);
  sums.gradient().run();
  for (const job of [sums.leastSquares(), sums.leastSquaresVariances()]) {
    expect(job.inline).toBe(false);
    job.run();
    const wanted = [...sums.solution, ...sums.variances];
    const controller = new AbortController();
    let breaths = 0;
    const pace: Pace = {
      signal: controller.signal,
      due: () => true,
      breathe: async () => {
        breaths += 1;
      },
    };
    expect(await job.start(pace)).toBe(true);
    expect(breaths).toBeGreaterThan(20);
    expect([...sums.solution, ...sums.variances]).toEqual(wanted);
    controller.abort();
    expect(await job.start(pace)).toBe(false);
  }
});
