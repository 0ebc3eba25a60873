// Which columns depend on each other, or nearly: by the information matrix of the standardised columns, scaled to a unit
// diagonal. Near dependence by condition index and variance-decomposition proportions (Belsley, Kuh and Welsch 1980, chapter 3,
// whose limits these are), but of centred columns: a column far from 0 is no trouble here.

import type { Kernels } from '../../kernels/kernels.js';
import { invert } from './symmetric.js';

/** √(largest / smallest eigenvalue) from which on the errors of some coefficients are largely the columns' doing. */
export const conditionIndexLimit = 30;
const proportionLimit = 0.5;
// A pivot of the unit-diagonal matrix below this is rounding: 1 − R² of a column on those before it.
const dependentPivot = 1e-11;
// A column whose share in a dependence is below this part of the largest is not named.
const namedShare = 1e-6;
const iterations = 60;

/** One sentence for each column that is a combination of others. */
export function dependences(gram: Float64Array, names: readonly string[]): string[] {
  const p = names.length;
  const { unit, constant } = unitDiagonal(gram, p);
  const found = constant.map((j) => `column '${names[j]}' is constant`);
  const kept: number[] = [];
  const rows: Float64Array[] = [];
  for (let i = 0; i < p; i += 1) {
    if (constant.includes(i)) continue;
    const row = new Float64Array(kept.length + 1);
    let pivot = 1;
    kept.forEach((column, k) => {
      const other = rows[k] as Float64Array;
      let sum = unit[i * p + column] as number;
      for (let l = 0; l < k; l += 1) sum -= (row[l] as number) * (other[l] as number);
      row[k] = sum / (other[k] as number);
      pivot -= (row[k] as number) ** 2;
    });
    if (pivot > dependentPivot) {
      row[kept.length] = Math.sqrt(pivot);
      kept.push(i);
      rows.push(row);
    } else {
      const others = combination(rows, row).map((share, k) => ({ name: names[kept[k] as number], share }));
      const largest = Math.max(...others.map(({ share }) => Math.abs(share)));
      const shares = others.filter(({ share }) => Math.abs(share) > namedShare * largest);
      const single = shares.length === 1 ? 'a multiple of' : 'a combination of';
      found.push(`column '${names[i]}' is ${single} ${listed(shares.map(({ name }) => `'${name}'`))}`);
    }
  }
  return found;
}

/** Solves Lᵀx = row: what the kept columns give to the one that depends on them. */
function combination(rows: readonly Float64Array[], row: Float64Array): number[] {
  const x = Array.from(row.subarray(0, rows.length));
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < rows.length; k += 1) x[i] = (x[i] as number) - (rows[k]?.[i] as number) * (x[k] as number);
    x[i] = (x[i] as number) / (rows[i]?.[i] as number);
  }
  return x;
}

/** A sentence where columns nearly depend on each other. */
export function nearDependence(gram: Float64Array, names: readonly string[], kernels: Kernels): string | undefined {
  const p = names.length;
  if (p < 2) return undefined;
  const { unit } = unitDiagonal(gram, p);
  const inverted = invert(unit, p, kernels);
  if (inverted === undefined) return undefined;
  const largest = dominant(unit, p, kernels).value;
  const { value, vector } = dominant(inverted.inverse, p, kernels);
  const index = Math.sqrt(largest * value);
  if (!(index > conditionIndexLimit)) return undefined;
  const involved = names.filter((_, j) => {
    return ((vector[j] as number) ** 2 * value) / (inverted.inverse[j * p + j] as number) > proportionLimit;
  });
  const which = involved.length < 2 ? 'some columns' : listed(involved.map((name) => `'${name}'`));
  return `${which} nearly depend on each other: condition index ${index.toPrecision(3)} > ${conditionIndexLimit}`;
}

function unitDiagonal(gram: Float64Array, p: number): { unit: Float64Array; constant: number[] } {
  const roots = Float64Array.from({ length: p }, (_, i) => Math.sqrt(gram[i * p + i] as number));
  const constant = Array.from(roots.keys()).filter((i) => !((roots[i] as number) > 0));
  const unit = gram.map((value, at) => value / ((roots[Math.floor(at / p)] as number) * (roots[at % p] as number)));
  return { unit, constant };
}

/** The largest eigenvalue and its vector, by power iteration: two digits are enough. */
function dominant(a: Float64Array, p: number, kernels: Kernels): { value: number; vector: Float64Array } {
  let vector = Float64Array.from({ length: p }, (_, i) => 1 + 0.3 * Math.sin(i + 1));
  let value = 0;
  for (let count = 0; count < iterations; count += 1) {
    const next = vector.map((_, i) => kernels.dot(a.subarray(i * p, (i + 1) * p), vector));
    value = Math.sqrt(kernels.dot(next, next));
    vector = next.map((component) => component / value);
  }
  return { value, vector };
}

/** a, b and c; a few of many. */
export function listed(words: readonly string[]): string {
  const most = 6;
  if (words.length > most) return `${words.slice(0, most - 1).join(', ')} and ${words.length - most + 1} more`;
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
