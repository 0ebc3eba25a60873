// Two copies of the package in one process, as two dependencies bring them: of one
// version and of two, and one file under two names. Both train, also in worker
// threads; what one made is refused by the other with a code.

import {
  appendFileSync,
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as gradus from 'gradus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factsOf, native, nodes, root, runModule } from './children.js';
import { builtAddon, localBuild } from './installed-copy.js';
import { noPrograms } from './left-out.js';

let folder = '';

/** A program that depends on `first` and `second`, each with a gradus of its own: see `install`. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradus-copies-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const name of ['first', 'second', 'linked']) install(name);
  appendFileSync(join(folder, 'second', localBuild), 'another build');
  const manifest = join(folder, 'second', 'package.json');
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version: '9.0.0' }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of a file is another library for the loader, a hard link to it is the same one. */
function install(name: string): void {
  mkdirSync(join(folder, name, 'build', 'Release'), { recursive: true });
  cpSync(join(root, 'dist'), join(folder, name, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, name, 'package.json'));
  if (name === 'linked') linkSync(join(folder, 'first', localBuild), join(folder, name, localBuild));
  else cpSync(builtAddon, join(folder, name, localBuild));
}

const program = (one: string, other: string, body: string): string => `
  import { createRequire } from 'node:module';
  import { Worker } from 'node:worker_threads';
  const folders = ${JSON.stringify([join(folder, one), join(folder, other)])};
  const [a, b] = await Promise.all(folders.map((path) => import(path + '/dist/index.js')));
  const [addonA, addonB] = folders.map((path) => createRequire(import.meta.url)(path + '/build/Release/gradus.node'));
  const make = ({ Dataset }, rows = 20000, columns = 20) => {
    const data = Dataset.allocate(rows, columns);
    for (let i = 0; i < data.x.length; i += 1) data.x[i] = Math.sin(i * i);
    for (let i = 0; i < rows; i += 1) data.y[i] = data.x[i * columns] + (i % 7);
    return data;
  };
  const print = (facts) => console.log(JSON.stringify(facts));
  ${body}`;

const trains = `
  const optimizers = ({ Newton, GradientDescent, SGD, AdaGrad }) =>
    [new Newton(), new GradientDescent(), new SGD({ learningRate: 1e-4 }), new AdaGrad()];
  const fitted = async (copy) => {
    const data = make(copy);
    const models = optimizers(copy).map(() => new copy.LinearRegression({ standardize: true }));
    await Promise.all(optimizers(copy).map((optimizer, i) => copy.fit(models[i], data, { optimizer, epochs: 10 })));
    return models.map((model) => String(model.parameters));
  };`;

describe.runIf(native && !noPrograms).each(nodes)('on %s', (node) => {
  describe.each(['second', 'linked'])('first and %s', (other) => {
    test('both train at once, to the same bits', async () => {
      const body = `${trains}
        const [one, two, three] = await Promise.all([fitted(a), fitted(b), fitted(a)]);
        const same = String(one) === String(two) && String(one) === String(three);
        print({ same, native: a.kernels().native && b.kernels().native, distinct: a.Dataset !== b.Dataset });`;
      const facts = factsOf(await runModule(program('first', other, body), { node }));
      expect(facts).toEqual({ same: true, native: true, distinct: true });
    });

    test('both train in worker threads, which end in every order and in the middle', async () => {
      const worker = `
        import { parentPort, workerData } from 'node:worker_threads';
        const [a, b] = await Promise.all(workerData.map((path) => import(path + '/dist/index.js')));
        const make = ({ Dataset }) => Dataset.from(Float64Array.from({ length: 200000 }, (_, i) => Math.sin(i)),
          Float64Array.from({ length: 10000 }, (_, i) => i % 7));
        for (const copy of [a, b]) await copy.fit(new copy.LinearRegression(), make(copy));
        const slow = (copy) => copy.fit(new copy.LinearRegression(), make(copy),
          { optimizer: new copy.GradientDescent({ learningRate: 1e-9 }), epochs: 1e6, tolerance: 0 });
        void slow(a); void slow(b);
        parentPort.postMessage('fitted');`;
      const body = `${trains}
        const before = await fitted(a);
        let count = 0;
        for (let round = 0; round < 3; round += 1) {
          const workers = Array.from({ length: 3 }, (_, i) => new Worker(${JSON.stringify(worker)},
            { eval: true, workerData: i % 2 ? folders : folders.toReversed() }));
          const own = Promise.all([fitted(a), fitted(b)]);
          await Promise.all(workers.map((w) => new Promise((resolve) => w.once('message', () => { count += 1; resolve(); }))));
          await Promise.all(workers.map((w) => w.terminate()));
          await own;
        }
        print({ count, same: String(before) === String(await fitted(a)) && String(before) === String(await fitted(b)) });`;
      const facts = factsOf(await runModule(program('first', other, body), { node }));
      expect(facts).toEqual({ count: 9, same: true });
    });

    test('what one made is refused by the other', async () => {
      const body = `
        const refused = {};
        const attempt = async (name, run) => {
          try { await run(); refused[name] = 'accepted'; }
          catch (error) { refused[name] = error.code + ' ' + error.message.replaceAll(/ [(]?[/][^ )]*[)]?/g, ' …'); }
        };
        const small = { a: make(a, 50, 2), b: make(b, 50, 2) };
        const fitted = new b.LinearRegression();
        b.fitSync(fitted, small.b);
        for (const [size, theirs, own] of [['small', small.a, small.b], ['large', make(a), make(b)]]) {
          await attempt(size + ' data', () => b.fit(new b.LinearRegression(), theirs));
          await attempt(size + ' view', () => b.fit(new b.LinearRegression(), theirs.split({ test: 5 }).train));
          await attempt(size + ' validation', () => b.fit(new b.LinearRegression(), own, { validation: theirs }));
          await attempt(size + ' model', () => b.fit(new a.LinearRegression(), own));
          await attempt(size + ' model, sync', () => b.fitSync(new a.LinearRegression(), own));
          await attempt(size + ' scaler', () => new b.StandardScaler().fit(theirs));
          await attempt(size + ' predict', () => fitted.predict(theirs));
        }
        for (const name of ['Newton', 'GradientDescent', 'SGD', 'AdaGrad']) {
          await attempt(name, () => b.fit(new b.LinearRegression(), small.b, { optimizer: new a[name]() }));
        }
        await attempt('online model', () => b.online(new a.LinearRegression(), { optimizer: new b.SGD() }));
        await attempt('online rule', () => b.online(new b.LinearRegression(), { optimizer: new a.SGD() }));
        print(refused);`;
      const facts = factsOf(await runModule(program('first', other, body), { node }));
      expect(Object.keys(facts)).toHaveLength(20);
      for (const [name, outcome] of Object.entries(facts)) {
        expect(outcome, name).toMatch(/^ERR_GRADUS_OPTION Expected `\w+` to be made by the same copy of gradus …/);
      }
    });

    test('plain values pass from one to the other: losses, penalties, schedules, JSON', async () => {
      const body = `
        const model = new b.LinearRegression({ loss: a.huber(2), penalty: a.l2(0.1) });
        const optimizer = new b.SGD({ learningRate: a.exponentialDecay(1e-3, 0.9) });
        await b.fit(model, make(b, 100, 3), { optimizer, epochs: 5 });
        const back = a.LinearRegression.fromJSON(JSON.stringify(model));
        print({ same: String(back.parameters) === String(model.parameters) });`;
      expect(factsOf(await runModule(program('first', other, body), { node }))).toEqual({ same: true });
    });
  });

  test('the addon refuses handles of another copy, of another kind and of another addon', async () => {
    const body = `
      const outcomes = {};
      const attempt = (name, run) => {
        try { run(); outcomes[name] = 'accepted'; } catch (error) { outcomes[name] = error.code; }
      };
      const finite = (addon, x, used) => addon.finite('sse2', { x, keep: 0, float32: false }, 1, used);
      const rows = (x) => ({ x, keep: 0, float32: false, columns: 2, rows: 4 });
      const memory = addonA.allocate(64).handle;
      const task = finite(addonA, memory);
      const external = process.stdout._handle._externalStream;
      for (const [name, x] of Object.entries({ memory, task: task.handle, external, object: {}, text: 'x' })) {
        attempt('memory: ' + name, () => finite(addonB, x));
        attempt('rows: ' + name, () => addonB.moments('sse2', rows(x), 1));
        attempt('predict: ' + name, () => addonB.predict('sse2', rows(x), new Float64Array(2), 0, new Float64Array(4)));
        attempt('run: ' + name, () => addonB.run({ handle: x }, 0));
        attempt('start: ' + name, () => addonB.start({ handle: x }, 0));
        attempt('abort: ' + name, () => addonB.abort({ handle: x }));
        attempt('release: ' + name, () => addonB.release({ handle: x }));
        attempt('used: ' + name, () => finite(addonB, addonB.allocate(64).handle, { handle: x }));
      }
      attempt('own kind: task as memory', () => finite(addonA, task.handle));
      attempt('own kind: memory as task', () => addonA.run({ handle: memory }, 0));
      attempt('own kind: no task', () => addonA.run(undefined, 0));
      print(outcomes);`;
    const facts = factsOf(await runModule(program('first', 'second', body), { node }));
    expect(Object.keys(facts)).toHaveLength(43);
    for (const [name, outcome] of Object.entries(facts)) {
      expect([name, outcome]).toEqual([name, 'ERR_GRADUS_OPTION']);
    }
  });
});

test('every class of data, models and optimizers says which copy made it', () => {
  const unmarked = Object.entries(gradus).filter(([name, value]) => {
    const isClass = typeof value === 'function' && /^class /.test(String(value));
    return (
      isClass && !['GradusError', 'StandardScaler'].includes(name) && !(Symbol.for('gradus.copy') in value.prototype)
    );
  });
  expect(unmarked.map(([name]) => name)).toEqual([]);
});
