// The charts of the quickstart's report, each a pure function from data to one SVG
// drawing: lines over points, and convergence on logarithmic axes. Contours, bars and the table
// have their own files and are exported from here too. `width` is in pixels; a chart of
// less than 600 is drawn for a phone. A series keeps its `style` (default: its position) on all charts.

import { powerOfTen, textWidth } from './numbers.mjs';
import { linearScale, logScale, niceStep, rangeOf } from './scales.mjs';
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
  spread,
  textSize,
  thinFirst,
  thinned,
  tickRoom,
} from './svg.mjs';

export { barChart } from './bars.mjs';
export { contourChart } from './contour-chart.mjs';
export { tableHtml } from './table.mjs';

const mostPoints = 1500;

/**
 * Data points and straight lines y = intercept + slope · x.
 * @param {object} options
 * @param {readonly (readonly [number, number])[]} options.points
 * @param {{ name: string, style?: number, intercept: number, slope: number }[]} options.lines
 * @param {string} options.xLabel
 * @param {string} options.yLabel
 * @param {string} options.title
 * @param {string} [options.description]
 * @param {number} [options.width]
 */
export function scatterWithLines({ points, lines, xLabel, yLabel, title, description, width = 880 }) {
  const series = lines
    .map((line, i) => ({ ...line, style: line.style ?? i }))
    .filter(({ intercept, slope }) => Number.isFinite(intercept) && Number.isFinite(slope));
  const xDomain = rangeOf(
    points.map(([x]) => x),
    0.04,
  );
  const yDomain = rangeOf(
    points.map(([, y]) => y),
    0.06,
  );
  const layout = layOut(series, width, (height) => tickRoom(linearScale(yDomain, [height, 0]), height));
  const { plot } = layout;
  const x = linearScale(xDomain, [plot.left, plot.right]);
  const y = linearScale(yDomain, [plot.bottom, plot.top]);
  const stride = Math.ceil(points.length / mostPoints);
  const dots = points
    .filter((_, i) => i % stride === 0)
    .map(([px, py]) => element('circle', { cx: x.at(px), cy: y.at(py), r: 3 }));
  const ends = series.map(({ style, intercept, slope }) => {
    const valueAt = (px) => y.at(intercept + slope * px);
    return { style, line: xDomain.map((px) => /** @type {[number, number]} */ ([x.at(px), valueAt(px)])) };
  });
  return picture(
    { title, description, width, height: layout.height },
    axes(plot, { x, y, xLabel, yLabel }),
    clipped(
      identifier(title, width),
      plot,
      element('g', { class: 'dots' }, ...dots),
      ...ends.map(({ style, line }) => inStyle(style, seriesLine(line, style))),
    ),
    layout.names(ends.map(({ line }) => line[1])),
  );
}

/**
 * Series over steps or epochs. On a logarithmic axis values at or below the floor lie on its edge, which then says so.
 * @param {object} options
 * @param {{ name: string, style?: number, xs: readonly number[], ys: readonly number[] }[]} options.series
 * @param {string} options.xLabel
 * @param {string} options.yLabel
 * @param {boolean} [options.logX]
 * @param {boolean} [options.logY]
 * @param {number} [options.floor]  of the vertical axis, a power of ten; without it only zero lies on the edge
 * @param {number} [options.divergence]  a series leaves through the top beyond so many times the largest start
 * @param {number} [options.reach]  what the vertical axis must reach
 * @param {string} options.title
 * @param {string} [options.description]
 * @param {number} [options.width]
 */
export function convergenceChart(options) {
  const { xLabel, yLabel, logX = false, logY = true, title, description, width = 880 } = options;
  const { floor, divergence = 1e3, reach } = options;
  const series = options.series.map((one, i) => ({ ...one, style: one.style ?? i }));
  const xAxis = axisOf(
    series.map(({ xs }) => xs),
    { log: logX },
  );
  const yAxis = axisOf(
    series.map(({ ys }) => ys),
    { log: logY, floor, divergence, reach, whole: true },
  );
  const layout = layOut(series, width, (height) => tickRoom(yAxis([height, 0]), height));
  const { plot } = layout;
  const x = xAxis([plot.left, plot.right]);
  const y = yAxis([plot.bottom, plot.top]);
  const drawn = series.map(({ style, xs, ys }) => {
    const points = xs.map((value, i) => [value, ys[i]]).filter((point) => point.every(Number.isFinite));
    const pixels = points.map(([px, py]) => /** @type {[number, number]} */ ([x.at(px), y.at(py)]));
    const line = thinned(pixels, 600);
    return { style, line, thin: isNoisy(line) };
  });
  return picture(
    { title, description, width, height: layout.height },
    axes(plot, { x, y, xLabel, yLabel }),
    clipped(
      identifier(title, width),
      { ...plot, left: plot.left - 6, bottom: plot.bottom + 6, right: plot.right + 6 },
      ...thinFirst(drawn).map(({ style, line, thin }) => inStyle(style, seriesLine(line, style, { thin }))),
      ...drawn.map(({ style, line }) =>
        inStyle(style, ...markedPoints(line).map((point) => seriesMarker(point, style))),
      ),
    ),
    layout.names(drawn.map(({ line }) => line.at(-1))),
  );
}

/**
 * Where the plot lies and how its series are named: at their ends when there is room to
 * the right, otherwise by their numbers there and a list below.
 */
function layOut(series, width, roomForTicks) {
  const compact = width < 600;
  const top = 28;
  const height = compact ? 270 : 360;
  const longest = Math.max(0, ...series.map(({ name }) => textWidth(name, textSize)));
  const names = key(series, width);
  const plot = {
    left: roomForTicks(height),
    top,
    right: width - (compact ? 34 : Math.min(longest + 56, width * 0.4)),
    bottom: top + height,
  };
  return {
    plot,
    height: plot.bottom + 50 + (compact ? names.height + 14 : 0),
    names(ends) {
      const heights = spread(
        ends.map((end) => Math.max(plot.top, Math.min(plot.bottom, end?.[1] ?? plot.bottom))),
        22,
        plot.top + 6,
        plot.bottom - 4,
      );
      const labels = series.map(({ name, style }, i) => {
        if (ends[i] === undefined) return '';
        const from = [Math.min(ends[i][0], plot.right), Math.max(plot.top, Math.min(plot.bottom, ends[i][1]))];
        const leader = element('path', {
          class: 'leader',
          d: pathData([
            [from[0] + 7, from[1]],
            [plot.right + 14, heights[i]],
          ]),
        });
        const text = compact ? '' : label(plot.right + 40, heights[i] + 4.5, name);
        return inStyle(style, leader, badge([plot.right + 24, heights[i]], style)) + text;
      });
      return labels.join('') + (compact ? names.draw(0, plot.bottom + 62) : '');
    },
  };
}

/** A scale for the values of all series, made for a range of pixels. A `whole` one begins and ends beyond the data. */
function axisOf(lists, { log, floor = 0, divergence, reach, whole = false }) {
  // A diverging series leaves through the top and does not press the others flat.
  const limit =
    (divergence !== undefined && divergence * Math.max(...lists.map((list) => list[0] ?? 0))) || Number.MAX_VALUE;
  const all = [...lists.flat().filter((value) => value <= limit), ...(reach === undefined ? [] : [reach])];
  if (!log) return (pixels) => linearScale(rangeOf([0, ...all]), pixels);
  const above = all.filter((value) => value > floor);
  const [least, most] = above.length > 0 ? rangeOf(above) : [floor || 0.1, floor * 10 || 1];
  const clips = above.length < all.length;
  const decadeBelow = (value) => 10 ** Math.floor(Math.log10(value) + 1e-9);
  // What is at or below the floor lies on the edge of the plot; without one, zero lies half a decade below the rest.
  let low = whole ? decadeBelow(least) : least;
  if (clips) low = floor > 0 ? floor : least / Math.sqrt(10);
  const high = Math.max(whole ? niceStep(most) : most, low * 10);
  const edge = floor > 0 ? `≤ ${powerOfTen(Math.round(Math.log10(floor)))}` : '0';
  return (pixels) => logScale([low, high], pixels, clips ? { floor: edge } : {});
}

/** Whether a line turns up and down so often that dashes could not be seen on it. */
function isNoisy(line) {
  const rises = line.slice(1).map(([, y], i) => y - line[i][1]);
  return rises.filter((rise, i) => i > 0 && rise * rises[i - 1] < 0).length > 40;
}

/** About eight points of a line, evenly apart, with its first and last. */
function markedPoints(line) {
  const stride = Math.max(1, Math.ceil((line.length - 1) / 8));
  return line.filter((_, i) => i % stride === 0 || i === line.length - 1);
}
