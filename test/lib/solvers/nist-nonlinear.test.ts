// NIST's nonlinear reference data sets from both starts: parameters, their standard
// deviations and the residual sum of squares against the certified values. The table
// is printed when GRADUS_DIGITS=1; the figures are digits of the worst parameter, at most the 11 certified.

import { afterAll, describe, expect, test } from 'vitest';
import { type ParameterCovariance, parameterCovariance } from '../../../lib/optimizers/covariance.js';
import { LevenbergMarquardt, type LevenbergMarquardtState } from '../../../lib/optimizers/levenberg-marquardt.js';
import {
  exactLanczos1,
  type NistNonlinear,
  nistNonlinearNames,
  readNistNonlinear,
} from '../../problems/nist-nonlinear.js';
import { digits, nistFolder } from '../nist.js';
import { driveResiduals } from './drive-residuals.js';

// The residuals of Lanczos1 (9e-14) are 400 times the last place of its model (2e-16): of their sum of squares, and of what is
// computed from it, a model in float64 leaves 2 to 3 digits. The parameters have all; a test below gives exact residuals.
const deviationBars: Readonly<Record<string, number>> = { Lanczos1: 2 };
const certified = 11;
const worst = (actual: ArrayLike<number>, wanted: readonly number[]): number =>
  Math.max(0, Math.min(certified, digits(actual, wanted)));

const covarianceOf = (state: LevenbergMarquardtState, { residualCount }: NistNonlinear): ParameterCovariance =>
  parameterCovariance({
    jacobian: state.jacobian,
    parameters: state.parameters,
    residualCount,
    sumOfSquares: 2 * state.value,
  });

const table: string[] = [];
const toRounding: number[] = [];
const byTolerance: number[] = [];

afterAll(() => {
  if (process.env.GRADUS_DIGITS === '1') console.log(table.join('\n'));
});

const where = nistFolder === undefined ? " (skipped: no folder of NIST's data, see GRADUS_NIST_DIR)" : '';
describe.skipIf(nistFolder === undefined)(`NIST's nonlinear data sets${where}`, () => {
  test.each(nistNonlinearNames)('the derivatives of %s are those of its model', (name) => {
    const problem = readNistNonlinear(name);
    const { size, residualCount } = problem;
    const jacobian = new Float64Array(size * residualCount);
    const [below, above] = [new Float64Array(residualCount), new Float64Array(residualCount)];
    const at = Float64Array.from(problem.estimates);
    problem.jacobian(at, jacobian);
    at.forEach((value, j) => {
      const h = 1e-5 * Math.abs(value);
      at[j] = value + h;
      problem.residuals(at, above);
      at[j] = value - h;
      problem.residuals(at, below);
      at[j] = value;
      const column = above.map((_, i) => jacobian[i * size + j]!);
      const largest = Math.max(...column.map(Math.abs));
      const rounding = 1e-11 / h;
      column.forEach((derivative, i) => {
        const error = Math.abs((above[i]! - below[i]!) / (2 * h) - derivative);
        expect(error, `${name}: row ${i}, parameter ${j}`).toBeLessThan(1e-6 * largest + rounding);
      });
    });
  });

  test.each(nistNonlinearNames.flatMap((name) => [[name, 1] as const, [name, 2] as const]))(
    '%s from start %i',
    (name, k) => {
      const problem = readNistNonlinear(name);
      const { residualCount } = problem;
      const start = problem.starts[k - 1]!;
      const solver = new LevenbergMarquardt();
      const early = driveResiduals(solver, problem, start, 1e-10);
      expect(early.status, early.reason).toBe('converged');
      byTolerance.push(worst(early.state.parameters, problem.estimates));
      const run = driveResiduals(solver, problem, start, 0);
      expect(run.status, run.reason).toBe('converged');
      const { state } = run;
      const inParameters = worst(state.parameters, problem.estimates);
      toRounding.push(inParameters);
      const { standardErrors, residualStandardDeviation, degreesOfFreedom, reasons } = parameterCovariance({
        jacobian: state.jacobian,
        parameters: state.parameters,
        residualCount,
        sumOfSquares: 2 * state.value,
      });
      expect(reasons.every((reason) => reason === undefined)).toBe(true);
      const inDeviations = worst(standardErrors as number[], problem.standardErrors);
      const inSpread = worst([residualStandardDeviation!], [problem.residualStandardDeviation]);
      const figures = [early.residuals, byTolerance.at(-1)!.toFixed(1), run.residuals, inParameters.toFixed(1)];
      table.push(`| ${name} | ${k} | ${[...figures, inDeviations.toFixed(1), inSpread.toFixed(1)].join(' | ')} |`);
      const bar = deviationBars[name] ?? 8;
      expect(inParameters, 'digits of the parameters').toBeGreaterThanOrEqual(10);
      expect(inDeviations, 'digits of the standard deviations').toBeGreaterThanOrEqual(bar);
      expect(inSpread, 'digits of the residual standard deviation').toBeGreaterThanOrEqual(bar);
      expect(degreesOfFreedom).toBe(residualCount - problem.size);
    },
  );

  test.each([1, 2])('Lanczos1 from start %i with residuals of all digits', (k) => {
    const problem = exactLanczos1();
    const run = driveResiduals(new LevenbergMarquardt(), problem, problem.starts[k - 1]!, 0);
    expect(run.status, run.reason).toBe('converged');
    const { standardErrors, residualStandardDeviation } = covarianceOf(run.state, problem);
    const inDeviations = worst(standardErrors as number[], problem.standardErrors);
    const inSpread = worst([residualStandardDeviation!], [problem.residualStandardDeviation]);
    const inParameters = worst(run.state.parameters, problem.estimates);
    const figures = ['', '', run.residuals, ...[inParameters, inDeviations, inSpread].map((value) => value.toFixed(1))];
    table.push(`| Lanczos1, exact residuals | ${k} | ${figures.join(' | ')} |`);
    expect(inParameters).toBeGreaterThanOrEqual(10);
    expect(inDeviations).toBeGreaterThanOrEqual(6);
    expect(inSpread).toBeGreaterThanOrEqual(6);
  });

  test('mean log relative error of the parameters', () => {
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    table.push(`mean with tolerance 1e-10 ${mean(byTolerance).toFixed(2)}, to rounding ${mean(toRounding).toFixed(2)}`);
    expect(toRounding).toHaveLength(2 * nistNonlinearNames.length);
    expect(mean(byTolerance)).toBeGreaterThanOrEqual(9.4);
    expect(mean(toRounding)).toBeGreaterThanOrEqual(10.5);
  });
});
