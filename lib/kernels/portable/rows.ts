// Kernels over rows of a matrix. They see dense float64 rows only: float32, row
// lists and standardisation are resolved by `loadRows`, which copies a chunk
// when it must. That keeps every loop monomorphic for the JavaScript compiler.

import type { FloatArray, RowsSpec } from '../kernels.js';

/** Rows as the loops see them: dense, row-major, from `offset` on. */
export interface Chunk {
  x: Float64Array;
  offset: number;
}

export interface Scaling {
  readonly shift: Float64Array | undefined;
  readonly scale: Float64Array | undefined;
}

/** Points `chunk` at rows first … first + count − 1, copying into `scratch` when X cannot be read as it is. */
export function loadRows(
  spec: RowsSpec,
  { shift, scale }: Scaling,
  first: number,
  count: number,
  scratch: Float64Array,
  chunk: Chunk,
): void {
  const { columns: d, list } = spec;
  const source: FloatArray = spec.x.data;
  if (list === undefined && shift === undefined && source instanceof Float64Array) {
    chunk.x = source;
    chunk.offset = first * d;
    return;
  }
  if (list === undefined) {
    scratch.set(source.subarray(first * d, (first + count) * d));
  } else {
    for (let r = 0, to = 0; r < count; r += 1) {
      for (let at = list[first + r]! * d, end = at + d; at < end; at += 1, to += 1) scratch[to] = source[at]!;
    }
  }
  if (shift !== undefined && scale !== undefined) {
    for (let r = 0, i = 0; r < count; r += 1) {
      for (let j = 0; j < d; j += 1, i += 1) scratch[i] = (scratch[i]! - shift[j]!) * scale[j]!;
    }
  }
  chunk.x = scratch;
  chunk.offset = 0;
}

/** eta[r] = x[r]·theta: eight accumulators, one a lane. */
export function linear(chunk: Chunk, rows: number, d: number, theta: Float64Array, eta: Float64Array): void {
  const { x } = chunk;
  const rest = d % 8;
  const whole = d - rest;
  for (let r = 0, at = chunk.offset; r < rows; r += 1, at += d) {
    let a0 = 0;
    let a1 = 0;
    let a2 = 0;
    let a3 = 0;
    let a4 = 0;
    let a5 = 0;
    let a6 = 0;
    let a7 = 0;
    for (let j = 0; j < whole; j += 8) {
      a0 += x[at + j]! * theta[j]!;
      a1 += x[at + j + 1]! * theta[j + 1]!;
      a2 += x[at + j + 2]! * theta[j + 2]!;
      a3 += x[at + j + 3]! * theta[j + 3]!;
      a4 += x[at + j + 4]! * theta[j + 4]!;
      a5 += x[at + j + 5]! * theta[j + 5]!;
      a6 += x[at + j + 6]! * theta[j + 6]!;
      a7 += x[at + j + 7]! * theta[j + 7]!;
    }
    if (rest > 0) {
      // Lanes beyond the end get + 0 as well, as the zero-filled vectors of the native sets do.
      const i = at + whole;
      a0 += x[i]! * theta[whole]!;
      a1 += rest > 1 ? x[i + 1]! * theta[whole + 1]! : 0;
      a2 += rest > 2 ? x[i + 2]! * theta[whole + 2]! : 0;
      a3 += rest > 3 ? x[i + 3]! * theta[whole + 3]! : 0;
      a4 += rest > 4 ? x[i + 4]! * theta[whole + 4]! : 0;
      a5 += rest > 5 ? x[i + 5]! * theta[whole + 5]! : 0;
      a6 += rest > 6 ? x[i + 6]! * theta[whole + 6]! : 0;
      a7 += 0;
    }
    eta[r] = a0 + a4 + (a2 + a6) + (a1 + a5 + (a3 + a7));
  }
}

/** sum[j] += Σ d[r]·x[r][j], one chain a column in row order; four rows a pass. */
export function accumulate(chunk: Chunk, rows: number, d: number, factors: Float64Array, sum: Float64Array): void {
  const { x, offset } = chunk;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const f0 = factors[r]!;
    const f1 = factors[r + 1]!;
    const f2 = factors[r + 2]!;
    const f3 = factors[r + 3]!;
    const r0 = offset + r * d;
    const r1 = r0 + d;
    const r2 = r1 + d;
    const r3 = r2 + d;
    for (let j = 0; j < d; j += 1) {
      sum[j] = sum[j]! + f0 * x[r0 + j]! + f1 * x[r1 + j]! + f2 * x[r2 + j]! + f3 * x[r3 + j]!;
    }
  }
  for (; r < rows; r += 1) {
    const factor = factors[r]!;
    for (let j = 0, at = offset + r * d; j < d; j += 1) sum[j] = sum[j]! + factor * x[at + j]!;
  }
}

/** sum[j] += Σ (d[r]·x[r][j])·x[r][j]. */
export function accumulateSquares(
  chunk: Chunk,
  rows: number,
  d: number,
  factors: Float64Array,
  sum: Float64Array,
): void {
  for (let r = 0, at = chunk.offset; r < rows; r += 1, at += d) {
    const factor = factors[r]!;
    for (let j = 0; j < d; j += 1) {
      const z = chunk.x[at + j]!;
      sum[j] = sum[j]! + factor * z * z;
    }
  }
}

/** Adds up the weights of rows (1 without weights) by lane; `first` is a multiple of 8 within its leaf. */
export function addWeights(weights: Float64Array | undefined, first: number, rows: number, sums: Float64Array): void {
  for (let i = 0; i < rows; i += 1) sums[i % 8] = sums[i % 8]! + (weights === undefined ? 1 : weights[first + i]!);
}
