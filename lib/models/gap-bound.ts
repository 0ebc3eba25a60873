// How far a point can be from the minimum of a penalised mean loss at most: Fenchel's
// duality gap. For J(θ) = f(Zθ) + Ω(θ), f the mean loss of the predictors, every u with
// Zᵀu in the domain of Ω* gives J(θ) − min J ≤ Σ [ℓ(η) + ℓ*(u) − uη] + Σ [Ω(θ) + Ω*(t) − θt]
// with t = −Zᵀu, and no term is negative (Rockafellar 1970, theorem 31.1; for l1 Fercoq,
// Gramfort & Salmon 2015). u is the derivative of the losses at the point, brought into the
// domain: scaled until |tⱼ| ≤ λⱼ where only l1 holds θⱼ, and balanced to sum 0 where there is
// an intercept, which nothing holds. Called by the objectives when a fit ends.

import type { Kernels, LinearSpec } from '../kernels/kernels.js';
import type { Loss } from '../losses/loss.js';
import type { Bounds } from '../optimizers/solver.js';
import type { Work } from './objective.js';
import { overPieces, rowsPiece } from './over-rows.js';
import { pairedLoss } from './paired-losses.js';
import type { Tangent } from './ridge-gap.js';
import { RowProducts } from './row-products.js';

// Of a sum of terms that were rounded on their way.
const rounding = 2 ** -50;

/** One number a parameter. */
export interface PenaltyTerms {
  readonly l1: Float64Array;
  readonly l2: Float64Array;
  /** lower is 0 or −∞, upper +∞. */
  readonly bounds: Bounds | undefined;
}

/** The largest share of t, up to 1, in the domain of Ω*; undefined where a coefficient that nothing holds leaves none. */
function feasibleShare(t: Float64Array, { l1, l2, bounds }: PenaltyTerms, columns: number): number | undefined {
  let share = 1;
  for (let j = 0; j < columns; j += 1) {
    const pull = bounds?.lower[j] === 0 ? (t[j] as number) : Math.abs(t[j] as number);
    const held = l1[j] as number;
    if ((l2[j] as number) > 0 || pull <= held) continue;
    if (held === 0) return undefined;
    share = Math.min(share, held / pull);
  }
  return share;
}

/** Σ Ω(θ) + Ω*(share·t) − θ·share·t over the coefficients. */
function penaltyGap(
  theta: Float64Array,
  t: Float64Array,
  share: number,
  { l1, l2, bounds }: PenaltyTerms,
  columns: number,
): number {
  let sum = 0;
  for (let j = 0; j < columns; j += 1) {
    const x = theta[j] as number;
    const held = l1[j] as number;
    const ridge = l2[j] as number;
    const pull = share * (t[j] as number);
    // What l1 (and the bound) takes of the pull, and the rest, which ridge answers with rest/ridge: no difference of large terms.
    const taken = bounds?.lower[j] === 0 ? Math.min(pull, held) : Math.min(held, Math.max(-held, pull));
    const slack = Math.max(0, held * Math.abs(x) - taken * x);
    const off = ridge > 0 ? x - (pull - taken) / ridge : 0;
    sum += slack + 0.5 * ridge * off * off;
  }
  return sum;
}

/**
 * For a loss other than squared with every coefficient penalised, by l1, ridge or both; undefined for other losses and
 * penalties, NaN when aborted.
 */
export function* dualityGap(
  spec: LinearSpec,
  loss: Loss,
  terms: PenaltyTerms,
  theta: Float64Array,
  kernels: Kernels,
  threads: number,
): Work<number | undefined> {
  const pair = pairedLoss(loss);
  const { columns, rows, intercept, y, weights } = spec;
  const held = terms.l1.subarray(0, columns).every((strength, j) => strength + (terms.l2[j] as number) > 0);
  if (pair === undefined || y === undefined || !held) return undefined;
  const products = new RowProducts(spec, kernels, threads);
  try {
    if (!(yield products.predictors(theta))) return Number.NaN;
    const { eta, factors } = products;
    const targets = y.data;
    const weightOf = (i: number): number => (weights === undefined ? 1 : (weights.data[i] as number));
    let total = 0;
    let above = 0;
    let below = 0;
    const derive = (first: number, last: number): void => {
      const [at, target, out] = [eta, targets, factors].map((of) => of.subarray(first, last)) as Three;
      pair.derivatives(at, target, out, kernels);
      for (let i = first; i < last; i += 1) {
        const w = weightOf(i);
        total += w;
        const pull = w * (factors[i] as number);
        if (pull > 0) above += pull;
        else below -= pull;
      }
    };
    if (!(yield* overPieces(rows, derive))) return Number.NaN;
    const least = Math.min(above, below);
    const up = intercept && above > 0 ? least / above : 1;
    const down = intercept && below > 0 ? least / below : 1;
    const balance = (first: number, last: number): void => {
      for (let i = first; i < last; i += 1) {
        const u = factors[i] as number;
        factors[i] = ((u > 0 ? up : down) * u * weightOf(i)) / total;
      }
    };
    if (!(yield* overPieces(rows, balance)) || !(yield products.transpose())) return Number.NaN;
    const t = products.product;
    const share = feasibleShare(t, terms, columns);
    if (share === undefined) return undefined;
    let gap = 0;
    let size = 0;
    const values = new Float64Array(Math.min(rows, rowsPiece));
    const conjugates = new Float64Array(values.length);
    const add = (first: number, last: number): void => {
      for (let i = first; i < last; i += 1) {
        const w = weightOf(i) / total;
        factors[i] = w > 0 ? (share * (factors[i] as number)) / w : 0;
      }
      const [at, target, u] = [eta, targets, factors].map((of) => of.subarray(first, last)) as Three;
      pair.values(at, target, values, kernels);
      pair.conjugates(u, target, conjugates, kernels);
      for (let i = 0; i < u.length; i += 1) {
        const w = weightOf(first + i) / total;
        if (w === 0) continue;
        const product = (u[i] as number) * (at[i] as number);
        const [value, conjugate] = [values[i] as number, conjugates[i] as number];
        gap += w * (value + conjugate - product);
        size += w * (Math.abs(value) + Math.abs(conjugate) + Math.abs(product));
      }
    };
    if (!(yield* overPieces(rows, add))) return Number.NaN;
    return Math.max(gap, 0) + rounding * size + penaltyGap(theta, t, share, terms, columns);
  } finally {
    products.dispose();
  }
}

type Three = [Float64Array, Float64Array, Float64Array];

/**
 * For squared loss. The balanced residuals are those at the best intercept, `shift` away from the point's.
 * @param gradient that of half the mean square at the best intercept; without an intercept `shift` is 0.
 */
export function squaredGap(
  { theta, value }: Omit<Tangent, 'gradient'>,
  shift: number,
  gradient: Float64Array,
  terms: PenaltyTerms,
  columns: number,
): number | undefined {
  const t = gradient.map((g) => -g);
  const share = feasibleShare(t, terms, columns);
  if (share === undefined) return undefined;
  const moved = 0.5 * shift * shift;
  const left = Math.max(0, value - moved) * (1 - share) * (1 - share);
  return left + moved + penaltyGap(theta, t, share, terms, columns);
}

/**
 * v of least size in the subdifferential of J at the point. For a quadratic f with Hessian H (ridge in it) J is above its
 * value + vᵀd + ½dᵀHd everywhere, so that ½vᵀH⁻¹v bounds the gap: without l1 and bounds that is the gap.
 */
export function leastSubgradient(
  { theta, gradient }: Omit<Tangent, 'value'>,
  { l1, l2, bounds }: PenaltyTerms,
): Float64Array {
  return gradient.map((slope, j) => {
    const x = theta[j] as number;
    const held = l1[j] as number;
    const g = slope + (l2[j] as number) * x;
    if (x !== 0) return g + Math.sign(x) * held;
    if (bounds?.lower[j] === 0) return Math.min(g + held, 0);
    return g > held ? g - held : Math.min(g + held, 0);
  });
}
