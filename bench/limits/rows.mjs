// All rows of the table by family, in its order. A family is a function from the session
// to rows: a new one is a file of this folder and a line here.

import { choleskyRows } from './cholesky.mjs';
import { elementaryRows } from './elementary.mjs';
import { gradientRows } from './gradient.mjs';
import { gramRows } from './gram.mjs';
import { portableRows } from './portable.mjs';
import { updateRows } from './updates.mjs';

export const families = {
  gradient: gradientRows,
  gram: gramRows,
  cholesky: choleskyRows,
  updates: updateRows,
  elementary: elementaryRows,
  portable: portableRows,
};
