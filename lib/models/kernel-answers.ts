// The requests that need no objective, only kernels.

import type { Kernels } from '../kernels/kernels.js';
import type { Request } from '../optimizers/solver.js';

/** Fills in the request where it is such a one; false for the others. */
export function answeredByKernels(request: Request, kernels: Kernels): boolean {
  switch (request.kind) {
    case 'limited-memory-direction': {
      const { memory, gradient, direction } = request;
      request.slope = kernels.limitedMemoryDirection(memory, gradient, direction);
      return true;
    }
    case 'kernels':
      request.kernels = kernels;
      return true;
    default:
      return false;
  }
}
