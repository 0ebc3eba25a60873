// The one error class of the library and the one shape of its sentences:
// "Expected <what> to be <expected>, but got <what came>".

export type GradusErrorCode =
  | 'ERR_GRADUS_SHAPE'
  | 'ERR_GRADUS_VALUE'
  | 'ERR_GRADUS_OPTION'
  | 'ERR_GRADUS_KERNELS'
  | 'ERR_GRADUS_BUSY'
  | 'ERR_GRADUS_NOT_FITTED'
  | 'ERR_GRADUS_NOT_CONVERGED'
  | 'ERR_GRADUS_FORMAT'
  | 'ERR_GRADUS_CHECKPOINT';

/** Thrown for wrong arguments. Numerical trouble is never an exception: it is a status of the result. */
export class GradusError extends Error {
  readonly code: GradusErrorCode;

  constructor(code: GradusErrorCode, message: string) {
    super(message);
    this.name = 'GradusError';
    this.code = code;
  }
}

/** How a value looks in a message: short, typed where that helps. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}…'` : `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === 'object' && value !== null) {
    // Parsed JSON may have a field of this name.
    const name: unknown = value.constructor?.name;
    return `an object of ${typeof name === 'string' && name !== '' ? name : 'no class'}`;
  }
  return String(value);
}

/** The error of one wrong argument. */
export function expected(code: GradusErrorCode, what: string, expectation: string, got: unknown): GradusError {
  return expectedBut(code, what, expectation, describeValue(got));
}

/** The same with the words for what came already chosen. */
export function expectedBut(code: GradusErrorCode, what: string, expectation: string, got: string): GradusError {
  return new GradusError(code, `Expected ${what} to be ${expectation}, but got ${got}`);
}
