// What a score takes in place of predictions that float64 cannot hold. The metrics
// refuse such numbers as a wrong argument, but a model that gives them is just bad.

/** In place: at least `least`, and at most the largest number, which NaN becomes too. */
export function finitePredictions(values: Float64Array, least = -Number.MAX_VALUE): Float64Array {
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    values[i] = value <= Number.MAX_VALUE ? Math.max(value, least) : Number.MAX_VALUE;
  }
  return values;
}
