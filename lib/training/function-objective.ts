// A user's own function as an objective: what it offers is called directly, what
// it lacks is made of what it has (differences.ts). Every call is checked and
// counted, and may return a promise, for which the asynchronous driver waits.

import { expected, expectedBut } from '../errors.js';
import type { Request, RequestKind } from '../optimizers/solver.js';

/** A function of a vector, and what is known of its derivatives. Arrays that come in must not be kept; `out` is filled. */
export interface Problem {
  /** Value, and gradient filled in: both share their work. */
  readonly evaluate?: (parameters: Float64Array, gradient: Float64Array) => number | Promise<number>;
  readonly value?: (parameters: Float64Array) => number | Promise<number>;
  readonly gradient?: (parameters: Float64Array, out: Float64Array) => unknown;
  /** n×n, row-major, both triangles. */
  readonly hessian?: (parameters: Float64Array, out: Float64Array) => unknown;
  /** H(parameters)·vector. */
  readonly hessianVector?: (parameters: Float64Array, vector: Float64Array, out: Float64Array) => unknown;
}

/** A sum of squares ½ Σ rᵢ². */
export interface ResidualProblem {
  /** How many residuals there are. */
  readonly size: number;
  readonly residuals: (parameters: Float64Array, out: Float64Array) => unknown;
  /** ∂rᵢ/∂θⱼ, size × parameters, row-major; by differences where it is missing. */
  readonly jacobian?: (parameters: Float64Array, out: Float64Array) => unknown;
}

/** Calls of the user's functions. */
export interface CallCounts {
  /** Of the value, with or without a gradient, or of the residuals. */
  evaluations: number;
  /** Of the gradient, alone or with the value, or of the Jacobian. */
  gradientEvaluations: number;
  /** Of the Hessian or its product with a vector. */
  hessianEvaluations: number;
}

/** Answers the requests that the user's functions can answer directly. */
export interface DirectObjective {
  readonly offers: ReadonlySet<RequestKind>;
  readonly counts: CallCounts;
  /** Fills in the request, at once or when the promise resolves. */
  answer(request: Request): Promise<void> | undefined;
}

// What an array holds before the first call: a number that no function writes everywhere.
const untouched = 1.75e-301;

type Filled = 'gradient' | 'hessian' | 'product' | 'residuals' | 'jacobian';

const problemNames = ['evaluate', 'value', 'gradient', 'hessian', 'hessianVector'] as const;
const residualNames = ['size', 'residuals', 'jacobian'] as const;

/** @throws ERR_GRADUS_OPTION when the problem is not made of functions, or has no value. */
export function functionObjective(problem: Problem | ((parameters: Float64Array) => number)): DirectObjective {
  const functions: Problem = typeof problem === 'function' ? { value: problem } : problem;
  checkFunctions(functions, problemNames, '`problem`');
  if (functions.evaluate === undefined && functions.value === undefined) {
    throw expectedBut('ERR_GRADUS_OPTION', '`problem`', 'one with `evaluate` or `value`', 'neither');
  }
  return new FunctionObjective(functions);
}

/** @throws ERR_GRADUS_OPTION when `residuals` is missing. */
export function residualObjective(problem: ResidualProblem): DirectObjective {
  checkFunctions(problem, residualNames, '`problem`');
  if (problem.residuals === undefined) throw expected('ERR_GRADUS_OPTION', '`residuals`', 'a function', undefined);
  return new ResidualObjective(problem);
}

function checkFunctions(problem: object, names: readonly string[], what: string): void {
  if (typeof problem !== 'object' || problem === null) {
    throw expected('ERR_GRADUS_OPTION', what, `a function, or an object with ${names.join(', ')}`, problem);
  }
  for (const [name, value] of Object.entries(problem)) {
    if (!names.includes(name)) {
      throw expected('ERR_GRADUS_OPTION', `each property of ${what}`, `one of ${names.join(', ')}`, name);
    }
    if (name !== 'size' && value !== undefined && typeof value !== 'function') {
      throw expected('ERR_GRADUS_OPTION', `\`${name}\``, 'a function', value);
    }
  }
}

class FunctionObjective implements DirectObjective {
  readonly offers: ReadonlySet<RequestKind>;
  readonly counts: CallCounts = { evaluations: 0, gradientEvaluations: 0, hessianEvaluations: 0 };
  readonly #problem: Problem;
  readonly #filled = new Set<Filled>();

  constructor(problem: Problem) {
    const offers = new Set<RequestKind>(['value']);
    if (problem.evaluate !== undefined || problem.gradient !== undefined) offers.add('value-gradient');
    if (problem.hessian !== undefined) offers.add('hessian');
    if (problem.hessianVector !== undefined) offers.add('hessian-vector');
    this.offers = offers;
    this.#problem = problem;
  }

  answer(request: Request): Promise<void> | undefined {
    const { evaluate, value, gradient, hessian, hessianVector } = this.#problem;
    switch (request.kind) {
      case 'value':
        if (value === undefined)
          return this.#value(request, evaluate?.(request.at, new Float64Array(request.at.length)));
        return this.#value(request, value(request.at));
      case 'value-gradient': {
        this.counts.gradientEvaluations += 1;
        this.#expect('gradient', request.gradient);
        if (evaluate !== undefined) {
          const answered = this.#value(request, evaluate(request.at, request.gradient));
          return then(answered, () => this.#check('gradient', request.gradient));
        }
        const answered = this.#value(request, value?.(request.at));
        return then(answered, () => this.#fill('gradient', request.gradient, gradient?.(request.at, request.gradient)));
      }
      case 'hessian':
        this.counts.hessianEvaluations += 1;
        this.#expect('hessian', request.hessian);
        return this.#fill('hessian', request.hessian, hessian?.(request.at, request.hessian));
      case 'hessian-vector':
        this.counts.hessianEvaluations += 1;
        this.#expect('product', request.product);
        return this.#fill('product', request.product, hessianVector?.(request.at, request.vector, request.product));
      default:
        throw new TypeError(`a function of a vector cannot answer ${request.kind}`);
    }
  }

  #value(request: { value: number }, returned: unknown): Promise<void> | undefined {
    this.counts.evaluations += 1;
    if (typeof returned === 'number') {
      request.value = returned;
      return undefined;
    }
    if (isPromise(returned)) {
      return returned.then((value) => {
        request.value = checkValue(value);
      });
    }
    request.value = checkValue(returned);
    return undefined;
  }

  #fill(what: Filled, out: Float64Array, returned: unknown): Promise<void> | undefined {
    if (isPromise(returned)) return returned.then(() => this.#check(what, out));
    this.#check(what, out);
    return undefined;
  }

  /** What is never written is found at the first call: a function that returns its derivatives instead. */
  #expect(what: Filled, out: Float64Array): void {
    if (!this.#filled.has(what)) out.fill(untouched);
  }

  #check(what: Filled, out: Float64Array): void {
    if (this.#filled.has(what)) return;
    checkFilled(what, out);
    this.#filled.add(what);
  }
}

class ResidualObjective implements DirectObjective {
  readonly offers: ReadonlySet<RequestKind>;
  readonly counts: CallCounts = { evaluations: 0, gradientEvaluations: 0, hessianEvaluations: 0 };
  readonly #problem: ResidualProblem;
  #filled = false;

  constructor(problem: ResidualProblem) {
    this.offers = new Set<RequestKind>(problem.jacobian === undefined ? ['residuals'] : ['residuals', 'jacobian']);
    this.#problem = problem;
  }

  answer(request: Request): Promise<void> | undefined {
    switch (request.kind) {
      case 'residuals': {
        this.counts.evaluations += 1;
        if (!this.#filled) request.residuals.fill(untouched);
        const returned = this.#problem.residuals(request.at, request.residuals);
        if (isPromise(returned)) return returned.then(() => this.#check('residuals', request.residuals));
        this.#check('residuals', request.residuals);
        return undefined;
      }
      case 'jacobian': {
        this.counts.gradientEvaluations += 1;
        const returned = this.#problem.jacobian?.(request.at, request.jacobian);
        return isPromise(returned) ? returned.then(() => undefined) : undefined;
      }
      default:
        throw new TypeError(`residuals cannot answer ${request.kind}`);
    }
  }

  #check(what: Filled, out: Float64Array): void {
    if (!this.#filled) checkFilled(what, out);
    this.#filled = true;
  }
}

function checkFilled(what: Filled, out: Float64Array): void {
  if (out.length > 0 && out.every((value) => value === untouched)) {
    const wanted = 'written into the array that the function is given';
    throw expectedBut('ERR_GRADUS_VALUE', `the ${what}`, wanted, 'an array that was left as it was');
  }
}

function checkValue(value: unknown): number {
  if (typeof value !== 'number') throw expected('ERR_GRADUS_VALUE', "the function's value", 'a number', value);
  return value;
}

/** Where a promise cannot be waited for. What becomes of it is nobody's business any more. */
export function refusePromise(waited: Promise<void>): never {
  waited.catch(() => undefined);
  const wanted = 'at hand with the synchronous form';
  throw expectedBut('ERR_GRADUS_VALUE', "what the problem's functions return", wanted, 'a promise');
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as Promise<unknown>).then === 'function';
}

function then(
  before: Promise<void> | undefined,
  next: () => Promise<void> | void | undefined,
): Promise<void> | undefined {
  if (before !== undefined) return before.then(next);
  return next() ?? undefined;
}
