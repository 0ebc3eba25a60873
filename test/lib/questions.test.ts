// The claims of docs/questions.md, measured. A test's label is the number of its
// claim on that page, and every number there has a test here. Curvatures come from
// a Jacobi iteration of our own, so that the fits are compared with an outside
// answer. The snippets of the page run as well, and must print what it shows.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as gradus from 'gradus';
import type { Dataset, FitOptions, FitResult, LinearRegressionOptions } from 'gradus';
import { fitSync, GradientDescent, kernels, LinearRegression, l2, SGD } from 'gradus';
import { describe, expect, test } from 'vitest';
import { bitClass } from '../../lib/kernels/kernels.js';
import { diabetes, relativeDistance } from './diabetes.js';
import { emulated } from './left-out.js';

const page = fs.readFileSync(new URL('../../docs/questions.md', import.meta.url), 'utf8');
const sets = kernels().available;
const onHardware = test.skipIf(emulated);
const raw = diabetes();
const data = new gradus.StandardScaler().fitTransform(raw);

type Optimizer = NonNullable<FitOptions['optimizer']>;
type Fit = FitResult & { readonly parameters: Float64Array; readonly height: number };

const exact = new LinearRegression();
const minimum = fitSync(exact, data, { kernels: 'portable' }).loss;

/** A fit of the standardised data, or of other rows, and how far above the minimum it ends. */
function run(optimizer: Optimizer, options: FitOptions = {}, model: LinearRegressionOptions = {}, rows = data): Fit {
  const fitted = new LinearRegression(model);
  const result = fitSync(fitted, rows, { optimizer, ...options });
  return { ...result, parameters: fitted.parameters, height: result.loss / minimum - 1 };
}

const descent = (learningRate: number | 'auto' | 'line-search'): Optimizer => new GradientDescent({ learningRate });
const adaGrad = (learningRate: number): Optimizer => new gradus.AdaGrad({ learningRate });
const heights = (result: FitResult): number[] => result.history.map(({ loss }) => loss / minimum - 1);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Where the loss hovers in the second half of 200 epochs from the exact minimum, averaged over seeds. */
function ball(set: string, learningRate: number, batchSize: number, sampling: 'shuffle' | 'replacement'): number {
  const options = { initial: exact.parameters, epochs: 200, kernels: set, batchSize, sampling };
  const second = (seed: number) => heights(run(new SGD({ learningRate }), { ...options, seed })).slice(100);
  return mean([1, 2, 3, 4].flatMap(second));
}

/** Eigenvalues of (1/n)·ZᵀZ, ascending, Z with a last column of ones: its columns turned until they are orthogonal. */
function curvatures({ rows, columns, x }: Dataset): number[] {
  const z = Array.from({ length: columns + 1 }, (_, j) =>
    Array.from({ length: rows }, (__, i) => (j === columns ? 1 : (x[i * columns + j] as number))),
  );
  const product = (v: readonly number[], w: readonly number[]): number => mean(v.map((a, i) => a * (w[i] as number)));
  const pairs = z.flatMap((_, q) => z.slice(0, q).map((__, p) => [p, q] as const));
  for (let sweep = 0; sweep < 12; sweep += 1) {
    for (const [p, q] of pairs) {
      const [v, w] = [z[p], z[q]] as [number[], number[]];
      const angle = 0.5 * Math.atan2(2 * product(v, w), product(w, w) - product(v, v));
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      z[p] = v.map((a, i) => c * a - s * (w[i] as number));
      z[q] = v.map((a, i) => s * a + c * (w[i] as number));
    }
  }
  return z.map((v) => product(v, v)).sort((v, w) => v - w);
}

const spectrum = curvatures(data);
const mu = spectrum[0] as number;
const L = spectrum.at(-1) as number;

test('[Q4] L = 4.02, μ = 0.0086, κ = 470', () => {
  expect([L.toFixed(2), mu.toFixed(4), (L / mu).toFixed(0)]).toEqual(['4.02', '0.0086', '470']);
});

describe.skipIf(emulated).each(sets)('on %s', (set) => {
  const on = { kernels: set };
  const allRows = { ...on, batchSize: data.rows };

  test('[Q1] at a rate of at most 1/L each step lowers the loss by (η/2)·‖g‖² or more', () => {
    const learningRate = 0.24;
    expect(learningRate).toBeLessThan(1 / L);
    const { history } = run(descent(learningRate), { ...on, epochs: 2000 });
    for (let k = 1; k < history.length; k += 1) {
      const [before, after] = [history[k - 1], history[k]] as [gradus.EpochRecord, gradus.EpochRecord];
      const fall = before.loss - after.loss;
      expect(fall).toBeGreaterThan(0);
      expect(fall).toBeGreaterThan(0.5 * learningRate * before.gradientNorm ** 2 - 1e-14 * before.loss);
    }
  });

  test('[Q2] every start leads to the same minimum', () => {
    for (const sign of [-1000, 0, 1000]) {
      const initial = exact.parameters.map((_, j) => sign * Math.cos(j));
      const result = run(descent('auto'), { ...on, initial });
      expect(relativeDistance(result.parameters, exact.parameters)).toBeLessThan(1e-6);
    }
  });

  test('[Q3] between 1/L and 2/L it still converges, here in fewer steps', () => {
    const steps = [0.24, 0.4, 0.49].map((learningRate) => {
      const result = run(descent(learningRate), { ...on, tolerance: 1e-3 });
      expect(result.status).toBe('converged');
      return result.steps;
    });
    expect(0.4).toBeGreaterThan(1 / L);
    expect(steps).toEqual([...steps].sort((a, b) => b - a));
  });

  test('[Q5] it converges below 2/L and diverges above, and the reason compares the two', () => {
    expect(0.49).toBeLessThan(2 / L);
    expect(0.505).toBeGreaterThan(2 / L);
    expect(run(descent(0.49), on).status).toBe('converged');
    const { status, reason } = run(descent(0.505), { ...on, epochs: 1000 });
    expect(status).toBe('diverged');
    expect(reason).toContain(`rate 0.505 > 2/L = ${(2 / L).toFixed(3)}`);
  });

  test('[Q6] late in a run the distance falls by (1 − ημ)² a step: 541 steps for a decimal at 1/L', () => {
    const result = run(descent(0.24), { ...on, epochs: 2082 });
    const [early, late] = [heights(result)[999], heights(result)[1999]] as [number, number];
    expect((late / early) ** (1 / 1000)).toBeCloseTo((1 - 0.24 * mu) ** 2, 6);
    expect(Math.round(((L / mu) * Math.LN10) / 2)).toBe(541);
    const auto = heights(run(descent('auto'), { ...on, epochs: 2082 }));
    expect((auto[999] as number) / (auto[1540] as number)).toBeCloseTo(10, 1);
  });

  test('[Q7] the loss is at most ‖g‖²/(2μ) above the minimum', () => {
    const { history } = run(descent(0.4), { ...on, epochs: 2000 });
    for (const { loss, gradientNorm } of history) {
      expect(loss - minimum).toBeLessThanOrEqual(gradientNorm ** 2 / (2 * mu) + 1e-12 * minimum);
    }
  });

  test('[Q8] raw columns have κ above 10⁷ and are still far off when standardised ones have arrived', () => {
    const values = curvatures(raw);
    expect((values.at(-1) as number) / (values[0] as number)).toBeGreaterThan(1e7);
    expect(run(descent('auto'), { ...on, epochs: 2000 }, {}, raw).height).toBeCloseTo(0.19, 2);
    expect(run(descent('auto'), { ...on, epochs: 2000 }, { standardize: true }, raw).height).toBeLessThan(2e-6);
  });

  test('[Q9] [Q10] l2(0.1), with its κ of 38, and momentum each take less than a tenth of the steps', () => {
    expect(((L + 0.1) / (mu + 0.1)).toFixed(0)).toBe('38');
    const momentum = new SGD({ learningRate: 0.24, momentum: 0.9, nesterov: true });
    const plain = run(descent(0.24), { ...on, tolerance: 1e-3 });
    const penalised = run(descent(0.24), { ...on, tolerance: 1e-3 }, { penalty: l2(0.1) });
    const faster = run(momentum, { ...allRows, epochs: 5000, tolerance: 1e-3 });
    for (const { status } of [plain, penalised, faster]) expect(status).toBe('converged');
    expect(Math.max(penalised.steps, faster.steps)).toBeLessThan(plain.steps / 10);
  });

  test('[Q11] Newton needs two steps, gradient descent thousands; a line search needs more passes than steps', () => {
    expect(run(new gradus.Newton(), on).steps).toBe(2);
    expect(run(descent('auto'), on).steps).toBeGreaterThan(2000);
    const { steps, evaluations } = run(descent('line-search'), on);
    expect(steps).toBeGreaterThan(2000);
    expect(evaluations).toBeGreaterThan(1.2 * steps);
  });

  test('[Q12] scales do not matter to Newton', () => {
    const x = raw.x.map((value, i) => (i % 10 === 3 ? 1e6 * value : value));
    for (const rows of [raw, gradus.Dataset.from(x, raw.y)]) {
      const { steps, height } = run(new gradus.Newton(), on, {}, rows);
      expect(steps).toBe(2);
      expect(Math.abs(height)).toBeLessThan(1e-12);
    }
  });

  test('[Q14] after one pass SGD is far ahead of full-batch descent', () => {
    const full = run(descent(0.4), { ...on, epochs: 1 });
    expect(full.steps).toBe(1);
    for (const seed of [0, 1, 2, 3]) {
      const single = run(new SGD({ learningRate: 0.01 }), { ...on, epochs: 1, seed });
      expect(single.height).toBeLessThan(full.height / 10);
    }
  });

  test('[Q15] a fixed rate leads away from the minimum, to a height proportional to the rate', () => {
    for (const rate of [0.01, 0.005]) {
      const height = ball(set, rate, 1, 'replacement');
      const ratio = ball(set, 2 * rate, 1, 'replacement') / height;
      expect(height).toBeGreaterThan(0.01);
      expect(Math.abs(ratio - 2.1)).toBeLessThan(0.4);
    }
  });

  test('[Q16] a rate of η₀/(1 + kt) keeps lowering the loss where a fixed one has stopped', () => {
    const [decaying, fixed] = [gradus.inverseTimeDecay(0.1, 0.001), gradus.constant(0.02)].map((learningRate) => {
      const all = heights(run(new SGD({ learningRate }), { ...on, epochs: 500, seed: 1 }));
      return { early: mean(all.slice(80, 100)), late: mean(all.slice(480)) };
    });
    expect(decaying?.late).toBeLessThan((decaying?.early ?? 0) / 5);
    expect(fixed?.late).toBeGreaterThan((fixed?.early ?? 0) / 2);
    expect(fixed?.late).toBeGreaterThan(100 * (decaying?.late ?? 1));
  });

  test('[Q17] a rate that halves every epoch comes to rest before the minimum', () => {
    const optimizer = new SGD({ learningRate: gradus.exponentialDecay(0.02, 0.5, { every: 442 }) });
    const all = heights(run(optimizer, { ...on, epochs: 500, seed: 1 }));
    expect(all[499]).toBeGreaterThan(1e-3);
    expect((all[99] as number) / (all[499] as number)).toBeCloseTo(1, 9);
  });

  test('[Q18] the height of the ball falls like one over the batch size', () => {
    for (const size of [1, 4]) {
      const ratio = ball(set, 0.01, size, 'replacement') / ball(set, 0.01, 4 * size, 'replacement');
      expect(Math.abs(ratio - 4)).toBeLessThan(0.7);
    }
  });

  test('[Q19] with all rows in the batch it is gradient descent', () => {
    const full = run(descent(0.4), { ...on, epochs: 50 });
    const batch = run(new SGD({ learningRate: 0.4 }), { ...allRows, epochs: 50 });
    batch.history.forEach(({ loss }, k) => {
      expect(loss / (full.history[k]?.loss as number)).toBeCloseTo(1, 12);
    });
  });

  test('[Q20] shuffled rows hover lower, the more so the lower the rate or the larger the batch', () => {
    const drawn = (rate: number, size: number): number => ball(set, rate, size, 'replacement');
    const gain = (rate: number, size: number): number => drawn(rate, size) / ball(set, rate, size, 'shuffle');
    const [high, low, batch] = [gain(0.02, 1), gain(0.005, 1), gain(0.005, 4)];
    expect(high).toBeGreaterThan(1);
    expect(low).toBeGreaterThan(Math.max(2, high));
    expect(batch).toBeGreaterThan(low);
  });

  test('[Q22] another seed takes another path to the same neighbourhood', () => {
    const optimizer = new SGD({ learningRate: gradus.inverseTimeDecay(0.1, 0.001) });
    const fits = [0, 1, 2, 3, 4].map((seed) => run(optimizer, { ...on, epochs: 500, seed }));
    for (const { height } of fits) expect(height).toBeLessThan(1e-3);
    expect(new Set(fits.map(({ parameters }) => parameters.join())).size).toBe(5);
  });

  test("[Q23] 'auto' takes 1/L", () => {
    const { history } = run(descent('auto'), { ...on, epochs: 1 });
    expect((history[0]?.learningRate as number) * L).toBeCloseTo(1, 2);
  });

  test("[Q24] 'line-search' never lets the loss rise, sometimes steps beyond 2/L, and needs half the steps", () => {
    const { history, steps } = run(descent('line-search'), { ...on, tolerance: 1e-3 });
    const losses = history.map(({ loss }) => loss);
    expect(losses.every((loss, k) => k === 0 || loss <= (losses[k - 1] as number))).toBe(true);
    expect(Math.max(...history.map(({ learningRate }) => learningRate))).toBeGreaterThan(2 / L);
    expect(steps).toBeLessThan(run(descent('auto'), { ...on, tolerance: 1e-3 }).steps / 2);
  });

  test('[Q25] single rows have curvatures of ten times L, and diverge at a rate that is safe for all rows', () => {
    const norms = Array.from(data.y, (_, i) => 1 + Math.hypot(...data.x.slice(10 * i, 10 * i + 10)) ** 2);
    expect(Math.max(...norms) / L).toBeGreaterThan(10);
    expect(run(descent(0.2), { ...on, epochs: 50 }).status).toBe('completed');
    expect(run(new SGD({ learningRate: 0.2 }), { ...on, epochs: 50 }).status).toBe('diverged');
  });

  test('[Q26] the first step of AdaGrad moves every parameter by the rate', () => {
    const { parameters } = run(adaGrad(0.5), { ...allRows, epochs: 1 });
    for (const value of parameters) expect(Math.abs(value)).toBeCloseTo(0.5, 9);
  });

  test('[Q27] AdaGrad forgives a factor of ten in its rate, plain descent not a quarter', () => {
    for (const learningRate of [10, 30, 100]) {
      expect(run(adaGrad(learningRate), { ...allRows, epochs: 1000 }).height).toBeLessThan(2e-4);
    }
    const statuses = [0.4, 0.5].map((rate) => run(descent(rate), { ...on, epochs: 1000 }));
    expect(statuses.map(({ status }) => status)).toEqual(['completed', 'diverged']);
  });

  test('[Q28] with single rows and a fixed rate AdaGrad goes on falling where SGD hovers', () => {
    const fall = (optimizer: Optimizer): number => {
      const all = heights(run(optimizer, { ...on, epochs: 500, batchSize: 1, seed: 1 }));
      return mean(all.slice(20, 50)) / mean(all.slice(400));
    };
    expect(fall(adaGrad(30))).toBeGreaterThan(4);
    expect(fall(new SGD({ learningRate: 0.02 }))).toBeLessThan(2);
  });

  test('[Q29] on raw columns AdaGrad gets further than plain descent, standardising further still', () => {
    const adaptive = run(adaGrad(1), { ...allRows, epochs: 2000 }, {}, raw).height;
    expect(adaptive).toBeLessThan(run(descent('auto'), { ...on, epochs: 2000 }, {}, raw).height / 2);
    expect(adaptive).toBeGreaterThan(100 * run(descent('auto'), { ...on, epochs: 2000 }).height);
  });

  test('[Q30] a report of divergence has the numbers and advice; the model keeps the best point', () => {
    const result = run(descent(1e6), on);
    expect(result.reason).toMatch(/at step \d+: rate 1e6 > 2\/L = 0\.497.*'line-search'.*standardize/);
    expect(result.parameters.every(Number.isFinite)).toBe(true);
    expect(result.loss).toBeLessThanOrEqual(Math.min(...result.history.map(({ loss }) => loss)));
    expect(() => gradus.expectFitted(result)).toThrow(/diverged/);
  });

  const strengths = [0, 0.01, 0.1, 0.3, 1, 10, 100];
  const splits = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
    const { train, test: held } = data.split({ test: 0.9, seed });
    return { train, held, curve: strengths.map((strength) => ridge(train, held, strength)) };
  });

  function ridge(train: Dataset, held: Dataset, strength: number): { r2: number; size: number; loss: number } {
    const model = new LinearRegression({ penalty: l2(strength) });
    const { validationLoss } = fitSync(model, train, { ...on, validation: held });
    return { r2: model.score(train), size: Math.hypot(...model.coefficients), loss: validationLoss as number };
  }

  test('[Q31] [Q32] as λ grows coefficients and fit shrink; held-out loss is lowest in between', () => {
    for (const { train, curve } of splits) {
      expect(train.rows).toBe(44);
      expect(curve).toEqual([...curve].sort((a, b) => b.r2 - a.r2));
      expect(curve).toEqual([...curve].sort((a, b) => b.size - a.size));
      const losses = curve.map(({ loss }) => loss);
      expect([0.1, 0.3, 1]).toContain(strengths[losses.indexOf(Math.min(...losses))]);
    }
  });

  test('[Q33] the intercept is not penalised', () => {
    const { parameters } = run(new gradus.Newton(), on, { penalty: l2(1e9) });
    expect(relativeDistance(parameters, [...new Array<number>(10).fill(0), mean([...data.y])])).toBeLessThan(1e-6);
  });

  test('[Q34] l2 makes no coefficient zero, l1 does', () => {
    for (const strength of strengths) {
      const { parameters } = run(new gradus.Newton(), on, { penalty: l2(strength) });
      expect(parameters).not.toContain(0);
    }
    expect(run(new gradus.OWLQN(), on, { penalty: gradus.l1(2) }).parameters.filter((p) => p === 0)).toHaveLength(3);
  });

  test('[Q35] [Q36] early stopping keeps the best epoch, which on few rows tends to beat the exact fit', () => {
    const ratios = splits.map(({ train, held, curve }) => {
      const options = { ...on, validation: held, earlyStopping: { patience: 5 } };
      const { status, epochs, validationLoss, history } = run(descent('auto'), options, {}, train);
      const losses = history.map((record) => record.validationLoss as number);
      expect([status, validationLoss]).toEqual(['early-stopped', Math.min(...losses)]);
      expect(losses.indexOf(validationLoss as number)).toBe(epochs - 6);
      return (validationLoss as number) / (curve[0]?.loss as number);
    });
    expect(mean(ratios)).toBeLessThan(0.92);
  });

  test('[Q37] [Q38] a run resumes with the bits of an uninterrupted one; a foreign checkpoint is left alone', () => {
    const path = `${fs.mkdtempSync(`${os.tmpdir()}/gradus-`)}/run.ckpt`;
    const optimizer = new SGD({ learningRate: 0.001, momentum: 0.9 });
    const options = { ...on, seed: 3, checkpoint: { path, everyEpochs: 10, resume: true } };
    run(optimizer, { ...options, epochs: 20 });
    const saved = fs.readFileSync(path);
    const other = { code: 'ERR_GRADUS_CHECKPOINT' };
    expect(() => run(optimizer, { ...options, seed: 4 })).toThrow(expect.objectContaining(other));
    expect(() => run(new SGD(), options)).toThrow(expect.objectContaining(other));
    expect(() => run(optimizer, options, {}, raw)).toThrow(expect.objectContaining(other));
    expect(fs.readFileSync(path)).toEqual(saved);
    const { parameters } = run(optimizer, { ...on, seed: 3, epochs: 50 });
    expect(run(optimizer, { ...options, epochs: 50 }).parameters).toEqual(parameters);
    fs.rmSync(path);
  });
});

onHardware('[Q13] at 200 columns a Newton step takes more than five times as long as a gradient step', () => {
  const x = Float64Array.from({ length: 4000 * 200 }, (_, i) => Math.sin(i * i));
  const rows = gradus.Dataset.from(x, x.slice(0, 4000));
  const once = (optimizer: Optimizer) => run(optimizer, { kernels: 'portable', epochs: 1 }, {}, rows).elapsedMs;
  const time = (optimizer: Optimizer): number => Math.min(...[1, 2, 3].map(() => once(optimizer)));
  expect(time(new gradus.Newton()) / time(descent(0.1))).toBeGreaterThan(5);
});

onHardware('[Q21] the seed decides every bit, at any number of threads and on every set of a class', () => {
  const bits = new Map<string, Float64Array>();
  for (const set of sets) {
    for (const threads of [1, 2, 3]) {
      const { parameters } = run(new SGD(), { kernels: set, threads, seed: 7, epochs: 20, batchSize: 5 });
      expect(parameters).toEqual(bits.get(bitClass(set)) ?? parameters);
      bits.set(bitClass(set), parameters);
    }
  }
});

test('every claim of the page has a test, and every test a claim', () => {
  const labels = (text: string): string[] => [...new Set(text.match(/\[Q\d+\]/g))].sort();
  const titles = fs.readFileSync(new URL(import.meta.url), 'utf8').match(/(?:test|onHardware)\(['"].*/g) as string[];
  expect(labels(titles.join())).toEqual(labels(page));
});

const ends = [...new Set(['portable', sets.at(-1) as string])];

onHardware.each(ends)('the snippets print what the page shows: %s', async (set) => {
  const modules: Readonly<Record<string, object>> = { gradus, 'node:fs': fs, 'node:os': os };
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as FunctionConstructor;
  const code = (text = ''): string => text.replace(/import (\{[^}]*\}) from ('[^']+');/g, 'const $1 = modules[$2];');
  const setup = code(/```js\n([^`]*)```/.exec(page)?.[1]);
  const snippets = [...page.matchAll(/```js\n((?:(?!```)[\s\S])*)```\n\n```text\n([^`]*)```/g)];
  const forced = process.env.GRADUS_KERNELS;
  process.env.GRADUS_KERNELS = set;
  try {
    for (const [, snippet, shown] of snippets) {
      const lines: string[] = [];
      const log = (...values: readonly unknown[]): number => lines.push(`${values.join(' ')}\n`);
      await new AsyncFunction('modules', 'console', `${setup}{${code(snippet)}}`)(modules, { log });
      expect(lines.join('')).toBe(shown);
    }
  } finally {
    if (forced === undefined) delete process.env.GRADUS_KERNELS;
    else process.env.GRADUS_KERNELS = forced;
  }
  expect(snippets.length).toBeGreaterThan(15);
});
