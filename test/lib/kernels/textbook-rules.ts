// The update rules as their papers print them, for one parameter, in plain numbers:
// what the kernels and the scalars of lib/kernels/rules.ts are tested against.

import {
  adadelta,
  adagrad,
  adam,
  type FusedRule,
  ftrl,
  lion,
  momentum,
  rmsprop,
  sgd,
} from '../../../lib/kernels/rules.js';

/** One parameter's step t (from 1): changes the state and gives the new parameter. */
export type Textbook = (theta: number, g: number, state: number[], rate: number, t: number) => number;

export interface RuleCase {
  readonly what: string;
  readonly rule: FusedRule;
  readonly textbook: Textbook;
  /** Where each array of state may start. */
  readonly start: readonly number[];
}

function decayed(decay: number, state: number[], k: number, x: number): number {
  state[k] = decay * (state[k] as number) + (1 - decay) * x;
  return state[k];
}

function adagradCase(epsilon: number, placement: 'outside' | 'inside'): RuleCase {
  const textbook: Textbook = (theta, g, state, rate) => {
    state[0] = (state[0] as number) + g ** 2;
    const root = placement === 'inside' ? Math.sqrt(state[0] + epsilon) : Math.sqrt(state[0]) + epsilon;
    return theta - (rate / root) * g;
  };
  return { what: `AdaGrad, epsilon ${placement}`, rule: adagrad(epsilon, placement), textbook, start: [0.1] };
}

function rmspropCase(centered: boolean, mu: number, placement: 'outside' | 'inside'): RuleCase {
  const options = { decay: 0.9, epsilon: 1e-4, epsilonPlacement: placement, momentum: mu, centered };
  const textbook: Textbook = (theta, g, state, rate) => {
    let v = decayed(0.9, state, 0, g ** 2);
    if (centered) v -= decayed(0.9, state, 1, g) ** 2;
    const root = placement === 'inside' ? Math.sqrt(v + 1e-4) : Math.sqrt(v) + 1e-4;
    if (mu === 0) return theta - (rate * g) / root;
    const k = centered ? 2 : 1;
    state[k] = mu * (state[k] as number) + g / root;
    return theta - rate * state[k];
  };
  const start = [0.5, ...(centered ? [0.1] : []), ...(mu === 0 ? [] : [0.1])];
  const what = `RMSProp, ${centered ? 'centered, ' : ''}momentum ${mu}, epsilon ${placement}`;
  return { what, rule: rmsprop(options), textbook, start };
}

function adamCase(epsilonHat: boolean, decay: number, amsgrad: boolean): RuleCase {
  const rule = adam({ beta1: 0.9, beta2: 0.99, epsilon: 1e-4, epsilonHat, decay, amsgrad });
  const textbook: Textbook = (theta, g, state, rate, t) => {
    const m = decayed(0.9, state, 0, g);
    let v = decayed(0.99, state, 1, g ** 2);
    if (amsgrad) {
      v = Math.max(state[2] as number, v);
      state[2] = v;
    }
    const corrected = 1 - 0.99 ** t;
    const step = epsilonHat
      ? ((rate * Math.sqrt(corrected)) / (1 - 0.9 ** t)) * (m / (Math.sqrt(v) + 1e-4))
      : (rate * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / corrected) + 1e-4);
    return theta - rate * decay * theta - step;
  };
  const what = `${amsgrad ? 'AMSGrad' : 'Adam'}, ${epsilonHat ? 'epsilon-hat' : 'epsilon'}, decay ${decay}`;
  return { what, rule, textbook, start: amsgrad ? [0.1, 0.2, 0.1] : [0.1, 0.2] };
}

const momentumCases: RuleCase[] = [false, true].map((ahead) => ({
  what: ahead ? 'Nesterov' : 'momentum',
  rule: momentum(0.8, ahead),
  textbook: (theta, g, state, rate) => {
    state[0] = 0.8 * (state[0] as number) + g;
    return theta - rate * (ahead ? g + 0.8 * state[0] : state[0]);
  },
  start: [0.1],
}));

const adadeltaCase: RuleCase = {
  what: 'AdaDelta',
  rule: adadelta(0.9, 1e-3),
  textbook: (theta, g, state, rate) => {
    const v = decayed(0.9, state, 0, g ** 2);
    const delta = (Math.sqrt((state[1] as number) + 1e-3) / Math.sqrt(v + 1e-3)) * g;
    decayed(0.9, state, 1, delta ** 2);
    return theta - rate * delta;
  },
  start: [0.1, 0.1],
};

const lionCase: RuleCase = {
  what: 'Lion',
  rule: lion(0.9, 0.99, 0.05),
  textbook: (theta, g, state, rate) => {
    const c = 0.9 * (state[0] as number) + (1 - 0.9) * g;
    decayed(0.99, state, 0, g);
    return theta - rate * (Math.sign(c) + 0.05 * theta);
  },
  start: [0.1],
};

const ftrlCase: RuleCase = {
  what: 'FTRL-Proximal',
  rule: ftrl(1, 0.02, 0.3),
  textbook: (theta, g, state, alpha) => {
    const n = state[1] as number;
    const sigma = (Math.sqrt(n + g ** 2) - Math.sqrt(n)) / alpha;
    state[0] = (state[0] as number) + g - sigma * theta;
    state[1] = n + g ** 2;
    const z = state[0];
    if (Math.abs(z) <= 0.02) return 0;
    return -(z - Math.sign(z) * 0.02) / ((1 + Math.sqrt(state[1])) / alpha + 0.3);
  },
  start: [0, 0.1],
};

export const ruleCases: readonly RuleCase[] = [
  { what: 'SGD', rule: sgd(), textbook: (theta, g, _, rate) => theta - rate * g, start: [] },
  ...momentumCases,
  adagradCase(1e-7, 'outside'),
  adagradCase(1e-7, 'inside'),
  rmspropCase(false, 0, 'outside'),
  rmspropCase(false, 0, 'inside'),
  rmspropCase(false, 0.8, 'outside'),
  rmspropCase(true, 0, 'outside'),
  rmspropCase(true, 0, 'inside'),
  rmspropCase(true, 0.8, 'outside'),
  adadeltaCase,
  adamCase(false, 0, false),
  adamCase(true, 0, false),
  adamCase(false, 0.05, false),
  adamCase(false, 0, true),
  lionCase,
  ftrlCase,
];
