// What every function that takes rows with their targets refuses first.

import { checkCopy } from '../copies.js';
import { expected } from '../errors.js';
import { Dataset } from './dataset.js';

/** Refuses anything but a data set of this copy of the package. @throws ERR_GRADUS_OPTION */
export function checkDataset(value: unknown, what: string): asserts value is Dataset {
  checkCopy(value, what);
  if (!(value instanceof Dataset)) throw expected('ERR_GRADUS_OPTION', what, 'a Dataset', value);
}
