// Metrics of predicted classes: shares of rows that are right, in all and class by
// class. Labels are numbers or strings.

import { expected, expectedBut } from '../errors.js';
import { checkOptions } from '../options.js';
import { type BinaryOptions, checkLabels, type Label, labelsInOrder, positiveLabel } from './labels.js';
import { checkRows, type MetricOptions, weightedMean, weightsOf } from './weighted.js';

export interface ConfusionMatrixOptions extends MetricOptions {
  /** The classes in the order wanted; default those of targets and predictions, sorted. */
  readonly labels?: readonly Label[];
}

export interface ConfusionMatrix {
  /** The class of each row and column. */
  readonly labels: readonly Label[];
  /** counts[i][j]: the weight of the rows of class i that were predicted to be of class j. */
  readonly counts: readonly Float64Array[];
}

export interface ClassScoreOptions extends BinaryOptions {
  /**
   * 'binary' (default): of the positive class. 'macro': the mean over classes. 'weighted': their mean by the weight of
   * each class's rows. 'micro': of all decisions together, which with one class a row is accuracy.
   */
  readonly average?: 'binary' | 'macro' | 'micro' | 'weighted';
  /** The classes to average over; default those of targets and predictions. All classes of the rows must be among them. */
  readonly labels?: readonly Label[];
}

type Labels = ArrayLike<Label>;

/** Weights of the decisions about one class. */
interface Decisions {
  readonly truePositive: number;
  /** Of the rows predicted to be of the class. */
  readonly predicted: number;
  /** Of the rows of the class. */
  readonly actual: number;
}

/** The weighted share of rows whose class was predicted (`accuracy_score`). @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function accuracy(y: Labels, predicted: Labels, options: MetricOptions = {}): number {
  checkOptions(options, ['weights'], 'accuracy');
  const rows = checkClasses(y, predicted);
  return weightedMean(rows, weightsOf(options.weights, rows), (i) => (y[i] === predicted[i] ? 1 : 0));
}

/** The weight of the rows of each class by predicted class (`confusion_matrix`). @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION */
export function confusionMatrix(y: Labels, predicted: Labels, options: ConfusionMatrixOptions = {}): ConfusionMatrix {
  checkOptions(options, ['weights', 'labels'], 'confusionMatrix');
  const rows = checkClasses(y, predicted);
  const weight = weightsOf(options.weights, rows);
  const labels = labelsInOrder([y, predicted], options.labels);
  const place = new Map(labels.map((label, k) => [label, k]));
  const counts = labels.map(() => new Float64Array(labels.length));
  for (let i = 0; i < rows; i += 1) {
    const row = counts[place.get(y[i] as Label) as number] as Float64Array;
    const column = place.get(predicted[i] as Label) as number;
    row[column] = (row[column] as number) + weight(i);
  }
  return { labels, counts };
}

/**
 * The share of the rows predicted to be of a class that are (`precision_score`); 0 for a class that was never predicted.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION (more than two classes without an `average`).
 */
export function precision(y: Labels, predicted: Labels, options: ClassScoreOptions = {}): number {
  return averaged('precision', y, predicted, options, (of) => share(of.truePositive, of.predicted));
}

/**
 * The share of the rows of a class that were predicted to be of it (`recall_score`); 0 for a class without rows.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION (more than two classes without an `average`).
 */
export function recall(y: Labels, predicted: Labels, options: ClassScoreOptions = {}): number {
  return averaged('recall', y, predicted, options, (of) => share(of.truePositive, of.actual));
}

/**
 * The harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN) (`f1_score`); 0 for a class that is neither in the
 * rows nor predicted.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE, ERR_GRADUS_OPTION (more than two classes without an `average`).
 */
export function f1Score(y: Labels, predicted: Labels, options: ClassScoreOptions = {}): number {
  return averaged('f1Score', y, predicted, options, (of) => share(2 * of.truePositive, of.predicted + of.actual));
}

function averaged(
  name: string,
  y: Labels,
  predicted: Labels,
  options: ClassScoreOptions,
  scoreOf: (of: Decisions) => number,
): number {
  checkOptions(options, ['weights', 'positive', 'average', 'labels'], name);
  const { average = 'binary', positive, labels, ...rest } = options;
  if (!['binary', 'macro', 'micro', 'weighted'].includes(average)) {
    throw expected('ERR_GRADUS_OPTION', '`average`', "'binary', 'macro', 'micro' or 'weighted'", average);
  }
  if (average !== 'binary' && positive !== undefined) {
    throw expectedBut('ERR_GRADUS_OPTION', '`positive`', `absent with average: '${average}'`, `'${positive}'`);
  }
  const matrix = confusionMatrix(y, predicted, { ...rest, ...(labels ? { labels } : {}) });
  const decisions = matrix.labels.map((_, k) => decisionsOn(matrix, k));
  if (average === 'binary') {
    const at = matrix.labels.indexOf(positiveLabel([y, predicted], positive));
    return at < 0 ? 0 : scoreOf(decisions[at] as Decisions);
  }
  if (average === 'micro') {
    return scoreOf({
      truePositive: sum(decisions, (of) => of.truePositive),
      predicted: sum(decisions, (of) => of.predicted),
      actual: sum(decisions, (of) => of.actual),
    });
  }
  const importance = (of: Decisions): number => (average === 'weighted' ? of.actual : 1);
  return sum(decisions, (of) => importance(of) * scoreOf(of)) / sum(decisions, importance);
}

function decisionsOn({ counts }: ConfusionMatrix, k: number): Decisions {
  const own = counts[k] as Float64Array;
  return {
    truePositive: own[k] as number,
    predicted: sum(counts, (row) => row[k] as number),
    actual: sum([...own], (count) => count),
  };
}

function checkClasses(y: Labels, predicted: Labels): number {
  const rows = checkRows(y, '`y`');
  checkLabels(y, rows, '`y`');
  checkLabels(predicted, rows, '`predicted`');
  const numbers = typeof y[0] === 'number';
  if (numbers !== (typeof predicted[0] === 'number') && areAlike(y) && areAlike(predicted)) {
    const wanted = numbers ? 'a number, as in `y` (`rowLabels` of a data set are the names)' : 'a string, as in `y`';
    throw expected('ERR_GRADUS_VALUE', '`predicted` at row 0', wanted, predicted[0]);
  }
  return rows;
}

/** Whether all are numbers or all are strings. */
function areAlike(labels: Labels): boolean {
  for (let i = 1; i < labels.length; i += 1) if (typeof labels[i] !== typeof labels[0]) return false;
  return true;
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
