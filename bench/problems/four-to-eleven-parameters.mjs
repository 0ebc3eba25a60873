// Problems 13 to 19 of Moré, Garbow and Hillstrom: four to eleven parameters.
// `minima` are the paper's values of Σ r², to more digits. The second one of problem 18
// is in truth a saddle, where the parameters of two exponentials have become the same.

/** @typedef {import('./more-garbow-hillstrom.mjs').TestProblem} TestProblem */

const kowalikY = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246];
const kowalikU = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625];
const osborne1Y = [
  0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603, 0.58,
  0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406,
];
const osborne2Y = [
  1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606, 0.602,
  0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.5, 0.423, 0.395, 0.375,
  0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591,
  0.559, 0.597, 0.625, 0.739, 0.71, 0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054,
];
const biggsM = 13;

/** @type {TestProblem[]} */
export const fourToElevenParameters = [
  {
    number: 13,
    name: 'Powell singular',
    size: 4,
    residualCount: 4,
    start: [3, -1, 0, 1],
    minima: [0],
    residuals([x1, x2, x3, x4], out) {
      out[0] = x1 + 10 * x2;
      out[1] = Math.sqrt(5) * (x3 - x4);
      out[2] = (x2 - 2 * x3) ** 2;
      out[3] = Math.sqrt(10) * (x1 - x4) ** 2;
    },
    jacobian([x1, x2, x3, x4], out) {
      const middle = 2 * (x2 - 2 * x3);
      const outer = 2 * Math.sqrt(10) * (x1 - x4);
      out.set([1, 10, 0, 0, 0, 0, Math.sqrt(5), -Math.sqrt(5), 0, middle, -2 * middle, 0, outer, 0, 0, -outer]);
    },
  },
  {
    number: 14,
    name: 'Wood',
    size: 4,
    residualCount: 6,
    start: [-3, -1, -3, -1],
    minima: [0],
    residuals([x1, x2, x3, x4], out) {
      out[0] = 10 * (x2 - x1 * x1);
      out[1] = 1 - x1;
      out[2] = Math.sqrt(90) * (x4 - x3 * x3);
      out[3] = 1 - x3;
      out[4] = Math.sqrt(10) * (x2 + x4 - 2);
      out[5] = (x2 - x4) / Math.sqrt(10);
    },
    jacobian([x1, , x3], out) {
      const root = Math.sqrt(10);
      out.set([-20 * x1, 10, 0, 0, -1, 0, 0, 0]);
      out.set([0, 0, -2 * Math.sqrt(90) * x3, Math.sqrt(90), 0, 0, -1, 0], 8);
      out.set([0, root, 0, root, 0, 1 / root, 0, -1 / root], 16);
    },
  },
  {
    number: 15,
    name: 'Kowalik and Osborne',
    size: 4,
    residualCount: 11,
    start: [0.25, 0.39, 0.415, 0.39],
    minima: [3.075056038492378e-4, 1.0273430486954606e-3],
    residuals([x1, x2, x3, x4], out) {
      for (let i = 0; i < 11; i += 1) {
        const u = kowalikU[i];
        out[i] = kowalikY[i] - (x1 * (u * u + u * x2)) / (u * u + u * x3 + x4);
      }
    },
    jacobian([x1, x2, x3, x4], out) {
      for (let i = 0; i < 11; i += 1) {
        const u = kowalikU[i];
        const above = u * u + u * x2;
        const below = u * u + u * x3 + x4;
        const slope = (x1 * above) / (below * below);
        out.set([-above / below, (-x1 * u) / below, slope * u, slope], 4 * i);
      }
    },
  },
  {
    number: 16,
    name: 'Brown and Dennis',
    size: 4,
    residualCount: 20,
    start: [25, 5, -5, -1],
    minima: [85822.20162635631],
    residuals([x1, x2, x3, x4], out) {
      for (let i = 1; i <= 20; i += 1) {
        const t = i / 5;
        out[i - 1] = (x1 + t * x2 - Math.exp(t)) ** 2 + (x3 + x4 * Math.sin(t) - Math.cos(t)) ** 2;
      }
    },
    jacobian([x1, x2, x3, x4], out) {
      for (let i = 1; i <= 20; i += 1) {
        const t = i / 5;
        const line = 2 * (x1 + t * x2 - Math.exp(t));
        const wave = 2 * (x3 + x4 * Math.sin(t) - Math.cos(t));
        out.set([line, line * t, wave, wave * Math.sin(t)], 4 * (i - 1));
      }
    },
  },
  {
    number: 17,
    name: 'Osborne 1',
    size: 5,
    residualCount: 33,
    start: [0.5, 1.5, -1, 0.01, 0.02],
    minima: [5.464894697482912e-5],
    residuals([x1, x2, x3, x4, x5], out) {
      for (let i = 0; i < 33; i += 1) {
        const t = 10 * i;
        out[i] = osborne1Y[i] - (x1 + x2 * Math.exp(-t * x4) + x3 * Math.exp(-t * x5));
      }
    },
    jacobian([, x2, x3, x4, x5], out) {
      for (let i = 0; i < 33; i += 1) {
        const t = 10 * i;
        const first = Math.exp(-t * x4);
        const second = Math.exp(-t * x5);
        out.set([-1, -first, -second, t * x2 * first, t * x3 * second], 5 * i);
      }
    },
  },
  {
    number: 18,
    name: 'Biggs EXP6',
    size: 6,
    residualCount: biggsM,
    start: [1, 2, 1, 1, 1, 1],
    minima: [0, 5.65564992549995e-3],
    residuals([x1, x2, x3, x4, x5, x6], out) {
      for (let i = 1; i <= biggsM; i += 1) {
        const t = 0.1 * i;
        const y = Math.exp(-t) - 5 * Math.exp(-10 * t) + 3 * Math.exp(-4 * t);
        out[i - 1] = x3 * Math.exp(-t * x1) - x4 * Math.exp(-t * x2) + x6 * Math.exp(-t * x5) - y;
      }
    },
    jacobian([x1, x2, x3, x4, x5, x6], out) {
      for (let i = 1; i <= biggsM; i += 1) {
        const t = 0.1 * i;
        const e1 = Math.exp(-t * x1);
        const e2 = Math.exp(-t * x2);
        const e5 = Math.exp(-t * x5);
        out.set([-t * x3 * e1, t * x4 * e2, e1, -e2, -t * x6 * e5, e5], 6 * (i - 1));
      }
    },
  },
  {
    number: 19,
    name: 'Osborne 2',
    size: 11,
    residualCount: 65,
    start: [1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5],
    minima: [4.0137736293547756e-2],
    residuals(x, out) {
      for (let i = 0; i < 65; i += 1) {
        const t = i / 10;
        let model = x[0] * Math.exp(-t * x[4]);
        for (let k = 0; k < 3; k += 1) model += x[1 + k] * Math.exp(-x[5 + k] * (t - x[8 + k]) ** 2);
        out[i] = osborne2Y[i] - model;
      }
    },
    jacobian(x, out) {
      for (let i = 0; i < 65; i += 1) {
        const t = i / 10;
        const row = 11 * i;
        const decay = Math.exp(-t * x[4]);
        out[row] = -decay;
        out[row + 4] = t * x[0] * decay;
        for (let k = 0; k < 3; k += 1) {
          const d = t - x[8 + k];
          const bell = Math.exp(-x[5 + k] * d * d);
          out[row + 1 + k] = -bell;
          out[row + 5 + k] = x[1 + k] * bell * d * d;
          out[row + 8 + k] = -x[1 + k] * bell * x[5 + k] * 2 * d;
        }
      }
    },
  },
];
