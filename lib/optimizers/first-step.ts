// How far the first step of a first-order or quasi-Newton method goes, when nothing
// is known of the curvature: min(1, ‖g‖), as is usual (Nocedal & Wright, section
// 7.2), held between bounds that follow the scale of the problem. Departure: these
// bounds, so that values and parameters of 1e±150 need no hundreds of trials.

// Six orders below the start's own scale a step would waste trials on growing, three
// orders above the larger of the two scales on shrinking.
const smallest = 1e-6;
const largest = 1e3;

/** The length ‖x₁ − x₀‖ to try first; |f|/‖g‖ is a length in the units of x whatever the units of f. */
export function firstStepLength(x: Float64Array, value: number, gradientNorm: number): number {
  let size = 0;
  for (let i = 0; i < x.length; i += 1) size = Math.max(size, Math.abs(x[i] as number));
  const scale = Math.abs(value) / gradientNorm;
  const usual = Math.min(1, gradientNorm);
  const least = smallest * Math.max(size, Math.min(1, scale));
  const most = size + scale > 0 ? largest * (size + scale) : Number.POSITIVE_INFINITY;
  return Math.min(Math.max(usual, least), most);
}
