// The pointwise losses over a run of rows: the arithmetic of native/kernels/pointwise.inc, which has the formulas.

import type { LossName } from '../kernels.js';
import { exp, log, logOfSum } from './elementary.js';

/** Sums by lane (row in the leaf mod 8): eight of w·loss, then eight of w·loss'. */
export type LossSums = Float64Array;

export interface LossRows {
  readonly eta: Float64Array;
  readonly y: Float64Array | undefined;
  readonly weights: Float64Array | undefined;
  /** Position of the first row in y and weights. */
  first: number;
  readonly derivative: Float64Array;
  readonly curvature: Float64Array;
}

type LossKernel = (run: LossRows, rows: number, parameter: number, sums: LossSums) => void;

/** d loss / d eta of one row: the arithmetic of the loss kernels below. */
type Derivative = (eta: number, y: number, parameter: number) => number;

const squaredDerivative: Derivative = (eta, y) => eta - y;

const huberDerivative: Derivative = (eta, y, delta) => {
  const r = eta - y;
  if (Math.abs(r) > delta) return r < 0 ? -delta : delta;
  return r;
};

const logisticDerivative: Derivative = (eta, y) => {
  const e = exp(-Math.abs(eta));
  return eta < 0 ? ((1 - y) * e + (0 - y)) / (1 + e) : ((0 - y) * e + (1 - y)) / (1 + e);
};

const poissonDerivative: Derivative = (eta, y) => exp(eta) - y;

const gammaDerivative: Derivative = (eta, y) => 1 - y * exp(0 - eta);

const tweedieDerivative: Derivative = (eta, y, power) => exp((2 - power) * eta) - y * exp((1 - power) * eta);

const negativeBinomialDerivative: Derivative = (eta, y, alpha) => {
  const t = eta + log(alpha);
  const e = exp(-Math.abs(t));
  const r = 1 / alpha;
  return t < 0 ? (r * e + (0 - y)) / (1 + e) : ((0 - y) * e + r) / (1 + e);
};

const squaredHingeDerivative: Derivative = (eta, y) => {
  const s = y + y - 1;
  const lacks = 1 - s * eta;
  return lacks <= 0 ? 0 : -2 * (s * lacks);
};

export const derivatives: Readonly<Record<LossName, Derivative>> = {
  squared: squaredDerivative,
  huber: huberDerivative,
  logistic: logisticDerivative,
  poisson: poissonDerivative,
  gamma: gammaDerivative,
  tweedie: tweedieDerivative,
  negativeBinomial: negativeBinomialDerivative,
  squaredHinge: squaredHingeDerivative,
};

function finish(run: LossRows, i: number, loss: number, first: number, second: number, sums: LossSums): void {
  const w = run.weights === undefined ? 1 : run.weights[run.first + i]!;
  const d = w * first;
  const lane = i % 8;
  run.derivative[i] = d;
  run.curvature[i] = w * second;
  sums[lane] = sums[lane]! + w * loss;
  sums[8 + lane] = sums[8 + lane]! + d;
}

const squaredLoss: LossKernel = (run, rows, _, sums) => {
  for (let i = 0; i < rows; i += 1) {
    const r = run.eta[i]! - (run.y === undefined ? 0 : run.y[run.first + i]!);
    finish(run, i, 0.5 * (r * r), r, 1, sums);
  }
};

const huberLoss: LossKernel = (run, rows, delta, sums) => {
  for (let i = 0; i < rows; i += 1) {
    const r = run.eta[i]! - (run.y === undefined ? 0 : run.y[run.first + i]!);
    const a = Math.abs(r);
    const outside = !(a <= delta || Number.isNaN(a));
    const loss = outside ? delta * (a - 0.5 * delta) : 0.5 * (r * r);
    const slope = r < 0 ? -delta : delta;
    finish(run, i, loss, outside ? slope : r, outside ? 0 : 1, sums);
  }
};

const logisticLoss: LossKernel = (run, rows, _, sums) => {
  for (let i = 0; i < rows; i += 1) {
    const eta = run.eta[i]!;
    const y = run.y === undefined ? 0 : run.y[run.first + i]!;
    const e = exp(-Math.abs(eta));
    const sum = 1 + e;
    const z = e / sum;
    const near = eta < 0 ? 0 - y : 1 - y;
    const across = eta < 0 ? 1 - y : 0 - y;
    const asymptote = Math.abs(near) > 0 ? near * eta : 0;
    const loss = asymptote + logOfSum(sum, e - (sum - 1));
    finish(run, i, loss, (across * e + near) / sum, z * (1 - z), sums);
  }
};

const poissonLoss: LossKernel = (run, rows, _, sums) => {
  for (let i = 0; i < rows; i += 1) {
    const eta = run.eta[i]!;
    const y = run.y === undefined ? 0 : run.y[run.first + i]!;
    const mean = exp(eta);
    finish(run, i, mean - y * eta, mean - y, mean, sums);
  }
};

const gammaLoss: LossKernel = (run, rows, _, sums) => {
  for (let i = 0; i < rows; i += 1) {
    const eta = run.eta[i]!;
    const y = run.y === undefined ? 0 : run.y[run.first + i]!;
    const share = y * exp(0 - eta);
    finish(run, i, eta + share, 1 - share, share, sums);
  }
};

const tweedieLoss: LossKernel = (run, rows, power, sums) => {
  const a = 2 - power;
  const b = 1 - power;
  const inverseA = 1 / a;
  const inverseB = 1 / b;
  for (let i = 0; i < rows; i += 1) {
    const eta = run.eta[i]!;
    const y = run.y === undefined ? 0 : run.y[run.first + i]!;
    const u = exp(a * eta);
    const v = y * exp(b * eta);
    finish(run, i, u * inverseA - v * inverseB, u - v, a * u - b * v, sums);
  }
};

const negativeBinomialLoss: LossKernel = (run, rows, alpha, sums) => {
  const r = 1 / alpha;
  const shift = log(alpha);
  for (let i = 0; i < rows; i += 1) {
    const t = run.eta[i]! + shift;
    const y = run.y === undefined ? 0 : run.y[run.first + i]!;
    const e = exp(-Math.abs(t));
    const sum = 1 + e;
    const z = e / sum;
    const near = t < 0 ? 0 - y : r;
    const across = t < 0 ? r : 0 - y;
    const asymptote = Math.abs(near) > 0 ? near * t : 0;
    const loss = asymptote + (r + y) * logOfSum(sum, e - (sum - 1));
    finish(run, i, loss, (across * e + near) / sum, (r + y) * (z * (1 - z)), sums);
  }
};

const squaredHingeLoss: LossKernel = (run, rows, _, sums) => {
  for (let i = 0; i < rows; i += 1) {
    const y = run.y === undefined ? 0 : run.y[run.first + i]!;
    const s = y + y - 1;
    const lacks = 1 - s * run.eta[i]!;
    if (lacks <= 0) finish(run, i, 0, 0, 0, sums);
    else finish(run, i, lacks * lacks, -2 * (s * lacks), 2 * (s * s), sums);
  }
};

export const lossKernels: Readonly<Record<LossName, LossKernel>> = {
  squared: squaredLoss,
  huber: huberLoss,
  logistic: logisticLoss,
  poisson: poissonLoss,
  gamma: gammaLoss,
  tweedie: tweedieLoss,
  negativeBinomial: negativeBinomialLoss,
  squaredHinge: squaredHingeLoss,
};
