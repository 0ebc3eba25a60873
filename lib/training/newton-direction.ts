// Newton's direction for a function whose Hessian is at hand: Cholesky of the
// Hessian scaled to a unit diagonal by powers of two, and where it is not positive
// definite the modified factorisation, whose direction goes downhill all the same.

import type { Kernels } from '../kernels/kernels.js';
import { scaleToUnitDiagonal } from '../kernels/scaled-cholesky.js';
import { innerProduct, type NewtonDirectionRequest } from '../optimizers/solver.js';

// Negative curvature below this share of the scaled Hessian's norm is taken for rounding or for the error of differences.
const negligibleCurvature = 1e-6;

/** Answers the request with the n×n Hessian at its point, which is overwritten. */
export function newtonDirection(request: NewtonDirectionRequest, hessian: Float64Array, kernels: Kernels): void {
  const { gradient, direction, shift } = request;
  const n = gradient.length;
  const scale = scaleToUnitDiagonal(hessian, n);
  for (let i = 0; i < n; i += 1) {
    hessian[i * n + i] = (hessian[i * n + i] as number) + shift;
    direction[i] = -(gradient[i] as number) * (scale[i] as number);
  }
  const factor = hessian.slice();
  const norm = kernels.symmetricNorm(factor, n);
  const failedPivot = kernels.cholesky(factor, n);
  request.failedPivot = failedPivot;
  if (failedPivot < 0) {
    kernels.choleskySolve(factor, n, direction);
    request.method = shift > 0 ? 'shifted' : 'cholesky';
    request.condition = kernels.conditionEstimate(factor, n, norm);
  } else {
    const { modification, negative } = kernels.modifiedCholesky(hessian, n, direction);
    const finite = !Number.isNaN(modification);
    request.method = finite ? 'modified' : 'failed';
    if (!finite) request.failedPivot = -1;
    request.negativeCurvature = negative > 0 && modification > negligibleCurvature * norm;
    request.condition = Number.POSITIVE_INFINITY;
  }
  for (let i = 0; i < n; i += 1) direction[i] = (direction[i] as number) * (scale[i] as number);
  request.decrement = -innerProduct(gradient, direction);
}
