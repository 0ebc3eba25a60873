// Losses with their Fenchel conjugates, over many rows at a time: what a duality gap is made of. Only those whose conjugate
// ℓ*(u) is finite for every u between 0 and a derivative.

import type { FunctionName, Kernels } from '../kernels/kernels.js';
import type { Loss } from '../losses/loss.js';

/** Fills `out`, one number a row. `out` may have room for more. */
type Fill = (x: Float64Array, y: Float64Array, out: Float64Array, kernels: Kernels) => void;

export interface PairedLoss {
  /** ℓ(η, y). */
  readonly values: Fill;
  /** dℓ/dη. */
  readonly derivatives: Fill;
  /** ℓ*(u, y). */
  readonly conjugates: Fill;
}

/** Undefined for losses that have no such conjugate. */
export function pairedLoss({ name, parameter }: Loss): PairedLoss | undefined {
  if (name === 'logistic') return logisticPair;
  if (name === 'poisson') return poissonPair;
  return name === 'huber' ? huberPair(parameter) : undefined;
}

/** x·log x of numbers ≥ 0, added to `out`. */
function addEntropies(x: Float64Array, out: Float64Array, kernels: Kernels): void {
  const logs = new Float64Array(x.length);
  kernels.map('log', x, logs);
  for (let i = 0; i < x.length; i += 1) {
    const value = x[i] as number;
    if (value > 0) out[i] = (out[i] as number) + value * (logs[i] as number);
  }
}

/** Of a canonical likelihood: ℓ = b(η) − yη, with the cumulant b and its slope, the mean. */
function canonicalPair(cumulant: FunctionName, mean: FunctionName, conjugates: Fill): PairedLoss {
  return {
    values: (eta, y, out, kernels) => {
      kernels.map(cumulant, eta, out.subarray(0, eta.length));
      for (let i = 0; i < eta.length; i += 1) out[i] = (out[i] as number) - (y[i] as number) * (eta[i] as number);
    },
    derivatives: (eta, y, out, kernels) => {
      kernels.map(mean, eta, out.subarray(0, eta.length));
      for (let i = 0; i < eta.length; i += 1) out[i] = (out[i] as number) - (y[i] as number);
    },
    conjugates,
  };
}

const logisticPair = canonicalPair('softplus', 'sigmoid', (u, y, out, kernels) => {
  const p = u.map((value, i) => Math.min(1, Math.max(0, value + (y[i] as number))));
  out.fill(0);
  addEntropies(p, out, kernels);
  for (let i = 0; i < p.length; i += 1) p[i] = 1 - (p[i] as number);
  addEntropies(p, out, kernels);
});

const poissonPair = canonicalPair('exp', 'exp', (u, y, out, kernels) => {
  const mean = u.map((value, i) => Math.max(0, value + (y[i] as number)));
  for (let i = 0; i < mean.length; i += 1) out[i] = -(mean[i] as number);
  addEntropies(mean, out, kernels);
});

function huberPair(delta: number): PairedLoss {
  return {
    values: (eta, y, out) => {
      for (let i = 0; i < eta.length; i += 1) {
        const r = Math.abs((eta[i] as number) - (y[i] as number));
        out[i] = r <= delta ? 0.5 * r * r : delta * (r - 0.5 * delta);
      }
    },
    derivatives: (eta, y, out) => {
      for (let i = 0; i < eta.length; i += 1) {
        out[i] = Math.min(delta, Math.max(-delta, (eta[i] as number) - (y[i] as number)));
      }
    },
    conjugates: (u, y, out) => {
      for (let i = 0; i < u.length; i += 1) {
        const value = u[i] as number;
        out[i] = 0.5 * value * value + value * (y[i] as number);
      }
    },
  };
}
