// Which way Newton's system of a linear objective is solved, and what the result tells
// of it: Cholesky, QR, a shift, and a copy too large for QR.

import { Dataset, fit, fitSync, GradientDescent, huber, kernels, LinearRegression, l2 } from 'gradus';
import { describe, expect, test } from 'vitest';
import { type Kernels, type LinearSums, smallJob } from '../../lib/kernels/kernels.js';
import { Random } from '../../lib/kernels/random.js';
import { squared } from '../../lib/losses/loss.js';
import { LinearObjective } from '../../lib/models/linear-objective.js';
import { type NewtonDirectionRequest, newtonDirectionRequest } from '../../lib/optimizers/solver.js';

const wave = (i: number): number[] => [Math.sin(i), Math.cos(3 * i)];
const near = Array.from({ length: 300 }, (_, i) => wave(i));
const far = near.map((row) => row.map((value) => value + 1e3));
const y = near.map(([a = 0, b = 0], i) => a - 2 * b + 0.1 * Math.sin(7 * i));

describe.each(kernels().available)('on %s', (set) => {
  test('Cholesky where it keeps the digits, QR where it does not', async () => {
    const result = await fit(new LinearRegression(), Dataset.from(near, y), { kernels: set });
    expect(result.linearSolver?.method).toBe('cholesky');
    expect(result.linearSolver?.condition).toBeLessThan(10);
    const other = await fit(new LinearRegression(), Dataset.from(far, y), { kernels: set });
    expect(other.status).toBe('converged');
    expect(other.linearSolver?.method).toBe('qr');
    expect(other.linearSolver?.condition).toBeGreaterThan(1e6);
    expect(other.warnings).toEqual([]);
    expect(other.reason).toMatch(/^least squares solved by QR, condition \S+: /);
  });

  test('a penalty or standardised columns make Cholesky enough, and Huber has no QR', () => {
    const data = Dataset.from(far, y);
    const solver = (model: LinearRegression) => fitSync(model, data, { kernels: set }).linearSolver?.method;
    expect(solver(new LinearRegression({ standardize: true }))).toBe('cholesky');
    expect(solver(new LinearRegression({ loss: huber(1) }))).toBe('cholesky');
    expect(solver(new LinearRegression({ intercept: false, penalty: l2(1e6) }))).toBe('cholesky');
  });

  test('dependent columns: a shift and a warning; gradient descent solves no system', () => {
    const twice = Dataset.from(
      near.map(([a = 0, b = 0]) => [a, b, a - b]),
      y,
    );
    const result = fitSync(new LinearRegression(), twice, { kernels: set });
    expect([result.status, result.linearSolver?.method]).toEqual(['converged', 'shifted']);
    expect(result.warnings[0]).toMatch(/singular.*collinear/);
    const data = Dataset.from(near, y);
    const descent = fitSync(new LinearRegression(), data, { kernels: set, optimizer: new GradientDescent() });
    expect('linearSolver' in descent).toBe(false);
  });

  test('one epoch is enough, with a validation loss, and an abort ends it', async () => {
    const data = Dataset.from(far, y);
    const { train, test: held } = data.split({ test: 0.2, seed: 1 });
    const result = await fit(new LinearRegression(), train, { kernels: set, epochs: 1, validation: held });
    expect([result.status, result.epochs]).toEqual(['converged', 1]);
    expect(result.validationLoss).toBeLessThan(0.01);
    const signal = AbortSignal.abort(new Error('enough'));
    expect((await fit(new LinearRegression(), train, { kernels: set, signal })).status).toBe('aborted');
  });
});

test('a copy too large for QR: Cholesky answers, and says so where digits are lost', () => {
  // Sums that claim a condition; nothing is computed.
  const answer = (rows: number, condition: number): NewtonDirectionRequest & { readonly byQr: number } => {
    let byQr = 0;
    const sums = {
      size: 3,
      parameters: new Float64Array(3),
      sums: new Float64Array(14),
      diagonal: new Float64Array(3),
      rhs: new Float64Array(3),
      direction: new Float64Array(3),
      solution: new Float64Array(3),
      failedPivot: -1,
      condition,
      correction: 0,
      gram: () => smallJob(() => {}),
      solve: () => smallJob(() => {}),
      leastSquares: () => smallJob(() => (byQr += 1)),
    };
    const stub = { linear: () => sums as unknown as LinearSums } as unknown as Kernels;
    const spec = {
      x: { data: new Float64Array(0), handle: undefined },
      columns: 2,
      rows,
      list: undefined,
      weights: undefined,
      y: undefined,
      intercept: true,
      shift: undefined,
      scale: undefined,
    };
    const objective = new LinearObjective({
      spec,
      loss: squared(),
      l2: new Float64Array(2),
      l1: new Float64Array(2),
      bounds: undefined,
      kernels: stub,
      threads: 1,
      random: new Random(0),
    });
    const request = newtonDirectionRequest(new Float64Array(3), new Float64Array(3), 1, 0);
    const work = objective.answer(request);
    for (let step = work.next(); !step.done; step = work.next(true)) step.value.run();
    return { ...request, byQr };
  };
  const most = (256 * 2 ** 20) / 24;
  expect(answer(Math.floor(most), 1e9)).toMatchObject({ byQr: 1, method: 'qr', warning: undefined });
  expect(answer(Math.ceil(most), 1e7)).toMatchObject({ byQr: 0, method: 'cholesky', warning: undefined });
  const warned = answer(2 * Math.ceil(most), 1e9);
  expect(warned).toMatchObject({ byQr: 0, method: 'cholesky', minimum: undefined });
  expect(warned.warning).toMatch(/nearly depend.*at least 1e9.*copy of 512 MB.*above 256 MB: solved by Cholesky/);
});
