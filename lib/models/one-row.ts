// One row as a service has it: numbers in column order, or a record of named
// numbers. It is read, checked and predicted here in TypeScript, without crossing
// into native code, and with the bits that every kernel set gives.

import { badCell, defaultNames } from '../data/matrix-input.js';
import { expected, expectedBut } from '../errors.js';
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
  for (let j = 0; j < names.length; j += 1) out[j] = cell(row, list, j, names[j] as string);
}

/** Σ parametersⱼ·xⱼ + intercept, eight lanes by column mod 8 as in the kernels' `predict`. Throws as `readRow` does. */
export function predictRow(
  row: Row,
  names: readonly string[],
  parameters: Float64Array,
  intercept: number,
  what: string,
): number {
  const list = listOf(row, names, what);
  const lanes = [0, 0, 0, 0, 0, 0, 0, 0] as [number, number, number, number, number, number, number, number];
  const padded = Math.ceil(names.length / 8) * 8;
  for (let j = 0; j < padded; j += 1) {
    const term = j < names.length ? cell(row, list, j, names[j] as string) * (parameters[j] as number) : 0;
    lanes[j % 8] = (lanes[j % 8] as number) + term;
  }
  const [a, b, c, d, e, f, g, h] = lanes;
  return a + e + (c + g) + (b + f + (d + h)) + intercept;
}

function cell(row: Row, list: ArrayLike<number> | undefined, j: number, name: string): number {
  const value: unknown = list ? list[j] : (row as Readonly<Record<string, number>>)[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badCell(0, name, value);
  return value;
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
