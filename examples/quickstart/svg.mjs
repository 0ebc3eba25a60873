// The parts every chart is drawn from: elements, axes with gridlines, the lines, markers
// and numbered badges of a series, the list that names them, and labels moved apart.
// Colours are classes of the page's style sheet, so one drawing serves light and dark.

import { escapeText, textWidth, wrapText } from './numbers.mjs';

/** Size of the text in pixels at full width; a chart is never shown much smaller than it is drawn. */
export const textSize = 13;
const lineHeight = 17;

/** How many series look different. Later ones begin again, with their own number. */
export const styleCount = 6;
const dashes = ['', '2 3', '9 4', '9 3 2 3', '16 4', '5 3'];
const markers = ['circle', 'square', 'triangle', 'diamond', 'cross', 'ring'];

/**
 * One element; attributes that are undefined are left out and numbers are rounded to a tenth.
 * @param {string} name
 * @param {Record<string, string | number | undefined>} attributes
 * @param {...string} children
 */
export function element(name, attributes, ...children) {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escapeText(value)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

/** A line of text. `anchor` is where of it the point lies: start, middle or end. */
export function label(x, y, content, { anchor, ...attributes } = {}) {
  return element('text', { x, y, 'text-anchor': anchor, ...attributes }, escapeText(content));
}

/** The whole picture, named and described for those who do not see it. */
export function picture({ title, description, width, height }, ...children) {
  return element(
    'svg',
    { viewBox: `0 0 ${round(width)} ${round(height)}`, role: 'img', 'font-size': textSize },
    element('title', {}, escapeText(title)),
    element('desc', {}, escapeText(description ?? title)),
    ...children,
  );
}

/** A group whose drawing ends at the edges of the plot. */
export function clipped(id, { left, top, right, bottom }, ...children) {
  const area = element('rect', { x: left, y: top, width: right - left, height: bottom - top });
  return element('clipPath', { id }, area) + element('g', { 'clip-path': `url(#${id})` }, ...children);
}

/** A name for use inside the page. @param {string} title @param {number} width */
export function identifier(title, width) {
  return `${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${width}`;
}

/**
 * Gridlines, ticks and the names of both axes. As many ticks as fit without touching.
 * @param {{ left: number, top: number, right: number, bottom: number }} plot
 * @param {{ x: import('./scales.mjs').Scale, y?: import('./scales.mjs').Scale, xLabel: string, yLabel?: string }} axes
 */
export function axes(plot, { x, y, xLabel, yLabel }) {
  const { left, top, right, bottom } = plot;
  const parts = [];
  for (const { value, label: text } of fittingTicks(x, right - left)) {
    parts.push(
      element('path', {
        class: 'grid',
        d: pathData([
          [x.at(value), top],
          [x.at(value), bottom],
        ]),
      }),
    );
    parts.push(label(x.at(value), bottom + 18, text, { anchor: 'middle', class: 'muted' }));
  }
  for (const { value, label: text } of y?.ticks(Math.max(3, Math.floor((bottom - top) / 44))) ?? []) {
    parts.push(
      element('path', {
        class: 'grid',
        d: pathData([
          [left, y.at(value)],
          [right, y.at(value)],
        ]),
      }),
    );
    parts.push(label(left - 8, y.at(value) + 4.5, text, { anchor: 'end', class: 'muted' }));
  }
  const foot = y === undefined ? [left, top] : [right, bottom];
  parts.push(element('path', { class: 'axis', d: pathData([[left, bottom], foot]) }));
  parts.push(label((left + right) / 2, bottom + 40, xLabel, { anchor: 'middle' }));
  if (yLabel !== undefined) parts.push(label(0, top - 14, yLabel));
  return parts.join('');
}

/** The width the labels of a vertical axis need. @param {import('./scales.mjs').Scale} scale @param {number} height */
export function tickRoom(scale, height) {
  const ticks = scale.ticks(Math.max(3, Math.floor(height / 44)));
  return Math.max(...ticks.map(({ label: text }) => textWidth(text, textSize))) + 10;
}

/** The line of a series. Long noisy paths are drawn thin and undashed so that they do not hide the others. */
export function seriesLine(points, style, { thin = false } = {}) {
  if (points.length === 0) return '';
  // Beyond the sixth series the colours come again, with other dashes.
  const dash = thin ? '' : dashes[(style + Math.floor(style / styleCount)) % styleCount];
  return element('path', { class: thin ? 'line thin' : 'line', d: pathData(points), 'stroke-dasharray': dash });
}

/** The order to draw in: the bold lines over the thin ones. @template {{ thin: boolean }} T @param {T[]} lines */
export function thinFirst(lines) {
  return [...lines].sort((one, other) => Number(other.thin) - Number(one.thin));
}

/** The marker of a series: its shape tells it apart where colours do not. */
export function seriesMarker([x, y], style) {
  const shape = markers[(style + Math.floor(style / styleCount)) % styleCount];
  if (shape === 'circle') return element('circle', { class: 'marker', cx: x, cy: y, r: 4 });
  if (shape === 'ring') return element('circle', { class: 'marker hollow', cx: x, cy: y, r: 4 });
  const outline = {
    square: 'm-4-4h8v8h-8z',
    triangle: 'm0-5l5 9h-10z',
    diamond: 'm0-5.5l5.5 5.5-5.5 5.5-5.5-5.5z',
    cross: 'm-1.5-5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z',
  }[shape];
  return element('path', { class: 'marker', d: `M${round(x)} ${round(y)}${outline}` });
}

/** The number of a series in a disc of its colour. */
export function badge([x, y], style) {
  const disc = element('circle', { cx: x, cy: y, r: 9.5 });
  return element('g', { class: 'badge' }, disc, label(x, y + 4.3, style + 1, { anchor: 'middle', 'font-size': 12 }));
}

/** A group in the colour of a series. */
export function inStyle(style, ...children) {
  return element('g', { class: `series-${style % styleCount}` }, ...children);
}

/**
 * The list that names the series, one under the other: badge, sample of the line, name, note.
 * @param {{ name: string, note?: string, style: number }[]} items
 * @param {number} width
 */
export function key(items, width) {
  const indent = 74;
  let height = 0;
  const rows = items.map(({ name, note, style }) => {
    const top = height;
    const lines = wrapText(name, width - indent, textSize);
    const notes = note === undefined ? [] : wrapText(note, width - indent, textSize);
    height += (lines.length + notes.length) * lineHeight + 9;
    return { top, style, lines, notes };
  });
  const draw = (x, y) =>
    rows
      .map(({ top, style, lines, notes }) => {
        const middle = y + top + 8;
        const sample = [
          [x + 28, middle],
          [x + 64, middle],
        ];
        const texts = [...lines, ...notes].map((line, i) =>
          label(x + indent, middle + 4.5 + i * lineHeight, line, { class: i < lines.length ? undefined : 'muted' }),
        );
        const marks =
          badge([x + 10, middle], style) + seriesLine(sample, style) + seriesMarker([x + 46, middle], style);
        return inStyle(style, marks) + texts.join('');
      })
      .join('');
  return { height, draw };
}

/** Positions at least `gap` apart between `low` and `high`, each as near to what was wished as the order allows. */
export function spread(wished, gap, low, high) {
  const order = wished.map((_, i) => i).sort((a, b) => wished[a] - wished[b]);
  const placed = [...wished];
  let limit = low;
  for (const i of order) {
    placed[i] = Math.max(placed[i], limit);
    limit = placed[i] + gap;
  }
  limit = high;
  for (const i of order.reverse()) {
    placed[i] = Math.min(placed[i], limit);
    limit = placed[i] - gap;
  }
  return placed;
}

/**
 * Pixel points without those too near to the last one kept; ever farther until at most `limit` are left. What comes
 * after a point far outside the picture is left out: that path has diverged.
 * @param {[number, number][]} points
 */
export function thinned(points, limit = 500) {
  const outside = points.findIndex((point) => point.some((pixel) => pixel !== bounded(pixel)));
  const near = outside < 0 ? points : [...points.slice(0, outside), points[outside].map(bounded)];
  for (let distance = 0.7; ; distance *= 1.4) {
    const kept = near.slice(0, 1);
    for (const point of near) {
      const [x, y] = kept.at(-1);
      if (Math.hypot(point[0] - x, point[1] - y) >= distance) kept.push(point);
    }
    if (near.length > 0 && kept.at(-1) !== near.at(-1)) kept.push(near.at(-1));
    if (kept.length <= limit) return kept;
  }
}

/** @param {[number, number][]} points */
export function pathData(points) {
  return `M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join(' ')}`;
}

function fittingTicks(scale, width) {
  for (let count = Math.max(2, Math.floor(width / 60)); ; count -= 1) {
    const ticks = scale.ticks(count);
    const fits = ticks.every(({ value, label: text }, i) => {
      if (i === 0) return true;
      const before = ticks[i - 1];
      const room = (textWidth(text, textSize) + textWidth(before.label, textSize)) / 2 + 8;
      return Math.abs(scale.at(value) - scale.at(before.value)) >= room;
    });
    if (fits || count <= 2) return ticks;
  }
}

function round(value) {
  return Math.round(bounded(value) * 10) / 10;
}

/** Far outside any picture is as good as farther: a path that diverges keeps short numbers. */
function bounded(pixel) {
  return Math.max(-1e4, Math.min(1e4, pixel));
}
