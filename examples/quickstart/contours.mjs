// Contour lines of a function of two variables by marching squares (Lorensen and Cline
// 1987, in two dimensions), joined into closed loops. The grid reaches one cell beyond the range and
// is fenced by high values, so every loop closes outside the picture and can be filled.

const fence = Number.MAX_VALUE;

/**
 * @param {(x: number, y: number) => number} f
 * @param {readonly [number, number]} xRange
 * @param {readonly [number, number]} yRange
 * @param {readonly number[]} levels
 * @param {{ columns?: number, rows?: number }} [cells]  cells of the grid inside the range
 * @returns {[number, number][][][]}  for each level its loops around where f is below it
 */
export function contourLoops(f, xRange, yRange, levels, { columns = 96, rows = 72 } = {}) {
  const xs = nodes(xRange, columns);
  const ys = nodes(yRange, rows);
  const values = ys.map((y, j) =>
    xs.map((x, i) => {
      const outside = i === 0 || j === 0 || i === xs.length - 1 || j === ys.length - 1;
      const value = outside ? fence : f(x, y);
      return Number.isFinite(value) ? value : fence;
    }),
  );
  return levels.map((level) => loopsOf(values, xs, ys, level));
}

/** The nodes of the cells inside the range, one more on each side, and the fence. */
function nodes([low, high], cells) {
  const step = (high - low) / cells;
  return Array.from({ length: cells + 5 }, (_, i) => low + (i - 2) * step);
}

/** A crossing is named by its edge: twice the node it starts at, plus 1 when the edge goes up. */
function loopsOf(values, xs, ys, level) {
  const width = xs.length;
  const across = (i, j) => 2 * (j * width + i);
  const up = (i, j) => across(i, j) + 1;
  /** @type {Map<number, number[]>} */
  const neighbours = new Map();
  const link = (one, other) => {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ]) {
      const known = neighbours.get(from);
      if (known === undefined) neighbours.set(from, [to]);
      else known.push(to);
    }
  };
  for (let j = 0; j + 1 < ys.length; j += 1) {
    for (let i = 0; i + 1 < width; i += 1) {
      const [a, b, c, d] = [values[j][i], values[j][i + 1], values[j + 1][i + 1], values[j + 1][i]];
      const inside = [a < level, b < level, c < level, d < level];
      const edges = [across(i, j), up(i + 1, j), across(i, j + 1), up(i, j)];
      const crossed = edges.filter((_, k) => inside[k] !== inside[(k + 1) % 4]);
      if (crossed.length === 2) link(crossed[0], crossed[1]);
      if (crossed.length === 4) {
        // A saddle: the middle of the cell decides which two corners are cut off.
        const middle = a / 4 + b / 4 + c / 4 + d / 4 < level;
        const first = inside[0] === middle ? 0 : 3;
        link(edges[first], edges[(first + 1) % 4]);
        link(edges[(first + 2) % 4], edges[(first + 3) % 4]);
      }
    }
  }
  const point = (edge) => {
    const node = edge >> 1;
    const [i, j] = [node % width, Math.floor(node / width)];
    const [i2, j2] = edge % 2 === 0 ? [i + 1, j] : [i, j + 1];
    const share = (level - values[j][i]) / (values[j2][i2] - values[j][i]);
    return /** @type {[number, number]} */ ([xs[i] + share * (xs[i2] - xs[i]), ys[j] + share * (ys[j2] - ys[j])]);
  };
  const loops = [];
  while (neighbours.size > 0) {
    const loop = [];
    let [edge] = neighbours.keys();
    while (edge !== undefined) {
      loop.push(point(edge));
      const next = neighbours.get(edge);
      neighbours.delete(edge);
      edge = next.find((candidate) => neighbours.has(candidate));
    }
    loops.push(loop);
  }
  return loops;
}
