// `minimize` and `minimizeSync` as a user meets them: what a problem may offer, which
// solver is chosen, budgets, callbacks, errors, and what comes out when the function
// is hard.

import {
  AdaGrad,
  BFGS,
  LBFGS,
  type MinimizeResult,
  minimize,
  minimizeSync,
  NelderMead,
  Newton,
  type Problem,
  SGD,
  TrustRegion,
} from 'gradus';
import { describe, expect, test } from 'vitest';
import { bowl, rosenbrock, rosenbrockStart, solvers } from './objectives.js';

describe.each(solvers)('%s', (_, optimizer, options) => {
  const { bounds: _bounds, l1: _l1, ...plain } = { ...options, optimizer };

  test('finds the minimum of Rosenbrock, synchronously and not, with the same bits', async () => {
    const sync = minimizeSync(rosenbrock, rosenbrockStart, { optimizer, ...options });
    const same = await minimize(rosenbrock, rosenbrockStart, { optimizer, ...options });
    expect(sync.status, sync.reason).toBe('converged');
    expect(sync.optimizer).toBe(optimizer.name);
    const near = options.l1 === undefined ? 6 : 1;
    expect(sync.parameters[0]).toBeCloseTo(1, near);
    expect({ ...same, elapsedMs: 0, state: 0 }).toEqual({ ...sync, elapsedMs: 0, state: 0 });
  });

  test('a start at the minimum stays there', () => {
    const result = minimizeSync(bowl, [1, 1, 1], plain);
    expect(result).toMatchObject({ status: 'converged', value: 0, parameters: Float64Array.of(1, 1, 1) });
    if (!(optimizer instanceof NelderMead)) expect(result.iterations).toBeLessThanOrEqual(1);
  });

  test('zero parameters and one', () => {
    expect(minimizeSync({ evaluate: () => 3 }, [], plain)).toMatchObject({
      value: 3,
      status: 'converged',
    });
    const one = minimizeSync(bowl, [4], plain);
    expect(one.parameters[0]).toBeCloseTo(1, 6);
  });

  test('NaN beyond the edge of the domain: the step is shortened', () => {
    // x − ln x, minimum at 1; a full step from far out leaves the domain.
    const barrier: Problem = {
      evaluate(p, gradient) {
        const x = p[0] as number;
        gradient[0] = 1 - 1 / x;
        return x - Math.log(x);
      },
      hessian(p, out) {
        out[0] = 1 / (p[0] as number) ** 2;
      },
    };
    const result = minimizeSync(barrier, [9], plain);
    expect(result.status, result.reason).toBe('converged');
    expect(result.parameters[0]).toBeCloseTo(1, 5);
  });

  test.skipIf(optimizer instanceof NelderMead)(
    'a gradient with the wrong sign ends with a finite point and a reason',
    () => {
      const wrong: Problem = {
        evaluate(p, gradient) {
          const value = rosenbrock.evaluate(p, gradient);
          for (let i = 0; i < gradient.length; i += 1) gradient[i] = -(gradient[i] as number);
          return value;
        },
      };
      const result = minimizeSync(wrong, rosenbrockStart, { optimizer, ...options, maxIterations: 200 });
      expect(result.converged).toBe(false);
      expect(result.parameters.every(Number.isFinite)).toBe(true);
      expect(result.value).toBeLessThanOrEqual(24.2 + 0.03);
      expect(result.reason).not.toBe('');
    },
  );

  test.each([1e-150, 1e150])('a function scaled by %s', (scale) => {
    const scaled: Problem = {
      evaluate(p, gradient) {
        let sum = 0;
        for (let i = 0; i < p.length; i += 1) {
          const e = (p[i] as number) - 1;
          gradient[i] = scale * (i + 1) * e;
          sum += 0.5 * (i + 1) * e * e;
        }
        return scale * sum;
      },
      hessian(p, out) {
        out.fill(0);
        for (let i = 0; i < p.length; i += 1) out[i * p.length + i] = scale * (i + 1);
      },
    };
    const tolerance = optimizer instanceof NelderMead ? 1e-8 : 1e-9 * scale;
    const result = minimizeSync(scaled, [3, -2, 0.5], { ...plain, tolerance });
    expect(result.status, result.reason).toBe('converged');
    for (const value of result.parameters) expect(value).toBeCloseTo(1, 6);
  });
});

test.each([
  ['a line', (p: Float64Array, g: Float64Array): number => g.fill(1) && (p[0] as number)],
  ['a hill', (p: Float64Array, g: Float64Array): number => g.fill(-2 * (p[0] as number)) && -((p[0] as number) ** 2)],
])('%s has no minimum, and that is said', (_, evaluate) => {
  for (const optimizer of [new LBFGS(), new BFGS()]) {
    const result = minimizeSync({ evaluate }, [1], { optimizer });
    expect(result.status, result.reason).toBe('diverged');
    expect(result.reason).toContain('goes on falling');
    expect(result.parameters.every(Number.isFinite)).toBe(true);
  }
});

test('first-order rules step with the whole gradient', () => {
  const optimizer = new AdaGrad({ learningRate: 0.5 });
  const result = minimizeSync(bowl, [3, -2], { optimizer });
  expect(result.status, result.reason).toBe('converged');
  expect(result.optimizer).toBe('AdaGrad');
  for (const value of result.parameters) expect(value).toBeCloseTo(1, 7);
  const state = optimizer.init({ size: 2, blocks: [] });
  const p = Float64Array.of(3, -2);
  const gradient = new Float64Array(2);
  for (let k = 0; k < 5; k += 1) {
    bowl.evaluate?.(p, gradient);
    optimizer.step(p, gradient, 0.5, state);
  }
  expect(minimizeSync(bowl, [3, -2], { optimizer, maxIterations: 5 }).parameters).toEqual(p);
  const wild = minimizeSync(bowl, [3, -2], { optimizer: new SGD({ learningRate: 100 }) });
  expect(wild).toMatchObject({ status: 'diverged', reason: expect.stringContaining('smaller rate') });
  expect(wild.value).toBe(11);
});

test('the solver follows from what the problem offers', () => {
  const { evaluate, hessian } = rosenbrock;
  const chosen = (problem: Problem, options = {}): string =>
    minimizeSync(problem, rosenbrockStart, { maxIterations: 1, ...options }).optimizer;
  expect(chosen({ evaluate })).toBe('BFGS');
  expect(chosen({ evaluate, hessian })).toBe('TrustRegion');
  expect(chosen({ evaluate, hessianVector: (_p, v, out) => out.set(v) })).toBe('TrustRegion');
  expect(chosen({ evaluate }, { bounds: { lower: 0 } })).toBe('LBFGSB');
  expect(chosen({ evaluate }, { l1: 1 })).toBe('OWLQN');
  expect(chosen({ evaluate }, { l1: 1, bounds: { lower: 0 } })).toBe('ProximalGradient');
  expect(minimizeSync(bowl, new Float64Array(101), { maxIterations: 1 }).optimizer).toBe('LBFGS');
});

test('separate functions, promises and values alone give the same minimum', async () => {
  const value = (p: Float64Array): number => rosenbrock.evaluate(p, new Float64Array(2));
  const gradient = (p: Float64Array, out: Float64Array): void => {
    rosenbrock.evaluate(p, out);
  };
  const whole = minimizeSync(rosenbrock, rosenbrockStart, { optimizer: new BFGS() });
  const parts = minimizeSync({ value, gradient }, rosenbrockStart, { optimizer: new BFGS() });
  const promised = await minimize(
    { value: async (p) => value(p), gradient: async (p, out) => gradient(p, out) },
    rosenbrockStart,
    { optimizer: new BFGS() },
  );
  expect(parts.parameters).toEqual(whole.parameters);
  expect(promised.parameters).toEqual(whole.parameters);
  const alone = minimizeSync(value, rosenbrockStart);
  expect(alone.status, alone.reason).toBe('converged');
  expect(alone.differenced).toEqual(['gradient']);
  // A value and two more for each of two parameters.
  expect(alone.evaluations % 5).toBe(0);
  expect(alone.gradientEvaluations).toBe(0);
  expect(alone.parameters[1]).toBeCloseTo(1, 5);
});

test('Hessians are made of gradients, and counted, where none is given', () => {
  const { evaluate } = rosenbrock;
  const given = minimizeSync(rosenbrock, rosenbrockStart, { optimizer: new TrustRegion() });
  const made = minimizeSync({ evaluate }, rosenbrockStart, { optimizer: new TrustRegion() });
  expect(given.differenced).toEqual([]);
  expect(made.differenced).toEqual(['Hessian']);
  expect(made.hessianEvaluations).toBe(0);
  expect(made.evaluations).toBeGreaterThan(given.evaluations);
  expect(made.parameters[0]).toBeCloseTo(1, 8);
});

test('Newton goes downhill where the Hessian is indefinite or singular', () => {
  // x² − y² + y⁴: a saddle at 0, minima at y = ±√½.
  const saddle: Problem = {
    evaluate(p, gradient) {
      const [x, y] = p as unknown as [number, number];
      gradient[0] = 2 * x;
      gradient[1] = -2 * y + 4 * y ** 3;
      return x * x - y * y + y ** 4;
    },
    hessian(p, out) {
      out.set([2, 0, 0, -2 + 12 * (p[1] as number) ** 2]);
    },
  };
  for (const optimizer of [new Newton(), new TrustRegion()]) {
    const result = minimizeSync(saddle, [1, 1e-3], { optimizer });
    expect(result.status, result.reason).toBe('converged');
    expect(Math.abs(result.parameters[1] as number)).toBeCloseTo(Math.SQRT1_2, 8);
  }
  const flat: Problem = {
    evaluate(p, gradient) {
      const e = (p[0] as number) + (p[1] as number) - 2;
      gradient.fill(2 * e);
      return e * e;
    },
    hessian: (_, out) => void out.fill(2),
  };
  const result = minimizeSync(flat, [5, 5], { optimizer: new Newton() });
  expect(result.status, result.reason).toBe('converged');
  expect(result.value).toBeLessThan(1e-16);
});

describe('budgets and stops', () => {
  test('iterations, evaluations and time', () => {
    expect(minimizeSync(rosenbrock, rosenbrockStart, { optimizer: new LBFGS(), maxIterations: 3 })).toMatchObject({
      status: 'budget',
      iterations: 3,
      reason: expect.stringContaining('3 iterations'),
    });
    const limited = minimizeSync(rosenbrock, rosenbrockStart, { optimizer: new LBFGS(), maxEvaluations: 10 });
    expect(limited.status).toBe('budget');
    expect(limited.evaluations).toBeLessThanOrEqual(11);
    const until = performance.now() + 30;
    const slow: Problem = {
      evaluate(p, gradient) {
        while (performance.now() < until && performance.now() % 1 < 0.9);
        return bowl.evaluate?.(p, gradient) as number;
      },
    };
    expect(minimizeSync(slow, new Float64Array(50), { maxTimeMs: 0 }).status).toBe('budget');
  });

  test('the best point is handed back, not the last', () => {
    const values: number[] = [];
    const result = minimizeSync(rosenbrock, rosenbrockStart, {
      maxIterations: 12,
      onIteration: ({ value }) => void values.push(value),
    });
    expect(values).toHaveLength(12);
    expect(result.value).toBe(Math.min(...values));
    expect(rosenbrock.evaluate(result.parameters, new Float64Array(2))).toBe(result.value);
  });

  test('onIteration stops, and an abort ends within the run', async () => {
    const stopped = minimizeSync(rosenbrock, rosenbrockStart, {
      onIteration: ({ iteration }) => (iteration === 4 ? 'stop' : undefined),
    });
    expect(stopped).toMatchObject({ status: 'early-stopped', iterations: 4 });
    const control = new AbortController();
    let calls = 0;
    const endless: Problem = {
      evaluate(p, gradient) {
        calls += 1;
        if (calls === 20) control.abort(new Error('enough'));
        return rosenbrock.evaluate(p, gradient);
      },
    };
    const aborted = await minimize(endless, rosenbrockStart, { signal: control.signal, optimizer: new LBFGS() });
    expect(aborted).toMatchObject({ status: 'aborted', reason: expect.stringContaining('enough') });
    expect(calls).toBe(20);
  });

  test('the event loop goes on while a long run works', async () => {
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const slow: Problem = {
      evaluate(p, gradient) {
        const until = performance.now() + 2;
        while (performance.now() < until);
        return rosenbrock.evaluate(p, gradient);
      },
    };
    await minimize(slow, rosenbrockStart, { maxIterations: 20 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });
});

test("the function's own error comes back, and nothing else changes", async () => {
  const start = Float64Array.from(rosenbrockStart);
  let calls = 0;
  const failing: Problem = {
    evaluate(p, gradient) {
      calls += 1;
      if (calls === 7) throw new RangeError('mine');
      return rosenbrock.evaluate(p, gradient);
    },
  };
  expect(() => minimizeSync(failing, start)).toThrow(new RangeError('mine'));
  calls = 0;
  await expect(minimize(failing, start)).rejects.toThrow('mine');
  expect([...start]).toEqual(rosenbrockStart);
  expect(minimizeSync(failing, start).status).toBe('converged');
});

test('an earlier result is taken up with its memory', () => {
  const first = minimizeSync(rosenbrock, rosenbrockStart, { optimizer: new LBFGS(), maxIterations: 20 });
  const warm = minimizeSync(rosenbrock, first, { optimizer: new LBFGS() });
  const cold = minimizeSync(rosenbrock, first.parameters, { optimizer: new LBFGS() });
  const whole = minimizeSync(rosenbrock, rosenbrockStart, { optimizer: new LBFGS() });
  expect(warm.iterations + 20).toBe(whole.iterations);
  expect(warm.parameters).toEqual(whole.parameters);
  expect(cold.parameters).not.toEqual(whole.parameters);
});

test('wrong arguments are named', () => {
  const code = (run: () => MinimizeResult): unknown => {
    try {
      return run().status;
    } catch (error) {
      return `${(error as { code?: string }).code} ${(error as Error).message}`;
    }
  };
  const evaluate = rosenbrock.evaluate;
  const cases: [() => MinimizeResult, RegExp][] = [
    [() => minimizeSync({}, [1]), /ERR_GRADUS_OPTION .*`problem`.*evaluate.*value.*neither/],
    [() => minimizeSync({ evaluate, grad: evaluate } as Problem, [1]), /ERR_GRADUS_OPTION .*grad/],
    [() => minimizeSync({ evaluate: 3 } as unknown as Problem, [1]), /`evaluate` to be a function, but got 3/],
    [() => minimizeSync({ evaluate }, 'x' as unknown as number[]), /the start to be an array/],
    [() => minimizeSync({ evaluate }, [1, Number.NaN]), /element 1 of the start/],
    [() => minimizeSync({ evaluate: () => 1 }, [1, 2]), /the gradient to be written/],
    [() => minimizeSync(() => 'x' as unknown as number, [1]), /value to be a number, but got 'x'/],
    [() => minimizeSync({ evaluate }, [1, 2], { bounds: { lower: [1] } }), /ERR_GRADUS_SHAPE .*`bounds.lower`.*2.*1/],
    [() => minimizeSync({ evaluate }, [1, 2], { bounds: { lower: 2, upper: 1 } }), /bounds of parameter 0/],
    [() => minimizeSync({ evaluate }, [1, 2], { l1: -1 }), /element 0 of `l1`/],
    [
      () => minimizeSync({ evaluate }, [1, 2], { l1: 1, optimizer: new BFGS() }),
      /`optimizer` to be one that can respect l1, but got BFGS/,
    ],
    [() => minimizeSync({ evaluate }, [1, 2], { maxIterations: -1 }), /`maxIterations`/],
    [() => minimizeSync({ evaluate }, [1, 2], { layout: [{ name: 'a', offset: 0, size: 1 }] }), /`layout`.*2.*1/],
    [
      () => minimizeSync({ value: () => 1, evaluate: (async () => 1) as never }, [1]),
      /at hand with the synchronous form/,
    ],
  ];
  for (const [run, wanted] of cases) expect(code(run)).toMatch(wanted);
});

test('a start that is not finite fails with a reason, and is no exception', () => {
  expect(minimizeSync({ evaluate: () => Number.NaN, hessian: () => {} }, [])).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('NaN'),
  });
  const log: Problem = {
    evaluate(p, gradient) {
      gradient[0] = 1 / (p[0] as number);
      return Math.log(p[0] as number);
    },
  };
  expect(minimizeSync(log, [-1])).toMatchObject({ status: 'failed', parameters: Float64Array.of(-1) });
});
