// The pointwise losses of every kernel set, through the sums of a linear predictor:
// gradients and curvatures against differences, values against their definitions, and
// the derivative of one row that the single-row steps of the portable set take.

import { describe, expect, test } from 'vitest';
import { type LinearSpec, type LossName, lossNumbers } from '../../../lib/kernels/kernels.js';
import { derivatives, lossKernels } from '../../../lib/kernels/portable/losses.js';
import { Random } from '../../../lib/kernels/random.js';
import { allocateDoubles, allocateStorage, availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';

const random = new Random(12);
const numbers = (n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => low + (high - low) * random.uniform());
const losses = Object.keys(lossNumbers) as LossName[];

function specOf(loss: LossName): LinearSpec {
  const [rows, columns] = [137, 5];
  const x = allocateStorage(rows * columns, 'float64');
  x.data.set(numbers(rows * columns));
  const y = allocateDoubles(rows);
  y.data.set(numbers(rows, 0, 1).map((v) => (v < 0.3 ? 0 : v < 0.7 ? 1 : v)));
  const weights = allocateDoubles(rows);
  weights.data.set(numbers(rows, 0, 2));
  // A number that each of the losses can have: Tweedie's curvature is that of the gradient between powers 1 and 2.
  const lossParameter = loss === 'tweedie' ? 1.4 : 0.4;
  return {
    ...{ x, rows, columns, y, weights, loss, list: undefined, shift: undefined, scale: undefined },
    lossParameter,
    intercept: true,
  };
}

describe.each(availableKernelSets())('losses on %s', (set) => {
  test.each(losses)('%s: the gradient is the slope of the value, the curvature that of the gradient', (loss) => {
    const spec = specOf(loss);
    const sums = kernelSet(set).linear(spec, 1);
    const p = sums.size;
    const at = numbers(p);
    const gradientAt = (theta: Float64Array): Float64Array => {
      sums.parameters.set(theta);
      sums.gradient().run();
      return sums.sums.slice(p * p);
    };
    const gradient = gradientAt(at);
    sums.gram().run();
    const gram = sums.sums.slice(0, p * p);
    const step = 1e-6;
    for (let j = 0; j < p; j += 1) {
      const ahead = gradientAt(at.map((v, i) => (i === j ? v + step : v)));
      const behind = gradientAt(at.map((v, i) => (i === j ? v - step : v)));
      const slope = (i: number): number => ((ahead[i] as number) - (behind[i] as number)) / (2 * step);
      expect(Math.abs(slope(p) - (gradient[j] as number))).toBeLessThan(1e-6);
      // Huber's curvature and that of the squared hinge jump between the two points.
      for (let i = j; i < p && loss !== 'huber' && loss !== 'squaredHinge'; i += 1) {
        expect(Math.abs(slope(i) - (gram[i * p + j] as number))).toBeLessThan(1e-6);
      }
    }
  });

  test('logistic loss keeps its digits where one class is certain', () => {
    for (const eta of [-700, -50, -30, -1, 0.01, 1, 30, 50, 700]) {
      for (const y of [0, 1]) {
        const x = allocateStorage(1, 'float64');
        x.data[0] = eta;
        const target = allocateDoubles(1);
        target.data[0] = y;
        const sums = kernelSet(set).linear(
          { ...specOf('logistic'), x, y: target, rows: 1, columns: 1, weights: undefined, intercept: false },
          1,
        );
        sums.parameters[0] = 1;
        sums.gradient().run();
        sums.gram().run();
        const [gram, gradient, loss] = sums.sums as unknown as [number, number, number];
        const margin = y === 1 ? eta : -eta;
        const rest = 1 / (1 + Math.exp(margin));
        const close = (got: number, wanted: number): void => expect(Math.abs(got / wanted - 1)).toBeLessThan(4e-16 * 4);
        close(loss, margin < 0 ? -margin + Math.log1p(Math.exp(margin)) : Math.log1p(Math.exp(-margin)));
        close(gradient, (y === 1 ? -1 : 1) * rest * eta);
        close(gram, rest * (1 / (1 + Math.exp(-margin))) * eta * eta);
      }
    }
  });
});

test('the derivative of a single row is the one of the loss over rows', () => {
  for (const loss of losses) {
    const eta = Float64Array.of(...numbers(200, -9, 9), 0, -0, 745, -745, Infinity, -Infinity, Number.NaN);
    const n = eta.length;
    const y = Float64Array.from({ length: n }, (_, i) => [0, 1, 0.3][i % 3] as number);
    const [derivative, curvature] = [new Float64Array(n), new Float64Array(n)];
    lossKernels[loss]({ eta, y, weights: undefined, first: 0, derivative, curvature }, n, 0.4, new Float64Array(16));
    expect(Array.from(eta, (v, i) => derivatives[loss](v, y[i] as number, 0.4))).toEqual([...derivative]);
  }
});
