// Sums over parts of arrays, for the methods that remember many vectors: four sums
// at a time, which do not wait for each other. The same on every kernel set.

/** Σ x[xFrom + i] · y[yFrom + i] over `n` elements. */
export function innerProductFrom(x: Float64Array, xFrom: number, y: Float64Array, yFrom: number, n: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = n - (n % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (x[xFrom + i] as number) * (y[yFrom + i] as number);
    b += (x[xFrom + i + 1] as number) * (y[yFrom + i + 1] as number);
    c += (x[xFrom + i + 2] as number) * (y[yFrom + i + 2] as number);
    d += (x[xFrom + i + 3] as number) * (y[yFrom + i + 3] as number);
  }
  for (let i = whole; i < n; i += 1) a += (x[xFrom + i] as number) * (y[yFrom + i] as number);
  return a + b + (c + d);
}

/** y += a · x[xFrom …], as many as y has. */
export function addScaledFrom(y: Float64Array, a: number, x: Float64Array, xFrom: number): void {
  const n = y.length;
  const whole = n - (n % 4);
  for (let i = 0; i < whole; i += 4) {
    y[i] = (y[i] as number) + a * (x[xFrom + i] as number);
    y[i + 1] = (y[i + 1] as number) + a * (x[xFrom + i + 1] as number);
    y[i + 2] = (y[i + 2] as number) + a * (x[xFrom + i + 2] as number);
    y[i + 3] = (y[i + 3] as number) + a * (x[xFrom + i + 3] as number);
  }
  for (let i = whole; i < n; i += 1) y[i] = (y[i] as number) + a * (x[xFrom + i] as number);
}
