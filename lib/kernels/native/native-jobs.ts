// How specs and jobs cross to the addon: rows by handle, work by task and kind.

import { type Job, type LinearSpec, lossNumbers, type Pace, type RowsSpec } from '../kernels.js';
import { loadedAddon, type NativeLinear, type NativeRows, type TaskObject } from './binding.js';

// Multiply-adds below which a job takes about ten microseconds, a fraction of
// what handing it to another thread and back costs.
const inlineWork = 20_000;

export function nativeRows(spec: RowsSpec): NativeRows {
  const { x, columns, rows, list, weights } = spec;
  return {
    x: x.handle,
    keep: [x.data, list],
    float32: x.data instanceof Float32Array,
    columns,
    rows,
    list: list === undefined ? undefined : loadedAddon().borrow(list),
    weights: weights?.handle,
  };
}

export function nativeLinear(spec: LinearSpec): NativeLinear {
  const { y, loss, lossParameter, intercept, shift, scale } = spec;
  return { ...nativeRows(spec), y: y?.handle, loss: lossNumbers[loss], lossParameter, intercept, shift, scale };
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
