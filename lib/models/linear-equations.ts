// Square systems of linear equations taken in one at a time, best first: an equation that depends on those before it is
// refused. LU with the largest element of each row as its pivot, which bounds the multipliers of the transposed system as
// partial pivoting does (Golub and Van Loan, section 3.4); columns are scaled by powers of two.

// An equation counts as dependent when elimination leaves less than this of its largest element.
const dependence = 1e-9;

export class LinearEquations {
  readonly size: number;
  /** Equations taken in. */
  count = 0;
  readonly #scale: Float64Array;
  /** Row k: multipliers of the pivots before, in their columns, and the rest of the row. */
  readonly #factors: Float64Array;
  /** Column of each pivot. */
  readonly #pivots: Int32Array;
  /** 1 where a column has its pivot. */
  readonly #used: Uint8Array;

  /** @param columnSizes how large the elements of each column are. */
  constructor(columnSizes: Float64Array) {
    const size = columnSizes.length;
    this.size = size;
    this.#scale = columnSizes.map((most) =>
      most > 0 && Number.isFinite(most) ? 2 ** -Math.round(Math.log2(most)) : 1,
    );
    this.#factors = new Float64Array(size * size);
    this.#pivots = new Int32Array(size);
    this.#used = new Uint8Array(size);
  }

  /** Takes in an equation's left side; false when it depends on the others. */
  add(row: Float64Array): boolean {
    const { size: n, count } = this;
    const work = this.#factors.subarray(count * n, (count + 1) * n);
    let largest = 0;
    for (let j = 0; j < n; j += 1) {
      work[j] = (row[j] as number) * (this.#scale[j] as number);
      largest = Math.max(largest, Math.abs(work[j] as number));
    }
    for (let k = 0; k < count; k += 1) this.#eliminate(work, k);
    let pivot = -1;
    for (let j = 0; j < n; j += 1) {
      if (this.#used[j] === 1) continue;
      if (pivot < 0 || Math.abs(work[j] as number) > Math.abs(work[pivot] as number)) pivot = j;
    }
    if (pivot < 0 || !(Math.abs(work[pivot] as number) > dependence * largest)) return false;
    this.#pivots[count] = pivot;
    this.#used[pivot] = 1;
    this.count += 1;
    return true;
  }

  /** Solves A x = b in place of b, of which element k belongs to equation k. */
  solve(b: Float64Array): void {
    const { size: n } = this;
    for (let k = 0; k < n; k += 1) {
      let sum = b[k] as number;
      for (let l = 0; l < k; l += 1) sum -= this.#element(k, l) * (b[l] as number);
      b[k] = sum;
    }
    const x = new Float64Array(n);
    for (let k = n - 1; k >= 0; k -= 1) {
      let sum = b[k] as number;
      for (let l = k + 1; l < n; l += 1) sum -= this.#element(k, l) * (x[this.#pivots[l] as number] as number);
      x[this.#pivots[k] as number] = sum / this.#element(k, k);
    }
    for (let j = 0; j < n; j += 1) b[j] = (x[j] as number) * (this.#scale[j] as number);
  }

  /** Solves Aᵀ x = b in place of b; element k of the solution belongs to equation k. */
  solveTransposed(b: Float64Array): void {
    const { size: n } = this;
    const x = new Float64Array(n);
    for (let l = 0; l < n; l += 1) {
      const column = this.#pivots[l] as number;
      let sum = (b[column] as number) * (this.#scale[column] as number);
      for (let k = 0; k < l; k += 1) sum -= this.#element(k, l) * (x[k] as number);
      x[l] = sum / this.#element(l, l);
    }
    for (let l = n - 1; l >= 0; l -= 1) {
      let sum = x[l] as number;
      for (let k = l + 1; k < n; k += 1) sum -= this.#element(k, l) * (x[k] as number);
      x[l] = sum;
    }
    b.set(x);
  }

  /** Takes the part along pivot k out of a row and leaves the multiplier in its column. */
  #eliminate(work: Float64Array, k: number): void {
    const { size: n } = this;
    const column = this.#pivots[k] as number;
    const multiplier = (work[column] as number) / this.#element(k, k);
    work[column] = multiplier;
    if (multiplier === 0) return;
    for (let l = k + 1; l < this.count; l += 1) {
      const at = this.#pivots[l] as number;
      work[at] = (work[at] as number) - multiplier * this.#element(k, l);
    }
    for (let j = 0; j < n; j += 1) {
      if (this.#used[j] === 0) work[j] = (work[j] as number) - multiplier * (this.#factors[k * n + j] as number);
    }
  }

  /** Of L (l < k) or U (l ≥ k). */
  #element(k: number, l: number): number {
    return this.#factors[k * this.size + (this.#pivots[l] as number)] as number;
  }
}
