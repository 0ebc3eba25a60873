// A run that was saved in the middle and taken up from the file, in this process or
// in a fresh one, ends with the bits of the run that was never interrupted: every
// solver, on every kernel set.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GaussNewton,
  kernels,
  LevenbergMarquardt,
  leastSquaresSync,
  type MinimizeResult,
  minimizeSync,
  type ResidualProblem,
} from 'gradus';
import { afterAll, describe, expect, test } from 'vitest';
import { factsOf, runModule } from '../children.js';
import { rosenbrock, rosenbrockStart, solvers } from './objectives.js';

const folder = mkdtempSync(join(tmpdir(), 'gradus-minimize-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const fresh = (): string => {
  files += 1;
  return join(folder, `${files}.ckpt`);
};
const bitsOf = ({ parameters, value, iterations, evaluations, status }: MinimizeResult): unknown => ({
  parameters: Buffer.from(parameters.buffer).toString('hex'),
  value,
  iterations,
  evaluations,
  status,
});

const decay: ResidualProblem = {
  size: 20,
  residuals(p, out) {
    for (let i = 0; i < 20; i += 1) {
      out[i] =
        (p[0] as number) * Math.exp(-(p[1] as number) * 0.25 * i) - 3 * Math.exp(-0.175 * i) - 0.01 * Math.sin(i);
    }
  },
};

describe.each(kernels().available)('on %s', (set) => {
  test.each(solvers)('%s', (_, optimizer, options) => {
    const shared = { optimizer, ...options, kernels: set };
    const whole = minimizeSync(rosenbrock, rosenbrockStart, shared);
    for (const cut of [1, 7, 20]) {
      const path = fresh();
      const first = minimizeSync(rosenbrock, rosenbrockStart, { ...shared, maxIterations: cut, checkpoint: { path } });
      expect(first.iterations).toBeLessThanOrEqual(cut);
      const resumed = minimizeSync(rosenbrock, rosenbrockStart, { ...shared, checkpoint: { path, resume: true } });
      expect(bitsOf(resumed)).toEqual(bitsOf(whole));
    }
  });

  test.each([new LevenbergMarquardt(), new GaussNewton()])('$name', (optimizer) => {
    const shared = { optimizer, kernels: set };
    const whole = leastSquaresSync(decay, [1, 1], shared);
    const path = fresh();
    leastSquaresSync(decay, [1, 1], { ...shared, maxIterations: 2, checkpoint: { path } });
    const resumed = leastSquaresSync(decay, [1, 1], { ...shared, checkpoint: { path, resume: true } });
    expect(bitsOf(resumed)).toEqual(bitsOf(whole));
    expect(resumed.standardErrors).toEqual(whole.standardErrors);
  });
});

test('another function is refused, and a fresh process goes on', async () => {
  const path = fresh();
  const options = { optimizer: solvers[0]?.[1] as (typeof solvers)[number][1] };
  minimizeSync(rosenbrock, rosenbrockStart, { ...options, maxIterations: 9, checkpoint: { path } });
  expect(() => minimizeSync(rosenbrock, [0, 0], { ...options, checkpoint: { path, resume: true } })).toThrow(
    /ERR_GRADUS_CHECKPOINT|other data/,
  );
  const child = await runModule(
    `import { LBFGS, minimizeSync } from 'gradus';
    const evaluate = (p, gradient) => {
      const a = 1 - p[0], b = p[1] - p[0] * p[0];
      gradient[0] = -2 * a - 400 * p[0] * b;
      gradient[1] = 200 * b;
      return a * a + 100 * b * b;
    };
    const result = minimizeSync({ evaluate }, [-1.2, 1], { optimizer: new LBFGS(), checkpoint: { path: process.argv[1], resume: true } });
    console.log(JSON.stringify({ parameters: Buffer.from(result.parameters.buffer).toString('hex'), iterations: result.iterations }));`,
    { args: [path] },
  );
  const whole = minimizeSync(rosenbrock, rosenbrockStart, options);
  expect(factsOf(child)).toMatchObject({
    parameters: Buffer.from(whole.parameters.buffer).toString('hex'),
    iterations: whole.iterations,
  });
});
