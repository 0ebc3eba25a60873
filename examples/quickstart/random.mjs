// A small seeded generator, so that the quickstart shows the same data on every machine.
// The state is a linear congruence modulo 2³² (Knuth's multiplier); only its high bits
// reach the result. Good enough to make data for a picture, and for nothing else.

/** Numbers in [−1, 1), the same ones for the same seed. @param {number} seed */
export function uniform(seed) {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}
