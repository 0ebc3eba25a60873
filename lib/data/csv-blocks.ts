// Rows that come one by one, their number unknown. They fill blocks of half a
// megabyte, which are joined at the end in memory of exactly the right size: each
// value is copied once, at most twice the final matrix is in use, and no copy on
// the way is large enough to hold up the event loop.

import type { FloatArray, Storage } from '../kernels/kernels.js';
import { allocateStorage } from '../kernels/select.js';

interface Block {
  readonly x: FloatArray;
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
  readonly offsets: Float64Array | undefined;
}

interface JoinedRows {
  readonly x: Storage;
  readonly y: Float64Array;
  readonly weights: Float64Array | undefined;
  readonly offsets: Float64Array | undefined;
}

/** Which numbers a row may have beside its cells and its target. */
export interface RowExtras {
  readonly weights: boolean;
  readonly offsets: boolean;
}

const blockBytes = 2 ** 19;

export class RowBlocks {
  readonly #columns: number;
  readonly #type: 'float64' | 'float32';
  readonly #extras: RowExtras;
  readonly #blockRows: number;
  /** Memory for the rows that were expected. It is the first block, and the result when their number is right. */
  readonly #expected: Storage | undefined;
  readonly #full: Block[] = [];
  #last: Block;
  /** Rows in the last block. */
  #filled = 0;
  #rows = 0;

  /** @param expected how many rows to take memory for at once; 0 when that is unknown. */
  constructor(columns: number, type: 'float64' | 'float32', extras: RowExtras, expected: number) {
    this.#columns = columns;
    this.#type = type;
    this.#extras = extras;
    this.#blockRows = Math.max(1, Math.floor(blockBytes / (8 * columns)));
    if (expected > 0) this.#expected = allocateStorage(expected * columns, type);
    this.#last = this.#expected ? this.#block(expected, this.#expected.data) : this.#block(this.#blockRows);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The block with room for one more row, which is row `filled` of it. */
  next(): Block {
    if (this.#filled === this.#last.y.length) {
      this.#full.push(this.#last);
      this.#last = this.#block(this.#blockRows);
      this.#filled = 0;
    }
    return this.#last;
  }

  get filled(): number {
    return this.#filled;
  }

  /** Keeps the row that was written where `next` said; without it the row is written over. */
  keep(): void {
    this.#filled += 1;
    this.#rows += 1;
  }

  /** Gives the memory away: nothing may be added afterwards. @param breathe is awaited between copies. */
  async join(breathe: () => Promise<void>): Promise<JoinedRows> {
    const rows = this.#rows;
    if (this.#expected !== undefined && this.#full.length === 0 && rows === this.#last.y.length) {
      return { ...this.#last, x: this.#expected };
    }
    await breathe();
    const x = allocateStorage(rows * this.#columns, this.#type);
    const whole = this.#block(rows, x.data);
    this.#full.push(this.#last);
    let to = 0;
    // Blocks are let go one by one, so that their memory can be used again.
    for (let block = this.#full.shift(); block !== undefined; block = this.#full.shift()) {
      const count = Math.min(block.y.length, rows - to);
      for (let from = 0; from < count; from += this.#blockRows) {
        const end = Math.min(from + this.#blockRows, count);
        whole.x.set(block.x.subarray(from * this.#columns, end * this.#columns), (to + from) * this.#columns);
        whole.y.set(block.y.subarray(from, end), to + from);
        if (block.weights) whole.weights?.set(block.weights.subarray(from, end), to + from);
        if (block.offsets) whole.offsets?.set(block.offsets.subarray(from, end), to + from);
        await breathe();
      }
      to += count;
    }
    return { ...whole, x };
  }

  #block(rows: number, memory?: FloatArray): Block {
    const matrix = this.#type === 'float64' ? Float64Array : Float32Array;
    return {
      x: memory ?? new matrix(rows * this.#columns),
      y: new Float64Array(rows),
      weights: this.#extras.weights ? new Float64Array(rows) : undefined,
      offsets: this.#extras.offsets ? new Float64Array(rows) : undefined,
    };
  }
}
