// Gauss–Newton: quadratic termination, the line search, dependent columns, NIST's easier
// starts and resuming.

import { expect, test } from 'vitest';
import { Random } from '../../../lib/kernels/random.js';
import { GaussNewton } from '../../../lib/optimizers/gauss-newton.js';
import { nistNonlinearNames, readNistNonlinear } from '../../problems/nist-nonlinear.js';
import { digits, nistFolder } from '../nist.js';
import { driveResiduals, goOnResiduals, type ResidualProblem, startResiduals } from './drive-residuals.js';
import { drawMatrix, linear, rosenbrock } from './residual-problems.js';

test('linear least squares in one step, and the second finds nothing left', () => {
  const a = drawMatrix(new Random(1), 30, 5);
  const problem = linear(a, drawMatrix(new Random(2), 1, 30)[0]!);
  const run = driveResiduals(new GaussNewton(), problem, [1, 1, 1, 1, 1], 1e-13);
  expect([run.status, run.state.iteration, run.residuals]).toEqual(['converged', 1, 2]);
  a[0]!.forEach((_, j) => {
    const r = run.state.residuals;
    expect(Math.abs(a.reduce((sum, row, i) => sum + row[j]! * r[i]!, 0))).toBeLessThan(1e-14);
  });
});

test('Rosenbrock: a whole step, and the value never rises', () => {
  let before = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 20; k += 1) {
    const { state } = driveResiduals(new GaussNewton(), rosenbrock, [-1.2, 1], 1e-10, k);
    expect(state.value).toBeLessThanOrEqual(before);
    before = state.value;
  }
  const run = driveResiduals(new GaussNewton(), rosenbrock, [-1.2, 1], 1e-10);
  expect(run.status, run.reason).toBe('converged');
  expect(Math.abs(run.state.parameters[0]! - 1) + Math.abs(run.state.parameters[1]! - 1)).toBeLessThan(1e-12);
});

test('dependent columns leave their parameter where it is, with a warning', () => {
  const rows = drawMatrix(new Random(3), 12, 2).map(([a, b]) => [a!, b!, a!]);
  const problem = linear(
    rows,
    rows.map((row) => 2 * row[0]! - row[1]! + 0.01 * row[0]! ** 2),
  );
  const run = driveResiduals(new GaussNewton(), problem, [0.5, 0, 0.25], 1e-10);
  expect(run.status, run.reason).toBe('converged');
  expect(run.state.warnings).toEqual([
    'iteration 0: the Jacobian has rank 2 with 3 parameters; those whose columns depend on others were left where they ' +
      'are. Drop them, or use LevenbergMarquardt',
  ]);
  const { parameters } = run.state;
  expect(parameters[0] === 0.5 || parameters[2] === 0.25).toBe(true);
});

const scalar = (r: (x: number) => number, slope: (x: number) => number): ResidualProblem => ({
  size: 1,
  residualCount: 1,
  residuals: (p, out) => out.set([r(p[0]!)]),
  jacobian: (p, out) => out.set([slope(p[0]!)]),
});

test('values that are not finite shorten the step', () => {
  const run = driveResiduals(
    new GaussNewton(),
    scalar(Math.log, (x) => 1 / x),
    [100],
    1e-12,
  );
  expect(run.status, run.reason).toBe('converged');
  expect(run.state.parameters[0]).toBeCloseTo(1, 14);
  const wall = scalar(
    (x) => (x === 5 ? 1 : Number.NaN),
    () => 1,
  );
  const failed = driveResiduals(new GaussNewton(), wall, [5], 1e-10);
  expect(failed.status).toBe('failed');
  expect([failed.state.parameters[0], failed.state.value]).toEqual([5, 0.5]);
});

test('a Jacobian of the wrong sign stalls at the start', () => {
  const run = driveResiduals(
    new GaussNewton(),
    scalar(
      (x) => x * x - 2,
      (x) => -2 * x,
    ),
    [3],
    1e-10,
  );
  expect(run.status).toBe('stalled');
  expect(run.reason).toMatch(/check the Jacobian/);
  expect(run.state.parameters[0]).toBe(3);
});

test('no parameters', () => {
  expect(driveResiduals(new GaussNewton(), { ...linear([[]], [2]), size: 0 }, [], 1e-10).reason).toBe(
    'there are no parameters',
  );
});

test('a run goes on with the same bits from a copy of its state', () => {
  const solver = new GaussNewton();
  const whole = driveResiduals(solver, rosenbrock, [-1.2, 1], 0);
  const state = startResiduals(solver, rosenbrock);
  Object.assign(state, structuredClone(driveResiduals(solver, rosenbrock, [-1.2, 1], 0, 1).state));
  expect(goOnResiduals(solver, rosenbrock, state, 0, 200).state).toEqual(whole.state);
});

// MGH17 and Nelson have a Jacobian without the rank far from their minimum; start 2 of both ends elsewhere or slowly.
const out = ['MGH09', 'MGH17', 'Nelson'];
test.skipIf(nistFolder === undefined).each(nistNonlinearNames.filter((name) => !out.includes(name)))(
  '%s from start 2',
  (name) => {
    const problem = readNistNonlinear(name);
    const run = driveResiduals(new GaussNewton(), problem, problem.starts[1], 0);
    expect(run.status, run.reason).toBe('converged');
    expect(digits(run.state.parameters, problem.estimates)).toBeGreaterThanOrEqual(10);
  },
);
