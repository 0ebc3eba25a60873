// Losses of residuals that let outliers weigh less: ½ δ² Σ ρ(zᵢ), zᵢ = (rᵢ/δ)², with
// the ρ of SciPy's least_squares (Triggs, McLauchlan, Hartley and Fitzgibbon 2000,
// appendix A). Gauss–Newton sees residuals r̃ = r·ρ′/√s and rows J̃ = J·√s with
// s = ρ′ + 2ρ″z, so that J̃ᵀr̃ is the gradient and J̃ᵀJ̃ its derivative but for the curvature
// of r. Departure: s is kept at 0.1·ρ′ or above (SciPy: at 2⁻⁵²). An outlier with next to
// no curvature calls for steps far outside the model; of 0, 1e-4, 0.01, 0.1, 0.3 and 1 (the
// weights of iterated least squares) 0.1 led a decay with outliers to its best minimum from all starts tried,
// in the fewest evaluations.

export type RobustLoss = 'squared' | 'huber' | 'softL1' | 'cauchy' | 'arctan';

export const robustLosses: readonly RobustLoss[] = ['squared', 'huber', 'softL1', 'cauchy', 'arctan'];

const smallestShare = 0.1;

/** ½ Σ r², or ½ δ² Σ ρ((r/δ)²). */
export function lossOf(loss: RobustLoss, delta: number, residuals: Float64Array): number {
  let sum = 0;
  if (loss === 'squared') {
    for (let i = 0; i < residuals.length; i += 1) sum += (residuals[i] as number) * (residuals[i] as number);
    return 0.5 * sum;
  }
  for (let i = 0; i < residuals.length; i += 1) {
    const u = (residuals[i] as number) / delta;
    sum += rho(loss, u * u);
  }
  return 0.5 * delta * delta * sum;
}

/** Writes r̃ and turns the rows of J into those of J̃. */
export function weigh(
  loss: RobustLoss,
  delta: number,
  residuals: Float64Array,
  weighted: Float64Array,
  jacobian: Float64Array,
  columns: number,
): void {
  if (loss === 'squared') {
    weighted.set(residuals);
    return;
  }
  for (let i = 0; i < residuals.length; i += 1) {
    const u = (residuals[i] as number) / delta;
    const z = u * u;
    const slope = rhoSlope(loss, z);
    const s = Math.sqrt(Math.max(slope + 2 * z * rhoCurvature(loss, z), smallestShare * slope));
    // An arctan or Cauchy residual of 1e160 weighs nothing at all.
    weighted[i] = s > 0 ? ((residuals[i] as number) * slope) / s : 0;
    for (let j = 0; j < columns; j += 1) jacobian[i * columns + j] = (jacobian[i * columns + j] as number) * s;
  }
}

function rho(loss: RobustLoss, z: number): number {
  if (loss === 'huber') return z <= 1 ? z : 2 * Math.sqrt(z) - 1;
  // 2(√(1+z) − 1) without its cancellation at small z.
  if (loss === 'softL1') return z < Number.MAX_VALUE ? (2 * z) / (Math.sqrt(1 + z) + 1) : z;
  if (loss === 'cauchy') return Math.log1p(z);
  return Math.atan(z);
}

function rhoSlope(loss: RobustLoss, z: number): number {
  if (loss === 'huber') return z <= 1 ? 1 : 1 / Math.sqrt(z);
  if (loss === 'softL1') return 1 / Math.sqrt(1 + z);
  if (loss === 'cauchy') return 1 / (1 + z);
  return 1 / (1 + z * z);
}

function rhoCurvature(loss: RobustLoss, z: number): number {
  if (loss === 'huber') return z <= 1 ? 0 : -0.5 / (z * Math.sqrt(z));
  if (loss === 'softL1') return -0.5 / ((1 + z) * Math.sqrt(1 + z));
  if (loss === 'cauchy') return -1 / ((1 + z) * (1 + z));
  return (-2 * z) / ((1 + z * z) * (1 + z * z));
}
