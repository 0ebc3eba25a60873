// The quickstart: fits the diabetes study of Efron et al. (2004) by Newton and by
// two kinds of gradient descent, and compares each with the exact least-squares
// solution from a small Householder QR. Run it with `npm run quickstart`.

import { readFileSync } from 'node:fs';
import { Dataset, expectFitted, fit, GradientDescent, kernels, LinearRegression, Newton } from 'gradus';

// Where there is no addon the build has just said why, and the last line below does: no third notice.
process.env.GRADUS_SILENT ??= '1';

const { names, x, y } = readTable(new URL('./data/diabetes.csv', import.meta.url));
const { train, test } = Dataset.from(x, y, { names }).split({ test: 0.2, seed: 7 });
const exact = leastSquares(train);

const methods = {
  Newton: new Newton(),
  "gradient descent, 'auto'": new GradientDescent({ learningRate: 'auto' }),
  "gradient descent, 'line-search'": new GradientDescent({ learningRate: 'line-search' }),
};

const table = [];
for (const [method, optimizer] of Object.entries(methods)) {
  const model = new LinearRegression({ standardize: true });
  const started = performance.now();
  const result = expectFitted(await fit(model, train, { optimizer, tolerance: 1e-6 }));
  table.push({
    method,
    iterations: result.epochs,
    loss: result.loss.toFixed(6),
    'R² held out': model.score(test).toFixed(6),
    'distance to exact': relativeDistance(model.coefficients, exact).toExponential(1),
    'time (ms)': (performance.now() - started).toFixed(1),
    kernels: result.kernels,
  });
}

console.log(
  `Disease progression from ${train.columns} measurements: ${train.rows} patients to fit, ${test.rows} held out`,
);
printTable(table);
const { name, native, threads, available, reason } = kernels();
console.log(`Kernel set ${name} (${native ? `native, ${threads} threads` : 'TypeScript'}) of ${available.join(', ')}`);
if (reason !== undefined) console.log(`Why: ${reason}`);

/** A CSV file of numbers whose last column is the target. */
function readTable(url) {
  const [header, ...lines] = readFileSync(url, 'utf8').trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(',').map(Number));
  return {
    names: header.split(',').slice(0, -1),
    x: rows.map((row) => row.slice(0, -1)),
    y: rows.map((row) => row.at(-1)),
  };
}

/** Least squares by Householder QR (Golub 1965) on centred columns of length 1; the slopes only. */
function leastSquares(data) {
  const { rows, columns, x: values } = data;
  const a = Array.from({ length: columns }, (_, j) => centred(rows, (i) => values[i * columns + j]));
  const lengths = a.map((column) => Math.hypot(...column));
  a.forEach((column, j) => {
    for (let i = 0; i < rows; i += 1) column[i] /= lengths[j];
  });
  const targets = data.y;
  const b = centred(rows, (i) => targets[i]);
  for (let k = 0; k < columns; k += 1) {
    const v = a[k].map((value, i) => (i < k ? 0 : value));
    v[k] += Math.sign(v[k] || 1) * Math.hypot(...v);
    const vv = dot(v, v);
    for (const column of [...a.slice(k), b]) {
      const factor = (2 * dot(v, column)) / vv;
      for (let i = k; i < rows; i += 1) column[i] -= factor * v[i];
    }
  }
  const slopes = new Array(columns).fill(0);
  for (let k = columns - 1; k >= 0; k -= 1) {
    const known = slopes.reduce((sum, slope, j) => sum + (j > k ? a[j][k] * slope : 0), 0);
    slopes[k] = (b[k] - known) / a[k][k];
  }
  return slopes.map((slope, j) => slope / lengths[j]);
}

function centred(length, valueAt) {
  const column = Array.from({ length }, (_, i) => valueAt(i));
  const mean = column.reduce((sum, value) => sum + value, 0) / length;
  return column.map((value) => value - mean);
}

function dot(u, v) {
  return u.reduce((sum, value, i) => sum + value * v[i], 0);
}

/** The largest difference over the largest coefficient. */
function relativeDistance(coefficients, wanted) {
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, j) => Math.abs(coefficients[j] - value))) / largest;
}

function printTable(rows) {
  const columns = Object.keys(rows[0]);
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => String(row[column]).length)));
  const line = (cells) =>
    cells.map((cell, j) => (j ? String(cell).padStart(widths[j]) : cell.padEnd(widths[0]))).join('  ');
  console.log(line(columns));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(columns.map((column) => row[column])));
}
