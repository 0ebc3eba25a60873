// The five classic methods reach the minimum on every kernel set with the rates of
// five-methods.ts, give the same bits within a class at any number of threads, and
// stand in docs/methods.md as they were run. Then the errata of common texts, each
// shown by a run; [M1] and so on are their numbers on that page.

import { readFileSync } from 'node:fs';
import * as gradus from 'gradus';
import {
  AdaGrad,
  Dataset,
  exponentialDecay,
  type FitResult,
  fitSync,
  GradientDescent,
  inverseTimeDecay,
  kernels,
  LinearRegression,
  Newton,
  SGD,
  StandardScaler,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { bitClass } from '../../lib/kernels/kernels.js';
import { diabetes, relativeDistance } from './diabetes.js';
import { emulated } from './left-out.js';
import { fiveMethods, type Method } from './five-methods.js';

const data = diabetes();
const page = readFileSync(new URL('../../docs/methods.md', import.meta.url), 'utf8');
const minimum = fitSync(new LinearRegression({ standardize: true }), data).loss;

interface Run {
  readonly result: FitResult;
  readonly parameters: Float64Array;
}

function run({ optimizer, options }: Method, set: string, threads = 1): Run {
  const model = new LinearRegression({ standardize: true });
  const result = fitSync(model, data, { optimizer, ...options, kernels: set, threads });
  return { result, parameters: model.parameters };
}

const sets = kernels().available;

describe.skipIf(emulated).each(fiveMethods)('$name', (method) => {
  test.each(sets)('reaches the minimum on %s', (set) => {
    const { result } = run(method, set);
    expect(result.loss / minimum - 1).toBeLessThan(method.within);
    expect(result.status).toBe(method.optimizer instanceof SGD ? 'completed' : 'converged');
    expect(result.elapsedMs).toBeLessThan(3000);
  });

  test('gives the same bits on the sets of a class, with one thread and with three', () => {
    const bits = new Map<string, Float64Array>();
    for (const set of sets) {
      for (const threads of [1, 3]) {
        const { parameters } = run(method, set, threads);
        const wanted = bits.get(bitClass(set)) ?? parameters;
        bits.set(bitClass(set), wanted);
        expect(parameters).toEqual(wanted);
      }
    }
  });

  test('stands in docs/methods.md as it is run here', () => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${method.name}, ${method.chinese} |`)) ?? '';
    const [code, options] = [...row.matchAll(/`(new [^`]+|\{[^`]*\})`/g)].map(([, text]) => text as string);
    const shown = evaluate(`[${code}, ${options ?? '{}'}]`) as [Method['optimizer'], Method['options']];
    expect(shown[0].describe()).toEqual(method.optimizer.describe());
    expect(shown[1]).toEqual(method.options);
    for (const set of sets) {
      const { result } = run(method, set);
      const height = Math.max(0, result.loss / minimum - 1);
      const text = height < 1e-12 ? 'below 1e-12' : height.toExponential(0);
      expect(row).toContain(`| ${result.steps.toLocaleString('en-GB')} | ${text} |`);
    }
  });
});

test('the five are the five of the issue, in its order', () => {
  expect(fiveMethods.map(({ chinese }) => chinese)).toEqual([
    '梯度下降法',
    '随机梯度下降法',
    '动态学习率',
    '自适应学习率',
    '第二阶差分法',
  ]);
  const kinds = [GradientDescent, SGD, GradientDescent, AdaGrad, Newton];
  fiveMethods.forEach(({ optimizer }, i) => {
    expect(optimizer).toBeInstanceOf(kinds[i]);
  });
});

/** The value of an expression in the public names of the package. */
function evaluate(expression: string): unknown {
  return new Function(...Object.keys(gradus), `return ${expression}`)(...Object.values(gradus));
}

// What the errata are about, in plain loops: standardised rows, then an intercept.
const scaler = new StandardScaler().fit(data);
const scaled = scaler.transform(data);
const { rows: n, columns: d, y } = scaled;
const z = scaled.x;

function residual(i: number, at: ArrayLike<number>): number {
  let sum = (at[d] as number) - (y[i] as number);
  for (let j = 0; j < d; j += 1) sum += (z[i * d + j] as number) * (at[j] as number);
  return sum;
}

function loss(at: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += residual(i, at) ** 2;
  return sum / (2 * n);
}

/** (1/n)·Σ r·(z, 1) over some rows: the right gradient. */
function gradient(at: ArrayLike<number>, rows: readonly number[]): Float64Array {
  const out = new Float64Array(d + 1);
  for (const i of rows) {
    const r = residual(i, at) / rows.length;
    for (let j = 0; j < d; j += 1) out[j] = (out[j] as number) + r * (z[i * d + j] as number);
    out[d] = (out[d] as number) + r;
  }
  return out;
}

const all = Array.from({ length: n }, (_, i) => i);
const somewhere = Float64Array.from({ length: d + 1 }, (_, j) => (j === d ? 100 : 10 * Math.sin(j)));

function centralDifferences(at: Float64Array): Float64Array {
  return at.map((_, j) => {
    const shifted = (by: number): number => loss(at.map((value, k) => (k === j ? value + by : value)));
    return (shifted(1e-3) - shifted(-1e-3)) / 2e-3;
  });
}

/** Descent that uses the multiplier m(s) of s = Σg²; the losses after each step. */
function adaptiveDescent(rate: number, multiplier: (s: number) => number, steps: number, single = false): number[] {
  const at = new Float64Array(d + 1);
  const s = new Float64Array(d + 1);
  const losses = [loss(at)];
  for (let step = 0; step < steps; step += 1) {
    const g = gradient(at, single ? [(step * 37) % n] : all);
    g.forEach((value, j) => {
      s[j] = (s[j] as number) + value * value;
      at[j] = (at[j] as number) - rate * multiplier(s[j] as number) * value;
    });
    if (!single || step % 100 === 99) losses.push(loss(at));
    if (!Number.isFinite(losses.at(-1))) break;
  }
  return losses;
}

describe.skipIf(emulated)('errata of common texts', () => {
  const printed = (s: number): number => s / Math.sqrt(s + 1e-10);
  const right = (s: number): number => 1 / (Math.sqrt(s) + 1e-10);

  test('[M1] the multiplier s/√(s+ε) grows with s and diverges; 1/(√s+ε) does what Gradus does', () => {
    expect([1, 10, 100, 1000].map(printed)).toEqual([...[1, 10, 100, 1000].map(printed)].sort((a, b) => a - b));
    expect(printed(1e6) / printed(1)).toBeGreaterThan(999);
    for (const rate of [30, 1, 0.01]) {
      expect(adaptiveDescent(rate, printed, 300).at(-1)).not.toBeLessThan(1e6 * minimum);
    }
    // Single rows have gradients that never fade: a rate that does well at first diverges later.
    const single = adaptiveDescent(1e-5, printed, 44_200, true);
    expect(Math.min(...single.filter(Number.isFinite)) / minimum).toBeLessThan(1.03);
    expect(single.at(-1)).not.toBeLessThan(1e6 * minimum);
    expect(100 * single.length).toBeGreaterThan(29_000);
    const losses = adaptiveDescent(30, right, 300);
    const { history } = fitSync(new LinearRegression({ standardize: true }), data, {
      optimizer: new AdaGrad({ learningRate: 30 }),
      batchSize: n,
      epochs: 300,
    });
    history.forEach((record, k) => {
      expect(record.loss / (losses[k + 1] as number)).toBeCloseTo(1, 10);
    });
  });

  test('[M2] the gradient is +(1/n)·Σ(ŷ − y)·x, with a component for the intercept', () => {
    const differences = centralDifferences(somewhere);
    expect(relativeDistance(gradient(somewhere, all), differences)).toBeLessThan(1e-8);
    const step = 1e-3;
    const model = new LinearRegression();
    const optimizer = new GradientDescent({ learningRate: step });
    fitSync(model, scaled, { optimizer, initial: somewhere, epochs: 1, tolerance: 0 });
    const ours = model.parameters.map((value, j) => ((somewhere[j] as number) - value) / step);
    expect(relativeDistance(ours, differences)).toBeLessThan(1e-8);
    const wrong = differences.map((value) => -value);
    expect(loss(somewhere.map((value, j) => value - step * (wrong[j] as number)))).toBeGreaterThan(loss(somewhere));
    expect(Math.abs(differences[d] as number)).toBeGreaterThan(10);
  });

  test('[M3] without its component the intercept stays where it was, and the loss nine times too high', () => {
    let at = new Float64Array(d + 1);
    for (let step = 0; step < 1000; step += 1) {
      const g = gradient(at, all);
      at = at.map((value, j) => (j === d ? value : value - 0.4 * (g[j] as number)));
    }
    expect(at[d]).toBe(0);
    expect(loss(at) / minimum).toBeGreaterThan(9);
  });

  test('[M4] schedules count from 0: the first step has the initial rate', () => {
    const schedules = [exponentialDecay(0.4, 0.9), inverseTimeDecay(0.4, 0.1)];
    for (const learningRate of schedules) {
      expect(learningRate(0)).toBe(0.4);
      const optimizer = new GradientDescent({ learningRate });
      const { history } = fitSync(new LinearRegression({ standardize: true }), data, { optimizer, epochs: 3 });
      expect(history.map((record) => record.learningRate)).toEqual([0, 1, 2].map(learningRate));
    }
    for (const step of [0, 1, 10])
      expect(exponentialDecay(0.4 * 0.9, 0.9)(step)).toBeCloseTo(0.4 * 0.9 ** (step + 1), 14);
  });

  test('[M5] the gradient of a batch is a mean: repeating every row leaves the path where it was', () => {
    const x = Array.from({ length: 2 * n }, (_, i) => Array.from(z.subarray((i >> 1) * d, ((i >> 1) + 1) * d)));
    const twice = Dataset.from(
      x,
      x.map((_, i) => y[i >> 1] as number),
    );
    const path = (rows: Dataset, learningRate: number): FitResult =>
      fitSync(new LinearRegression(), rows, { optimizer: new GradientDescent({ learningRate }), epochs: 50 });
    const once = path(scaled, 0.4).history;
    path(twice, 0.4).history.forEach(({ loss: value }, k) => {
      expect(value / (once[k]?.loss as number)).toBeCloseTo(1, 12);
    });
    // The sum over twice the rows is the mean at twice the rate, and 0.8 is above 2/L.
    expect(path(scaled, 0.8).status).toBe('diverged');
  });
});
