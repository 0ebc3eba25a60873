// What a fit reads of a data set: rows, targets and weights, its own copy where the
// user could write meanwhile, and looked at where nobody has yet.

import { checkCopy } from '../copies.js';
import { Dataset } from '../data/dataset.js';
import { badCell, badEntry, defaultNames, type MatrixInput, readMatrix } from '../data/matrix-input.js';
import { expected } from '../errors.js';
import type { DoubleStorage, Kernels, RowsSpec, Storage } from '../kernels/kernels.js';
import { checkLength } from '../options.js';
import type { PrepareContext, Work } from './objective.js';
import { difference, snapshot } from './snapshot.js';

export type LabelledRows = RowsSpec & { readonly y: DoubleStorage; readonly offset: DoubleStorage | undefined };

/** What reading rows takes of a fit, or of a summary. */
export type RowsContext = Pick<PrepareContext, 'kernels' | 'threads'>;

/** Undefined when aborted. */
export function* readRows(data: Dataset, { kernels, threads }: RowsContext): Work<LabelledRows | undefined> {
  const labels = data.labels();
  const shape = data.rowsSpec();
  const { list } = shape;
  const y = yield* snapshot(labels.y, list, data.rows);
  const weights = labels.weights && (yield* snapshot(labels.weights, list, data.rows));
  const offset = labels.offsets && (yield* snapshot(labels.offsets, list, data.rows));
  if (y === undefined || (labels.weights && weights === undefined)) return undefined;
  if (labels.offsets && offset === undefined) return undefined;
  if (labels.unchecked && !(yield* checkFinite(data, shape.x, y, kernels, threads))) return undefined;
  return { ...shape, weights, y, offset };
}

/** For losses of y − η: the same problem with targets less their offsets, and no offsets. */
export function* withoutOffset(rows: LabelledRows): Work<LabelledRows | undefined> {
  if (rows.offset === undefined) return rows;
  const y = yield* difference(rows.y, rows.offset);
  return y && { ...rows, y, offset: undefined };
}

export function checkSameColumns(data: Dataset, names: readonly string[], what: string, as: string): void {
  checkLength(data.columns, names.length, what, `columns wide, as in ${as}`);
  const wrong = names.findIndex((name, j) => name !== data.columnNames[j]);
  const unnamed = defaultNames(data.columns).every((name, j) => name === data.columnNames[j]);
  if (wrong >= 0 && !unnamed) {
    const wanted = `'${names[wrong]}', as in ${as}`;
    throw expected('ERR_GRADUS_SHAPE', `the name of column ${wrong} of ${what}`, wanted, data.columnNames[wrong]);
  }
}

/** The first job of a fit on memory that was allocated or lent: nobody has looked at its values yet. */
function* checkFinite(data: Dataset, x: Storage, y: Storage, kernels: Kernels, threads: number): Work<boolean> {
  const at = yield* firstNotFinite(x, kernels, threads);
  if (at === undefined) return false;
  if (at >= 0) {
    throw badCell(Math.floor(at / data.columns), data.columnNames[at % data.columns] as string, x.data[at]);
  }
  const row = yield* firstNotFinite(y, kernels, threads);
  if (row === undefined) return false;
  if (row >= 0) throw badEntry('`y`', row, y.data[row]);
  return true;
}

/** Its place, or -1; undefined when aborted. */
function* firstNotFinite(values: Storage, kernels: Kernels, threads: number): Work<number | undefined> {
  const finite = kernels.finite(values, threads);
  if (!(yield finite.scan())) return undefined;
  const { found } = finite;
  finite.dispose();
  return found;
}

/** The rows of a data set with the columns of the fit, or those of a matrix that is as wide. @throws ERR_GRADUS_SHAPE */
export function rowsToPredict(x: Dataset | MatrixInput, names: readonly string[]): RowsSpec {
  checkCopy(x, '`x`');
  if (x instanceof Dataset) {
    checkSameColumns(x, names, 'the data', 'the fit');
    return x.rowsSpec();
  }
  const { storage, columns, rows } = readMatrix(x, undefined, names.length, names);
  return { x: storage, columns, rows, list: undefined, weights: undefined };
}
