// Act 2: the five methods on the diabetes study of Efron et al. (2004), each with the rate
// that docs/methods.md explains, against the exact least-squares answer. A bar shows how far
// each has come while it runs: on the way to its tolerance, or through its epochs.

import {
  AdaGrad,
  exponentialDecay,
  fit,
  GradientDescent,
  inverseTimeDecay,
  LinearRegression,
  Newton,
  readCsv,
  SGD,
} from 'gradus';
import { leastSquares, meanLoss, relativeDistance } from './exact.mjs';
import { methods as names } from './methods.mjs';
import { excess } from './terminal.mjs';

const file = new URL('../data/diabetes.csv', import.meta.url);

const contenders = (rows) => [
  { name: names.descent.name, optimizer: new GradientDescent({ learningRate: 0.4 }), tolerance: 1e-3 },
  { name: names.stochastic.name, optimizer: new SGD({ learningRate: inverseTimeDecay(0.1, 0.001) }), epochs: 500 },
  {
    name: names.decaying.name,
    optimizer: new GradientDescent({ learningRate: exponentialDecay(0.45, 0.5, { every: 2000 }) }),
    tolerance: 1e-3,
  },
  {
    name: names.adaptive.name,
    optimizer: new AdaGrad({ learningRate: 30 }),
    batchSize: rows,
    epochs: 5000,
    tolerance: 1e-3,
  },
  { name: names.second.name, optimizer: new Newton() },
];

/**
 * @param {import('./terminal.mjs').Terminal} terminal
 * @returns {Promise<import('./report.mjs').DiabetesResults>}
 */
export async function diabetesAct(terminal) {
  const { train, test } = (await readCsv(file, { target: 'target' })).split({ test: 0.2, seed: 7 });
  const exact = leastSquares(train);
  const startLoss = meanLoss(train, new Float64Array(train.columns), 0);
  const all = contenders(train.rows);
  const nameWidth = Math.max(...all.map(({ name }) => name.length));
  terminal.print(`${train.rows} patients to fit, ${test.rows} held out, ${train.columns} measurements of each`);

  const methods = [];
  for (const { name, ...options } of all) {
    const bar = terminal.progress(name, nameWidth);
    const model = new LinearRegression({ standardize: true });
    const onEpoch = progressOf(bar, options);
    const started = performance.now();
    const result = await fit(model, train, { ...options, onEpoch });
    const ms = performance.now() - started;
    bar.done(result.reason);
    methods.push({
      name,
      status: result.status,
      reason: result.reason,
      epochs: result.epochs,
      steps: result.steps,
      loss: result.loss,
      relativeToMinimum: (result.loss - exact.loss) / exact.loss,
      r2: model.score(test),
      distance: relativeDistance(model.coefficients, exact.coefficients),
      ms,
      kernels: result.kernels,
      curve: [[0, startLoss], ...result.history.map(({ epoch, loss }) => [epoch, loss])],
    });
  }

  terminal.print('');
  terminal.table(
    ['<method', '<status', 'epochs', 'steps', 'J/J* − 1', 'R²', 'distance', 'ms', '<kernels'],
    methods.map((method) => [
      method.name,
      method.status,
      String(method.epochs),
      String(method.steps),
      excess(method.relativeToMinimum),
      method.r2.toFixed(4),
      method.distance.toExponential(1),
      method.ms.toFixed(1),
      method.kernels,
    ]),
  );
  terminal.print(`J* = ${exact.loss.toFixed(4)} is the exact minimum; R² is that of the patients held out`);
  return { rows: train.rows, columns: train.columns, exactLoss: exact.loss, methods };
}

/** How far a fit has come: the nearer of its tolerance, on a logarithmic scale, and its last epoch. */
function progressOf(bar, { epochs = Number.POSITIVE_INFINITY, tolerance = 1e-8 }) {
  let first;
  return ({ epoch, loss, gradientNorm }) => {
    first ??= gradientNorm;
    const towardsTolerance = Math.log(first / gradientNorm) / Math.log(first / tolerance);
    bar.update(Math.max(towardsTolerance || 0, epoch / epochs), `epoch ${epoch}, loss ${loss.toFixed(2)}`);
  };
}
