// A step leaves nothing behind: a hundred thousand evaluations, spans of steps and
// epochs in one synchronous loop end with the heap they began with, on every set. In
// processes of their own, with the collector at hand. (rules.test.ts has whole fits.)

import { kernels } from 'gradus';
import { expect, test } from 'vitest';
import { factsOf, runModule } from './children.js';
import { noPrograms } from './left-out.js';

const program = `
  import { Dataset, LinearRegression, SGD, fitSync } from 'gradus';
  import { allocateDoubles, allocateStorage, kernelSet } from './dist/kernels/select.js';
  const set = process.argv[1];
  const kernels = kernelSet(set);
  const [rows, columns] = [40, 3];
  const fill = (storage) => {
    for (let i = 0; i < storage.data.length; i += 1) storage.data[i] = Math.sin(i + 1);
    return storage;
  };
  const spec = {
    x: fill(allocateStorage(rows * columns, 'float64')), columns, rows, list: undefined, weights: undefined,
    y: fill(allocateDoubles(rows)), loss: 'squared', lossParameter: 0, intercept: true, shift: undefined, scale: undefined,
  };
  const sums = kernels.linear(spec, 1);
  sums.diagonal.fill(0.1);
  const span = kernels.span({
    train: spec, validation: undefined, stepWeights: undefined, l2: 0.01, rule: 'sgd', batchSize: 1,
    replacement: false, seed: 1, recordsMost: 1, scalarsMost: 1,
  }, 1);
  span.scalars[0] = 1e-3;
  const moments = kernels.moments(spec, 1);
  const [coefficients, out] = [new Float64Array(columns).fill(0.5), new Float64Array(rows)];
  const x = spec.x.data;
  const data = Dataset.from(x, spec.y.data, { columns });
  const loops = {
    gradient: (n) => { for (let i = 0; i < n; i += 1) sums.gradient().run(); },
    newton: (n) => {
      for (let i = 0; i < n; i += 4) { sums.gradient().run(); sums.gram().run(); sums.solve().run(); sums.direction[0]; }
    },
    leastSquares: (n) => { for (let i = 0; i < n; i += 20) sums.leastSquares().run(); },
    span: (n) => {
      for (let i = 0; i < n; i += 1) {
        span.run({ steps: 4, records: 1, evaluateEvery: 10, lastEpoch: 1e9, scalarsPerStep: false }).run();
      }
    },
    moments: (n) => { for (let i = 0; i < n; i += 4) moments.compute().run(); },
    vectors: (n) => {
      for (let i = 0; i < n; i += 1) {
        kernels.dot(x, x);
        kernels.axpy(1e-9, coefficients, coefficients);
        kernels.map('exp', coefficients, coefficients.subarray(0));
        coefficients.fill(0.5);
        kernels.predict(spec, coefficients, 0.3, out);
      }
    },
    // One fit of many steps and one record: the history is what grows with the epochs that are evaluated.
    fit: (n) => {
      const options = { optimizer: new SGD({ learningRate: 1e-3 }), epochs: n / 4, evaluateEvery: n / 4, kernels: set, tolerance: 0 };
      fitSync(new LinearRegression(), data, options);
    },
  };
  const settled = async () => {
    for (let i = 0; i < 3; i += 1) { gc(); await new Promise(setImmediate); }
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  const grown = {};
  for (const [name, loop] of Object.entries(loops)) {
    loop(100000); // for what is compiled and kept once
    const before = await settled();
    loop(100000);
    grown[name] = (await settled()) - before;
  }
  console.log(JSON.stringify(grown));`;

test.skipIf(noPrograms).each(kernels().available)('a hundred thousand steps on %s grow no heap', async (set) => {
  const facts = factsOf(await runModule(program, { flags: ['--expose-gc'], args: [set], timeoutMs: 110_000 }));
  // An object a step would be megabytes; compiled code comes and goes by up to 0.2 MB.
  for (const [name, grown] of Object.entries(facts)) expect(grown, name).toBeLessThan(400_000);
  expect(Object.keys(facts).length).toBe(7);
});
