// Whether a solver suits a problem: said before any work starts.

import { checkCopy } from '../copies.js';
import { expected, expectedBut } from '../errors.js';
import type { Layout, RequestKind, Solver } from '../optimizers/solver.js';

/** @throws ERR_GRADUS_OPTION unless the solver can do with what the problem answers and respects all it asks. */
export function checkSuits(
  solver: Solver,
  demands: readonly ('bounds' | 'l1')[],
  answers: readonly RequestKind[],
): void {
  checkCopy(solver, '`optimizer`');
  if (typeof solver !== 'object' || solver === null || typeof solver.iterate !== 'function') {
    throw expected('ERR_GRADUS_OPTION', '`optimizer`', 'a solver of this package', solver);
  }
  const missing = solver.requests.find((kind) => !answers.includes(kind));
  if (missing !== undefined) {
    const wanted = answers.includes('interior-start')
      ? 'InteriorPoint, which alone minimises a loss with corners'
      : `one that asks for no more than ${answers.join(', ')}`;
    throw expectedBut('ERR_GRADUS_OPTION', '`optimizer`', wanted, `${solver.name}, which asks for ${missing}`);
  }
  for (const part of demands) {
    if (!solver.handles?.includes(part)) {
      const wanted = `one that can respect ${part}`;
      throw expectedBut('ERR_GRADUS_OPTION', '`optimizer`', wanted, solver.name);
    }
  }
}

/** What a layout demands of a solver. */
export function demandsOf(layout: Layout): ('bounds' | 'l1')[] {
  return (['bounds', 'l1'] as const).filter((part) => layout[part] !== undefined);
}
