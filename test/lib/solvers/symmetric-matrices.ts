// Random symmetric matrices with known eigenvalues, and eigenvalues by Jacobi's
// rotations: for tests of what is solved by factorisations.

/** Uniform in [0, 1): Park and Miller's generator. */
export function numbers(seed: number): () => number {
  let state = (seed + 1) * 48271;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** H = Σ valuesₖ qₖqₖᵀ with a random orthonormal basis q, row after row. */
function withBasis(values: Float64Array, random: () => number): { h: Float64Array; basis: Float64Array } {
  const n = values.length;
  const basis = new Float64Array(n * n);
  for (let k = 0; k < n; k += 1) {
    const row = basis.subarray(k * n, k * n + n);
    for (let i = 0; i < n; i += 1) row[i] = random() - 0.5;
    for (let pass = 0; pass < 2; pass += 1) {
      for (let other = 0; other < k; other += 1) {
        const q = basis.subarray(other * n, other * n + n);
        const along = row.reduce((sum, x, i) => sum + x * (q[i] as number), 0);
        for (let i = 0; i < n; i += 1) row[i] = (row[i] as number) - along * (q[i] as number);
      }
    }
    const norm = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    for (let i = 0; i < n; i += 1) row[i] = (row[i] as number) / norm;
  }
  const h = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = 0;
      for (let k = 0; k < n; k += 1) {
        sum += (values[k] as number) * (basis[k * n + i] as number) * (basis[k * n + j] as number);
      }
      h[i * n + j] = sum;
      h[j * n + i] = sum;
    }
  }
  return { h, basis };
}

export const matrixFrom = Object.assign(
  (values: Float64Array, random: () => number): Float64Array => withBasis(values, random).h,
  { withBasis },
);

/** Eigenvalues, and eigenvectors as rows, by cyclic Jacobi rotations. */
export function eigen(symmetric: Float64Array, n: number): { values: number[]; vectors: Float64Array } {
  const a = symmetric.slice();
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 30; sweep += 1) {
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) rotate(a, vectors, n, p, q);
    }
  }
  return { values: Array.from({ length: n }, (_, i) => a[i * n + i] as number), vectors };
}

function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const off = a[p * n + q] as number;
  if (off === 0) return;
  const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * off);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < n; k += 1) {
    const x = a[k * n + p] as number;
    const y = a[k * n + q] as number;
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k += 1) {
    const x = a[p * n + k] as number;
    const y = a[q * n + k] as number;
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
    const u = vectors[p * n + k] as number;
    const v = vectors[q * n + k] as number;
    vectors[p * n + k] = c * u - s * v;
    vectors[q * n + k] = s * u + c * v;
  }
}
