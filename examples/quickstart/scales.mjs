// Scales from data to pixels with their ticks: linear ones at steps of 1, 2 or 5 times a
// power of ten, logarithmic ones at powers of ten. A logarithmic scale puts whatever is
// at or below its floor on its first pixel, where a tick says so.

import { formatDecimals, formatNumber, powerOfTen } from './numbers.mjs';

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} at  pixel of a value
 * @property {(count: number) => { value: number, label: string }[]} ticks  about so many ticks, never more
 */

/**
 * @param {readonly [number, number]} domain
 * @param {readonly [number, number]} range  pixels
 * @returns {Scale}
 */
export function linearScale([low, high], [first, last]) {
  const span = high > low ? high - low : 1;
  return {
    at: (value) => first + ((value - low) / span) * (last - first),
    ticks(count) {
      const step = niceStep(span / count);
      const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      const plain = decimals <= 5 && Math.max(Math.abs(low), Math.abs(high)) < 1e6;
      const from = Math.ceil(low / step - 1e-9);
      const to = Math.floor((low + span) / step + 1e-9);
      return Array.from({ length: to - from + 1 }, (_, i) => {
        const value = (from + i) * step;
        return { value, label: plain ? formatDecimals(value, decimals) : formatNumber(value) };
      });
    },
  };
}

/**
 * @param {readonly [number, number]} domain  both positive
 * @param {readonly [number, number]} range  pixels
 * @param {{ floor?: string }} [options]  the label of the first pixel, when something lies below
 * @returns {Scale}
 */
export function logScale([low, high], [first, last], { floor } = {}) {
  const from = Math.log10(low);
  const span = Math.log10(high) - from || 1;
  const at = (value) => first + (value > low ? (Math.log10(value) - from) / span : 0) * (last - first);
  return {
    at,
    ticks(count) {
      const lowest = Math.ceil(from - 1e-9);
      const highest = Math.floor(from + span + 1e-9);
      const plain = lowest >= -3 && highest <= 5;
      const decades = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i);
      const stride = Math.ceil(decades.length / count);
      const factors = plain && span * 3 <= count ? [1, 2, 5] : [1];
      const ticks = [lowest - 1, ...decades]
        .filter((exponent) => exponent % stride === 0)
        .flatMap((exponent) => factors.map((factor) => tickAt(factor, exponent, plain)))
        .filter(({ value }) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
      if (floor === undefined) return ticks;
      return [
        { value: low, label: floor },
        ...ticks.filter(({ value }) => value >= 10 ** lowest && Math.abs(at(value) - first) > 18),
      ];
    },
  };
}

/** The smallest 1, 2 or 5 times a power of ten that is at least `rough`. @param {number} rough */
export function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * (1 - 1e-9)) ?? 10 * power;
}

/** The range of some numbers with a margin of so much of its width on both sides. */
export function rangeOf(/** @type {Iterable<number>} */ values, margin = 0) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  const pad = high > low ? (high - low) * margin : Math.abs(low) * 0.1 || 1;
  return [low - pad, high + pad];
}

function tickAt(factor, exponent, plain) {
  const value = factor * 10 ** exponent;
  return { value, label: plain ? formatDecimals(value, Math.max(0, -exponent)) : powerOfTen(exponent) };
}
