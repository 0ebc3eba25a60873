// Minimise any function of a vector, and fit a curve by least squares: what a
// problem offers decides the solver, and the result says how good the answer is.

import { checkGradient, leastSquares, minimize } from 'gradus';

// A valley with its minimum 0 at (1, 1) (Rosenbrock 1960). Value and gradient share their work.
const valley = {
  evaluate([x, y], gradient) {
    const a = 1 - x;
    const b = y - x * x;
    gradient[0] = -2 * a - 400 * x * b;
    gradient[1] = 200 * b;
    return a * a + 100 * b * b;
  },
};
console.log('derivatives:', checkGradient(valley, [-1.2, 1]).reason);

const free = await minimize(valley, [-1.2, 1]);
console.log(`${free.optimizer}: ${free.status} after ${free.evaluations} evaluations, ${free.reason}`);
console.log('minimum at', Array.from(free.parameters, (p) => p.toFixed(6)).join(', '));

const boxed = await minimize(valley, [-1.2, 1], { bounds: { upper: [0.5, 2] } });
console.log(`${boxed.optimizer}, x at most 0.5:`, Array.from(boxed.parameters, (p) => p.toFixed(6)).join(', '));

// How fast a drug leaves the blood: a·exp(−k·t), hours and mg/l, measured with some noise.
const hours = [0.5, 1, 1.5, 2, 3, 4, 6, 8, 10, 12];
const levels = [8.61, 7.58, 6.69, 5.71, 4.52, 3.46, 2.03, 1.28, 0.71, 0.46];
const curve = {
  size: hours.length,
  residuals([a, k], out) {
    for (let i = 0; i < hours.length; i += 1) out[i] = a * Math.exp(-k * hours[i]) - levels[i];
  },
};
const fitted = await leastSquares(curve, [1, 1]);
const [a, k] = fitted.parameters;
const [aError, kError] = fitted.standardErrors;
console.log(`${fitted.optimizer}: ${fitted.status}, ${fitted.reason}`);
console.log(`a = ${a.toFixed(3)} ± ${aError.toFixed(3)} mg/l, k = ${k.toFixed(4)} ± ${kError.toFixed(4)} per hour`);
console.log(`half-life ${(Math.LN2 / k).toFixed(2)} hours`);
