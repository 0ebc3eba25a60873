// The models of NIST's nonlinear reference data sets with their derivatives. The data
// and certified values stay in NIST's own files, read from where test/lib/nist.ts finds them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nistFolder } from '../lib/nist.js';

/** The model at the predictors x; writes its derivatives to gradient[at…]. */
type Model = (b: Float64Array, x: readonly number[], gradient: Float64Array, at: number) => number;

export interface NistNonlinear {
  readonly name: string;
  readonly size: number;
  readonly residualCount: number;
  readonly starts: readonly [readonly number[], readonly number[]];
  readonly estimates: readonly number[];
  readonly standardErrors: readonly number[];
  readonly residualSumOfSquares: number;
  readonly residualStandardDeviation: number;
  residuals(b: Float64Array, out: Float64Array): void;
  jacobian(b: Float64Array, out: Float64Array): void;
}

const chwirut: Model = (b, [x], g, at) => {
  const e = Math.exp(-b[0]! * x!);
  const d = b[1]! + b[2]! * x!;
  g[at] = (-x! * e) / d;
  g[at + 1] = -e / (d * d);
  g[at + 2] = (-x! * e) / (d * d);
  return e / d;
};

const gauss: Model = (b, [x], g, at) => {
  const decay = Math.exp(-b[1]! * x!);
  g[at] = decay;
  g[at + 1] = -x! * b[0]! * decay;
  let y = b[0]! * decay;
  for (let k = 2; k < 8; k += 3) {
    const u = (x! - b[k + 1]!) / b[k + 2]!;
    const e = Math.exp(-u * u);
    g[at + k] = e;
    g[at + k + 1] = (2 * b[k]! * e * u) / b[k + 2]!;
    g[at + k + 2] = (2 * b[k]! * e * u * u) / b[k + 2]!;
    y += b[k]! * e;
  }
  return y;
};

/** Σ b₂ₖ·exp(−b₂ₖ₊₁·x). */
const lanczos: Model = (b, [x], g, at) => {
  let y = 0;
  for (let k = 0; k < 6; k += 2) {
    const e = Math.exp(-b[k + 1]! * x!);
    g[at + k] = e;
    g[at + k + 1] = -b[k]! * x! * e;
    y += b[k]! * e;
  }
  return y;
};

/** Polynomials with 1 as the constant of the denominator. */
function rational(numerator: number, denominator: number): Model {
  return (b, [x], g, at) => {
    let top = 0;
    let bottom = 0;
    for (let k = numerator; k >= 0; k -= 1) top = top * x! + b[k]!;
    for (let k = denominator; k >= 1; k -= 1) bottom = (bottom + b[numerator + k]!) * x!;
    bottom += 1;
    const y = top / bottom;
    for (let k = 0; k <= numerator; k += 1) g[at + k] = x! ** k / bottom;
    for (let k = 1; k <= denominator; k += 1) g[at + numerator + k] = (-y * x! ** k) / bottom;
    return y;
  };
}

const enso: Model = (b, [x], g, at) => {
  const year = (2 * Math.PI * x!) / 12;
  g[at] = 1;
  g[at + 1] = Math.cos(year);
  g[at + 2] = Math.sin(year);
  let y = b[0]! + b[1]! * Math.cos(year) + b[2]! * Math.sin(year);
  for (let k = 3; k < 9; k += 3) {
    const phase = (2 * Math.PI * x!) / b[k]!;
    const cos = Math.cos(phase);
    const sin = Math.sin(phase);
    g[at + k] = ((b[k + 1]! * sin - b[k + 2]! * cos) * phase) / b[k]!;
    g[at + k + 1] = cos;
    g[at + k + 2] = sin;
    y += b[k + 1]! * cos + b[k + 2]! * sin;
  }
  return y;
};

const models: Readonly<Record<string, Model>> = {
  Chwirut1: chwirut,
  Chwirut2: chwirut,
  DanWood: (b, [x], g, at) => {
    const power = x! ** b[1]!;
    g[at] = power;
    g[at + 1] = b[0]! * power * Math.log(x!);
    return b[0]! * power;
  },
  ENSO: enso,
  Gauss1: gauss,
  Gauss2: gauss,
  Hahn1: rational(3, 3),
  Kirby2: rational(2, 2),
  Lanczos1: lanczos,
  Lanczos3: lanczos,
  MGH09: (b, [x], g, at) => {
    const top = x! * (x! + b[1]!);
    const bottom = x! * (x! + b[2]!) + b[3]!;
    g[at] = top / bottom;
    g[at + 1] = (b[0]! * x!) / bottom;
    g[at + 2] = (-b[0]! * top * x!) / (bottom * bottom);
    g[at + 3] = (-b[0]! * top) / (bottom * bottom);
    return (b[0]! * top) / bottom;
  },
  MGH17: (b, [x], g, at) => {
    const first = Math.exp(-x! * b[3]!);
    const second = Math.exp(-x! * b[4]!);
    g[at] = 1;
    g[at + 1] = first;
    g[at + 2] = second;
    g[at + 3] = -x! * b[1]! * first;
    g[at + 4] = -x! * b[2]! * second;
    return b[0]! + b[1]! * first + b[2]! * second;
  },
  Misra1a: (b, [x], g, at) => {
    const e = Math.exp(-b[1]! * x!);
    g[at] = -Math.expm1(-b[1]! * x!);
    g[at + 1] = b[0]! * x! * e;
    return -b[0]! * Math.expm1(-b[1]! * x!);
  },
  Misra1b: (b, [x], g, at) => {
    const u = 1 + (b[1]! * x!) / 2;
    g[at] = 1 - 1 / (u * u);
    g[at + 1] = (b[0]! * x!) / (u * u * u);
    return b[0]! * (1 - 1 / (u * u));
  },
  Misra1c: (b, [x], g, at) => {
    const u = 1 + 2 * b[1]! * x!;
    g[at] = 1 - 1 / Math.sqrt(u);
    g[at + 1] = (b[0]! * x!) / (u * Math.sqrt(u));
    return b[0]! * (1 - 1 / Math.sqrt(u));
  },
  // Of log y.
  Nelson: (b, [time, temperature], g, at) => {
    const e = time! * Math.exp(-b[2]! * temperature!);
    g[at] = 1;
    g[at + 1] = -e;
    g[at + 2] = b[1]! * temperature! * e;
    return b[0]! - b[1]! * e;
  },
  Rat42: (b, [x], g, at) => {
    const e = Math.exp(b[1]! - b[2]! * x!);
    const d = 1 + e;
    g[at] = 1 / d;
    g[at + 1] = (-b[0]! * e) / (d * d);
    g[at + 2] = (b[0]! * x! * e) / (d * d);
    return b[0]! / d;
  },
  Roszman1: (b, [x], g, at) => {
    const u = x! - b[3]!;
    const size = u * u + b[2]! * b[2]!;
    g[at] = 1;
    g[at + 1] = -x!;
    g[at + 2] = -u / size / Math.PI;
    g[at + 3] = -b[2]! / size / Math.PI;
    return b[0]! - b[1]! * x! - Math.atan(b[2]! / u) / Math.PI;
  },
};

export const nistNonlinearNames: readonly string[] = Object.keys(models);

function dataLines(text: string): string[] {
  const [, first, last] = /Data +\(lines +(\d+) to +(\d+)\)/.exec(text) as RegExpExecArray;
  return text.split(/\r?\n/).slice(Number(first) - 1, Number(last));
}

/** @param name one of `nistNonlinearNames`. */
export function readNistNonlinear(name: string): NistNonlinear {
  const model = models[name]!;
  const text = readFileSync(join(nistFolder as string, `${name}.dat`), 'utf8');
  const lines = text.split(/\r?\n/);
  const rows = dataLines(text).map((line) => line.trim().split(/\s+/).map(Number));
  const parameters = lines
    .map((line) => /^ *b\d+ = +(\S+) +(\S+) +(\S+) +(\S+) *$/.exec(line)?.slice(1).map(Number))
    .filter((values) => values !== undefined) as [number, number, number, number][];
  const statistic = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  const responses = rows.map(([y]) => (name === 'Nelson' ? Math.log(y!) : y!));
  const predictors = rows.map((row) => row.slice(1));
  const size = parameters.length;
  const unused = new Float64Array(size);
  return {
    name,
    size,
    residualCount: rows.length,
    starts: [parameters.map(([start]) => start), parameters.map(([, start]) => start)],
    estimates: parameters.map(([, , estimate]) => estimate),
    standardErrors: parameters.map(([, , , error]) => error),
    residualSumOfSquares: statistic(/Residual Sum of Squares: +(\S+)/),
    residualStandardDeviation: statistic(/Residual Standard Deviation: +(\S+)/),
    residuals(b, out) {
      for (let i = 0; i < rows.length; i += 1) out[i] = model(b, predictors[i]!, unused, 0) - responses[i]!;
    },
    jacobian(b, out) {
      for (let i = 0; i < rows.length; i += 1) model(b, predictors[i]!, out, i * size);
    },
  };
}

const bits = 160n;
const one = 1n << bits;
const halvings = 8n;

/** A double in fixed point, exact from 2⁻²⁸ on. */
function toFixed(value: number): bigint {
  return BigInt(Math.trunc(value * 2 ** 80)) << (bits - 80n);
}

/** A decimal such as 2.044333373291E+00 in fixed point. */
function decimalToFixed(text: string): bigint {
  const [, whole, fraction, exponent] = /^(\d+)\.(\d*)E([+-]\d+)$/i.exec(text) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const shift = Number(exponent) - fraction.length;
  const mantissa = BigInt(whole + fraction) << bits;
  return shift >= 0 ? mantissa * 10n ** BigInt(shift) : mantissa / 10n ** BigInt(-shift);
}

/** e^z by its series at z/2⁸, squared eight times. */
function exponential(z: bigint): bigint {
  const small = z >> halvings;
  let sum = one;
  let term = one;
  for (let k = 1n; term !== 0n && term !== -1n; k += 1n) {
    term = ((term * small) >> bits) / k;
    sum += term;
  }
  for (let k = 0n; k < halvings; k += 1n) sum = (sum * sum) >> bits;
  return sum;
}

/**
 * Lanczos1 with residuals right to the last digit: computed with 160 bits from the decimals of the file. They are a difference
 * of numbers 10¹³ times larger, of which float64 leaves three digits.
 */
export function exactLanczos1(): NistNonlinear {
  const problem = readNistNonlinear('Lanczos1');
  const rows = dataLines(readFileSync(join(nistFolder as string, 'Lanczos1.dat'), 'utf8')).map((line) =>
    line.trim().split(/\s+/).map(decimalToFixed),
  ) as [bigint, bigint][];
  return {
    ...problem,
    residuals(b, out) {
      if (b.some((value) => !(Math.abs(value) < 50))) {
        out.fill(Number.NaN);
        return;
      }
      const fixed = Array.from(b, toFixed);
      rows.forEach(([y, x], i) => {
        let sum = -y;
        for (let k = 0; k < 6; k += 2) sum += (fixed[k]! * exponential(-((fixed[k + 1]! * x) >> bits))) >> bits;
        out[i] = Number(sum) / 2 ** 160;
      });
    },
  };
}
