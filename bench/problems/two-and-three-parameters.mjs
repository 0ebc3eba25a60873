// Problems 1 to 12 of Moré, Garbow and Hillstrom (ACM TOMS 7, 1981, pages 17–41):
// two and three parameters. `minima` are the paper's values of Σ r², to more digits.
// The residual of problem 11 is |y − x₂|, as in the authors' Fortran: the paper
// misprints it.

/** @typedef {import('./more-garbow-hillstrom.mjs').TestProblem} TestProblem */

const bardY = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39];
const gaussianY = [
  0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989, 0.3521, 0.242, 0.1295, 0.054, 0.0175, 0.0044, 0.0009,
];
const meyerY = [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872];
const bealeY = [1.5, 2.25, 2.625];
const gulfM = 99;
const boxM = 10;

/** @type {TestProblem[]} */
export const twoAndThreeParameters = [
  {
    number: 1,
    name: 'Rosenbrock',
    size: 2,
    residualCount: 2,
    start: [-1.2, 1],
    minima: [0],
    residuals([x1, x2], out) {
      out[0] = 10 * (x2 - x1 * x1);
      out[1] = 1 - x1;
    },
    jacobian([x1], out) {
      out.set([-20 * x1, 10, -1, 0]);
    },
  },
  {
    number: 2,
    name: 'Freudenstein and Roth',
    size: 2,
    residualCount: 2,
    start: [0.5, -2],
    minima: [0, 48.98425367924002],
    residuals([x1, x2], out) {
      out[0] = -13 + x1 + ((5 - x2) * x2 - 2) * x2;
      out[1] = -29 + x1 + ((x2 + 1) * x2 - 14) * x2;
    },
    jacobian([, x2], out) {
      out.set([1, (10 - 3 * x2) * x2 - 2, 1, (3 * x2 + 2) * x2 - 14]);
    },
  },
  {
    number: 3,
    name: 'Powell badly scaled',
    size: 2,
    residualCount: 2,
    start: [0, 1],
    minima: [0],
    residuals([x1, x2], out) {
      out[0] = 1e4 * x1 * x2 - 1;
      out[1] = Math.exp(-x1) + Math.exp(-x2) - 1.0001;
    },
    jacobian([x1, x2], out) {
      out.set([1e4 * x2, 1e4 * x1, -Math.exp(-x1), -Math.exp(-x2)]);
    },
  },
  {
    number: 4,
    name: 'Brown badly scaled',
    size: 2,
    residualCount: 3,
    start: [1, 1],
    minima: [0],
    residuals([x1, x2], out) {
      out[0] = x1 - 1e6;
      out[1] = x2 - 2e-6;
      out[2] = x1 * x2 - 2;
    },
    jacobian([x1, x2], out) {
      out.set([1, 0, 0, 1, x2, x1]);
    },
  },
  {
    number: 5,
    name: 'Beale',
    size: 2,
    residualCount: 3,
    start: [1, 1],
    minima: [0],
    residuals([x1, x2], out) {
      for (let i = 1; i <= 3; i += 1) out[i - 1] = bealeY[i - 1] - x1 * (1 - x2 ** i);
    },
    jacobian([x1, x2], out) {
      for (let i = 1; i <= 3; i += 1) {
        out[2 * i - 2] = x2 ** i - 1;
        out[2 * i - 1] = i * x1 * x2 ** (i - 1);
      }
    },
  },
  {
    number: 6,
    name: 'Jennrich and Sampson',
    size: 2,
    residualCount: 10,
    start: [0.3, 0.4],
    minima: [124.36218235561485],
    residuals([x1, x2], out) {
      for (let i = 1; i <= 10; i += 1) out[i - 1] = 2 + 2 * i - (Math.exp(i * x1) + Math.exp(i * x2));
    },
    jacobian([x1, x2], out) {
      for (let i = 1; i <= 10; i += 1) {
        out[2 * i - 2] = -i * Math.exp(i * x1);
        out[2 * i - 1] = -i * Math.exp(i * x2);
      }
    },
  },
  {
    number: 7,
    name: 'Helical valley',
    size: 3,
    residualCount: 3,
    start: [-1, 0, 0],
    minima: [0],
    residuals([x1, x2, x3], out) {
      const turn = Math.atan(x2 / x1) / (2 * Math.PI);
      const angle = x1 === 0 ? Math.sign(x2) / 4 : x1 > 0 ? turn : turn + 0.5;
      out[0] = 10 * (x3 - 10 * angle);
      out[1] = 10 * (Math.sqrt(x1 * x1 + x2 * x2) - 1);
      out[2] = x3;
    },
    jacobian([x1, x2], out) {
      const square = x1 * x1 + x2 * x2;
      const radius = Math.sqrt(square);
      const turn = 100 / (2 * Math.PI * square);
      out.set([turn * x2, -turn * x1, 10, (10 * x1) / radius, (10 * x2) / radius, 0, 0, 0, 1]);
    },
  },
  {
    number: 8,
    name: 'Bard',
    size: 3,
    residualCount: 15,
    start: [1, 1, 1],
    minima: [8.21487730657898e-3, 17.428693333333335],
    residuals([x1, x2, x3], out) {
      for (let i = 1; i <= 15; i += 1) {
        const v = 16 - i;
        out[i - 1] = bardY[i - 1] - (x1 + i / (v * x2 + Math.min(i, v) * x3));
      }
    },
    jacobian([, x2, x3], out) {
      for (let i = 1; i <= 15; i += 1) {
        const v = 16 - i;
        const w = Math.min(i, v);
        const slope = i / (v * x2 + w * x3) ** 2;
        out.set([-1, v * slope, w * slope], 3 * (i - 1));
      }
    },
  },
  {
    number: 9,
    name: 'Gaussian',
    size: 3,
    residualCount: 15,
    start: [0.4, 1, 0],
    minima: [1.12793276961901e-8],
    residuals([x1, x2, x3], out) {
      for (let i = 1; i <= 15; i += 1) {
        const d = (8 - i) / 2 - x3;
        out[i - 1] = x1 * Math.exp((-x2 * d * d) / 2) - gaussianY[i - 1];
      }
    },
    jacobian([x1, x2, x3], out) {
      for (let i = 1; i <= 15; i += 1) {
        const d = (8 - i) / 2 - x3;
        const bell = Math.exp((-x2 * d * d) / 2);
        out.set([bell, (-x1 * bell * d * d) / 2, x1 * bell * x2 * d], 3 * (i - 1));
      }
    },
  },
  {
    number: 10,
    name: 'Meyer',
    size: 3,
    residualCount: 16,
    start: [0.02, 4000, 250],
    minima: [87.94585517085112],
    residuals([x1, x2, x3], out) {
      for (let i = 1; i <= 16; i += 1) out[i - 1] = x1 * Math.exp(x2 / (45 + 5 * i + x3)) - meyerY[i - 1];
    },
    jacobian([x1, x2, x3], out) {
      for (let i = 1; i <= 16; i += 1) {
        const d = 45 + 5 * i + x3;
        const e = Math.exp(x2 / d);
        out.set([e, (x1 * e) / d, (-x1 * e * x2) / (d * d)], 3 * (i - 1));
      }
    },
  },
  {
    number: 11,
    name: 'Gulf research and development',
    size: 3,
    residualCount: gulfM,
    start: [5, 2.5, 0.15],
    minima: [0],
    residuals([x1, x2, x3], out) {
      for (let i = 1; i <= gulfM; i += 1) {
        const t = i / 100;
        const y = 25 + (-50 * Math.log(t)) ** (2 / 3);
        out[i - 1] = Math.exp(-(Math.abs(y - x2) ** x3) / x1) - t;
      }
    },
    jacobian([x1, x2, x3], out) {
      for (let i = 1; i <= gulfM; i += 1) {
        const d = 25 + (-50 * Math.log(i / 100)) ** (2 / 3) - x2;
        const power = Math.abs(d) ** x3 / x1;
        const e = power * Math.exp(-power);
        out.set([e / x1, (e * x3) / d, -e * Math.log(Math.abs(d))], 3 * (i - 1));
      }
    },
  },
  {
    number: 12,
    name: 'Box three-dimensional',
    size: 3,
    residualCount: boxM,
    start: [0, 10, 20],
    minima: [0],
    residuals([x1, x2, x3], out) {
      for (let i = 1; i <= boxM; i += 1) {
        const t = 0.1 * i;
        out[i - 1] = Math.exp(-t * x1) - Math.exp(-t * x2) - x3 * (Math.exp(-t) - Math.exp(-10 * t));
      }
    },
    jacobian([x1, x2], out) {
      for (let i = 1; i <= boxM; i += 1) {
        const t = 0.1 * i;
        const row = [-t * Math.exp(-t * x1), t * Math.exp(-t * x2), Math.exp(-10 * t) - Math.exp(-t)];
        out.set(row, 3 * (i - 1));
      }
    },
  },
];
