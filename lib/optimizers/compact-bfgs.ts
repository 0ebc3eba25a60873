// The compact form of the limited-memory BFGS matrix (Byrd, Nocedal & Schnabel
// 1994, theorem 2.3): B = θ (I − W M Wᵀ) from the last pairs s = Δx, y = Δg, here
// with W = [Y/√θ, √θ S] and M⁻¹ = [[−I, Lᵀ], [L, θ SᵀS]]. Called by lbfgsb.ts and
// cauchy-point.ts. Departures: B does not change when a pair (s, y) is multiplied by
// a number, so each is stored with sᵀy = 1; D is then I, and problems whose scale is
// 1e±150 do not overflow. W is stored by rows, one parameter after the other, because
// the Cauchy point walks over single rows. All is plain state that can be saved.

// Sums over rows go block by block: one column at a time in registers, while the block's rows (20 kB at m = 10) are in the
// first-level cache.
const blockRows = 128;

export interface CompactBfgs {
  readonly size: number;
  /** m, the most pairs kept. */
  readonly memory: number;
  /** Pairs held now, and the slot the next one goes to. */
  count: number;
  next: number;
  /** θ = yᵀy / sᵀy of the last pair; B = θ I without pairs. */
  theta: number;
  /** size rows of 2m: y of every slot, then s of every slot. */
  readonly pairs: Float64Array;
  /** YᵀY, SᵀY (row s, column y) and SᵀS by slots, m×m. */
  readonly yy: Float64Array;
  readonly sy: Float64Array;
  readonly ss: Float64Array;
  readonly middle: SaddleFactor;
  /** For the pair that comes in: its products with those stored. */
  readonly products: Float64Array;
}

/**
 * A factored [[−A, Rᵀ], [R, C]] with A and C + R A⁻¹ Rᵀ positive definite, each block m×m of which the first `order` rows are
 * used: the shape of M⁻¹ and of its restriction to the free parameters.
 */
export interface SaddleFactor {
  readonly stride: number;
  order: number;
  /** Lower triangles of A = K Kᵀ and C + R A⁻¹ Rᵀ = J Jᵀ, after factoring. */
  readonly a: Float64Array;
  readonly c: Float64Array;
  /** R; R K⁻ᵀ after factoring. */
  readonly r: Float64Array;
}

export function makeCompactBfgs(size: number, memory: number): CompactBfgs {
  const square = memory * memory;
  return {
    size,
    memory,
    count: 0,
    next: 0,
    theta: 1,
    pairs: new Float64Array(size * 2 * memory),
    yy: new Float64Array(square),
    sy: new Float64Array(square),
    ss: new Float64Array(square),
    middle: makeSaddleFactor(memory),
    products: new Float64Array(4 * memory),
  };
}

export function makeSaddleFactor(stride: number): SaddleFactor {
  const square = stride * stride;
  return { stride, order: 0, a: new Float64Array(square), c: new Float64Array(square), r: new Float64Array(square) };
}

/** Drops all pairs; B = θ I. */
export function forget(bfgs: CompactBfgs, theta: number): void {
  bfgs.count = 0;
  bfgs.next = 0;
  bfgs.theta = theta;
  bfgs.middle.order = 0;
}

/**
 * Takes up s and y in the place of the oldest pair. The caller has seen to sᵀy > 0. When the middle matrix loses its
 * definiteness to rounding all pairs but the new one are dropped; that one too when it over- or underflows.
 */
export function update(bfgs: CompactBfgs, s: Float64Array, y: Float64Array, sy: number): void {
  const { size, memory, pairs, products } = bfgs;
  const slot = bfgs.next;
  const width = 2 * memory;
  const scale = 1 / Math.sqrt(sy);
  bfgs.next = slot + 1 === memory ? 0 : slot + 1;
  bfgs.count = Math.min(bfgs.count + 1, memory);
  const { count } = bfgs;
  for (let i = 0, row = 0; i < size; i += 1, row += width) {
    pairs[row + slot] = (y[i] as number) * scale;
    pairs[row + memory + slot] = (s[i] as number) * scale;
  }
  products.fill(0);
  for (let from = 0; from < size; from += blockRows) {
    const end = width * Math.min(size, from + blockRows);
    for (let j = 0; j < count; j += 1) {
      let yy = 0;
      let ss = 0;
      let sy = 0;
      let ys = 0;
      for (let row = width * from; row < end; row += width) {
        const yj = pairs[row + j] as number;
        const sj = pairs[row + memory + j] as number;
        const yi = pairs[row + slot] as number;
        const si = pairs[row + memory + slot] as number;
        yy += yj * yi;
        ss += sj * si;
        sy += si * yj;
        ys += sj * yi;
      }
      products[j] = (products[j] as number) + yy;
      products[memory + j] = (products[memory + j] as number) + ss;
      products[width + j] = (products[width + j] as number) + sy;
      products[width + memory + j] = (products[width + memory + j] as number) + ys;
    }
  }
  for (let j = 0; j < count; j += 1) {
    const ahead = slot * memory + j;
    const across = j * memory + slot;
    bfgs.yy[ahead] = products[j] as number;
    bfgs.yy[across] = products[j] as number;
    bfgs.ss[ahead] = products[memory + j] as number;
    bfgs.ss[across] = products[memory + j] as number;
    bfgs.sy[ahead] = products[width + j] as number;
    bfgs.sy[across] = products[width + memory + j] as number;
  }
  const before = bfgs.theta;
  bfgs.theta = bfgs.yy[slot * memory + slot] as number;
  if (factorMiddle(bfgs)) return;
  forget(bfgs, before);
  if (count > 1) update(bfgs, s, y, sy);
}

/** Whether the pair in slot i is younger than that in slot j. */
function isYounger(bfgs: CompactBfgs, i: number, j: number): boolean {
  const { count, memory, next } = bfgs;
  const oldest = count < memory ? 0 : next;
  return (i - oldest + memory) % memory > (j - oldest + memory) % memory;
}

/** L: sᵢᵀyⱼ where pair i is younger than j, else 0. */
function lowerProduct(bfgs: CompactBfgs, i: number, j: number): number {
  return isYounger(bfgs, i, j) ? (bfgs.sy[i * bfgs.memory + j] as number) : 0;
}

function factorMiddle(bfgs: CompactBfgs): boolean {
  const { memory, count, theta, middle } = bfgs;
  middle.order = count;
  for (let i = 0; i < count; i += 1) {
    for (let j = 0; j < count; j += 1) {
      const at = i * memory + j;
      middle.a[at] = i === j ? 1 : 0;
      middle.r[at] = lowerProduct(bfgs, i, j);
      middle.c[at] = theta * (bfgs.ss[at] as number);
    }
  }
  return factorSaddle(middle);
}

/**
 * K = M⁻¹ − W_FᵀW_F over the free parameters F, factored: (I − W_F M W_Fᵀ)⁻¹ = I + W_F K⁻¹ W_Fᵀ. The sums run over the smaller
 * of F and the rest; the other follows from the sums over all.
 * @param isFree 1 where a parameter is free, 0 elsewhere.
 */
export function factorFree(bfgs: CompactBfgs, isFree: Float64Array, free: number, factor: SaddleFactor): boolean {
  const { size, memory, count, theta, pairs } = bfgs;
  const { a, r, c } = factor;
  const overFree = 2 * free <= size ? 1 : 0;
  factor.order = count;
  a.fill(0);
  r.fill(0);
  c.fill(0);
  for (let i = 0, row = 0; i < size; i += 1, row += 2 * memory) {
    if (isFree[i] !== overFree) continue;
    for (let j = 0; j < count; j += 1) {
      const yj = pairs[row + j] as number;
      const sj = pairs[row + memory + j] as number;
      const line = j * memory;
      for (let k = 0; k <= j; k += 1) {
        a[line + k] = (a[line + k] as number) + yj * (pairs[row + k] as number);
        c[line + k] = (c[line + k] as number) + sj * (pairs[row + memory + k] as number);
      }
      for (let k = 0; k < count; k += 1) r[line + k] = (r[line + k] as number) + sj * (pairs[row + k] as number);
    }
  }
  for (let j = 0; j < count; j += 1) {
    for (let k = 0; k < count; k += 1) {
      const at = j * memory + k;
      const lower = lowerProduct(bfgs, j, k);
      r[at] = lower - (overFree ? (r[at] as number) : (bfgs.sy[at] as number) - (r[at] as number));
      if (k > j) continue;
      const yy = overFree ? (a[at] as number) : (bfgs.yy[at] as number) - (a[at] as number);
      a[at] = yy / theta + (j === k ? 1 : 0);
      c[at] = theta * (overFree ? (bfgs.ss[at] as number) - (c[at] as number) : (c[at] as number));
    }
  }
  return factorSaddle(factor);
}

/** @returns false when a block is not positive definite. */
function factorSaddle(factor: SaddleFactor): boolean {
  const { stride, order, a, r, c } = factor;
  if (!cholesky(a, order, stride)) return false;
  for (let i = 0; i < order; i += 1) {
    solveLower(a, order, stride, r, i * stride);
  }
  for (let i = 0; i < order; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = c[i * stride + j] as number;
      for (let k = 0; k < order; k += 1) sum += (r[i * stride + k] as number) * (r[j * stride + k] as number);
      c[i * stride + j] = sum;
    }
  }
  return cholesky(c, order, stride);
}

/**
 * Solves [[−A, Rᵀ], [R, C]] [u; v] = [p; q] in place; p and q are the first `order` of `x` and the first `order` from `stride`.
 * With K⁻¹p and then J Jᵀ v = q + R A⁻¹ p, u = A⁻¹(Rᵀv − p).
 */
export function solveSaddle(factor: SaddleFactor, x: Float64Array): void {
  const { stride, order, a, r, c } = factor;
  solveLower(a, order, stride, x, 0);
  for (let i = 0; i < order; i += 1) {
    let sum = x[stride + i] as number;
    for (let k = 0; k < order; k += 1) sum += (r[i * stride + k] as number) * (x[k] as number);
    x[stride + i] = sum;
  }
  solveLower(c, order, stride, x, stride);
  solveUpper(c, order, stride, x, stride);
  for (let k = 0; k < order; k += 1) {
    let sum = -(x[k] as number);
    for (let i = 0; i < order; i += 1) sum += (r[i * stride + k] as number) * (x[stride + i] as number);
    x[k] = sum;
  }
  solveUpper(a, order, stride, x, 0);
}

/** out ← Wᵀd over all parameters. */
export function timesTransposed(bfgs: CompactBfgs, d: Float64Array, out: Float64Array): void {
  const { size, memory, count, pairs } = bfgs;
  const width = 2 * memory;
  out.fill(0);
  for (let from = 0; from < size; from += blockRows) {
    const end = Math.min(size, from + blockRows);
    for (let j = 0; j < count; j += 1) {
      let yd = 0;
      let sd = 0;
      for (let i = from, row = width * from; i < end; i += 1, row += width) {
        yd += (pairs[row + j] as number) * (d[i] as number);
        sd += (pairs[row + memory + j] as number) * (d[i] as number);
      }
      out[j] = (out[j] as number) + yd;
      out[memory + j] = (out[memory + j] as number) + sd;
    }
  }
  scaleHalves(bfgs, out);
}

/** out ← row i of W. */
export function rowOf(bfgs: CompactBfgs, i: number, out: Float64Array): void {
  const { memory, count, pairs } = bfgs;
  const row = 2 * memory * i;
  for (let j = 0; j < count; j += 1) {
    out[j] = pairs[row + j] as number;
    out[memory + j] = pairs[row + memory + j] as number;
  }
  scaleHalves(bfgs, out);
}

/** Row i of W times v, whose halves `scaleHalves` has scaled. */
export function rowTimes(bfgs: CompactBfgs, i: number, v: Float64Array): number {
  const { memory, count, pairs } = bfgs;
  const row = 2 * memory * i;
  let sum = 0;
  for (let j = 0; j < count; j += 1) {
    sum += (pairs[row + j] as number) * (v[j] as number);
    sum += (pairs[row + memory + j] as number) * (v[memory + j] as number);
  }
  return sum;
}

/** From products with [Y, S] to those with W, or from coefficients of W to those of [Y, S]. */
export function scaleHalves(bfgs: CompactBfgs, v: Float64Array): void {
  const { memory, count } = bfgs;
  const root = Math.sqrt(bfgs.theta);
  for (let j = 0; j < count; j += 1) {
    v[j] = (v[j] as number) / root;
    v[memory + j] = (v[memory + j] as number) * root;
  }
}

/** uᵀv over the entries in use. */
export function smallProduct(bfgs: CompactBfgs, u: Float64Array, v: Float64Array): number {
  const { memory, count } = bfgs;
  let sum = 0;
  for (let j = 0; j < count; j += 1) {
    sum += (u[j] as number) * (v[j] as number) + (u[memory + j] as number) * (v[memory + j] as number);
  }
  return sum;
}

/** The lower triangle of A becomes its Cholesky factor. */
function cholesky(a: Float64Array, order: number, stride: number): boolean {
  for (let i = 0; i < order; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = a[i * stride + j] as number;
      for (let k = 0; k < j; k += 1) sum -= (a[i * stride + k] as number) * (a[j * stride + k] as number);
      if (i !== j) a[i * stride + j] = sum / (a[j * stride + j] as number);
      else if (sum > 0 && sum < Number.POSITIVE_INFINITY) a[i * stride + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Solves K z = x in place, x from `first`. */
function solveLower(k: Float64Array, order: number, stride: number, x: Float64Array, first: number): void {
  for (let i = 0; i < order; i += 1) {
    let sum = x[first + i] as number;
    for (let j = 0; j < i; j += 1) sum -= (k[i * stride + j] as number) * (x[first + j] as number);
    x[first + i] = sum / (k[i * stride + i] as number);
  }
}

/** Solves Kᵀ z = x in place, x from `first`. */
function solveUpper(k: Float64Array, order: number, stride: number, x: Float64Array, first: number): void {
  for (let i = order - 1; i >= 0; i -= 1) {
    let sum = x[first + i] as number;
    for (let j = i + 1; j < order; j += 1) sum -= (k[j * stride + i] as number) * (x[first + j] as number);
    x[first + i] = sum / (k[i * stride + i] as number);
  }
}
