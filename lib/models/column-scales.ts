// Standardisation of columns while X is read, and what it makes of parameters: on
// the objective's scale column j enters as (x − shift)·scale.

import { scalesOf } from '../data/standard-scaler.js';
import type { Kernels, RowsSpec } from '../kernels/kernels.js';
import type { Work } from './objective.js';

export interface ColumnScales {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** Mean 0 (only with an intercept) and deviation 1; undefined when aborted. */
export function* columnScales(
  rows: RowsSpec,
  intercept: boolean,
  kernels: Kernels,
  threads: number,
): Work<ColumnScales | undefined> {
  const moments = kernels.moments(rows, threads);
  if (!(yield moments.compute())) return undefined;
  const scale = scalesOf(moments.variance, moments.mean);
  const shift = intercept ? moments.mean.slice() : new Float64Array(rows.columns);
  moments.dispose();
  return { shift, scale };
}

/** Takes coefficients and the intercept behind them, where there is one, to the objective's scale, in place. */
export function toScaled(parameters: Float64Array, { shift, scale }: ColumnScales): void {
  const columns = scale.length;
  for (let j = 0; j < columns; j += 1) {
    const coefficient = parameters[j] as number;
    parameters[j] = coefficient / (scale[j] as number);
    if (parameters.length > columns)
      parameters[columns] = (parameters[columns] as number) + coefficient * (shift[j] as number);
  }
}

/** The inverse of `toScaled`, in place. */
export function fromScaled(parameters: Float64Array, { shift, scale }: ColumnScales): void {
  const columns = scale.length;
  for (let j = 0; j < columns; j += 1) {
    const coefficient = (parameters[j] as number) * (scale[j] as number);
    parameters[j] = coefficient;
    if (parameters.length > columns)
      parameters[columns] = (parameters[columns] as number) - coefficient * (shift[j] as number);
  }
}
