// The native kernel sets: each an instruction set of the addon by name.

import {
  type ColumnMoments,
  type Coordinates,
  type DoubleStorage,
  type FiniteScan,
  type FloatArray,
  type FunctionName,
  functionNumbers,
  type Job,
  type KernelSetName,
  type Kernels,
  type LinearSpec,
  type LimitedMemory,
  type LinearSums,
  type ModifiedCholesky,
  type RowsSpec,
  type SoftmaxSpec,
  type SoftmaxSums,
  type RuleName,
  ruleNumbers,
  type Span,
  type SpanSpec,
  type Storage,
} from '../kernels.js';
import { type LinearTask, loadedAddon } from './binding.js';
import { giveBack, job, nativeLinear, nativeRows, takeUsed } from './native-jobs.js';
import { NativeSpan } from './native-span.js';
import { portableKernels } from '../portable/portable-kernels.js';

// Multiply-adds a dense kernel does in the time of one element read from memory.
const denseSpeed = 16;
// And what a product in twice the precision costs, over a few sweeps.
const extraPrecision = 30;

export function allocateNative(length: number, type: 'float64' | 'float32'): Storage {
  const element = type === 'float64' ? Float64Array : Float32Array;
  const { handle, buffer } = loadedAddon().allocate(length * element.BYTES_PER_ELEMENT);
  return { data: new element(buffer), handle };
}

export function borrowNative(array: FloatArray): Storage {
  return { data: array, handle: loadedAddon().borrow(array) };
}

class NativeLinearSums implements LinearSums {
  readonly #task: LinearTask;
  readonly #elements: number;

  constructor(set: KernelSetName, spec: LinearSpec, threads: number) {
    this.#task = loadedAddon().linear(set, nativeLinear(spec), threads, takeUsed('linear'));
    this.#elements = spec.rows * spec.columns;
  }

  get size(): number {
    return this.#task.parameters.length;
  }

  get parameters(): Float64Array {
    return this.#task.parameters;
  }

  get sums(): Float64Array {
    return this.#task.sums;
  }

  get diagonal(): Float64Array {
    return this.#task.diagonal;
  }

  get rhs(): Float64Array {
    return this.#task.rhs;
  }

  get direction(): Float64Array {
    return this.#task.direction;
  }

  get solution(): Float64Array {
    return this.#task.solution;
  }

  get variances(): Float64Array {
    return this.#task.variances;
  }

  get eta(): Float64Array {
    return this.#task.eta;
  }

  get shift(): number {
    return this.#task.facts[0] ?? 0;
  }

  set shift(shift: number) {
    this.#task.facts[0] = shift;
  }

  get failedPivot(): number {
    return this.#task.facts[1] ?? -1;
  }

  get condition(): number {
    return this.#task.facts[2] ?? Number.NaN;
  }

  get correction(): number {
    return this.#task.facts[3] ?? Number.NaN;
  }

  get residualSquares(): number {
    return this.#task.facts[4] ?? Number.NaN;
  }

  gradient(): Job {
    return job(this.#task, 0, this.#elements);
  }

  gram(): Job {
    return job(this.#task, 1, (this.#elements * this.size) / denseSpeed);
  }

  predictors(): Job {
    return job(this.#task, 5, this.#elements);
  }

  solve(): Job {
    return job(this.#task, 2, this.size ** 3 / denseSpeed);
  }

  leastSquares(): Job {
    return job(this.#task, 3, this.#elements * (this.size / 2 + extraPrecision));
  }

  leastSquaresVariances(): Job {
    return job(this.#task, 4, this.#elements * this.size * extraPrecision);
  }

  dispose(): void {
    giveBack('linear', this.#task);
  }
}

/** One instruction set of the addon. */
export class NativeKernels implements Kernels {
  readonly native = true;
  readonly name: KernelSetName;
  /** Its place among the sets of the addon. */
  readonly #number: number;

  constructor(name: KernelSetName) {
    this.name = name;
    this.#number = loadedAddon().info().available.indexOf(name);
  }

  linear(spec: LinearSpec, threads: number): LinearSums {
    return new NativeLinearSums(this.name, spec, threads);
  }

  memory(length: number): DoubleStorage {
    const { data, handle } = allocateNative(length, 'float64');
    return { data: data as Float64Array, handle };
  }

  softmax(spec: SoftmaxSpec, threads: number): SoftmaxSums {
    const { y, classes, intercept, shift, scale, rows, columns } = spec;
    const native = { ...nativeRows(spec), y: y.handle ?? y.data, classes, intercept, shift, scale };
    const task = loadedAddon().softmax(this.name, native, threads, takeUsed('softmax'));
    return {
      parameters: task.parameters,
      sums: task.sums,
      gradient: () => job(task, 0, rows * columns * classes),
      dispose: () => giveBack('softmax', task),
    };
  }

  span(spec: SpanSpec, threads: number): Span {
    return new NativeSpan(this.name, spec, threads);
  }

  moments(spec: RowsSpec, threads: number): ColumnMoments {
    const task = loadedAddon().moments(this.name, nativeRows(spec), threads, takeUsed('moments'));
    return {
      mean: task.mean,
      variance: task.variance,
      get weight() {
        return task.facts[0] ?? Number.NaN;
      },
      compute: () => job(task, 0, spec.rows * spec.columns),
      dispose: () => giveBack('moments', task),
    };
  }

  finite(storage: Storage, threads: number): FiniteScan {
    const { data, handle } = storage;
    if (handle === undefined) return portableKernels.finite(storage, threads);
    const spec = { x: handle, keep: data, float32: data instanceof Float32Array };
    const task = loadedAddon().finite(this.name, spec, threads, takeUsed('finite'));
    return {
      get found() {
        return task.facts[0] ?? -1;
      },
      scan: () => job(task, 0, data.length),
      dispose: () => giveBack('finite', task),
    };
  }

  predict(spec: RowsSpec, coefficients: Float64Array, intercept: number, out: Float64Array): void {
    loadedAddon().predict(this.name, nativeRows(spec), coefficients, intercept, out);
  }

  dot(x: Float64Array, y: Float64Array): number {
    return loadedAddon().dot(this.name, x, y);
  }

  axpy(a: number, x: Float64Array, y: Float64Array): void {
    loadedAddon().axpy(this.name, a, x, y);
  }

  limitedMemoryDirection(memory: LimitedMemory, gradient: Float64Array, direction: Float64Array): number {
    const { steps, changes, inverses, weights, pairs, next, scale } = memory;
    const addon = loadedAddon();
    return addon.limitedMemory(this.name, steps, changes, inverses, weights, pairs, next, scale, gradient, direction);
  }

  moveCoordinates(part: Coordinates, skip: number, moves: number): number {
    const { count, matrix, stride, l1, lower, upper, point, slope, turn } = part;
    const addon = loadedAddon();
    return addon.moveCoordinates(this.name, count, matrix, stride, l1, lower, upper, point, slope, turn, skip, moves);
  }

  addRows(matrix: Float64Array, stride: number, list: Uint32Array, weights: Float64Array, out: Float64Array): void {
    loadedAddon().addRows(this.name, matrix, stride, list, weights, out);
  }

  step(
    rule: RuleName,
    scalars: Float64Array,
    parameters: FloatArray,
    gradient: FloatArray,
    state: readonly FloatArray[],
    threads: number,
  ): void {
    loadedAddon().step(this.#number, ruleNumbers[rule], threads, scalars, parameters, gradient, ...state);
  }

  map(name: FunctionName, x: Float64Array, out: Float64Array): void {
    loadedAddon().map(this.name, functionNumbers[name], x, out);
  }

  cholesky(a: Float64Array, n: number, threads = 1): number {
    return loadedAddon().cholesky(this.name, a, n, threads);
  }

  choleskySolve(l: Float64Array, n: number, b: Float64Array, columns = 1, threads = 1): void {
    loadedAddon().choleskySolve(this.name, l, n, b, columns, threads);
  }

  choleskyInverse(l: Float64Array, n: number, out: Float64Array, threads = 1): void {
    loadedAddon().choleskyInverse(this.name, l, n, out, threads);
  }

  choleskyInverseDiagonal(l: Float64Array, n: number, out: Float64Array, threads = 1): void {
    loadedAddon().choleskyInverseDiagonal(this.name, l, n, out, threads);
  }

  symmetricNorm(a: Float64Array, n: number): number {
    return loadedAddon().symmetricNorm(a, n);
  }

  conditionEstimate(l: Float64Array, n: number, norm: number): number {
    return loadedAddon().conditionEstimate(this.name, l, n, norm);
  }

  modifiedCholesky(a: Float64Array, n: number, b: Float64Array): ModifiedCholesky {
    return loadedAddon().modifiedCholesky(this.name, a, n, b);
  }
}
