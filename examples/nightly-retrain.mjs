// A job that retrains a model every night and may be killed at any time: started again it goes
// on from its checkpoint, with the bits it would have had. Part of the rows is held out; the
// fit stops when the loss on them no longer falls, and keeps the best epoch. The model is
// replaced in one step, so a service that reads it never sees half a file.
//
//   node examples/nightly-retrain.mjs houses.csv price model.json
//
// Without arguments it shows itself on the diabetes data in a temporary folder.

import { mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdaGrad, expectFitted, fit, LinearRegression, readCsv } from 'gradus';

/** Trains on the rows of a CSV file and writes the model; undefined when it was told to stop before the end. */
async function retrain({ csv, target, modelPath, signal, onEpoch }) {
  const checkpointPath = `${modelPath}.checkpoint`;
  const { train, test } = (await readCsv(csv, { target })).split({ test: 0.2, seed: 1 });
  const model = new LinearRegression({ standardize: true });
  const result = await fit(model, train, {
    optimizer: new AdaGrad({ learningRate: 10 }),
    batchSize: 32,
    epochs: 2000,
    seed: 1,
    validation: test,
    earlyStopping: { patience: 50 },
    checkpoint: { path: checkpointPath, everyMs: 30_000, resume: true },
    signal,
    onEpoch,
  });
  // Aborted, for example because the machine goes down: the checkpoint stays for the next start.
  if (result.status === 'aborted') return undefined;
  expectFitted(result);
  await writeWhole(modelPath, JSON.stringify(model));
  await rm(checkpointPath, { force: true });
  return { model, result, test };
}

/** The old content or the new one, whatever happens: written beside it, flushed, renamed over it. */
async function writeWhole(path, text) {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

async function demo() {
  const csv = new URL('./data/diabetes.csv', import.meta.url);
  const folder = await mkdtemp(join(tmpdir(), 'gradus-nightly-'));
  try {
    const interrupted = { csv, target: 'target', modelPath: join(folder, 'model.json') };
    const controller = new AbortController();
    const stopAt = 30;
    await retrain({
      ...interrupted,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === stopAt) controller.abort(new Error('the machine goes down'));
      },
    });
    console.log(`interrupted after epoch ${stopAt}: the checkpoint stays`);

    let first;
    const { model, result, test } = await retrain({
      ...interrupted,
      onEpoch: ({ epoch }) => {
        first ??= epoch;
      },
    });
    console.log(`started again: went on with epoch ${first}, ${result.status} after epoch ${result.epochs}`);
    console.log(`validation loss ${result.validationLoss.toFixed(2)}, R² held out ${model.score(test).toFixed(4)}`);

    const whole = await retrain({ ...interrupted, modelPath: join(folder, 'whole.json') });
    const same = (await readFile(interrupted.modelPath, 'utf8')) === JSON.stringify(whole.model);
    console.log(`a run that was never interrupted gives ${same ? 'the same model, bit for bit' : 'ANOTHER MODEL'}`);
    if (!same || first !== stopAt + 1) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [csv, target, modelPath] = process.argv.slice(2);
if (csv === undefined) await demo();
else if (target === undefined || modelPath === undefined) {
  console.error('usage: nightly-retrain.mjs data.csv target model.json');
  process.exitCode = 2;
} else {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => controller.abort(new Error(name)));
  const done = await retrain({ csv, target, modelPath, signal: controller.signal });
  console.log(done ? `${done.result.status}: ${done.result.reason}` : 'stopped; the next start goes on from here');
}
