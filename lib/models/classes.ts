// Classes that have names: which a fit may have, and how the class numbers of one
// data set become those of a model, which are matched by name.

import type { Dataset } from '../data/dataset.js';
import { expected, expectedBut } from '../errors.js';
import type { LabelledRows } from './labelled-rows.js';
import type { Work } from './objective.js';
import { overRows } from './over-rows.js';

type Names = readonly string[] | undefined;

/** What a classifier predicts for many rows: class names when it was fitted to such, else class numbers. */
export type Predicted<Label extends number | string> = [Label] extends [string]
  ? Label[]
  : [Label] extends [number]
    ? Float64Array
    : Float64Array | string[];

/** Class names of class numbers, where there are names. */
export function labelled<Label extends number | string>(numbers: Float64Array, names: Names): Predicted<Label> {
  const labels = names ? Array.from(numbers, (number) => names[number] as string) : numbers;
  return labels as Predicted<Label>;
}

/**
 * Makes the classes of rows that were read those of the model, in place; false when aborted.
 * @param what the data, in messages. @throws ERR_GRADUS_VALUE for a class that the model does not know.
 */
export function* matchClasses(y: Float64Array, from: Names, to: Names, what: string): Work<boolean> {
  const numbers = numbersOf(from, to, what);
  if (numbers === undefined) return true;
  return yield* overRows(y.length, (i) => {
    y[i] = numberOf(numbers, y[i] as number, i, from as readonly string[], to as readonly string[], what);
  });
}

/** The target of a data set in the class numbers of a model, at once. @throws ERR_GRADUS_VALUE */
export function classNumbers(data: Dataset, names: Names): Float64Array {
  const what = 'the data';
  const { y, classNames } = data;
  const numbers = numbersOf(classNames, names, what);
  if (numbers === undefined) return y;
  return y.map((number, i) =>
    numberOf(numbers, number, i, classNames as readonly string[], names as readonly string[], what),
  );
}

/** Refuses to go on from parameters of other classes. @throws ERR_GRADUS_VALUE */
export function checkSameClasses(names: Names, of: Names): void {
  const same = names?.length === of?.length && (names ?? []).every((name, k) => name === of?.[k]);
  if (!same) throw expectedBut('ERR_GRADUS_VALUE', 'the classes of the data', describe(of), describe(names));
}

/** Refuses named rows of one class only: there is nothing to tell apart. @throws ERR_GRADUS_VALUE; false when aborted. */
export function* checkTwoPresent({ y }: LabelledRows, names: readonly string[]): Work<boolean> {
  let several = false;
  const first = y.data[0] as number;
  const whole = yield* overRows(y.data.length, (i) => {
    several ||= y.data[i] !== first;
  });
  if (whole && !several) {
    const got = `rows of '${names[first]}' only`;
    throw expectedBut('ERR_GRADUS_VALUE', 'the training data', 'rows of two classes or more', got);
  }
  return whole;
}

/** The model's number of each class of the data, -1 without one; undefined when they need no change. */
function numbersOf(from: Names, to: Names, what: string): readonly number[] | undefined {
  if (from === to) return undefined;
  if (from === undefined || to === undefined) {
    throw expectedBut('ERR_GRADUS_VALUE', `the target of ${what}`, `${describe(to)}, as in the fit`, describe(from));
  }
  const places = new Map(to.map((name, k) => [name, k]));
  return from.map((name) => places.get(name) ?? -1);
}

function numberOf(
  numbers: readonly number[],
  number: number,
  row: number,
  from: readonly string[],
  to: readonly string[],
  what: string,
): number {
  const known = numbers[number] as number;
  if (known >= 0) return known;
  throw expected('ERR_GRADUS_VALUE', `target ${row} of ${what}`, describe(to), from[number]);
}

function describe(names: Names): string {
  if (names === undefined) return 'numbers';
  const shown = names.slice(0, 10).map((name) => `'${name}'`);
  return `one of the classes ${shown.join(', ')}${names.length > 10 ? ', …' : ''}`;
}
