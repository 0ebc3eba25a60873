// Act 1: the line y = θ₀ + θ₁·x through sixty points, by each of the five methods. The paths
// are the methods' own. A fit is deterministic, so where a full-batch method stands after k
// steps is the result of the same fit with epochs: k; the steps on single rows are taken one
// by one by an online learner, which goes through the rows in a new order each time.

import {
  AdaGrad,
  Dataset,
  exponentialDecay,
  fitSync,
  GradientDescent,
  LinearRegression,
  Newton,
  online,
  SGD,
} from 'gradus';
import { leastSquares, meanLoss } from './exact.mjs';
import { methods as names } from './methods.mjs';
import { uniform } from './random.mjs';
import { excess } from './terminal.mjs';

const rows = 60;
const tolerance = 1e-4;
const stochasticPasses = 10;

const contenders = [
  {
    ...names.descent,
    code: 'new GradientDescent({ learningRate: 0.25 })',
    walk: (data) => fullBatchPath(data, new GradientDescent({ learningRate: 0.25 })),
  },
  {
    ...names.stochastic,
    code: 'new SGD({ learningRate: 0.05 })',
    walk: (data) => singleRowPath(data, new SGD({ learningRate: 0.05 })),
  },
  {
    ...names.decaying,
    code: 'new GradientDescent({ learningRate: exponentialDecay(0.6, 0.985) })',
    walk: (data) => fullBatchPath(data, new GradientDescent({ learningRate: exponentialDecay(0.6, 0.985) })),
  },
  {
    ...names.adaptive,
    code: 'new AdaGrad({ learningRate: 1 }), batchSize: 60',
    walk: (data) => fullBatchPath(data, new AdaGrad({ learningRate: 1 }), { batchSize: rows }),
  },
  { ...names.second, code: 'new Newton()', walk: (data) => fullBatchPath(data, new Newton()) },
];

/**
 * @param {import('./terminal.mjs').Terminal} terminal
 * @returns {Promise<import('./report.mjs').LineResults>}
 */
export async function lineAct(terminal) {
  const data = makeData();
  const { coefficients, intercept, loss: exactLoss } = leastSquares(data);
  const bar = terminal.progress('five paths');
  const methods = [];
  for (const { walk, ...method } of contenders) {
    bar.update(methods.length / contenders.length, method.name);
    const path = walk(data);
    const [theta0, theta1] = path.at(-1);
    const loss = meanLoss(data, [theta1], theta0);
    methods.push({ ...method, path, intercept: theta0, slope: theta1, steps: path.length - 1, loss });
    await new Promise(setImmediate);
  }
  terminal.erase();
  terminal.table(
    ['<method', '<', 'steps', 'θ₀', 'θ₁', 'J − J*'],
    methods.map((method) => [
      method.name,
      method.chinese,
      String(method.steps),
      method.intercept.toFixed(4),
      method.slope.toFixed(4),
      excess(method.loss - exactLoss),
    ]),
  );
  terminal.print(`The exact answer: θ₀ = ${intercept.toFixed(4)}, θ₁ = ${coefficients[0].toFixed(4)}`);
  return { points: pointsOf(data), lossAt: sumsOf(data), exact: [intercept, coefficients[0]], methods };
}

function makeData() {
  const random = uniform(20260301);
  const x = Array.from({ length: rows }, () => [0.9 + 1.5 * random()]);
  const y = x.map(([value]) => 2.5 + 1.5 * value + 0.8 * (random() + random() + random()));
  return Dataset.from(x, y, { names: ['x'] });
}

/** [θ₀, θ₁] after 0, 1, 2, … steps of a method that takes all rows at every step, until it converges. */
function fullBatchPath(data, optimizer, options = {}) {
  const path = [[0, 0]];
  const whole = fitSync(new LinearRegression(), data, { optimizer, tolerance, epochs: 1000, ...options });
  for (let epochs = 1; epochs <= whole.epochs; epochs += 1) {
    const model = new LinearRegression();
    fitSync(model, data, { optimizer, tolerance, epochs, ...options });
    path.push([model.intercept, ...model.coefficients]);
  }
  return path;
}

/** The same after each single row. */
function singleRowPath(data, optimizer) {
  const path = [[0, 0]];
  const model = new LinearRegression();
  const learner = online(model, { optimizer, columns: data.columnNames });
  for (let pass = 0; pass < stochasticPasses; pass += 1) {
    const { x, y } = data.shuffle({ seed: pass });
    for (let i = 0; i < rows; i += 1) {
      learner.update([x[i]], y[i]);
      path.push([model.intercept, ...model.coefficients]);
    }
  }
  return path;
}

function pointsOf({ x, y }) {
  return Array.from(y, (value, i) => [x[i], value]);
}

/** The sums from which the loss at any point follows. */
function sumsOf(data) {
  const sums = { n: data.rows, sx: 0, sxx: 0, sy: 0, sxy: 0, syy: 0 };
  for (const [x, y] of pointsOf(data)) {
    sums.sx += x;
    sums.sxx += x * x;
    sums.sy += y;
    sums.sxy += x * y;
    sums.syy += y * y;
  }
  return sums;
}
