// Turns rows of fields into the numbers of a data set: finds the columns by the
// header, converts the cells that are used and no others, and names what is
// wrong by row, line and column.

import { expected, expectedBut, type GradusError } from '../errors.js';
import { ClassNumbers } from './class-names.js';
import { RowBlocks } from './csv-blocks.js';
import { checkNames, Dataset } from './dataset.js';
import { defaultNames } from './matrix-input.js';

// Stricter than Number(), which takes '', '0x10' and 'Infinity' too. No part can match
// the same text in two ways, so a long cell costs linear time.
const decimalNumbers = {
  '.': /^[ \t]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[ \t]*$/,
  ',': /^[ \t]*[+-]?(?:\d+(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?[ \t]*$/,
};
// What only separators keep from being a number, such as 1,5 or 1'000: no class name.
const almostNumber = /^[+-]?[.,' ]*\d[\d.,' ]*$/;
const missingCells: readonly string[] = ['', 'na', 'nan', 'null'];
// Targets renumbered between two chances for the event loop: well under a millisecond.
const rowsBetweenBreaths = 65_536;
// How many names of a header a message lists.
const listedNames = 40;

export interface TableSettings {
  readonly target: string;
  readonly columns?: readonly string[];
  readonly weights?: string;
  readonly offset?: string;
  readonly type: 'float64' | 'float32';
  readonly decimal: '.' | ',';
  readonly header: boolean;
  readonly missing: 'error' | 'skip';
  readonly rows?: number;
}

/** Which fields of a row are used, and where their numbers go. */
interface Plan {
  readonly names: readonly string[];
  readonly columns: readonly number[];
  readonly target: number;
  readonly weights: number | undefined;
  readonly offset: number | undefined;
  readonly blocks: RowBlocks;
}

export class CsvTable {
  readonly #settings: TableSettings;
  readonly #totalBytes: number | undefined;
  #plan: Plan | undefined;
  #planLine = 0;
  /** Of the target: names when its first cell is no number. */
  #kind: 'unknown' | 'numbers' | 'names' = 'unknown';
  readonly #classes = new ClassNumbers();
  #dataRows = 0;
  #skipped = 0;

  /** @param totalBytes of the file where that is known: no file has more rows than its bytes hold. */
  constructor(settings: TableSettings, totalBytes: number | undefined) {
    this.#settings = settings;
    this.#totalBytes = totalBytes;
  }

  /** Rows kept. */
  get rows(): number {
    return this.#plan?.blocks.rows ?? 0;
  }

  /** Rows left out because a cell is missing. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Takes the fields of one row, the first of which may be the header. */
  add(fields: readonly string[], line: number): void {
    if (this.#plan !== undefined) {
      this.#addRow(this.#plan, fields, line);
      return;
    }
    this.#planLine = line;
    this.#plan = this.#makePlan(fields);
    if (!this.#settings.header) this.#addRow(this.#plan, fields, line);
  }

  /** @param breathe is awaited between blocks of memory. */
  async finish(breathe: () => Promise<void>): Promise<Dataset> {
    const plan = this.#plan;
    if (plan === undefined || plan.blocks.rows === 0) {
      let got = 'an empty file';
      if (this.#skipped > 0) got = `${this.#skipped} rows, each with a missing cell`;
      else if (plan !== undefined) got = 'only a header';
      throw expectedBut('ERR_GRADUS_SHAPE', 'the CSV', 'at least one row of data', got);
    }
    const { x, y, weights, offsets } = await plan.blocks.join(breathe);
    const names = plan.columns.map((field) => plan.names[field] as string);
    const classNames = this.#kind === 'names' ? await this.#sortClasses(y, breathe) : undefined;
    return Dataset.fromStorage(x, names, { y, classNames }, weights, offsets);
  }

  /** Numbers by first appearance become places of the sorted names, which are returned. */
  async #sortClasses(y: Float64Array, breathe: () => Promise<void>): Promise<readonly string[]> {
    const { names, places } = this.#classes.inOrder();
    for (let i = 0; i < y.length; i += 1) {
      y[i] = places[y[i] as number] as number;
      if (i % rowsBetweenBreaths === 0) await breathe();
    }
    return names;
  }

  #makePlan(first: readonly string[]): Plan {
    const { header, target, columns, weights, offset, type, rows } = this.#settings;
    const names = header ? first.map((name) => name.trim()) : defaultNames(first.length);
    if (header) checkHeader(names);
    const find = (name: string, what: string): number => {
      const index = names.indexOf(name);
      if (index < 0) throw expected('ERR_GRADUS_OPTION', what, `a column of the CSV (${listOf(names)})`, name);
      return index;
    };
    const targetIndex = find(target, '`target`');
    const weightsIndex = weights === undefined ? undefined : find(weights, '`weights`');
    const offsetIndex = offset === undefined ? undefined : find(offset, '`offset`');
    const used =
      columns?.map((name) => find(name, 'each of `columns`')) ??
      names.map((_, index) => index).filter((index) => ![targetIndex, weightsIndex, offsetIndex].includes(index));
    if (used.length === 0) throw expectedBut('ERR_GRADUS_SHAPE', 'the CSV', 'more than its target', 'no column');
    checkNames(used.map((index) => names[index] as string));
    // A row takes at least one byte a field: its delimiters and its line end.
    const mostRows = this.#totalBytes === undefined ? Infinity : Math.ceil(this.#totalBytes / first.length);
    return {
      names,
      columns: used,
      target: targetIndex,
      weights: weightsIndex,
      offset: offsetIndex,
      blocks: new RowBlocks(
        used.length,
        type,
        { weights: weights !== undefined, offsets: offset !== undefined },
        Math.min(rows ?? 0, mostRows),
      ),
    };
  }

  #addRow(plan: Plan, fields: readonly string[], line: number): void {
    const { names, columns, target, weights, offset, blocks } = plan;
    const row = this.#dataRows;
    this.#dataRows += 1;
    if (fields.length !== names.length) {
      const wanted = `${names.length} fields long, as line ${this.#planLine} is`;
      throw expectedBut('ERR_GRADUS_SHAPE', `row ${row} (line ${line})`, wanted, `${fields.length}`);
    }
    const cell = (field: number): number => this.#number(fields[field] as string, row, line, names[field] as string);
    const { x, y, weights: w, offsets } = blocks.next();
    const at = blocks.filled;
    let complete = true;
    for (let j = 0, to = at * columns.length; j < columns.length; j += 1, to += 1) {
      const field = columns[j] as number;
      const value = cell(field);
      x[to] = value;
      if (Number.isFinite(x[to])) continue;
      if (!Number.isNaN(value))
        throw badCell(row, line, names[field] as string, 'a number within the range of float32', fields[field]);
      complete = false;
    }
    const name = this.#className(fields[target] as string, row, line, names[target] as string);
    if (name === undefined) y[at] = cell(target);
    if (name === '' || (name === undefined && Number.isNaN(y[at]))) complete = false;
    if (w !== undefined && weights !== undefined) {
      const weight = cell(weights);
      if (weight < 0) throw badCell(row, line, names[weights] as string, 'a weight of at least 0', fields[weights]);
      w[at] = weight;
      if (Number.isNaN(weight)) complete = false;
    }
    if (offsets !== undefined && offset !== undefined) {
      offsets[at] = cell(offset);
      if (Number.isNaN(offsets[at])) complete = false;
    }
    if (!complete) {
      this.#skipped += 1;
      return;
    }
    if (name) y[at] = this.#classes.of(name);
    blocks.keep();
  }

  /** The class in a cell of the target, '' for a missing one when such rows are left out; undefined for numbers. */
  #className(cell: string, row: number, line: number, column: string): string | undefined {
    if (this.#kind === 'numbers') return undefined;
    const name = cell.trim();
    if (missingCells.includes(name.toLowerCase())) {
      this.#number(cell, row, line, column); // throws unless such rows are left out
      return '';
    }
    const numeric = decimalNumbers[this.#settings.decimal].test(cell);
    if (this.#kind === 'unknown' && (numeric || almostNumber.test(name))) {
      this.#kind = 'numbers';
      return undefined;
    }
    this.#kind = 'names';
    if (numeric) throw badCell(row, line, column, 'the name of a class, as in the first row', cell);
    return name;
  }

  /** The number in a cell; NaN for a missing one when such rows are left out. */
  #number(cell: string, row: number, line: number, name: string): number {
    const { decimal, missing } = this.#settings;
    if (decimalNumbers[decimal].test(cell)) {
      const value = Number(decimal === '.' ? cell : cell.replace(',', '.'));
      if (Number.isFinite(value)) return value;
      throw badCell(row, line, name, 'a number within the range of float64', cell);
    }
    const absent = missingCells.includes(cell.trim().toLowerCase());
    if (absent && missing === 'skip') return Number.NaN;
    const remedy = absent ? " (`missing: 'skip'` leaves such rows out)" : '';
    throw badCell(row, line, name, `a decimal number${remedy}`, cell);
  }
}

function checkHeader(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name !== '' && seen.has(name)) {
      throw expectedBut('ERR_GRADUS_OPTION', 'each name in the header', 'there once', `'${name}' twice`);
    }
    seen.add(name);
  }
}

function listOf(names: readonly string[]): string {
  const rest = names.length - listedNames;
  return rest > 0 ? `${names.slice(0, listedNames).join(', ')} and ${rest} more` : names.join(', ');
}

function badCell(row: number, line: number, name: string, expectation: string, got: string | undefined): GradusError {
  const what = `the cell at row ${row} (line ${line}), column '${name}',`;
  return expected('ERR_GRADUS_VALUE', what, expectation, got);
}
