// Loops over all rows in pieces short enough for the event loop, with a chance to pause or stop after each.

import { smallJob } from '../../kernels/kernels.js';
import type { Work } from '../objective.js';

// Well under a slice at some 100 ns a row.
const piece = 16_384;

/** False when aborted. */
export function* eachPiece(rows: number, run: (first: number, last: number) => void, width = 1): Work<boolean> {
  const step = Math.max(1, Math.floor(piece / width));
  for (let first = 0; first < rows; first += step) {
    const last = Math.min(first + step, rows);
    if (!(yield smallJob(() => run(first, last)))) return false;
  }
  return true;
}

/** True where it holds of every row; undefined when aborted. */
export function* everyRow(rows: number, holds: (i: number) => boolean): Work<boolean | undefined> {
  let all = true;
  const done = yield* eachPiece(rows, (first, last) => {
    for (let i = first; all && i < last; i += 1) all = holds(i);
  });
  return done ? all : undefined;
}
