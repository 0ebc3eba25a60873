// Data sets, views, records, scaling and the random generator behind them.

import { Dataset, LinearRegression, StandardScaler, fitSync } from 'gradus';
import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/kernels/random.js';

describe('Dataset', () => {
  test('copies what it is made from', () => {
    const x = Float64Array.of(1, 2, 3, 4);
    const y = [1, 2];
    const data = Dataset.from(x, y);
    x.fill(9);
    y.fill(9);
    expect([...data.x, ...data.y]).toEqual([1, 2, 3, 4, 1, 2]);
    expect([data.rows, data.columns, data.columnNames]).toEqual([2, 2, ['x0', 'x1']]);
  });

  test('keeps float32 as float32', () => {
    expect(Dataset.from(Float32Array.of(1, 2), [1, 2]).x).toBeInstanceOf(Float32Array);
  });

  test('lends a SharedArrayBuffer without a copy, and checks it when a fit starts', () => {
    const x = new Float64Array(new SharedArrayBuffer(8 * 6));
    x.set([1, 2, 3, 4, 5, 7]);
    const data = Dataset.from(x, [1, 2, 4], { columns: 2 });
    expect(data.x.buffer).toBe(x.buffer);
    expect(fitSync(new LinearRegression(), data).loss).toBeLessThan(1e-20);
    x[3] = Number.POSITIVE_INFINITY;
    expect(() => fitSync(new LinearRegression(), data)).toThrow(/row 1, column 'x1'/);
  });

  test('reads records; names travel with the model', () => {
    const records = [
      { rooms: 3, price: 10, area: 80, weight: 1 },
      { rooms: 2, price: 8, area: 50, weight: 2 },
      { rooms: 5, price: 20, area: 110, weight: 1 },
      { rooms: 1, price: 5, area: 61, weight: 1 },
    ];
    const data = Dataset.fromRecords(records, { target: 'price', weights: 'weight' });
    expect(data.columnNames).toEqual(['rooms', 'area']);
    expect([...data.x.slice(0, 4)]).toEqual([3, 80, 2, 50]);
    expect([...(data.weights ?? [])]).toEqual([1, 2, 1, 1]);
    const model = new LinearRegression();
    fitSync(model, data);
    expect(model.predictOne({ area: 80, rooms: 3 })).toBe(model.predictOne([3, 80]));
  });

  test('split is a partition that depends on the seed alone', () => {
    const data = Dataset.from(
      Float64Array.from({ length: 100 }, (_, i) => i),
      Array.from({ length: 100 }, (_, i) => i),
    );
    const { train, test: held } = data.split({ test: 0.25, seed: 3 });
    expect([train.rows, held.rows]).toEqual([75, 25]);
    expect([...train.x, ...held.x].sort((a, b) => a - b)).toEqual([...data.x]);
    expect(train.y).toEqual(data.split({ test: 25, seed: 3 }).train.y);
    expect(train.y).not.toEqual(data.split({ test: 25, seed: 4 }).train.y);
    expect(train.split({ test: 5 }).test.rows).toBe(5);
    expect([...data.shuffle({ seed: 1 }).x]).toEqual([...data.shuffle({ seed: 1 }).y]);
  });
});

describe('StandardScaler', () => {
  test('gives mean 0 and deviation 1, leaves constants, and goes back', () => {
    const data = Dataset.from(
      [
        [1e8 + 1, 5, 2],
        [1e8 + 2, 5, 4],
        [1e8 + 6, 5, 9],
      ],
      [1, 2, 3],
      { weights: [1, 1, 2] },
    );
    const scaler = new StandardScaler();
    const z = scaler.fitTransform(data);
    for (const j of [0, 2]) {
      const column = [0, 1, 2, 2].map((i) => z.x[i * 3 + j] as number);
      expect(column.reduce((a, b) => a + b)).toBeCloseTo(0, 6);
      expect(column.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 6);
    }
    expect([z.x[1], z.x[4]]).toEqual([0, 0]);
    expect(Math.abs((scaler.inverseTransform(z).x[0] as number) - (1e8 + 1))).toBeLessThan(1e-7);
    expect(() => new StandardScaler().transform(data)).toThrow(/fitted/);
  });
});

describe('predictions', () => {
  const x = Array.from({ length: 37 }, (_, i) => Array.from({ length: 13 }, (_, j) => Math.sin(i * 13 + j)));
  const model = new LinearRegression();
  fitSync(
    model,
    Dataset.from(
      x,
      x.map((row) => row.reduce((a, b) => a + b, 1)),
    ),
  );

  test('one row and a batch agree to the bit, also after JSON', () => {
    const batch = model.predict(x);
    const loaded = LinearRegression.fromJSON(JSON.stringify(model));
    x.forEach((row, i) => {
      expect(model.predictOne(row)).toBe(batch[i]);
      expect(loaded.predictOne(row)).toBe(batch[i]);
    });
    expect(loaded.parameters).toEqual(model.parameters);
    expect(JSON.stringify(loaded)).toBe(JSON.stringify(model));
  });
});

describe('Random', () => {
  // Known answers of threefry2x32 with 20 rounds, published with the Random123 library.
  test('is Threefry-2x32', () => {
    const random = new Random(0);
    expect([random.uint32(), random.uint32()]).toEqual([0x6b200159, 0x99ba4efe]);
  });

  test('is even and stays in bounds', () => {
    const random = new Random(11);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) {
      const drawn = random.below(10);
      counts[drawn] = (counts[drawn] as number) + 1;
      const u = random.uniform();
      expect(u >= 0 && u < 1).toBe(true);
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
