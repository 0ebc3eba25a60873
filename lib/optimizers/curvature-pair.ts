// Steps s and changes of the gradient y as BFGS and L-BFGS remember them: whether a
// pair says anything of the curvature, the scale of the inverse Hessian it implies
// (Nocedal and Wright, Numerical Optimization, 6.20), and sums over vectors that lie
// one after another in one array.

import { euclideanNorm } from './solver.js';

// A pair with sᵀy below this share of ‖s‖‖y‖ is rounding, or of a direction that bends the other way.
const leastCurvature = 2 ** -52;
// Sums of squares outside these have lost digits or overflowed.
const smallestSquare = 2 ** -960;
const largestSquare = 2 ** 1020;

/** sᵀy of the pair s[from …] and y[from …], n long. */
export function pairProduct(s: Float64Array, y: Float64Array, from: number, n: number): number {
  let product = 0;
  for (let i = from; i < from + n; i += 1) product += (s[i] as number) * (y[i] as number);
  return product;
}

/** sᵀy/yᵀy, `product` being sᵀy; 0 when the pair had better be skipped. */
export function inverseCurvature(product: number, s: Float64Array, y: Float64Array, from: number, n: number): number {
  let stepSquare = 0;
  let changeSquare = 0;
  for (let i = from; i < from + n; i += 1) {
    stepSquare += (s[i] as number) * (s[i] as number);
    changeSquare += (y[i] as number) * (y[i] as number);
  }
  const stepNorm = rootOf(stepSquare, s, from, n);
  const changeNorm = rootOf(changeSquare, y, from, n);
  const scale = product / changeNorm / changeNorm;
  const useful = product > leastCurvature * stepNorm * changeNorm && Number.isFinite(1 / product);
  return useful && Number.isFinite(scale) ? scale : 0;
}

function rootOf(square: number, x: Float64Array, from: number, n: number): number {
  const exact = square > smallestSquare && square < largestSquare;
  return exact ? Math.sqrt(square) : euclideanNorm(x.subarray(from, from + n));
}

/** s[from …] = −x, to which `closePair` adds the x after the step. */
export function openPair(s: Float64Array, from: number, x: Float64Array): void {
  for (let i = 0; i < x.length; i += 1) s[from + i] = -(x[i] as number);
}

export function closePair(s: Float64Array, from: number, x: Float64Array): void {
  for (let i = 0; i < x.length; i += 1) s[from + i] = (s[from + i] as number) + (x[i] as number);
}
