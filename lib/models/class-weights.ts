// Class weights: a factor for the weights of all training rows of a class, to make up
// for classes that are rare or cost more (King and Zeng 2001). 'balanced' gives
// class c the weight Σw / (classes · Σw of c), as scikit-learn does.

import { expected, expectedBut } from '../errors.js';
import { allocateDoubles } from '../kernels/select.js';
import { checkNumber, isRecord } from '../options.js';
import type { LabelledRows } from './labelled-rows.js';
import type { Work } from './objective.js';
import { overRows } from './over-rows.js';

/** 'balanced', or a weight ≥ 0 by class name (by class number without names); classes that are not there weigh 1. */
export type ClassWeights = 'balanced' | Readonly<Record<string, number>>;

/** A copy of the option. @throws ERR_GRADUS_OPTION */
export function checkClassWeights(value: unknown): ClassWeights | undefined {
  if (value === undefined || value === 'balanced') return value;
  if (!isRecord(value)) {
    throw expected('ERR_GRADUS_OPTION', '`classWeights`', "'balanced' or a record with a weight for each class", value);
  }
  const entries = Object.entries(value).map(
    ([name, weight]) => [name, checkNumber(weight, `the weight of class '${name}'`, { min: 0 })] as const,
  );
  return Object.fromEntries(entries);
}

/**
 * The rows with their weights times those of their classes; undefined when aborted.
 * @param classes how many there may be. @param names theirs, where they have names.
 * @throws ERR_GRADUS_VALUE for a target that is no class, ERR_GRADUS_OPTION for the weight of an unknown class.
 */
export function* weightByClass(
  rows: LabelledRows,
  classWeights: ClassWeights,
  classes: number,
  names: readonly string[] | undefined,
): Work<LabelledRows | undefined> {
  const y = rows.y.data;
  const weights = rows.weights ?? allocateDoubles(y.length);
  const { data } = weights;
  const sums = new Float64Array(classes);
  const summed = yield* overRows(y.length, (i) => {
    const k = y[i] as number;
    if (!(Number.isInteger(k) && k >= 0 && k < classes)) {
      const wanted = `a class, a whole number from 0 to ${classes - 1}, to have a class weight`;
      throw expectedBut('ERR_GRADUS_VALUE', `target ${i}`, wanted, String(k));
    }
    if (rows.weights === undefined) data[i] = 1;
    sums[k] = (sums[k] as number) + (data[i] as number);
  });
  if (!summed) return undefined;
  const factors = classWeights === 'balanced' ? balanced(sums) : factorsOf(classWeights, classes, names);
  if (!factors.some((factor, k) => factor * (sums[k] as number) > 0)) {
    throw expectedBut('ERR_GRADUS_OPTION', '`classWeights`', 'positive for a class that has rows', '0 for all of them');
  }
  const weighted = yield* overRows(y.length, (i) => {
    data[i] = (data[i] as number) * (factors[y[i] as number] as number);
  });
  return weighted ? { ...rows, weights } : undefined;
}

function balanced(sums: Float64Array): Float64Array {
  const present = sums.filter((sum) => sum > 0);
  const total = present.reduce((all, sum) => all + sum, 0);
  return sums.map((sum) => (sum > 0 ? total / (present.length * sum) : 1));
}

function factorsOf(
  classWeights: Readonly<Record<string, number>>,
  classes: number,
  names: readonly string[] | undefined,
): Float64Array {
  const labels = names ?? Array.from({ length: classes }, (_, k) => String(k));
  const factors = new Float64Array(classes).fill(1);
  for (const [name, weight] of Object.entries(classWeights)) {
    const k = labels.indexOf(name);
    if (k < 0) {
      const wanted = `by class (${labels.slice(0, 10).join(', ')}${classes > 10 ? ', …' : ''})`;
      throw expected('ERR_GRADUS_OPTION', 'each of `classWeights`', wanted, name);
    }
    factors[k] = weight;
  }
  return factors;
}
