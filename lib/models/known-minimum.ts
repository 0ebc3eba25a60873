// The minimum of a squared loss that QR found: Newton's direction to it, and what is said where the copy of the
// rows that QR needs would be too large.

import { figure, innerProduct, type NewtonDirectionRequest } from '../optimizers/solver.js';

/** The minimum of a squared loss, and what is known of it. */
export interface Minimum {
  readonly parameters: Float64Array;
  /** Of the scaled Hessian. */
  readonly condition: number;
  readonly correction: number;
}

/** Answers with the way there. */
export function answerWith({ parameters, condition, correction }: Minimum, request: NewtonDirectionRequest): true {
  request.minimum = parameters;
  request.direction.set(parameters.map((value, j) => value - (request.at[j] as number)));
  request.decrement = -innerProduct(request.gradient, request.direction);
  request.method = 'qr';
  request.failedPivot = -1;
  request.condition = condition;
  request.correction = correction;
  return true;
}

/** @param bytes of the copy. @param most as many are taken. */
export function tooLargeForQr(condition: number, bytes: number, most: number): string {
  const megabytes = (size: number): string => `${Math.round(size / 2 ** 20)} MB`;
  return (
    `the columns nearly depend on each other (condition of the Hessian at least ${figure(condition)}), and the copy of ` +
    `${megabytes(bytes)} with which QR would keep the digits is above ${megabytes(most)}: solved by Cholesky`
  );
}
