// Many worker threads that load the package, start fits and leave in every way:
// no crash, no hang, and nothing left behind, neither memory nor threads nor files.

import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { factsOf, native, nodes, runModule } from './children.js';
import { noPrograms } from './left-out.js';

const worker = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { AdaGrad, Dataset, GradientDescent, LinearRegression, SGD, fit } from 'gradus';
  const x = Float64Array.from({ length: 100000 }, (_, i) => Math.sin(i));
  const data = Dataset.from(x, Float64Array.from({ length: 5000 }, (_, i) => i % 7));
  await fit(new LinearRegression(), data);
  const { way, delay } = workerData;
  if (way !== 'end') {
    const learningRate = 1e-9;
    for (const optimizer of [new GradientDescent({ learningRate }), new SGD({ learningRate }), new AdaGrad({ learningRate })]) {
      void fit(new LinearRegression({ standardize: true }), data, { optimizer, epochs: 1e6, tolerance: 0 });
    }
  }
  if (way === 'exit') setTimeout(() => process.exit(3), delay);
  if (way === 'throw') setTimeout(() => { throw new Error('on purpose'); }, delay);
  if (way === 'terminate') parentPort.postMessage('running');`;

/** Starts `count` workers, `together` at a time, and says how they ended and what the process holds before and after. */
const program = (count: number, together: number): string => `
  import { readdirSync, readFileSync } from 'node:fs';
  import { readFile } from 'node:fs/promises';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Worker } from 'node:worker_threads';
  const ends = {};
  const ways = ['end', 'terminate', 'exit', 'throw'];
  const leave = async (i) => {
    const way = ways[i % ways.length];
    const worker = new Worker(${JSON.stringify(worker)}, { eval: true, workerData: { way, delay: i % 13 } });
    let message = '';
    worker.once('error', (error) => { message = ' ' + error.message; });
    worker.once('message', () => setTimeout(() => worker.terminate(), i % 13));
    const code = await new Promise((resolve) => worker.once('exit', resolve));
    const end = way + ' ' + code + message;
    ends[end] = (ends[end] ?? 0) + 1;
  };
  const leaveAll = async (first, last) => {
    let next = first;
    const lane = async () => { while (next < last) await leave(next++); };
    await Promise.all(Array.from({ length: ${together} }, lane));
  };
  const held = async () => {
    let bytes = Infinity;
    for (let i = 0; i < 10; i += 1) {
      gc();
      await sleep(20);
      bytes = Math.min(bytes, process.memoryUsage().rss);
    }
    return { bytes, threads: readdirSync('/proc/self/task').length, files: readdirSync('/proc/self/fd').length };
  };
  await Promise.all(Array.from({ length: ${together} }, () => new Promise((resolve) => new Worker('', { eval: true }).once('exit', resolve))));
  await Promise.all(Array.from({ length: 8 }, () => readFile('package.json'))); // starts the threads of libuv
  const before = await held();
  await leaveAll(0, ${count / 2});
  const middle = await held();
  await leaveAll(${count / 2}, ${count});
  const after = await held();
  const mapped = /gradus[.\\w]*\\.node/.test(readFileSync('/proc/self/maps', 'utf8'));
  console.log(JSON.stringify({ ends, mapped, grownMegabytes: (after.bytes - middle.bytes) / 1e6,
    threads: after.threads - before.threads, files: after.files - before.files }));`;

describe.runIf(native && existsSync('/proc/self/task') && !noPrograms).each(nodes)('on %s', (node) => {
  // 100 workers in the second half: before the addon stayed loaded each cost 70 kB. The workers of Node itself cost up to 10 kB.
  test('200 workers one after the other', async () => {
    const facts = factsOf(await runModule(program(200, 1), { node, flags: ['--expose-gc'], timeoutMs: 110_000 }));
    expect(facts.ends).toEqual({ 'end 0': 50, 'terminate 1': 50, 'exit 3': 50, 'throw 1 on purpose': 50 });
    expect(facts).toMatchObject({ threads: 0, files: 0, mapped: true });
    expect(facts.grownMegabytes).toBeLessThan(4);
  });

  // Each arena of the C library keeps what 16 workers at once once used, on Node 24 after four rounds (then the process
  // stays as large for as many as one likes): the bound is on what the second half adds.
  test('16 workers at once, eight times', async () => {
    const facts = factsOf(await runModule(program(128, 16), { node, flags: ['--expose-gc'] }));
    expect(facts.ends).toEqual({ 'end 0': 32, 'terminate 1': 32, 'exit 3': 32, 'throw 1 on purpose': 32 });
    expect(facts).toMatchObject({ threads: 0, files: 0, mapped: true });
    expect(facts.grownMegabytes).toBeLessThan(40);
  });
});
