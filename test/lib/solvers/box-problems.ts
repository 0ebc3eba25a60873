// The functions of test/fixtures/lbfgsb_scipy.py, and the counts of SciPy beside them.

import { readFileSync } from 'node:fs';
import { bounds, rosenbrock } from './bounded-problems.js';
import type { Problem } from './drive-problem.js';

type Evaluate = Problem['evaluate'];

interface Row {
  readonly name: string;
  readonly function: string;
  readonly size: number;
  readonly lower: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
  readonly start: readonly number[];
  readonly evaluations: number | null;
  readonly value: number;
}

export interface ComparedProblem extends Problem {
  readonly name: string;
  readonly start: readonly number[];
  /** What SciPy needed, null where it never got there, and the value it ended at. */
  readonly evaluations: number | null;
  readonly value: number;
}

const functions: Readonly<Record<string, Evaluate>> = {
  chain: rosenbrock,
  powell: (p, g) => {
    let value = 0;
    for (let i = 0; i < p.length; i += 4) {
      const [a, b, c, d] = p.subarray(i, i + 4) as unknown as [number, number, number, number];
      const [r1, r2, r3, r4] = [a + 10 * b, c - d, b - 2 * c, a - d];
      value += r1 ** 2 + 5 * r2 ** 2 + r3 ** 4 + 10 * r4 ** 4;
      g[i] = 2 * r1 + 40 * r4 ** 3;
      g[i + 1] = 20 * r1 + 4 * r3 ** 3;
      g[i + 2] = 10 * r2 - 8 * r3 ** 3;
      g[i + 3] = -10 * r2 - 40 * r4 ** 3;
    }
    return value;
  },
  wood: (p, g) => {
    const [a, b, c, d] = p as unknown as [number, number, number, number];
    g[0] = -400 * a * (b - a * a) - 2 * (1 - a);
    g[1] = 200 * (b - a * a) + 20.2 * (b - 1) + 19.8 * (d - 1);
    g[2] = -360 * c * (d - c * c) - 2 * (1 - c);
    g[3] = 180 * (d - c * c) + 20.2 * (d - 1) + 19.8 * (b - 1);
    const squares = 100 * (b - a * a) ** 2 + (1 - a) ** 2 + 90 * (d - c * c) ** 2 + (1 - c) ** 2;
    return squares + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1);
  },
  beale: (p, g) => {
    const [x, y] = p as unknown as [number, number];
    g.fill(0);
    let value = 0;
    [1.5, 2.25, 2.625].forEach((c, index) => {
      const k = index + 1;
      const r = c - x * (1 - y ** k);
      value += r * r;
      g[0]! -= 2 * r * (1 - y ** k);
      g[1]! += 2 * r * x * k * y ** (k - 1);
    });
    return value;
  },
  trid: (p, g) => {
    let value = 0;
    p.forEach((t, i) => {
      value += (t - 1) ** 2 - (i > 0 ? t * p[i - 1]! : 0);
      g[i] = 2 * (t - 1) - (p[i - 1] ?? 0) - (p[i + 1] ?? 0);
    });
    return value;
  },
  scaled: (p, g) => {
    let value = 0;
    p.forEach((pk, k) => {
      const weight = 10 ** ((3 * k) / (p.length - 1));
      const t = pk - Math.sin(k + 1);
      g[k] = weight * t;
      value += 0.5 * weight * t * t;
    });
    return value;
  },
  logs: (p, g) => {
    let value = 0;
    p.forEach((t, i) => {
      const [a, b] = [Math.log(t - 2), Math.log(10 - t)];
      g[i] = (2 * a) / (t - 2) - (2 * b) / (10 - t);
      value += a * a + b * b;
    });
    return value;
  },
  cosh: (p, g) => {
    let value = 0;
    p.forEach((pk, i) => {
      const t = (i + 1) * pk - 1;
      g[i] = Math.sinh(t);
      value += Math.cosh(t) / (i + 1);
    });
    return value;
  },
};

const file = new URL('../../fixtures/lbfgsb-scipy.json', import.meta.url);

function repeat<T>(values: readonly T[], size: number): T[] {
  return Array.from({ length: size }, (_, i) => values[i % values.length] as T);
}

export function comparedProblems(): ComparedProblem[] {
  const { problems } = JSON.parse(readFileSync(file, 'utf8')) as { readonly problems: readonly Row[] };
  return problems.map((row) => ({
    ...row,
    start: repeat(row.start, row.size),
    evaluate: functions[row.function] as Evaluate,
    bounds: bounds(
      repeat(row.lower, row.size).map((v) => v ?? Number.NEGATIVE_INFINITY),
      repeat(row.upper, row.size).map((v) => v ?? Number.POSITIVE_INFINITY),
    ),
  }));
}
