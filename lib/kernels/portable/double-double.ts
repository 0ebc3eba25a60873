// Sums of products in about twice the working precision: error-free transformations
// (Knuth 1969, Dekker 1971) and the accumulation of Ogita, Rump and Oishi (Accurate sum
// and dot product, 2005, algorithm Dot2). A sum is a pair [high, low] in an array, so
// that nothing is allocated. The arithmetic is that of native/core/double_double.h.

// 2²⁷ + 1: splits a number in two halves of 26 bits.
const splitter = 134217729;

/** The value of a sum. */
export function totalOf(sums: Float64Array, at = 0): number {
  return sums[at]! + sums[at + 1]!;
}

/** sum += x. */
export function add(sums: Float64Array, at: number, x: number): void {
  const high = sums[at]!;
  const sum = high + x;
  const other = sum - high;
  sums[at] = sum;
  sums[at + 1] = sums[at + 1]! + (high - (sum - other) + (x - other));
}

/** a·b − product, exactly: the rounding error of product = a·b. */
export function productError(a: number, b: number, product: number): number {
  const ca = splitter * a;
  const a1 = ca - (ca - a);
  const a2 = a - a1;
  const cb = splitter * b;
  const b1 = cb - (cb - b);
  const b2 = b - b1;
  return a1 * b1 - product + a1 * b2 + a2 * b1 + a2 * b2;
}

/** sum += a·b. */
export function addProduct(sums: Float64Array, at: number, a: number, b: number): void {
  const product = a * b;
  const high = sums[at]!;
  const sum = high + product;
  const other = sum - high;
  sums[at] = sum;
  sums[at + 1] = sums[at + 1]! + (high - (sum - other) + (product - other) + productError(a, b, product));
}
