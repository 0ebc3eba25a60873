// Predictors, offsets and the products with the rows, of every kernel set, against plain loops over the same numbers.

import { describe, expect, test } from 'vitest';
import { type LinearSpec, lossNumbers, type LossName } from '../../../lib/kernels/kernels.js';
import { Random } from '../../../lib/kernels/random.js';
import { allocateDoubles, allocateStorage, availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';
import { RowProducts } from '../../../lib/models/row-products.js';

const random = new Random(5);
const numbers = (n: number, low = -1, high = 1): Float64Array =>
  Float64Array.from({ length: n }, () => low + (high - low) * random.uniform());

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly float32: boolean;
  readonly view: boolean;
  readonly scaled: boolean;
}

/** A linear problem with everything that may change a row on its way, and its rows as they come out. */
function problem({ rows, columns, float32, view, scaled }: Shape): { spec: LinearSpec; z: number[][] } {
  const stored = view ? 2 * rows : rows;
  const x = allocateStorage(stored * columns, float32 ? 'float32' : 'float64');
  x.data.set(numbers(stored * columns));
  const list = view ? Uint32Array.from({ length: rows }, (_, i) => (7 * i + 3) % stored) : undefined;
  const shift = scaled ? numbers(columns) : undefined;
  const scale = scaled ? numbers(columns, 0.5, 2) : undefined;
  const offset = allocateDoubles(rows);
  offset.data.set(numbers(rows));
  const y = allocateDoubles(rows);
  y.data.set(numbers(rows, 0, 1));
  const z = Array.from({ length: rows }, (_, r) => [
    ...Array.from({ length: columns }, (_, j) => {
      const value = x.data[(list ? (list[r] as number) : r) * columns + j] as number;
      return shift && scale ? (value - (shift[j] as number)) * (scale[j] as number) : value;
    }),
    1,
  ]);
  const loss: LossName = 'squared';
  return {
    spec: {
      x,
      rows,
      columns,
      list,
      weights: undefined,
      y,
      loss,
      lossParameter: 0,
      offset,
      intercept: true,
      shift,
      scale,
    },
    z,
  };
}

const shapes: Shape[] = [
  { rows: 1, columns: 1, float32: false, view: false, scaled: false },
  { rows: 700, columns: 5, float32: false, view: false, scaled: false },
  { rows: 700, columns: 13, float32: true, view: false, scaled: false },
  { rows: 1300, columns: 3, float32: false, view: true, scaled: true },
  { rows: 600, columns: 40, float32: true, view: true, scaled: true },
  { rows: 520, columns: 16, float32: false, view: false, scaled: true },
];

describe.each(availableKernelSets())('rows on %s', (set) => {
  const kernels = kernelSet(set);

  test.each(shapes)('predictors and products of $rows × $columns', (shape) => {
    const { spec, z } = problem(shape);
    const products = new RowProducts(spec, kernels, 2);
    const p = products.size;
    const theta = numbers(p);
    products.predictors(theta).run();
    z.forEach((row, r) => {
      const eta = row.reduce((sum, value, j) => sum + value * (theta[j] as number), spec.offset?.data[r] as number);
      expect(products.eta[r]).toBeCloseTo(eta, 12);
    });
    products.factors.set(numbers(shape.rows));
    products.transpose().run();
    products.weights.set(numbers(shape.rows));
    products.gram().run();
    for (let i = 0; i < p; i += 1) {
      const product = z.reduce((sum, row, r) => sum + (row[i] as number) * (products.factors[r] as number), 0);
      expect(products.product[i]).toBeCloseTo(-product, 11);
      for (let j = 0; j <= i; j += 1) {
        const element = z.reduce(
          (sum, row, r) => sum + (row[i] as number) * (row[j] as number) * (products.weights[r] as number),
          0,
        );
        expect(products.matrix[i * p + j]).toBeCloseTo(element, 11);
      }
    }
    products.dispose();
  });

  test.each(Object.keys(lossNumbers) as LossName[])('an offset is part of the predictor: %s', (loss) => {
    for (const shape of shapes) {
      const { spec } = problem(shape);
      const p = shape.columns + 1;
      const theta = numbers(p);
      // The same predictors without an offset: that of row r as a column more, with coefficient 1.
      const row = kernels.linear({ ...spec, predictors: true, offset: undefined }, 1);
      row.parameters.set(theta);
      row.predictors().run();
      const x = allocateStorage(shape.rows, 'float64');
      for (let r = 0; r < shape.rows; r += 1) x.data[r] = (row.eta[r] as number) + (spec.offset?.data[r] as number);
      const oracle = kernels.linear(
        {
          ...spec,
          x,
          columns: 1,
          loss,
          lossParameter: 0.4,
          list: undefined,
          shift: undefined,
          scale: undefined,
          offset: undefined,
        },
        1,
      );
      const sums = kernels.linear({ ...spec, loss, lossParameter: 0.4 }, 2);
      oracle.parameters.set([1, 0]);
      sums.parameters.set(theta);
      for (const task of [oracle, sums]) {
        task.gradient().run();
        task.gram().run();
      }
      // The intercept's gradient and curvature, and the loss, do not depend on the columns.
      expect(sums.sums[p * p + p - 1]).toBeCloseTo(oracle.sums[4 + 1] as number, 10);
      expect(sums.sums[p * p + p]).toBeCloseTo(oracle.sums[4 + 2] as number, 10);
      expect(sums.sums[p * p - 1]).toBeCloseTo(oracle.sums[3] as number, 10);
      for (const task of [row, oracle, sums]) task.dispose();
    }
  });
});
