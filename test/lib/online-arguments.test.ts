// One row for each wrong argument of `online`, of an update and of `online.restore`:
// its code and the sentence a user reads. None of them changes anything.

import { AdaGrad, LinearRegression, type LinearRegressionOptions, l2, Newton, online, SGD } from 'gradus';
import { expect, test } from 'vitest';
import { expectRefused } from './refused.js';

// Wrong arguments on purpose: the compiler would refuse them.
const wrong = (value: unknown): never => value as never;
const optimizer = new AdaGrad({ learningRate: 0.1 });
const learner = online(new LinearRegression({ penalty: l2(0.1) }), { optimizer });
learner.update({ rooms: 1, area: 2 }, 3);
const saved = learner.save();
const restoring = (change: Record<string, unknown>) => () => online.restore({ ...saved, ...change });
const fresh = (options: LinearRegressionOptions = {}) => new LinearRegression(options);
const fitted = learner.model;
const half = Buffer.from(saved.parameters, 'base64').subarray(8).toString('base64');
const bad = Buffer.from(Float64Array.of(1, NaN, 1).buffer).toString('base64');

test.each<[string, () => unknown, string, RegExp]>([
  ['no model', () => online(wrong(undefined), { optimizer }), 'ERR_GRADUS_OPTION', /`model`.*row by row.*undefined/],
  ['a foreign model', () => online(wrong({}), { optimizer }), 'ERR_GRADUS_OPTION', /`model`.*an object of Object/],
  [
    'a standardised model',
    () => online(fresh({ standardize: true }), { optimizer }),
    'ERR_GRADUS_OPTION',
    /standardize: true.*StandardScaler/,
  ],
  [
    'a standardised model with columns',
    () => online(fresh({ standardize: true }), { optimizer, columns: ['a'] }),
    'ERR_GRADUS_OPTION',
    /standardize: true.*StandardScaler/,
  ],
  ['no options', () => online(fresh(), wrong(undefined)), 'ERR_GRADUS_OPTION', /options of online.*undefined/],
  ['an unknown option', () => online(fresh(), wrong({ rate: 1 })), 'ERR_GRADUS_OPTION', /option of online.*'rate'/],
  ['no optimizer', () => online(fresh(), wrong({})), 'ERR_GRADUS_OPTION', /`optimizer`.*SGD.*undefined/],
  [
    'a solver',
    () => online(fresh(), { optimizer: wrong(new Newton()) }),
    'ERR_GRADUS_OPTION',
    /`optimizer`.*a rule.*an object of Newton/,
  ],
  ['no columns', () => online(fresh(), { optimizer, columns: [] }), 'ERR_GRADUS_OPTION', /`columns`.*array of 0/],
  ['columns by number', () => online(fresh(), { optimizer, columns: wrong(3) }), 'ERR_GRADUS_OPTION', /`columns`.*3/],
  ['a column twice', () => online(fresh(), { optimizer, columns: ['a', 'a'] }), 'ERR_GRADUS_OPTION', /once.*'a'/],
  [
    'columns of another order',
    () => online(fitted, { optimizer, columns: ['area', 'rooms'] }),
    'ERR_GRADUS_OPTION',
    /`columns`.*rooms, area.*got area, rooms/,
  ],
  ['a row that is a number', () => learner.update(wrong(3), 1), 'ERR_GRADUS_SHAPE', /`x`.*an array.*3/],
  ['a short row', () => learner.update([1], 1), 'ERR_GRADUS_SHAPE', /`x`.*2 numbers long.*got 1/],
  ['NaN in an array', () => learner.update([1, NaN], 1), 'ERR_GRADUS_VALUE', /column 'area'.*NaN/],
  ['infinity', () => learner.update(Float64Array.of(Infinity, 1), 1), 'ERR_GRADUS_VALUE', /column 'rooms'.*Infinity/],
  ['a missing field', () => learner.update({ rooms: 1 }, 1), 'ERR_GRADUS_VALUE', /column 'area'.*undefined/],
  ['a string', () => learner.update({ rooms: 1, area: wrong('2') }, 1), 'ERR_GRADUS_VALUE', /column 'area'.*'2'/],
  ['no y', () => learner.update([1, 2], wrong(undefined)), 'ERR_GRADUS_VALUE', /`y`.*undefined/],
  ['y of NaN', () => learner.update([1, 2], NaN), 'ERR_GRADUS_VALUE', /`y`.*NaN/],
  ['a negative weight', () => learner.update([1, 2], 1, -1), 'ERR_GRADUS_VALUE', /`weight`.*at least 0.*-1/],
  [
    'a schedule that gives NaN',
    () => online(fitted, { optimizer: new SGD({ learningRate: () => NaN }) }).update([1, 2], 1),
    'ERR_GRADUS_OPTION',
    /schedule at step 0.*NaN/,
  ],
  ['an empty first row', () => online(fresh(), { optimizer }).update([], 1), 'ERR_GRADUS_SHAPE', /one column/],
  ['save before a start', () => online(fresh(), { optimizer }).save(), 'ERR_GRADUS_NOT_FITTED', /columns/],
  ['nothing to restore', () => online.restore(undefined), 'ERR_GRADUS_FORMAT', /gradus-online.*undefined/],
  ['text that was cut off', () => online.restore('{"format":'), 'ERR_GRADUS_FORMAT', /JSON.*does not parse/],
  ['a saved model', () => online.restore(JSON.stringify(fitted)), 'ERR_GRADUS_FORMAT', /'gradus-online'/],
  ['another version', restoring({ version: 2 }), 'ERR_GRADUS_FORMAT', /version.*1, but got 2/],
  ['no saved model', restoring({ model: undefined }), 'ERR_GRADUS_FORMAT', /LinearRegression.*undefined/],
  [
    'a model of another kind',
    restoring({ model: { ...saved.model, model: 'Forest' } }),
    'ERR_GRADUS_FORMAT',
    /LinearRegression.*'Forest'/,
  ],
  [
    'a model with a wrong option',
    restoring({ model: { ...saved.model, options: { intercept: 3 } } }),
    'ERR_GRADUS_FORMAT',
    /model of the saved learner.*`intercept`.*3/,
  ],
  ['parameters cut off', restoring({ parameters: half }), 'ERR_GRADUS_FORMAT', /parameters.*3 finite.*base64/],
  ['parameters that are not base64', restoring({ parameters: '*' }), 'ERR_GRADUS_FORMAT', /parameters.*'\*'/],
  ['parameters of NaN', restoring({ parameters: bad }), 'ERR_GRADUS_FORMAT', /parameters.*not finite/],
  [
    'parameters of another model',
    restoring({ parameters: saved.state.accumulator }),
    'ERR_GRADUS_FORMAT',
    /parameters.*of its model/,
  ],
  ['no state', restoring({ state: {} }), 'ERR_GRADUS_FORMAT', /'accumulator'.*3 finite.*undefined/],
  ['half a step', restoring({ step: 0.5 }), 'ERR_GRADUS_FORMAT', /`step`.*integer.*0\.5/],
  ['a negative count', restoring({ rejected: -1 }), 'ERR_GRADUS_FORMAT', /`rejected`.*-1/],
  ['no saved optimizer', restoring({ optimizer: 1 }), 'ERR_GRADUS_FORMAT', /optimizer.*1/],
  [
    'an unknown rule',
    restoring({ optimizer: { ...saved.optimizer, name: 'toString' } }),
    'ERR_GRADUS_FORMAT',
    /SGD, AdaGrad, .*, but got 'toString'/,
  ],
  [
    'a rule with a wrong option',
    restoring({ optimizer: { ...saved.optimizer, options: { epsilon: -1 } } }),
    'ERR_GRADUS_FORMAT',
    /optimizer.*`epsilon`.*-1/,
  ],
  [
    'a rule without options',
    restoring({ optimizer: { ...saved.optimizer, options: null } }),
    'ERR_GRADUS_FORMAT',
    /options of AdaGrad.*null/,
  ],
  [
    'an unknown schedule',
    restoring({ optimizer: { ...saved.optimizer, learningRate: { name: 'cosine' } } }),
    'ERR_GRADUS_FORMAT',
    /schedule.*'cosine'/,
  ],
  [
    'another rule',
    () => online.restore(saved, { optimizer: new SGD() }),
    'ERR_GRADUS_OPTION',
    /`optimizer`.*AdaGrad, as saved, but got SGD/,
  ],
  [
    'another option of the rule',
    () => online.restore(saved, { optimizer: new AdaGrad({ initialAccumulator: 1 }) }),
    'ERR_GRADUS_OPTION',
    /`initialAccumulator`.*0, as saved, but got 1/,
  ],
  [
    'a solver in place of the rule',
    () => online.restore(saved, { optimizer: wrong(new Newton()) }),
    'ERR_GRADUS_OPTION',
    /`optimizer`.*Newton/,
  ],
  [
    'a model with other options',
    () => online.restore(saved, { model: fresh() }),
    'ERR_GRADUS_OPTION',
    /`model`.*l2\(0\.1\).*as saved.*l2\(0\)/,
  ],
  [
    'a model that is fitted',
    () => online.restore(saved, { model: fitted }),
    'ERR_GRADUS_OPTION',
    /`model`.*not fitted/,
  ],
  ['no model to restore into', () => online.restore(saved, { model: wrong(1) }), 'ERR_GRADUS_OPTION', /`model`.*1/],
  [
    'an unknown option of restore',
    () => online.restore(saved, wrong({ into: 1 })),
    'ERR_GRADUS_OPTION',
    /online\.restore.*'into'/,
  ],
])('%s', (_, act, code, message) => {
  expectRefused(act, code, message);
  expect(learner.save()).toEqual(saved);
});

test('a bad first row starts nothing', () => {
  const model = fresh();
  const first = online(model, { optimizer });
  expect(() => first.update({ a: 1, b: NaN }, 1)).toThrow(expect.objectContaining({ code: 'ERR_GRADUS_VALUE' }));
  expect(() => model.parameters).toThrow(expect.objectContaining({ code: 'ERR_GRADUS_NOT_FITTED' }));
  first.update([1], 1);
  expect(model.parameters.length).toBe(2);
});
