// Horizontal bars with their values written beside them. Bars start at zero; on a
// logarithmic axis, which has no zero, dots take their place, for a length would mean
// nothing there. A bar without a value says in its note why.

import { formatNumber, textWidth, wrapText } from './numbers.mjs';
import { linearScale, logScale } from './scales.mjs';
import { axes, element, inStyle, label, pathData, picture, textSize } from './svg.mjs';

const lineHeight = 17;

/**
 * A bar is in the colour of a series (`style`) or in one of two tones.
 * @typedef {{ label: string, value?: number, note?: string, style?: number, tone?: 'accent' | 'quiet' }} Bar
 * @param {object} options
 * @param {Bar[]} options.bars
 * @param {string} options.unit
 * @param {string} [options.xLabel]
 * @param {boolean} [options.log]
 * @param {string} options.title
 * @param {string} [options.description]
 * @param {number} [options.width]
 */
export function barChart({ bars, unit, xLabel = unit, log = false, title, description, width = 880 }) {
  const compact = width < 600;
  const rows = bars.map((bar) => ({ ...bar, text: valueText(bar.value, unit) }));
  const widest = (texts) => Math.max(0, ...texts.map((text) => textWidth(text, textSize)));
  const left = compact ? 18 : Math.min(widest(rows.map((row) => row.label)) + 14, width * 0.34);
  const noteRoom = compact ? 0 : Math.min(widest(rows.map(({ note }) => note ?? '')) + 12, width * 0.3);
  const valueRoom = (text) => textWidth(text, textSize) * 1.1 + 8; // they are bold
  const right = width - Math.max(...rows.map(({ text }) => valueRoom(text))) - noteRoom - 14;
  const domain = log ? decades(rows) : [0, Math.max(...rows.map(({ value }) => value ?? 0)) || 1];
  const x = log ? logScale(domain, [left, right]) : linearScale(domain, [left, right]);

  let bottom = 8;
  const parts = rows.map((row) => {
    const names = wrapText(row.label, compact ? width - left - 8 : left - 14, textSize);
    const notes = row.note === undefined ? [] : wrapText(row.note, compact ? width - left - 8 : noteRoom, textSize);
    const top = bottom;
    const tall = compact
      ? (names.length + notes.length) * lineHeight + 24
      : Math.max(names.length, notes.length) * lineHeight;
    bottom += tall + 15;
    const middle = compact ? top + names.length * lineHeight + 11 : top + tall / 2;
    const end = hasValue(row) ? x.at(row.value) : left;
    const lines = (texts, px, from, attributes) =>
      texts.map((text, i) => label(px, from + i * lineHeight + 13, text, attributes)).join('');
    return [
      compact
        ? lines(names, left + 8, top, { class: 'halo' })
        : lines(names, left - 12, middle - (names.length * lineHeight) / 2, { anchor: 'end' }),
      inColour(row, mark(row, { left, end, middle, log })),
      label(end + (log ? 14 : 8), middle + 4.5, row.text, { class: 'strong halo' }),
      compact
        ? lines(notes, left + 8, middle + 12, { class: 'halo muted' })
        : lines(notes, end + 14 + valueRoom(row.text), middle - (notes.length * lineHeight) / 2, {
            class: 'halo muted',
          }),
    ].join('');
  });
  const plot = { left, top: 0, right, bottom };
  return picture(
    { title, description, width, height: bottom + 50 },
    axes(plot, { x, xLabel: log ? `${xLabel}, logarithmic scale` : xLabel }),
    ...parts,
  );
}

function inColour({ style, tone = 'accent' }, drawing) {
  return style === undefined ? element('g', { class: tone }, drawing) : inStyle(style, drawing);
}

function mark(row, { left, end, middle, log }) {
  if (!hasValue(row)) return '';
  if (!log)
    return element('rect', {
      class: 'bar',
      x: left,
      y: middle - 10,
      width: Math.max(1, end - left),
      height: 20,
      rx: 2,
    });
  const stem = element('path', {
    class: 'stem',
    d: pathData([
      [left, middle],
      [end, middle],
    ]),
  });
  return stem + element('circle', { class: 'marker', cx: end, cy: middle, r: 6.5 });
}

function valueText(value, unit) {
  return Number.isFinite(value) ? `${formatNumber(value)} ${unit}` : 'not measured';
}

function hasValue({ value }) {
  return Number.isFinite(value);
}

function decades(rows) {
  const values = rows.map(({ value }) => value).filter((value) => Number.isFinite(value) && value > 0);
  if (values.length === 0) return [1, 10];
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  return [low, Math.max(...values, low * 10)];
}
