// Metrics of predicted probabilities: of one class (one number a row), or of all of
// them (a row-major matrix, as SoftmaxRegression.predictProbability gives).

import { badEntry } from '../data/matrix-input.js';
import { expected, expectedBut } from '../errors.js';
import { log } from '../kernels/portable/elementary.js';
import { checkNumber, checkOptions } from '../options.js';
import { type BinaryOptions, checkLabels, type Label, labelsInOrder, positiveLabel } from './labels.js';
import { checkFinite, checkRows, weightedMean, weightsOf } from './weighted.js';

export interface ProbabilityOptions extends BinaryOptions {
  /**
   * With a probability for each class: the classes in the order of the columns. Default: as many numbers 0, 1, …, or the
   * strings among the targets, sorted.
   */
  readonly labels?: readonly Label[];
}

export interface CalibrationOptions extends BinaryOptions {
  /** How many; default 5. */
  readonly bins?: number;
  /** 'uniform' (default): of equal width. 'quantile': with about as many rows each, whatever their weights. */
  readonly strategy?: 'uniform' | 'quantile';
}

export interface CalibrationCurve {
  /** The share of positive rows in each bin that has any. */
  readonly observed: Float64Array;
  /** The mean probability there: equal to `observed` when the probabilities are right. */
  readonly predicted: Float64Array;
  /** The weight of its rows. */
  readonly weight: Float64Array;
}

type Labels = ArrayLike<Label>;

// Probabilities are taken to be this far from 0 and 1 in log loss, as scikit-learn does: the spacing of float64 at 1.
const closest = 2 ** -52;
// How far from 1 the probabilities of a row may add up, as in scikit-learn.
const sumTolerance = Math.sqrt(closest);

/**
 * The mean of −log(probability of the row's class) (`log_loss`). Probabilities below 2⁻⁵² count as 2⁻⁵² and those above
 * 1 − 2⁻⁵² as that, so that a certain and wrong prediction costs 36.04, not infinity.
 * @param probabilities of the positive class, one a row; or rows × classes, row-major, each row adding up to 1.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function logLoss(y: Labels, probabilities: ArrayLike<number>, options: ProbabilityOptions = {}): number {
  checkOptions(options, ['weights', 'positive', 'labels'], 'logLoss');
  const rows = checkProbabilities(y, probabilities);
  const weight = weightsOf(options.weights, rows);
  const cost = (probability: number): number => -log(Math.min(Math.max(probability, closest), 1 - closest));
  if (probabilities.length === rows) {
    const label = positiveOf(y, options);
    return weightedMean(rows, weight, (i) => {
      const probability = probabilities[i] as number;
      return cost(y[i] === label ? probability : 1 - probability);
    });
  }
  const place = columnsOf(y, probabilities, options);
  const classes = probabilities.length / rows;
  return weightedMean(rows, weight, (i) => cost(probabilities[i * classes + place(i)] as number));
}

/**
 * The mean of (1 − p)² for positive rows and p² for the others (`brier_score_loss`; Brier 1950). With a probability for
 * each of three or more classes the squares of all are added up, from 0 to 2; for two, half of that: the same number.
 * @param probabilities as for `logLoss`. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function brierScore(y: Labels, probabilities: ArrayLike<number>, options: ProbabilityOptions = {}): number {
  checkOptions(options, ['weights', 'positive', 'labels'], 'brierScore');
  const rows = checkProbabilities(y, probabilities);
  const weight = weightsOf(options.weights, rows);
  if (probabilities.length === rows) {
    const label = positiveOf(y, options);
    return weightedMean(rows, weight, (i) => ((y[i] === label ? 1 : 0) - (probabilities[i] as number)) ** 2);
  }
  const place = columnsOf(y, probabilities, options);
  const classes = probabilities.length / rows;
  const sum = weightedMean(rows, weight, (i) => {
    let squares = 0;
    for (let k = 0; k < classes; k += 1) {
      squares += ((k === place(i) ? 1 : 0) - (probabilities[i * classes + k] as number)) ** 2;
    }
    return squares;
  });
  return classes === 2 ? sum / 2 : sum;
}

/**
 * How often rows of about the same probability are positive (`calibration_curve`). A probability on the edge of two bins
 * belongs to the lower one; bins without rows are left out.
 * @param probabilities of the positive class, one a row. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION
 */
export function calibrationCurve(
  y: Labels,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): CalibrationCurve {
  checkOptions(options, ['weights', 'positive', 'bins', 'strategy'], 'calibrationCurve');
  const bins = checkNumber(options.bins ?? 5, '`bins`', { integer: true, min: 1, max: 1e6 });
  const strategy = options.strategy ?? 'uniform';
  if (strategy !== 'uniform' && strategy !== 'quantile') {
    throw expected('ERR_GRADUS_OPTION', '`strategy`', "'uniform' or 'quantile'", strategy);
  }
  const rows = checkProbabilities(y, probabilities);
  if (probabilities.length !== rows) {
    throw expectedBut('ERR_GRADUS_SHAPE', '`probabilities`', 'one a row', `${probabilities.length / rows}`);
  }
  const weight = weightsOf(options.weights, rows);
  const label = positiveLabel([y], options.positive);
  const shares = Float64Array.from({ length: bins - 1 }, (_, b) => (b + 1) * (1 / bins));
  const edges = strategy === 'uniform' ? shares : quantiles(probabilities, shares);
  const sums = Array.from({ length: bins }, () => ({ observed: 0, predicted: 0, weight: 0 }));
  for (let i = 0; i < rows; i += 1) {
    const probability = probabilities[i] as number;
    const bin = sums[firstAtLeast(edges, probability)] as { observed: number; predicted: number; weight: number };
    bin.weight += weight(i);
    bin.predicted += weight(i) * probability;
    if (y[i] === label) bin.observed += weight(i);
  }
  const filled = sums.filter((bin) => bin.weight > 0);
  return {
    observed: Float64Array.from(filled, (bin) => bin.observed / bin.weight),
    predicted: Float64Array.from(filled, (bin) => bin.predicted / bin.weight),
    weight: Float64Array.from(filled, (bin) => bin.weight),
  };
}

/** Returns the number of rows. */
function checkProbabilities(y: Labels, probabilities: ArrayLike<number>): number {
  const rows = checkRows(y, '`y`');
  checkLabels(y, rows, '`y`');
  const count = checkRows(probabilities, '`probabilities`');
  const classes = count / rows;
  if (!Number.isInteger(classes)) {
    throw expectedBut('ERR_GRADUS_SHAPE', '`probabilities`', `${rows} numbers or a multiple of it long`, `${count}`);
  }
  checkFinite(probabilities, count, '`probabilities`');
  for (let i = 0; i < rows; i += 1) {
    let sum = 0;
    for (let at = i * classes; at < (i + 1) * classes; at += 1) {
      const probability = probabilities[at] as number;
      if (probability < 0 || probability > 1) throw badEntry('`probabilities`', i, probability, 'between 0 and 1');
      sum += probability;
    }
    if (classes > 1 && Math.abs(sum - 1) > sumTolerance) {
      throw badEntry('the sum of `probabilities`', i, sum, '1');
    }
  }
  return rows;
}

/** The positive class beside one probability a row. */
function positiveOf(y: Labels, { positive, labels }: ProbabilityOptions): Label {
  if (labels !== undefined) {
    throw expected(
      'ERR_GRADUS_OPTION',
      '`labels`',
      'absent with one probability a row (`positive` names its class)',
      labels,
    );
  }
  return positiveLabel([y], positive);
}

/** The column of each row's class. */
function columnsOf(y: Labels, probabilities: ArrayLike<number>, options: ProbabilityOptions): (row: number) => number {
  const classes = probabilities.length / y.length;
  if (options.positive !== undefined) {
    const wanted = 'absent with a probability for each class';
    throw expected('ERR_GRADUS_OPTION', '`positive`', wanted, options.positive);
  }
  const numbered = options.labels === undefined && typeof y[0] === 'number';
  const given = numbered ? Array.from({ length: classes }, (_, k) => k) : options.labels;
  const labels = labelsInOrder([y], given);
  if (labels.length !== classes) {
    const wanted = `given, ${classes} labels, as there are ${classes} probabilities a row`;
    throw expectedBut('ERR_GRADUS_OPTION', '`labels`', wanted, `${labels.length}`);
  }
  const place = new Map(labels.map((label, k) => [label, k]));
  return (row) => place.get(y[row] as Label) as number;
}

/** Between the sorted values, as numpy's `percentile` does. */
function quantiles(values: ArrayLike<number>, shares: Float64Array): Float64Array {
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => {
    const at = ((share * 100) / 100) * (sorted.length - 1);
    const below = Math.floor(at);
    const [a, b] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]] as [number, number];
    const part = at - below;
    return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
  });
}

/** The place of the first value that is at least this, their number without one. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
