// exp, log and their kin: the operations of native/kernels/elementary.inc in the
// same order, hence the bits of the plain class. The reasons for every formula are
// there. What it selects between, these functions branch on.

import type { FunctionName } from '../kernels.js';

// Sums with this number leave the nearest whole number; native code reads a power of two off its last bits.
const halves = 1.5 * 2 ** 52 + 2046;
// biome-ignore lint/suspicious/noApproximativeNumericConstant: the language lets Math.LOG2E be approximate
const log2E = 1.4426950408889634;
// ln 2 in two parts; the head times any exponent is exact.
const ln2Head = 0.6931471805598903;
const ln2Rest = 5.497923018708371e-14;

// 2^k for every half of an exponent.
const lowestPower = -540;
const powers = Float64Array.from({ length: 1081 }, (_, i) => 2 ** (lowestPower + i));

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
// Where the word with sign and exponent is: byte 0 of the number 1 is 0 when the low word comes first.
const upper = new Uint8Array(Float64Array.of(1).buffer)[0] === 0 ? 1 : 0;
const upperOne = 0x3ff00000;
const upperRoot = 0x3fe6a09e;

/** x · 2^k for a whole k, rounded once; any k for NaN. */
function scale(x: number, k: number): number {
  const whole = k | 0;
  const half = whole >> 1;
  return x * powers[half - lowestPower]! * powers[whole - half - lowestPower]!;
}

/** 2^-k for a whole k of -540 or more; 2^-500 beyond 500. */
function inversePower(k: number): number {
  return powers[-lowestPower - ((500 < k ? 500 : k) | 0)]!;
}

/** (e^r - 1 - r) / r². */
function exponentialRest(r: number, rr: number): number {
  const c01 = 0.16666666666666602 * r + 0.5;
  const c23 = 0.008333333333388345 * r + 0.041666666666620035;
  const c45 = 0.0001984126970942223 * r + 0.0013888888920481207;
  const c67 = 2.7557425026033373e-6 * r + 2.4801516389207946e-5;
  const c89 = 2.504590646477733e-8 * r + 2.762220830960967e-7;
  const rrrr = rr * rr;
  return (c89 * rrrr + (c67 * rr + c45)) * rrrr + (c23 * rr + c01);
}

/** e^x for x up to 710. */
function expBelow(x: number): number {
  const v = x < -746 ? -746 : x;
  const k = v * log2E + halves - halves;
  const r = v - k * ln2Head - k * ln2Rest;
  const rr = r * r;
  return scale(1 + (rr * exponentialRest(r, rr) + r), k);
}

export function exp(x: number): number {
  return expBelow(710 < x ? 710 : x);
}

/** The same from -746 on, with what r lacks. */
function expWithRest(x: number): number {
  const k = x * log2E + halves - halves;
  const head = x - k * ln2Head;
  const r = head - k * ln2Rest;
  const rr = r * r;
  return scale(1 + (rr * exponentialRest(r, rr) + (head - r - k * ln2Rest) + r), k);
}

// What `expm1Parts` gives beside its result: the low part, and k.
const parts = new Float64Array(2);

/** e^x - 1 for x in [-40, 710] is 2^k times the result and the low part. */
function expm1Parts(x: number): number {
  const k = x * log2E + halves - halves;
  const head = x - k * ln2Head;
  const r = head - k * ln2Rest;
  const rest = head - r - k * ln2Rest;
  const rr = r * r;
  const top = 1 - inversePower(k);
  const sum = top + r;
  const low = r - (sum - top) + (rr * exponentialRest(r, rr) + rest);
  const high = sum + low;
  parts[0] = low - (high - sum);
  parts[1] = k;
  return high;
}

export function expm1(x: number): number {
  const v = 710 < x ? 710 : x;
  const high = expm1Parts(v < -40 ? -40 : v);
  return x === 0 ? x : scale(high, parts[1]!);
}

export function tanh(x: number): number {
  const twice = -2 * Math.abs(x);
  const unscaled = expm1Parts(twice < -40 ? -40 : twice);
  const power = powers[(parts[1]! | 0) - lowestPower]!;
  const high = unscaled * power;
  const low = parts[0]! * power;
  const sum = 2 + high;
  const z = (0 - high) / sum;
  const y = z - (z * (high - (sum - 2) + low) + low) * (z * 0.5 + 0.5);
  // The sign of x, that of a zero too.
  return x > 0 ? y : x === 0 ? x : -y;
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  const v = -Math.abs(x);
  const e = expWithRest(v < -746 ? -746 : v);
  const minusZ = e / (-1 - e);
  return x < 0 ? e * minusZ + e : minusZ + 1;
}

/** log(2^k (m + c)), m from √½ to √2 and c small beside it. */
function logParts(k: number, m: number, c: number): number {
  const f = m - 1;
  const s = f / (2 + f);
  const half = 0.5 * (f * f);
  const low = s * (half + logarithmRest(s * s)) + (c * (-2 * s * (1 - s) + 1) + k * ln2Rest);
  const top = k * ln2Head;
  const sum = top + f;
  return sum + (f - (sum - top) - (half - low));
}

/** 2 (atanh s - s) / s, z = s². */
function logarithmRest(z: number): number {
  const zz = z * z;
  const c01 = 0.39999999999416336 * z + 0.6666666666666734;
  const c23 = 0.22222198610072572 * z + 0.28571428742022753;
  const c45 = 0.15314097920354489 * z + 0.18183562441242968;
  return z * (((0.14795484310429485 * zz + c45) * zz + c23) * zz + c01);
}

/** The upper word of a positive normal number, moved so that fractions begin at √½. */
function movedUpper(x: number): number {
  double[0] = x;
  return words[upper]! + (upperOne - upperRoot);
}

export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return limit(x, 0);
  const small = x < 2 ** -1022;
  const normal = small ? x * 2 ** 54 : x;
  const k = (movedUpper(normal) >> 20) - 1023;
  return logParts(small ? k - 54 : k, scale(normal, -k), 0);
}

/** log(1 + x) from the rounded sum and what it lacks. */
export function logOfSum(sum: number, lacks: number): number {
  const k = (movedUpper(sum) >> 20) - 1023;
  return logParts(k, scale(sum, -k), lacks * inversePower(k));
}

export function log1p(x: number): number {
  if (!(x > -1 && x < Number.POSITIVE_INFINITY)) return limit(x, -1);
  const sum = 1 + x;
  return x === 0 ? x : logOfSum(sum, x - (sum - 1));
}

/** A logarithm with its pole at `pole`, where x is beyond its domain or at the ends of it. */
function limit(x: number, pole: number): number {
  if (x === pole) return Number.NEGATIVE_INFINITY;
  return x < pole ? Number.NaN : x;
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|). */
export function softplus(x: number): number {
  const e = expBelow(-Math.abs(x));
  const sum = 1 + e;
  return (0 > x ? 0 : x) + logOfSum(sum, e - (sum - 1));
}

// Each in a loop of its own, so that the engine compiles each call in place.
const loops: Record<FunctionName, (x: Float64Array, out: Float64Array) => void> = {
  exp: (x, out) => {
    for (let i = 0; i < x.length; i += 1) out[i] = exp(x[i]!);
  },
  log: (x, out) => {
    for (let i = 0; i < x.length; i += 1) out[i] = log(x[i]!);
  },
  log1p: (x, out) => {
    for (let i = 0; i < x.length; i += 1) out[i] = log1p(x[i]!);
  },
  expm1: (x, out) => {
    for (let i = 0; i < x.length; i += 1) out[i] = expm1(x[i]!);
  },
  sigmoid: (x, out) => {
    for (let i = 0; i < x.length; i += 1) out[i] = sigmoid(x[i]!);
  },
  softplus: (x, out) => {
    for (let i = 0; i < x.length; i += 1) out[i] = softplus(x[i]!);
  },
  tanh: (x, out) => {
    for (let i = 0; i < x.length; i += 1) out[i] = tanh(x[i]!);
  },
};

/** out[i] = f(x[i]); out may be x. */
export function map(name: FunctionName, x: Float64Array, out: Float64Array): void {
  loops[name](x, out);
}
