// QR with column pivoting by its identities: Qᵀ(J·scale·P) = R, falling pivots, the rank, and
// the damped system against the same system written out.

import { expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import { dampedStep, dampedStepWork } from '../../../lib/optimizers/damped-step.js';
import {
  allocateQr,
  applyTransposed,
  factor,
  type PivotedQr,
  safeNorm,
  solveDamped,
} from '../../../lib/optimizers/dense-qr.js';
import { drawMatrix } from './residual-problems.js';

function factored(rows: readonly (readonly number[])[], chosen?: readonly number[]): PivotedQr {
  const [m, n] = [rows.length, rows[0]!.length];
  const norms = Float64Array.from({ length: n }, (_, j) =>
    safeNorm(
      Float64Array.from(rows, (row) => row[j]!),
      0,
      m,
    ),
  );
  const qr = allocateQr(m, n);
  factor(qr, Float64Array.from(rows.flat()), norms, Float64Array.from(chosen ?? new Array(n).fill(1)));
  return qr;
}

test.each([
  [1, 1],
  [7, 3],
  [40, 12],
  [3, 3],
  [3, 5],
])('%i×%i: Qᵀ makes R of the columns, whatever their units', (m, n) => {
  const rows = drawMatrix(new Random(m + n), m, n).map((row) => row.map((value, j) => value * 10 ** (25 * (j - 2))));
  const qr = factored(rows);
  expect([qr.rank, qr.count]).toEqual([Math.min(m, n), n]);
  for (let k = 0; k < n; k += 1) {
    const j = qr.order[k]!;
    const column = Float64Array.from(rows, (row) => row[j]! * qr.scale[j]!);
    expect(safeNorm(column, 0, m)).toBeGreaterThanOrEqual(1);
    expect(safeNorm(column, 0, m)).toBeLessThan(2);
    applyTransposed(qr, column);
    column.forEach((value, i) => {
      expect(Math.abs(value - (i <= k ? qr.r[i * n + k]! : 0))).toBeLessThan(1e-14);
    });
    if (k > 0 && k < m) {
      expect(Math.abs(qr.r[k * (n + 1)]!)).toBeLessThanOrEqual(Math.abs(qr.r[(k - 1) * (n + 1)]!) * (1 + 1e-8));
    }
  }
});

test('the rank, with dependent columns and columns left out', () => {
  const rows = drawMatrix(new Random(9), 10, 3).map(([a, b, c]) => [a!, b!, a! + 1e-3 * b!, 0, c!]);
  expect(factored(rows).rank).toBe(3);
  const without = factored(rows, [1, 1, 0, 0, 1]);
  expect([without.rank, without.count, [...without.order.subarray(0, 3)].sort()]).toEqual([3, 3, [0, 1, 4]]);
  expect(factored([[0, 0]]).rank).toBe(0);
  expect(factored([[], []]).rank).toBe(0);
});

test('norms at the ends of the range', () => {
  expect(safeNorm(Float64Array.of(3e200, 4e200), 0, 2)).toBeCloseTo(5e200, -188);
  expect(safeNorm(Float64Array.of(3e-200, 4e-200), 0, 2) / 5e-200).toBeCloseTo(1, 15);
  expect(safeNorm(Float64Array.of(0, 0), 0, 2)).toBe(0);
  expect(safeNorm(Float64Array.of(1, Number.NaN), 0, 2)).toBeNaN();
});

test.each([
  [12, 4],
  [2, 4],
])('%i×%i: damping by rotations is the system with damped rows below', (m, n) => {
  const rows = drawMatrix(new Random(11), m, n);
  const qr = factored(rows);
  const b = Float64Array.from(drawMatrix(new Random(12), 1, m)[0]!);
  const projected = b.slice();
  applyTransposed(qr, projected);
  const damping = Float64Array.of(0.1, 2, 0.5, 1);
  const z = new Float64Array(n);
  solveDamped(qr, damping, projected, new Float64Array(n * n), new Float64Array(n), z);
  // Its normal equations, in the order and scale of the factorisation.
  for (let k = 0; k < n; k += 1) {
    const column = (row: readonly number[], at: number): number => row[qr.order[at]!]! * qr.scale[qr.order[at]!]!;
    const residual = rows.map((row, i) => z.reduce((sum, value, l) => sum + column(row, l) * value, -b[i]!));
    const gradient = rows.reduce((sum, row, i) => sum + column(row, k) * residual[i]!, damping[k]! ** 2 * z[k]!);
    expect(Math.abs(gradient)).toBeLessThan(1e-14);
  }
});

test('a damped step has the length of the radius and lies along the gradient of the damped model', () => {
  const rows = drawMatrix(new Random(13), 9, 3);
  const qr = factored(rows);
  const r = Float64Array.from(drawMatrix(new Random(14), 1, 9)[0]!);
  const projected = r.slice();
  applyTransposed(qr, projected);
  const scaling = [1, 5, 0.2];
  for (const radius of [1e-8, 1e-3, 0.1]) {
    const step = new Float64Array(3);
    const lambda = dampedStep(qr, projected, Float64Array.from(scaling), radius, 0, dampedStepWork(3), step);
    expect(lambda).toBeGreaterThan(0);
    const length = Math.hypot(...step.map((value, j) => value * scaling[j]!));
    expect(Math.abs(length / radius - 1)).toBeLessThanOrEqual(0.1);
    const model = rows.map((row, i) => row.reduce((sum, value, j) => sum + value * step[j]!, r[i]!));
    step.forEach((value, j) => {
      const gradient = rows.reduce((sum, row, i) => sum + row[j]! * model[i]!, 0);
      expect(Math.abs(gradient + lambda * scaling[j]! ** 2 * value)).toBeLessThan(1e-12);
    });
  }
  expect(dampedStep(qr, projected, Float64Array.from(scaling), 1e9, 0, dampedStepWork(3), new Float64Array(3))).toBe(0);
});
