// The outcome of a fit is data: a status, the reason in words with the numbers
// compared, counters and history. Nothing numerical is thrown.

import { GradusError } from '../errors.js';
import type { KernelSetName } from '../kernels/kernels.js';
import type { LinearSolver } from '../optimizers/solver.js';

export interface EpochRecord {
  /** Epochs finished, from 1. */
  readonly epoch: number;
  readonly step: number;
  /** The objective: data term and penalty. */
  readonly loss: number;
  /** Mean loss over the validation rows, without the penalty; absent without `validation`. */
  readonly validationLoss?: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly elapsedMs: number;
}

interface FitFacts {
  readonly reason: string;
  /** The objective at the parameters the model now has. */
  readonly loss: number;
  readonly gradientNorm: number;
  /**
   * The loss is above its minimum by this at most, in exact arithmetic and but for a few roundings: a certificate, whatever
   * the status. For squared loss, and with every coefficient penalised for convex ones of the kernels (ridge), logistic, Poisson and
   * Huber's (l1); absent where no
   * bound is known (docs/penalties.md).
   */
  readonly gapBound?: number;
  /** At the same parameters; absent without `validation`. */
  readonly validationLoss?: number;
  readonly epochs: number;
  readonly steps: number;
  /** Passes over the data for value and gradient. */
  readonly evaluations: number;
  readonly history: readonly EpochRecord[];
  readonly warnings: readonly string[];
  /** How the last linear system was solved and how well conditioned it was; absent with optimizers that solve none. */
  readonly linearSolver?: LinearSolver;
  readonly optimizer: string;
  readonly kernels: KernelSetName;
  readonly elapsedMs: number;
}

export type UnconvergedStatus =
  | 'completed'
  | 'early-stopped'
  | 'aborted'
  | 'diverged'
  | 'stalled'
  | 'budget'
  | 'failed';

export type FitResult =
  | (FitFacts & { readonly converged: true; readonly status: 'converged' })
  | (FitFacts & { readonly converged: false; readonly status: UnconvergedStatus });

/**
 * Throws the reason unless the fit did what was asked: converged, completed its epochs, or was stopped on purpose by
 * early stopping. @throws ERR_GRADUS_NOT_CONVERGED
 */
export function expectFitted(result: FitResult): FitResult {
  if (result.converged || result.status === 'completed' || result.status === 'early-stopped') return result;
  throw new GradusError(
    'ERR_GRADUS_NOT_CONVERGED',
    `Expected the fit to be converged or completed, but got ${result.status}: ${result.reason}`,
  );
}
