// A counter-based random generator: value i of a seed is a pure function of
// (seed, stream, i), so any position is reached at once and results do not
// depend on how work is divided. Threefry-2x32 with 20 rounds (Salmon, Moraes,
// Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3").

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const parity = 0x1bd11bda;
// Rows drawn between two chances to pause: under a millisecond.
const piece = 16_384;

export class Random {
  readonly #key0: number;
  readonly #key1: number;
  #counter = 0;
  #spare: number | undefined;

  /** @param seed a non-negative safe integer. @param stream keeps uses of one seed apart. */
  constructor(seed: number, stream = 0) {
    this.#key0 = seed >>> 0;
    this.#key1 = (Math.floor(seed / 2 ** 32) ^ Math.imul(stream, 0x9e3779b9)) >>> 0;
  }

  /** A uniform 32-bit unsigned integer. */
  uint32(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const keys = [this.#key0, this.#key1, (this.#key0 ^ this.#key1 ^ parity) >>> 0] as const;
    let x0 = ((this.#counter >>> 0) + keys[0]) | 0;
    let x1 = (Math.floor(this.#counter / 2 ** 32) + keys[1]) | 0;
    this.#counter += 1;
    for (let round = 0; round < 20; round += 1) {
      const r = rotations[round % 8] as number;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
      if (round % 4 === 3) {
        const k = (round + 1) / 4;
        x0 = (x0 + (keys[k % 3] as number)) | 0;
        x1 = (x1 + (keys[(k + 1) % 3] as number) + k) | 0;
      }
    }
    this.#spare = x1 >>> 0;
    return x0 >>> 0;
  }

  /** A uniform number in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A uniform integer in [0, bound), bound below 2^32, without bias (Lemire 2019). */
  below(bound: number): number {
    if (bound <= 1) return 0;
    for (let threshold = -1; ; ) {
      const value = this.uint32();
      // The 64-bit product value·bound in two halves: both parts below are exact in float64.
      const low = Math.imul(value, bound) >>> 0;
      const high = Math.floor(((value >>> 16) * bound + Math.floor(((value & 0xffff) * bound) / 65536)) / 65536);
      if (low >= bound) return high;
      if (threshold < 0) threshold = 2 ** 32 % bound;
      if (low >= threshold) return high;
    }
  }

  /** Shuffles in place (Fisher and Yates). */
  shuffle(list: Uint32Array): Uint32Array {
    for (const _ of this.shuffleSteps(list));
    return list;
  }

  /** The same with chances to pause. */
  *shuffleSteps(list: Uint32Array): Generator<void, void, void> {
    for (let i = list.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      const kept = list[i] as number;
      list[i] = list[j] as number;
      list[j] = kept;
      if (i % piece === 0) yield;
    }
  }
}

/**
 * Fills `order` with the rows of an epoch: a permutation, or draws with replacement, with chances to pause. Depends on the
 * seed, the epoch (from 0) and the length alone; native/core/random.cc gives the same.
 */
export function* epochOrderSteps(
  seed: number,
  epoch: number,
  replacement: boolean,
  order: Uint32Array,
): Generator<void, void, void> {
  const random = new Random(seed, epoch + 1); // stream 0 is for whatever is not an epoch
  for (let i = 0; i < order.length; i += 1) {
    order[i] = replacement ? random.below(order.length) : i;
    if (i % piece === piece - 1) yield;
  }
  if (!replacement) yield* random.shuffleSteps(order);
}

/** The same at once. */
export function epochOrder(seed: number, epoch: number, replacement: boolean, order: Uint32Array): void {
  for (const _ of epochOrderSteps(seed, epoch, replacement, order));
}
