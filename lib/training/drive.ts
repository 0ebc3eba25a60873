// Drives work (generators of jobs) to its end, paced so that the event loop stays free;
// models/at-once.ts does it on the calling thread. All training is written once, as work.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pace } from '../kernels/kernels.js';
import type { Work } from '../models/objective.js';

// How long this thread is held at most before the event loop gets its turn. With
// native kernels only small jobs run here; portable ones do all their work here.
const nativeSliceMs = 0.5;
const portableSliceMs = 3;

export async function drive<R>(work: Work<R>, native: boolean, signal: AbortSignal | undefined): Promise<R> {
  const pace = createPace(native ? nativeSliceMs : portableSliceMs, signal);
  await pace.breathe();
  let step = work.next();
  while (!step.done) {
    const job = step.value;
    let completed = true;
    if (job.inline) {
      job.run();
      if (pace.due()) await pace.breathe();
    } else {
      completed = await job.start(pace);
    }
    step = work.next(completed && signal?.aborted !== true);
  }
  return step.value;
}

function createPace(sliceMs: number, signal: AbortSignal | undefined): Pace {
  let sliceEnd = 0;
  return {
    signal,
    due: () => performance.now() > sliceEnd,
    breathe: async () => {
      await nextTurn();
      sliceEnd = performance.now() + sliceMs;
    },
  };
}
