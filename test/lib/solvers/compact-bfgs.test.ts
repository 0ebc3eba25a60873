// The compact matrices against BFGS updates of a dense matrix, and the Cauchy point
// against a walk along the projected path in small steps.

import { expect, test } from 'vitest';
import { findCauchyPoint, makeCauchyPoint } from '../../../lib/optimizers/cauchy-point.js';
import {
  type CompactBfgs,
  factorFree,
  makeCompactBfgs,
  makeSaddleFactor,
  rowTimes,
  scaleHalves,
  solveSaddle,
  timesTransposed,
  update,
} from '../../../lib/optimizers/compact-bfgs.js';
import { normalFrom, randomFrom, randomQuadratic, solve } from './bounded-problems.js';

const size = 6;
const memory = 3;

interface Case {
  readonly bfgs: CompactBfgs;
  /** θ I updated with the last pairs, oldest first. */
  readonly dense: number[][];
}

function afterPairs(count: number, seed: number, scale = 1): Case {
  const random = randomFrom(seed);
  const normal = normalFrom(random);
  const { matrix } = randomQuadratic(size, 20, random);
  const bfgs = makeCompactBfgs(size, memory);
  const pairs = Array.from({ length: count }, () => {
    const s = Array.from({ length: size }, () => normal() * scale);
    const y = matrix.map((row) => row.reduce((sum, a, j) => sum + a * s[j]!, 0));
    update(bfgs, Float64Array.from(s), Float64Array.from(y), dot(s, y));
    return { s, y };
  });
  const last = pairs.at(-1)!;
  const theta = dot(last.y, last.y) / dot(last.s, last.y);
  let dense = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? theta : 0)));
  for (const { s, y } of pairs.slice(-memory)) {
    const product = dense.map((row) => dot(row, s));
    const sBs = dot(product, s);
    const sy = dot(s, y);
    dense = dense.map((row, i) => row.map((b, j) => b - (product[i]! * product[j]!) / sBs + (y[i]! * y[j]!) / sy));
  }
  return { bfgs, dense };
}

function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return Array.from(x).reduce((sum, xi, i) => sum + xi * y[i]!, 0);
}

/** B d by θ(d − W M Wᵀd). */
function timesB(bfgs: CompactBfgs, d: Float64Array): number[] {
  const small = new Float64Array(2 * memory);
  timesTransposed(bfgs, d, small);
  solveSaddle(bfgs.middle, small);
  scaleHalves(bfgs, small);
  return Array.from(d, (di, i) => bfgs.theta * (di - rowTimes(bfgs, i, small)));
}

test.each([1, 2, 3, 4, 7])('after %i pairs B is that of the dense updates', (count) => {
  for (const scale of [1, 1e-140, 1e140]) {
    const { bfgs, dense } = afterPairs(count, count, scale);
    const d = Float64Array.from({ length: size }, (_, i) => Math.cos(i));
    timesB(bfgs, d).forEach((value, i) => {
      expect(value).toBeCloseTo(dot(dense[i]!, d), 10);
    });
  }
});

test.each([[[0, 1, 2, 3, 4, 5]], [[1, 3, 4, 5]], [[0, 4]], [[2]]])('the reduced matrix over %j is inverted', (free) => {
  const { bfgs, dense } = afterPairs(5, 3);
  const isFree = Float64Array.from({ length: size }, (_, i) => (free.includes(i) ? 1 : 0));
  const factor = makeSaddleFactor(memory);
  expect(factorFree(bfgs, isFree, free.length, factor)).toBe(true);
  const right = isFree.map((one, i) => one * Math.sin(i + 1));
  const small = new Float64Array(2 * memory);
  timesTransposed(bfgs, right, small);
  solveSaddle(factor, small);
  scaleHalves(bfgs, small);
  const wanted = solve(
    free.map((i) => free.map((j) => dense[i]![j]!)),
    free.map((i) => right[i]!),
  );
  free.forEach((i, k) => {
    expect((right[i]! + rowTimes(bfgs, i, small)) / bfgs.theta).toBeCloseTo(wanted[k]!, 9);
  });
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('the Cauchy point is the first minimum of the path, case %i', (seed) => {
  const { bfgs, dense } = afterPairs(4, seed);
  const random = randomFrom(1000 + seed);
  const normal = normalFrom(random);
  const x = Float64Array.from({ length: size }, normal);
  const g = Float64Array.from({ length: size }, () => 2 * normal());
  const lower = x.map((xi) => xi - (random() < 0.3 ? 0 : 2 * random()));
  const upper = x.map((xi) => (random() < 0.2 ? Number.POSITIVE_INFINITY : xi + 2 * random()));
  const cauchy = makeCauchyPoint(size, memory);
  expect(findCauchyPoint(cauchy, bfgs, x, g, lower, upper)).toBe(true);
  const pathAt = (t: number) => Array.from(x, (xi, i) => Math.min(upper[i]!, Math.max(lower[i]!, xi - t * g[i]!)));
  const modelAt = (point: number[]) => {
    const z = point.map((p, i) => p - x[i]!);
    const product = dense.map((row) => dot(row, z));
    return { value: dot(g, z) + 0.5 * dot(z, product), gradient: product.map((b, i) => b + g[i]!) };
  };
  let t = 0;
  while (t < 100 && modelAt(pathAt(t + 1e-4)).value < modelAt(pathAt(t)).value) t += 1e-4;
  const walked = pathAt(t);
  const { gradient } = modelAt([...cauchy.point]);
  walked.forEach((p, i) => {
    expect(cauchy.point[i]).toBeCloseTo(p, 2);
    if (cauchy.isFree[i] === 1) expect(cauchy.modelGradient[i]! * cauchy.largest).toBeCloseTo(gradient[i]!, 9);
    else expect([lower[i], upper[i]]).toContain(cauchy.point[i]);
  });
  expect(modelAt([...cauchy.point]).value).toBeLessThanOrEqual(modelAt(walked).value + 1e-12);
});
