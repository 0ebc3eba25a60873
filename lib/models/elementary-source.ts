// exp, expm1, sigmoid and the normal distribution as text, for modules that a model writes: the
// operations of kernels/portable/elementary.ts and statistics/normal.ts in the same order, hence the same bits, which
// test/lib/models/source.test.ts compares. A model whose response needs another
// function adds it here.

const pieces = {
  exponential: {
    uses: [],
    text: `// e^x = 2^k e^r, |r| <= ln(2)/2, with ln 2 in two parts and a polynomial for e^r.
const halves = 1.5 * 2 ** 52 + 2046;
const log2E = 1.4426950408889634;
const ln2Head = 0.6931471805598903;
const ln2Rest = 5.497923018708371e-14;
const powers = new Float64Array(1081); // 2^-540 to 2^540
powers[540] = 1;
for (let k = 1; k <= 540; k += 1) {
  powers[540 + k] = powers[539 + k] * 2;
  powers[540 - k] = powers[541 - k] / 2;
}

function scale(x, k) {
  const whole = k | 0;
  const half = whole >> 1;
  return x * powers[half + 540] * powers[whole - half + 540];
}

function exponentialRest(r, rr) {
  const c01 = 0.16666666666666602 * r + 0.5;
  const c23 = 0.008333333333388345 * r + 0.041666666666620035;
  const c45 = 0.0001984126970942223 * r + 0.0013888888920481207;
  const c67 = 2.7557425026033373e-6 * r + 2.4801516389207946e-5;
  const c89 = 2.504590646477733e-8 * r + 2.762220830960967e-7;
  const rrrr = rr * rr;
  return (c89 * rrrr + (c67 * rr + c45)) * rrrr + (c23 * rr + c01);
}`,
  },
  exp: {
    uses: ['exponential'],
    text: `/** e^x. */
function exp(x) {
  const v = 710 < x ? 710 : x < -746 ? -746 : x;
  const k = v * log2E + halves - halves;
  const r = v - k * ln2Head - k * ln2Rest;
  const rr = r * r;
  return scale(1 + (rr * exponentialRest(r, rr) + r), k);
}`,
  },
  expm1: {
    uses: ['exponential'],
    text: `/** e^x - 1. */
function expm1(x) {
  const v = 710 < x ? 710 : x < -40 ? -40 : x;
  const k = v * log2E + halves - halves;
  const head = v - k * ln2Head;
  const r = head - k * ln2Rest;
  const rest = head - r - k * ln2Rest;
  const rr = r * r;
  const top = 1 - powers[540 - ((500 < k ? 500 : k) | 0)];
  const sum = top + r;
  const low = r - (sum - top) + (rr * exponentialRest(r, rr) + rest);
  return x === 0 ? x : scale(sum + low, k);
}`,
  },
  sigmoid: {
    uses: ['exponential'],
    text: `/** 1 / (1 + e^-x). */
function sigmoid(x) {
  const v = -Math.abs(x) < -746 ? -746 : -Math.abs(x);
  const k = v * log2E + halves - halves;
  const head = v - k * ln2Head;
  const r = head - k * ln2Rest;
  const rr = r * r;
  const e = scale(1 + (rr * exponentialRest(r, rr) + (head - r - k * ln2Rest) + r), k);
  const minusZ = e / (-1 - e);
  return x < 0 ? e * minusZ + e : minusZ + 1;
}`,
  },
  normalCdf: {
    uses: ['exponential', 'exp'],
    text: `// Mills' ratio as a Chebyshev series in (z - 5) / (z + 5).
const ratioSeries = [
  2.3159952442610376, -0.1633449388451398, -0.013683136055781576, 0.03082200019810004, -0.016220073012046806,
  0.005616691016460094, -0.0014133933783549216, 0.0002502625460725661, -2.468907239728387e-5, -1.0107964061837592e-6,
  7.495419179740573e-7, -7.600274268728337e-8, -1.1574771441328644e-8, 3.333386472599843e-9, 7.538039628171347e-11,
  -1.1104247263727494e-10, 3.509243776551059e-12, 3.6894953861750955e-12, -2.3376697776383095e-13,
  -1.3271797523541405e-13, 9.921706995888276e-15, 5.276004995455379e-15, -3.373097694187922e-16,
  -2.2804338776379946e-16,
];

function millsRatio(z) {
  const t = 1 - 10 / (z + 5);
  let high = 0;
  let low = 0;
  for (let j = ratioSeries.length - 1; j > 0; j -= 1) {
    const next = 2 * t * high - low + ratioSeries[j];
    low = high;
    high = next;
  }
  return (t * high - low + ratioSeries[0] / 2) / (1 + z);
}

function gaussianFactor(z) {
  const size = Math.abs(z);
  if (!(size < 40)) return Number.isNaN(z) ? z : 0;
  const head = Math.round(size * 16) / 16;
  return exp(-0.5 * head * head) * exp(-0.5 * (size - head) * (size + head));
}

/** The probability that a standard normal number is x or less. */
function normalCdf(x) {
  const z = -x;
  if (z >= 0) return z < 40 ? 0.3989422804014327 * gaussianFactor(z) * millsRatio(z) : 0;
  return z < 0 ? 1 - normalCdf(z) : NaN;
}`,
  },
} as const satisfies Record<string, { readonly uses: readonly string[]; readonly text: string }>;

type Piece = keyof typeof pieces;

/** A function that a response may call. */
export type ElementarySource = Exclude<Piece, 'exponential'>;

/** The text of these functions and of what they need, each once. */
export function elementarySource(names: readonly ElementarySource[]): string[] {
  const needed = new Set<Piece>(names.flatMap((name): Piece[] => [...pieces[name].uses, name]));
  return [...needed].map((name) => pieces[name].text);
}
