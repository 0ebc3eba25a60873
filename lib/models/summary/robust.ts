// Covariances of estimates from Gram matrices: C·M·C with the bread C = (ZᵀIZ + penalty)⁻¹ of an information I, and as meat M
// either the information itself (the model's own covariance) or the squares of the scores (White 1980; MacKinnon and White
// 1985, HC1 to HC3). For generalised linear models as R's sandwich has them (Zeileis 2006).

import type { Work } from '../objective.js';
import type { StandardDesign } from './standard-design.js';
import type { CovarianceKind, SummarySettings } from './summary-options.js';
import { diagonalOf, type Inverted, invert, sandwich } from './symmetric.js';

export interface CovarianceInput {
  readonly design: StandardDesign;
  readonly kind: CovarianceKind;
  readonly weighting: SummarySettings['weights'];
  /** One a row, with the weight of the row in it: its score by η, and the information of it. */
  readonly scores: Float64Array;
  readonly information: Float64Array;
  readonly weights: Float64Array;
  /** The ridge penalty, on the scale of the data, in units of a sum over rows. */
  readonly penalty: Float64Array;
  /** Only of 'model': the factor φ. */
  readonly dispersion: number;
  readonly observations: number;
}

export interface Covariance {
  /** Of the parameters on the user's scale, p×p. */
  readonly covariance: Float64Array;
  readonly condition: number;
  /** A sentence where there is something to say of it. */
  readonly remark: string | undefined;
}

/** The leverage of a row counts as 1 from here on: what is missing is rounding. */
const fullLeverage = 1 - 1e-11;

/** Undefined where the information is not positive definite. */
export function* covarianceOf(input: CovarianceInput): Work<Covariance | undefined> {
  const { design, kind } = input;
  const { kernels, size: p } = design;
  const gram = (yield* design.gram(input.information)) as Float64Array;
  const penalised = gram.slice();
  design.penalty(input.penalty).forEach((value, j) => {
    penalised[j * p + j] = (penalised[j * p + j] as number) + value;
  });
  const bread = invert(penalised, p, kernels);
  if (bread === undefined) return undefined;
  const { condition, inverse } = bread;
  if (kind === 'model') {
    const own = sandwich(inverse, gram, p, kernels).map((value) => value * input.dispersion);
    return { covariance: design.onDataScale(own), condition, remark: undefined };
  }
  const { squares, full } = meatWeights(input, bread);
  const meat = (yield* design.gram(squares)) as Float64Array;
  const correction = kind === 'HC1' ? input.observations / (input.observations - p) : 1;
  const covariance = sandwich(inverse, meat, p, kernels).map((value) => value * correction);
  return {
    covariance: design.onDataScale(covariance),
    condition,
    remark: full > 0 ? remarkOnLeverage(full, kind) : undefined,
  };
}

function remarkOnLeverage(count: number, kind: CovarianceKind): string {
  const rows =
    count === 1
      ? 'one row is fitted exactly whatever its target is'
      : `${count} rows are fitted exactly whatever their targets are`;
  return `${rows} (leverage 1): ${kind} has no value there`;
}

/** The square of each row's score, divided by what its leverage takes from it. */
function meatWeights(input: CovarianceInput, bread: Inverted): { squares: Float64Array; full: number } {
  const { kind, scores, weights, weighting } = input;
  const frequency = (i: number): number => (weighting === 'frequency' ? (weights[i] as number) : 1);
  const power = kind === 'HC2' ? 1 : kind === 'HC3' ? 2 : 0;
  const leverage = power > 0 ? leverages(input, bread) : undefined;
  let full = 0;
  const squares = scores.map((score, i) => {
    const copies = frequency(i);
    if (copies === 0) return 0;
    // A frequency multiplies the score of each of its equal rows: their squares add up to score²/frequency.
    const square = (score * score) / copies;
    if (leverage === undefined) return square;
    const own = (leverage[i] as number) / copies;
    if (own >= fullLeverage) full += 1;
    return own >= fullLeverage ? Number.NaN : square / (1 - own) ** power;
  });
  return { squares, full };
}

/** iᵢ·zᵢᵀC zᵢ = iᵢ·‖L⁻¹zᵢ‖², by as many passes of prediction as there are parameters. */
function leverages({ design, information }: CovarianceInput, { root }: Inverted): Float64Array {
  const p = design.size;
  const out = new Float64Array(information.length);
  for (let k = 0; k < p; k += 1) {
    const parts = design.predictors(root.subarray(k * p, (k + 1) * p));
    for (let i = 0; i < out.length; i += 1) out[i] = (out[i] as number) + (parts[i] as number) ** 2;
  }
  for (let i = 0; i < out.length; i += 1) out[i] = (out[i] as number) * (information[i] as number);
  return out;
}

export function standardErrorsOf(covariance: Float64Array, p: number): Float64Array {
  return diagonalOf(covariance, p).map(Math.sqrt);
}

/** βᵀV⁻¹β / columns: the F statistic of all coefficients but the intercept, which is last. NaN where V is singular. */
export function waldStatistic(
  parameters: Float64Array,
  columns: number,
  covariance: Float64Array,
  design: StandardDesign,
): number {
  const p = parameters.length;
  const block = Float64Array.from({ length: columns * columns }, (_, at) => {
    return covariance[Math.floor(at / columns) * p + (at % columns)] as number;
  });
  const inverted = invert(block, columns, design.kernels);
  if (inverted === undefined) return Number.NaN;
  let sum = 0;
  for (let k = 0; k < columns; k += 1) {
    sum +=
      design.kernels.dot(inverted.root.subarray(k * columns, (k + 1) * columns), parameters.slice(0, columns)) ** 2;
  }
  return sum / columns;
}
