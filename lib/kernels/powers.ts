// 1 − βᵗ, which Adam's bias corrections divide by. A function of t alone, whatever
// was asked before, and the same on every engine, which Math.pow need not be. Powers
// are kept as unevaluated sums of two numbers (Dekker 1971): the result is right
// to the last place or the one beside it.

import { productError } from './portable/double-double.js';

// βᵗ = β^(t mod 64) · (β⁶⁴)^⌊t/64⌋: the first factor from a table, the second kept for the next 63 steps.
const tableSize = 64;

/** high + low, with |low| at most half a unit in the last place of high. */
interface Pair {
  readonly high: number;
  readonly low: number;
}

const one: Pair = { high: 1, low: 0 };

function times(a: Pair, b: Pair): Pair {
  const product = a.high * b.high;
  const error = productError(a.high, b.high, product) + (a.high * b.low + a.low * b.high);
  const high = product + error;
  return { high, low: error - (high - product) };
}

export class PowerComplement {
  readonly #table: readonly Pair[];
  readonly #base: Pair;
  #block = 0;
  #ofBlock = one;

  /** @param beta in [0, 1). */
  constructor(beta: number) {
    const factor = { high: beta, low: 0 };
    const table = [one];
    for (let i = 1; i < tableSize; i += 1) table.push(times(table[i - 1] as Pair, factor));
    this.#table = table;
    this.#base = times(table[tableSize - 1] as Pair, factor);
  }

  /** 1 − βᵗ for a whole t ≥ 0. */
  at(t: number): number {
    const block = Math.floor(t / tableSize);
    if (block !== this.#block) {
      this.#block = block;
      this.#ofBlock = powerOf(this.#base, block);
    }
    const { high, low } = times(this.#table[t % tableSize] as Pair, this.#ofBlock);
    return 1 - high - low;
  }
}

/** By repeated squaring. */
function powerOf(base: Pair, exponent: number): Pair {
  let result = one;
  let square = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = times(result, square);
    square = times(square, square);
  }
  return result;
}
