// How well predictions of a quantile do: the pinball loss beside that of the best constant.

/** r·(τ − [r < 0]). */
function pinball(tau: number, r: number): number {
  return r * (r < 0 ? tau - 1 : tau);
}

/** 1 − Σ wρ(y − ŷ) / Σ wρ(y − q), q the τ-quantile of y; NaN when y is constant. */
export function pinballScore(
  tau: number,
  y: Float64Array,
  predicted: Float64Array,
  weights: Float64Array | undefined,
): number {
  const best = weightedQuantile(tau, y, weights);
  let loss = 0;
  let constant = 0;
  for (let i = 0; i < y.length; i += 1) {
    const w = weights?.[i] ?? 1;
    loss += w * pinball(tau, (y[i] as number) - (predicted[i] as number));
    constant += w * pinball(tau, (y[i] as number) - best);
  }
  return constant === 0 ? Number.NaN : 1 - loss / constant;
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
