// The weighted Gram matrix ZᵀWZ of one leaf of rows, lower triangle: element
// (i, j) is one chain s ← s + (w·zᵢ)·zⱼ over the rows in order.

// Multiplications between two chances to pause.
const sliceWork = 200_000;

/**
 * Adds a leaf's rows to `sums` (p×p).
 * @param z the rows, p wide (with the intercept's column of ones). @param weighted the same times w.
 */
export function* addGram(
  z: Float64Array,
  weighted: Float64Array,
  rows: number,
  p: number,
  sums: Float64Array,
): Generator<void, void, void> {
  let work = 0;
  for (let i = 0; i < p; i += 4) {
    for (let j = 0; j <= i; j += 4) {
      if (i + 4 <= p && j < i) {
        block(z, weighted, rows, p, i, j, sums);
      } else {
        edge(z, weighted, rows, p, i, j, sums);
      }
      work += rows * 16;
      if (work > sliceWork) {
        work = 0;
        yield;
      }
    }
  }
}

/** Up to 4×4 elements at the diagonal or the last rows: four chains at once where four columns are there. */
function edge(
  z: Float64Array,
  weighted: Float64Array,
  rows: number,
  p: number,
  i0: number,
  j0: number,
  sums: Float64Array,
): void {
  for (let i = i0; i < Math.min(i0 + 4, p); i += 1) {
    const c = i * p + j0;
    if (j0 + 4 > p) {
      for (let j = j0; j <= i; j += 1) {
        let s = sums[i * p + j]!;
        for (let r = 0, at = 0; r < rows; r += 1, at += p) s += weighted[at + i]! * z[at + j]!;
        sums[i * p + j] = s;
      }
      continue;
    }
    let s0 = sums[c]!;
    let s1 = sums[c + 1]!;
    let s2 = sums[c + 2]!;
    let s3 = sums[c + 3]!;
    for (let r = 0, at = 0; r < rows; r += 1, at += p) {
      const a = weighted[at + i]!;
      s0 += a * z[at + j0]!;
      s1 += a * z[at + j0 + 1]!;
      s2 += a * z[at + j0 + 2]!;
      s3 += a * z[at + j0 + 3]!;
    }
    // What lies above the diagonal stays 0.
    sums[c] = s0;
    if (i > j0) sums[c + 1] = s1;
    if (i > j0 + 1) sums[c + 2] = s2;
    if (i > j0 + 2) sums[c + 3] = s3;
  }
}

/** A 2×4 half twice: eight chains keep the arithmetic units busy without spilling. */
function block(
  z: Float64Array,
  weighted: Float64Array,
  rows: number,
  p: number,
  i0: number,
  j0: number,
  sums: Float64Array,
): void {
  for (let i = i0; i < i0 + 4; i += 2) {
    const c0 = i * p + j0;
    const c1 = c0 + p;
    let s00 = sums[c0]!;
    let s01 = sums[c0 + 1]!;
    let s02 = sums[c0 + 2]!;
    let s03 = sums[c0 + 3]!;
    let s10 = sums[c1]!;
    let s11 = sums[c1 + 1]!;
    let s12 = sums[c1 + 2]!;
    let s13 = sums[c1 + 3]!;
    for (let r = 0, at = 0; r < rows; r += 1, at += p) {
      const a0 = weighted[at + i]!;
      const a1 = weighted[at + i + 1]!;
      const b0 = z[at + j0]!;
      const b1 = z[at + j0 + 1]!;
      const b2 = z[at + j0 + 2]!;
      const b3 = z[at + j0 + 3]!;
      s00 += a0 * b0;
      s01 += a0 * b1;
      s02 += a0 * b2;
      s03 += a0 * b3;
      s10 += a1 * b0;
      s11 += a1 * b1;
      s12 += a1 * b2;
      s13 += a1 * b3;
    }
    sums[c0] = s00;
    sums[c0 + 1] = s01;
    sums[c0 + 2] = s02;
    sums[c0 + 3] = s03;
    sums[c1] = s10;
    sums[c1 + 1] = s11;
    sums[c1 + 2] = s12;
    sums[c1 + 3] = s13;
  }
}
