// The coordinates that a coordinate descent sweeps over, with their part of the matrix
// packed together. The set grows by appending, so that descents which follow one another
// with much the same coordinates pack little. Called by coordinate-model.ts.

import type { Coordinates } from '../kernels/kernels.js';
import type { CoordinateModel } from './coordinate-model.js';

// Numbers packed between two chances to pause, a fraction of a millisecond.
const pauseNumbers = 200_000;

export class WorkingSet implements Coordinates {
  /** The coordinates in the order of the packed rows. */
  readonly list: number[] = [];
  readonly #hessian: Float64Array;
  readonly #isMember: Uint8Array;
  #factor = new Float64Array(0);
  stride = 0;
  matrix = new Float64Array(0);
  l1 = new Float64Array(0);
  lower = new Float64Array(0);
  upper = new Float64Array(0);
  point = new Float64Array(0);
  slope = new Float64Array(0);
  readonly turn = new Float64Array(2);

  /** @param hessian of n coordinates, n×n, both triangles. */
  constructor(hessian: Float64Array, n: number) {
    this.#hessian = hessian;
    this.#isMember = new Uint8Array(n);
  }

  get count(): number {
    return this.list.length;
  }

  has(j: number): boolean {
    return this.#isMember[j] === 1;
  }

  clear(): void {
    this.list.length = 0;
    this.#isMember.fill(0);
  }

  /** Appends coordinates that are not in the set; yields where the caller may pause. */
  *add(coordinates: readonly number[]): Generator<void, void, void> {
    this.#reserve(this.count + coordinates.length);
    const { list, matrix, stride } = this;
    const n = this.#isMember.length;
    let work = 0;
    for (const j of coordinates) {
      const k = list.push(j) - 1;
      this.#isMember[j] = 1;
      for (let i = 0; i <= k; i += 1) {
        const value = this.#hessian[j * n + list[i]!]!;
        matrix[k * stride + i] = value;
        matrix[i * stride + k] = value;
      }
      work += k;
      if (work > pauseNumbers) {
        work = 0;
        yield;
      }
    }
  }

  /** Takes what belongs to the coordinates from the model. */
  load({ hessian, diagonal, l1, lower, upper, point, slope }: CoordinateModel): void {
    const { list, matrix, stride } = this;
    const n = this.#isMember.length;
    for (let k = 0; k < list.length; k += 1) {
      const j = list[k]!;
      matrix[k * stride + k] = hessian[j * n + j]! + diagonal[j]!;
      this.l1[k] = l1[j]!;
      this.lower[k] = lower[j]!;
      this.upper[k] = upper[j]!;
      this.point[k] = point[j]!;
      this.slope[k] = slope[j]!;
    }
    this.turn.fill(0);
  }

  /** Memory for a square matrix of that size, the same every time. */
  factor(size: number): Float64Array {
    if (this.#factor.length < size * size) this.#factor = new Float64Array(this.stride * this.stride);
    return this.#factor.subarray(0, size * size);
  }

  #reserve(count: number): void {
    if (count <= this.stride) return;
    const from = this.stride;
    const old = this.matrix;
    const stride = Math.min(this.#isMember.length, Math.max(16, Math.ceil(1.5 * count)));
    this.stride = stride;
    this.matrix = new Float64Array(stride * stride);
    for (let k = 0; k < this.count; k += 1) {
      this.matrix.set(old.subarray(k * from, k * from + this.count), k * stride);
    }
    this.l1 = new Float64Array(stride);
    this.lower = new Float64Array(stride);
    this.upper = new Float64Array(stride);
    this.point = new Float64Array(stride);
    this.slope = new Float64Array(stride);
  }
}
