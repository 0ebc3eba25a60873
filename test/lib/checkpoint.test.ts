// Checkpoints: a run that was killed goes on with the bits of the one that was
// not, a file that does not belong is refused and left alone, and kill -9 at any
// moment loses nothing.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  AdaDelta,
  AdaGrad,
  Adam,
  AdamW,
  type Dataset,
  exponentialDecay,
  type FitOptions,
  type FitResult,
  fit,
  fitSync,
  GradientDescent,
  inverseTimeDecay,
  kernels,
  LBFGS,
  LinearRegression,
  Lion,
  l2,
  RMSProp,
  SGD,
  TrustRegion,
} from 'gradus';
import { afterAll, describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';
import { noPrograms } from './left-out.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gradus-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const fresh = (): string => {
  files += 1;
  return join(folder, `${files}.ckpt`);
};
const { train, test: held } = diabetes().split({ test: 0.2, seed: 3 });
const makeModel = (): LinearRegression => new LinearRegression({ standardize: true, penalty: l2(1e-3) });
const facts = (result: FitResult, model: LinearRegression): unknown => ({
  ...result,
  elapsedMs: 0,
  // Computed after the run, unless it was aborted.
  gapBound: undefined,
  history: result.history.map((record) => ({ ...record, elapsedMs: 0 })),
  parameters: Buffer.from(model.parameters.buffer).toString('hex'),
});

const methods: [string, FitOptions][] = [
  ['SGD, one row', { optimizer: new SGD({ learningRate: inverseTimeDecay(0.02, 1, { every: 700 }) }), epochs: 20 }],
  ['SGD, momentum', { optimizer: new SGD({ learningRate: 0.005, momentum: 0.9 }), epochs: 20, batchSize: 32 }],
  ['SGD, replacement', { optimizer: new SGD(), epochs: 20, sampling: 'replacement', evaluateEvery: 3 }],
  ['AdaGrad', { optimizer: new AdaGrad({ learningRate: exponentialDecay(5, 0.999) }), epochs: 20 }],
  ['a schedule of the user', { optimizer: new SGD({ learningRate: (step) => 0.01 / (1 + step / 300) }), epochs: 20 }],
  ['RMSProp', { optimizer: new RMSProp({ learningRate: 2, momentum: 0.5, centered: true }), epochs: 20 }],
  ['AdaDelta', { optimizer: new AdaDelta({ learningRate: 50 }), epochs: 20 }],
  ['Adam', { optimizer: new Adam({ learningRate: 2, amsgrad: true }), epochs: 20 }],
  ['AdamW, one row', { optimizer: new AdamW({ learningRate: 0.5 }), epochs: 10, batchSize: 1 }],
  ['Lion', { optimizer: new Lion({ learningRate: 0.5, weightDecay: 0.01 }), epochs: 20 }],
  ['LBFGS', { optimizer: new LBFGS({ memory: 3 }), epochs: 8 }],
  ['TrustRegion', { optimizer: new TrustRegion(), epochs: 8 }],
  ['GradientDescent', { optimizer: new GradientDescent(), epochs: 20 }],
  ['line search', { optimizer: new GradientDescent({ learningRate: 'line-search' }), epochs: 20 }],
];

describe.each(kernels().available)('on %s', (set) => {
  test.each(methods)('%s: aborted and resumed equals uninterrupted', async (_, options) => {
    const shared = { ...options, kernels: set, validation: held, earlyStopping: { patience: 50 }, seed: 5 };
    const wanted = makeModel();
    const whole = fitSync(wanted, train, shared);
    const checkpoint = { path: fresh(), everyEpochs: 1, resume: true };
    const model = makeModel();
    let result: FitResult | undefined;
    for (let round = 0; result === undefined || result.status === 'aborted'; round += 1) {
      const controller = new AbortController();
      let epochs = 0;
      const onEpoch = (): void => {
        epochs += 1;
        if (epochs > round % 3) controller.abort();
      };
      result = await fit(model, train, { ...shared, checkpoint, onEpoch, signal: controller.signal });
      expect(round).toBeLessThan(30);
    }
    expect(facts(result, model)).toEqual(facts(whole, wanted));
    // Nothing is left to do: the same call gives the same again.
    expect(facts(await fit(model, train, { ...shared, checkpoint }), model)).toEqual(facts(whole, wanted));
  });
});

test('a finished plan goes on when it gets more epochs', async () => {
  const options = { optimizer: new SGD({ learningRate: 0.001, momentum: 0.5 }), tolerance: 0 };
  const path = fresh();
  const model = makeModel();
  fitSync(model, train, { ...options, epochs: 4, checkpoint: { path } });
  const more = fitSync(model, train, { ...options, epochs: 9, checkpoint: { path, resume: true } });
  const wanted = makeModel();
  expect(facts(more, model)).toEqual(facts(fitSync(wanted, train, { ...options, epochs: 9 }), wanted));
});

describe('a file that does not belong', () => {
  const options = { optimizer: new SGD({ learningRate: 0.001 }), epochs: 3 };
  const path = fresh();
  fitSync(makeModel(), train, { ...options, checkpoint: { path } });
  const bytes = readFileSync(path);
  const attempt = (content: Buffer, change: FitOptions = {}, data: Dataset = train, model = makeModel()): void => {
    const other = fresh();
    writeFileSync(other, content);
    let caught: unknown;
    try {
      fitSync(model, data, { ...options, ...change, checkpoint: { path: other, resume: true } });
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'ERR_GRADUS_CHECKPOINT' });
    expect(readFileSync(other).equals(content)).toBe(true);
    throw caught;
  };
  const flipped = Buffer.from(bytes);
  flipped[bytes.length - 20] = (flipped[bytes.length - 20] as number) ^ 1;
  const newer = Buffer.from(bytes.toString('latin1').replace('gradus-checkpoint 1 ', 'gradus-checkpoint 2 '), 'latin1');

  test.each<[string, () => void, RegExp]>([
    ['foreign', () => attempt(Buffer.from('{"my":"data"}')), /a file of another kind, which is left as it is/],
    ['empty', () => attempt(Buffer.alloc(0)), /another kind/],
    ['cut off', () => attempt(bytes.subarray(0, bytes.length - 1)), /where its first line says \d+: it was cut off/],
    ['a bit flipped', () => attempt(flipped), /checksum does not fit/],
    ['a later version', () => attempt(newer), /version 2, where this is version 1/],
    ['another seed', () => attempt(bytes, { seed: 9 }), /seed 0, where this has 9/],
    [
      'another rate',
      () => attempt(bytes, { optimizer: new SGD({ learningRate: 0.002 }) }),
      /optimizer .*0\.001.*0\.002/,
    ],
    ['another method', () => attempt(bytes, { optimizer: new GradientDescent() }), /optimizer .*SGD.*GradientDescent/],
    ['another batch size', () => attempt(bytes, { batchSize: 8 }), /batchSize 1, where this has 8/],
    ['other data', () => attempt(bytes, {}, train.shuffle({ seed: 1 })), /other data, model options or start/],
    ['another penalty', () => attempt(bytes, { initial: new Float64Array(11).fill(1) }), /other data/],
    ['other rows', () => attempt(bytes, {}, held), /rows \d+, where this has \d+/],
  ])('%s: refused with the reason, and not touched', (_, act, message) => {
    expect(act).toThrow(message);
    expect(act).toThrow(/^Expected '.*' to be a checkpoint of this run, or absent, but got /);
  });

  test('a foreign file is not overwritten without resume either', () => {
    const other = fresh();
    writeFileSync(other, 'precious');
    expect(() => fitSync(makeModel(), train, { ...options, checkpoint: { path: other } })).toThrow(/another kind/);
    expect(readFileSync(other, 'utf8')).toBe('precious');
  });

  test('a folder that is not there is named before any work', () => {
    const path = join(folder, 'none', 'run.ckpt');
    expect(() => fitSync(makeModel(), train, { ...options, checkpoint: { path } })).toThrow(/`checkpoint.path`.*none/);
  });
});

test.skipIf(noPrograms)(
  'kill -9 a hundred times at random moments: nothing is lost',
  { timeout: 300_000 },
  async () => {
    const path = fresh();
    const script = `
    import { Dataset, LinearRegression, SGD, exponentialDecay, fit } from 'gradus';
    const rows = 4000, columns = 20;
    const data = Dataset.allocate(rows, columns);
    for (let i = 0, s = 1; i < data.x.length; i += 1) { s = (s * 48271) % 2147483647; data.x[i] = s / 1e9 - 1; }
    for (let i = 0; i < rows; i += 1) data.y[i] = data.x[i * columns] + (i % 7);
    const model = new LinearRegression();
    const path = process.argv[1];
    console.log('ready');
    const result = await fit(model, data, {
      optimizer: new SGD({ learningRate: exponentialDecay(1e-3, 0.9999), momentum: 0.5 }), batchSize: 4, epochs: 6000, tolerance: 0,
      evaluateEvery: 50, seed: 3, ...(path ? { checkpoint: { path, everyMs: 1, resume: true } } : {}) });
    console.log(JSON.stringify([result.status, result.steps, result.loss, ...model.parameters]));`;
    const start = (...args: string[]) =>
      spawn(process.execPath, ['--input-type=module', '-e', script, ...args], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const ended = async (child: ReturnType<typeof start>): Promise<string> => {
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
      });
      await new Promise((resolve) => child.once('close', resolve));
      return output.trim().split('\n').at(-1) as string;
    };
    let random = 12345;
    let saved = 0;
    for (let kills = 0; kills < 100; kills += 1) {
      const child = start(path);
      await new Promise((resolve) => child.stdout.once('data', resolve));
      random = (random * 48271) % 2147483647;
      await new Promise((resolve) => setTimeout(resolve, random % 40));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      if (!existsSync(path)) continue;
      const content = readFileSync(path, 'latin1');
      const body = content.slice(content.indexOf('\n') + 1);
      expect(body.length).toBe(Number(content.split(/[ \n]/)[2]));
      const run = JSON.parse(body).run as { epoch: number; position: number };
      const at = run.epoch * 1000 + run.position;
      expect(at).toBeGreaterThanOrEqual(saved);
      saved = at;
    }
    expect(saved).toBeGreaterThan(0);
    const [resumed, uninterrupted] = [await ended(start(path)), await ended(start())];
    expect(resumed).toBe(uninterrupted);
    expect(JSON.parse(resumed)[0]).toBe('completed');
  },
);
