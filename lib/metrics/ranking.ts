// Metrics of scores that order rows: the higher, the likelier positive. Rows of equal
// score stand at one threshold and enter a curve together, as in scikit-learn.

import { checkBoolean, checkOptions } from '../options.js';
import { type BinaryOptions, checkLabels, type Label, positiveLabel } from './labels.js';
import { checkFinite, checkRows, weightsOf } from './weighted.js';

export interface CurveOptions extends BinaryOptions {
  /** Leave out points that change nothing of the drawn curve. Default true for `rocCurve`, false for `precisionRecallCurve`. */
  readonly dropIntermediate?: boolean;
}

export interface RocCurve {
  /** FP / (FP + TN) at each threshold, from 0 to 1; NaN everywhere without negative rows. */
  readonly falsePositiveRate: Float64Array;
  /** TP / (TP + FN), from 0 to 1; NaN everywhere without positive rows. */
  readonly truePositiveRate: Float64Array;
  /** Falling: a row counts as positive from this score on. The first is Infinity, where none does. */
  readonly thresholds: Float64Array;
}

export interface PrecisionRecallCurve {
  /** TP / (TP + FP) at each threshold, then a last 1. */
  readonly precision: Float64Array;
  /** TP / (TP + FN), falling, then a last 0; NaN up to there without positive rows. */
  readonly recall: Float64Array;
  /** Rising: a row counts as positive from this score on. One shorter than the others. */
  readonly thresholds: Float64Array;
}

/** Weights of the rows with at least this score. */
interface Point {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

type Labels = ArrayLike<Label>;
type Scores = ArrayLike<number>;

/**
 * The area under the ROC curve: the probability that a positive row has the higher score than a negative one, ties counted
 * half (`roc_auc_score`; Hanley and McNeil 1982). NaN with rows of one class only.
 * @param scores finite numbers, such as probabilities or linear predictors.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function rocAuc(y: Labels, scores: Scores, options: BinaryOptions = {}): number {
  checkOptions(options, ['weights', 'positive'], 'rocAuc');
  const points = pointsOf(y, scores, options);
  const { truePositives, falsePositives } = points.at(-1) as Point;
  if (truePositives === 0 || falsePositives === 0) return Number.NaN;
  let area = 0;
  let before = { truePositives: 0, falsePositives: 0 };
  for (const point of points) {
    area += (point.falsePositives - before.falsePositives) * (point.truePositives + before.truePositives);
    before = point;
  }
  return area / 2 / truePositives / falsePositives;
}

/** Rates of true and false positives threshold by threshold (`roc_curve`). @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION */
export function rocCurve(y: Labels, scores: Scores, options: CurveOptions = {}): RocCurve {
  const { points, drop } = curvePoints('rocCurve', y, scores, options, true);
  const last = points.at(-1) as Point;
  const kept = drop ? points.filter((_, i) => i === 0 || i === points.length - 1 || bends(points, i)) : points;
  const all = [{ threshold: Number.POSITIVE_INFINITY, truePositives: 0, falsePositives: 0 }, ...kept];
  return {
    falsePositiveRate: Float64Array.from(all, (point) => rate(point.falsePositives, last.falsePositives)),
    truePositiveRate: Float64Array.from(all, (point) => rate(point.truePositives, last.truePositives)),
    thresholds: Float64Array.from(all, (point) => point.threshold),
  };
}

/** Precision and recall threshold by threshold (`precision_recall_curve`). @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION */
export function precisionRecallCurve(y: Labels, scores: Scores, options: CurveOptions = {}): PrecisionRecallCurve {
  const { points, drop } = curvePoints('precisionRecallCurve', y, scores, options, false);
  const last = points.at(-1) as Point;
  const kept = (drop ? points.filter((_, i) => i === 0 || i === points.length - 1 || moves(points, i)) : points)
    .slice()
    .reverse();
  return {
    precision: Float64Array.from([...kept.map(precisionAt), 1]),
    recall: Float64Array.from([...kept.map((point) => rate(point.truePositives, last.truePositives)), 0]),
    thresholds: Float64Array.from(kept, (point) => point.threshold),
  };
}

/**
 * Σ (recallₙ − recallₙ₋₁)·precisionₙ over falling thresholds, without interpolation (`average_precision_score`). NaN
 * without positive rows. (scikit-learn says 0 then.)
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function averagePrecision(y: Labels, scores: Scores, options: BinaryOptions = {}): number {
  checkOptions(options, ['weights', 'positive'], 'averagePrecision');
  const points = pointsOf(y, scores, options);
  const { truePositives } = points.at(-1) as Point;
  let sum = 0;
  let before = 0;
  for (const point of points) {
    sum += (point.truePositives - before) * precisionAt(point);
    before = point.truePositives;
  }
  return rate(sum, truePositives);
}

function curvePoints(
  name: string,
  y: Labels,
  scores: Scores,
  options: CurveOptions,
  dropByDefault: boolean,
): { readonly points: readonly Point[]; readonly drop: boolean } {
  checkOptions(options, ['weights', 'positive', 'dropIntermediate'], name);
  const drop = checkBoolean(options.dropIntermediate ?? dropByDefault, '`dropIntermediate`');
  return { points: pointsOf(y, scores, options), drop };
}

/** One point a distinct score, scores falling. Rows of weight 0 make none. */
function pointsOf(y: Labels, scores: Scores, { weights, positive }: BinaryOptions): readonly Point[] {
  const rows = checkRows(y, '`y`');
  checkLabels(y, rows, '`y`');
  checkFinite(scores, rows, '`scores`');
  const weight = weightsOf(weights, rows);
  const label = positiveLabel([y], positive);
  const order = Array.from({ length: rows }, (_, i) => i).filter((i) => weight(i) > 0);
  order.sort((a, b) => (scores[b] as number) - (scores[a] as number) || b - a);
  const points: Point[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  order.forEach((row, i) => {
    if (y[row] === label) truePositives += weight(row);
    else falsePositives += weight(row);
    const threshold = scores[row] as number;
    const next = order[i + 1];
    if (next === undefined || scores[next] !== threshold) points.push({ threshold, truePositives, falsePositives });
  });
  return points;
}

/** Whether the ROC curve is not straight at a point between two others. */
function bends(points: readonly Point[], i: number): boolean {
  const [before, at, after] = [points[i - 1], points[i], points[i + 1]] as [Point, Point, Point];
  const second = (of: (point: Point) => number): number => of(after) - of(at) - (of(at) - of(before));
  return second((point) => point.falsePositives) !== 0 || second((point) => point.truePositives) !== 0;
}

/** Whether the recall is another before or after a point. */
function moves(points: readonly Point[], i: number): boolean {
  const { truePositives } = points[i] as Point;
  return points[i - 1]?.truePositives !== truePositives || points[i + 1]?.truePositives !== truePositives;
}

function precisionAt({ truePositives, falsePositives }: Point): number {
  return truePositives / (truePositives + falsePositives);
}

function rate(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN;
}
