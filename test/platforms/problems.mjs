// The problems of the digest: fits of every method over odd shapes and options,
// through the public names alone. Their data come from integer arithmetic and from
// operations that IEEE 754 defines to the last bit, so every engine makes the same.
// For the same reason there is no exponentialDecay, no stepDecay and no score here:
// a power may differ between engines. The rates use + - * / and floor.

/** Numbers in [-1, 1) with 53 random bits: Park and Miller's generator twice a number. */
function source(seed) {
  let state = (seed % 2147483646) + 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
  return () => next() / 1073741824 + next() / 4294967296 / 1073741824 - 1;
}

/** A target that X explains but for noise, in sums of a fixed order. */
function target(x, rows, columns, random) {
  const coefficients = Float64Array.from({ length: columns }, () => 4 * random());
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = 3;
    for (let j = 0; j < columns; j += 1) sum += coefficients[j] * x[i * columns + j];
    return sum + random() / 2;
  });
}

function makeData({ Dataset }, { rows, columns, float32 = false, weighted = false, view = false, seed = rows }) {
  const random = source(seed * 1009 + columns);
  const x = new (float32 ? Float32Array : Float64Array)(rows * columns);
  // Columns differ in scale and have a mean far from zero now and then.
  for (let k = 0; k < x.length; k += 1) x[k] = (1 + ((k % columns) % 3)) * random() + ((k % columns) % 7 === 3 ? 5 : 0);
  const y = target(x, rows, columns, random);
  const weights = weighted ? { weights: Float64Array.from(y, (_, i) => (i % 11 === 5 ? 0 : 1 + random() / 2)) } : {};
  const all = Dataset.from(x, y, { columns, ...weights });
  return view && rows > 3 ? all.split({ test: Math.floor(rows / 4), seed }).train : all;
}

/** The numbers of a result and of the model that it left, in a fixed order. */
function numbersOf(result, model, data) {
  const figure = (value) => (value === undefined ? -1 : value);
  const of = (point) => [point.loss, point.gradientNorm, figure(point.validationLoss)];
  return [
    ...model.parameters,
    ...model.predict(data),
    ...of(result),
    result.epochs,
    result.steps,
    result.evaluations,
    ...result.history.flatMap((record) => [record.epoch, record.step, record.learningRate, ...of(record)]),
  ];
}

/** One fit as a problem: synchronous ones and asynchronous ones take turns, with one to three threads. */
function fitted(name, shape, settings, options, number) {
  const run = async (gradus) => {
    const data = makeData(gradus, shape);
    const model = new gradus.LinearRegression(settings(gradus));
    const all = { threads: 1 + (number % 3), seed: number, ...options(gradus, data) };
    const result = number % 2 ? gradus.fitSync(model, data, all) : await gradus.fit(model, data, all);
    return { text: `${result.status} ${result.kernels}`, numbers: numbersOf(result, model, data) };
  };
  return { name: `${name} ${shape.rows}x${shape.columns}`, run };
}

const rowCounts = [1, 7, 8, 9, 31, 511, 512, 513, 1300];

/** Shape number k of the round: every number of columns from 1 to 67 comes once. */
function shapeOf(k) {
  const rows = rowCounts[k % rowCounts.length];
  return { rows, columns: k, float32: k % 4 === 2, weighted: k % 5 < 2, view: k % 3 === 1, seed: k };
}

function settingsOf(k) {
  return ({ huber, l2 }) => ({
    intercept: k % 6 !== 5,
    standardize: k % 3 === 0,
    ...(k % 4 === 1 ? { loss: huber(0.5 + (k % 3) / 4) } : {}),
    ...(k % 5 < 3 ? { penalty: l2(0.01 * (k % 5)) } : {}),
  });
}

function* solverProblems() {
  const optimizers = [
    ['constant rate', 4, ({ GradientDescent }) => new GradientDescent({ learningRate: 1 / 512 })],
    ['rate of the curvature', 3, ({ GradientDescent }) => new GradientDescent({ learningRate: 'auto' })],
    ['line search', 3, ({ GradientDescent }) => new GradientDescent({ learningRate: 'line-search' })],
    ['Newton', 4, ({ Newton }) => new Newton()],
  ];
  for (let k = 1; k <= 67; k += 1) {
    // A gradient and Newton's step for every width, the other two by turns.
    for (const number of [0, 1 + (k % 2), 3]) {
      const [name, epochs, make] = optimizers[number];
      yield fitted(name, shapeOf(k), settingsOf(k), (gradus) => ({ optimizer: make(gradus), epochs }), k + number);
    }
  }
  const falling = ({ GradientDescent, inverseTimeDecay }) =>
    new GradientDescent({ learningRate: inverseTimeDecay(1 / 64, 1 / 8, { every: 2, staircase: true }) });
  const many = { rows: 5000, columns: 20, weighted: true, seed: 3 };
  for (let number = 0; number < 3; number += 1) {
    yield fitted('decaying rate', many, settingsOf(3), (gradus) => ({ optimizer: falling(gradus), epochs: 5 }), number);
    yield fitted('Newton', many, settingsOf(1), ({ Newton }) => ({ optimizer: new Newton() }), number);
  }
}

const rules = [
  ['SGD', ({ SGD }) => new SGD({ learningRate: 1 / 2048 })],
  ['SGD, decaying', ({ SGD, inverseTimeDecay }) => new SGD({ learningRate: inverseTimeDecay(1 / 512, 1 / 64) })],
  ['momentum', ({ SGD }) => new SGD({ learningRate: 1 / 4096, momentum: 0.9 })],
  ['Nesterov', ({ SGD }) => new SGD({ learningRate: 1 / 4096, momentum: 0.9, nesterov: true })],
  ['AdaGrad', ({ AdaGrad }) => new AdaGrad({ learningRate: 0.25, initialAccumulator: 0.125 })],
  ['AdaGrad, inside', ({ AdaGrad }) => new AdaGrad({ learningRate: 0.25, epsilon: 1e-7, epsilonPlacement: 'inside' })],
];
const batchSizes = [1, 1, 2, 7, 32, 600];
const ruleColumns = [1, 2, 3, 5, 8, 10, 13, 16, 17, 31, 32, 33, 64, 67];

function* ruleProblems() {
  let k = 0;
  for (const [name, make] of rules) {
    for (const batchSize of batchSizes) {
      for (let turn = 0; turn < 3; turn += 1) {
        k += 1;
        const rows = rowCounts[(k * 4 + turn) % rowCounts.length];
        const shape = { ...shapeOf(k), rows, columns: ruleColumns[k % ruleColumns.length] };
        const number = k;
        const options = (gradus, data) => ({
          optimizer: make(gradus),
          batchSize: Math.min(batchSize, data.rows),
          epochs: 3,
          evaluateEvery: 1 + (number % 2),
          sampling: number % 4 === 3 ? 'replacement' : 'shuffle',
          ...(number % 5 === 0 && data.rows > 8
            ? { validation: data.split({ test: 5 }).test, earlyStopping: { patience: 1 } }
            : {}),
        });
        yield fitted(`${name}, ${batchSize} a step,`, shape, settingsOf(k), options, k);
      }
    }
  }
}

/** The scaler, weighted and not, on views and on float32. */
function* scalerProblems() {
  for (const k of [2, 9, 20, 35, 44, 67]) {
    const run = async (gradus) => {
      const data = makeData(gradus, { ...shapeOf(k), rows: rowCounts[4 + (k % 5)] });
      const scaler = new gradus.StandardScaler().fit(data);
      return { text: '', numbers: [...scaler.mean, ...scaler.scale, ...scaler.transform(data).x] };
    };
    yield { name: `scaler ${k}`, run };
  }
}

/** Row by row, saved and restored in the middle. */
function* onlineProblems() {
  for (const [name, make] of rules) {
    const run = async (gradus) => {
      const data = makeData(gradus, { rows: 120, columns: 9, seed: 5 });
      const { x, y } = data;
      const optimizer = make(gradus);
      let learner = gradus.online(new gradus.LinearRegression({ penalty: gradus.l2(0.01) }), { optimizer });
      const losses = [];
      for (let i = 0; i < data.rows; i += 1) {
        if (i === 50) learner = gradus.online.restore(learner.save());
        losses.push(learner.update(x.subarray(i * 9, (i + 1) * 9), y[i], 1 + (i % 3)));
      }
      const { model } = learner;
      return { text: '', numbers: [...losses, ...model.parameters, model.predictOne(x.subarray(0, 9))] };
    };
    yield { name: `online ${name}`, run };
  }
}

/** Orders of rows, which come from Threefry: seeds beyond 32 bits, and views of views. */
function* orderProblems() {
  for (const seed of [0, 1, 4294967295, 4294967296, Number.MAX_SAFE_INTEGER]) {
    const run = async ({ Dataset }) => {
      const x = Float64Array.from({ length: 777 }, (_, i) => i);
      const { train, test } = Dataset.from(x, x, { columns: 1 }).shuffle({ seed }).split({ test: 0.25, seed });
      return { text: '', numbers: [...train.y, ...test.x] };
    };
    yield { name: `order ${seed}`, run };
  }
}

/** All problems, always in this order. Each has a name and `run(gradus)`, which resolves to a text and numbers. */
export function* problems() {
  yield* solverProblems();
  yield* ruleProblems();
  yield* scalerProblems();
  yield* onlineProblems();
  yield* orderProblems();
}
