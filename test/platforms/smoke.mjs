// What every platform must do, as a plain script without dependencies: it runs where
// only Node and the package are, under an emulator and under Wine too. Loads, trains,
// aborts, ends workers in the middle of a fit, and leaves processes at bad moments.
// The argument is the kernel set that must serve. GRADUS_TEST_NODE holds, as a JSON
// array, the command that starts this Node where its own path is not enough (an emulator,
// a loader). Ends with the line `N passed, N failed`.

import { spawnSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { Dataset, GradientDescent, LinearRegression, SGD, expectFitted, fit, fitSync, kernels } from 'gradus';

const wanted = process.argv[2];
const node = JSON.parse(process.env.GRADUS_TEST_NODE ?? 'null') ?? [process.execPath];
let passed = 0;
let failed = 0;

async function check(name, body) {
  let problem = '';
  try {
    const outcome = await body();
    if (outcome !== true) problem = `got ${JSON.stringify(outcome)}`;
  } catch (error) {
    problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  console.log(`${problem ? 'FAILED' : 'ok    '} ${name}${problem ? `: ${problem}` : ''}`);
  if (problem) failed += 1;
  else passed += 1;
}

/** y = 3 + 2 a - b, to be found again. */
const x = Array.from({ length: 600 }, (_, i) => [i % 50, (i * i) % 7]);
const line = Dataset.from(
  x,
  x.map(([a, b]) => 3 + 2 * a - b),
);
const near = (values, expected) => expected.every((value, j) => Math.abs(values[j] - value) < 1e-9) || [...values];

/** A fit that does not end by itself within the minute. */
const large = Dataset.allocate(20_000, 50);
for (let k = 0, s = 1; k < large.x.length; k += 1) {
  s = (s * 48271) % 2147483647;
  large.x[k] = s / 2147483648;
}
large.y.fill(1);
const endless = { optimizer: new GradientDescent({ learningRate: 1e-6 }), epochs: 1e9, tolerance: 0 };
const endlessRows = { optimizer: new SGD({ learningRate: 1e-9 }), epochs: 1e9, tolerance: 0 };

const set = kernels();
console.log(`Node ${process.version}, ${process.platform}-${process.arch}: ${JSON.stringify(set)}`);

await check(`the set is ${wanted ?? 'a native one'}`, () =>
  wanted === undefined ? set.native || set.reason : set.name === wanted || set.name,
);
await check('fitSync finds the line', () => {
  const model = new LinearRegression();
  expectFitted(fitSync(model, line));
  return near(model.parameters, [2, -1, 3]);
});
await check('fit finds the line, standardised, in steps of one row and in batches', async () => {
  for (const batchSize of [1, 16]) {
    const model = new LinearRegression({ standardize: true });
    const options = { optimizer: new SGD({ learningRate: 0.02 }), batchSize, epochs: 300, tolerance: 1e-10 };
    expectFitted(await fit(model, line, options));
    const found = near(model.parameters, [2, -1, 3]);
    if (found !== true) return found;
  }
  return true;
});
await check('predict and predictOne give the same bits', () => {
  const model = new LinearRegression();
  fitSync(model, line);
  return model.predict(line).every((value, i) => Object.is(value, model.predictOne(x[i])));
});
await check('one to three threads give the same bits', async () => {
  const texts = [];
  for (const threads of [1, 2, 3]) {
    const model = new LinearRegression();
    await fit(model, large, { ...endless, epochs: 3, threads });
    texts.push(String(model.parameters));
  }
  return texts.every((text) => text === texts[0]);
});
await check('an abort in the middle of a fit', async () => {
  const controller = new AbortController();
  const running = fit(new LinearRegression(), large, { ...endless, signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  const { status } = await running;
  return status === 'aborted' || status;
});
await check('an abort in the middle of steps of one row', async () => {
  const controller = new AbortController();
  const running = fit(new LinearRegression(), large, { ...endlessRows, signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  const { status } = await running;
  return status === 'aborted' || status;
});
await check('a wrong argument has a code', () => {
  try {
    fitSync(new LinearRegression(), line, { epochs: -1 });
  } catch (error) {
    return error.code === 'ERR_GRADUS_OPTION' || error.code;
  }
  return 'nothing was thrown';
});
await check('an unknown kernel set has a code', () => {
  try {
    fitSync(new LinearRegression(), line, { kernels: 'abacus' });
  } catch (error) {
    return error.code === 'ERR_GRADUS_KERNELS' || error.code;
  }
  return 'nothing was thrown';
});

/** A program's text up to where a fit without an end runs. */
const start = `
const data = Dataset.allocate(20000, 50);
data.x.fill(0.5);
data.y.fill(1);
const endless = { optimizer: new GradientDescent({ learningRate: 1e-6 }), epochs: 1e9, tolerance: 0 };
const rows = { optimizer: new SGD({ learningRate: 1e-9 }), epochs: 1e9, tolerance: 0 };
void fit(new LinearRegression(), data, rows);
void fit(new LinearRegression(), data, endless);
`;
const names = '{ Dataset, GradientDescent, LinearRegression, SGD, fit }';

/** A worker's program: two fits without an end, and then what it does. */
const worker = (then = "parentPort.postMessage('runs')") => `
import('gradus').then(async (${names}) => {
  const { parentPort } = await import('node:worker_threads');
  ${start}
  setTimeout(() => ${then}, 20);
});`;

await check('workers, some ended in the middle of a fit, and a fit here after them', async () => {
  const workers = Array.from({ length: 4 }, () => new Worker(worker(), { eval: true }));
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
  const model = new LinearRegression();
  expectFitted(await fit(model, line));
  return near(model.parameters, [2, -1, 3]);
});

const withWorker = (listener, then) => `
import { Worker } from 'node:worker_threads';
new Worker(${JSON.stringify(worker(then))}, { eval: true }).on(${listener});`;

/** Programs and the exit codes they must have. */
const endings = [
  ['process.exit right after the import', 'process.exit(7);', 7],
  ['process.exit during a native job', `${start}process.exit(8);`, 8],
  ['process.exit somewhat later', `${start}setTimeout(() => process.exit(9), 30);`, 9],
  [
    'process.exit in a worker ends the worker alone',
    withWorker("'exit', (code) => process.exit(code === 3 ? 10 : 1)", 'process.exit(3)'),
    10,
  ],
  ['process.exit while a worker fits', withWorker("'message', () => process.exit(11)"), 11],
  ['an uncaught error during a fit', `${start}setTimeout(() => { throw new Error('expected'); }, 20);`, 1],
  ['nothing left to do', 'await fit(new LinearRegression(), Dataset.from([[1], [2], [3]], [1, 2, 3]));', 0],
];
for (const [name, body, code] of endings) {
  await check(`${name}: exit code ${code} and no signal`, () => {
    const script = `import ${names} from 'gradus';\n${body}`;
    const [command, ...args] = [...node, '--input-type=module', '-e', script];
    const child = spawnSync(command, args, { encoding: 'utf8', timeout: 120_000 });
    const { status, signal, stderr, error } = child;
    return (status === code && signal === null) || { status, signal, stderr, error: error?.message };
  });
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
