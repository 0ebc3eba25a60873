// The two loops of L-BFGS on every kernel set: the same bits inside a class, the answer
// of the small loops in the solver, and what wrong sizes give.

import { describe, expect, test } from 'vitest';
import { bitClass, type LimitedMemory } from '../../../lib/kernels/kernels.js';
import { Random } from '../../../lib/kernels/random.js';
import { availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';

const random = new Random(5);
const numbers = (n: number): Float64Array => Float64Array.from({ length: n }, () => 2 * random.uniform() - 1);

function memoryOf(n: number, room: number, pairs: number, next: number): LimitedMemory {
  const steps = numbers(n * room);
  const changes = steps.map((s, i) => s * (1 + ((i % n) % 5)));
  const inverses = new Float64Array(room);
  for (let k = 0; k < room; k += 1) {
    let sum = 0;
    for (let i = k * n; i < (k + 1) * n; i += 1) sum += (steps[i] as number) * (changes[i] as number);
    inverses[k] = 1 / sum;
  }
  return { steps, changes, inverses, weights: new Float64Array(room), pairs, next, scale: 0.3 };
}

describe.each([
  [1, 1, 1, 0],
  [5, 3, 2, 2],
  [100, 10, 10, 3],
  [1000, 10, 7, 0],
  [4097, 4, 4, 1],
])('%s numbers, room for %s pairs, %s in use', (n, room, pairs, next) => {
  test('all sets of a class give the same bits, and classes agree', () => {
    const memory = memoryOf(n, room, pairs, next);
    const gradient = numbers(n);
    const results = availableKernelSets().map((name) => {
      const direction = new Float64Array(n);
      const slope = kernelSet(name).limitedMemoryDirection(memory, gradient, direction);
      return { name, slope, direction };
    });
    for (const { name, slope, direction } of results) {
      const first = results.find((other) => bitClass(other.name) === bitClass(name));
      expect(direction).toEqual(first?.direction);
      expect(slope).toBe(first?.slope);
      expect(slope).toBeLessThan(0);
      for (let i = 0; i < n; i += 1) expect(direction[i]).toBeCloseTo(results[0]?.direction[i] as number, 10);
    }
  });
});

test.each(availableKernelSets().filter((name) => name !== 'portable'))('%s refuses arrays of other sizes', (name) => {
  const memory = memoryOf(8, 3, 3, 0);
  const kernels = kernelSet(name);
  const gradient = numbers(8);
  expect(() => kernels.limitedMemoryDirection({ ...memory, steps: numbers(7) }, gradient, numbers(8))).toThrow();
  expect(() => kernels.limitedMemoryDirection({ ...memory, pairs: 4 }, gradient, numbers(8))).toThrow();
  expect(() => kernels.limitedMemoryDirection({ ...memory, next: 3 }, gradient, numbers(8))).toThrow();
  expect(() => kernels.limitedMemoryDirection(memory, gradient, numbers(9))).toThrow();
});
