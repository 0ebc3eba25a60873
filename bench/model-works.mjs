// The rows of bench/models.mjs: what is fitted, on which data, beside which rival, and the target.

import {
  Dataset,
  fit,
  fitSync,
  GeneralizedLinearModel,
  LinearRegression,
  LogisticRegression,
  l2,
  PoissonRegression,
  regularizationPath,
  SoftmaxRegression,
} from 'gradus';
import { Random } from '../dist/kernels/random.js';

/** A gradient that is as good as one of rounding. */
export const exact = 1e-10;

// Calls in one measurement, where one takes little.
const smallCalls = 2000;
const predictions = 2_000_000;

export const modelWorks = [
  {
    name: 'logistic-newton',
    title: "logistic 100,000 × 100: Newton beside scikit-learn's newton-cholesky",
    target: 6,
    make: () => {
      const data = logisticData(100_000, 100);
      return { data, rival: 'newton-cholesky', run: () => gradientOf(new LogisticRegression(ridge(data)), data) };
    },
  },
  {
    name: 'logistic-best',
    title: "logistic 100,000 × 100: the default, to scikit-learn's lbfgs's gradient",
    target: 4,
    make: () => {
      const data = logisticData(100_000, 100);
      const run = (tolerance) => gradientOf(new LogisticRegression(ridge(data)), data, { tolerance });
      return { data, rival: 'lbfgs', run };
    },
  },
  {
    name: 'ridge',
    title: "ridge 100,000 × 100 beside scikit-learn's Ridge(solver='cholesky')",
    target: 5,
    make: () => {
      const data = linearData(100_000, 100);
      return { data, rival: 'ridge', run: () => gradientOf(new LinearRegression(ridge(data)), data) };
    },
  },
  {
    name: 'poisson',
    title: 'Poisson 100,000 × 50 beside statsmodels',
    target: 8,
    make: () => {
      const data = countData(100_000, 50);
      return { data, rival: 'poisson', run: () => gradientOf(new PoissonRegression(), data, { tolerance: exact }) };
    },
  },
  {
    name: 'gamma',
    title: 'gamma with log link 100,000 × 50 beside statsmodels',
    target: 8,
    make: () => {
      const data = amountData(100_000, 50);
      const model = () => new GeneralizedLinearModel({ family: 'gamma', link: 'log' });
      return { data, rival: 'gamma', run: () => gradientOf(model(), data, { tolerance: exact }) };
    },
  },
  {
    name: 'softmax',
    title: "softmax 100,000 × 50, 10 classes, to scikit-learn's lbfgs's gradient",
    target: 3,
    make: () => {
      const data = classData(100_000, 50, 10);
      const run = (tolerance) => gradientOf(new SoftmaxRegression(ridge(data)), data, { tolerance });
      return { data, rival: 'lbfgs', run };
    },
  },
  {
    name: 'lasso-path',
    title: "lasso path of 100 values, 10,000 × 500, beside scikit-learn's lasso_path (gap)",
    target: 3,
    make: () => {
      const data = sparseData(10_000, 500);
      const run = async () => {
        const path = await regularizationPath(new LinearRegression(), data, { count: 100, ratio: 1e-3 });
        return Math.max(...path.gapBounds);
      };
      return { data, rival: 'lasso-path', run };
    },
  },
  {
    name: 'small-linear',
    title: 'fitSync of linear regression 200 × 5 beside scikit-learn',
    target: 20,
    most: 50e-6,
    make: () => {
      const data = linearData(200, 5);
      return { data, rival: 'linear', run: smallFits(() => new LinearRegression(), data) };
    },
    calls: smallCalls,
  },
  {
    name: 'small-logistic',
    title: 'fitSync of logistic regression 200 × 5 beside scikit-learn (lbfgs)',
    target: 20,
    most: 50e-6,
    make: () => {
      const data = logisticData(200, 5);
      return { data, rival: 'lbfgs', run: smallFits(() => new LogisticRegression(ridge(data)), data) };
    },
    calls: smallCalls,
  },
  {
    name: 'predict-one',
    title: 'predictOne of 20 columns',
    most: 50e-9,
    make: () => {
      const data = linearData(1000, 20);
      const model = new LinearRegression();
      fitSync(model, data);
      const row = data.x.slice(0, 20);
      const run = () => {
        let sum = 0;
        for (let i = 0; i < predictions; i += 1) sum += model.predictOne(row);
        return Number.isFinite(sum) ? 0 : Number.NaN;
      };
      return { data, rival: undefined, run };
    },
    calls: predictions,
  },
];

/** As many as `calls` says, one after another. */
function smallFits(make, data) {
  return () => {
    let norm = 0;
    for (let i = 0; i < smallCalls; i += 1) norm = fitSync(make(), data).gradientNorm;
    return norm;
  };
}

/** scikit-learn's C = 1, or alpha = 1 of Ridge. */
function ridge({ rows }) {
  return { penalty: l2(1 / rows) };
}

async function gradientOf(model, data, options) {
  return (await fit(model, data, options)).gradientNorm;
}

/** Independent normal columns, and a predictor of them with variance 1 of which `target` makes y. */
function made(rows, columns, target) {
  const random = new Random(1);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const x = Float64Array.from({ length: rows * columns }, normal);
  const weights = Float64Array.from({ length: columns }, () => normal() / Math.sqrt(columns));
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i += 1) {
    let eta = 0;
    for (let j = 0; j < columns; j += 1) eta += x[i * columns + j] * weights[j];
    y[i] = target(eta, random, normal, i, x);
  }
  return Dataset.from(x, y, { columns });
}

const linearData = (rows, columns) => made(rows, columns, (eta, _, normal) => eta + normal());
const logisticData = (rows, columns) =>
  made(rows, columns, (eta, random) => (random.uniform() < 1 / (1 + Math.exp(-eta)) ? 1 : 0));

function countData(rows, columns) {
  return made(rows, columns, (eta, random) => {
    const limit = Math.exp(-Math.exp(0.5 + eta));
    let count = 0;
    for (let product = random.uniform(); product > limit; product *= random.uniform()) count += 1;
    return count;
  });
}

/** Gamma of shape 2. */
function amountData(rows, columns) {
  return made(rows, columns, (eta, random) => {
    const sum = -Math.log(1 - random.uniform()) - Math.log(1 - random.uniform());
    return (Math.exp(eta) * sum) / 2 + 1e-300;
  });
}

/** The class of the largest of as many noisy predictors. */
function classData(rows, columns, classes) {
  const random = new Random(2);
  const weights = Float64Array.from({ length: classes * columns }, () => random.uniform() - 0.5);
  return made(rows, columns, (_, __, normal, i, x) => {
    let best = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k += 1) {
      let eta = 1.5 * normal();
      for (let j = 0; j < columns; j += 1) eta += x[i * columns + j] * weights[k * columns + j];
      if (eta > largest) [best, largest] = [k, eta];
    }
    return best;
  });
}

/** Of the columns one in ten says something. */
function sparseData(rows, columns) {
  return made(rows, columns, (_, __, normal, i, x) => {
    let eta = normal();
    for (let j = 0; j < columns; j += 10) eta += x[i * columns + j] * Math.cos(j);
    return eta;
  });
}
