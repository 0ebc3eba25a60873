// The sentences of a summary about its columns, from one information matrix.

import type { Work } from '../objective.js';
import { dependences, nearDependence } from './collinearity.js';
import type { StandardDesign } from './standard-design.js';

/** Columns that depend on each other, or nearly do, in the metric of the information. */
export function* columnRemarks(
  design: StandardDesign,
  names: readonly string[],
  information: Float64Array,
): Work<string[]> {
  const gram = (yield* design.gram(information)) as Float64Array;
  const dependent = dependences(gram, names);
  if (dependent.length > 0) {
    return [...dependent, 'there are no standard errors, and the estimates are one solution of many that fit as well'];
  }
  const near = nearDependence(gram, names, design.kernels);
  return near === undefined ? [] : [near];
}
