// Functions with known minima for the tests of methods that follow gradients.

import type { Problem } from './drive-problem.js';

/** Σ 100 (x₍ᵢ₊₁₎ − xᵢ²)² + (1 − xᵢ)², the chained one that SciPy calls rosen; the minimum 0 at (1, …, 1). */
export function rosenbrock(size: number): Problem {
  return {
    size,
    evaluate(p, gradient) {
      let value = 0;
      gradient.fill(0);
      for (let i = 0; i + 1 < size; i += 1) {
        const x = p[i] as number;
        const bend = (p[i + 1] as number) - x * x;
        value += 100 * bend * bend + (1 - x) * (1 - x);
        gradient[i] = (gradient[i] as number) - 400 * x * bend - 2 * (1 - x);
        gradient[i + 1] = (gradient[i + 1] as number) + 200 * bend;
      }
      return value;
    },
  };
}

/** (−1.2, 1, −1.2, 1, …). */
export function rosenbrockStart(size: number): number[] {
  return Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
}

/** Beale (1958); the minimum 0 at (3, ½). */
export const beale: Problem = {
  size: 2,
  evaluate(p, gradient) {
    const [x, y] = p as unknown as [number, number];
    let value = 0;
    gradient.fill(0);
    for (let k = 1; k <= 3; k += 1) {
      const r = ([1.5, 2.25, 2.625][k - 1] as number) - x * (1 - y ** k);
      value += r * r;
      gradient[0] = (gradient[0] as number) - 2 * r * (1 - y ** k);
      gradient[1] = (gradient[1] as number) + 2 * r * x * k * y ** (k - 1);
    }
    return value;
  },
};

/** Powell's singular function (1962); the minimum 0 at 0, where the Hessian has rank 2. */
export const powellSingular: Problem = {
  size: 4,
  evaluate(p, gradient) {
    const [a, b, c, d] = p as unknown as [number, number, number, number];
    const [r, s, t, u] = [a + 10 * b, c - d, b - 2 * c, a - d];
    gradient[0] = 2 * r + 40 * u ** 3;
    gradient[1] = 20 * r + 4 * t ** 3;
    gradient[2] = 10 * s - 8 * t ** 3;
    gradient[3] = -10 * s - 40 * u ** 3;
    return r * r + 5 * s * s + t ** 4 + 10 * u ** 4;
  },
};

/** ½ xᵀAx − bᵀx, A = Q diag(eigenvalues) Q with a reflection Q, b so that the minimum is at (1, 2, …, n). */
export function quadratic(eigenvalues: readonly number[]): Problem {
  const size = eigenvalues.length;
  const square = (size * (size + 1) * (2 * size + 1)) / 6;
  /** (I − 2vvᵀ/vᵀv) x with v = (1, 2, …, n). */
  const reflect = (x: Float64Array): void => {
    let along = 0;
    for (let i = 0; i < size; i += 1) along += (x[i] as number) * (i + 1);
    for (let i = 0; i < size; i += 1) x[i] = (x[i] as number) - ((2 * along) / square) * (i + 1);
  };
  return {
    size,
    evaluate(p, gradient) {
      for (let i = 0; i < size; i += 1) gradient[i] = (p[i] as number) - (i + 1);
      const away = gradient.slice();
      reflect(gradient);
      for (let i = 0; i < size; i += 1) gradient[i] = (gradient[i] as number) * (eigenvalues[i] as number);
      reflect(gradient);
      let value = 0;
      for (let i = 0; i < size; i += 1) value += 0.5 * (away[i] as number) * (gradient[i] as number);
      return value;
    },
  };
}

/** Σ xᵢ − log xᵢ, which is NaN where any xᵢ < 0; the minimum n at (1, …, 1). */
export function barrier(size: number): Problem {
  return {
    size,
    evaluate(p, gradient) {
      let value = 0;
      for (let i = 0; i < size; i += 1) {
        value += (p[i] as number) - Math.log(p[i] as number);
        gradient[i] = 1 - 1 / (p[i] as number);
      }
      return value;
    },
  };
}

/** a·f(x/b) + c. */
export function scaled(problem: Problem, a: number, b: number, c = 0): Problem {
  const inner = new Float64Array(problem.size);
  return {
    size: problem.size,
    evaluate(p, gradient) {
      for (let i = 0; i < p.length; i += 1) inner[i] = (p[i] as number) / b;
      const value = problem.evaluate(inner, gradient);
      for (let i = 0; i < p.length; i += 1) gradient[i] = (gradient[i] as number) * (a / b);
      return a * value + c;
    },
  };
}
