// One row for each wrong argument: its code and the sentence a user reads.

import {
  constant,
  Dataset,
  exponentialDecay,
  fitSync,
  GradientDescent,
  huber,
  kernels,
  LinearRegression,
  l2,
  Newton,
  setThreads,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { expectRefused } from './refused.js';

const small = Dataset.from(
  [
    [1, 2],
    [3, 5],
    [4, 1],
  ],
  [1, 2, 3],
  { names: ['rooms', 'area'] },
);
const fitted = new LinearRegression();
fitSync(fitted, small);
// Wrong arguments on purpose: the compiler would refuse them.
const wrong = (value: unknown): never => value as never;

const rows: [string, () => unknown, string, RegExp][] = [
  [
    'NaN in x',
    () =>
      Dataset.from(
        [
          [1, 2],
          [3, Number.NaN],
        ],
        [1, 2],
        { names: ['a', 'b'] },
      ),
    'ERR_GRADUS_VALUE',
    /x at row 1, column 'b'.*NaN/,
  ],
  [
    'infinity in flat x',
    () => Dataset.from(Float64Array.of(1, 2, 3, Infinity), [1, 2]),
    'ERR_GRADUS_VALUE',
    /row 1, column 'x1'.*Infinity/,
  ],
  ['a string in x', () => Dataset.from(wrong([['1']]), [1]), 'ERR_GRADUS_VALUE', /row 0.*'1'/],
  ['NaN in y', () => Dataset.from([[1], [2]], [1, Number.NaN]), 'ERR_GRADUS_VALUE', /`y` at row 1.*NaN/],
  ['ragged rows', () => Dataset.from([[1, 2], [3]], [1, 2]), 'ERR_GRADUS_SHAPE', /row 1 of `x`.*2 numbers.*got 1/],
  ['lengths that disagree', () => Dataset.from([[1], [2]], [1]), 'ERR_GRADUS_SHAPE', /`y`.*2.*got 1/],
  [
    'flat x that does not divide',
    () => Dataset.from(Float64Array.of(1, 2, 3), [1, 2]),
    'ERR_GRADUS_SHAPE',
    /`x`.*length 3/,
  ],
  ['zero rows', () => Dataset.from([], []), 'ERR_GRADUS_SHAPE', /`x`.*at least one row/],
  ['zero rows, flat', () => Dataset.from(new Float64Array(0), []), 'ERR_GRADUS_SHAPE', /`x`.*at least one row/],
  ['zero columns', () => Dataset.from([[]], [1]), 'ERR_GRADUS_SHAPE', /column/],
  ['no y', () => Dataset.from([[1]], wrong(undefined)), 'ERR_GRADUS_SHAPE', /`y`.*undefined/],
  [
    'a negative weight',
    () => Dataset.from([[1], [2]], [1, 2], { weights: [1, -1] }),
    'ERR_GRADUS_VALUE',
    /`weights` at row 1.*-1/,
  ],
  ['weights all 0', () => Dataset.from([[1]], [1], { weights: [0] }), 'ERR_GRADUS_VALUE', /`weights`/],
  ['names of another number', () => Dataset.from([[1]], [1], { names: ['a', 'b'] }), 'ERR_GRADUS_SHAPE', /`names`/],
  ['a name twice', () => Dataset.from([[1, 2]], [1], { names: ['a', 'a'] }), 'ERR_GRADUS_OPTION', /'a'/],
  [
    'an unknown option of from',
    () => Dataset.from([[1]], [1], wrong({ name: [] })),
    'ERR_GRADUS_OPTION',
    /Dataset.from.*'name'/,
  ],
  [
    'a record with a hole',
    () => Dataset.fromRecords([{ a: 1, p: 1 }, { p: 2 }], { target: 'p' }),
    'ERR_GRADUS_VALUE',
    /row 1, column 'a'.*undefined/,
  ],
  ['an unknown target', () => Dataset.fromRecords([{ a: 1 }], { target: 'q' }), 'ERR_GRADUS_OPTION', /`target`.*'q'/],
  ['no records', () => Dataset.fromRecords([], { target: 'q' }), 'ERR_GRADUS_SHAPE', /`records`/],
  ['a split of everything', () => small.split({ test: 3 }), 'ERR_GRADUS_OPTION', /`test`.*3/],
  ['a negative seed', () => small.shuffle({ seed: -1 }), 'ERR_GRADUS_OPTION', /`seed`.*-1/],
  ['allocate of nothing', () => Dataset.allocate(0, 1), 'ERR_GRADUS_OPTION', /`rows`.*0/],
  [
    'a negative rate',
    () => new GradientDescent({ learningRate: -1 }),
    'ERR_GRADUS_OPTION',
    /`learningRate`.*positive.*-1/,
  ],
  ['a rate of 0', () => new GradientDescent({ learningRate: 0 }), 'ERR_GRADUS_OPTION', /`learningRate`/],
  [
    'a rate in words',
    () => new GradientDescent({ learningRate: wrong('fast') }),
    'ERR_GRADUS_OPTION',
    /'line-search', but got 'fast'/,
  ],
  [
    'an unknown option of a method',
    () => new GradientDescent(wrong({ rate: 1 })),
    'ERR_GRADUS_OPTION',
    /learningRate.*'rate'/,
  ],
  ['an option of Newton', () => new Newton(wrong({ rate: 1 })), 'ERR_GRADUS_OPTION', /Newton/],
  ['a constant rate of NaN', () => constant(Number.NaN), 'ERR_GRADUS_OPTION', /`rate`.*NaN/],
  ['a decay above 1', () => exponentialDecay(1, 2), 'ERR_GRADUS_OPTION', /`decay`.*2/],
  ['a negative penalty', () => l2(-1), 'ERR_GRADUS_OPTION', /l2.*-1/],
  ['a delta of 0', () => huber(0), 'ERR_GRADUS_OPTION', /`delta`/],
  [
    'an unknown option of a model',
    () => new LinearRegression(wrong({ normalise: true })),
    'ERR_GRADUS_OPTION',
    /'normalise'/,
  ],
  [
    'a penalty that is a number',
    () => new LinearRegression({ penalty: wrong(1) }),
    'ERR_GRADUS_OPTION',
    /`penalty`.*l2/,
  ],
  [
    'an unknown option of fit',
    () => fitSync(fitted, small, wrong({ epoch: 3 })),
    'ERR_GRADUS_OPTION',
    /fit.*epochs.*'epoch'/,
  ],
  ['half an epoch', () => fitSync(fitted, small, { epochs: 0.5 }), 'ERR_GRADUS_OPTION', /`epochs`.*0.5/],
  ['a negative tolerance', () => fitSync(fitted, small, { tolerance: -1 }), 'ERR_GRADUS_OPTION', /`tolerance`/],
  ['a fit of arrays', () => fitSync(fitted, wrong([[1]])), 'ERR_GRADUS_OPTION', /`data`.*Dataset/],
  ['a fit of nothing', () => fitSync(wrong({}), small), 'ERR_GRADUS_OPTION', /`model`/],
  [
    'an optimizer by name',
    () => fitSync(fitted, small, { optimizer: wrong('sgd') }),
    'ERR_GRADUS_OPTION',
    /`optimizer`.*'sgd'/,
  ],
  ['a signal that is none', () => fitSync(fitted, small, { signal: wrong({}) }), 'ERR_GRADUS_OPTION', /`signal`/],
  ['an initial of another length', () => fitSync(fitted, small, { initial: [1] }), 'ERR_GRADUS_SHAPE', /`initial`.*3/],
  ['unknown kernels', () => fitSync(fitted, small, { kernels: 'mmx' }), 'ERR_GRADUS_KERNELS', /portable.*'mmx'/],
  ['0 threads', () => setThreads(0), 'ERR_GRADUS_OPTION', /`threads`.*0/],
  [
    'a schedule that gives NaN',
    () =>
      fitSync(new LinearRegression(), small, { optimizer: new GradientDescent({ learningRate: () => Number.NaN }) }),
    'ERR_GRADUS_OPTION',
    /schedule at step 0.*NaN/,
  ],
  ['predict before fit', () => new LinearRegression().predict(small), 'ERR_GRADUS_NOT_FITTED', /fitted/],
  ['predict of another width', () => fitted.predict([[1]]), 'ERR_GRADUS_SHAPE', /row 0.*2/],
  ['predictOne without a field', () => fitted.predictOne({ rooms: 1 }), 'ERR_GRADUS_VALUE', /'area'.*undefined/],
  [
    'columns of other names',
    () => fitted.predict(Dataset.from([[1, 2]], [1], { names: ['area', 'rooms'] })),
    'ERR_GRADUS_SHAPE',
    /'rooms'.*'area'/,
  ],
  ['foreign JSON', () => LinearRegression.fromJSON('{"a":1}'), 'ERR_GRADUS_FORMAT', /gradus/],
  ['truncated JSON', () => LinearRegression.fromJSON(JSON.stringify(fitted).slice(0, -9)), 'ERR_GRADUS_FORMAT', /JSON/],
];

test.each(rows)('%s', (_, act, code, message) => expectRefused(act, code, message));

describe('GRADUS_KERNELS', () => {
  test.each(['mmx', 'avx512x'])('%s is refused', (name) => {
    process.env.GRADUS_KERNELS = name;
    try {
      expect(() => kernels()).toThrow(expect.objectContaining({ code: 'ERR_GRADUS_KERNELS' }));
    } finally {
      delete process.env.GRADUS_KERNELS;
    }
  });

  test.each(kernels().available)('%s is the one that serves', (name) => {
    process.env.GRADUS_KERNELS = name;
    try {
      expect(kernels()).toMatchObject({ name, native: name !== 'portable', reason: `GRADUS_KERNELS=${name}` });
      expect(fitSync(new LinearRegression(), small).kernels).toBe(name);
    } finally {
      delete process.env.GRADUS_KERNELS;
    }
  });
});
