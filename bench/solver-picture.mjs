// Draws docs/img/solvers.svg: f − f* against evaluations, for every solver of the
// package, on a quadratic with condition number 10⁴, on Rosenbrock's function and on a
// logistic loss over the shipped data. Nothing is timed, so the picture is the same on
// every machine. Flags: --out FILE, --text (the figures instead of the picture).

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { stackedCharts } from './chart-page.mjs';
import { root } from '../scripts/commands.mjs';

const gradus = await import('gradus');
const most = 10_000;
const floor = 1e-14;

/** `given`: what of the problem the solver gets. The order is that of the colours. */
const methods = [
  { label: 'BFGS', name: 'BFGS', given: ['evaluate'] },
  { label: 'L-BFGS', name: 'LBFGS', given: ['evaluate'] },
  { label: 'conjugate gradient', name: 'ConjugateGradient', given: ['evaluate'] },
  { label: 'trust region, exact', name: 'TrustRegion', given: ['evaluate', 'hessian'] },
  {
    label: 'trust region, Steihaug',
    name: 'TrustRegion',
    options: { subproblem: 'steihaug' },
    given: ['evaluate', 'hessianVector'],
  },
  {
    label: 'gradient descent',
    name: 'GradientDescent',
    options: { learningRate: 'line-search' },
    given: ['evaluate'],
  },
  { label: 'accelerated gradient', name: 'ProximalGradient', given: ['evaluate'] },
  { label: 'Newton', name: 'Newton', given: ['evaluate', 'hessian'] },
  { label: 'Nelder–Mead', name: 'NelderMead', given: ['value'], mostParameters: 6 },
];

const { values: flags } = parseArgs({ options: { out: { type: 'string' }, text: { type: 'boolean' } } });
const missing = new Set();
const charts = [quadratic(50, 1e4), rosenbrock(), diabetes()].map((problem) => {
  const series = methods.flatMap((method, style) => {
    if (problem.start.length > (method.mostParameters ?? Number.POSITIVE_INFINITY)) return [];
    if (gradus[method.name] === undefined) {
      missing.add(`${method.name} is not in this build`);
      return [];
    }
    try {
      return [{ ...curve(method, problem), name: method.label, style }];
    } catch (error) {
      missing.add(`${method.name}: ${error.message}`);
      return [];
    }
  });
  const least = problem.minimum ?? Math.min(...series.flatMap(({ values }) => values));
  for (const one of series) {
    one.ys = one.values.map((value) => Math.max(value - least, 0));
    // What happens below the floor is rounding.
    const end = one.ys.findIndex((y) => y <= floor);
    if (end >= 0) one.xs.length = one.ys.length = end + 1;
  }
  // The fastest first: so the lines to their names do not cross.
  series.sort((one, other) => one.xs.at(-1) - other.xs.at(-1));
  return {
    head: problem.head,
    series,
    floor,
    xLabel: 'evaluations (one of the Hessian, or of its product with a vector, counts as one)',
    yLabel: 'f − f*',
  };
});
for (const reason of missing) console.log(`left out: ${reason}`);
if (flags.text) {
  for (const { head, series } of charts) {
    console.log(head);
    for (const { name, xs, ys, status } of series) {
      const reached = xs[ys.findIndex((y) => y <= 1e-8)];
      const last = `${ys.at(-1).toExponential(1)} after ${xs.at(-1)}`;
      console.log(`  ${name.padEnd(24)} ${last.padEnd(22)} 1e-8 after ${String(reached ?? '-').padEnd(6)} ${status}`);
    }
  }
} else {
  const out = flags.out ?? join(root, 'docs', 'img', 'solvers.svg');
  mkdirSync(dirname(out), { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const title = 'How fast the solvers come down';
  writeFileSync(out, stackedCharts(title, charts, `gradus ${version}, every solver with its defaults`));
  console.log(`written: ${out}`);
}

/** The lowest value after so many evaluations: where it fell, and at the end. */
function curve({ name, options, given }, { start, evaluate, hessian }) {
  const size = start.length;
  const matrix = new Float64Array(size * size);
  const unused = new Float64Array(size);
  const xs = [];
  const values = [];
  let count = 0;
  const seen = (value) => {
    count += 1;
    if (count <= most && value < (values.at(-1) ?? Number.POSITIVE_INFINITY)) {
      xs.push(count);
      values.push(value);
    }
    return value;
  };
  const parts = {
    evaluate: (p, gradient) => seen(evaluate(p, gradient)),
    value: (p) => seen(evaluate(p, unused)),
    hessian(p, out) {
      count += 1;
      hessian(p, out);
    },
    hessianVector(p, vector, out) {
      count += 1;
      hessian(p, matrix);
      for (let i = 0; i < size; i += 1) {
        out[i] = 0;
        for (let j = 0; j < size; j += 1) out[i] += matrix[i * size + j] * vector[j];
      }
    },
  };
  const problem = Object.fromEntries(given.map((part) => [part, parts[part]]));
  const optimizer = new gradus[name](options);
  const { status } = gradus.minimizeSync(problem, start, { optimizer, maxIterations: most, tolerance: 1e-10 });
  xs.push(Math.max(xs.at(-1), Math.min(count, most)));
  values.push(values.at(-1));
  return { xs, values, status };
}

/** ½ Σ dᵢxᵢ² in turned coordinates (Householder's reflection), dᵢ from 1 to the condition number in equal ratios. */
function quadratic(n, condition) {
  const weights = Array.from({ length: n }, (_, i) => condition ** (i / (n - 1)));
  const normal = Array.from({ length: n }, (_, i) => Math.sqrt(2 / n) * Math.sin(((i + 0.5) * 7) % 3));
  const square = normal.reduce((sum, v) => sum + v * v, 0);
  const matrix = new Float64Array(n * n);
  const turn = (i, k) => (i === k ? 1 : 0) - (2 * normal[i] * normal[k]) / square;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = 0;
      for (let k = 0; k < n; k += 1) sum += turn(i, k) * weights[k] * turn(j, k);
      matrix[i * n + j] = sum;
      matrix[j * n + i] = sum;
    }
  }
  return {
    head: `A quadratic of ${n} parameters with condition number 10⁴`,
    start: Array(n).fill(1),
    minimum: 0,
    evaluate(p, gradient) {
      let value = 0;
      for (let i = 0; i < n; i += 1) {
        gradient[i] = 0;
        for (let j = 0; j < n; j += 1) gradient[i] += matrix[i * n + j] * p[j];
        value += (p[i] * gradient[i]) / 2;
      }
      return value;
    },
    hessian: (_, out) => out.set(matrix),
  };
}

function rosenbrock() {
  return {
    head: "Rosenbrock's function from (−1.2, 1)",
    start: [-1.2, 1],
    minimum: 0,
    evaluate(p, gradient) {
      const a = p[1] - p[0] * p[0];
      const b = 1 - p[0];
      gradient[0] = -400 * p[0] * a - 2 * b;
      gradient[1] = 200 * a;
      return 100 * a * a + b * b;
    },
    hessian: ([x, y], out) => out.set([1200 * x * x - 400 * y + 2, -400 * x, -400 * x, 200]),
  };
}

/** Mean logistic loss: whether the disease progresses more than in the median, from ten standardised columns. */
function diabetes() {
  const [names, ...lines] = readFileSync(join(root, 'examples/data/diabetes.csv'), 'utf8').trim().split('\n');
  const table = lines.map((line) => line.split(',').map(Number));
  const columns = names.split(',').length - 1;
  const targets = table.map((row) => row[columns]);
  const middle = targets.toSorted((a, b) => a - b)[targets.length >> 1];
  const signs = targets.map((target) => (target > middle ? 1 : -1));
  const rows = table.map((row) => [...row.slice(0, columns), 1]);
  for (let j = 0; j < columns; j += 1) {
    const mean = rows.reduce((sum, row) => sum + row[j], 0) / rows.length;
    const deviation = Math.sqrt(rows.reduce((sum, row) => sum + (row[j] - mean) ** 2, 0) / rows.length);
    for (const row of rows) row[j] = (row[j] - mean) / deviation;
  }
  const n = columns + 1;
  const margins = (p) => rows.map((row, i) => signs[i] * row.reduce((sum, x, j) => sum + x * p[j], 0));
  return {
    head: `Logistic loss over the shipped data (diabetes: ${rows.length} rows, ${n} parameters)`,
    start: Array(n).fill(0),
    evaluate(p, gradient) {
      gradient.fill(0);
      let value = 0;
      margins(p).forEach((margin, i) => {
        value += (Math.log1p(Math.exp(-Math.abs(margin))) + Math.max(-margin, 0)) / rows.length;
        const slope = -signs[i] / (1 + Math.exp(margin)) / rows.length;
        for (let j = 0; j < n; j += 1) gradient[j] += slope * rows[i][j];
      });
      return value;
    },
    hessian(p, out) {
      out.fill(0);
      margins(p).forEach((margin, i) => {
        const weight = 1 / ((1 + Math.exp(margin)) * (1 + Math.exp(-margin)) * rows.length);
        for (let j = 0; j < n; j += 1) {
          for (let k = 0; k < n; k += 1) out[j * n + k] += weight * rows[i][j] * rows[i][k];
        }
      });
    },
  };
}
