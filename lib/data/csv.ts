// Reads a CSV file or stream into a data set without holding it as text or as
// objects. Three rooms: csv-text.ts cuts the bytes into rows of fields,
// csv-table.ts turns the fields that are used into numbers, csv-blocks.ts keeps
// them. This file holds the options, the pauses for the event loop and the end.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expected } from '../errors.js';
import { checkBoolean, checkFunction, checkNumber, checkOptions } from '../options.js';
import { CsvTable } from './csv-table.js';
import { type CsvInput, type CsvSource, inputOf, parseRows } from './csv-text.js';
import { checkNames, type Dataset } from './dataset.js';

export type { CsvSource } from './csv-text.js';

export interface ReadCsvOptions {
  /** The column to predict: numbers, or class names when its first cell is no number (a mixture is refused). */
  readonly target: string;
  /** The columns to predict from, in order; default every column except `target`, `weights` and `offset`. */
  readonly columns?: readonly string[];
  /** The column that holds the row's weight, a number ≥ 0; default none: all rows weigh 1. */
  readonly weights?: string;
  /** The column that holds the row's offset, which is added to its linear predictor; default none. */
  readonly offset?: string;
  /** How X is stored; default 'float64'. 'float32' takes half the memory. */
  readonly type?: 'float64' | 'float32';
  /** The character between fields; default ','. */
  readonly delimiter?: string;
  /** The character around fields that contain delimiters or line ends, doubled inside them; default '"'. */
  readonly quote?: string;
  /** The decimal separator; default '.'. With ',' and the default delimiter the numbers must be quoted. */
  readonly decimal?: '.' | ',';
  /** Whether the first line names the columns; default true. Without names they are x0, x1, … in the order of the file. */
  readonly header?: boolean;
  /**
   * What to do with a row in which a used cell is empty, NA, NaN or null (in any case); default 'error'.
   * 'skip' leaves it out; `onProgress` tells how many.
   */
  readonly missing?: 'error' | 'skip';
  /**
   * A hint: how many rows to expect; default unknown. Their memory is taken at once, and not copied at the end when the
   * number is right.
   */
  readonly rows?: number;
  /** Called at most about every 100 ms while reading, and once at the end; default none. A throw rejects. */
  readonly onProgress?: (progress: ReadCsvProgress) => void;
  /** Stops the reading: the promise rejects with the signal's reason; default none. */
  readonly signal?: AbortSignal;
}

export interface ReadCsvProgress {
  /** Bytes read so far. */
  readonly bytes: number;
  /** Bytes of the whole file; absent for a stream. */
  readonly totalBytes?: number;
  /** Rows read so far, without those left out. */
  readonly rows: number;
  /** Rows left out so far because of `missing: 'skip'`. */
  readonly skipped: number;
}

/** The options after their checks, with defaults in place. */
type Settings = ReadCsvOptions &
  Required<Pick<ReadCsvOptions, 'type' | 'delimiter' | 'quote' | 'decimal' | 'header' | 'missing'>>;

// How long this thread is held at most before the event loop gets its turn.
const sliceMs = 3;
const progressMs = 100;

/**
 * Reads CSV (RFC 4180, UTF-8) into a data set. Numbers are decimal (`-1.5e3`), with spaces around them if you like;
 * empty lines are passed over. A stream is destroyed at the end, also after an error.
 * @param source a path, a `file:` URL, or a stream (or any async iterable) of strings or Uint8Arrays.
 * @throws (by rejection) ERR_GRADUS_OPTION for wrong options and columns the file does not have; ERR_GRADUS_SHAPE for a
 * line of another length or no rows; ERR_GRADUS_VALUE for a cell that is no number (names row, line and column) and
 * for malformed quotes; errors of the file system and of the stream as they are; the signal's reason.
 */
export async function readCsv(source: CsvSource, options: ReadCsvOptions): Promise<Dataset> {
  const input = inputOf(source);
  try {
    const settings = checkReadCsvOptions(options);
    settings.signal?.throwIfAborted();
    return await unlessAborted(read(input, settings), settings.signal);
  } finally {
    await input.close();
  }
}

async function read(input: CsvInput, settings: Settings): Promise<Dataset> {
  const { signal, onProgress } = settings;
  const chunks = await input.open();
  const { totalBytes } = input;
  const table = new CsvTable(settings, totalBytes);
  let bytes = 0;
  let sliceEnd = performance.now() + sliceMs;
  let nextReport = performance.now() + progressMs;

  const report = (): void => {
    const { rows, skipped } = table;
    onProgress?.({ bytes, ...(totalBytes === undefined ? {} : { totalBytes }), rows, skipped });
  };
  const breathe = async (): Promise<void> => {
    signal?.throwIfAborted();
    const now = performance.now();
    if (now < sliceEnd) return;
    if (now >= nextReport) {
      report();
      nextReport = now + progressMs;
    }
    await nextTurn();
    signal?.throwIfAborted();
    sliceEnd = performance.now() + sliceMs;
  };

  await parseRows(
    chunks,
    settings,
    (fields, line) => table.add(fields, line),
    (size) => {
      bytes += size;
      return breathe();
    },
  );
  const data = await table.finish(breathe);
  report();
  return data;
}

/** The work, or the signal's reason as soon as it fires: a stream that has stalled cannot hold it up. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const optionNames: readonly (keyof ReadCsvOptions)[] = [
  'target',
  'columns',
  'weights',
  'offset',
  'type',
  'delimiter',
  'quote',
  'decimal',
  'header',
  'missing',
  'rows',
  'onProgress',
  'signal',
];

function checkReadCsvOptions(options: ReadCsvOptions): Settings {
  checkOptions(options, optionNames, 'readCsv');
  const { target, columns, weights, offset, delimiter = ',', quote = '"', header = true, signal } = options;
  if (typeof target !== 'string') throw expected('ERR_GRADUS_OPTION', '`target`', 'the name of a column', target);
  if (weights !== undefined && (typeof weights !== 'string' || weights === target)) {
    throw expected('ERR_GRADUS_OPTION', '`weights`', 'the name of a column other than the target', weights);
  }
  if (offset !== undefined && (typeof offset !== 'string' || offset === target || offset === weights)) {
    const wanted = 'the name of a column other than target and weights';
    throw expected('ERR_GRADUS_OPTION', '`offset`', wanted, offset);
  }
  if (columns !== undefined) checkColumns(columns, [target, weights, offset]);
  checkCharacter(delimiter, '`delimiter`');
  checkCharacter(quote, '`quote`');
  if (quote === delimiter) {
    throw expected('ERR_GRADUS_OPTION', '`quote`', 'another character than the delimiter', quote);
  }
  if (options.rows !== undefined) checkNumber(options.rows, '`rows`', { integer: true, min: 1 });
  if (options.onProgress !== undefined) checkFunction(options.onProgress, '`onProgress`');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw expected('ERR_GRADUS_OPTION', '`signal`', 'an AbortSignal', signal);
  }
  return {
    ...options,
    delimiter,
    quote,
    header: checkBoolean(header, '`header`'),
    type: checkChoice(options.type ?? 'float64', '`type`', ['float64', 'float32']),
    decimal: checkChoice(options.decimal ?? '.', '`decimal`', ['.', ',']),
    missing: checkChoice(options.missing ?? 'error', '`missing`', ['error', 'skip']),
  };
}

function checkColumns(columns: unknown, others: readonly (string | undefined)[]): void {
  if (!Array.isArray(columns) || columns.length === 0) {
    throw expected('ERR_GRADUS_OPTION', '`columns`', 'an array of at least one column name', columns);
  }
  checkNames(columns);
  const taken = columns.find((name) => others.includes(name));
  if (taken !== undefined) {
    throw expected('ERR_GRADUS_OPTION', 'each of `columns`', 'another column than target, weights and offset', taken);
  }
}

function checkCharacter(value: unknown, what: string): void {
  if (typeof value !== 'string' || value.length !== 1 || value === '\n' || value === '\r') {
    throw expected('ERR_GRADUS_OPTION', what, 'one character that does not end a line', value);
  }
}

function checkChoice<T extends string>(value: unknown, what: string, choices: readonly [T, T]): T {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw expected('ERR_GRADUS_OPTION', what, `'${choices[0]}' or '${choices[1]}'`, value);
  return choice;
}
