// The line search of CG_DESCENT (Hager and Zhang 2005, sections 3 and 4; 2006): it
// stops at the Wolfe conditions, or at the approximate ones,
//   (2δ − 1) φ'(0) ≥ φ'(t) ≥ σ φ'(0)  and  φ(t) ≤ φ(0) + ε |φ(0)|,
// which slopes decide, so that it works to the last digit where values cannot. The
// bracket shrinks by secant² steps and halving; B0 to B3, U0 to U3 and S1 to S4 are
// the paper's. Departure: a trial that is not finite counts as one that rose too far.

import { innerProduct, isFiniteState, type Request, type SolverState, type ValueGradientRequest } from './solver.js';

const delta = 0.1;
const sigma = 0.9;
const relativeEpsilon = 1e-6;
// The bracket must shrink by γ in an iteration; B3 grows by ρ.
const gamma = 0.66;
const rho = 5;
const mostTrials = 60;

/** A point of φ. */
interface Point {
  readonly t: number;
  readonly value: number;
  readonly slope: number;
}

/**
 * Moves `state` along `direction`, whose `slope` is negative.
 * @returns the step, or 0 when none was accepted: the state is then unchanged.
 */
export function* hagerZhang(
  state: SolverState,
  trial: ValueGradientRequest,
  direction: Float64Array,
  slope: number,
  first: number,
): Generator<Request, number, void> {
  const search = new Search(state, trial, direction, slope);
  let accepted = yield* search.bracket(first);
  while (!accepted && search.open) {
    const { width } = search;
    accepted = yield* search.secantTwice();
    if (!accepted && search.open && search.width > gamma * width) accepted = yield* search.halve();
  }
  if (!accepted) accepted = yield* search.settle();
  if (!accepted) return 0;
  state.parameters.set(trial.at);
  state.gradient.set(trial.gradient);
  state.value = trial.value;
  return search.last.t;
}

/** The generators say whether the last trial is accepted. */
class Search {
  last: Point;
  /** φ falls at `low` and is not above the limit; it rises at `high`, or is above. */
  #low: Point;
  #high: Point | undefined;
  #trials = 0;
  readonly #start: Point;
  /** φ(0) + ε|φ(0)|. */
  readonly #limit: number;

  constructor(
    readonly state: SolverState,
    readonly trial: ValueGradientRequest,
    readonly direction: Float64Array,
    slope: number,
  ) {
    this.#start = { t: 0, value: state.value, slope };
    this.#low = this.#start;
    this.last = this.#start;
    this.#limit = state.value + relativeEpsilon * Math.abs(state.value);
  }

  get width(): number {
    return (this.#high?.t ?? Number.POSITIVE_INFINITY) - this.#low.t;
  }

  /** There is still something between the ends, and trials are left. */
  get open(): boolean {
    return this.#high !== undefined && this.#trials < mostTrials && this.width > Number.EPSILON * this.#high.t;
  }

  /** B0 to B3. */
  *bracket(first: number): Generator<Request, boolean, void> {
    for (let t = first; this.#trials < mostTrials; t *= rho) {
      if (yield* this.#probe(t)) return true;
      if (this.last.slope >= 0) {
        this.#high = this.last;
        return false;
      }
      if (!(this.last.value <= this.#limit)) return yield* this.#fallBack(this.last);
      this.#low = this.last;
    }
    return false;
  }

  /** S1 to S4. */
  *secantTwice(): Generator<Request, boolean, void> {
    const low = this.#low;
    const high = this.#high as Point;
    const t = secant(low, high);
    if (yield* this.#update(t)) return true;
    const moved =
      t === this.#low.t ? secant(low, this.#low) : t === this.#high?.t ? secant(high, this.#high) : Number.NaN;
    return yield* this.#update(moved);
  }

  *halve(): Generator<Request, boolean, void> {
    return yield* this.#update(0.5 * (this.#low.t + (this.#high as Point).t));
  }

  /** The low end of the bracket as the last trial, where it gained something. */
  *settle(): Generator<Request, boolean, void> {
    if (!(this.#low.value < this.#start.value)) return false;
    yield* this.#probe(this.#low.t);
    return true;
  }

  /** U0 to U2; a step outside the bracket is none. */
  *#update(t: number): Generator<Request, boolean, void> {
    if (!this.open || !(t > this.#low.t && t < (this.#high as Point).t)) return false;
    if (yield* this.#probe(t)) return true;
    if (this.last.slope >= 0) this.#high = this.last;
    else if (this.last.value <= this.#limit) this.#low = this.last;
    else return yield* this.#fallBack(this.last);
    return false;
  }

  /** U3: halving between the low end and a point where φ falls but is too high, or is not finite. */
  *#fallBack(from: Point): Generator<Request, boolean, void> {
    this.#high = from;
    while (this.open) {
      const high = this.#high as Point;
      if (yield* this.#probe(0.5 * (this.#low.t + high.t))) return true;
      if (this.last.slope >= 0) {
        this.#high = this.last;
        return false;
      }
      if (this.last.value <= this.#limit) this.#low = this.last;
      else this.#high = this.last;
    }
    return false;
  }

  *#probe(t: number): Generator<Request, boolean, void> {
    const { state, trial, direction } = this;
    for (let i = 0; i < direction.length; i += 1) {
      trial.at[i] = (state.parameters[i] as number) + t * (direction[i] as number);
    }
    yield trial;
    this.#trials += 1;
    const finite = isFiniteState(trial.value, trial.gradient);
    const slope = finite ? innerProduct(trial.gradient, direction) : Number.NaN;
    this.last = { t, value: finite ? trial.value : Number.POSITIVE_INFINITY, slope };
    return this.#accepts(this.last);
  }

  #accepts({ t, value, slope }: Point): boolean {
    const { value: before, slope: downhill } = this.#start;
    if (!(slope >= sigma * downhill)) return false;
    return value - before <= delta * t * downhill || (value <= this.#limit && slope <= (2 * delta - 1) * downhill);
  }
}

function secant(a: Point, b: Point): number {
  return (a.t * b.slope - b.t * a.slope) / (b.slope - a.slope);
}
