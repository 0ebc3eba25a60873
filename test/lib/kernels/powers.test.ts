// 1 − βᵗ against integer arithmetic with 400 bits: right to the last place or the one
// beside it, whatever was asked before.

import { expect, test } from 'vitest';
import { PowerComplement } from '../../../lib/kernels/powers.js';

const places = 400n;
const one = 1n << places;

/** 1 − βᵗ, from the exact value of β. */
function exact(beta: number, t: number): number {
  let square = (BigInt(beta * 2 ** 80) << places) >> 80n; // no bit is lost for β ≥ 2⁻²⁷
  let power = one;
  for (let left = t; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = (power * square) >> places;
    square = (square * square) >> places;
  }
  const bits = (one - power) >> (places - 120n);
  return Number(bits) / 2 ** 120;
}

test('is right to the last place or the one beside it', () => {
  for (const beta of [0, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.95, 1 - 2 ** -20]) {
    const complement = new PowerComplement(beta);
    for (const t of [0, 1, 2, 3, 10, 63, 64, 65, 127, 128, 129, 1000, 999, 4096, 37_000, 1_000_000, 123_456_789]) {
      const wanted = exact(beta, t);
      expect(Math.abs(complement.at(t) - wanted), `${beta} ** ${t}`).toBeLessThanOrEqual(2 ** -52 * wanted);
    }
  }
});

test('does not depend on what was asked before', () => {
  const used = new PowerComplement(0.999);
  for (const t of [5000, 1, 64, 5000, 130, 63]) expect(used.at(t)).toBe(new PowerComplement(0.999).at(t));
});
