// The Nelder–Mead simplex method for functions that offer nothing but values (Nelder and
// Mead 1965, in the form of Lagarias, Reeds, Wright and Wright 1998): the worst of m + 1
// points is reflected through the centroid of the others, the step expanded or contracted,
// or all points are drawn to the best. With ρ = 1 the coefficients are χ = 2, γ = σ = ½, or
// the adaptive χ = 1 + 2/m, γ = ¾ − 1/(2m), σ = 1 − 1/m (Gao and Han 2012), with which it
// still works in tens of dimensions. Departures: points outside bounds are clipped to them,
// as in SciPy; a value that is not finite counts as +∞; oriented restarts (Kelley 1999, see
// simplex-restart.ts). There is no gradient: `state.gradient` holds zeros and means nothing.

import { markCopy } from '../copies.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';
import {
  clip,
  emptySimplex,
  evaluateNew,
  layOut,
  measure,
  replaceWorst,
  type Simplex,
  takeNew,
  valueAt,
} from './simplex.js';
import { emptyStagnation, meanValue, orient, type Stagnation, stagnates } from './simplex-restart.js';
import {
  emptyState,
  figure,
  type Halt,
  type Layout,
  type OptimizerDescription,
  type Request,
  type Solver,
  type SolverState,
} from './solver.js';

export interface NelderMeadOptions {
  /** Coefficients that depend on the number of free parameters m. Default: true for m > 5 without bounds. For m = 2 both are the same. */
  readonly adaptive?: boolean;
  /** Of the simplex, relative to max(|parameter|, the first edge: 5 % of the start, 0.00025 where that is 0). Default 1e-8. */
  readonly parameterTolerance?: number;
  /** Of the values in the simplex, relative to max(|value|, their difference in the first simplex). Default 1e-8. */
  readonly valueTolerance?: number;
}

const restartsMost = 10;
// Found on quadratics and on Rosenbrock's function: up to here, and up to ten parameters inside bounds, the fixed
// coefficients need fewer evaluations.
const adaptiveAbove = 5;
const epsilon = 2 ** -52;

interface NelderMeadState extends SolverState {
  readonly simplex: Simplex;
  readonly stagnation: Stagnation;
  /** Of all points but the worst. */
  readonly centroid: Float64Array;
  readonly reflected: Float64Array;
  /** The second trial of an iteration: expanded or contracted. */
  readonly second: Float64Array;
}

export class NelderMead implements Solver {
  static {
    markCopy(NelderMead);
  }

  readonly name = 'NelderMead';
  readonly defaultIterations = 20_000;
  readonly requests = ['value'] as const;
  readonly handles = ['bounds'] as const;
  readonly #adaptive: boolean | undefined;
  readonly #parameterTolerance: number;
  readonly #valueTolerance: number;

  /** @throws ERR_GRADUS_OPTION for an unknown option or a value out of range. */
  constructor(options: NelderMeadOptions = {}) {
    checkOptions(options, ['adaptive', 'parameterTolerance', 'valueTolerance'], 'NelderMead');
    const { adaptive, parameterTolerance = 1e-8, valueTolerance = 1e-8 } = options;
    this.#adaptive = adaptive === undefined ? undefined : checkBoolean(adaptive, '`adaptive`');
    this.#parameterTolerance = checkNumber(parameterTolerance, '`parameterTolerance`', { min: 0 });
    this.#valueTolerance = checkNumber(valueTolerance, '`valueTolerance`', { min: 0 });
  }

  describe(): OptimizerDescription {
    const tolerances = { parameterTolerance: this.#parameterTolerance, valueTolerance: this.#valueTolerance };
    const options = this.#adaptive === undefined ? tolerances : { adaptive: this.#adaptive, ...tolerances };
    return { name: this.name, options, learningRate: undefined };
  }

  init(layout: Layout): NelderMeadState {
    const n = layout.size;
    const simplex = emptySimplex(n, layout.bounds);
    return {
      ...emptyState(layout),
      simplex,
      stagnation: emptyStagnation(simplex.free.length),
      centroid: new Float64Array(n),
      reflected: new Float64Array(n),
      second: new Float64Array(n),
    };
  }

  /** Brings the start inside the bounds and evaluates the first simplex around it. */
  *start(state: NelderMeadState): Generator<Request, Halt | undefined, void> {
    const { simplex, parameters } = state;
    clip(simplex, parameters);
    layOut(simplex, parameters);
    yield* evaluateNew(simplex, 0, state.reflected);
    takeNew(simplex);
    takeBest(state);
    const { values, order } = simplex;
    if (state.value === Number.POSITIVE_INFINITY) {
      return {
        status: 'failed',
        reason: `the value is not finite at the start nor at any of the ${values.length - 1} points around it: start elsewhere`,
      };
    }
    let last = values.length - 1;
    while (values[order[last] as number] === Number.POSITIVE_INFINITY) last -= 1;
    const difference = (values[order[last] as number] as number) - state.value;
    simplex.valueScale = difference > 0 ? difference : Math.abs(state.value);
    return undefined;
  }

  /** The simplex is small and its values are nearly equal; the tolerance on gradients is not looked at. */
  convergence({ simplex, value }: NelderMeadState, _tolerance: number): string | undefined {
    const { free, size, spread, valueScale } = simplex;
    if (free.length === 0) return 'no parameter is free to move';
    const allowed = this.#valueTolerance * Math.max(Math.abs(value), valueScale);
    if (!(size <= this.#parameterTolerance && spread <= allowed)) return undefined;
    return (
      `simplex of relative size ${figure(size)} ≤ ${figure(this.#parameterTolerance)}, ` +
      `values within ${figure(spread)} ≤ ${figure(allowed)}`
    );
  }

  /** There is no gradient: the relative size of the simplex, which is what has to become small. */
  gradientNorm(state: NelderMeadState): number {
    return state.simplex.size;
  }

  *iterate(state: NelderMeadState): Generator<Request, Halt | undefined, void> {
    const { simplex, stagnation } = state;
    const m = simplex.free.length;
    if (m === 0) return { status: 'converged', reason: 'no parameter is free to move' };
    if (simplex.size <= 2 * epsilon) {
      const { size, spread } = simplex;
      return {
        status: 'stalled',
        reason:
          `the simplex has shrunk to ${figure(size)} ≤ ${figure(2 * epsilon)} of the parameters before its values agreed: ` +
          `they differ by ${figure(spread)} around ${figure(state.value)}`,
      };
    }
    const due = stagnation.iterations > m && stagnation.restarts < restartsMost;
    const mean = due ? meanValue(simplex) : stagnation.mean;
    const anew = due && stagnates(simplex, stagnation, mean);
    if (anew) yield* restart(state);
    else yield* this.#step(state);
    // What is remembered changes only now: an iteration that is broken off can be made again.
    stagnation.mean = mean;
    stagnation.iterations = due ? 1 : stagnation.iterations + 1;
    if (anew) stagnation.restarts += 1;
    takeBest(state);
    return undefined;
  }

  *#step(state: NelderMeadState): Generator<Request, void, void> {
    const { simplex, reflected, second } = state;
    const { values, order } = simplex;
    const m = simplex.free.length;
    const adaptive = m > 1 && (this.#adaptive ?? (m > adaptiveAbove && simplex.lower.length === 0));
    const expansion = adaptive ? 1 + 2 / m : 2;
    const contraction = adaptive ? 0.75 - 0.5 / m : 0.5;
    const best = values[order[0] as number] as number;
    const nextToWorst = values[order[m - 1] as number] as number;
    const worst = values[order[m] as number] as number;
    findCentroid(state);
    const value = yield* valueAlong(state, reflected, 1);
    if (value < best) {
      const expanded = yield* valueAlong(state, second, expansion);
      if (expanded < value) replaceWorst(simplex, second, expanded);
      else replaceWorst(simplex, reflected, value);
    } else if (value < nextToWorst) {
      replaceWorst(simplex, reflected, value);
    } else {
      const outside = value < worst;
      const contracted = yield* valueAlong(state, second, outside ? contraction : -contraction);
      if (outside ? contracted <= value : contracted < worst) replaceWorst(simplex, second, contracted);
      else yield* shrink(state, adaptive ? 1 - 1 / m : 0.5);
    }
  }
}

/** The best point becomes the state's. */
function takeBest(state: NelderMeadState): void {
  const { simplex, parameters } = state;
  const best = simplex.order[0] as number;
  const row = best * parameters.length;
  for (let j = 0; j < parameters.length; j += 1) parameters[j] = simplex.points[row + j] as number;
  state.value = simplex.values[best] as number;
  measure(simplex);
  state.learningRate = simplex.size;
}

function findCentroid({ simplex, centroid }: NelderMeadState): void {
  const { points, order, free } = simplex;
  const n = centroid.length;
  const m = free.length;
  const best = (order[0] as number) * n;
  // A mean of differences keeps what all points share to the last bit, and cannot overflow.
  for (let j = 0; j < n; j += 1) centroid[j] = 0;
  for (let i = 1; i < m; i += 1) {
    const row = (order[i] as number) * n;
    for (let j = 0; j < n; j += 1) {
      centroid[j] = (centroid[j] as number) + ((points[row + j] as number) - (points[best + j] as number)) / m;
    }
  }
  for (let j = 0; j < n; j += 1) centroid[j] = (centroid[j] as number) + (points[best + j] as number);
}

/** Fills `at` with centroid + t·(centroid − worst), inside the bounds; the value there. */
function* valueAlong(
  { simplex, centroid }: NelderMeadState,
  at: Float64Array,
  t: number,
): Generator<Request, number, void> {
  const { points, order } = simplex;
  const n = centroid.length;
  const worst = (order[order.length - 1] as number) * n;
  for (let j = 0; j < n; j += 1) {
    const c = centroid[j] as number;
    at[j] = c + t * (c - (points[worst + j] as number));
  }
  clip(simplex, at);
  return yield* valueAt(at);
}

function* shrink(state: NelderMeadState, factor: number): Generator<Request, void, void> {
  const { simplex, reflected } = state;
  const { points, values, order, newPoints, newValues } = simplex;
  const n = reflected.length;
  const best = (order[0] as number) * n;
  newValues[0] = values[order[0] as number] as number;
  for (let i = 0; i < order.length; i += 1) {
    const row = (order[i] as number) * n;
    for (let j = 0; j < n; j += 1) {
      const x = points[best + j] as number;
      newPoints[i * n + j] = x + factor * ((points[row + j] as number) - x);
    }
  }
  yield* evaluateNew(simplex, 1, reflected);
  takeNew(simplex);
}

function* restart(state: NelderMeadState): Generator<Request, void, void> {
  const { simplex, stagnation, reflected } = state;
  orient(simplex, stagnation);
  yield* evaluateNew(simplex, 1, reflected);
  takeNew(simplex);
}
