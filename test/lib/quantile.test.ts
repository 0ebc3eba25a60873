// Quantile regression: vertices of linear programmes from scikit-learn (test/fixtures/quantile_regression.py) to 1e-9, what
// the dual variables prove, the corners of the problem, and who is refused, on every kernel set.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Dataset,
  elasticNet,
  fit,
  fitSync,
  InteriorPoint,
  kernels,
  LinearRegression,
  l1,
  l2,
  type Penalty,
  quantile,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { kernelSet } from '../../lib/kernels/select.js';
import type { QuantileObjective } from '../../lib/models/quantile-objective.js';
import { atOnce } from '../../lib/models/at-once.js';
import { train } from '../../lib/training/train.js';
import { diabetes } from './diabetes.js';

interface Case {
  readonly data: 'engel' | 'diabetes';
  readonly tau: number;
  readonly weighted: boolean;
  readonly l1: number;
  readonly parameters: readonly number[];
  readonly loss: number;
}
interface Ridge {
  readonly tau: number;
  readonly l2: number;
  readonly rows: number;
  readonly coefficients: readonly number[];
  readonly loss: number;
}
const file = new URL('../fixtures/quantile-regression.json', import.meta.url);
const fixture: {
  readonly engel: { readonly income: readonly number[]; readonly foodexp: readonly number[] };
  readonly cases: readonly Case[];
  readonly ridge: readonly Ridge[];
} = JSON.parse(readFileSync(file, 'utf8'));

const sets = {
  engel: Dataset.from(Float64Array.from(fixture.engel.income), fixture.engel.foodexp, { columns: 1 }),
  diabetes: diabetes(),
};

function dataOf({ data, weighted }: Case): Dataset {
  const { x, y, columns } = sets[data];
  if (!weighted) return sets[data];
  const weights = Float64Array.from(y, (_, i) => (i % 10 === 2 ? 0 : 1 + ((7 * i) % 5) / 2));
  return Dataset.from(x, y, { columns, weights });
}

function modelOf(tau: number, penalty?: Penalty, standardize = false): LinearRegression {
  return new LinearRegression({ loss: quantile(tau), standardize, ...(penalty ? { penalty } : {}) });
}

function largestError(model: LinearRegression, reference: readonly number[]): number {
  const most = Math.max(...reference.map(Math.abs));
  return Math.max(
    ...reference.map(
      (wanted, j) => Math.abs((model.parameters[j] as number) - wanted) / Math.max(Math.abs(wanted), 1e-3 * most),
    ),
  );
}

const titled = fixture.cases.map((one) => {
  const how = `${one.weighted ? ', weighted' : ''}${one.l1 > 0 ? `, l1(${one.l1})` : ''}`;
  return [`${one.data} at ${one.tau}${how}`, one] as const;
});

describe.each(kernels().available)('on %s', (set) => {
  test.each(titled)('%s is the vertex of the linear programme', async (_, one) => {
    const model = modelOf(one.tau, one.l1 > 0 ? l1(one.l1) : undefined);
    const result = await fit(model, dataOf(one), { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(result.reason).toMatch(/^duality gap .* ≤ tolerance 1e-8: the exact solution/);
    expect(result.optimizer).toBe('InteriorPoint');
    expect(largestError(model, one.parameters)).toBeLessThan(1e-9);
    expect(result.loss / one.loss - 1).toBeLessThan(1e-12);
    expect(result.gradientNorm).toBeLessThan(1e-10);
    expect(result.gapBound).toBeLessThan(1e-10);
    expect(result.epochs).toBeLessThan(25);
    expect(result.warnings).toEqual([]);
    expect(model.coefficients.filter((value) => value === 0)).toHaveLength(
      one.parameters.slice(0, -1).filter((value) => value === 0).length,
    );
  });

  test('standardised columns have the same vertex', async () => {
    for (const one of fixture.cases.slice(5, 10)) {
      const model = modelOf(one.tau, undefined, true);
      const result = await fit(model, dataOf(one), { kernels: set });
      expect(result.status).toBe('converged');
      expect(largestError(model, one.parameters)).toBeLessThan(1e-9);
    }
  });

  test('a ridge penalty: the minimum of the quadratic programme, proved by its dual', async () => {
    for (const one of fixture.ridge) {
      const { x, y, columns } = sets.diabetes;
      const data = Dataset.from(x.slice(0, one.rows * columns), y.slice(0, one.rows), { columns });
      const model = modelOf(one.tau, l2(one.l2), true);
      const result = await fit(model, data, { kernels: set });
      expect(result.status, result.reason).toBe('converged');
      expect(result.loss).toBeLessThanOrEqual(one.loss * (1 + 1e-12));
      one.coefficients.forEach((wanted, j) => {
        expect(Math.abs((model.coefficients[j] as number) / wanted - 1)).toBeLessThan(1e-3);
      });
      expect(result.gradientNorm).toBeLessThan(1e-12);
    }
  });

  test('factors of a penalty: columns without a share of it are as free as the intercept', async () => {
    const data = sets.diabetes;
    const factors = Array.from({ length: data.columns }, (_, j) => (j % 3 === 0 ? 0 : 1 + (j % 2)));
    for (const penalty of [l1(0.05, { factors }), l2(0.05, { factors }), elasticNet(0.05, 0.4, { factors })]) {
      const model = modelOf(0.4, penalty, true);
      const result = await fit(model, data, { kernels: set });
      expect(result.status, result.reason).toBe('converged');
      expect(result.gapBound).toBeLessThan(1e-10);
      expect(result.gradientNorm).toBeLessThan(1e-10);
    }
    const free = modelOf(0.4, l1(1e4, { factors }), true);
    const result = await fit(free, data, { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    free.coefficients.forEach((value, j) => {
      expect(value === 0, `coefficient ${j}`).toBe(j % 3 !== 0);
    });
  });

  test('elastic net: no parameter can move without a rise', async () => {
    const model = modelOf(0.3, elasticNet(0.5, 0.5), true);
    const data = sets.diabetes;
    const result = await fit(model, data, { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(model.coefficients.some((value) => value === 0)).toBe(true);
    const at = model.parameters;
    for (let j = 0; j < at.length; j += 1) {
      for (const by of [-1e-3, 1e-3]) {
        const moved = at.map((value, i) => (i === j ? value + by * Math.max(1, Math.abs(value)) : value));
        expect(objective(data, moved, 0.3, 0.25, 0.25)).toBeGreaterThan(result.loss);
      }
    }
    expect(objective(data, at, 0.3, 0.25, 0.25) / result.loss).toBeCloseTo(1, 11);
  });

  test('fewer rows than parameters, and residuals that can all be 0', async () => {
    const x = [
      [1, 2, 3, 1],
      [2, 0, 1, 4],
      [0, 1, 1, 1],
    ];
    const short = modelOf(0.4);
    const few = await fit(short, Dataset.from(x, [1, 2, 5]), { kernels: set });
    expect(few.status, few.reason).toBe('converged');
    expect(few.loss).toBeLessThan(1e-8);
    const exact = modelOf(0.9);
    const line = Dataset.from([[0], [1], [2], [3], [4]], [1, 3, 5, 7, 9]);
    const result = await fit(exact, line, { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(exact.parameters[0]).toBeCloseTo(2, 12);
    expect(exact.parameters[1]).toBeCloseTo(1, 12);
  });

  test('a target that does not vary, and one that is 0', async () => {
    for (const value of [5, 0]) {
      const model = modelOf(0.75);
      const result = await fit(model, Dataset.from([[1], [2], [4], [7]], [value, value, value, value]), {
        kernels: set,
      });
      expect(result.status, result.reason).toBe('converged');
      expect(model.coefficients[0]).toBeCloseTo(0, 12);
      expect(model.intercept).toBeCloseTo(value, 12);
      expect(model.score(Dataset.from([[1], [2]], [value, value]))).toBeNaN();
    }
  });

  test('columns that depend on each other: the same predictions, and a warning', async () => {
    const { income, foodexp } = fixture.engel;
    const twice = Dataset.from(
      income.map((value) => [value, 2 * value]),
      foodexp,
    );
    const model = modelOf(0.5);
    const result = await fit(model, twice, { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(result.warnings[0]).toMatch(/singular.*collinear/);
    const reference = fixture.cases.find(({ data, tau }) => data === 'engel' && tau === 0.5) as Case;
    expect(result.loss / reference.loss - 1).toBeLessThan(1e-9);
    const [a = 0, b = 0] = model.coefficients;
    expect(a + 2 * b).toBeCloseTo(reference.parameters[0] as number, 5);
  });

  test('a minimum that is not unique: one of its points, and a warning', async () => {
    const even = Dataset.from([[0], [0], [1], [1]], [1, 2, 5, 9]);
    const model = modelOf(0.5);
    const result = await fit(model, even, { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(result.loss).toBeCloseTo((0.5 * 1 + 0.5 * 4) / 4, 9);
    expect(result.warnings.join()).toMatch(/not unique/);
  });

  test('a ridge penalty that leaves the intercept an interval: the coefficients are exact all the same', async () => {
    const even = Dataset.from([[0], [0], [1], [1]], [1, 2, 5, 9]);
    const model = modelOf(0.5, l2(10));
    const result = await fit(model, even, { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    // d is −½ in the first rows and ½ in the others: Λθ = Zᵀd = 1, Λ = 40.
    expect(model.coefficients[0]).toBeCloseTo(1 / 40, 14);
    expect(model.intercept).toBeGreaterThan(2);
    expect(model.intercept).toBeLessThan(4.975);
    expect(result.warnings.join()).toMatch(/not unique/);
  });

  test('ties: many residuals are 0 at once', async () => {
    const x = Array.from({ length: 90 }, (_, i) => [i % 3, Math.floor(i / 3) % 3]);
    const y = x.map(([a = 0, b = 0], i) => (i < 60 ? 1 + 2 * a - b : 1 + 2 * a - b + ((i % 7) - 3)));
    const model = modelOf(0.5);
    const result = await fit(model, Dataset.from(x, y), { kernels: set });
    expect(result.status, result.reason).toBe('converged');
    expect(result.epochs).toBeLessThan(40);
    [2, -1, 1].forEach((wanted, j) => {
      expect(model.parameters[j]).toBeCloseTo(wanted, 9);
    });
  });

  test('scales of targets and columns change nothing but scales', async () => {
    const one = fixture.cases[7] as Case;
    const { x, y, columns } = sets.diabetes;
    for (const [ofX, ofY] of [
      [1e-6, 1],
      [1e5, 1e-5],
      [1, 1e7],
    ] as const) {
      const model = modelOf(one.tau);
      const data = Dataset.from(
        x.map((value) => value * ofX),
        y.map((value) => value * ofY),
        { columns },
      );
      const result = await fit(model, data, { kernels: set });
      expect(result.status, result.reason).toBe('converged');
      one.parameters.forEach((wanted, j) => {
        const scaled = (model.parameters[j] as number) * (j < columns ? ofX / ofY : 1 / ofY);
        expect(Math.abs(scaled - wanted)).toBeLessThan(1e-8 * Math.max(1, Math.abs(wanted)));
      });
    }
  });
});

/** Of a fit on standardised columns, λ₁ and λ₂ acting there. */
function objective(data: Dataset, at: Float64Array, tau: number, lasso: number, ridge: number): number {
  const { x, y, columns, rows } = data;
  let loss = 0;
  for (let i = 0; i < rows; i += 1) {
    let r = (y[i] as number) - (at[columns] as number);
    for (let j = 0; j < columns; j += 1) r -= (x[i * columns + j] as number) * (at[j] as number);
    loss += r * (r < 0 ? tau - 1 : tau);
  }
  let penalty = 0;
  for (let j = 0; j < columns; j += 1) {
    const column = Float64Array.from({ length: rows }, (_, i) => x[i * columns + j] as number);
    const mean = column.reduce((sum, value) => sum + value, 0) / rows;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    const scaled = (at[j] as number) * deviation;
    penalty += lasso * Math.abs(scaled) + (ridge / 2) * scaled * scaled;
  }
  return loss / rows + penalty;
}

test('float32 rows, views and any number of threads give the vertex of the same rows', () => {
  const { x, y, columns } = sets.diabetes;
  const narrow = Dataset.from(Float32Array.from(x), y, { columns });
  const wide = Dataset.from(Float64Array.from(Float32Array.from(x)), y, { columns });
  const [a, b] = [narrow, wide].map((data) => {
    const model = modelOf(0.25);
    fitSync(model, data, { threads: 3 });
    return model.parameters;
  });
  expect(a).toEqual(b);
  const { train } = sets.diabetes.split({ test: 0.3, seed: 2 });
  const [view, copy] = [train, Dataset.from(train.x as Float64Array, train.y)].map((data) => {
    const model = modelOf(0.6);
    fitSync(model, data, { threads: 1 });
    return model.parameters;
  });
  expect(view).toEqual(copy);
});

test('a fit from a start ends at the same vertex; validation is the loss without the penalty', () => {
  const { train, test: held } = sets.diabetes.split({ test: 0.3, seed: 2 });
  const model = modelOf(0.5, l1(0.1));
  const result = fitSync(model, train, { validation: held });
  const predicted = model.predict(held);
  const loss = held.y.reduce((sum, value, i) => sum + Math.abs(value - (predicted[i] as number)), 0) / (2 * held.rows);
  expect((result.validationLoss as number) / loss).toBeCloseTo(1, 12);
  const again = fitSync(model, train, { warmStart: true });
  expect(again.converged).toBe(true);
  expect(again.loss / result.loss).toBeCloseTo(1, 13);
});

test('a run goes on from its checkpoint with the same bits', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-quantile-'));
  try {
    const checkpoint = { path: join(folder, 'run'), everyEpochs: 1, resume: true };
    const whole = modelOf(0.25);
    const expected = await fit(whole, sets.diabetes);
    const model = modelOf(0.25);
    const first = await fit(model, sets.diabetes, { checkpoint, epochs: 4 });
    expect(first.status).toBe('completed');
    const second = await fit(model, sets.diabetes, { checkpoint });
    expect(second.status).toBe('converged');
    expect(second.epochs).toBe(expected.epochs);
    expect(model.parameters).toEqual(whole.parameters);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an abort ends the fit between two jobs and leaves a finite point', async () => {
  const rows = 60_000;
  const x = Float64Array.from({ length: rows * 20 }, (_, i) => Math.sin(i * i));
  const y = Float64Array.from({ length: rows }, (_, i) => Math.cos(3 * i) + (x[20 * i] as number));
  const controller = new AbortController();
  const model = modelOf(0.5);
  const result = await fit(model, Dataset.from(x, y, { columns: 20 }), {
    signal: controller.signal,
    onEpoch: ({ epoch }) => epoch === 2 && controller.abort(new Error('enough')),
  });
  expect(result.status).toBe('aborted');
  expect(model.parameters.every(Number.isFinite)).toBe(true);
});

test('score is D² of the pinball loss; JSON brings the model back', () => {
  const data = sets.engel;
  const model = modelOf(0.5);
  const result = fitSync(model, data);
  const sorted = data.y.slice().sort();
  const median = sorted[117] as number;
  const constant = data.y.reduce((sum, value) => sum + Math.abs(value - median), 0) / (2 * data.rows);
  expect(model.score(data)).toBeCloseTo(1 - result.loss / constant, 12);
  const doubled = Dataset.from(data.x, data.y, { columns: 1, weights: new Float64Array(data.rows).fill(2) });
  expect(model.score(doubled)).toBeCloseTo(model.score(data), 12);
  const again = LinearRegression.fromJSON(JSON.stringify(model));
  expect(again.predict(data)).toEqual(model.predict(data));
  expect(again.toJSON()).toEqual(model.toJSON());
  expect(again.score(data)).toBe(model.score(data));
});

test('the objective knows how far above its minimum the answer is at most', () => {
  const context = { kernels: kernelSet(kernels().name), threads: 1, validation: undefined, initial: undefined };
  const prepared = atOnce(modelOf(0.5).prepare(sets.engel, { ...context, warmStart: false, seed: 0 }));
  const objective = prepared?.objective as QuantileObjective;
  const options = { epochs: undefined, tolerance: 1e-8, validation: undefined, checkpoint: undefined };
  const silent = { onEpoch: undefined, earlyStopping: undefined, signal: undefined };
  const outcome = atOnce(train(objective, new InteriorPoint(), new Float64Array(2), { ...options, ...silent }));
  expect(atOnce(objective.gapBound(outcome.parameters))).toBeLessThan(1e-10);
  expect(atOnce(objective.gapBound(outcome.parameters.map((value) => value + 1)))).toBeUndefined();
  prepared?.dispose();
});
