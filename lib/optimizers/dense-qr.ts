// Householder QR with column pivoting of a dense matrix of a few columns, and the
// triangular systems that come after it, for the solvers of least squares
// (Businger and Golub 1965; Golub and Van Loan, Matrix Computations, 5.2 and 5.4).
// Columns are first scaled by powers of two to lengths near 1, so that neither their
// units nor scales such as 1e±150 decide about pivots, rank or overflow. The block
// QR of lib/kernels/portable/qr.ts has no pivots and serves data sets instead.

const epsilon = 2 ** -52;
// Below this share a downdated norm has lost half its digits (Drmač and Bujanović 2008).
const downdateLimit = Math.sqrt(epsilon);
const largestExponent = 1000;

/** A·P = Q·R of the chosen columns of J, A = J·diag(scale): plain values and arrays, made once. */
export interface PivotedQr {
  readonly rows: number;
  readonly columns: number;
  /** How many columns were taken in, the others being left out. */
  count: number;
  /** Pivots above rounding: rank of the scaled columns. */
  rank: number;
  /** Largest over smallest of the pivots within the rank: a lower bound of the condition number. */
  condition: number;
  /** Column after column, `rows` each: the reflectors. */
  readonly reflectors: Float64Array;
  /** Row-major, `columns` wide: R in the first `count` rows and columns. */
  readonly r: Float64Array;
  /** Which column of J stands at place k. */
  readonly order: Float64Array;
  /** Of each column of J: the power of two it was multiplied by. */
  readonly scale: Float64Array;
  /** Downdated and exact norms of what is left of the columns at each place. */
  readonly norms: Float64Array;
  readonly exactNorms: Float64Array;
}

export function allocateQr(rows: number, columns: number): PivotedQr {
  return {
    rows,
    columns,
    count: 0,
    rank: 0,
    condition: 1,
    reflectors: new Float64Array(rows * columns),
    r: new Float64Array(columns * columns),
    order: new Float64Array(columns),
    scale: new Float64Array(columns).fill(1),
    norms: new Float64Array(columns),
    exactNorms: new Float64Array(columns),
  };
}

/** ‖x‖₂ without overflow or underflow. */
export function safeNorm(x: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += (x[i] as number) * (x[i] as number);
  if (sum > 1e-270 && sum < 1e300) return Math.sqrt(sum);
  let largest = 0;
  for (let i = from; i < to; i += 1) {
    const size = Math.abs(x[i] as number);
    if (!(size <= largest)) largest = size;
  }
  if (largest === 0 || !(largest < Number.POSITIVE_INFINITY)) return largest;
  sum = 0;
  for (let i = from; i < to; i += 1) {
    const share = (x[i] as number) / largest;
    sum += share * share;
  }
  return largest * Math.sqrt(sum);
}

/** The power of two that brings `size` into [1, 2); 1 for 0. */
function inversePower(size: number): number {
  if (size === 0) return 1;
  const exponent = Math.floor(Math.log2(size));
  return 2 ** -Math.max(-largestExponent, Math.min(largestExponent, exponent));
}

/**
 * Factors the columns j of the row-major `matrix` with `chosen[j]` not 0.
 * @param columnNorms of the matrix, which set the scale; a zero column is scaled by 1.
 */
export function factor(qr: PivotedQr, matrix: Float64Array, columnNorms: Float64Array, chosen: Float64Array): void {
  const { rows, columns, reflectors, order, scale } = qr;
  let count = 0;
  for (let j = 0; j < columns; j += 1) {
    scale[j] = inversePower(columnNorms[j] as number);
    if (chosen[j] === 0) continue;
    order[count] = j;
    const s = scale[j] as number;
    const at = count * rows;
    for (let i = 0; i < rows; i += 1) reflectors[at + i] = (matrix[i * columns + j] as number) * s;
    count += 1;
  }
  qr.count = count;
  for (let k = 0; k < count; k += 1) {
    qr.norms[k] = safeNorm(reflectors, k * rows, (k + 1) * rows);
    qr.exactNorms[k] = qr.norms[k] as number;
  }
  qr.r.fill(0);
  const last = Math.min(rows, count);
  for (let k = 0; k < last; k += 1) {
    takePivot(qr, k);
    reflectColumns(qr, k);
  }
  for (let k = 0; k < count; k += 1) {
    for (let i = 0; i < Math.min(k, rows); i += 1) qr.r[i * columns + k] = reflectors[k * rows + i] as number;
  }
  judgeRank(qr, last);
}

function takePivot(qr: PivotedQr, k: number): void {
  const { rows, count, reflectors, order, norms, exactNorms } = qr;
  let best = k;
  for (let j = k + 1; j < count; j += 1) if ((norms[j] as number) > (norms[best] as number)) best = j;
  if (best === k) return;
  const a = k * rows;
  const b = best * rows;
  for (let i = 0; i < rows; i += 1) {
    const value = reflectors[a + i] as number;
    reflectors[a + i] = reflectors[b + i] as number;
    reflectors[b + i] = value;
  }
  const index = order[k] as number;
  order[k] = order[best] as number;
  order[best] = index;
  norms[best] = norms[k] as number;
  exactNorms[best] = exactNorms[k] as number;
}

/** v = x/‖x‖ with 1 added to its head: H = I − v·vᵀ/v₀ maps x to −‖x‖·e₁ (sign of the head). */
function reflectColumns(qr: PivotedQr, k: number): void {
  const { rows, columns, count, reflectors, norms, exactNorms } = qr;
  const v = k * rows;
  let length = safeNorm(reflectors, v + k, v + rows);
  if (length === 0) return;
  if ((reflectors[v + k] as number) < 0) length = -length;
  for (let i = k; i < rows; i += 1) reflectors[v + i] = (reflectors[v + i] as number) / length;
  const head = (reflectors[v + k] as number) + 1;
  reflectors[v + k] = head;
  qr.r[k * columns + k] = -length;
  for (let j = k + 1; j < count; j += 1) {
    const x = j * rows;
    let sum = 0;
    for (let i = k; i < rows; i += 1) sum += (reflectors[v + i] as number) * (reflectors[x + i] as number);
    const t = sum / head;
    for (let i = k; i < rows; i += 1) {
      reflectors[x + i] = (reflectors[x + i] as number) - t * (reflectors[v + i] as number);
    }
    const norm = norms[j] as number;
    if (norm === 0) continue;
    const share = Math.abs(reflectors[x + k] as number) / norm;
    const rest = Math.max(0, (1 - share) * (1 + share));
    const drift = norm / (exactNorms[j] as number);
    if (rest * drift * drift > downdateLimit) {
      norms[j] = norm * Math.sqrt(rest);
    } else {
      norms[j] = safeNorm(reflectors, x + k + 1, x + rows);
      exactNorms[j] = norms[j] as number;
    }
  }
}

function judgeRank(qr: PivotedQr, last: number): void {
  const { r, columns, rows } = qr;
  const largest = last > 0 ? Math.abs(r[0] as number) : 0;
  const rounding = epsilon * Math.max(rows, columns) * largest;
  let rank = 0;
  while (rank < last && Math.abs(r[rank * columns + rank] as number) > rounding) rank += 1;
  qr.rank = rank;
  qr.condition = rank > 0 ? largest / Math.abs(r[(rank - 1) * (columns + 1)] as number) : 1;
}

/** x ← Qᵀx. */
export function applyTransposed(qr: PivotedQr, x: Float64Array): void {
  const { rows, columns, count, reflectors, r } = qr;
  const last = Math.min(rows, count);
  for (let k = 0; k < last; k += 1) {
    if (r[k * columns + k] === 0) continue;
    const v = k * rows;
    let sum = 0;
    for (let i = k; i < rows; i += 1) sum += (reflectors[v + i] as number) * (x[i] as number);
    const t = sum / (reflectors[v + k] as number);
    for (let i = k; i < rows; i += 1) x[i] = (x[i] as number) - t * (reflectors[v + i] as number);
  }
}

/** Solves the leading n×n upper triangle R z = b, in place of b. */
export function solveUpper(r: Float64Array, stride: number, n: number, b: Float64Array): void {
  for (let i = n - 1; i >= 0; i -= 1) {
    const row = i * stride;
    let sum = b[i] as number;
    for (let j = i + 1; j < n; j += 1) sum -= (r[row + j] as number) * (b[j] as number);
    b[i] = sum / (r[row + i] as number);
  }
}

/** Solves Rᵀ z = b for the leading n×n upper triangle, in place of b. */
export function solveUpperTransposed(r: Float64Array, stride: number, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i += 1) {
    const row = i * stride;
    const z = (b[i] as number) / (r[row + i] as number);
    b[i] = z;
    for (let j = i + 1; j < n; j += 1) b[j] = (b[j] as number) - z * (r[row + j] as number);
  }
}

/**
 * min ‖R z − b‖² + ‖diag(damping) z‖² by Givens rotations that take the diagonal rows into R, one after the other
 * (Moré 1978, section 3). `s` becomes the triangle of the whole: SᵀS = RᵀR + diag(damping)².
 */
export function solveDamped(
  qr: PivotedQr,
  damping: Float64Array,
  b: Float64Array,
  s: Float64Array,
  row: Float64Array,
  z: Float64Array,
): void {
  const { columns, count, r, rows } = qr;
  for (let i = 0; i < count; i += 1) {
    for (let j = i; j < count; j += 1) s[i * columns + j] = r[i * columns + j] as number;
    z[i] = i < rows ? (b[i] as number) : 0;
  }
  for (let j = 0; j < count; j += 1) {
    const d = damping[j] as number;
    if (d === 0) continue;
    row.fill(0, j, count);
    row[j] = d;
    let right = 0;
    for (let k = j; k < count; k += 1) {
      const below = row[k] as number;
      if (below === 0) continue;
      const diagonal = s[k * columns + k] as number;
      const length = Math.hypot(diagonal, below);
      const c = diagonal / length;
      const sine = below / length;
      s[k * columns + k] = length;
      for (let i = k + 1; i < count; i += 1) {
        const upper = s[k * columns + i] as number;
        const lower = row[i] as number;
        s[k * columns + i] = c * upper + sine * lower;
        row[i] = c * lower - sine * upper;
      }
      const top = z[k] as number;
      z[k] = c * top + sine * right;
      right = c * right - sine * top;
    }
  }
  solveUpper(s, columns, count, z);
}
