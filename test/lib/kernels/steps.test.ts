// The update steps of every kernel set through `Kernels.step`: the same bits as the
// TypeScript ones in float64 and float32, the papers' formulas, PyTorch's trajectories
// (fixtures/steps-torch.json), and arguments that are refused.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type FloatArray, ruleNumbers } from '../../../lib/kernels/kernels.js';
import { Random } from '../../../lib/kernels/random.js';
import {
  adadelta,
  adagrad,
  adam,
  type FusedRule,
  momentum,
  rmsprop,
  ruleShapes,
  sgd,
} from '../../../lib/kernels/rules.js';
import { availableKernelSets, kernelSet } from '../../../lib/kernels/select.js';
import { ruleCases } from './textbook-rules.js';

const ofRMSprop = { decay: 0.9, epsilon: 1e-8, epsilonPlacement: 'outside', momentum: 0, centered: false } as const;
const ofAdam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, epsilonHat: false, decay: 0, amsgrad: false } as const;
const random = new Random(77);
const types = [Float64Array, Float32Array] as const;
type ArrayType = (typeof types)[number];

/** A copy of numbers that begins `offset` places into its memory, with a guard at each end. */
function guarded(values: FloatArray, offset: number): FloatArray {
  const memory = new (values.constructor as ArrayType)(values.length + offset + 8).fill(12345.5);
  memory.set(values, offset);
  return memory.subarray(offset, offset + values.length);
}

function isIntact(array: FloatArray): boolean {
  const whole = new (array.constructor as ArrayType)(array.buffer as ArrayBuffer);
  const first = array.byteOffset / array.BYTES_PER_ELEMENT;
  return whole.every((value, i) => (i >= first && i < first + array.length) || value === 12345.5);
}

function scalarsOf(rule: FusedRule, step: number): Float64Array {
  const scalars = new Float64Array(ruleShapes[rule.name].scalars);
  rule.fill(0.02, step, scalars, 0);
  return scalars;
}

interface Point {
  readonly parameters: FloatArray;
  readonly gradient: FloatArray;
  readonly state: readonly FloatArray[];
}

const arraysOf = ({ parameters, gradient, state }: Point): FloatArray[] => [parameters, gradient, ...state];

function copyOf({ parameters, gradient, state }: Point, offset: number): Point {
  const copy = (array: FloatArray): FloatArray => guarded(array, offset);
  return { parameters: copy(parameters), gradient: copy(gradient), state: state.map(copy) };
}

function pointOf(rule: FusedRule, type: ArrayType, length: number, number: () => number): Point {
  const make = (value: () => number): FloatArray => new type(Array.from({ length }, value));
  const state = Array.from({ length: ruleShapes[rule.name].states }, () => make(() => Math.abs(number())));
  return { parameters: make(number), gradient: make(number), state };
}

/** The first place where two points differ in a bit; any NaN is as good as another. */
function difference(a: Point, b: Point): string | undefined {
  const others = arraysOf(b);
  for (const [k, array] of arraysOf(a).entries()) {
    const other = others[k] as FloatArray;
    const j = array.findIndex((value, i) => !Object.is(value, other[i]));
    if (j >= 0) return `array ${k}, number ${j}: ${array[j]} and ${other[j]}`;
  }
  return undefined;
}

const normal = (): number => (random.uniform() + random.uniform() + random.uniform() - 1.5) * 2;
const special = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 5e-324, -1e-310, 1e-45, 3e38, 1.7e308, 1e-160];
const odd = (): number => special[random.below(special.length)] as number;

describe.each(availableKernelSets())('update steps on %s', (set) => {
  const kernels = kernelSet(set);
  const portable = kernelSet('portable');

  test.each(ruleCases)('have the bits of the TypeScript ones: $what', ({ rule }) => {
    for (const type of types) {
      for (let length = 0; length <= 67; length += 1) {
        for (const number of [normal, odd]) {
          const point = pointOf(rule, type, length, number);
          const wanted = copyOf(point, 0);
          const got = copyOf(point, 1 + (length % 3));
          for (let step = 0; step < 3; step += 1) {
            const scalars = scalarsOf(rule, step);
            portable.step(rule.name, scalars, wanted.parameters, wanted.gradient, wanted.state, 1);
            kernels.step(rule.name, scalars, got.parameters, got.gradient, got.state, 1);
            expect(difference(got, wanted), `${type.name}, ${length} parameters, step ${step}`).toBeUndefined();
          }
          expect(arraysOf(got).every(isIntact)).toBe(true);
        }
      }
    }
  });

  test('give the same bits on any number of threads', () => {
    const bytes = (array: FloatArray): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
    for (const rule of [sgd(), adam({ ...ofAdam, amsgrad: true })]) {
      for (const type of types) {
        const point = pointOf(rule, type, 450_001, normal);
        const one = copyOf(point, 0);
        const three = copyOf(point, 3);
        kernels.step(rule.name, scalarsOf(rule, 4), one.parameters, one.gradient, one.state, 1);
        kernels.step(rule.name, scalarsOf(rule, 4), three.parameters, three.gradient, three.state, 3);
        const others = arraysOf(three);
        const same = arraysOf(one).every((array, k) => bytes(array).equals(bytes(others[k] as FloatArray)));
        expect(same, `${rule.name} ${type.name}`).toBe(true);
      }
    }
  });

  test.each(ruleCases)('follow the paper: $what', ({ rule, textbook, start }) => {
    for (const [type, bound] of [
      [Float64Array, 1e-12],
      [Float32Array, 1e-4],
    ] as const) {
      const n = 37;
      const point = pointOf(rule, type, n, normal);
      for (const [k, value] of start.entries()) (point.state[k] as FloatArray).fill(value);
      const theta = Array.from(point.parameters);
      const states = theta.map(() => [...start]);
      for (let step = 0; step < 40; step += 1) {
        for (let j = 0; j < n; j += 1) {
          point.gradient[j] = normal();
          theta[j] = textbook(theta[j] as number, point.gradient[j] as number, states[j] as number[], 0.02, step + 1);
        }
        kernels.step(rule.name, scalarsOf(rule, step), point.parameters, point.gradient, point.state, 1);
      }
      for (let j = 0; j < n; j += 1) {
        const wanted = [theta[j] as number, ...(states[j] as number[])];
        const got = [point.parameters, ...point.state].map((array) => array[j] as number);
        for (const [k, value] of wanted.entries()) {
          expect(Math.abs((got[k] as number) - value), `${type.name}, array ${k}`).toBeLessThan(
            bound * Math.max(1, Math.abs(value)),
          );
        }
      }
    }
  });

  test('are refused for arrays that do not fit', () => {
    const four = (): Float64Array => new Float64Array(4);
    const scalars = Float64Array.of(0.1, 0.9);
    const step = (...state: readonly FloatArray[]) => kernels.step('momentum', scalars, four(), four(), state, 1);
    const memory = new Float64Array(7);
    step(four());
    kernels.step('momentum', scalars, memory.subarray(0, 2), memory.subarray(2, 4), [memory.subarray(4, 6)], 1);
    const bad: Record<string, () => void> = {
      'no state': () => step(),
      'too much state': () => step(four(), four()),
      'four arrays of state': () => step(four(), four(), four(), four()),
      'another length': () => step(new Float64Array(5)),
      'another type': () => step(new Float32Array(4)),
      'too few scalars': () => kernels.step('momentum', Float64Array.of(1), four(), four(), [four()], 1),
      'too many scalars': () => kernels.step('momentum', new Float64Array(3), four(), four(), [four()], 1),
      'the gradient as state': () =>
        kernels.step('momentum', scalars, four(), memory.subarray(0, 4), [memory.subarray(0, 4)], 1),
      'an overlap': () => kernels.step('momentum', scalars, memory.subarray(0, 4), four(), [memory.subarray(3, 7)], 1),
      'an overlap with the scalars': () =>
        kernels.step('momentum', memory.subarray(0, 2), memory.subarray(1, 5), four(), [four()], 1),
      'whole numbers': () =>
        kernels.step('sgd', Float64Array.of(1), new Int32Array(4) as never, new Int32Array(4) as never, [], 1),
    };
    for (const [what, call] of Object.entries(bad)) {
      expect(call, what).toThrow(expect.objectContaining({ code: 'ERR_GRADUS_OPTION' }));
    }
  });
});

test('every rule was among them', () => {
  expect(new Set(ruleCases.map(({ rule }) => rule.name))).toEqual(new Set(Object.keys(ruleNumbers)));
});

interface Trajectory {
  readonly [step: string]: readonly number[];
}

interface Fixture {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly c: number;
  readonly start: readonly number[];
  readonly cases: Readonly<Record<string, { readonly float64: Trajectory; readonly float32: Trajectory }>>;
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/steps-torch.json', import.meta.url), 'utf8'),
) as Fixture;

/** The options of the fixture in our words: rule, rate, and where all of its state starts. */
const ours: Readonly<Record<string, readonly [rule: FusedRule, rate: number, start: number]>> = {
  SGD: [sgd(), 0.05, 0],
  'SGD, momentum': [momentum(0.9), 0.05, 0],
  'SGD, Nesterov': [momentum(0.9, true), 0.05, 0],
  Adagrad: [adagrad(1e-4, 'outside'), 0.3, 0],
  'Adagrad, initial accumulator': [adagrad(1e-10, 'outside'), 0.3, 0.1],
  RMSprop: [rmsprop(ofRMSprop), 0.02, 0],
  'RMSprop, momentum': [rmsprop({ ...ofRMSprop, momentum: 0.8 }), 0.02, 0],
  'RMSprop, centered': [rmsprop({ ...ofRMSprop, epsilon: 0.01, centered: true }), 0.02, 0],
  'RMSprop, centered, momentum': [rmsprop({ ...ofRMSprop, epsilon: 0.01, centered: true, momentum: 0.8 }), 0.02, 0],
  Adadelta: [adadelta(0.9, 1e-4), 1, 0],
  Adam: [adam({ ...ofAdam, epsilon: 1e-6 }), 0.1, 0],
  'Adam, AMSGrad': [adam({ ...ofAdam, amsgrad: true }), 0.1, 0],
  AdamW: [adam({ ...ofAdam, decay: 0.05 }), 0.1, 0],
};

/** The gradient of the fixture's quadratic, operation by operation. */
function gradientOf(theta: FloatArray, out: FloatArray): void {
  const { a, b, c } = fixture;
  for (let j = 0; j < theta.length; j += 1) {
    let g = (a[j] as number) * ((theta[j] as number) - (b[j] as number));
    if (j > 0) g += c * ((theta[j] as number) - (theta[j - 1] as number));
    if (j + 1 < theta.length) g += c * ((theta[j] as number) - (theta[j + 1] as number));
    out[j] = g;
  }
}

describe.each(Object.entries(fixture.cases))('PyTorch: %s', (name, wanted) => {
  test.each([
    { type: Float64Array, steps: wanted.float64, bound: 1e-12 },
    { type: Float32Array, steps: wanted.float32, bound: 3e-5 },
  ])('$type.name', ({ type, steps, bound }) => {
    const [rule, rate, start] = ours[name] as (typeof ours)[string];
    for (const set of availableKernelSets()) {
      const theta = type.from(fixture.start);
      const gradient = new type(theta.length);
      const state = Array.from({ length: ruleShapes[rule.name].states }, () => new type(theta.length).fill(start));
      const scalars = new Float64Array(ruleShapes[rule.name].scalars);
      for (let step = 0; step < 50; step += 1) {
        gradientOf(theta, gradient);
        rule.fill(rate, step, scalars, 0);
        kernelSet(set).step(rule.name, scalars, theta, gradient, state, 1);
        for (const [j, value] of steps[`${step + 1}`]?.entries() ?? []) {
          const error = Math.abs((theta[j] as number) - value) / Math.abs(value);
          expect(error, `${set}, step ${step + 1}, parameter ${j}`).toBeLessThan(bound);
        }
      }
    }
  });
});
