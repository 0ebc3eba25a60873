// Two dependencies of one program may each bring a copy of this package. Both
// work, side by side; what one made is refused by the other, because their
// versions may differ and native memory belongs to the addon that gave it.

import { fileURLToPath } from 'node:url';
import { expectedBut } from './errors.js';

interface Copy {
  /** Where it is installed, for messages; a copy is known by the identity of this object. */
  readonly folder: string;
}

/** Under this key objects of every copy, of any version, say which copy made them. */
const copyKey = Symbol.for('gradus.copy');

const thisCopy: Copy = { folder: fileURLToPath(new URL('.', import.meta.url)) };

/** Marks the objects of a class as made by this copy. */
export function markCopy(of: { readonly prototype: object }): void {
  Object.defineProperty(of.prototype, copyKey, { value: thisCopy });
}

/** Refuses what another copy of the package made. @throws ERR_GRADUS_OPTION */
export function checkCopy(value: unknown, what: string): void {
  if (typeof value !== 'object' || value === null || !(copyKey in value)) return;
  const maker = value[copyKey] as Copy;
  if (maker === thisCopy) return;
  const wanted = `made by the same copy of gradus (${thisCopy.folder})`;
  throw expectedBut('ERR_GRADUS_OPTION', what, wanted, `an object of the copy in ${maker.folder}`);
}
