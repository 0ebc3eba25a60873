// The update rules of first-order methods, in place: the arithmetic of
// native/kernels/rules.inc, where their sources are. + − × ÷ √ and comparisons only,
// each rounded by itself, so that given the same gradient every kernel set gives the
// same bits. The scalars of each are listed in lib/kernels/rules.ts.

import { describeValue, expectedBut } from '../../errors.js';
import type { FloatArray, RuleName } from '../kernels.js';
import { ruleShapes } from '../rules.js';

/**
 * One step over n = gradient.length parameters. All arrays are float64, or all float32.
 * @param scalars those of the step, from `at` on. @param state the rule's arrays, each as long as the parameters.
 */
export type StepKernel = (
  gradient: FloatArray,
  scalars: Float64Array,
  at: number,
  parameters: FloatArray,
  state: readonly FloatArray[],
) => void;

/** A result of one operation as its type holds it. Rounding a float64 one to float32 is rounding once (Figueroa 1995). */
function f(x: number, single: boolean): number {
  return single ? Math.fround(x) : x;
}

/** decay·old + rest·value: an average that moves towards the value. */
function average(decay: number, rest: number, old: number, value: number, single: boolean): number {
  return f(f(decay * old, single) + f(rest * value, single), single);
}

/** √(x + inside) + outside: what a step is divided by, with ε in one of the two places. */
function root(x: number, outside: number, inside: number, single: boolean): number {
  return f(f(Math.sqrt(f(x + inside, single)), single) + outside, single);
}

function isSingle(array: FloatArray): boolean {
  return array instanceof Float32Array;
}

/** θ ← θ − η·g. */
const sgd: StepKernel = (gradient, scalars, at, theta) => {
  const single = isSingle(theta);
  const rate = f(scalars[at]!, single);
  for (let j = 0; j < gradient.length; j += 1) theta[j] = theta[j]! - f(rate * gradient[j]!, single);
};

/** b ← μ·b + g; θ ← θ − η·b. */
const momentum: StepKernel = (gradient, scalars, at, theta, state) => {
  const single = isSingle(theta);
  const rate = f(scalars[at]!, single);
  const mu = f(scalars[at + 1]!, single);
  const b = state[0]!;
  for (let j = 0; j < gradient.length; j += 1) {
    const next = f(f(mu * b[j]!, single) + gradient[j]!, single);
    b[j] = next;
    theta[j] = theta[j]! - f(rate * next, single);
  }
};

/** The same with a look ahead: θ ← θ − η·(g + μ·b). */
const nesterov: StepKernel = (gradient, scalars, at, theta, state) => {
  const single = isSingle(theta);
  const rate = f(scalars[at]!, single);
  const mu = f(scalars[at + 1]!, single);
  const b = state[0]!;
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const next = f(f(mu * b[j]!, single) + g, single);
    b[j] = next;
    theta[j] = theta[j]! - f(rate * f(g + f(mu * next, single), single), single);
  }
};

/** s ← s + g²; θ ← θ − η·g / (√(s + inside) + outside). */
const adagrad: StepKernel = (gradient, scalars, at, theta, state) => {
  const single = isSingle(theta);
  const rate = f(scalars[at]!, single);
  const outside = f(scalars[at + 1]!, single);
  const inside = f(scalars[at + 2]!, single);
  const s = state[0]!;
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const next = f(s[j]! + f(g * g, single), single);
    s[j] = next;
    const divisor = root(next, outside, inside, single);
    theta[j] = theta[j]! - f(f(rate * g, single) / divisor, single);
  }
};

/**
 * v ← average of g²; centered: m ← average of g, and max(0, v − m²) in place of v; θ ← θ − η·g / root, or with momentum
 * b ← μ·b + g / root, θ ← θ − η·b.
 */
function rmsprop(centered: boolean, buffered: boolean): StepKernel {
  return (gradient, scalars, at, theta, state) => {
    const single = isSingle(theta);
    const rate = f(scalars[at]!, single);
    const decay = f(scalars[at + 1]!, single);
    const rest = f(scalars[at + 2]!, single);
    const outside = f(scalars[at + 3]!, single);
    const inside = f(scalars[at + 4]!, single);
    const mu = buffered ? f(scalars[at + 5]!, single) : 0;
    const v = state[0]!;
    const m = state[1]!;
    const b = state[centered ? 2 : 1]!;
    for (let j = 0; j < gradient.length; j += 1) {
      const g = gradient[j]!;
      const square = average(decay, rest, v[j]!, f(g * g, single), single);
      v[j] = square;
      let spread = square;
      if (centered) {
        const mean = average(decay, rest, m[j]!, g, single);
        m[j] = mean;
        spread = f(square - f(mean * mean, single), single);
        if (spread < 0) spread = 0;
      }
      const divisor = root(spread, outside, inside, single);
      if (buffered) {
        const next = f(f(mu * b[j]!, single) + f(g / divisor, single), single);
        b[j] = next;
        theta[j] = theta[j]! - f(rate * next, single);
      } else {
        theta[j] = theta[j]! - f(f(rate * g, single) / divisor, single);
      }
    }
  };
}

/** v ← average of g²; d = √(u + ε) / √(v + ε) · g; u ← average of d²; θ ← θ − η·d. */
const adadelta: StepKernel = (gradient, scalars, at, theta, state) => {
  const single = isSingle(theta);
  const rate = f(scalars[at]!, single);
  const decay = f(scalars[at + 1]!, single);
  const rest = f(scalars[at + 2]!, single);
  const epsilon = f(scalars[at + 3]!, single);
  const v = state[0]!;
  const u = state[1]!;
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const square = average(decay, rest, v[j]!, f(g * g, single), single);
    v[j] = square;
    const above = f(Math.sqrt(f(u[j]! + epsilon, single)), single);
    const below = f(Math.sqrt(f(square + epsilon, single)), single);
    const d = f(f(above / below, single) * g, single);
    u[j] = average(decay, rest, u[j]!, f(d * d, single), single);
    theta[j] = theta[j]! - f(rate * d, single);
  }
};

/** m ← average of g; v ← average of g²; θ ← shrink·θ − η·m / (scale·√v + ε); AMSGrad: with the largest v so far. */
function adam(largest: boolean): StepKernel {
  return (gradient, scalars, at, theta, state) => {
    const single = isSingle(theta);
    const shrink = f(scalars[at]!, single);
    const rate = f(scalars[at + 1]!, single);
    const decay1 = f(scalars[at + 2]!, single);
    const rest1 = f(scalars[at + 3]!, single);
    const decay2 = f(scalars[at + 4]!, single);
    const rest2 = f(scalars[at + 5]!, single);
    const scale = f(scalars[at + 6]!, single);
    const epsilon = f(scalars[at + 7]!, single);
    const m = state[0]!;
    const v = state[1]!;
    const most = state[2]!;
    for (let j = 0; j < gradient.length; j += 1) {
      const g = gradient[j]!;
      const mean = average(decay1, rest1, m[j]!, g, single);
      let square = average(decay2, rest2, v[j]!, f(g * g, single), single);
      m[j] = mean;
      v[j] = square;
      if (largest) {
        if (square < most[j]!) square = most[j]!;
        most[j] = square;
      }
      const divisor = f(f(scale * f(Math.sqrt(square), single), single) + epsilon, single);
      theta[j] = f(shrink * theta[j]!, single) - f(f(rate * mean, single) / divisor, single);
    }
  };
}

/** c = inner average of m and g; θ ← shrink·θ − η·sign(c); m ← outer average of m and g. */
const lion: StepKernel = (gradient, scalars, at, theta, state) => {
  const single = isSingle(theta);
  const shrink = f(scalars[at]!, single);
  const rate = f(scalars[at + 1]!, single);
  const decay1 = f(scalars[at + 2]!, single);
  const rest1 = f(scalars[at + 3]!, single);
  const decay2 = f(scalars[at + 4]!, single);
  const rest2 = f(scalars[at + 5]!, single);
  const m = state[0]!;
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const c = average(decay1, rest1, m[j]!, g, single);
    m[j] = average(decay2, rest2, m[j]!, g, single);
    const step = c > 0 ? rate : c < 0 ? -rate : c;
    theta[j] = f(shrink * theta[j]!, single) - step;
  }
};

/** σ = (√(n + g²) − √n) / α; z ← z + g − σ·θ; n ← n + g²; θ ← (z held within ±λ₁ − z) / ((β + √n) / α + λ₂). */
const ftrl: StepKernel = (gradient, scalars, at, theta, state) => {
  const single = isSingle(theta);
  const inverse = f(scalars[at]!, single);
  const beta = f(scalars[at + 1]!, single);
  const l1 = f(scalars[at + 2]!, single);
  const l2 = f(scalars[at + 3]!, single);
  const z = state[0]!;
  const n = state[1]!;
  for (let j = 0; j < gradient.length; j += 1) {
    const g = gradient[j]!;
    const before = f(Math.sqrt(n[j]!), single);
    const sum = f(n[j]! + f(g * g, single), single);
    n[j] = sum;
    const after = f(Math.sqrt(sum), single);
    const sigma = f(f(after - before, single) * inverse, single);
    const next = f(f(z[j]! + g, single) - f(sigma * theta[j]!, single), single);
    z[j] = next;
    const above = next > 0 - l1 ? next : 0 - l1;
    const held = above < l1 ? above : l1;
    theta[j] = f(held - next, single) / f(f(f(beta + after, single) * inverse, single) + l2, single);
  }
};

export const stepKernels: Readonly<Record<RuleName, StepKernel>> = {
  sgd,
  momentum,
  nesterov,
  adagrad,
  rmsprop: rmsprop(false, false),
  rmspropMomentum: rmsprop(false, true),
  rmspropCentered: rmsprop(true, false),
  rmspropCenteredMomentum: rmsprop(true, true),
  adadelta,
  adam: adam(false),
  amsgrad: adam(true),
  lion,
  ftrl,
};

/** `step` of the portable set. */
export function step(
  rule: RuleName,
  scalars: Float64Array,
  parameters: FloatArray,
  gradient: FloatArray,
  state: readonly FloatArray[],
): void {
  checkArrays(rule, scalars, [parameters, gradient, ...state]);
  stepKernels[rule](gradient, scalars, 0, parameters, state);
}

/** What the addon refuses too. */
function checkArrays(rule: RuleName, scalars: Float64Array, arrays: readonly FloatArray[]): void {
  const shape = ruleShapes[rule];
  const [first] = arrays;
  const refuse = (wanted: string): never => {
    const got = [scalars, ...arrays].map(describeValue).join(', ');
    throw expectedBut('ERR_GRADUS_OPTION', `the arrays of a step of ${rule}`, wanted, got);
  };
  if (scalars.length !== shape.scalars) refuse(`${shape.scalars} scalars first`);
  if (arrays.length !== 2 + shape.states) refuse(`parameters, gradient and ${shape.states} of state`);
  if (!(first instanceof Float64Array || first instanceof Float32Array)) refuse('float64 or float32');
  for (const [i, array] of arrays.entries()) {
    if (array.constructor !== first?.constructor || array.length !== first.length) refuse('of one type and length');
    if ([scalars, ...arrays.slice(0, i)].some((other) => overlap(array, other))) refuse('apart in memory');
  }
}

function overlap(a: FloatArray, b: FloatArray): boolean {
  if (a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}
