// A fit works on its own copy of targets and weights, so that what the user does
// to theirs meanwhile changes nothing. Fresh memory is slow to touch for the
// first time, so a long copy is made in pieces with pauses in between.

import type { DoubleStorage } from '../kernels/kernels.js';
import { allocateDoubles } from '../kernels/select.js';
import type { Work } from './objective.js';

// Elements copied between two chances to pause: well under a millisecond.
const piece = 16_384;

/** Copies the values of the rows in `list` (all `rows` without one); undefined when aborted. */
export function* snapshot(
  values: Float64Array,
  list: Uint32Array | undefined,
  rows: number,
): Work<DoubleStorage | undefined> {
  const copy = allocateDoubles(rows);
  for (let first = 0; first < rows; first += piece) {
    const last = Math.min(first + piece, rows);
    const run = (): void => {
      if (list === undefined) {
        copy.data.set(values.subarray(first, last), first);
        return;
      }
      for (let i = first; i < last; i += 1) copy.data[i] = values[list[i] as number] as number;
    };
    const start = async (): Promise<boolean> => {
      run();
      return true;
    };
    if (!(yield { inline: true, run, start })) return undefined;
  }
  return copy;
}
