// How well predictions of a quantile do: the pinball loss beside that of the best constant.

import { pinballLoss } from '../metrics/regression.js';

/** 1 − Σ wρ(y − ŷ) / Σ wρ(y − q), q the τ-quantile of y; NaN when y is constant. */
export function pinballScore(
  tau: number,
  y: Float64Array,
  predicted: Float64Array,
  weights: Float64Array | undefined,
): number {
  const best = new Float64Array(y.length).fill(weightedQuantile(tau, y, weights));
  const constant = pinballLoss(y, best, { quantile: tau, weights });
  return constant === 0 ? Number.NaN : 1 - pinballLoss(y, predicted, { quantile: tau, weights }) / constant;
}

/** The smallest y of which the share of weight up to it is τ: a minimum of the pinball loss among constants. */
function weightedQuantile(tau: number, y: Float64Array, weights: Float64Array | undefined): number {
  const order = Uint32Array.from(y, (_, i) => i).sort((a, b) => (y[a] as number) - (y[b] as number));
  const total = weights ? weights.reduce((sum, w) => sum + w, 0) : y.length;
  let sum = 0;
  for (const i of order) {
    sum += weights?.[i] ?? 1;
    if (sum >= tau * total) return y[i] as number;
  }
  return y[order[order.length - 1] as number] as number;
}
