// Problems 20 to 27 of Moré, Garbow and Hillstrom: as many parameters as one likes.
// Each is a function of n; the minima are known for the sizes named beside them.

/** @typedef {import('./more-garbow-hillstrom.mjs').TestProblem} TestProblem */

const penaltyRoot = Math.sqrt(1e-5);

/** @returns {TestProblem} */
export function watson(n = 6) {
  return {
    number: 20,
    name: 'Watson',
    size: n,
    residualCount: 31,
    start: Array(n).fill(0),
    minima: n === 6 ? [2.287670053552434e-3] : [],
    residuals(x, out) {
      for (let i = 1; i <= 29; i += 1) {
        const { sum, slope } = watsonSums(x, i / 29);
        out[i - 1] = slope - sum * sum - 1;
      }
      out[29] = x[0];
      out[30] = x[1] - x[0] * x[0] - 1;
    },
    jacobian(x, out) {
      out.fill(0);
      for (let i = 1; i <= 29; i += 1) {
        const t = i / 29;
        const { sum } = watsonSums(x, t);
        for (let j = 0; j < n; j += 1) {
          out[n * (i - 1) + j] = (j === 0 ? 0 : j * t ** (j - 1)) - 2 * sum * t ** j;
        }
      }
      out[29 * n] = 1;
      out[30 * n] = -2 * x[0];
      out[30 * n + 1] = 1;
    },
  };
}

/** Σ xⱼ tʲ and its derivative by t, j from 0. */
function watsonSums(x, t) {
  let sum = 0;
  let slope = 0;
  for (let j = 0; j < x.length; j += 1) {
    sum += x[j] * t ** j;
    if (j > 0) slope += j * x[j] * t ** (j - 1);
  }
  return { sum, slope };
}

/** n even. @returns {TestProblem} */
export function extendedRosenbrock(n = 10) {
  return {
    number: 21,
    name: 'Extended Rosenbrock',
    size: n,
    residualCount: n,
    start: Array.from({ length: n }, (_, j) => (j % 2 === 0 ? -1.2 : 1)),
    minima: [0],
    residuals(x, out) {
      for (let j = 0; j < n; j += 2) {
        out[j] = 10 * (x[j + 1] - x[j] * x[j]);
        out[j + 1] = 1 - x[j];
      }
    },
    jacobian(x, out) {
      out.fill(0);
      for (let j = 0; j < n; j += 2) {
        out[n * j + j] = -20 * x[j];
        out[n * j + j + 1] = 10;
        out[n * (j + 1) + j] = -1;
      }
    },
  };
}

/** n a multiple of 4. @returns {TestProblem} */
export function extendedPowell(n = 12) {
  return {
    number: 22,
    name: 'Extended Powell singular',
    size: n,
    residualCount: n,
    start: Array.from({ length: n }, (_, j) => [3, -1, 0, 1][j % 4]),
    minima: [0],
    residuals(x, out) {
      for (let j = 0; j < n; j += 4) {
        out[j] = x[j] + 10 * x[j + 1];
        out[j + 1] = Math.sqrt(5) * (x[j + 2] - x[j + 3]);
        out[j + 2] = (x[j + 1] - 2 * x[j + 2]) ** 2;
        out[j + 3] = Math.sqrt(10) * (x[j] - x[j + 3]) ** 2;
      }
    },
    jacobian(x, out) {
      out.fill(0);
      for (let j = 0; j < n; j += 4) {
        const middle = 2 * (x[j + 1] - 2 * x[j + 2]);
        const outer = 2 * Math.sqrt(10) * (x[j] - x[j + 3]);
        out.set([1, 10], n * j + j);
        out.set([Math.sqrt(5), -Math.sqrt(5)], n * (j + 1) + j + 2);
        out.set([middle, -2 * middle], n * (j + 2) + j + 1);
        out.set([outer, 0, 0, -outer], n * (j + 3) + j);
      }
    },
  };
}

/** @returns {TestProblem} */
export function penaltyI(n = 10) {
  return {
    number: 23,
    name: 'Penalty I',
    size: n,
    residualCount: n + 1,
    start: Array.from({ length: n }, (_, j) => j + 1),
    minima: n === 10 ? [7.087651467090369e-5] : [],
    residuals(x, out) {
      out[n] = -0.25;
      for (let j = 0; j < n; j += 1) {
        out[j] = penaltyRoot * (x[j] - 1);
        out[n] += x[j] * x[j];
      }
    },
    jacobian(x, out) {
      out.fill(0);
      for (let j = 0; j < n; j += 1) {
        out[n * j + j] = penaltyRoot;
        out[n * n + j] = 2 * x[j];
      }
    },
  };
}

/** @returns {TestProblem} */
export function penaltyII(n = 10) {
  return {
    number: 24,
    name: 'Penalty II',
    size: n,
    residualCount: 2 * n,
    start: Array(n).fill(0.5),
    minima: n === 10 ? [2.936605374567459e-4] : [],
    residuals(x, out) {
      out[0] = x[0] - 0.2;
      out[2 * n - 1] = n * x[0] * x[0] - 1;
      for (let j = 1; j < n; j += 1) {
        const y = Math.exp((j + 1) / 10) + Math.exp(j / 10);
        out[j] = penaltyRoot * (Math.exp(x[j] / 10) + Math.exp(x[j - 1] / 10) - y);
        out[n + j - 1] = penaltyRoot * (Math.exp(x[j] / 10) - Math.exp(-0.1));
        out[2 * n - 1] += (n - j) * x[j] * x[j];
      }
    },
    jacobian(x, out) {
      out.fill(0);
      out[0] = 1;
      const last = n * (2 * n - 1);
      out[last] = 2 * n * x[0];
      for (let j = 1; j < n; j += 1) {
        const slope = (penaltyRoot * Math.exp(x[j] / 10)) / 10;
        out[n * j + j] = slope;
        out[n * j + j - 1] = (penaltyRoot * Math.exp(x[j - 1] / 10)) / 10;
        out[n * (n + j - 1) + j] = slope;
        out[last + j] = 2 * (n - j) * x[j];
      }
    },
  };
}

/** @returns {TestProblem} */
export function variablyDimensioned(n = 10) {
  const weighted = (x) => {
    let sum = 0;
    for (let j = 0; j < n; j += 1) sum += (j + 1) * (x[j] - 1);
    return sum;
  };
  return {
    number: 25,
    name: 'Variably dimensioned',
    size: n,
    residualCount: n + 2,
    start: Array.from({ length: n }, (_, j) => 1 - (j + 1) / n),
    minima: [0],
    residuals(x, out) {
      for (let j = 0; j < n; j += 1) out[j] = x[j] - 1;
      out[n] = weighted(x);
      out[n + 1] = out[n] * out[n];
    },
    jacobian(x, out) {
      out.fill(0);
      const sum = weighted(x);
      for (let j = 0; j < n; j += 1) {
        out[n * j + j] = 1;
        out[n * n + j] = j + 1;
        out[n * (n + 1) + j] = 2 * sum * (j + 1);
      }
    },
  };
}

/** The second minimum of n = 10 is not in the paper; most methods end there. @returns {TestProblem} */
export function trigonometric(n = 10) {
  return {
    number: 26,
    name: 'Trigonometric',
    size: n,
    residualCount: n,
    start: Array(n).fill(1 / n),
    minima: n === 10 ? [0, 2.7950561218794563e-5] : [0],
    residuals(x, out) {
      let sum = n;
      for (let j = 0; j < n; j += 1) sum -= Math.cos(x[j]);
      for (let i = 0; i < n; i += 1) out[i] = sum + (i + 1) * (1 - Math.cos(x[i])) - Math.sin(x[i]);
    },
    jacobian(x, out) {
      for (let i = 0; i < n; i += 1) {
        for (let j = 0; j < n; j += 1) out[n * i + j] = Math.sin(x[j]);
        out[n * i + i] += (i + 1) * Math.sin(x[i]) - Math.cos(x[i]);
      }
    },
  };
}

/** @returns {TestProblem} */
export function brownAlmostLinear(n = 10) {
  return {
    number: 27,
    name: 'Brown almost-linear',
    size: n,
    residualCount: n,
    start: Array(n).fill(0.5),
    minima: [0, 1],
    residuals(x, out) {
      let sum = -(n + 1);
      let product = 1;
      for (let j = 0; j < n; j += 1) {
        sum += x[j];
        product *= x[j];
      }
      for (let i = 0; i < n - 1; i += 1) out[i] = x[i] + sum;
      out[n - 1] = product - 1;
    },
    jacobian(x, out) {
      out.fill(1);
      for (let j = 0; j < n; j += 1) {
        out[n * j + j] = 2;
        let others = 1;
        for (let k = 0; k < n; k += 1) if (k !== j) others *= x[k];
        out[n * (n - 1) + j] = others;
      }
    },
  };
}
