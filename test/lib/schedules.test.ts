// Schedules as closed forms of the step: PyTorch's rates at every step, both ends,
// what is saved and made again, and what is refused.

import { readFileSync } from 'node:fs';
import {
  Adam,
  constant,
  cosineDecay,
  exponentialDecay,
  fitSync,
  LinearRegression,
  oneCycle,
  type Schedule,
  SGD,
  warmup,
} from 'gradus';
import { expect, test } from 'vitest';
import { scheduleOf } from '../../lib/schedules/schedule.js';
import { diabetes } from './diabetes.js';

const file = new URL('../fixtures/schedules-torch.json', import.meta.url);
const torch: Readonly<Record<string, readonly number[]>> = JSON.parse(readFileSync(file, 'utf8')).cases;

const schedules: Readonly<Record<string, Schedule>> = {
  cosine: cosineDecay(0.4, { steps: 100, final: 0.01 }),
  'one cycle': oneCycle(0.4, { steps: 100 }),
  'one cycle, other numbers': oneCycle(2, { steps: 57, rise: 0.45, initial: 0.2, final: 0.002 }),
  'warm cosine': warmup(cosineDecay(0.4, { steps: 50 }), { steps: 10, initial: 0.25 }),
};

test.each(Object.entries(schedules))("%s: PyTorch's rates at every step", (name, schedule) => {
  const wanted = torch[name] as readonly number[];
  for (const [step, rate] of wanted.entries()) {
    expect(Math.abs(schedule(step) - rate), `step ${step}`).toBeLessThan(1e-12 * Math.max(1, rate));
  }
});

test('beyond their last step they stay', () => {
  expect(cosineDecay(1, { steps: 10, final: 0.1 })(1000)).toBe(0.1);
  const cycle = oneCycle(1, { steps: 10, final: 0.01 });
  expect(cycle(1000)).toBe(cycle(9));
  expect(warmup(0.5, { steps: 4 })(100)).toBe(0.5);
  expect([0, 1, 2, 3, 4].map(warmup(0.5, { steps: 4 }))).toEqual([0, 0.125, 0.25, 0.375, 0.5]);
});

test.each([
  ...Object.values(schedules),
  warmup(exponentialDecay(0.1, 0.9), { steps: 5 }),
  warmup(constant(3), { steps: 2, initial: 1 }),
])('a schedule is made again from its description', (schedule) => {
  const again = scheduleOf(JSON.parse(JSON.stringify(schedule.description)));
  for (let step = 0; step < 130; step += 1) expect(again(step)).toBe(schedule(step));
  expect(again.description).toEqual(schedule.description);
});

test('a warm-up of a function of the user has no description', () => {
  const own = warmup((step) => 1 / (1 + step), { steps: 2 });
  expect(own.description).toBeUndefined();
  expect([0, 1, 2, 3].map(own)).toEqual([0, 0.5, 1, 0.5]);
});

test('rules follow them', () => {
  const rates: number[] = [];
  const learningRate = warmup(cosineDecay(0.3, { steps: 40 }), { steps: 10, initial: 0.1 });
  for (const optimizer of [new SGD({ learningRate }), new Adam({ learningRate })]) {
    const model = new LinearRegression({ standardize: true });
    const result = fitSync(model, diabetes(), {
      optimizer,
      epochs: 50,
      batchSize: 442,
      onEpoch: (record) => void rates.push(record.learningRate),
    });
    expect(result.loss).toBeLessThan(result.history[0]?.loss as number);
  }
  expect(rates.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, step) => learningRate(step)));
});

test.each<[() => Schedule, RegExp]>([
  [() => cosineDecay(0, { steps: 5 }), /`rate`.*positive/],
  [() => cosineDecay(1, { steps: 0 }), /`steps`.*at least 1/],
  [() => cosineDecay(1, { steps: 5, end: 0 } as never), /end/],
  [() => oneCycle(1, { steps: 1 }), /`steps`.*at least 2/],
  [() => oneCycle(1, { steps: 9, rise: 1 }), /`rise`.*below 1/],
  [() => oneCycle(1, { steps: 9, initial: 2 }), /`initial`.*at most 1/],
  [() => warmup('fast' as never, { steps: 2 }), /`schedule`.*a rate or a schedule/],
  [() => warmup(1, { steps: 2, initial: 2 }), /`initial`.*at most 1/],
])('wrong numbers are refused: %#', (construct, message) => {
  expect(construct).toThrow(message);
});
