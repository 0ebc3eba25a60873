// A Dataset owns a matrix X (row-major, float64 or float32), a target y and
// optional row weights. Views (split, shuffle) share that memory and hold a
// list of rows; nothing is copied until someone asks for the `x` of a view.

import { markCopy } from '../copies.js';
import { describeValue, expected, expectedBut } from '../errors.js';
import type { FloatArray, RowsSpec, Storage } from '../kernels/kernels.js';
import { allocateStorage } from '../kernels/select.js';
import { checkLength, checkNumber, checkOptions } from '../options.js';
import { readTarget, type Target } from './class-names.js';
import { badCell, badEntry, defaultNames, type MatrixInput, readMatrix, readVector } from './matrix-input.js';
import { Random } from '../kernels/random.js';

export interface DatasetOptions {
  /** Width of a flat x; by default its length divided by that of y. */
  readonly columns?: number;
  /** Names of the columns; default x0, x1, … */
  readonly names?: readonly string[];
  /** One weight ≥ 0 a row; default all 1. */
  readonly weights?: ArrayLike<number>;
  /** One number a row, added to its linear predictor (McCullagh and Nelder 1989, page 206), such as the log of an exposure. */
  readonly offsets?: ArrayLike<number>;
}

export interface RecordsOptions {
  /** The field to predict. */
  readonly target: string;
  /** The fields to predict from, in order; default every other field of the first record. */
  readonly columns?: readonly string[];
  /** The field that holds the row's weight. */
  readonly weights?: string;
  /** The field that holds the row's offset. */
  readonly offset?: string;
}

export interface AllocateOptions {
  readonly type?: 'float64' | 'float32';
  readonly names?: readonly string[];
}

export interface SplitOptions {
  /** Rows of the test part: a fraction below 1 or a count. */
  readonly test: number;
  /** Seed of the shuffle; default 0. */
  readonly seed?: number;
}

interface Contents {
  readonly storage: Storage;
  readonly columns: number;
  readonly names: readonly string[];
  /** Of the whole matrix, never of the view. */
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
  readonly offsets: Float64Array | undefined;
  /** Of the numbers in y, where the target was given as strings. */
  readonly classNames: readonly string[] | undefined;
  readonly unchecked: boolean;
}

export class Dataset {
  static {
    markCopy(Dataset);
  }

  readonly #contents: Contents;
  readonly #list: Uint32Array | undefined;

  private constructor(contents: Contents, list?: Uint32Array) {
    this.#contents = contents;
    this.#list = list;
  }

  /**
   * Copies and checks arrays. A typed array over a SharedArrayBuffer is lent, not copied; its values are checked when a fit starts.
   * @param x rows × columns: an array of rows, or a flat row-major Float64Array or Float32Array (stored as float32).
   * @param y one finite number a row, or one class name a row: strings, which become numbers 0, 1, … in sorted order.
   * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE (names row and column), ERR_GRADUS_OPTION.
   */
  static from(x: MatrixInput, y: ArrayLike<number> | readonly string[], options: DatasetOptions = {}): Dataset {
    checkOptions(options, ['columns', 'names', 'weights', 'offsets'], 'Dataset.from');
    if (options.columns !== undefined) checkNumber(options.columns, '`columns`', { integer: true, min: 1 });
    if (typeof y !== 'object' || y === null || !('length' in y)) {
      throw expected('ERR_GRADUS_SHAPE', '`y`', 'an array of numbers or of class names', y);
    }
    if (options.names !== undefined) checkNames(options.names);
    const { storage, rows, columns, unchecked } = readMatrix(x, y.length, options.columns, options.names);
    const names = options.names ?? defaultNames(columns);
    checkLength(names.length, columns, '`names`', 'long, one a column of x');
    return new Dataset({
      storage,
      columns,
      names: [...names],
      ...readTarget(y, rows, '`y`'),
      weights: options.weights === undefined ? undefined : readWeights(options.weights, rows),
      offsets: options.offsets === undefined ? undefined : readVector(options.offsets, rows, '`offsets`'),
      unchecked,
    });
  }

  /**
   * Reads records such as a service has. Column names travel with the model. The target is a number in every record, or
   * a class name in every record.
   * @throws ERR_GRADUS_VALUE with record and field when a value is not a finite number.
   */
  static fromRecords(records: readonly Readonly<Record<string, unknown>>[], options: RecordsOptions): Dataset {
    checkOptions(options, ['target', 'columns', 'weights', 'offset'], 'Dataset.fromRecords');
    const first = Array.isArray(records) ? records[0] : undefined;
    if (first === undefined || first === null || typeof first !== 'object') {
      throw expectedBut('ERR_GRADUS_SHAPE', '`records`', 'an array of at least one object', describeValue(records));
    }
    const { target, weights, offset } = options;
    if (typeof target !== 'string' || !(target in first)) {
      throw expected(
        'ERR_GRADUS_OPTION',
        '`target`',
        `a field of the records (${Object.keys(first).join(', ')})`,
        target,
      );
    }
    const names = options.columns ?? Object.keys(first).filter((name) => ![target, weights, offset].includes(name));
    checkNames(names);
    if (names.length === 0) throw expectedBut('ERR_GRADUS_SHAPE', 'the records', 'more than their target', 'no column');
    const storage = allocateStorage(records.length * names.length, 'float64');
    records.forEach((record, i) => {
      names.forEach((name, j) => {
        const value = record[name];
        if (typeof value !== 'number' || !Number.isFinite(value)) throw badCell(i, name, value);
        storage.data[i * names.length + j] = value;
      });
    });
    const field = (name: string): unknown[] => records.map((record) => record[name]);
    return new Dataset({
      storage,
      columns: names.length,
      names: [...names],
      ...readTarget(field(target), records.length, `\`${target}\``),
      weights: weights === undefined ? undefined : readWeights(field(weights), records.length),
      offsets: offset === undefined ? undefined : readVector(field(offset), records.length, `\`${offset}\``),
      unchecked: false,
    });
  }

  /** Zeroed memory to be filled through `x` and `y`, with no copy; values are checked when a fit starts. */
  static allocate(rows: number, columns: number, options: AllocateOptions = {}): Dataset {
    checkOptions(options, ['type', 'names'], 'Dataset.allocate');
    checkNumber(rows, '`rows`', { integer: true, min: 1 });
    checkNumber(columns, '`columns`', { integer: true, min: 1 });
    const type = options.type ?? 'float64';
    if (type !== 'float64' && type !== 'float32') {
      throw expected('ERR_GRADUS_OPTION', '`type`', "'float64' or 'float32'", type);
    }
    const names = options.names ?? defaultNames(columns);
    checkNames(names);
    checkLength(names.length, columns, '`names`', 'long, one a column of x');
    const storage = allocateStorage(rows * columns, type);
    return new Dataset({
      storage,
      columns,
      names: [...names],
      y: new Float64Array(rows),
      weights: undefined,
      offsets: undefined,
      classNames: undefined,
      unchecked: true,
    });
  }

  /** Takes over memory that a reader has filled and checked: finite values, weights ≥ 0. @internal */
  static fromStorage(
    storage: Storage,
    names: readonly string[],
    { y, classNames }: Target,
    weights: Float64Array | undefined,
    offsets: Float64Array | undefined,
  ): Dataset {
    checkNames(names);
    checkLength(storage.data.length, y.length * names.length, '`x`', 'numbers long, rows times columns');
    if (weights !== undefined) checkSomePositive(weights);
    const labels = { y, weights, offsets, classNames };
    return new Dataset({ storage, columns: names.length, names: [...names], ...labels, unchecked: false });
  }

  get rows(): number {
    return this.#list?.length ?? this.#contents.y.length;
  }

  get columns(): number {
    return this.#contents.columns;
  }

  get columnNames(): readonly string[] {
    return this.#contents.names;
  }

  /** Row-major values. For a view, a copy made now; otherwise the memory itself. */
  get x(): FloatArray {
    const { storage, columns } = this.#contents;
    const list = this.#list;
    if (list === undefined) return storage.data;
    const out = new (storage.data.constructor as new (length: number) => FloatArray)(list.length * columns);
    list.forEach((row, i) => {
      out.set(storage.data.subarray(row * columns, (row + 1) * columns), i * columns);
    });
    return out;
  }

  /** The target. For a view, a copy made now; otherwise the memory itself. */
  get y(): Float64Array {
    return this.#gather(this.#contents.y);
  }

  /** What the numbers 0, 1, … in y stand for, sorted; undefined when the target was given as numbers. Views keep it whole. */
  get classNames(): readonly string[] | undefined {
    return this.#contents.classNames;
  }

  /** The class name of every row, a copy; undefined when the target was given as numbers. */
  get rowLabels(): string[] | undefined {
    const { classNames } = this;
    return classNames && Array.from(this.y, (number) => classNames[number] as string);
  }

  get weights(): Float64Array | undefined {
    return this.#contents.weights === undefined ? undefined : this.#gather(this.#contents.weights);
  }

  /** What is added to the linear predictor of every row; undefined for nothing. As `y`, a copy for a view. */
  get offsets(): Float64Array | undefined {
    return this.#contents.offsets === undefined ? undefined : this.#gather(this.#contents.offsets);
  }

  /** Shuffles the rows by seed and cuts them in two views. */
  split(options: SplitOptions): { readonly train: Dataset; readonly test: Dataset } {
    checkOptions(options, ['test', 'seed'], 'split');
    const wanted = checkNumber(options.test, '`test`', { above: 0 });
    const count = wanted < 1 ? Math.round(wanted * this.rows) : wanted;
    if (!Number.isInteger(count) || count < 1 || count >= this.rows) {
      throw expected(
        'ERR_GRADUS_OPTION',
        '`test`',
        `a fraction or a count that leaves both parts of ${this.rows} rows at least one`,
        wanted,
      );
    }
    const list = this.#shuffled(options.seed ?? 0);
    return {
      test: new Dataset(this.#contents, list.slice(0, count)),
      train: new Dataset(this.#contents, list.slice(count)),
    };
  }

  /** A view of the same rows in an order that depends on the seed alone. */
  shuffle(options: { readonly seed?: number } = {}): Dataset {
    checkOptions(options, ['seed'], 'shuffle');
    return new Dataset(this.#contents, this.#shuffled(options.seed ?? 0));
  }

  /** The same rows with other values (row-major, copied and checked); target, weights and all names stay. @internal */
  withValues(x: FloatArray): Dataset {
    const { names, columns, classNames, unchecked } = this.#contents;
    const own = x.buffer instanceof SharedArrayBuffer ? x.slice() : x;
    const { storage } = readMatrix(own, this.rows, columns, names);
    const labels = { y: this.y.slice(), weights: this.weights?.slice(), offsets: this.offsets?.slice(), classNames };
    return new Dataset({ storage, columns, names, ...labels, unchecked });
  }

  /** What the kernels read; for the library's own use. @internal */
  rowsSpec(): RowsSpec {
    return {
      x: this.#contents.storage,
      columns: this.columns,
      rows: this.rows,
      list: this.#list,
      weights: undefined,
    };
  }

  /** Targets, weights and offsets of the whole matrix, and whether their values have been looked at. @internal */
  labels(): Pick<Contents, 'y' | 'weights' | 'offsets' | 'unchecked'> {
    return this.#contents;
  }

  #shuffled(seed: number): Uint32Array {
    checkNumber(seed, '`seed`', { integer: true, min: 0, max: Number.MAX_SAFE_INTEGER });
    const list = this.#list?.slice() ?? Uint32Array.from({ length: this.rows }, (_, i) => i);
    return new Random(seed).shuffle(list);
  }

  #gather(values: Float64Array): Float64Array {
    const list = this.#list;
    if (list === undefined) return values;
    const out = new Float64Array(list.length);
    for (let i = 0; i < list.length; i += 1) out[i] = values[list[i] as number] as number;
    return out;
  }
}

/** Refuses a name that is no string, empty or there twice. */
export function checkNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (typeof name !== 'string' || name === '' || seen.has(name)) {
      throw expected('ERR_GRADUS_OPTION', 'each column name', 'a string that appears once', name);
    }
    seen.add(name);
  }
}

function readWeights(weights: unknown, rows: number): Float64Array {
  const out = readVector(weights, rows, '`weights`', true);
  checkSomePositive(out);
  return out;
}

function checkSomePositive(weights: Float64Array): void {
  if (!weights.some((weight) => weight > 0)) throw badEntry('`weights`', 0, 0, 'positive in at least one row, not 0');
}
