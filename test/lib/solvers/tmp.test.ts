import { test } from 'vitest';
import { LBFGSB } from '../../../lib/optimizers/lbfgsb.js';
import { ProximalGradient } from '../../../lib/optimizers/proximal-gradient.js';
import { drive } from './drive-problem.js';
import { bounds, boxMinimum, guarded, randomFrom, randomQuadratic, rosenbrock, violation } from './problems-bounded.js';
test('x', () => {
  const random = randomFrom(1);
  let worst = 0, it = 0, ev = 0, bad = 0, n0=0;
  for (let k = 0; k < 200; k += 1) {
    const n = 1 + Math.floor(random() * 6);
    const q = randomQuadratic(n, 10 ** (4 * random()), random);
    const lo = Array.from({length: n}, () => random() < 0.2 ? -Infinity : -1.5 * random());
    const up = Array.from({length: n}, (_, i) => random() < 0.2 ? Infinity : random() < 0.1 && lo[i]! > -9 ? lo[i]! : 1.5 * random());
    const p = guarded({ ...q, bounds: bounds(lo, up) });
    const exact = boxMinimum(q, p.bounds!.lower, p.bounds!.upper);
    const r = drive(new LBFGSB(), p, Array.from({length: n}, () => 4 * random() - 2), { tolerance: 1e-10, iterations: 300 });
    const e = Math.max(...exact.map((x, i) => Math.abs(x - r.state.parameters[i]!)));
    if (!(e < 1e-6)) { bad++; console.log(k, n, e, r.status, r.reason, r.evaluations, violation(p, r.state.parameters)); }
    worst = Math.max(worst, e); it += r.state.iteration; ev += r.evaluations; n0++;
  }
  console.log('quadratics', bad, worst, it / n0, ev / n0);
  for (const [n, lo, up] of [[2,-2,2],[2,-2,0.5],[10,-2,2],[10,-2,0.8],[30,1.1,10],[30,-Infinity,Infinity]] as const) {
    const p = guarded({ size: n, evaluate: rosenbrock, bounds: bounds(Array(n).fill(lo), Array(n).fill(up)) });
    const r = drive(new LBFGSB(), p, Array.from({length:n}, (_, i) => i % 2 ? 1 : -1.2), { tolerance: 1e-8 });
    console.log(n, lo, up, r.status, r.reason, r.state.value, r.evaluations, r.state.iteration, r.state.warnings);
  }
});
