// Work driven to its end on the calling thread.

import type { Work } from './objective.js';

export function atOnce<R>(work: Work<R>): R {
  let step = work.next();
  while (!step.done) {
    step.value.run();
    step = work.next(true);
  }
  return step.value;
}
