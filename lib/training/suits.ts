// Whether a solver suits a problem: said before any work starts.

import { checkCopy } from '../copies.js';
import { expected, expectedBut } from '../errors.js';
import type { Layout, RequestKind, Solver } from '../optimizers/solver.js';

/** @throws ERR_GRADUS_OPTION unless the solver can do with what the problem answers and respects all it asks. */
export function checkSuits(
  solver: Solver,
  layout: Pick<Layout, 'bounds' | 'l1'>,
  answers: readonly RequestKind[],
): void {
  checkCopy(solver, '`optimizer`');
  if (typeof solver !== 'object' || solver === null || typeof solver.iterate !== 'function') {
    throw expected('ERR_GRADUS_OPTION', '`optimizer`', 'a solver of this package', solver);
  }
  const missing = solver.requests.find((kind) => !answers.includes(kind));
  if (missing !== undefined) {
    const wanted = `one that asks for no more than ${answers.join(', ')}`;
    throw expectedBut('ERR_GRADUS_OPTION', '`optimizer`', wanted, `${solver.name}, which asks for ${missing}`);
  }
  for (const part of ['bounds', 'l1'] as const) {
    if (layout[part] !== undefined && !solver.handles?.includes(part)) {
      const wanted = `absent with ${solver.name}, which cannot respect it`;
      throw expectedBut('ERR_GRADUS_OPTION', `\`${part}\``, wanted, 'a value');
    }
  }
}
