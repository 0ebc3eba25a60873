// Small problems of least squares that the tests of Levenberg–Marquardt and Gauss–Newton share.

import type { Random } from '../../../lib/kernels/random.js';
import type { Bounds } from '../../../lib/optimizers/solver.js';
import type { ResidualProblem } from './drive-residuals.js';

/** 10(y − x²), 1 − x: the minimum 0 at (1, 1). */
export const rosenbrock: ResidualProblem = {
  size: 2,
  residualCount: 2,
  residuals(p, out) {
    out[0] = 10 * (p[1]! - p[0]! * p[0]!);
    out[1] = 1 - p[0]!;
  },
  jacobian(p, out) {
    out.set([-20 * p[0]!, 10, -1, 0]);
  },
};

/** A p − b. */
export function linear(a: readonly (readonly number[])[], b: readonly number[], bounds?: Bounds): ResidualProblem {
  return {
    size: a[0]!.length,
    residualCount: a.length,
    ...(bounds && { bounds }),
    residuals(p, out) {
      a.forEach((row, i) => {
        out[i] = row.reduce((sum, value, j) => sum + value * p[j]!, -b[i]!);
      });
    },
    jacobian(_, out) {
      out.set(a.flat());
    },
  };
}

export function withBounds(
  problem: ResidualProblem,
  lower: readonly number[],
  upper: readonly number[],
): ResidualProblem {
  return { ...problem, bounds: { lower: Float64Array.from(lower), upper: Float64Array.from(upper) } };
}

export function drawMatrix(random: Random, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.uint32() / 2 ** 31 - 1));
}

/** a·exp(−b·t) at 20 points, with three outliers of 4. */
export function decayWithOutliers(): ResidualProblem {
  const ts = Array.from({ length: 20 }, (_, i) => 0.2 * i);
  const ys = ts.map((t, i) => 3 * Math.exp(-0.7 * t) + 0.05 * Math.sin(9 * i) + (i % 7 === 3 ? 4 : 0));
  return {
    size: 2,
    residualCount: ts.length,
    residuals(p, out) {
      ts.forEach((t, i) => {
        out[i] = p[0]! * Math.exp(-p[1]! * t) - ys[i]!;
      });
    },
    jacobian(p, out) {
      ts.forEach((t, i) => {
        const e = Math.exp(-p[1]! * t);
        out[2 * i] = e;
        out[2 * i + 1] = -t * p[0]! * e;
      });
    },
  };
}
