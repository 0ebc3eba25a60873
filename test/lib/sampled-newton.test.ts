// Newton's method with the Hessian of a sample of the rows: the same minimum as with all of them, on data that a sample
// could mistake, and the same bits whatever the number of threads.

import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dataset, fit, fitSync, LBFGS, LogisticRegression, l2, PoissonRegression } from 'gradus';
import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/kernels/random.js';
import { availableKernelSets } from '../../lib/kernels/select.js';

const rows = 20_000;
const columns = 6;

interface Made {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

function make(kind: 'logistic' | 'poisson', seed = 3): Made {
  const random = new Random(seed);
  const x = Float64Array.from({ length: rows * columns }, () => 2 * random.uniform() - 1);
  const y = Float64Array.from({ length: rows }, (_, i) => {
    let eta = 0.3;
    for (let j = 0; j < columns; j += 1) eta += (x[i * columns + j] as number) * (j - 2);
    const u = random.uniform();
    return kind === 'logistic' ? Number(u < 1 / (1 + Math.exp(-eta))) : Math.floor(-Math.log(u + 1e-9) * Math.exp(eta));
  });
  return { x, y };
}

function relativeError(a: Float64Array, b: Float64Array): number {
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number)))) / Math.max(...b.map(Math.abs));
}

const model = (kind: 'logistic' | 'poisson'): LogisticRegression | PoissonRegression =>
  kind === 'logistic' ? new LogisticRegression({ penalty: l2(1e-4) }) : new PoissonRegression({ penalty: l2(1e-4) });

describe.each(availableKernelSets())('on %s', (kernels) => {
  test.each(['logistic', 'poisson'] as const)('%s: the minimum is that of L-BFGS run to its end', (kind) => {
    const { x, y } = make(kind);
    const data = Dataset.from(x, y, { columns });
    const sampled = model(kind);
    const exact = model(kind);
    const result = fitSync(sampled, data, { kernels });
    fitSync(exact, data, { kernels, optimizer: new LBFGS(), tolerance: 1e-13 });
    expect(result.status).toBe('converged');
    // Sampled steps gain about a digit each; Newton's own would need six or seven evaluations.
    expect(result.evaluations).toBeGreaterThan(8);
    expect(relativeError(sampled.parameters, exact.parameters)).toBeLessThan(1e-10);
  });

  test('any number of threads gives the same bits', () => {
    const { x, y } = make('logistic');
    const data = Dataset.from(x, y, { columns });
    const [one, two, three] = [1, 2, 3].map((threads) => {
      const fitted = model('logistic');
      fitSync(fitted, data, { kernels, threads });
      return fitted.parameters;
    });
    expect(two).toEqual(one);
    expect(three).toEqual(one);
  });

  test('rows sorted by class do not mislead the sample', () => {
    const { x, y } = make('logistic');
    const order = Array.from(y.keys()).sort((a, b) => (y[a] as number) - (y[b] as number));
    const sorted = Dataset.from(
      order.map((i) => Array.from(x.subarray(i * columns, (i + 1) * columns))),
      order.map((i) => y[i] as number),
    );
    const [sampled, exact] = [model('logistic'), model('logistic')];
    expect(fitSync(sampled, sorted, { kernels }).status).toBe('converged');
    fitSync(exact, Dataset.from(x, y, { columns }), { kernels, optimizer: new LBFGS(), tolerance: 1e-13 });
    expect(relativeError(sampled.parameters, exact.parameters)).toBeLessThan(1e-10);
  });

  test('a few rows that outweigh all others, which a sample misses', () => {
    const { x, y } = make('logistic');
    const weights = Float64Array.from({ length: rows }, (_, i) => (i % 997 === 5 ? 1e6 : 1e-3));
    const data = Dataset.from(x, y, { columns, weights });
    const [sampled, exact] = [model('logistic'), model('logistic')];
    expect(fitSync(sampled, data, { kernels }).status).toBe('converged');
    fitSync(exact, data, { kernels, optimizer: new LBFGS(), tolerance: 1e-12 });
    expect(relativeError(sampled.parameters, exact.parameters)).toBeLessThan(1e-8);
  });

  test('a column that is 0 in all rows but three', () => {
    const { x, y } = make('logistic');
    for (let i = 0; i < rows; i += 1) x[i * columns] = [7, 11_111, 19_990].includes(i) ? 1 : 0;
    const data = Dataset.from(x, y, { columns });
    const [sampled, exact] = [model('logistic'), model('logistic')];
    expect(fitSync(sampled, data, { kernels }).status).toBe('converged');
    fitSync(exact, data, { kernels, optimizer: new LBFGS(), tolerance: 1e-13 });
    expect(relativeError(sampled.parameters, exact.parameters)).toBeLessThan(1e-7);
  });
});

test('a run that goes on from a checkpoint takes the same Hessian', async () => {
  const { x, y } = make('poisson');
  const data = Dataset.from(x, y, { columns });
  const path = join(tmpdir(), `gradus-sampled-${process.pid}.ckpt`);
  const whole = model('poisson');
  await fit(whole, data);
  for (const stop of [3, 7]) {
    rmSync(path, { force: true });
    const checkpoint = { path, everyMs: 0, resume: true };
    const abort = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }): void => {
      if (epoch === stop) abort.abort();
    };
    await fit(model('poisson'), data, { checkpoint, onEpoch, signal: abort.signal });
    const resumed = model('poisson');
    const result = await fit(resumed, data, { checkpoint });
    expect(result.status).toBe('converged');
    expect(result.history.length).toBeGreaterThan(stop);
    expect(resumed.parameters).toEqual(whole.parameters);
  }
  rmSync(path, { force: true });
});
