// Random quartics with many saddles and minima, curvatures of three orders and values
// near -1000, in random boxes and with random penalties: every run ends at a point that
// meets the conditions, never evaluates outside and never rises by more than rounding.

import { expect, test } from 'vitest';
import { LBFGSB } from '../../../lib/optimizers/lbfgsb.js';
import { OWLQN } from '../../../lib/optimizers/owlqn.js';
import { ProximalGradient } from '../../../lib/optimizers/proximal-gradient.js';
import type { Solver } from '../../../lib/optimizers/solver.js';
import { bounds, guarded, normalFrom, randomFrom, violation } from './bounded-problems.js';
import { drive, type Problem } from './drive-problem.js';

const random = randomFrom(77);
const normal = normalFrom(random);

/** Σ w (t⁴/4 − t²/2) + ‖p‖²/100, t = Ap − c. */
function quartic(n: number): Problem {
  const rows = Array.from({ length: n }, () => Float64Array.from({ length: n }, normal));
  const shifts = Array.from({ length: n }, normal);
  const contrast = 10 ** (3 * random());
  const evaluate: Problem['evaluate'] = (p, g) => {
    let value = 0;
    p.forEach((x, j) => {
      value += 0.01 * x * x;
      g[j] = 0.02 * x;
    });
    rows.forEach((row, i) => {
      const t = row.reduce((sum, a, j) => sum + a * p[j]!, -shifts[i]!);
      const weight = 1 + contrast * (i % 2);
      value += weight * (t ** 4 / 4 - (t * t) / 2);
      row.forEach((a, j) => {
        g[j]! += weight * (t ** 3 - t) * a;
      });
    });
    return value;
  };
  return { size: n, evaluate };
}

function draw() {
  const n = 1 + Math.floor(20 * random());
  const lower = Array.from({ length: n }, () => (random() < 0.3 ? Number.NEGATIVE_INFINITY : -random()));
  const upper = lower.map((least) => (random() < 0.3 ? Number.POSITIVE_INFINITY : Math.max(least, random() - 0.3)));
  return {
    problem: quartic(n),
    box: bounds(lower, upper),
    l1: Float64Array.from({ length: n }, () => (random() < 0.2 ? 0 : 5 * random())),
    start: Float64Array.from({ length: n }, normal),
  };
}

const draws = Array.from({ length: 60 }, draw);

const cases: readonly (readonly [string, Solver, 'bounds' | 'l1' | 'both', number])[] = [
  ['LBFGSB', new LBFGSB(), 'bounds', 150],
  ['LBFGSB with one pair', new LBFGSB({ memory: 1 }), 'bounds', 400],
  ['OWLQN', new OWLQN(), 'l1', 250],
  ['ProximalGradient', new ProximalGradient(), 'both', 1200],
];

test.each(cases)('%s', (_, solver, kind, evaluations) => {
  let total = 0;
  draws.forEach(({ problem, box, l1, start }, k) => {
    const posed = guarded({ ...problem, ...(kind !== 'l1' && { bounds: box }), ...(kind !== 'bounds' && { l1 }) });
    let lowest = Number.POSITIVE_INFINITY;
    const watch = ({ value }: { value: number }) => {
      expect(value).toBeLessThanOrEqual(lowest + 1e-14 * Math.abs(value));
      lowest = Math.min(lowest, value);
    };
    const run = drive(solver, posed, start, { tolerance: 1e-6, watch });
    expect(run.status, `quartic ${k}: ${run.reason}`).toBe('converged');
    expect(violation(posed, run.state.parameters)).toBeLessThan(2e-6);
    total += run.evaluations;
  });
  expect(total / draws.length).toBeLessThan(evaluations);
});
