// Runs a solver on a problem with whatever derivatives it has: answers values,
// gradients, Hessians and products with them, counts each kind, and stops at
// convergence, a halt or the last iteration allowed. Saves and restores a state too.

import type { Bounds, Halt, Request, RequestKind, Solver, SolverState } from '../../../lib/optimizers/solver.js';

export interface AnyProblem {
  readonly size: number;
  /** Fills the gradient, returns the value. */
  evaluate(p: Float64Array, gradient: Float64Array): number;
  /** Fills n × n numbers. */
  hessian?(p: Float64Array, out: Float64Array): void;
  readonly bounds?: Bounds | undefined;
}

export interface AnyRun {
  readonly state: SolverState;
  readonly status: Halt['status'] | 'budget';
  readonly reason: string;
  readonly counts: Partial<Record<RequestKind, number>>;
}

interface AnyOptions {
  readonly tolerance?: number;
  readonly iterations?: number;
  readonly watch?: (state: SolverState) => void;
}

export function begin(solver: Solver, problem: AnyProblem, start: ArrayLike<number>): SolverState {
  const { size, bounds } = problem;
  const state = solver.init({ size, blocks: [{ name: 'parameters', offset: 0, size }], bounds });
  state.parameters.set(start);
  return state;
}

export function solve(solver: Solver, problem: AnyProblem, start: ArrayLike<number>, options: AnyOptions = {}): AnyRun {
  const state = begin(solver, problem, start);
  const counts: AnyRun['counts'] = {};
  const first = solver.start ? answerAll(solver.start(state), problem, counts) : undefined;
  if (first) return { ...first, state, counts };
  if (!solver.start) {
    count(counts, 'value-gradient');
    state.value = problem.evaluate(state.parameters, state.gradient);
  }
  return resume(solver, problem, state, options, counts);
}

/** The loop from an evaluated state. */
export function resume(
  solver: Solver,
  problem: AnyProblem,
  state: SolverState,
  { tolerance = 1e-8, iterations = solver.defaultIterations, watch }: AnyOptions = {},
  counts: AnyRun['counts'] = {},
): AnyRun {
  for (;;) {
    const reason = solver.convergence(state, tolerance);
    if (reason !== undefined) return { state, status: 'converged', reason, counts };
    if (state.iteration >= iterations) return { state, status: 'budget', reason: 'all iterations', counts };
    const halt = answerAll(solver.iterate(state), problem, counts);
    if (halt) return { ...halt, state, counts };
    state.iteration += 1;
    watch?.(state);
  }
}

/** The state as it comes back from a file. */
export function savedCopy<S>(state: S): S {
  return JSON.parse(JSON.stringify(encode(state)), (_, value) => {
    if (typeof value?.bytes !== 'string') return value?.special === undefined ? value : Number(value.special);
    const bytes = Buffer.from(value.bytes, 'base64');
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    return new Float64Array(buffer);
  }) as S;
}

function encode(value: unknown): unknown {
  if (value instanceof Float64Array) {
    return { bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
  }
  if (ArrayBuffer.isView(value)) throw new Error('a state holds an array that checkpoints do not know');
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { special: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value === 'function') throw new Error('a state holds a function');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, encode(entry)]));
}

function count(counts: AnyRun['counts'], kind: RequestKind): void {
  counts[kind] = (counts[kind] ?? 0) + 1;
}

function answerAll(
  work: Generator<Request, Halt | undefined, void>,
  problem: AnyProblem,
  counts: AnyRun['counts'],
): Halt | undefined {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    const request = step.value;
    count(counts, request.kind);
    answer(request, problem);
  }
}

function answer(request: Request, problem: AnyProblem): void {
  switch (request.kind) {
    case 'value':
      request.value = problem.evaluate(request.at, new Float64Array(problem.size));
      return;
    case 'value-gradient':
      request.value = problem.evaluate(request.at, request.gradient);
      return;
    case 'hessian':
      problem.hessian?.(request.at, request.hessian);
      return;
    case 'hessian-vector': {
      const n = problem.size;
      const h = new Float64Array(n * n);
      problem.hessian?.(request.at, h);
      for (let i = 0; i < n; i += 1) {
        let sum = 0;
        for (let j = 0; j < n; j += 1) sum += (h[i * n + j] as number) * (request.vector[j] as number);
        request.product[i] = sum;
      }
      return;
    }
    default:
      throw new Error(`unexpected request ${request.kind}`);
  }
}
