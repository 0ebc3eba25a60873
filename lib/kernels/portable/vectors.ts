// Vector primitives in the order of summation that is decreed for every kernel
// set: lanes first, then lanes i+4, i+2, i+1. Plain class: no fused operation.

export const lanes = 8;

/** Sum of the eight lanes from `at` on. */
export function sumLanes(x: Float64Array, at = 0): number {
  const a = x[at]! + x[at + 4]! + (x[at + 2]! + x[at + 6]!);
  return a + (x[at + 1]! + x[at + 5]! + (x[at + 3]! + x[at + 7]!));
}

/** Σ xᵢyᵢ over the first n elements, with four logical vectors of lanes. */
export function dot(x: Float64Array, xAt: number, y: Float64Array, yAt: number, n: number): number {
  const sums = new Float64Array(4 * lanes);
  const padded = Math.ceil(n / lanes) * lanes;
  for (let i = 0; i < padded; i += 1) {
    const lane = i % (4 * lanes);
    sums[lane] = sums[lane]! + (i < n ? x[xAt + i]! * y[yAt + i]! : 0);
  }
  for (let l = 0; l < lanes; l += 1) {
    sums[l] = sums[l]! + sums[2 * lanes + l]! + (sums[lanes + l]! + sums[3 * lanes + l]!);
  }
  return sumLanes(sums);
}

/** y += a·x over n elements. */
export function axpy(a: number, x: Float64Array, xAt: number, y: Float64Array, n: number): void {
  for (let i = 0; i < n; i += 1) y[i] = y[i]! + a * x[xAt + i]!;
}
