// Weighted ridge least squares solved exactly: doubles are rational numbers, so the
// normal equations are BigInts and fraction-free elimination (Bareiss 1968) solves them.

export interface ExactProblem {
  /** With a column of ones where there is an intercept. */
  readonly rows: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly weights?: readonly number[];
  /** Added to the diagonal of ZᵀWZ. */
  readonly penalty?: readonly number[];
}

export interface ExactSolution {
  readonly solution: number[];
  /** The diagonal of (ZᵀWZ + penalty)⁻¹. */
  readonly inverse: number[];
  /** Σw(y − zᵀβ)² without a penalty. */
  readonly residualSquares: number;
}

// Every double used is a multiple of 2^−bits.
const bits = 130n;

function integer(value: number): bigint {
  let exponent = 0;
  let mantissa = value;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent += 1;
  }
  if (BigInt(exponent) > bits) throw new RangeError(`${value} has more than ${bits} bits after the point`);
  return BigInt(mantissa) << (bits - BigInt(exponent));
}

/** n/d as the nearest double, but for the last bit. */
function quotient(n: bigint, d: bigint): number {
  if (n === 0n) return 0;
  const negative = n < 0n !== d < 0n;
  const a = n < 0n ? -n : n;
  const b = d < 0n ? -d : d;
  const shift = 64 - (a.toString(2).length - b.toString(2).length);
  const ratio = shift >= 0 ? (a << BigInt(shift)) / b : a / (b << BigInt(-shift));
  return (negative ? -1 : 1) * Number(ratio) * 2 ** -shift;
}

export function exactSolution({ rows, y, weights, penalty }: ExactProblem): ExactSolution {
  const p = (rows[0] as readonly number[]).length;
  const z = rows.map((row) => row.map(integer));
  const targets = y.map(integer);
  const w = rows.map((_, i) => integer(weights?.[i] ?? 1));
  const sum = (a: (i: number) => bigint, b: (i: number) => bigint): bigint =>
    w.reduce((total, weight, i) => total + weight * a(i) * b(i), 0n);
  const column = (j: number) => (i: number) => (z[i] as bigint[])[j] as bigint;
  const target = (i: number): bigint => targets[i] as bigint;
  // In units of 2^−3·bits: [ZᵀWZ + penalty | ZᵀWy | 1].
  const m = Array.from({ length: p }, (_, i) => [
    ...Array.from({ length: p }, (_, j) => {
      const own = i === j ? integer(penalty?.[i] ?? 0) << (2n * bits) : 0n;
      return sum(column(i), column(j)) + own;
    }),
    sum(column(i), target),
    ...Array.from({ length: p }, (_, j) => (i === j ? 1n : 0n)),
  ]);
  const right = m.map((row) => row[p] as bigint);
  const determinant = eliminate(m, p);
  const numerators = m.map((row) => row[p] as bigint);
  const fitted = right.reduce((total, value, i) => total + value * (numerators[i] as bigint), 0n);
  return {
    solution: numerators.map((n) => quotient(n, determinant)),
    inverse: m.map((row, i) => quotient((row[p + 1 + i] as bigint) << (3n * bits), determinant)),
    residualSquares: quotient(sum(target, target) * determinant - fitted, determinant << (3n * bits)),
  };
}

/** Gauss and Jordan without fractions: afterwards the left part is the determinant times the identity. */
function eliminate(m: bigint[][], p: number): bigint {
  let last = 1n;
  for (let k = 0; k < p; k += 1) {
    const row = m[k] as bigint[];
    const pivot = row[k] as bigint;
    m.forEach((other, i) => {
      if (i === k) return;
      const factor = other[k] as bigint;
      other.forEach((value, j) => {
        other[j] = (pivot * value - factor * (row[j] as bigint)) / last;
      });
    });
    last = pivot;
  }
  return last;
}
