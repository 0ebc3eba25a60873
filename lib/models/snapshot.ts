// A fit works on its own copy of targets and weights, so that what the user does
// to theirs meanwhile changes nothing. Fresh memory is slow to touch for the
// first time, so a long copy is made in pieces with pauses in between.

import type { DoubleStorage } from '../kernels/kernels.js';
import { allocateDoubles } from '../kernels/select.js';
import type { Work } from './objective.js';
import { overPieces } from './over-rows.js';

// Elements copied between two chances to pause: well under a millisecond.
const piece = 16_384;

/** Copies the values of the rows in `list` (all `rows` without one); undefined when aborted. */
export function snapshot(
  values: Float64Array,
  list: Uint32Array | undefined,
  rows: number,
): Work<DoubleStorage | undefined> {
  return inPieces(rows, (copy, first, last) => {
    if (list === undefined) {
      copy.set(values.subarray(first, last), first);
      return;
    }
    for (let i = first; i < last; i += 1) copy[i] = values[list[i] as number] as number;
  });
}

/** values / divisor; undefined when aborted. */
export function relativeTo(divisor: number, values: DoubleStorage): Work<DoubleStorage | undefined> {
  const { data } = values;
  return inPieces(data.length, (out, first, last) => {
    for (let i = first; i < last; i += 1) out[i] = (data[i] as number) / divisor;
  });
}

/** a − b; undefined when aborted. */
export function difference(a: DoubleStorage, b: DoubleStorage): Work<DoubleStorage | undefined> {
  return inPieces(a.data.length, (out, first, last) => {
    for (let i = first; i < last; i += 1) out[i] = (a.data[i] as number) - (b.data[i] as number);
  });
}

export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function* inPieces(
  length: number,
  fill: (out: Float64Array, first: number, last: number) => void,
): Work<DoubleStorage | undefined> {
  const out = allocateDoubles(length);
  return (yield* overPieces(length, (first, last) => fill(out.data, first, last), piece)) ? out : undefined;
}
