// One row for each wrong argument of first-order rules, schedules, batches, stop
// rules and checkpoints.

import {
  AdaGrad,
  Dataset,
  type FitOptions,
  fitSync,
  GradientDescent,
  inverseTimeDecay,
  LinearRegression,
  Newton,
  SGD,
  stepDecay,
} from 'gradus';
import { test } from 'vitest';
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
// Wrong arguments on purpose: the compiler would refuse them.
const wrong = (value: unknown): never => value as never;
const run = (options: FitOptions): unknown =>
  fitSync(new LinearRegression(), small, { optimizer: new SGD(), ...options });
const option = 'ERR_GRADUS_OPTION';

const rows: [string, () => unknown, string, RegExp][] = [
  ['a negative rate', () => new SGD({ learningRate: -1 }), option, /`learningRate`.*positive.*-1/],
  [
    "'auto' for a stochastic method",
    () => new SGD({ learningRate: wrong('auto') }),
    option,
    /schedule, but got 'auto'/,
  ],
  ['a momentum of 1', () => new SGD({ momentum: 1 }), option, /`momentum`.*below 1.*1/],
  ['Nesterov without momentum', () => new SGD({ nesterov: true }), option, /`momentum`.*positive with nesterov/],
  ['an unknown option of SGD', () => new SGD(wrong({ lr: 1 })), option, /SGD.*learningRate.*'lr'/],
  ['an epsilon below 0', () => new AdaGrad({ epsilon: -1 }), option, /`epsilon`.*-1/],
  ['a place for epsilon', () => new AdaGrad({ epsilonPlacement: wrong('in') }), option, /'outside' or 'inside'.*'in'/],
  ['an accumulator below 0', () => new AdaGrad({ initialAccumulator: -1 }), option, /`initialAccumulator`.*-1/],
  ['a step decay without a length', () => stepDecay(1, 0.5, wrong({})), option, /`every`.*undefined/],
  ['a step decay above 1', () => stepDecay(1, 2, { every: 3 }), option, /`decay`.*2/],
  ['a negative decay', () => inverseTimeDecay(1, -1), option, /`decay`.*-1/],
  [
    'an unknown option of a schedule',
    () => inverseTimeDecay(1, 1, wrong({ steps: 1 })),
    option,
    /inverseTimeDecay.*'steps'/,
  ],
  ['a batch of 0', () => run({ batchSize: 0 }), option, /`batchSize`.*0/],
  ['a batch above the rows', () => run({ batchSize: 4 }), option, /`batchSize`.*at most 3.*4/],
  ['half a row', () => run({ batchSize: 1.5 }), option, /`batchSize`.*integer.*1.5/],
  ['a batch for Newton', () => run({ optimizer: new Newton(), batchSize: 2 }), option, /`batchSize`.*Newton.*all rows/],
  [
    'sampling for gradient descent',
    () => run({ optimizer: new GradientDescent(), sampling: 'shuffle' }),
    option,
    /`sampling`.*GradientDescent/,
  ],
  ['an unknown sampling', () => run({ sampling: wrong('random') }), option, /'shuffle' or 'replacement'.*'random'/],
  ['an evaluation every 0 epochs', () => run({ evaluateEvery: 0 }), option, /`evaluateEvery`.*0/],
  ['validation that is no data set', () => run({ validation: wrong([[1]]) }), option, /`validation`.*Dataset/],
  [
    'validation of another width',
    () => run({ validation: Dataset.from([[1]], [1]) }),
    'ERR_GRADUS_SHAPE',
    /`validation`.*2 columns.*1/,
  ],
  [
    'validation with other columns',
    () => run({ validation: Dataset.from([[1, 2]], [1], { names: ['area', 'rooms'] }) }),
    'ERR_GRADUS_SHAPE',
    /column 0 of `validation`.*'rooms'.*'area'/,
  ],
  ['early stopping without patience', () => run({ earlyStopping: wrong({}) }), option, /patience`.*undefined/],
  ['no patience', () => run({ earlyStopping: { patience: 0 } }), option, /patience`.*0/],
  ['a negative minDelta', () => run({ earlyStopping: { patience: 1, minDelta: -1 } }), option, /minDelta`.*-1/],
  ['an unknown stop rule', () => run({ earlyStopping: wrong({ wait: 3 }) }), option, /earlyStopping.*'wait'/],
  ['a checkpoint without a path', () => run({ checkpoint: wrong({}) }), option, /`checkpoint.path`.*undefined/],
  ['an unknown option of a checkpoint', () => run({ checkpoint: wrong({ file: 'x' }) }), option, /checkpoint.*'file'/],
  ['a negative time', () => run({ checkpoint: { path: 'x', everyMs: -1 } }), option, /everyMs`.*-1/],
  [
    'a schedule that gives text',
    () => run({ optimizer: new SGD({ learningRate: wrong(() => 'x') }) }),
    option,
    /step 0.*x/,
  ],
];

test.each(rows)('%s', (_, act, code, message) => expectRefused(act, code, message));
