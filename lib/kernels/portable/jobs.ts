// How the TypeScript kernels run: generators that pause at bounded intervals, so
// that a fit holds the event loop for a few milliseconds at most.

import type { Job, Pace } from '../kernels.js';

export type Steps = Generator<void, void, void>;

// Jobs above this many elements are run in slices.
const inlineWork = 200_000;
/** Elements read between two chances to pause. */
export const sliceWork = 50_000;

/** Runs all steps at once; what they return. */
export function drain<R>(running: Generator<void, R, void>): R {
  let step = running.next();
  while (!step.done) step = running.next();
  return step.value;
}

export function job(work: number, steps: () => Steps): Job {
  return {
    inline: work <= inlineWork,
    run: () => drain(steps()),
    start: async (pace: Pace) => {
      const running = steps();
      while (!running.next().done) {
        if (pace.due()) await pace.breathe();
        if (pace.signal?.aborted) return false;
      }
      return true;
    },
  };
}
