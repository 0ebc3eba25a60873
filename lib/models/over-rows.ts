// A pass over the rows of a fit in TypeScript, in pieces with pauses in between.

import { smallJob } from '../kernels/kernels.js';
import type { Work } from './objective.js';

// Rows visited between two chances to pause: about a millisecond.
const piece = 65_536;

/** Calls `visit` with every row; false when aborted. */
export function* overRows(rows: number, visit: (row: number) => void): Work<boolean> {
  for (let first = 0; first < rows; first += piece) {
    const last = Math.min(first + piece, rows);
    const work = (): void => {
      for (let i = first; i < last; i += 1) visit(i);
    };
    if (!(yield smallJob(work))) return false;
  }
  return true;
}
