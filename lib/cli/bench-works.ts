// What `gradus bench` measures. Each piece of work makes its data and gives the
// seconds that one unit takes on a kernel set.

import { Dataset, fit, fitSync, GradientDescent, LinearRegression, Newton, SGD } from '../index.js';

export interface Work {
  readonly name: string;
  readonly unit: string;
  prepare(): (set: string) => Promise<number>;
}

export function works(): readonly Work[] {
  return [
    { name: 'gradient, 100,000 x 100', unit: 'an epoch', prepare: () => epochs(100_000, 100, 4) },
    { name: 'gradient, 1000 x 10', unit: 'an epoch', prepare: () => smallEpochs(1000, 10, 500) },
    { name: 'Newton step with its Gram matrix, 20,000 x 100', unit: 'a step', prepare: () => newton(20_000, 100) },
    { name: 'SGD, single rows, 100,000 x 10', unit: 'a row', prepare: () => singleRows(100_000, 10, 2) },
    { name: 'predict, 100,000 x 100', unit: 'a call', prepare: () => predict(100_000, 100) },
  ];
}

function epochs(rows: number, columns: number, count: number): (set: string) => Promise<number> {
  const data = makeData(rows, columns);
  return async (set) => {
    const { history } = await fit(model(), data, { optimizer: descent(), epochs: count, tolerance: 0, kernels: set });
    return between(history);
  };
}

function smallEpochs(rows: number, columns: number, count: number): (set: string) => Promise<number> {
  const data = makeData(rows, columns);
  return async (set) => {
    const { history } = fitSync(model(), data, { optimizer: descent(), epochs: count, tolerance: 0, kernels: set });
    return between(history);
  };
}

function newton(rows: number, columns: number): (set: string) => Promise<number> {
  const data = makeData(rows, columns);
  return async (set) => {
    const { history } = await fit(model(), data, { optimizer: new Newton(), epochs: 1, kernels: set });
    return (history[0]?.elapsedMs ?? 0) / 1000;
  };
}

/** Of a whole fit: the evaluation at the end is in it. */
function singleRows(rows: number, columns: number, count: number): (set: string) => Promise<number> {
  const data = makeData(rows, columns);
  const optimizer = new SGD({ learningRate: 1e-3 });
  return async (set) => {
    const options = { optimizer, epochs: count, evaluateEvery: count, tolerance: 0, kernels: set };
    const { elapsedMs } = await fit(model(), data, options);
    return elapsedMs / 1000 / rows / count;
  };
}

/** `predict` has no option for the set: it takes the one that serves, which the environment names. */
function predict(rows: number, columns: number): (set: string) => Promise<number> {
  const data = makeData(rows, columns);
  const fitted = model();
  fitSync(fitted, data, { optimizer: descent(), epochs: 1 });
  const { GRADUS_KERNELS: chosen } = process.env;
  return async (set) => {
    process.env.GRADUS_KERNELS = set;
    const started = performance.now();
    fitted.predict(data);
    const seconds = (performance.now() - started) / 1000;
    if (chosen === undefined) delete process.env.GRADUS_KERNELS;
    else process.env.GRADUS_KERNELS = chosen;
    return seconds;
  };
}

function model(): LinearRegression {
  return new LinearRegression();
}

function descent(): GradientDescent {
  return new GradientDescent({ learningRate: 1e-3 });
}

/** Seconds an epoch between the ends of the first and the last: what a fit does once is not counted. */
function between(history: readonly { readonly elapsedMs: number }[]): number {
  const [first, last] = [history[0], history.at(-1)];
  return ((last?.elapsedMs ?? 0) - (first?.elapsedMs ?? 0)) / (history.length - 1) / 1000;
}

/** Numbers between -1 and 1 and a target that depends on the first column; the same ones every time. */
function makeData(rows: number, columns: number): Dataset {
  const data = Dataset.allocate(rows, columns);
  let state = 1;
  const next = (): number => {
    state = (state * 48271) % 2147483647;
    return state / 1073741823.5 - 1;
  };
  for (let i = 0; i < data.x.length; i += 1) data.x[i] = next();
  for (let i = 0; i < rows; i += 1) data.y[i] = (data.x[i * columns] ?? 0) + next();
  return data;
}
