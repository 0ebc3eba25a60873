// The work that run.mjs times: the data, one epoch and one Newton step through
// the public `fit`, the Gram matrix alone through the interface of the kernels,
// and the loop somebody would write by hand. Each gives the seconds of one run.

import { Dataset, fit, GradientDescent, LinearRegression, Newton } from 'gradus';
import { allocateDoubles, allocateStorage, kernelSet } from '../dist/kernels/select.js';

export function makeData(rows, columns) {
  const data = Dataset.allocate(rows, columns);
  const { x, y } = data;
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 1073741823.5 - 1;
  };
  for (let i = 0; i < x.length; i += 1) x[i] = next();
  for (let i = 0; i < rows; i += 1) y[i] = x[i * columns] + next();
  return data;
}

/** Seconds per epoch, between the ends of the first and the last: what a fit does once is not counted. */
export async function epochSeconds(data, set) {
  const optimizer = new GradientDescent({ learningRate: 1e-3 });
  const model = new LinearRegression({ intercept: false });
  const { history } = await fit(model, data, { optimizer, epochs: 5, tolerance: 0, kernels: set });
  return (history.at(-1).elapsedMs - history[0].elapsedMs) / (history.length - 1) / 1000;
}

/** Seconds from the start of the loop to the end of the first Newton iteration. */
export async function newtonSeconds(data, set) {
  const model = new LinearRegression({ intercept: false });
  const { history } = await fit(model, data, { optimizer: new Newton(), epochs: 1, kernels: set });
  return history[0].elapsedMs / 1000;
}

/** What a kernel set needs to form the Gram matrix of a copy of the data, unweighted and weighted. */
export function gramSpecs({ x: values, rows, columns }) {
  const x = allocateStorage(rows * columns, 'float64');
  x.data.set(values);
  const weights = allocateDoubles(rows);
  for (let i = 0; i < rows; i += 1) weights.data[i] = 0.5 + (i % 1000) / 1000;
  const plain = { x, rows, columns, intercept: false, loss: 'squared', lossParameter: 0 };
  return { plain, weighted: { ...plain, weights } };
}

/** Seconds of the Gram matrix alone, as a fit runs it: on the threads of the pool. */
export async function gramSeconds(spec, set, threads) {
  const sums = kernelSet(set).linear(spec, threads);
  const started = performance.now();
  await sums.gram().start({ signal: undefined, due: () => false, breathe: async () => {} });
  const seconds = (performance.now() - started) / 1000;
  sums.dispose();
  return seconds;
}

/** What portable is measured by: one thread, eight accumulators, no library. */
export function handWrittenSeconds({ x, y, rows, columns }) {
  const theta = new Float64Array(columns);
  const sum = new Float64Array(columns);
  const started = performance.now();
  let loss = 0;
  for (let i = 0; i < rows; i += 1) {
    const at = i * columns;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    let j = 0;
    for (; j + 8 <= columns; j += 8) {
      a += x[at + j] * theta[j];
      b += x[at + j + 1] * theta[j + 1];
      c += x[at + j + 2] * theta[j + 2];
      d += x[at + j + 3] * theta[j + 3];
      e += x[at + j + 4] * theta[j + 4];
      f += x[at + j + 5] * theta[j + 5];
      g += x[at + j + 6] * theta[j + 6];
      h += x[at + j + 7] * theta[j + 7];
    }
    for (; j < columns; j += 1) a += x[at + j] * theta[j];
    const residual = a + b + c + d + e + f + g + h - y[i];
    loss += 0.5 * residual * residual;
    for (j = 0; j < columns; j += 1) sum[j] += residual * x[at + j];
  }
  if (!Number.isFinite(loss)) throw new Error('the hand-written loop met a number that is not finite');
  return (performance.now() - started) / 1000;
}
