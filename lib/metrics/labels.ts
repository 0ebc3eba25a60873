// Classes as metrics see them: labels are numbers or strings, compared as they are.
// Here it is decided which label is the positive one and in what order they stand.

import { badEntry } from '../data/matrix-input.js';
import { expected, expectedBut } from '../errors.js';
import { checkLength } from '../options.js';
import { checkRows, type MetricOptions } from './weighted.js';

/** The class of a row: a finite number or a string. */
export type Label = number | string;

export interface BinaryOptions extends MetricOptions {
  /**
   * The label of the positive class; every other label is negative then. By default there are two classes: 1 is positive
   * and 0 negative, of two strings the later in order is positive, the one whose probability LogisticRegression gives.
   */
  readonly positive?: Label;
}

/** Refuses another length and what is no label. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function checkLabels(labels: ArrayLike<Label>, rows: number, what: string): void {
  checkRows(labels, what);
  checkLength(labels.length, rows, what, 'labels long, one a row');
  for (let i = 0; i < rows; i += 1) {
    if (!isLabel(labels[i])) throw badEntry(what, i, labels[i], 'a finite number or a string');
  }
}

/**
 * The distinct labels in order: numbers by value, then strings by UTF-16 code units.
 * @param given in place of those that there are, in this order. @throws ERR_GRADUS_OPTION when one of them is no label,
 * there twice or when a label of the rows is missing.
 */
export function labelsInOrder(rows: readonly ArrayLike<Label>[], given: readonly Label[] | undefined): Label[] {
  const present = new Set<Label>();
  for (const labels of rows) for (let i = 0; i < labels.length; i += 1) present.add(labels[i] as Label);
  if (given === undefined) return [...present].sort(compareLabels);
  if (!Array.isArray(given) || !given.every(isLabel) || new Set(given).size !== given.length || given.length === 0) {
    throw expected('ERR_GRADUS_OPTION', '`labels`', 'an array of labels, each there once', given);
  }
  const known = new Set(given);
  for (const label of present) {
    if (!known.has(label))
      throw expectedBut('ERR_GRADUS_OPTION', '`labels`', 'all labels of the rows', `some without ${label}`);
  }
  return [...given];
}

/** The positive label among those of the rows. @throws ERR_GRADUS_OPTION, ERR_GRADUS_VALUE */
export function positiveLabel(rows: readonly ArrayLike<Label>[], positive: Label | undefined): Label {
  if (positive !== undefined) {
    if (!isLabel(positive)) throw expected('ERR_GRADUS_OPTION', '`positive`', 'a finite number or a string', positive);
    return positive;
  }
  const labels = labelsInOrder(rows, undefined);
  if (labels.every((label) => label === 0 || label === 1)) return 1;
  if (labels.length === 2 && labels.every((label) => typeof label === 'string')) return labels[1] as Label;
  const wanted = 'given, as the labels are neither 0 and 1 nor two strings';
  const shown = labels.slice(0, 5).join(', ');
  throw expectedBut('ERR_GRADUS_OPTION', '`positive`', wanted, `none with ${labels.length} labels (${shown})`);
}

function isLabel(value: unknown): value is Label {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

function compareLabels(a: Label, b: Label): number {
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
