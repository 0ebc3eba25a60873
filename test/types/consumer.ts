// What a user of the published types writes; compiled against dist/, not lib/, by
// test/lib/published-types.test.ts. It is never run.

import {
  AdaGrad,
  accuracy,
  type CheckpointOptions,
  constant,
  Dataset,
  type EpochRecord,
  expectFitted,
  exponentialDecay,
  type FitOptions,
  type FitResult,
  type LinearSolver,
  type LinearSummary,
  fit,
  fitSync,
  GradientDescent,
  huber,
  inverseTimeDecay,
  kernels,
  LinearRegression,
  LinearSVM,
  LogisticRegression,
  l2,
  loadModel,
  Newton,
  online,
  permutationImportance,
  readCsv,
  rocAuc,
  type Schedule,
  SGD,
  SoftmaxRegression,
  StandardScaler,
  setThreads,
  squared,
  stepDecay,
} from 'gradus';

export async function everything(): Promise<number> {
  const data = await readCsv('houses.csv', { target: 'price' });
  const records = Dataset.fromRecords([{ rooms: 3, price: 210 }], { target: 'price' });
  const { train, test } = data.split({ test: 0.2, seed: 7 });
  const scaled = new StandardScaler().fitTransform(train);
  const model = new LinearRegression({ standardize: true, penalty: l2(1e-3), loss: huber(1) });
  const schedule: Schedule = (step) => 1 / (1 + step);
  const checkpoint: CheckpointOptions = { path: 'run.ckpt', resume: true };
  const options: FitOptions = {
    optimizer: new SGD({ learningRate: schedule, momentum: 0.9 }),
    batchSize: 32,
    validation: test,
    earlyStopping: { patience: 3 },
    checkpoint,
    onEpoch: (record: EpochRecord) => (record.loss < 1 ? 'stop' : undefined),
    signal: AbortSignal.timeout(5000),
  };
  const result: FitResult = expectFitted(await fit(model, train, options));
  if (result.converged) return result.status.length;
  const solver: LinearSolver | undefined = result.linearSolver;
  const summary: LinearSummary = model.summary(train);
  if (solver?.method === 'qr') return summary.coefficients[0]?.standardError ?? summary.rSquared;
  for (const optimizer of [
    new Newton(),
    new GradientDescent({ learningRate: 'auto' }),
    new AdaGrad({ learningRate: stepDecay(0.1, 0.5, { every: 10 }) }),
    new SGD({ learningRate: inverseTimeDecay(0.1, 1) }),
    new SGD({ learningRate: exponentialDecay(0.1, 0.9) }),
    new SGD({ learningRate: constant(0.1) }),
  ]) {
    fitSync(new LinearRegression({ loss: squared() }), scaled, { optimizer });
  }
  const learner = online(LinearRegression.fromJSON(JSON.stringify(model)), { optimizer: new AdaGrad() });
  learner.update({ rooms: 3 }, 210);
  const again = online.restore(learner.save());
  setThreads(kernels().threads);
  return again.model.predictOne({ rooms: 3 }) + records.rows + model.predict([[1, 2]]).length;
}

export function classes(data: Dataset): number {
  const churn = new LogisticRegression<'stays' | 'goes'>({ classWeights: { goes: 5 } });
  const labels: ('stays' | 'goes')[] = churn.predict(data);
  const sides: ('stays' | 'goes')[] = new LinearSVM<'stays' | 'goes'>({ classWeights: 'balanced' }).predict(data);
  const kinds: string = new SoftmaxRegression<string>({ classWeights: 'balanced' }).predictOne([1]);
  const numbers: Float64Array = new LogisticRegression().predict(data);
  const { columns } = permutationImportance(churn, data, { metric: accuracy, repeats: 2 });
  const model = loadModel(JSON.stringify(churn));
  const predicted: number | string = model.predictOne(numbers);
  if (model.name === 'PoissonRegression') return model.predict(data).length + model.toSource().length;
  return (
    accuracy(data.rowLabels ?? data.y, labels, { weights: data.weights }) +
    rocAuc(data.y, churn.predictProbability(data)) +
    (columns[0]?.mean ?? 0) +
    kinds.length +
    sides.length +
    String(predicted).length
  );
}
