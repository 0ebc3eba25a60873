// Vector primitives in the order of summation that is decreed for every kernel
// set: lanes first, then lanes i+4, i+2, i+1. Plain class: no fused operation.

export const lanes = 8;
const vectors = 4;
const group = vectors * lanes;

/** Sum of the eight lanes from `at` on. */
export function sumLanes(x: Float64Array, at = 0): number {
  const a = x[at]! + x[at + 4]! + (x[at + 2]! + x[at + 6]!);
  return a + (x[at + 1]! + x[at + 5]! + (x[at + 3]! + x[at + 7]!));
}

const partial = new Float64Array(group);

/** Σ xᵢyᵢ over the first n elements, with four logical vectors of lanes. */
export function dot(x: Float64Array, xAt: number, y: Float64Array, yAt: number, n: number): number {
  const whole = n - (n % group);
  partial.fill(0);
  if (whole > 0) for (let v = 0; v < group; v += lanes) dotVector(x, xAt + v, y, yAt + v, whole, v);
  // A vector that the tail touches gets + 0 in its other lanes, as zero-filled loads do.
  const tail = Math.ceil((n - whole) / lanes) * lanes;
  for (let l = 0; l < tail; l += 1) {
    const i = whole + l;
    partial[l] = partial[l]! + (i < n ? x[xAt + i]! * y[yAt + i]! : 0);
  }
  for (let l = 0; l < lanes; l += 1) {
    partial[l] = partial[l]! + partial[2 * lanes + l]! + (partial[lanes + l]! + partial[3 * lanes + l]!);
  }
  return sumLanes(partial);
}

/** One logical vector of the dot product: its eight lanes over all whole groups, into `partial` from `to` on. */
function dotVector(x: Float64Array, xAt: number, y: Float64Array, yAt: number, whole: number, to: number): void {
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let a4 = 0;
  let a5 = 0;
  let a6 = 0;
  let a7 = 0;
  for (let i = 0, p = xAt, q = yAt; i < whole; i += group, p += group, q += group) {
    a0 += x[p]! * y[q]!;
    a1 += x[p + 1]! * y[q + 1]!;
    a2 += x[p + 2]! * y[q + 2]!;
    a3 += x[p + 3]! * y[q + 3]!;
    a4 += x[p + 4]! * y[q + 4]!;
    a5 += x[p + 5]! * y[q + 5]!;
    a6 += x[p + 6]! * y[q + 6]!;
    a7 += x[p + 7]! * y[q + 7]!;
  }
  partial[to] = a0;
  partial[to + 1] = a1;
  partial[to + 2] = a2;
  partial[to + 3] = a3;
  partial[to + 4] = a4;
  partial[to + 5] = a5;
  partial[to + 6] = a6;
  partial[to + 7] = a7;
}

/** y += a·x over n elements. */
export function axpy(a: number, x: Float64Array, xAt: number, y: Float64Array, n: number): void {
  const whole = n - (n % 4);
  let i = 0;
  for (let at = xAt; i < whole; i += 4, at += 4) {
    y[i] = y[i]! + a * x[at]!;
    y[i + 1] = y[i + 1]! + a * x[at + 1]!;
    y[i + 2] = y[i + 2]! + a * x[at + 2]!;
    y[i + 3] = y[i + 3]! + a * x[at + 3]!;
  }
  for (; i < n; i += 1) y[i] = y[i]! + a * x[xAt + i]!;
}

/** The same from element yAt of y on. */
export function axpyAt(a: number, x: Float64Array, xAt: number, y: Float64Array, yAt: number, n: number): void {
  for (let i = 0; i < n; i += 1) y[yAt + i] = y[yAt + i]! + a * x[xAt + i]!;
}
