// A fitted model of every kind that can be saved, with and without what it may have,
// on a few columns with awkward names.

import {
  Dataset,
  elasticNet,
  fitSync,
  GeneralizedLinearModel,
  huber,
  LinearRegression,
  LinearSVM,
  LogisticRegression,
  l2,
  PoissonRegression,
  quantile,
  tweedie,
} from 'gradus';
import { SoftmaxRegression, type SavedModel } from 'gradus';
import { Random } from '../../../lib/kernels/random.js';

export const columnNames = [
  'rooms',
  'length',
  `a "quoted" \\ 'name' \`\${1}\``,
  '</script>\u2028\n',
  '__proto__',
  'ключ',
  '\ud800',
  '0',
  'constructor',
];
const rows = 60;
const random = new Random(4);
export const x = Array.from({ length: rows }, () => columnNames.map(() => 4 * random.uniform() - 2));
const signal = x.map((row) => (row[0] as number) - 0.5 * (row[3] as number) + random.uniform());

const names = columnNames;
const numbers = Dataset.from(x, signal, { names });
const counts = Dataset.from(
  x,
  signal.map((value) => Math.floor(Math.exp(value / 2))),
  { names },
);
const binary = Dataset.from(
  x,
  signal.map((value) => (value > 0.5 ? 1 : 0)),
  { names },
);
const named = Dataset.from(
  x,
  signal.map((value) => (value > 0.5 ? `it's "</script>"` : 'no')),
  { names },
);
const classOf = (value: number): number => (value > 1 ? 2 : value > 0 ? 1 : 0);
const three = Dataset.from(x, signal.map(classOf), { names });
const colours = Dataset.from(
  x,
  signal.map((value) => ['red', '', 'blue'][classOf(value)] || '__proto__'),
  { names },
);

function fitted<M extends SavedModel>(model: M, data: Dataset): M {
  fitSync(model, data);
  return model;
}

const penalty = l2(0.01);
export const models: Readonly<Record<string, SavedModel>> = {
  linear: fitted(new LinearRegression(), numbers),
  'huber without intercept': fitted(
    new LinearRegression({ intercept: false, loss: huber(1), standardize: true }),
    numbers,
  ),
  'elastic net': fitted(new LinearRegression({ penalty: elasticNet(0.1, 0.5) }), numbers),
  poisson: fitted(new PoissonRegression({ penalty }), counts),
  logistic: fitted(new LogisticRegression({ penalty }), binary),
  'logistic with names': fitted(new LogisticRegression<string>({ penalty, classWeights: 'balanced' }), named),
  softmax: fitted(new SoftmaxRegression({ penalty, intercept: false }), three),
  'softmax with names': fitted(new SoftmaxRegression<string>({ penalty, classWeights: { red: 2 } }), colours),
  tweedie: fitted(new GeneralizedLinearModel({ family: tweedie(1.5), penalty }), counts),
  probit: fitted(new GeneralizedLinearModel({ family: 'binomial', link: 'probit', penalty }), binary),
  'support vectors': fitted(new LinearSVM({ penalty }), binary),
  quantile: fitted(new LinearRegression({ loss: quantile(0.3) }), numbers),
};

/** Rows within the data, and far outside. */
export function manyRows(): number[][] {
  const draw = new Random(9);
  const scales = [1e-300, 1e-9, 1, 20, 300, 1e4, 1e9, 1e300];
  const drawn = Array.from({ length: 400 }, (_, i) =>
    columnNames.map(() => (2 * draw.uniform() - 1) * (scales[i % scales.length] as number)),
  );
  const one = columnNames.map(() => 0);
  const single = [708, 709.9, 711, 745.2, 746.5, 2000]
    .flatMap((value) => [value, -value])
    .map((v) => [v, ...one.slice(1)]);
  return [...x, ...drawn, ...single, one, one.map(() => -0)];
}
