// What is made of a Cholesky factor for more than one right-hand side: solutions,
// the inverse, its diagonal. Each element is one chain over k in order.

import { choleskySolveSteps } from './cholesky.js';
import { drain } from './jobs.js';

/** Solves L Lᵀ X = B in place of B (n×m, row-major). One column sums in lanes, as `choleskySolveSteps` does. */
export function choleskySolve(l: Float64Array, n: number, b: Float64Array, m: number): void {
  if (m === 1) {
    drain(choleskySolveSteps(l, n, b));
    return;
  }
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < i; k += 1) subtractRow(l[i * n + k]!, b, k * m, i * m, m);
    scaleRow(1 / l[i * n + i]!, b, i * m, m);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let k = n - 1; k > i; k -= 1) subtractRow(l[k * n + i]!, b, k * m, i * m, m);
    scaleRow(1 / l[i * n + i]!, b, i * m, m);
  }
}

function subtractRow(factor: number, b: Float64Array, from: number, to: number, m: number): void {
  for (let j = 0; j < m; j += 1) b[to + j] = b[to + j]! - factor * b[from + j]!;
}

function scaleRow(factor: number, b: Float64Array, at: number, m: number): void {
  for (let j = 0; j < m; j += 1) b[at + j] = b[at + j]! * factor;
}

/** Column j of W = L⁻¹ from row j on, into w. */
function inverseColumn(l: Float64Array, n: number, j: number, w: Float64Array): void {
  for (let i = j; i < n; i += 1) {
    let s = i === j ? 1 : 0;
    for (let k = j; k < i; k += 1) s -= l[i * n + k]! * w[k]!;
    w[i] = s * (1 / l[i * n + i]!);
  }
}

/** out = (L Lᵀ)⁻¹ = Wᵀ W, both triangles; it may be l. */
export function choleskyInverse(l: Float64Array, n: number, out: Float64Array): void {
  const columns = new Float64Array(n * n);
  for (let j = 0; j < n; j += 1) inverseColumn(l, n, j, columns.subarray(j * n, (j + 1) * n));
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let s = 0;
      for (let k = i; k < n; k += 1) s -= columns[i * n + k]! * columns[j * n + k]!;
      out[i * n + j] = 0 - s;
      out[j * n + i] = 0 - s;
    }
  }
}

/** out = the diagonal of (L Lᵀ)⁻¹. */
export function choleskyInverseDiagonal(l: Float64Array, n: number, out: Float64Array): void {
  const w = new Float64Array(n);
  for (let j = 0; j < n; j += 1) {
    inverseColumn(l, n, j, w);
    let s = 0;
    for (let k = j; k < n; k += 1) s += w[k]! * w[k]!;
    out[j] = s;
  }
}
