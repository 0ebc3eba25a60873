// The contours of a function of two variables with the paths of several methods over
// them. Each path carries its number where it is farthest from the others, so that the
// eye can follow it; the list beside or below the plot says which method that is.

import { contourLoops } from './contours.mjs';
import { formatNumber, textWidth } from './numbers.mjs';
import { linearScale } from './scales.mjs';
import {
  axes,
  badge,
  clipped,
  element,
  identifier,
  inStyle,
  key,
  label,
  pathData,
  picture,
  seriesLine,
  seriesMarker,
  textSize,
  thinFirst,
  thinned,
  tickRoom,
} from './svg.mjs';

/**
 * @typedef {{ name: string, note?: string, style?: number, points: readonly (readonly [number, number])[] }} Path
 * @param {object} options
 * @param {(t0: number, t1: number) => number} options.f
 * @param {readonly [number, number]} options.xRange
 * @param {readonly [number, number]} options.yRange
 * @param {readonly number[]} options.levels
 * @param {Path[]} options.paths
 * @param {readonly [number, number]} options.minimum
 * @param {string} options.xLabel
 * @param {string} options.yLabel
 * @param {string} options.title
 * @param {string} [options.description]
 * @param {number} [options.width]  pixels; below 600 the list of methods goes under the plot
 */
export function contourChart(options) {
  const { f, levels, minimum, xLabel, yLabel, title, description, width = 880 } = options;
  const compact = width < 600;
  const methods = options.paths.map((path, i) => ({ ...path, style: path.style ?? i }));
  const names = key(methods, compact ? width : 230);
  const frame = { left: 10, top: 28, right: compact ? width - 6 : width - 254, bottom: compact ? 356 : 516 };
  const { plot, ranges } = laidOut(options.xRange, options.yRange, frame);
  const x = linearScale(ranges.x, [plot.left, plot.right]);
  const y = linearScale(ranges.y, [plot.bottom, plot.top]);
  const pixel = ([t0, t1]) => /** @type {[number, number]} */ ([x.at(t0), y.at(t1)]);

  const drawn = methods.map(({ points, style }) => {
    const pixels = points.filter((point) => point.every(Number.isFinite)).map(pixel);
    const line = thinned(pixels, 1200);
    return { style, line, thin: line.length > 150, steps: visibleSteps(line) };
  });
  const loops = contourLoops(f, ranges.x, ranges.y, levels).map((level) => level.map((loop) => loop.map(pixel)));
  const target = pixel(minimum);
  const start = drawn[0]?.line[0];
  const obstacles = drawn.map(({ line }) => densified(thinned(line, 200)));
  const marks = [placeName('minimum', target, start, plot)];
  if (start !== undefined) marks.push(placeName('start', start, target, plot));
  const named = marks.flatMap(pointsUnder);
  const fixed = [target, ...(start === undefined ? [] : [start]), ...named];
  const badges = placeBadges(obstacles, fixed, named, plot);
  const levelLabels = placeLevels(levels, loops, [...obstacles.flat(), ...badges.filter(isPlaced), ...fixed], plot);

  const parts = [
    ...loops
      .filter((level) => level.length > 0)
      .map((level) => element('path', { class: 'contour', d: `${level.map(pathData).join('Z')}Z` })),
    ...thinFirst(drawn).map(({ line, thin, style }) => inStyle(style, seriesLine(line, style, { thin }))),
    ...drawn.map(({ steps, style }) => inStyle(style, ...steps.map((step) => seriesMarker(step, style)))),
    element('circle', { class: 'target', cx: target[0], cy: target[1], r: 9 }),
    element('path', { class: 'target', d: crossAt(target) }),
    ...levelLabels.map(({ at: [px, py], text }) =>
      label(px, py + 4.5, text, { anchor: 'middle', class: 'halo muted' }),
    ),
    ...badges.map((point, i) => (isPlaced(point) ? inStyle(drawn[i].style, badge(point, drawn[i].style)) : '')),
  ];
  if (start !== undefined) parts.push(element('circle', { class: 'start', cx: start[0], cy: start[1], r: 5 }));
  const keyTop = compact ? plot.bottom + 62 : plot.top;
  return picture(
    { title, description, width, height: compact ? keyTop + names.height : plot.bottom + 50 },
    axes(plot, { x, y, xLabel, yLabel }),
    clipped(identifier(title, width), plot, ...parts),
    element('rect', {
      class: 'frame',
      x: plot.left,
      y: plot.top,
      width: plot.right - plot.left,
      height: plot.bottom - plot.top,
    }),
    ...marks.map(({ text, at: [px, py] }) => label(px, py, text, { anchor: 'middle', class: 'halo strong' })),
    names.draw(compact ? 0 : plot.right + 24, keyTop),
  );
}

/** Room for the ticks of the y axis, whose range and so whose ticks depend on the room that is left. */
function laidOut(xRange, yRange, frame) {
  let plot = frame;
  for (let round = 0; ; round += 1) {
    const ranges = equallyScaled(xRange, yRange, plot);
    const height = plot.bottom - plot.top;
    const left = tickRoom(linearScale(ranges.y, [height, 0]), height);
    if (left <= plot.left || round === 3) return { plot, ranges };
    plot = { ...plot, left };
  }
}

/**
 * One scale for both axes, by widening the range that has room, so that a step along the
 * gradient stands upright on its contour; ranges too unlike for that stay as they are.
 */
function equallyScaled(xRange, yRange, plot) {
  const perPixel = [
    (xRange[1] - xRange[0]) / (plot.right - plot.left),
    (yRange[1] - yRange[0]) / (plot.bottom - plot.top),
  ];
  const coarser = Math.max(...perPixel);
  if (!(coarser <= 3 * Math.min(...perPixel))) return { x: xRange, y: yRange };
  const widened = ([low, high], own) => {
    const half = (((high - low) / 2) * coarser) / own;
    return /** @type {[number, number]} */ ([(low + high) / 2 - half, (low + high) / 2 + half]);
  };
  return { x: widened(xRange, perPixel[0]), y: widened(yRange, perPixel[1]) };
}

/** The first points of a path that stand far enough apart to be told from each other, and its last one. */
function visibleSteps(pixels) {
  const kept = [];
  for (const point of pixels.slice(1)) {
    const [x, y] = kept.at(-1) ?? pixels[0];
    if (Math.hypot(point[0] - x, point[1] - y) >= 14) kept.push(point);
    if (kept.length === 8) break;
  }
  const last = pixels.at(-1);
  return last === undefined || kept.at(-1) === last ? kept : [...kept, last];
}

/** Points along a line at most so many pixels apart. */
function densified(line, gap = 8) {
  const dense = line.slice(0, 1);
  for (let i = 1; i < line.length; i += 1) {
    const [[x0, y0], [x1, y1]] = [line[i - 1], line[i]];
    const pieces = Math.min(2000, Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / gap)));
    for (let k = 1; k <= pieces; k += 1) {
      dense.push(/** @type {[number, number]} */ ([x0 + ((x1 - x0) * k) / pieces, y0 + ((y1 - y0) * k) / pieces]));
    }
  }
  return dense;
}

/**
 * For every path the point inside the plot that is farthest from the other paths, the badges and the marked points, and
 * not on the names of these as long as the path leaves them.
 */
function placeBadges(paths, fixed, named, plot) {
  const placed = [];
  for (const [i, path] of paths.entries()) {
    const others = paths.filter((_, j) => j !== i).flat();
    const candidates = path.filter(inside(plot, 12));
    const free = candidates.filter((point) => distanceTo(point, named) > 22);
    const obstacles = [...others, ...placed.filter(isPlaced), ...fixed];
    placed.push(farthest(free.length > 0 ? free : candidates, obstacles, 60));
  }
  return placed;
}

/** A path that is nowhere inside the plot has no place for its badge. */
function isPlaced(point) {
  return point !== undefined;
}

/** Every contour's value, written on it where it is farthest from everything else; left out where it is too tight. */
function placeLevels(levels, loops, occupied, plot) {
  const taken = [...occupied];
  const labels = [];
  for (const [i, level] of [...levels.entries()].sort((a, b) => b[1] - a[1])) {
    const text = formatNumber(level);
    const room = textWidth(text, textSize) / 2;
    const candidates = loops[i].flatMap((loop) => densified(loop).filter(inside(plot, room + 8)));
    const at = farthest(candidates, taken, 90);
    if (at === undefined || distanceTo(at, taken) < room + 16) continue;
    taken.push(at);
    labels.push({ at, text });
  }
  return labels;
}

/** The candidate with the largest distance to all obstacles; anything beyond `enough` is as good, the first wins. */
function farthest(candidates, obstacles, enough) {
  let best;
  let most = -1;
  for (const candidate of candidates) {
    const distance = Math.min(enough, distanceTo(candidate, obstacles));
    if (distance > most) [best, most] = [candidate, distance];
  }
  return best;
}

function distanceTo([x, y], obstacles) {
  let least = Number.POSITIVE_INFINITY;
  for (const [ox, oy] of obstacles) least = Math.min(least, Math.hypot(ox - x, oy - y));
  return least;
}

function inside({ left, top, right, bottom }, margin) {
  return ([x, y]) => x > left + margin && x < right - margin && y > top + margin && y < bottom - margin;
}

/** Where the name of a marked point stands, above or below it: on the side away from the other marked point. */
function placeName(text, [x, y], other, plot) {
  const room = textWidth(text, textSize) / 2 + 4;
  const px = Math.max(plot.left + room, Math.min(plot.right - room, x));
  const above = other !== undefined && y < other[1];
  const py = above ? Math.max(plot.top + 14, y - 14) : Math.min(plot.bottom - 6, y + 24);
  return { text, at: /** @type {[number, number]} */ ([px, py]), room };
}

/** What a name covers, as points that badges and values keep away from. */
function pointsUnder({ at: [x, y], room }) {
  return [-1, -0.5, 0, 0.5, 1].map((side) => /** @type {[number, number]} */ ([x + side * room, y - 5]));
}

function crossAt([x, y]) {
  return (
    pathData([
      [x - 14, y],
      [x + 14, y],
    ]) +
    pathData([
      [x, y - 14],
      [x, y + 14],
    ])
  );
}
