// An approximate solution of the trust-region subproblem from products H·v alone:
// conjugate gradients on H p = −g from p = 0, ended at the boundary by a step that
// would leave the region or by a direction of negative curvature (Steihaug 1983, The
// conjugate gradient method and trust regions in large scale optimization; Nocedal and
// Wright, algorithm 7.2), and inside by ‖Hp + g‖ ≤ min(½, √‖g‖)·‖g‖. Departure: it runs
// in units of ‖g‖ and of Δ, so that scales of 1e±150 neither overflow nor vanish.

import { euclideanNorm, innerProduct, type Request } from './solver.js';

/** Work arrays and the answer, made once a run. */
export interface SteihaugProblem {
  /** p. */
  readonly step: Float64Array;
  /** (Hp + g)/‖g‖. */
  readonly residual: Float64Array;
  readonly direction: Float64Array;
  /** H·direction. */
  readonly product: Float64Array;
  /** −m(p). */
  predicted: number;
  /** The smallest dᵀHd / dᵀd that was met, where it is negative; else 0: other directions may still have some. */
  curvature: number;
  onBoundary: boolean;
  /** Products H·v of the last solution. */
  products: number;
}

export function emptySteihaugProblem(n: number): SteihaugProblem {
  return {
    step: new Float64Array(n),
    residual: new Float64Array(n),
    direction: new Float64Array(n),
    product: new Float64Array(n),
    predicted: 0,
    curvature: 0,
    onBoundary: false,
    products: 0,
  };
}

/** Fills in `problem`; false when a product was not finite before there was any step. */
export function* solveSteihaug(
  problem: SteihaugProblem,
  at: Float64Array,
  gradient: Float64Array,
  radius: number,
): Generator<Request, boolean, void> {
  const { step, residual, direction, product } = problem;
  const n = gradient.length;
  const norm = euclideanNorm(gradient);
  step.fill(0);
  problem.predicted = 0;
  problem.curvature = 0;
  problem.onBoundary = false;
  problem.products = 0;
  if (norm === 0) return true;
  for (let i = 0; i < n; i += 1) {
    residual[i] = (gradient[i] as number) / norm;
    direction[i] = -(residual[i] as number);
  }
  // Steps are counted in Δ: p = Δy, and y grows by ratio·α along the direction.
  const ratio = norm / radius;
  const forcing = Math.min(0.5, Math.sqrt(norm));
  const request = { kind: 'hessian-vector' as const, at, vector: direction, product };
  let square = innerProduct(residual, residual);
  for (let count = 0; count < 2 * n; count += 1) {
    problem.products += 1;
    yield request;
    const curvature = innerProduct(direction, product);
    if (!Number.isFinite(curvature)) {
      if (count === 0) return false;
      break;
    }
    if (curvature <= 0) {
      problem.curvature = Math.min(0, curvature / innerProduct(direction, direction));
      problem.onBoundary = true;
    }
    let length = (square / curvature) * ratio;
    const boundary = stepToBoundary(step, direction);
    if (problem.onBoundary || !(length < boundary)) {
      problem.onBoundary = true;
      length = boundary;
    }
    for (let i = 0; i < n; i += 1) {
      step[i] = (step[i] as number) + length * (direction[i] as number);
      residual[i] = (residual[i] as number) + (length / ratio) * (product[i] as number);
    }
    const next = innerProduct(residual, residual);
    if (problem.onBoundary || !(Math.sqrt(next) > forcing)) break;
    const beta = next / square;
    for (let i = 0; i < n; i += 1) direction[i] = beta * (direction[i] as number) - (residual[i] as number);
    square = next;
  }
  // With Hp = r − g the model is ½pᵀ(g + r).
  let sum = 0;
  for (let i = 0; i < n; i += 1) {
    sum += (step[i] as number) * ((gradient[i] as number) / norm + (residual[i] as number));
    step[i] = (step[i] as number) * radius;
  }
  problem.predicted = -0.5 * sum * norm * radius;
  return true;
}

/** τ ≥ 0 with ‖y + τd‖ = 1, from inside. */
function stepToBoundary(y: Float64Array, d: Float64Array): number {
  const dd = innerProduct(d, d);
  const yd = innerProduct(y, d);
  const room = Math.max(0, 1 - innerProduct(y, y));
  const root = Math.sqrt(yd * yd + dd * room);
  return yd > 0 ? room / (yd + root) : (root - yd) / dd;
}
