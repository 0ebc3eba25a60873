// A table of the report. On a narrow page its rows become blocks in which every value
// carries the name of its column, so nothing has to be scrolled sideways; the roles keep
// it a table for those who hear it.

import { escapeText } from './numbers.mjs';
import { styleCount } from './svg.mjs';

/**
 * A cell is text, or lines of text behind the number of a series, or another mark in its colour. A line may
 * say its language and what it is: `code`, `formula` or `muted`.
 * @typedef {string | { text: string, language?: string, class?: 'code' | 'formula' | 'muted' }} Line
 * @typedef {string | number | { lines: Line[], style?: number, mark?: string }} Cell
 */

/**
 * @param {object} options
 * @param {(string | { label: string, numeric?: boolean })[]} options.columns
 * @param {Cell[][]} options.rows
 * @param {string} options.caption
 */
export function tableHtml({ columns, rows, caption }) {
  const heads = columns.map((column) => (typeof column === 'string' ? { label: column, numeric: false } : column));
  const side = ({ numeric }) => (numeric ? ' class="numeric"' : '');
  const head = heads.map(
    (column) => `<th role="columnheader" scope="col"${side(column)}>${escapeText(column.label)}</th>`,
  );
  const body = rows.map((row) => {
    const cells = row.map((cell, j) => {
      const [name, role] = j === 0 ? ['th', 'rowheader" scope="row'] : ['td', 'cell'];
      const columnName = escapeText(heads[j].label);
      const attributes = `role="${role}" data-label="${columnName}"${side(heads[j])}`;
      return `<${name} ${attributes}><div>${cellHtml(cell)}</div></${name}>`;
    });
    return `<tr role="row">${cells.join('')}</tr>`;
  });
  return `<table role="table"><caption>${escapeText(caption)}</caption>
<thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead>
<tbody role="rowgroup">${body.join('\n')}</tbody></table>`;
}

/** @param {Cell} cell */
function cellHtml(cell) {
  if (typeof cell !== 'object') return escapeText(cell);
  return markHtml(cell) + cell.lines.map(lineHtml).join('<br />');
}

/** @param {Line} line */
function lineHtml(line) {
  if (typeof line === 'string') return escapeText(line);
  const language = line.language === undefined ? '' : ` lang="${escapeText(line.language)}"`;
  if (line.class === 'code') return `<code${language}>${escapeText(line.text)}</code>`;
  const kind = line.class === undefined ? '' : ` class="${line.class}"`;
  return `<span${kind}${language}>${escapeText(line.text)}</span>`;
}

/** The number of a series in its colour, as on the charts. */
function markHtml({ style, mark }) {
  if (style === undefined) return '';
  return `<span class="disc series-${style % styleCount}">${escapeText(mark ?? style + 1)}</span> `;
}
