// Estimates that do not exist: where some direction of the parameters only ever raises the likelihood, it has no maximum and
// coefficients grow until the run ends (Albert and Anderson 1984). Looked for after a fit, by the fit itself and by a summary.
// What is found is proved by the rows: the direction of the last Newton step, which at a maximum is next to nothing, never
// leads away from any target.

import type { Kernels } from '../../kernels/kernels.js';
import type { Family } from '../../losses/family.js';
import type { Link } from '../../losses/link.js';
import type { Work } from '../objective.js';
import { overRows } from '../over-rows.js';
import { listed } from './collinearity.js';
import { contributor, type FittedRows } from './contributions.js';
import { invert } from './symmetric.js';
import { columnFacts, type OffsetRows, StandardDesign, weightsOf } from './standard-design.js';

export interface SeparationInput {
  readonly rows: OffsetRows;
  readonly columnNames: readonly string[];
  readonly intercept: boolean;
  readonly family: Family;
  readonly link: Link;
  readonly kernels: Kernels;
  readonly threads: number;
}

// Where no predictor is beyond this, no coefficient is on its way to infinity.
const leastPredictor = 6;
// A Newton step on the way to infinity adds about 1 to the predictors of the rows it separates.
const leastStep = 0.3;
// The length of a step where the information is singular: no predictor moves by `leastStep` if the columns depend on each other.
const flatStep = 30;
// Of the largest predictor of the direction: what the rows that are not separated may differ from 0.
const sideTolerance = 1e-3;

/** A sentence where there is no maximum; undefined also when aborted. @param parameters on the scale of the data. */
export function* withoutMaximum(input: SeparationInput, parameters: Float64Array): Work<string | undefined> {
  const { family, link, rows, intercept, kernels, threads } = input;
  if (family.name !== 'binomial' && link.name !== 'log') return undefined;
  const plain = { shift: undefined, scale: undefined, loss: 'squared', lossParameter: 0 } as const;
  const sums = kernels.linear({ ...rows, ...plain, y: undefined, intercept, predictors: true }, threads);
  try {
    sums.parameters.set(parameters);
    if (!(yield sums.predictors())) return undefined;
    const { eta } = sums;
    if ((yield* everyRow(rows.rows, (i) => Math.abs(eta[i] as number) <= leastPredictor)) !== false) return undefined;
    const mean = new Float64Array(rows.rows);
    const done = yield* overRows(rows.rows, (i) => {
      mean[i] = link.mean(eta[i] as number);
    });
    const weights = weightsOf(rows.weights, rows.rows);
    return done ? yield* separation(input, { y: rows.y.data, weights, eta, mean }) : undefined;
  } finally {
    sums.dispose();
  }
}

function* separation(input: SeparationInput, fitted: FittedRows): Work<string | undefined> {
  const { family, link, rows, intercept, kernels, threads } = input;
  if (family.name === 'binomial' && link.name !== 'log') {
    const { y, weights, eta } = fitted;
    const complete = yield* everyRow(rows.rows, (i) => {
      if (weights[i] === 0) return true;
      return (y[i] === 1 && (eta[i] as number) > 0) || (y[i] === 0 && (eta[i] as number) < 0);
    });
    if (complete) return yield* sentence('perfectly', input, fitted, undefined);
  }
  const facts = yield* columnFacts(rows, intercept, kernels, threads);
  if (facts === undefined) return undefined;
  const design = new StandardDesign(rows, intercept, facts, kernels, threads);
  try {
    const { factors: scores, weights: information } = design;
    const done = yield* overRows(rows.rows, contributor(fitted, family, link, 'expected', { scores, information }));
    const gram = done ? yield* design.gram() : undefined;
    const total = gram && (yield* design.transpose());
    if (gram === undefined || total === undefined) return undefined;
    const step = newtonStep(gram, total, kernels) ?? flattest(gram, total, kernels);
    const direction = yield* design.predictorsJob(step);
    const proved = direction && (yield* neverLeadsAway(fitted, direction, family));
    return proved ? yield* sentence('partly', input, fitted, step) : undefined;
  } finally {
    design.dispose();
  }
}

/** Undefined where the information is singular to the last digit. */
function newtonStep(gram: Float64Array, score: Float64Array, kernels: Kernels): Float64Array | undefined {
  const p = score.length;
  const inverted = invert(gram, p, kernels);
  return inverted && score.map((_, i) => kernels.dot(inverted.inverse.subarray(i * p, (i + 1) * p), score));
}

/** The direction in which the information is least, upwards: a long step where it moves the rows' predictors at all. */
function flattest(gram: Float64Array, score: Float64Array, kernels: Kernels): Float64Array {
  let direction = score.map((value, i) => value + 1e-3 * Math.sin(i + 1));
  for (let count = 0; count < 8; count += 1) {
    kernels.modifiedCholesky(gram.slice(), score.length, direction);
    const size = Math.sqrt(kernels.dot(direction, direction));
    direction = direction.map((value) => value / size);
  }
  const sign = kernels.dot(direction, score) < 0 ? -1 : 1;
  return direction.map((value) => sign * flatStep * value);
}

function* neverLeadsAway(
  { y, weights }: FittedRows,
  direction: Float64Array,
  family: Family,
): Work<boolean | undefined> {
  let largest = 0;
  const done = yield* overRows(y.length, (i) => {
    if ((weights[i] as number) > 0) largest = Math.max(largest, Math.abs(direction[i] as number));
  });
  if (!done || !(largest > leastStep)) return false;
  const tolerance = sideTolerance * largest;
  return yield* everyRow(y.length, (i) => {
    const along = direction[i] as number;
    if (weights[i] === 0 || Math.abs(along) <= tolerance) return true;
    return y[i] === 0 ? along < 0 : family.name === 'binomial' && y[i] === 1 && along > 0;
  });
}

function* sentence(
  how: string,
  input: SeparationInput,
  { y, weights }: FittedRows,
  direction: Float64Array | undefined,
): Work<string | undefined> {
  const { columnNames, family, intercept } = input;
  const binary = intercept && family.name === 'binomial';
  const separating = binary ? yield* columnsThatSeparate(input, y, weights) : [];
  if (separating === undefined) return undefined;
  const largest = direction && Math.max(...direction.subarray(0, columnNames.length).map(Math.abs));
  const involved =
    separating.length > 0 || direction === undefined
      ? separating
      : columnNames.filter((_, j) => Math.abs(direction[j] as number) > 0.1 * (largest as number));
  const by = involved.length > 0 ? ` by ${listed(involved.map((name) => `'${name}'`))}` : '';
  const what = family.name === 'binomial' ? `the classes are ${how} separated` : 'zero targets are set apart';
  return `${what}${by}: the likelihood has no maximum and coefficients grow without bound (a penalty l2(…) keeps them finite)`;
}

/** Columns of which one threshold alone has no row of one class above it and none of the other below it. */
function* columnsThatSeparate(
  { rows, columnNames }: SeparationInput,
  y: Float64Array,
  weights: Float64Array,
): Work<string[] | undefined> {
  const { x, list, columns } = rows;
  const filled = (value: number): [Float64Array, Float64Array] => [
    new Float64Array(columns).fill(value),
    new Float64Array(columns).fill(value),
  ];
  const lows = filled(Number.POSITIVE_INFINITY);
  const highs = filled(Number.NEGATIVE_INFINITY);
  let shares = false;
  const visit = (cell: number): void => {
    const i = Math.floor(cell / columns);
    const j = cell % columns;
    const low = lows[y[i] as number];
    const high = highs[y[i] as number];
    if (weights[i] === 0) return;
    if (low === undefined || high === undefined) {
      shares = true;
      return;
    }
    const value = x.data[(list?.[i] ?? i) * columns + j] as number;
    if (value < (low[j] as number)) low[j] = value;
    if (value > (high[j] as number)) high[j] = value;
  };
  if (!(yield* overRows(rows.rows * columns, visit))) return undefined;
  const apart = (low: Float64Array, high: Float64Array, j: number): boolean =>
    (low[j] as number) >= (high[j] as number);
  return columnNames.filter((_, j) => {
    const constant = lows[0][j] === highs[0][j] && lows[1][j] === highs[1][j] && lows[0][j] === lows[1][j];
    return !shares && !constant && (apart(lows[1], highs[0], j) || apart(lows[0], highs[1], j));
  });
}

/** True where it holds of every row; undefined when aborted. */
function* everyRow(rows: number, holds: (i: number) => boolean): Work<boolean | undefined> {
  let all = true;
  const done = yield* overRows(rows, (i) => {
    all &&= holds(i);
  });
  return done ? all : undefined;
}
