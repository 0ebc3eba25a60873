// Sums over rows: leaves of 512 rows combined in a power-of-two pairwise tree,
// so that the result depends on the rows alone, never on who adds what when.

export const leafRows = 512;
// Elements added between two chances to pause.
const sliceWidth = 1 << 16;

/**
 * Calls `leaf` for each run of rows and adds the results pairwise.
 * @param leaf fills `sums` (zeroed) for rows first … first + count − 1; it yields where it can pause.
 */
export function* sumLeaves(
  rows: number,
  width: number,
  leaf: (first: number, count: number, sums: Float64Array) => Generator<void, void, void>,
  out: Float64Array,
): Generator<void, void, void> {
  const stack: Float64Array[] = [];
  // Arrays to use again, all zero.
  const spare: Float64Array[] = [];
  const fold = function* (): Generator<void, void, void> {
    const right = stack.pop()!;
    const left = stack.at(-1)!;
    for (let i = 0; i < width; i += 1) {
      left[i] = left[i]! + right[i]!;
      right[i] = 0;
      if (i % sliceWidth === sliceWidth - 1) yield;
    }
    spare.push(right);
  };
  for (let first = 0, index = 1; first < rows; first += leafRows, index += 1) {
    const sums = spare.pop() ?? new Float64Array(width);
    yield* leaf(first, Math.min(leafRows, rows - first), sums);
    stack.push(sums);
    for (let bits = index; bits % 2 === 0; bits /= 2) yield* fold();
  }
  while (stack.length > 1) yield* fold();
  out.set(stack[0] ?? new Float64Array(width));
}
