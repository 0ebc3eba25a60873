// What the solvers for l1 are both tried on.

import { bounds, guarded, normalFrom, quadratic, randomFrom, rosenbrock } from './bounded-problems.js';
import type { Problem } from './drive-problem.js';

/** Logistic loss of labels ±1, mean over rows, with an intercept that bears no penalty. */
export function logistic(rows: number, columns: number, lambda: number, seed: number): Problem {
  const normal = normalFrom(randomFrom(seed));
  const x = Array.from({ length: rows }, () => Array.from({ length: columns }, (_, j) => (j === 0 ? 1 : normal())));
  const y = x.map((row) => (row[1]! - 2 * row[2]! + 0.3 + normal() > 0 ? 1 : -1));
  const l1 = new Float64Array(columns).fill(lambda);
  l1[0] = 0;
  const evaluate: Problem['evaluate'] = (p, g) => {
    g.fill(0);
    let value = 0;
    x.forEach((row, i) => {
      const margin = y[i]! * row.reduce((sum, xij, j) => sum + xij * p[j]!, 0);
      value += margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
      row.forEach((xij, j) => {
        g[j]! -= (y[i]! * xij) / (1 + Math.exp(margin)) / rows;
      });
    });
    return value / rows;
  };
  return { size: columns, l1, evaluate };
}

/** Rosenbrock with a penalty that makes 0 the best second parameter. */
export const bentValley: Problem = { size: 2, evaluate: rosenbrock, l1: Float64Array.of(0.5, 30) };

/** Σ (i + 1) p − log p: NaN where a parameter is negative. */
export const logarithms: Problem = {
  size: 3,
  l1: Float64Array.of(1, 0, 2),
  evaluate: (p, g) => {
    let value = 0;
    p.forEach((x, i) => {
      value += 40 * (i + 1) * x - Math.log(x);
      g[i] = x > 0 ? 40 * (i + 1) - 1 / x : Number.NaN;
    });
    return value;
  },
};

const matrix = [
  [3, 1, 0.5],
  [1, 2, -0.4],
  [0.5, -0.4, 1],
];

/** ½ uᵀAu − bᵀu + Σ λ|u| with u = p/length, all times height. */
export function scaled(length: number, height: number): Problem {
  const inner = quadratic(matrix, [-4, 0.3, 2]);
  const u = new Float64Array(3);
  return {
    size: 3,
    l1: new Float64Array(3).fill(height / length),
    evaluate: (p, g) => {
      p.forEach((x, i) => {
        u[i] = x / length;
      });
      const value = inner.evaluate(u, g) * height;
      g.forEach((gi, i) => {
        g[i] = (gi / length) * height;
      });
      return value;
    },
  };
}

export function wrongSign(problem: Problem): Problem {
  return {
    ...problem,
    evaluate: (p, g) => {
      const value = problem.evaluate(p, g);
      g.forEach((gi, i) => {
        g[i] = -gi;
      });
      return value;
    },
  };
}

/** The scaled problem's l1 in a box of which two bounds are active. */
export function penaltyInBox(): Problem {
  const box = bounds([0.1, -1, -0.5], [0.8, -0.2, Number.POSITIVE_INFINITY]);
  return guarded({ ...scaled(1, 1), bounds: box });
}
