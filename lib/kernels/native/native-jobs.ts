// How specs and jobs cross to the addon: rows by handle, work by task and kind.

import { type Job, type LinearSpec, lossNumbers, type Pace, type RowsSpec } from '../kernels.js';
import { loadedAddon, type NativeLinear, type NativeRows, type TaskObject } from './binding.js';

// Multiply-adds below which a job takes about ten microseconds, a fraction of
// what handing it to another thread and back costs.
const inlineWork = 20_000;

export function nativeRows(spec: RowsSpec): NativeRows {
  const { x, columns, rows, list, weights } = spec;
  return {
    x: x.handle ?? x.data,
    keep: x.data,
    float32: x.data instanceof Float32Array,
    columns,
    rows,
    list,
    weights: weights && (weights.handle ?? weights.data),
  };
}

export function nativeLinear(spec: LinearSpec): NativeLinear {
  const { y, loss, lossParameter, offset, predictors = false, intercept, shift, scale } = spec;
  return {
    ...nativeRows(spec),
    y: y && (y.handle ?? y.data),
    loss: lossNumbers[loss],
    lossParameter,
    offset: offset && (offset.handle ?? offset.data),
    predictors,
    intercept,
    shift,
    scale,
  };
}

export function job(task: TaskObject, kind: number, work: number): Job {
  const addon = loadedAddon();
  return {
    inline: work <= inlineWork,
    run: () => addon.run(task, kind),
    start: async ({ signal }: Pace) => {
      if (signal?.aborted) return false;
      const abort = (): void => addon.abort(task);
      const completion = addon.start(task, kind);
      signal?.addEventListener('abort', abort, { once: true });
      const completed = await completion;
      signal?.removeEventListener('abort', abort);
      if (!completed && signal?.aborted !== true) throw new RangeError('not enough memory');
      return completed;
    },
  };
}

// Finished tasks of each kind, to be made over: a loop of small fits allocates
// nothing. Larger blocks are left to the collector.
const largestKept = 1 << 20;
const mostKept = 4;
const kept: { readonly [Kind in TaskKind]: TaskObject[] } = {
  linear: [],
  softmax: [],
  span: [],
  moments: [],
  finite: [],
};
type TaskKind = 'linear' | 'softmax' | 'span' | 'moments' | 'finite';

/** A finished task of the kind, if there is one; it is then nobody else's. */
export function takeUsed(kind: TaskKind): TaskObject | undefined {
  return kept[kind].pop();
}

/** Ends the use of a task: its arrays must not be touched any more. */
export function giveBack(kind: TaskKind, task: TaskObject): void {
  loadedAddon().release(task);
  task.keep = undefined;
  if (task.block.byteLength <= largestKept && kept[kind].length < mostKept) kept[kind].push(task);
}
