// What all metrics read: pairs of a target and a prediction, and a weight a row.
// Wrong lengths and values are refused here, by name and row; means are taken here.

import { badEntry } from '../data/matrix-input.js';
import { expected, expectedBut } from '../errors.js';
import { checkLength } from '../options.js';

export interface MetricOptions {
  /** One weight ≥ 0 a row, one of them positive; default all 1. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** The weight of a row. */
export type WeightOf = (row: number) => number;

/** Refuses what is no array or has no rows; returns their number. @throws ERR_GRADUS_SHAPE */
export function checkRows(values: unknown, what: string): number {
  if (typeof values !== 'object' || values === null || typeof (values as ArrayLike<unknown>).length !== 'number') {
    throw expected('ERR_GRADUS_SHAPE', what, 'an array', values);
  }
  const { length } = values as ArrayLike<unknown>;
  if (length === 0) throw expectedBut('ERR_GRADUS_SHAPE', what, 'at least one row', 'none');
  return length;
}

/** Refuses another length than that of the targets, and what is not finite. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function checkFinite(values: ArrayLike<number>, rows: number, what: string): void {
  checkRows(values, what);
  checkLength(values.length, rows, what, 'numbers long, one a row');
  for (let i = 0; i < rows; i += 1) {
    const value: unknown = values[i];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw badEntry(what, i, value);
  }
}

/** Finite targets and predictions of one length, which is returned. */
export function checkPairs(y: ArrayLike<number>, predicted: ArrayLike<number>): number {
  const rows = checkRows(y, '`y`');
  checkFinite(y, rows, '`y`');
  checkFinite(predicted, rows, '`predicted`');
  return rows;
}

/** @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE */
export function weightsOf(weights: ArrayLike<number> | undefined, rows: number): WeightOf {
  if (weights === undefined) return () => 1;
  checkFinite(weights, rows, '`weights`');
  let positive = false;
  for (let i = 0; i < rows; i += 1) {
    const weight = weights[i] as number;
    if (weight < 0) throw badEntry('`weights`', i, weight, 'at least 0');
    positive ||= weight > 0;
  }
  if (!positive) throw badEntry('`weights`', 0, 0, 'positive in at least one row, not 0');
  return (row) => weights[row] as number;
}

/** Σ w·value / Σ w. */
export function weightedMean(rows: number, weight: WeightOf, value: (row: number) => number): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < rows; i += 1) {
    const w = weight(i);
    total += w;
    if (w > 0) sum += w * value(i);
  }
  return sum / total;
}

/** Whether all rows that count have the same value. */
export function allEqual(values: ArrayLike<number>, weight: WeightOf): boolean {
  let first: number | undefined;
  for (let i = 0; i < values.length; i += 1) {
    if (weight(i) === 0) continue;
    first ??= values[i] as number;
    if (values[i] !== first) return false;
  }
  return true;
}
