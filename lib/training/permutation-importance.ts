// Permutation importance (Breiman 2001; Fisher, Rudin and Dominici 2019): how much
// worse a fitted model scores when the values of one column are dealt out to the
// rows at random, which leaves the column's distribution and breaks what it tells.

import { checkCopy } from '../copies.js';
import { checkDataset } from '../data/check-dataset.js';
import type { Dataset } from '../data/dataset.js';
import { expected } from '../errors.js';
import { Random } from '../kernels/random.js';
import type { Label } from '../metrics/labels.js';
import type { MetricOptions } from '../metrics/weighted.js';
import { checkFunction, checkNumber, checkOptions } from '../options.js';

/** A fitted model: any of this package, or of your own. */
export interface ScoredModel {
  predict(data: Dataset): ArrayLike<Label>;
  score(data: Dataset): number;
}

/** A metric of this package, or a function like them: the higher the better. */
export type ImportanceMetric = (y: ArrayLike<never>, predicted: ArrayLike<never>, options: MetricOptions) => number;

export interface PermutationImportanceOptions {
  /**
   * What is measured, of targets and `predict`; default `model.score`. For an error give its negative:
   * `(y, predicted, options) => -meanAbsoluteError(y, predicted, options)`. Targets are the class names where there are such.
   */
  readonly metric?: ImportanceMetric;
  /** How often each column is dealt out; default 5. */
  readonly repeats?: number;
  /** Default 0. The result depends on it, and on no other order. */
  readonly seed?: number;
}

export interface ColumnImportance {
  /** Of the column. */
  readonly name: string;
  /** By how much the score drops on average. Negative when chance made it better. */
  readonly mean: number;
  /** Of the drops, about their mean. */
  readonly standardDeviation: number;
  /** One a repetition. */
  readonly drops: Float64Array;
}

export interface PermutationImportance {
  /** The score of the data as they are. */
  readonly score: number;
  /** In column order. */
  readonly columns: readonly ColumnImportance[];
}

/**
 * The drop of a fitted model's score, column by column; scikit-learn's `permutation_importance`. Rows that were not used in
 * the fit tell what the model has learnt rather than what it remembers. Columns that say the same share their importance.
 * Synchronous: it takes as long as columns × repeats calls of `predict`.
 * @param data rows with the columns of the fit; they are copied once and stay as they are.
 * @throws ERR_GRADUS_OPTION, and what the model throws for data that do not suit it.
 */
export function permutationImportance(
  model: ScoredModel,
  data: Dataset,
  options: PermutationImportanceOptions = {},
): PermutationImportance {
  checkCopy(model, '`model`');
  if (typeof model !== 'object' || model === null || typeof model.score !== 'function') {
    throw expected('ERR_GRADUS_OPTION', '`model`', 'a fitted model of this package', model);
  }
  checkDataset(data, '`data`');
  checkOptions(options, ['metric', 'repeats', 'seed'], 'permutationImportance');
  if (options.metric !== undefined) checkFunction(options.metric, '`metric`');
  const repeats = checkNumber(options.repeats ?? 5, '`repeats`', { integer: true, min: 1 });
  const seed = checkNumber(options.seed ?? 0, '`seed`', { integer: true, min: 0, max: Number.MAX_SAFE_INTEGER });
  const scoreOf = scorer(model, data, options.metric);
  const score = scoreOf(data);
  const dealt = data.withValues(data.x);
  const columns = data.columnNames.map((name, column) => {
    const kept = columnOf(dealt, column);
    const drops = Float64Array.from({ length: repeats }, (_, repeat) => {
      // A stream for each column and repetition: more columns or repetitions leave the others as they are.
      const order = new Random(seed, pairNumber(column, repeat)).shuffle(Uint32Array.from(kept.keys()));
      setColumn(dealt, column, (row) => kept[order[row] as number] as number);
      return score - scoreOf(dealt);
    });
    setColumn(dealt, column, (row) => kept[row] as number);
    return { name, ...momentsOf(drops), drops };
  });
  return { score, columns };
}

function scorer(
  model: ScoredModel,
  { rowLabels, y, weights }: Dataset,
  metric: ImportanceMetric | undefined,
): (data: Dataset) => number {
  if (metric === undefined) return (data) => model.score(data);
  const targets: ArrayLike<Label> = rowLabels ?? y;
  return (data) => metric(targets as ArrayLike<never>, model.predict(data) as ArrayLike<never>, { weights });
}

/** Another number for each pair (Cantor). */
function pairNumber(a: number, b: number): number {
  return ((a + b) * (a + b + 1)) / 2 + b;
}

function columnOf({ x, rows, columns }: Dataset, column: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => x[row * columns + column] as number);
}

function setColumn({ x, rows, columns }: Dataset, column: number, value: (row: number) => number): void {
  for (let row = 0; row < rows; row += 1) x[row * columns + column] = value(row);
}

function momentsOf(values: Float64Array): Pick<ColumnImportance, 'mean' | 'standardDeviation'> {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / values.length) };
}
