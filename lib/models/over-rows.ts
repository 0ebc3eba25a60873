// A pass over the rows of a fit in TypeScript, in pieces with pauses in between.

import { smallJob } from '../kernels/kernels.js';
import type { Work } from './objective.js';

// Rows visited between two chances to pause: about a millisecond.
export const rowsPiece = 65_536;

/** Calls `work` with pieces of the rows, from the first up to the last; false when aborted. */
export function* overPieces(
  rows: number,
  work: (first: number, last: number) => void,
  piece = rowsPiece,
): Work<boolean> {
  for (let first = 0; first < rows; first += piece) {
    const last = Math.min(first + piece, rows);
    if (!(yield smallJob(() => work(first, last)))) return false;
  }
  return true;
}

/** Calls `visit` with every row; false when aborted. */
export function* overRows(rows: number, visit: (row: number) => void): Work<boolean> {
  return yield* overPieces(rows, (first, last) => {
    for (let i = first; i < last; i += 1) visit(i);
  });
}
