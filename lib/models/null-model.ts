// Where the fit of a generalised linear model starts: at the mean of all targets, or, where
// there is no intercept to hold it, at the least-squares fit of the predictors of means
// between targets and their mean, as the first step of iteratively reweighted least
// squares has it (McCullagh and Nelder 1989, section 2.5).

import type { Link } from '../losses/link.js';
import type { ColumnScales } from './column-scales.js';
import type { LabelledRows } from './labelled-rows.js';
import type { PrepareContext, Work } from './objective.js';
import { overRows } from './over-rows.js';

// Of the diagonal, so that columns that depend on each other do no harm.
const leastShift = 1e-10;

/** Parameters on the objective's scale; undefined when aborted. */
export function* nullModel(
  rows: LabelledRows,
  link: Link,
  intercept: boolean,
  scales: ColumnScales | undefined,
  context: PrepareContext,
): Work<Float64Array | undefined> {
  const averages = yield* means(rows);
  if (averages === undefined) return undefined;
  const { mean, offset } = averages;
  if (!intercept) return yield* leastSquaresStart(rows, link, mean, scales, context);
  const start = new Float64Array(rows.columns + 1);
  const constant = link.predictor(mean) - offset;
  // All counts 0, or all classes the same: there is no finite predictor.
  start[rows.columns] = Number.isFinite(constant) ? constant : 0;
  return start;
}

/** Of targets and offsets, weighted; undefined when aborted. */
function* means({ y, weights, offset }: LabelledRows): Work<{ mean: number; offset: number } | undefined> {
  let total = 0;
  let targets = 0;
  let offsets = 0;
  const done = yield* overRows(y.data.length, (i) => {
    const weight = weights?.data[i] ?? 1;
    total += weight;
    targets += weight * (y.data[i] as number);
    offsets += weight * (offset?.data[i] ?? 0);
  });
  return done ? { mean: targets / total, offset: offsets / total } : undefined;
}

/** Zeros where some mean has no predictor. */
function* leastSquaresStart(
  rows: LabelledRows,
  link: Link,
  mean: number,
  scales: ColumnScales | undefined,
  { kernels, threads }: PrepareContext,
): Work<Float64Array | undefined> {
  const wanted = kernels.memory(rows.rows);
  const filled = yield* overRows(rows.rows, (i) => {
    wanted.data[i] = link.predictor(((rows.y.data[i] as number) + mean) / 2) - (rows.offset?.data[i] ?? 0);
  });
  if (!filled) return undefined;
  const scaling = { shift: scales?.shift, scale: scales?.scale };
  const squares = { ...rows, ...scaling, y: wanted, offset: undefined, intercept: false };
  const sums = kernels.linear({ ...squares, loss: 'squared', lossParameter: 0 }, threads);
  try {
    if (!(yield sums.gradient()) || !(yield sums.gram())) return undefined;
    const { size } = sums;
    const weight = sums.sums[size * size + size + 1] as number;
    for (let j = 0; j < size; j += 1) sums.rhs[j] = (sums.sums[size * size + j] as number) / weight;
    sums.diagonal.fill(0);
    sums.shift = leastShift;
    if (!(yield sums.solve())) return undefined;
    const usable = sums.failedPivot < 0 && sums.direction.every(Number.isFinite);
    return usable ? sums.direction.slice() : new Float64Array(size);
  } finally {
    sums.dispose();
  }
}
