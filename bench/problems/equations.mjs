// Problems 28 to 35 of Moré, Garbow and Hillstrom: discretised and banded equations,
// the three linear functions and Chebyshev quadrature, each a function of its size.

/** @typedef {import('./more-garbow-hillstrom.mjs').TestProblem} TestProblem */

const between = (n) => Array.from({ length: n }, (_, j) => ((j + 1) / (n + 1)) * ((j + 1) / (n + 1) - 1));

/** @returns {TestProblem} */
export function discreteBoundaryValue(n = 10) {
  const h = 1 / (n + 1);
  return {
    number: 28,
    name: 'Discrete boundary value',
    size: n,
    residualCount: n,
    start: between(n),
    minima: [0],
    residuals(x, out) {
      for (let i = 0; i < n; i += 1) {
        const left = i > 0 ? x[i - 1] : 0;
        const right = i < n - 1 ? x[i + 1] : 0;
        out[i] = 2 * x[i] - left - right + (h * h * (x[i] + (i + 1) * h + 1) ** 3) / 2;
      }
    },
    jacobian(x, out) {
      out.fill(0);
      for (let i = 0; i < n; i += 1) {
        if (i > 0) out[n * i + i - 1] = -1;
        if (i < n - 1) out[n * i + i + 1] = -1;
        out[n * i + i] = 2 + 1.5 * h * h * (x[i] + (i + 1) * h + 1) ** 2;
      }
    },
  };
}

/** @returns {TestProblem} */
export function discreteIntegral(n = 10) {
  const h = 1 / (n + 1);
  const kernel = (i, j) => {
    const s = (i + 1) * h;
    const t = (j + 1) * h;
    return j <= i ? (1 - s) * t : s * (1 - t);
  };
  return {
    number: 29,
    name: 'Discrete integral equation',
    size: n,
    residualCount: n,
    start: between(n),
    minima: [0],
    residuals(x, out) {
      for (let i = 0; i < n; i += 1) {
        let sum = 0;
        for (let j = 0; j < n; j += 1) sum += kernel(i, j) * (x[j] + (j + 1) * h + 1) ** 3;
        out[i] = x[i] + (h * sum) / 2;
      }
    },
    jacobian(x, out) {
      for (let i = 0; i < n; i += 1) {
        for (let j = 0; j < n; j += 1) {
          out[n * i + j] = (i === j ? 1 : 0) + 1.5 * h * kernel(i, j) * (x[j] + (j + 1) * h + 1) ** 2;
        }
      }
    },
  };
}

/** @returns {TestProblem} */
export function broydenTridiagonal(n = 10) {
  return {
    number: 30,
    name: 'Broyden tridiagonal',
    size: n,
    residualCount: n,
    start: Array(n).fill(-1),
    minima: [0],
    residuals(x, out) {
      for (let i = 0; i < n; i += 1) {
        const left = i > 0 ? x[i - 1] : 0;
        const right = i < n - 1 ? x[i + 1] : 0;
        out[i] = (3 - 2 * x[i]) * x[i] - left - 2 * right + 1;
      }
    },
    jacobian(x, out) {
      out.fill(0);
      for (let i = 0; i < n; i += 1) {
        if (i > 0) out[n * i + i - 1] = -1;
        if (i < n - 1) out[n * i + i + 1] = -2;
        out[n * i + i] = 3 - 4 * x[i];
      }
    },
  };
}

/** @returns {TestProblem} */
export function broydenBanded(n = 10) {
  return {
    number: 31,
    name: 'Broyden banded',
    size: n,
    residualCount: n,
    start: Array(n).fill(-1),
    minima: [0],
    residuals(x, out) {
      for (let i = 0; i < n; i += 1) {
        out[i] = x[i] * (2 + 5 * x[i] * x[i]) + 1;
        for (let j = Math.max(0, i - 5); j <= Math.min(n - 1, i + 1); j += 1) {
          if (j !== i) out[i] -= x[j] * (1 + x[j]);
        }
      }
    },
    jacobian(x, out) {
      out.fill(0);
      for (let i = 0; i < n; i += 1) {
        for (let j = Math.max(0, i - 5); j <= Math.min(n - 1, i + 1); j += 1) {
          out[n * i + j] = j === i ? 2 + 15 * x[i] * x[i] : -(1 + 2 * x[j]);
        }
      }
    },
  };
}

/** @returns {TestProblem} */
export function linearFullRank(n = 10, m = 20) {
  return {
    number: 32,
    name: 'Linear, full rank',
    size: n,
    residualCount: m,
    start: Array(n).fill(1),
    minima: [m - n],
    residuals(x, out) {
      let sum = 0;
      for (let j = 0; j < n; j += 1) sum += x[j];
      for (let i = 0; i < m; i += 1) out[i] = (i < n ? x[i] : 0) - (2 / m) * sum - 1;
    },
    jacobian(_, out) {
      for (let i = 0; i < m; i += 1) {
        for (let j = 0; j < n; j += 1) out[n * i + j] = (i === j ? 1 : 0) - 2 / m;
      }
    },
  };
}

/** @returns {TestProblem} */
export function linearRankOne(n = 10, m = 20) {
  return {
    number: 33,
    name: 'Linear, rank 1',
    size: n,
    residualCount: m,
    start: Array(n).fill(1),
    minima: [(m * (m - 1)) / (2 * (2 * m + 1))],
    residuals(x, out) {
      let sum = 0;
      for (let j = 0; j < n; j += 1) sum += (j + 1) * x[j];
      for (let i = 0; i < m; i += 1) out[i] = (i + 1) * sum - 1;
    },
    jacobian(_, out) {
      for (let i = 0; i < m; i += 1) {
        for (let j = 0; j < n; j += 1) out[n * i + j] = (i + 1) * (j + 1);
      }
    },
  };
}

/** @returns {TestProblem} */
export function linearRankOneWithZeros(n = 10, m = 20) {
  return {
    number: 34,
    name: 'Linear, rank 1, zero columns and rows',
    size: n,
    residualCount: m,
    start: Array(n).fill(1),
    minima: [(m * m + 3 * m - 6) / (2 * (2 * m - 3))],
    residuals(x, out) {
      let sum = 0;
      for (let j = 1; j < n - 1; j += 1) sum += (j + 1) * x[j];
      for (let i = 0; i < m; i += 1) out[i] = (i < m - 1 ? i * sum : 0) - 1;
    },
    jacobian(_, out) {
      out.fill(0);
      for (let i = 1; i < m - 1; i += 1) {
        for (let j = 1; j < n - 1; j += 1) out[n * i + j] = i * (j + 1);
      }
    },
  };
}

/** Has no exact solution for n = 8. @returns {TestProblem} */
export function chebyquad(n = 8) {
  return {
    number: 35,
    name: 'Chebyquad',
    size: n,
    residualCount: n,
    start: Array.from({ length: n }, (_, j) => (j + 1) / (n + 1)),
    minima: n === 8 ? [3.51687372567793e-3] : [],
    residuals(x, out) {
      for (let i = 0; i < n; i += 1) out[i] = i % 2 === 0 ? 0 : 1 / ((i + 1) ** 2 - 1);
      for (let j = 0; j < n; j += 1) {
        const z = 2 * x[j] - 1;
        let before = 1;
        let now = z;
        for (let i = 0; i < n; i += 1) {
          out[i] += now / n;
          [before, now] = [now, 2 * z * now - before];
        }
      }
    },
    jacobian(x, out) {
      for (let j = 0; j < n; j += 1) {
        const z = 2 * x[j] - 1;
        let [before, now] = [1, z];
        let [slopeBefore, slope] = [0, 2];
        for (let i = 0; i < n; i += 1) {
          out[n * i + j] = slope / n;
          [slopeBefore, slope] = [slope, 4 * now + 2 * z * slope - slopeBefore];
          [before, now] = [now, 2 * z * now - before];
        }
      }
    },
  };
}
