// An objective with the penalty of one point of a regularisation path put on from outside:
// ridge in its values, l1 in its layout. The data and their sums are shared by all points.

import type { Objective, Strengths, Work } from '../models/objective.js';
import type { Bounds, Layout, Request, RequestKind } from '../optimizers/solver.js';

export class PenalisedObjective implements Objective {
  readonly layout: Layout;
  readonly answers: readonly RequestKind[] = ['value-gradient', 'hessian'];
  readonly #bare: Objective;
  readonly #l2: Float64Array;

  constructor(bare: Objective, { l1, l2 }: Strengths, bounds: Bounds | undefined) {
    this.#bare = bare;
    this.#l2 = l2;
    this.layout = { ...bare.layout, l1, bounds };
  }

  get rows(): number {
    return this.#bare.rows;
  }

  *answer(request: Request): Work<boolean> {
    if (!(yield* this.#bare.answer(request))) return false;
    const l2 = this.#l2;
    const n = l2.length;
    if (request.kind === 'hessian') {
      for (let j = 0; j < n; j += 1) {
        request.hessian[j * n + j] = (request.hessian[j * n + j] as number) + (l2[j] as number);
      }
    } else if (request.kind === 'value-gradient') {
      for (let j = 0; j < n; j += 1) {
        const slope = (l2[j] as number) * (request.at[j] as number);
        request.gradient[j] = (request.gradient[j] as number) + slope;
        request.value += 0.5 * slope * (request.at[j] as number);
      }
    }
    return true;
  }
}
