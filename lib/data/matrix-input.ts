// Reads what users hand in as a matrix (nested arrays, typed arrays) or a
// vector, checking every value in the same pass that copies it.

import { describeValue, expected, expectedBut } from '../errors.js';
import type { FloatArray, Storage } from '../kernels/kernels.js';
import { allocateStorage, borrowStorage } from '../kernels/select.js';
import { checkLength } from '../options.js';

export type MatrixInput = readonly ArrayLike<number>[] | Float64Array | Float32Array;

export interface MatrixCopy {
  readonly storage: Storage;
  readonly rows: number;
  readonly columns: number;
  /** True when the memory is lent and its values have not been looked at. */
  readonly unchecked: boolean;
}

const defaultName = (column: number): string => `x${column}`;

export function columnName(names: readonly string[] | undefined, column: number): string {
  return names?.[column] ?? defaultName(column);
}

export function defaultNames(columns: number): string[] {
  return Array.from({ length: columns }, (_, j) => defaultName(j));
}

/** The error of one bad cell. */
export function badCell(row: number, column: string, value: unknown): Error {
  return expected('ERR_GRADUS_VALUE', `x at row ${row}, column '${column}',`, 'a finite number', value);
}

/** The error of one bad target or weight. */
export function badEntry(what: string, row: number, value: unknown, expectation = 'a finite number'): Error {
  return expected('ERR_GRADUS_VALUE', `${what} at row ${row}`, expectation, value);
}

function fromRows(
  x: readonly ArrayLike<number>[],
  columns: number | undefined,
  names: readonly string[] | undefined,
): MatrixCopy {
  const first = x[0];
  if (first === undefined) throw expectedBut('ERR_GRADUS_SHAPE', '`x`', 'at least one row', 'none');
  if (typeof first !== 'object' || first === null) {
    throw expected('ERR_GRADUS_SHAPE', 'row 0 of `x`', 'an array of numbers', first);
  }
  const width = columns ?? first.length;
  if (width === 0) throw expectedBut('ERR_GRADUS_SHAPE', '`x`', 'at least one column wide', 'no columns');
  const storage = allocateStorage(x.length * width, 'float64');
  const out = storage.data;
  for (let i = 0; i < x.length; i += 1) {
    const row = x[i];
    if (typeof row !== 'object' || row === null || row.length !== width) {
      const got = typeof row === 'object' && row !== null ? `${row.length}` : describeValue(row);
      const as = columns === undefined ? ', as row 0 is' : '';
      throw expectedBut('ERR_GRADUS_SHAPE', `row ${i} of \`x\``, `an array of ${width} numbers${as}`, got);
    }
    for (let j = 0; j < width; j += 1) {
      const value: unknown = row[j];
      if (typeof value !== 'number' || !Number.isFinite(value)) throw badCell(i, columnName(names, j), value);
      out[i * width + j] = value;
    }
  }
  return { storage, rows: x.length, columns: width, unchecked: false };
}

function fromTyped(
  x: FloatArray,
  rows: number | undefined,
  columns: number | undefined,
  names: readonly string[] | undefined,
): MatrixCopy {
  const width = columns ?? (rows ? x.length / rows : Number.NaN);
  if (x.length === 0) throw expectedBut('ERR_GRADUS_SHAPE', '`x`', 'at least one row', 'none');
  if (!Number.isInteger(width) || width < 1 || x.length % width !== 0) {
    const shape = columns === undefined ? `a multiple of the ${rows} rows of y long` : `a multiple of ${columns} long`;
    throw expectedBut('ERR_GRADUS_SHAPE', '`x`', shape, `length ${x.length}`);
  }
  const shape = { rows: x.length / width, columns: width };
  if (x.buffer instanceof SharedArrayBuffer) return { storage: borrowStorage(x), ...shape, unchecked: true };
  const storage = allocateStorage(x.length, x instanceof Float32Array ? 'float32' : 'float64');
  const out = storage.data;
  for (let i = 0; i < x.length; i += 1) {
    const value = x[i] as number;
    if (!Number.isFinite(value)) throw badCell(Math.floor(i / width), columnName(names, i % width), value);
    out[i] = value;
  }
  return { storage, ...shape, unchecked: false };
}

/**
 * Copies a matrix into memory of our own.
 * @param rows how many rows to expect where that is known, to find the width of a flat array.
 */
export function readMatrix(
  x: unknown,
  rows: number | undefined,
  columns: number | undefined,
  names: readonly string[] | undefined,
): MatrixCopy {
  if (x instanceof Float64Array || x instanceof Float32Array)
    return fromTyped(x, rows, columns ?? names?.length, names);
  if (Array.isArray(x)) return fromRows(x as ArrayLike<number>[], columns, names);
  throw expected('ERR_GRADUS_SHAPE', '`x`', 'an array of rows, a Float64Array or a Float32Array', x);
}

/** Copies a vector of `rows` finite numbers. */
export function readVector(values: unknown, rows: number, what: string, positive = false): Float64Array {
  const arrayLike = typeof values === 'object' && values !== null && 'length' in values;
  if (!arrayLike) throw expected('ERR_GRADUS_SHAPE', what, 'an array of numbers', values);
  const source = values as ArrayLike<unknown>;
  checkLength(source.length, rows, what, `numbers long, one a row of x`);
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i += 1) {
    const value = source[i];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw badEntry(what, i, value);
    if (positive && value < 0) throw badEntry(what, i, value, 'at least 0');
    out[i] = value;
  }
  return out;
}
