// Newton's method for softmax regression: minima against those of NumPy in extended precision
// (test/fixtures/softmax_newton.py) to 1e-8, derivatives against differences, and what has no single minimum.

import { readFileSync } from 'node:fs';
import {
  Dataset,
  fit,
  fitSync,
  GradientDescent,
  kernels,
  LBFGS,
  LogisticRegression,
  l2,
  Newton,
  SoftmaxRegression,
  TrustRegion,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/kernels/random.js';
import { kernelSet } from '../../lib/kernels/select.js';
import { atOnce } from '../../lib/models/at-once.js';
import type { Objective } from '../../lib/models/objective.js';
import { diabetes } from './diabetes.js';

interface Case {
  readonly data: string;
  readonly standardize: boolean;
  readonly l2: number;
  readonly weighted: boolean;
  readonly parameters: readonly number[];
}
interface Fixture {
  readonly sets: Readonly<Record<string, { x?: readonly number[]; columns?: number; labels: readonly number[] }>>;
  readonly cases: readonly Case[];
}
const file = new URL('../fixtures/softmax-newton.json', import.meta.url);
const fixture: Fixture = JSON.parse(readFileSync(file, 'utf8'));

function dataOf({ data, weighted }: Pick<Case, 'data' | 'weighted'>): Dataset {
  const set = fixture.sets[data];
  const labels = set?.labels ?? [];
  const plain = diabetes();
  const x = set?.x === undefined ? plain.x : Float64Array.from(set.x);
  const weights = Float64Array.from(labels, (_, i) => 1 + ((7 * i) % 5) / 2);
  return Dataset.from(x, labels, { columns: set?.columns ?? plain.columns, ...(weighted ? { weights } : {}) });
}

function modelOf({ standardize, l2: strength }: Case): SoftmaxRegression {
  return new SoftmaxRegression({ standardize, ...(strength > 0 ? { penalty: l2(strength) } : {}) });
}

const titled = fixture.cases.map((one) => {
  const how = `${one.standardize ? ', standardised' : ''}${one.weighted ? ', weighted' : ''}`;
  return [`${one.data} l2(${one.l2})${how}`, one] as const;
});

/** Largest difference from the reference, relative to the largest parameter of its column. */
function largestError(model: SoftmaxRegression, reference: readonly number[]): number {
  const each = reference.length / model.classes;
  const columnMost = (j: number): number =>
    Math.max(1e-3, ...reference.filter((_, i) => i % each === j).map((value) => Math.abs(value)));
  return Math.max(
    ...reference.map((wanted, i) => Math.abs((model.parameters[i] as number) - wanted) / columnMost(i % each)),
  );
}

/** What `fit` would hand to a solver. */
function objectiveOf(model: SoftmaxRegression, data: Dataset, set: string): Objective {
  const kernelsOfSet = kernelSet(set);
  const context = { kernels: kernelsOfSet, threads: 2, validation: undefined, initial: undefined, warmStart: false };
  const prepared = atOnce(model.prepare(data, { ...context, seed: 0 }));
  if (prepared === undefined) throw new Error('aborted');
  return prepared.objective;
}

function gradientAt(objective: Objective, at: Float64Array): Float64Array {
  const gradient = new Float64Array(at.length);
  atOnce(objective.answer({ kind: 'value-gradient', at, gradient, value: Number.NaN }));
  return gradient;
}

describe.each(kernels().available)('on %s', (set) => {
  test.each(titled)('Newton finds the minimum of %s', async (_, one) => {
    const model = modelOf(one);
    const result = await fit(model, dataOf(one), { optimizer: new Newton(), kernels: set, tolerance: 1e-10 });
    expect(result.status, result.reason).toBe('converged');
    expect(result.linearSolver?.method).toBe('cholesky');
    expect(result.linearSolver?.condition).toBeGreaterThanOrEqual(1);
    expect(largestError(model, one.parameters)).toBeLessThan(1e-8);
    expect(result.epochs).toBeLessThan(15);
    expect(result.warnings).toEqual([]);
  });

  test('derivatives are what differences say, and the shifts that nothing sees are in no product', () => {
    for (const strength of [0, 0.3]) {
      const one = { data: 'iris', standardize: true, weighted: true, l2: strength, parameters: [] };
      const objective = objectiveOf(modelOf(one), dataOf(one), set);
      const n = objective.layout.size;
      const random = new Random(3);
      const at = Float64Array.from({ length: n }, () => random.uniform() - 0.5);
      gradientAt(objective, at);
      const hessian = new Float64Array(n * n);
      atOnce(objective.answer({ kind: 'hessian', at, hessian }));
      const vector = Float64Array.from({ length: n }, () => random.uniform() - 0.5);
      const product = new Float64Array(n);
      atOnce(objective.answer({ kind: 'hessian-vector', at, vector, product }));
      const step = 1e-5;
      for (let i = 0; i < n; i += 1) {
        const [ahead, behind] = [step, -step].map((by) => {
          const moved = at.slice();
          moved[i] = (moved[i] as number) + by;
          return gradientAt(objective, moved);
        }) as [Float64Array, Float64Array];
        let sum = 0;
        for (let j = 0; j < n; j += 1) {
          const element = hessian[i * n + j] as number;
          expect(element).toBe(hessian[j * n + i]);
          expect(element).toBeCloseTo(((ahead[j] as number) - (behind[j] as number)) / (2 * step), 8);
          sum += element * (vector[j] as number);
        }
        expect(product[i]).toBeCloseTo(sum, 12);
      }
      const shift = Float64Array.from({ length: n }, (_, i) => (i % 5 === 4 || strength === 0 ? 1 : 0));
      atOnce(objective.answer({ kind: 'hessian-vector', at, vector: shift, product }));
      for (const value of product) expect(value).toBeCloseTo(0, 14);
    }
  });

  test('the bound of the curvature is above every Hessian and not far above that at the start', () => {
    const one = { data: 'wine', standardize: true, weighted: false, l2: 0.1, parameters: [] };
    const objective = objectiveOf(modelOf(one), dataOf(one), set);
    const n = objective.layout.size;
    const request = { kind: 'curvature-bound' as const, bound: Number.NaN };
    atOnce(objective.answer(request));
    const at = new Float64Array(n);
    gradientAt(objective, at);
    // Power iteration on the Hessian at zero, where all probabilities are 1/3: λ there is 2/3 of Böhning's ½.
    let vector = Float64Array.from({ length: n }, (_, i) => Math.sin(i + 1));
    let norm = 0;
    for (let count = 0; count < 300; count += 1) {
      const product = new Float64Array(n);
      atOnce(objective.answer({ kind: 'hessian-vector', at, vector, product }));
      norm = Math.hypot(...product);
      vector = product.map((value) => value / norm);
    }
    expect((request.bound - 0.1) / (norm - 0.1)).toBeCloseTo(1.5, 2);
  });

  test('without a penalty the last steps converge quadratically and the classes sum to zero', async () => {
    const one = fixture.cases.find(({ data, l2: strength }) => data === 'diabetes' && strength === 0) as Case;
    const model = modelOf(one);
    const result = await fit(model, dataOf(one), { optimizer: new Newton(), kernels: set });
    const norms = result.history.map(({ gradientNorm }) => gradientNorm);
    const [before, after] = norms.slice(-2) as [number, number];
    expect(after).toBeLessThan(Math.max(100 * before ** 2, 1e-13));
    const each = one.parameters.length / model.classes;
    for (let j = 0; j < each; j += 1) {
      let sum = 0;
      for (let k = 0; k < model.classes; k += 1) sum += model.parameters[k * each + j] as number;
      expect(Math.abs(sum)).toBeLessThan(1e-10);
    }
  });

  test('classes that planes separate: a finite point, converged in the gradient, with a warning', async () => {
    const data = Dataset.from([[0], [1], [5], [6], [10], [11]], [0, 0, 1, 1, 2, 2]);
    const model = new SoftmaxRegression();
    const result = await fit(model, data, { optimizer: new Newton(), kernels: set });
    expect(result.status).toBe('converged');
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]).toMatch(/planes separate the classes.*l2/);
    expect(model.parameters.every(Number.isFinite)).toBe(true);
    expect(model.score(data)).toBe(1);
  });

  test('a class without rows ends with next to no probability; its parameters are finite', async () => {
    const { x, labels, columns } = fixture.sets.iris as { x: number[]; labels: number[]; columns: number };
    const data = Dataset.from(Float64Array.from(x), labels, { columns });
    const model = new SoftmaxRegression({ classes: 4, standardize: true, penalty: l2(0.01) });
    const result = await fit(model, data, { optimizer: new Newton(), kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(model.parameters.every(Number.isFinite)).toBe(true);
    const most = Math.max(...model.predictProbability(data).filter((_, i) => i % 4 === 3));
    expect(most).toBeLessThan(1e-5);
    expect(model.score(data)).toBeGreaterThan(0.9);
  });

  test('a constant column is dependent on the intercept: a shift, and it is said', async () => {
    const plain = diabetes();
    const x = Float64Array.from({ length: plain.rows * 3 }, (_, i) =>
      i % 3 === 2 ? 4 : (plain.x[Math.floor(i / 3) * plain.columns + 2 + (i % 3)] as number),
    );
    const labels = plain.y.map((value) => (value > 180 ? 2 : value > 100 ? 1 : 0));
    const model = new SoftmaxRegression();
    const result = await fit(model, Dataset.from(x, labels, { columns: 3 }), { optimizer: new Newton(), kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(result.warnings[0]).toMatch(/singular.*collinear/);
    const other = new SoftmaxRegression();
    const two = x.filter((_, i) => i % 3 !== 2);
    await fit(other, Dataset.from(two, labels, { columns: 2 }), { optimizer: new Newton(), kernels: set });
    expect(result.loss).toBeLessThan(1.1);
    for (const k of [0, 1, 2]) {
      for (const j of [0, 1]) expect(model.parameters[4 * k + j]).toBeCloseTo(other.parameters[3 * k + j] as number, 6);
    }
  });
});

test('two classes are logistic regression, digit for digit', () => {
  const plain = diabetes();
  const labels = plain.y.map((value) => (value > 140 ? 1 : 0));
  const data = Dataset.from(plain.x, labels, { columns: plain.columns });
  const softmax = new SoftmaxRegression({ standardize: true });
  fitSync(softmax, data);
  const logistic = new LogisticRegression({ standardize: true });
  fitSync(logistic, data);
  const each = data.columns + 1;
  for (let j = 0; j < each; j += 1) {
    const [a, b] = [softmax.parameters[j] as number, softmax.parameters[each + j] as number];
    expect((b - a) / (logistic.parameters[j] as number)).toBeCloseTo(1, 9);
  }
});

test('few parameters are found by Newton, many by LBFGS; others may be named', () => {
  const small = fixture.cases[2] as Case;
  expect(fitSync(modelOf(small), dataOf(small)).optimizer).toBe('Newton');
  const large = fixture.cases[3] as Case;
  expect(fitSync(modelOf(large), dataOf(large), { epochs: 2 }).optimizer).toBe('LBFGS');
  for (const optimizer of [new LBFGS(), new TrustRegion(), new TrustRegion({ subproblem: 'steihaug' })]) {
    const model = modelOf(small);
    const result = fitSync(model, dataOf(small), { optimizer, tolerance: 1e-9 });
    expect(result.status, `${optimizer.name}: ${result.reason}`).toBe('converged');
    expect(largestError(model, small.parameters)).toBeLessThan(1e-5);
  }
  const descent = fitSync(modelOf(small), dataOf(small), { optimizer: new GradientDescent(), epochs: 50 });
  expect(descent.status, descent.reason).not.toBe('diverged');
  expect(descent.loss).toBeLessThan(descent.history[0]?.loss as number);
});

test('any number of threads gives the same bits', async () => {
  const one = fixture.cases[1] as Case;
  const [first, second] = [1, 3].map((threads) => {
    const model = modelOf(one);
    fitSync(model, dataOf(one), { optimizer: new Newton(), threads });
    return model.parameters;
  });
  expect(second).toEqual(first);
});
