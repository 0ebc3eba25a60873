// docs/models.md: the solver that runs when none is named, line by line of its table; every
// model is there; and links between pages lead somewhere.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Dataset,
  elasticNet,
  fitSync,
  GeneralizedLinearModel,
  LinearRegression,
  LinearSVM,
  LogisticRegression,
  l1,
  l2,
  loadModel,
  PoissonRegression,
  quantile,
  SoftmaxRegression,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { savedModels } from '../../lib/models/load-model.js';
import type { Model } from '../../lib/models/objective.js';

const root = new URL('../../', import.meta.url);
const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];
const textOf = (page: string): string => readFileSync(new URL(page, root), 'utf8');
const page = textOf('docs/models.md');

/** Rows of 0s and 1s in which class i mod `classes` has column i mod `columns` set. */
function dataOf(columns: number, classes = 2): Dataset {
  const rows = 12;
  const x = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) x[i * columns + (i % columns)] = 1 + (i % 5);
  return Dataset.from(
    x,
    Array.from({ length: rows }, (_, i) => i % classes),
    { columns },
  );
}

const lasso = l1(0.1);
const narrow = dataOf(3);
const wide = dataOf(1001);
const manyClasses = dataOf(100, 4);
test.each<[string, Model, Dataset]>([
  ['InteriorPoint', new LinearRegression({ loss: quantile(0.4) }), narrow],
  ['InteriorPoint', new LinearRegression({ loss: quantile(0.4), penalty: elasticNet(0.1, 0.5) }), narrow],
  ['CoordinateDescent', new LogisticRegression({ penalty: lasso }), narrow],
  ['CoordinateDescent', new LinearRegression({ nonNegative: true }), narrow],
  ['CoordinateDescent', new SoftmaxRegression({ penalty: lasso }), narrow],
  ['OWLQN', new LinearSVM({ penalty: lasso }), wide],
  ['OWLQN', new SoftmaxRegression({ penalty: lasso }), manyClasses],
  ['ProximalGradient', new PoissonRegression({ penalty: lasso, nonNegative: true }), wide],
  ['LBFGSB', new LinearRegression({ nonNegative: true }), wide],
  ['LBFGS', new SoftmaxRegression({ penalty: l2(0.1) }), manyClasses],
  ['LBFGS', new LinearRegression({ penalty: l2(0.1) }), dataOf(4001)],
  ['Newton', new SoftmaxRegression({ penalty: l2(0.1) }), dataOf(65, 4)],
  ['Newton', new LinearRegression({ penalty: l1(0) }), narrow],
  ['Newton', new LinearSVM({ penalty: l2(0.1) }), narrow],
  ['Newton', new GeneralizedLinearModel({ family: 'poisson', link: 'sqrt' }), narrow],
  ['Newton', new LogisticRegression({ penalty: l2(0.1) }), wide],
])('%s is what fit takes', (name, model, data) => {
  expect(fitSync(model, data, { epochs: 2 }).optimizer).toBe(name);
  expect(page.slice(page.indexOf('## Which solver'))).toMatch(
    new RegExp(`\\| \\[\`${name}\`\\]\\(solvers/[a-z-]+\\.md\\) \\|`),
  );
});

test('every model has a row', () => {
  for (const name of Object.keys(savedModels)) expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\|`, 'm'));
});

test('the later of two names is class 1, and data of other order are matched by name', () => {
  const model = new LinearSVM<string>({ penalty: l2(0.1) });
  fitSync(model, Dataset.from([[-2], [-1], [1], [2]], ['no', 'no', 'yes', 'yes']));
  expect(model.decisionOne([2])).toBeGreaterThan(0);
  expect(model.predictOne([2])).toBe('yes');
  expect(model.score(Dataset.from([[2]], ['yes']))).toBe(1);
  expect(loadModel(JSON.stringify(model)).predictOne([-2])).toBe('no');
});

describe('links', () => {
  const anchorsOf = (text: string): string[] =>
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  test.each(pages)('of %s lead somewhere', (from) => {
    for (const [, target = ''] of textOf(from).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path, anchor] = target.split('#') as [string, string | undefined];
      const file = path === '' ? new URL(from, root) : new URL(path, new URL(from, root));
      expect(existsSync(fileURLToPath(file)), `${target} in ${from}`).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readFileSync(file, 'utf8')), `${target} in ${from}`).toContain(anchor);
    }
  });
});
