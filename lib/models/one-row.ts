// One row as a service has it: numbers in column order, or a record of named
// numbers. It is read, checked and predicted here in TypeScript, without crossing
// into native code, and with the bits that every kernel set gives.

import { badCell, defaultNames } from '../data/matrix-input.js';
import { expected, expectedBut } from '../errors.js';
import { type Chunk, linear } from '../kernels/portable/rows.js';
import { checkLength } from '../options.js';

/** Numbers in column order, or a record with a number for every column; its other fields are not looked at. */
export type Row = ArrayLike<number> | Readonly<Record<string, number>>;

/**
 * The names of the columns that a first row brings: x0, x1, … for an array, its keys for a record.
 * @throws ERR_GRADUS_SHAPE for anything else, and for a row without columns.
 */
export function columnsOf(row: Row, what: string): string[] {
  checkRow(row, what);
  const names = isArray(row) ? defaultNames(row.length) : Object.keys(row);
  if (names.length === 0) throw expectedBut('ERR_GRADUS_SHAPE', what, 'at least one column wide', 'no columns');
  return names;
}

/**
 * Copies a row into `out`, one number a column.
 * @param what the argument's name in messages. @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE with the column's name.
 */
export function readRow(row: Row, names: readonly string[], out: Float64Array, what: string): void {
  const list = listOf(row, names, what);
  if (list === undefined) readRecord(row as Readonly<Record<string, number>>, names, out);
  else readList(list, names, out);
}

/** Σ parametersⱼ·xⱼ + intercept, eight lanes by column mod 8 as in the kernels' `predict`. Throws as `readRow` does. */
export function predictRow(
  row: Row,
  names: readonly string[],
  parameters: Float64Array,
  intercept: number,
  what: string,
): number {
  const n = names.length;
  if (row instanceof Float64Array && row.length === n) {
    const eta = product(row, parameters, n) + intercept;
    // Else some number may not be finite, which `readRow` says better.
    if (Number.isFinite(eta)) return eta;
  }
  if (numbers.length < n) numbers = new Float64Array(n);
  readRow(row, names, numbers, what);
  return product(numbers, parameters, n) + intercept;
}

/** The last row that was no Float64Array: one for all calls, none of which leaves before it has used it. */
let numbers = new Float64Array(64);

// For the kernel, which takes rows of a matrix: one of them, and its predictor.
const etaOf = new Float64Array(1);
const rowOf: Chunk = { x: etaOf, offset: 0 };

function product(x: Float64Array, parameters: Float64Array, n: number): number {
  rowOf.x = x;
  linear(rowOf, 1, n, parameters, etaOf);
  // The row is its owner's again.
  rowOf.x = etaOf;
  return etaOf[0] as number;
}

function readList(list: ArrayLike<number>, names: readonly string[], out: Float64Array): void {
  for (let j = 0; j < names.length; j += 1) {
    const value: unknown = list[j];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw badCell(0, names[j] as string, value);
    out[j] = value;
  }
}

function readRecord(record: Readonly<Record<string, number>>, names: readonly string[], out: Float64Array): void {
  for (let j = 0; j < names.length; j += 1) {
    const name = names[j] as string;
    const value: unknown = record[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw badCell(0, name, value);
    out[j] = value;
  }
}

/** The row as an array of the right length; undefined for a record, which may have a column called 'length'. */
function listOf(row: Row, names: readonly string[], what: string): ArrayLike<number> | undefined {
  checkRow(row, what);
  const list = isArray(row) || (typeof row.length === 'number' && !names.includes('length'));
  if (!list) return undefined;
  checkLength(row.length as number, names.length, what, 'numbers long');
  return row as ArrayLike<number>;
}

function checkRow(row: Row, what: string): void {
  if (typeof row !== 'object' || row === null) {
    throw expected('ERR_GRADUS_SHAPE', what, 'an array of numbers or a record', row);
  }
}

function isArray(row: Row): row is ArrayLike<number> {
  return Array.isArray(row) || ArrayBuffer.isView(row);
}
