// What training asks of a model: to turn data into an objective over one flat
// parameter vector, and to take the parameters back when the run ends.

import type { Dataset } from '../data/dataset.js';
import type { Job, Kernels } from '../kernels/kernels.js';
import type { Layout, Request } from '../optimizers/solver.js';

/** A generator of jobs: whoever drives it runs each one and says whether it completed. */
export type Work<R> = Generator<Job, R, boolean>;

export interface Objective {
  readonly layout: Layout;
  /** Fills in the request; false when a job was aborted. */
  answer(request: Request): Work<boolean>;
}

export interface Preparation {
  readonly objective: Objective;
  /** Where to start, on the objective's scale. */
  readonly start: Float64Array;
  /** Makes the parameters (on the objective's scale) the model's own. */
  commit(parameters: Float64Array): void;
}

export interface PrepareContext {
  readonly kernels: Kernels;
  readonly threads: number;
  readonly initial: ArrayLike<number> | undefined;
  readonly warmStart: boolean;
  readonly seed: number;
}

export interface Model {
  readonly name: string;
  /** Checks the data and reads what it needs; undefined when a job was aborted. */
  prepare(data: Dataset, context: PrepareContext): Work<Preparation | undefined>;
}
