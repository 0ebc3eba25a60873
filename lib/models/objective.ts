// What training asks of a model: to turn data into an objective over one flat
// parameter vector, and to take the parameters back when the run ends. A model
// that can learn from single rows also hands out its parameters while it lives.

import type { Dataset } from '../data/dataset.js';
import type { Job, Kernels, Span, SpanSpec } from '../kernels/kernels.js';
import type { KernelLoss } from '../losses/loss.js';
import type { Layout, Request, RequestKind } from '../optimizers/solver.js';

/** A generator of jobs: whoever drives it runs each one and says whether it completed. */
export type Work<R> = Generator<Job, R, boolean>;

export interface Objective {
  readonly layout: Layout;
  /** Rows summed over. */
  readonly rows: number;
  /** The requests it can answer. */
  readonly answers: readonly RequestKind[];
  /** True when its second derivatives are the same everywhere. */
  readonly constantCurvature?: boolean;
  /** Fills in the request; false when a job was aborted. */
  answer(request: Request): Work<boolean>;
  /**
   * What the objective at a point, penalty and all, is above its minimum at most; undefined when none is known or a job was
   * aborted. Absent where a model has none. @param penalty in place of the objective's own, one number a parameter.
   */
  gapBound?(at: Float64Array, penalty?: Strengths): Work<number | undefined>;
  /** Prepares spans of first-order steps; undefined when a job was aborted. Absent where a model has none. */
  span?(options: SpanOptions): Work<ObjectiveSpan | undefined>;
}

/** λⱼ of Σ λⱼ|θⱼ| and of Σ λⱼ½θⱼ². */
export interface Strengths {
  readonly l1: Float64Array;
  readonly l2: Float64Array;
}

export interface SpanOptions extends Pick<SpanSpec, 'rule' | 'batchSize' | 'replacement' | 'seed'> {
  /** Whose loss is taken with every record. */
  readonly validation: Objective | undefined;
  readonly recordsMost: number;
  readonly scalarsMost: number;
}

/** What is known of a point at the end of an epoch. */
export interface EpochPoint {
  readonly parameters: Float64Array;
  /** Data term and penalty. */
  readonly loss: number;
  readonly gradientNorm: number;
  /** Mean loss over the validation rows, without the penalty; undefined without such rows. */
  readonly validationLoss: number | undefined;
}

export interface ObjectiveSpan {
  readonly span: Span;
  /** Work of a step, in multiply-adds. */
  readonly stepWork: number;
  /** What the sums of a record mean. `parameters` is a view of the record. */
  read(record: Float64Array): EpochPoint;
}

export interface Preparation {
  readonly objective: Objective;
  /** The mean loss over the validation rows, where there are such. */
  readonly validation: Objective | undefined;
  /** Where to start, on the objective's scale. */
  readonly start: Float64Array;
  /** The parameters (on the objective's scale) in the units of the data. Absent where regularisation paths are not known. */
  ownScale?(parameters: Float64Array): Float64Array;
  /** Makes the parameters (on the objective's scale) the model's own. */
  commit(parameters: Float64Array): void;
  /** A sentence where the data has no minimum however small the gradient there is. Absent where that cannot be. */
  readonly flaw?: (parameters: Float64Array) => Work<string | undefined>;
  /** Ends the use of the objectives. */
  dispose(): void;
}

export interface PrepareContext {
  readonly kernels: Kernels;
  readonly threads: number;
  readonly validation: Dataset | undefined;
  readonly initial: ArrayLike<number> | undefined;
  readonly warmStart: boolean;
  readonly seed: number;
}

export interface Model {
  readonly name: string;
  /** The requests its objectives can answer. */
  readonly answers: readonly RequestKind[];
  /** Parts of its layout that a solver must respect. */
  readonly demands: readonly ('l1' | 'bounds')[];
  /** First-order rules can take its rows in batches. */
  readonly takesBatches: boolean;
  /** Whether Newton's method is the one to take for this data where none is named; absent: wherever it can be. */
  suitsNewton?(data: Dataset): boolean;
  /** What of this one keeps the rules out though the model takes batches, in words. */
  readonly refusesBatches?: string | undefined;
  /** Checks the data and reads what it needs; undefined when a job was aborted. */
  prepare(data: Dataset, context: PrepareContext): Work<Preparation | undefined>;
}

/** How one row enters a step: the loss of its linear predictor, and the penalty. */
export interface RowTerms {
  readonly loss: KernelLoss;
  /** λ of the ridge penalty on the coefficients. */
  readonly l2: number;
  readonly intercept: boolean;
}

export interface LiveParameters {
  /** One coefficient a column, then the intercept where there is one. */
  readonly parameters: Float64Array;
  readonly names: readonly string[];
  /** Of the classes 0, 1, … of a classifier that was fitted to names. */
  readonly classNames?: readonly string[] | undefined;
}

/** A model that can learn row by row. `online` calls these methods; a user of the model has no need to. */
export interface OnlineModel extends Model {
  /** @throws ERR_GRADUS_OPTION when the model was made with options that need all rows at once. */
  rowTerms(): RowTerms;
  /**
   * The model's own parameters, not a copy: whoever writes to them changes what it predicts. The same object until a fit
   * replaces them; undefined before the first.
   */
  live(): LiveParameters | undefined;
  /** Makes these parameters the model's own, in place of those it has. */
  adopt(live: LiveParameters): void;
  toJSON(): Record<string, unknown>;
}
