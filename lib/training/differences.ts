// Derivatives that a problem does not offer, made of those it does: gradients and
// Jacobians from values, Hessians and their products from gradients. Each is a
// generator of simpler requests, so that whoever drives it can wait, count and
// stop. Central differences (error h², h = ∛ε · max(|θ|, 1)); one-sided where a
// bound is nearer than h.

import type {
  Bounds,
  HessianRequest,
  HessianVectorRequest,
  JacobianRequest,
  Request,
  ValueGradientRequest,
} from '../optimizers/solver.js';
import { euclideanNorm } from '../optimizers/solver.js';

const relativeStep = Math.cbrt(2 ** -52);

/** The two points of a difference along one parameter. */
interface Stencil {
  readonly low: number;
  readonly high: number;
}

/** Steps that can be told apart in floating point, on both sides where the bounds let them. */
function stencilAt(center: number, index: number, bounds: Bounds | undefined): Stencil {
  const step = relativeStep * Math.max(Math.abs(center), 1);
  const lower = bounds?.lower[index] ?? Number.NEGATIVE_INFINITY;
  const upper = bounds?.upper[index] ?? Number.POSITIVE_INFINITY;
  return { low: Math.max(center - step, lower), high: Math.min(center + step, upper) };
}

/** Value, and the gradient from 2n further values. */
export function* differencedGradient(
  request: ValueGradientRequest,
  bounds: Bounds | undefined,
): Generator<Request, void, void> {
  const { at, gradient } = request;
  const probe = { kind: 'value' as const, at: at.slice(), value: Number.NaN };
  yield probe;
  request.value = probe.value;
  for (let i = 0; i < at.length; i += 1) {
    const center = at[i] as number;
    const { low, high } = stencilAt(center, i, bounds);
    probe.at[i] = low;
    yield probe;
    const below = probe.value;
    probe.at[i] = high;
    yield probe;
    gradient[i] = high > low ? (probe.value - below) / (high - low) : 0;
    probe.at[i] = center;
  }
}

/** The Jacobian from 2n further sets of residuals. */
export function* differencedJacobian(
  request: JacobianRequest,
  bounds: Bounds | undefined,
): Generator<Request, void, void> {
  const { at, residuals, jacobian } = request;
  const n = at.length;
  const probe = { kind: 'residuals' as const, at: at.slice(), residuals: new Float64Array(residuals.length) };
  const below = new Float64Array(residuals.length);
  for (let j = 0; j < n; j += 1) {
    const center = at[j] as number;
    const { low, high } = stencilAt(center, j, bounds);
    probe.at[j] = low;
    yield probe;
    below.set(probe.residuals);
    probe.at[j] = high;
    yield probe;
    for (let i = 0; i < below.length; i += 1) {
      const change = (probe.residuals[i] as number) - (below[i] as number);
      jacobian[i * n + j] = high > low ? change / (high - low) : 0;
    }
    probe.at[j] = center;
  }
}

/** The Hessian from 2n gradients, or from n products with unit vectors where the problem offers these; then symmetric. */
export function* differencedHessian(
  request: HessianRequest,
  offersProduct: boolean,
  bounds: Bounds | undefined,
): Generator<Request, void, void> {
  const { at, hessian } = request;
  const n = at.length;
  const product = {
    kind: 'hessian-vector' as const,
    at,
    vector: new Float64Array(n),
    product: new Float64Array(n),
  };
  for (let j = 0; j < n; j += 1) {
    product.vector.fill(0);
    product.vector[j] = 1;
    if (offersProduct) yield product;
    else yield* differencedColumn(product, j, bounds);
    for (let i = 0; i < n; i += 1) hessian[i * n + j] = product.product[i] as number;
  }
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const mean = 0.5 * ((hessian[i * n + j] as number) + (hessian[j * n + i] as number));
      hessian[i * n + j] = mean;
      hessian[j * n + i] = mean;
    }
  }
}

function* differencedColumn(
  { at, product }: HessianVectorRequest,
  j: number,
  bounds: Bounds | undefined,
): Generator<Request, void, void> {
  const n = at.length;
  const probe = { kind: 'value-gradient' as const, at: at.slice(), gradient: new Float64Array(n), value: Number.NaN };
  const { low, high } = stencilAt(at[j] as number, j, bounds);
  probe.at[j] = low;
  yield probe;
  product.set(probe.gradient);
  probe.at[j] = high;
  yield probe;
  for (let i = 0; i < n; i += 1) {
    const change = (probe.gradient[i] as number) - (product[i] as number);
    product[i] = high > low ? change / (high - low) : 0;
  }
}

/** H·v from two gradients along v. */
export function* differencedProduct(request: HessianVectorRequest): Generator<Request, void, void> {
  const { at, vector, product } = request;
  const n = at.length;
  const length = euclideanNorm(vector);
  if (length === 0) {
    product.fill(0);
    return;
  }
  const step = (relativeStep * Math.max(euclideanNorm(at), 1)) / length;
  const probe = { kind: 'value-gradient' as const, at: new Float64Array(n), gradient: product, value: Number.NaN };
  for (let i = 0; i < n; i += 1) probe.at[i] = (at[i] as number) - step * (vector[i] as number);
  yield probe;
  const below = product.slice();
  for (let i = 0; i < n; i += 1) probe.at[i] = (at[i] as number) + step * (vector[i] as number);
  yield probe;
  for (let i = 0; i < n; i += 1) {
    product[i] = ((product[i] as number) - (below[i] as number)) / (2 * step);
  }
}
