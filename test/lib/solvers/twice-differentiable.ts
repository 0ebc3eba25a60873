// Functions with gradient and Hessian written out: Rosenbrock's in any number of
// pairs, a saddle, quadratics, and one whose domain ends.

import type { AnyProblem } from './drive-any.js';

/** Σ 100(x₂ₖ₊₁ − x₂ₖ²)² + (1 − x₂ₖ)², times a scale; minimum 0 at (1, …, 1). */
export function rosenbrock(size: number, scale = 1): AnyProblem {
  return {
    size,
    evaluate: (x, g) => {
      let value = 0;
      for (let i = 0; i < size; i += 2) {
        const a = x[i] as number;
        const b = (x[i + 1] as number) - a * a;
        value += scale * (100 * b * b + (1 - a) * (1 - a));
        g[i] = scale * (-400 * a * b - 2 * (1 - a));
        g[i + 1] = scale * 200 * b;
      }
      return value;
    },
    hessian: (x, h) => {
      h.fill(0);
      for (let i = 0; i < size; i += 2) {
        const a = x[i] as number;
        h[i * size + i] = scale * (1200 * a * a - 400 * (x[i + 1] as number) + 2);
        h[i * size + i + 1] = scale * -400 * a;
        h[(i + 1) * size + i] = scale * -400 * a;
        h[(i + 1) * size + i + 1] = scale * 200;
      }
    },
  };
}

export function rosenbrockStart(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
}

/** x² − y² + y⁴: a saddle at 0, minima −¼ at (0, ±√½). */
export const saddle: AnyProblem = {
  size: 2,
  evaluate: (p, g) => {
    const [x, y] = p as unknown as [number, number];
    g[0] = 2 * x;
    g[1] = -2 * y + 4 * y ** 3;
    return x * x - y * y + y ** 4;
  },
  hessian: (p, h) => h.set([2, 0, 0, -2 + 12 * (p[1] as number) ** 2]),
};

/** ½ xᵀAx − bᵀx. */
export function quadratic(a: Float64Array, b: Float64Array): AnyProblem {
  const size = b.length;
  return {
    size,
    evaluate: (x, g) => {
      let value = 0;
      for (let i = 0; i < size; i += 1) {
        let sum = 0;
        for (let j = 0; j < size; j += 1) sum += (a[i * size + j] as number) * (x[j] as number);
        g[i] = sum - (b[i] as number);
        value += (x[i] as number) * (0.5 * sum - (b[i] as number));
      }
      return value;
    },
    hessian: (_, h) => h.set(a),
  };
}

/** Σ xᵢ − log xᵢ: not a number left of 0; minimum n at (1, …, 1). */
export function logarithm(size: number): AnyProblem {
  return {
    size,
    evaluate: (x, g) => {
      let value = 0;
      for (let i = 0; i < size; i += 1) {
        value += (x[i] as number) - Math.log(x[i] as number);
        g[i] = 1 - 1 / (x[i] as number);
      }
      return value;
    },
    hessian: (x, h) => {
      h.fill(0);
      for (let i = 0; i < size; i += 1) h[i * size + i] = 1 / (x[i] as number) ** 2;
    },
  };
}

/** Powell's singular function (1962): the Hessian at its minimum 0 has rank 2. */
export const powell: AnyProblem = {
  size: 4,
  evaluate: (x, g) => {
    const [a, b, c, d] = x as unknown as [number, number, number, number];
    const p = a + 10 * b;
    const q = c - d;
    const r = b - 2 * c;
    const s = a - d;
    g.set([2 * p + 40 * s ** 3, 20 * p + 4 * r ** 3, 10 * q - 8 * r ** 3, -10 * q - 40 * s ** 3]);
    return p * p + 5 * q * q + r ** 4 + 10 * s ** 4;
  },
  hessian: (x, h) => {
    const [a, b, c, d] = x as unknown as [number, number, number, number];
    const r = 12 * (b - 2 * c) ** 2;
    const s = 120 * (a - d) ** 2;
    h.set([2 + s, 20, 0, -s, 20, 200 + r, -2 * r, 0, 0, -2 * r, 10 + 4 * r, -10, -s, 0, -10, 10 + s]);
  },
};
