// The shipped data set and an exact least-squares solver to compare with:
// Householder QR on standardised columns, refined twice with compensated residuals.

import { readFileSync } from 'node:fs';
import { Dataset } from 'gradus';

export function diabetes(): Dataset {
  const text = readFileSync(new URL('../../examples/data/diabetes.csv', import.meta.url), 'utf8');
  const [header, ...lines] = text.trim().split('\n');
  const names = (header as string).trim().split(',').slice(0, -1);
  const rows = lines.map((line) => line.split(',').map(Number));
  return Dataset.from(
    rows.map((row) => row.slice(0, -1)),
    rows.map((row) => row.at(-1) as number),
    { names },
  );
}

/** Coefficients, then the intercept, of ordinary least squares with an intercept. */
export function exactLeastSquares(data: Dataset): number[] {
  const { rows: n, columns: d, x, y } = data;
  const mean = (f: (i: number) => number): number => {
    let sum = 0;
    for (let i = 0; i < n; i += 1) sum += f(i);
    return sum / n;
  };
  const means = Array.from({ length: d }, (_, j) => mean((i) => x[i * d + j] as number));
  const scales = means.map((m, j) => Math.sqrt(mean((i) => ((x[i * d + j] as number) - m) ** 2)));
  const yMean = mean((i) => y[i] as number);
  const z = (i: number, j: number): number => ((x[i * d + j] as number) - (means[j] as number)) / (scales[j] as number);
  const a = Array.from({ length: n }, (_, i) => Array.from({ length: d }, (_, j) => z(i, j)));
  const beta = new Array<number>(d).fill(0);
  for (let round = 0; round < 3; round += 1) {
    const residual = a.map((row, i) => row.reduce((r, v, j) => r - v * (beta[j] as number), (y[i] as number) - yMean));
    const step = leastSquaresByHouseholder(a, residual);
    step.forEach((s, j) => {
      beta[j] = (beta[j] as number) + s;
    });
  }
  const coefficients = beta.map((b, j) => b / (scales[j] as number));
  return [...coefficients, coefficients.reduce((b, c, j) => b - c * (means[j] as number), yMean)];
}

function leastSquaresByHouseholder(matrix: readonly (readonly number[])[], target: readonly number[]): number[] {
  const a = matrix.map((row) => [...row]);
  const b = [...target];
  const d = (a[0] as number[]).length;
  for (let k = 0; k < d; k += 1) {
    const column = a.map((row) => row[k] as number);
    const norm = Math.hypot(...column.slice(k));
    const alpha = (column[k] as number) > 0 ? -norm : norm;
    const v = column.map((value, i) => (i < k ? 0 : i === k ? value - alpha : value));
    const vv = v.reduce((sum, value) => sum + value * value, 0);
    for (let j = k; j <= d; j += 1) {
      const get = (i: number): number => (j === d ? (b[i] as number) : ((a[i] as number[])[j] as number));
      const factor = (2 * v.reduce((sum, value, i) => sum + value * get(i), 0)) / vv;
      for (let i = k; i < b.length; i += 1) {
        const next = get(i) - factor * (v[i] as number);
        if (j === d) b[i] = next;
        else (a[i] as number[])[j] = next;
      }
    }
  }
  const solution = new Array<number>(d).fill(0);
  for (let k = d - 1; k >= 0; k -= 1) {
    let value = b[k] as number;
    for (let j = k + 1; j < d; j += 1) value -= ((a[k] as number[])[j] as number) * (solution[j] as number);
    solution[k] = value / ((a[k] as number[])[k] as number);
  }
  return solution;
}

export function relativeDistance(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < wanted.length; i += 1) {
    difference = Math.hypot(difference, (actual[i] as number) - (wanted[i] as number));
    size = Math.hypot(size, wanted[i] as number);
  }
  return difference / size;
}
