// A target of class names: strings, which become numbers 0, 1, … in the order of
// the sorted names. Names are sorted by UTF-16 code units, as JavaScript compares.

import { expected, expectedBut } from '../errors.js';
import { badEntry, readVector } from './matrix-input.js';

/** A target as a data set holds it. */
export interface Target {
  readonly y: Float64Array;
  /** What the numbers 0, 1, … of y stand for; undefined when y was given as numbers. */
  readonly classNames: readonly string[] | undefined;
}

// As many as SoftmaxRegression has classes.
const mostClasses = 65_536;

/** Numbers names as they come. */
export class ClassNumbers {
  readonly #numbers = new Map<string, number>();

  /** The number of a name, by first appearance. @throws ERR_GRADUS_VALUE when there are too many. */
  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const { size } = this.#numbers;
    if (size === mostClasses) {
      const wanted = `numbers, or names of at most ${mostClasses} classes`;
      throw expectedBut('ERR_GRADUS_VALUE', 'the target', wanted, 'more names than that');
    }
    this.#numbers.set(name, size);
    return size;
  }

  /** The sorted names, and the place there of each number. */
  inOrder(): { readonly names: readonly string[]; readonly places: Float64Array } {
    const names = [...this.#numbers.keys()].sort();
    const places = new Float64Array(names.length);
    names.forEach((name, place) => {
      places[this.#numbers.get(name) as number] = place;
    });
    return { names, places };
  }
}

/**
 * One target a row: finite numbers, or class names when the first is a string.
 * @throws ERR_GRADUS_SHAPE, ERR_GRADUS_VALUE
 */
export function readTarget(values: unknown, rows: number, what: string): Target {
  const list = values as ArrayLike<unknown>;
  if (typeof list[0] !== 'string' || list.length !== rows) {
    return { y: readVector(values, rows, what), classNames: undefined };
  }
  const numbers = new ClassNumbers();
  const y = new Float64Array(rows);
  for (let i = 0; i < rows; i += 1) {
    const name = list[i];
    if (typeof name !== 'string' || name === '') throw badEntry(what, i, name, 'a class name, as row 0 has one');
    y[i] = numbers.of(name);
  }
  const { names, places } = numbers.inOrder();
  return { y: y.map((number) => places[number] as number), classNames: names };
}

/** Refuses a target of class names. @param wanted numbers in the words of who takes them. @throws ERR_GRADUS_VALUE */
export function checkNumbers(classNames: readonly string[] | undefined, what: string, wanted = 'numbers'): void {
  if (classNames === undefined) return;
  const shown = classNames.slice(0, 3).map((name) => `'${name}'`);
  const rest = classNames.length > 3 ? ', …' : '';
  throw expectedBut('ERR_GRADUS_VALUE', what, wanted, `names of classes (${shown.join(', ')}${rest})`);
}

/** A copy of the names of this many classes, as they were saved. @throws ERR_GRADUS_FORMAT */
export function checkClassNames(value: unknown, classes: number): readonly string[] {
  const wellFormed =
    Array.isArray(value) &&
    value.length === classes &&
    Array.from(value).every((name) => typeof name === 'string' && name !== '') &&
    new Set(value).size === classes;
  if (!wellFormed)
    throw expected('ERR_GRADUS_FORMAT', 'the class names of the model', `${classes} names, each there once`, value);
  return [...value];
}
