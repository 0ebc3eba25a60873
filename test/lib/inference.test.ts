// Summaries on real data against statsmodels (HC1 to HC3 of generalised linear models against numpy), on every kernel set:
// standard errors, p-values, intervals, likelihoods, deviances.

import { readFileSync } from 'node:fs';
import {
  Dataset,
  fitSync,
  huber,
  kernels,
  LinearRegression,
  LogisticRegression,
  l2,
  type ModelSummary,
  PoissonRegression,
  type SummaryOptions,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import * as families from '../../lib/losses/family.js';
import { links } from '../../lib/losses/link.js';
import { type RowsContext, readRows } from '../../lib/models/labelled-rows.js';
import { squared } from '../../lib/losses/loss.js';
import { type Distribution, generalizedSummary } from '../../lib/models/summary/generalized-summary.js';
import { withKernelSet } from './with-kernel-set.js';

interface Case {
  readonly estimates: number[];
  readonly standardErrors: number[];
  readonly pValues?: number[];
  readonly intervals?: [number, number][];
  readonly test: 'z' | 't';
  readonly fValue?: number;
}

interface Fitted {
  readonly name: string;
  readonly family: string;
  readonly link: string;
  readonly data: string;
  readonly weights: number[] | null;
  readonly weighting: 'variance' | 'frequency';
  readonly shared: Readonly<Record<string, number>>;
  readonly cases: Readonly<Record<'model' | 'HC0' | 'HC1' | 'HC2' | 'HC3', Case>>;
}

interface Robust extends Pick<Case, 'estimates' | 'standardErrors'> {
  readonly data: string;
  readonly delta: number;
  readonly pValues: number[];
}

interface Ridge extends Readonly<Record<'estimates' | 'model' | 'HC0', number[]>> {
  readonly data: string;
  readonly strength: number;
  readonly standardize: boolean;
}

const {
  data: sets,
  huber: robust,
  ridge: penalised,
  models,
} = JSON.parse(readFileSync(new URL('../fixtures/inference-statsmodels.json', import.meta.url), 'utf8')) as {
  data: Record<string, { columns: string[]; x: number[][]; y: number[] }>;
  huber: Robust;
  ridge: Ridge[];
  models: Fitted[];
};

function dataOf({ data, weights }: Fitted): Dataset {
  const { columns, x, y } = sets[data] as (typeof sets)[string];
  return Dataset.from(x, y, { names: columns, ...(weights ? { weights } : {}) });
}

const distributions: Readonly<Record<string, Distribution>> = {
  'Gaussian Identity': { family: families.gaussian, link: links.identity },
  'Gamma Log': { family: families.gamma, link: links.log },
  'InverseGaussian Log': { family: families.inverseGaussian, link: links.log },
  'NegativeBinomial Log': { family: families.negativeBinomial(0.5), link: links.log },
  'Binomial CLogLog': { family: families.binomial, link: links.cloglog },
};

/** Summaries of a model that was fitted here, or of statsmodels' estimates where no model has the family. */
function summariser(fitted: Fitted, set: string): (options: SummaryOptions) => ModelSummary {
  const data = dataOf(fitted);
  const { family, link } = fitted;
  const distribution = distributions[`${family} ${link}`];
  if (distribution !== undefined) {
    const parameters = Float64Array.from(fitted.cases.model.estimates);
    const settings = { intercept: true, standardize: false, penalty: undefined, loss: squared() };
    const read = (context: RowsContext) => readRows(data, context);
    const input = {
      model: 'model',
      data,
      read,
      fitted: { names: data.columnNames, classNames: undefined, parameters },
      settings,
    };
    return (options) => generalizedSummary(input, distribution, options);
  }
  const options = { standardize: family !== 'linear' };
  const model =
    family === 'linear'
      ? new LinearRegression()
      : family === 'Binomial'
        ? new LogisticRegression(options)
        : new PoissonRegression(options);
  const result = fitSync(model, data, { kernels: set, tolerance: 1e-12 });
  expect(['converged', 'stalled']).toContain(result.status);
  return (options) => model.summary(data, options);
}

const bar = 1e-7;

function close(actual: unknown, wanted: number, what: string): void {
  const error = Math.abs((actual as number) - wanted) / Math.max(Math.abs(wanted), Number.MIN_VALUE);
  expect(error, `${what}: ${actual} and not ${wanted}`).toBeLessThan(bar);
}

/** The numbers of a summary by their names in the fixture. */
function sharedOf(summary: ModelSummary): Record<string, unknown> {
  const flat: Record<string, unknown> = { ...summary };
  if ('pseudoRSquared' in summary) Object.assign(flat, summary.pseudoRSquared);
  const { fStatistic } = flat as { fStatistic?: { value: number; pValue: number } };
  return { ...flat, fValue: fStatistic?.value, fPValue: fStatistic?.pValue };
}

describe.each(kernels().available)('summaries on %s', (set) => {
  withKernelSet(set);

  test.each(models)('$name: likelihoods and deviances', (fitted) => {
    const summary = summariser(fitted, set)({ weights: fitted.weighting });
    const found = sharedOf(summary);
    for (const [name, wanted] of Object.entries(fitted.shared)) close(found[name], wanted, `${fitted.name} ${name}`);
  });

  test.each(models)('$name: standard errors, tests and intervals', (fitted) => {
    const summarise = summariser(fitted, set);
    for (const [covariance, wanted] of Object.entries(fitted.cases)) {
      const what = `${fitted.name} ${covariance}`;
      // statsmodels takes the observed information for its HC0.
      const information = covariance === 'HC0' ? 'observed' : 'expected';
      const summary = summarise({
        covariance: covariance as keyof Fitted['cases'],
        information,
        weights: fitted.weighting,
        confidence: 0.9,
        test: wanted.test,
      });
      summary.coefficients.forEach((coefficient, j) => {
        const own = `${what} ${coefficient.name}`;
        close(coefficient.estimate, wanted.estimates[j] as number, `${own} estimate`);
        close(coefficient.standardError, wanted.standardErrors[j] as number, `${own} standard error`);
        if (wanted.pValues && wanted.intervals) {
          const { statistic } = coefficient;
          // A p-value moves by z² times what the statistic moves by.
          const error = Math.abs(Math.log(coefficient.pValue / (wanted.pValues[j] as number)));
          if (wanted.pValues[j] !== 0) expect(error, `${own} p-value`).toBeLessThan(bar * (1 + statistic ** 2));
          coefficient.confidenceInterval.forEach((end, side) => {
            const off = Math.abs(end - (wanted.intervals?.[j]?.[side] as number));
            expect(off / coefficient.standardError, `${own} interval`).toBeLessThan(bar * (1 + Math.abs(statistic)));
          });
        }
      });
      if (wanted.fValue !== undefined) close(sharedOf(summary).fValue, wanted.fValue, `${what} F`);
    }
  });

  test("Huber's loss at the scale of statsmodels' robust regression", () => {
    const { columns, x, y } = sets[robust.data] as (typeof sets)[string];
    const data = Dataset.from(x, y, { names: columns });
    const model = new LinearRegression({ loss: huber(robust.delta) });
    fitSync(model, data, { kernels: set, tolerance: 1e-11 });
    const summary = model.summary(data);
    expect([summary.family, summary.test]).toEqual(['huber', 'z']);
    expect([summary.logLikelihood, summary.aic, summary.bic]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    summary.coefficients.forEach(({ name, estimate, standardError, pValue }, j) => {
      close(estimate, robust.estimates[j] as number, `${name} estimate`);
      close(standardError, robust.standardErrors[j] as number, `${name} standard error`);
      expect(Math.abs(Math.log(pValue / (robust.pValues[j] as number)))).toBeLessThan(1e-5);
    });
  });

  test.each(penalised)('a ridge of strength $strength, standardized: $standardize', (wanted) => {
    const { columns, x, y } = sets[wanted.data] as (typeof sets)[string];
    const data = Dataset.from(x, y, { names: columns });
    const model = new LogisticRegression({ penalty: l2(wanted.strength), standardize: wanted.standardize });
    fitSync(model, data, { kernels: set, tolerance: 1e-13 });
    for (const covariance of ['model', 'HC0'] as const) {
      model.summary(data, { covariance }).coefficients.forEach(({ name, estimate, standardError }, j) => {
        close(estimate, wanted.estimates[j] as number, `${name} estimate`);
        close(standardError, wanted[covariance][j] as number, `${name} ${covariance}`);
      });
    }
  });
});

test('offsets: the rest of the predictor, in the fit and in the model of an intercept alone', () => {
  const { columns, x, y } = sets.fair as (typeof sets)[string];
  const data = Dataset.from(x, y, { names: columns });
  const shift = x.map(([rate = 0]) => 0.1 * rate);
  const settings = { intercept: true, standardize: false, penalty: undefined, loss: squared() };
  const model = new PoissonRegression();
  fitSync(model, data, { tolerance: 1e-12 });
  // η is the same with an offset of 0.1·x₀ and a coefficient that is 0.1 less.
  const moved = Float64Array.from(model.parameters, (value, j) => (j === 0 ? value - 0.1 : value));
  const offset = Float64Array.from(shift);
  function* read(context: RowsContext) {
    const rows = yield* readRows(data, context);
    return rows && { ...rows, offset: { data: offset, handle: undefined } };
  }
  const fitted = { names: data.columnNames, classNames: undefined, parameters: moved };
  const distribution = { family: families.poissonFamily, link: links.log };
  const summary = generalizedSummary({ model: 'model', data, read, fitted, settings }, distribution, {});
  const plain = model.summary(data);
  close(summary.deviance, plain.deviance, 'deviance');
  summary.coefficients.forEach(({ standardError }, j) => {
    close(standardError, plain.coefficients[j]?.standardError as number, 'standard error');
  });
  // Of an intercept alone the maximum is in closed form: e^b = Σy / Σe^offset.
  const factor = y.reduce((sum, count) => sum + count, 0) / shift.reduce((sum, value) => sum + Math.exp(value), 0);
  const wanted = y.reduce((sum, count, i) => {
    const mean = factor * Math.exp(shift[i] as number);
    return sum + 2 * ((count > 0 ? count * Math.log(count / mean) : 0) - (count - mean));
  }, 0);
  close(summary.nullDeviance, wanted, 'null deviance');
});
