// The exact answer that the methods are compared with: least squares by Householder QR
// (Golub 1965) on centred columns of length 1. Plain loops over plain arrays, so that it
// owes nothing to the library it judges. For a few hundred rows; it is not fast.

/** @typedef {{ coefficients: number[], intercept: number, loss: number }} Exact  loss: the mean of ½(ŷ − y)² */

/** @param {import('gradus').Dataset} data @returns {Exact} */
export function leastSquares(data) {
  const { rows, columns, x, y } = data;
  const columnMeans = Array.from({ length: columns }, (_, j) => mean(rows, (i) => x[i * columns + j]));
  const a = columnMeans.map((middle, j) => Array.from({ length: rows }, (_, i) => x[i * columns + j] - middle));
  const lengths = a.map((column) => Math.hypot(...column));
  a.forEach((column, j) => {
    for (let i = 0; i < rows; i += 1) column[i] /= lengths[j];
  });
  const targetMean = mean(rows, (i) => y[i]);
  const b = Array.from(y, (value) => value - targetMean);
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
  const coefficients = slopes.map((slope, j) => slope / lengths[j]);
  const intercept = targetMean - dot(coefficients, columnMeans);
  return { coefficients, intercept, loss: meanLoss(data, coefficients, intercept) };
}

/**
 * J = the mean of ½(ŷ − y)².
 * @param {import('gradus').Dataset} data @param {ArrayLike<number>} coefficients @param {number} intercept
 */
export function meanLoss({ rows, columns, x, y }, coefficients, intercept) {
  return mean(rows, (i) => {
    let predicted = intercept;
    for (let j = 0; j < columns; j += 1) predicted += x[i * columns + j] * coefficients[j];
    return (predicted - y[i]) ** 2 / 2;
  });
}

/** The largest difference over the largest coefficient. */
export function relativeDistance(
  /** @type {ArrayLike<number>} */ coefficients,
  /** @type {readonly number[]} */ wanted,
) {
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, j) => Math.abs(coefficients[j] - value))) / largest;
}

function mean(rows, valueAt) {
  let sum = 0;
  for (let i = 0; i < rows; i += 1) sum += valueAt(i);
  return sum / rows;
}

function dot(u, v) {
  return u.reduce((sum, value, i) => sum + value * v[i], 0);
}
