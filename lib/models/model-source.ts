// A fitted model as the text of an ES module that depends on nothing: for a browser,
// an edge function, a code review. It predicts single rows with the bits of
// `predictOne`, so sums run over eight lanes as in one-row.ts.

import { type ElementarySource, elementarySource } from './elementary-source.js';

/** What a model with one linear predictor makes of it: JavaScript expressions in `eta`. */
export interface ResponseSource {
  /** The functions of elementary-source.ts that they call. */
  readonly uses: readonly ElementarySource[];
  /** What `predict` returns. */
  readonly predict: string;
  /** What `predictProbability` returns; absent for a model that has none. */
  readonly predictProbability?: string;
}

export interface LinearModelSource {
  /** The model's name. */
  readonly model: string;
  readonly columnNames: readonly string[];
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly response: ResponseSource;
}

export interface SoftmaxSource {
  readonly model: string;
  readonly columnNames: readonly string[];
  /** One array a class. */
  readonly coefficients: readonly Float64Array[];
  readonly intercepts: readonly number[];
  readonly classNames: readonly string[] | undefined;
}

/** A module that exports `predict(row)` and, where the response has it, `predictProbability(row)`. */
export function linearModelSource({
  model,
  columnNames,
  coefficients,
  intercept,
  response,
}: LinearModelSource): string {
  const { uses, predict, predictProbability } = response;
  const exported = (name: string, expression: string): string =>
    `export function ${name}(row) {
  const eta = linearPredictor(numbersOf(row), coefficients, intercept);
  return ${expression};
}`;
  return moduleOf(model, [
    `const columns = ${listLiteral(columnNames.map(stringLiteral))};
const coefficients = ${numbersLiteral(coefficients)};
const intercept = ${numberLiteral(intercept)};`,
    exported('predict', predict),
    ...(predictProbability === undefined ? [] : [exported('predictProbability', predictProbability)]),
    ...shared,
    ...elementarySource(uses),
  ]);
}

/** A module that exports `predict(row)` and `predictProbability(row)`, which gives one number a class. */
export function softmaxSource({ model, columnNames, coefficients, intercepts, classNames }: SoftmaxSource): string {
  const names = classNames ? `\nconst classes = ${listLiteral(classNames.map(stringLiteral))};` : '';
  return moduleOf(model, [
    `const columns = ${listLiteral(columnNames.map(stringLiteral))};
const coefficients = ${listLiteral(coefficients.map(numbersLiteral))};
const intercepts = ${numbersLiteral(intercepts)};${names}`,
    `export function predict(row) {
  const probabilities = predictProbability(row);
  let best = 0;
  for (let k = 1; k < probabilities.length; k += 1) {
    if (probabilities[k] > probabilities[best]) best = k;
  }
  return ${classNames ? 'classes[best]' : 'best'};
}`,
    `export function predictProbability(row) {
  const x = numbersOf(row);
  const eta = coefficients.map((own, k) => linearPredictor(x, own, intercepts[k]));
  let largest = -Infinity;
  for (const value of eta) largest = Math.max(largest, value);
  let sum = 0;
  const e = eta.map((value) => exp(value - largest));
  for (const value of e) sum += value;
  return e.map((value) => value / sum);
}`,
    ...shared,
    ...elementarySource(['exp']),
  ]);
}

/** A string as it may stand in a module, in a script of a page too. */
export function stringLiteral(text: string): string {
  // Well-formed JSON escapes lone surrogates; `<` is escaped so that no name can end a script element.
  return JSON.stringify(text).replace(/[<\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const shared = [
  `/** The row as numbers in column order. */
function numbersOf(row) {
  if (typeof row !== 'object' || row === null) {
    throw new TypeError('Expected the row to be an array of numbers or a record');
  }
  const isArray = Array.isArray(row) || ArrayBuffer.isView(row);
  const isList = isArray || (typeof row.length === 'number' && !columns.includes('length'));
  if (isList && row.length !== columns.length) {
    throw new RangeError(\`Expected the row to be \${columns.length} numbers long, but got \${row.length}\`);
  }
  return columns.map((name, j) => {
    const value = isList ? row[j] : row[name];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    const got = typeof value === 'number' ? value : typeof value;
    throw new TypeError(\`Expected column '\${name}' of the row to be a finite number, but got \${got}\`);
  });
}`,
  `/** Added up in eight lanes, as the package does: the last bit is the same. */
function linearPredictor(x, coefficients, intercept) {
  const lanes = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let j = 0; j < x.length; j += 1) lanes[j % 8] += x[j] * coefficients[j];
  const [a, b, c, d, e, f, g, h] = lanes;
  return a + e + (c + g) + (b + f + (d + h)) + intercept;
}`,
];

function moduleOf(model: string, parts: readonly string[]): string {
  const head = `// A ${model}, written by gradus. It depends on nothing.
// A row is numbers in the order of the columns, or a record with a number for every column.`;
  return `${[head, ...parts].join('\n\n')}\n`;
}

function listLiteral(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

function numbersLiteral(values: ArrayLike<number>): string {
  return listLiteral(Array.from(values, numberLiteral));
}

/** The shortest text that reads back as this number. */
function numberLiteral(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
