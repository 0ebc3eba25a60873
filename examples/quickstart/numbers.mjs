// Numbers and texts as a reader wants to see them: significant digits, counts with
// separators, powers of ten, durations, and text made safe for HTML. Widths of text are
// estimated on the generous side, because the charts are drawn where no font is known.

const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const superscripts = { '-': '⁻', 0: '⁰', 1: '¹', 2: '²', 3: '³', 4: '⁴', 5: '⁵', 6: '⁶', 7: '⁷', 8: '⁸', 9: '⁹' };

/** @param {unknown} text */
export function escapeText(text) {
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}

/** The whole number `n` as 10ⁿ. @param {number} n */
export function powerOfTen(n) {
  return `10${[...String(n)].map((character) => superscripts[character]).join('')}`;
}

/** A number to so many significant digits: 0.0123, 1,230, 1.2 × 10⁻⁷. */
export function formatNumber(/** @type {number} */ value, digits = 3) {
  if (!Number.isFinite(value)) return 'not finite';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return minus(`${mantissa} × ${powerOfTen(Number(exponent))}`);
  }
  const rounded = Number(value.toPrecision(digits));
  return minus(rounded.toLocaleString('en-GB', { maximumSignificantDigits: Math.max(digits, 1) }));
}

/** @param {number} count */
export function formatCount(count) {
  return Number.isFinite(count) ? minus(Math.round(count).toLocaleString('en-GB')) : 'not finite';
}

/** "1 step", "2,000 steps". @param {number} count @param {string} noun */
export function counted(count, noun) {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {number} seconds */
export function formatSeconds(seconds) {
  return Math.abs(seconds) < 0.1 ? `${formatNumber(seconds * 1000)} ms` : `${formatNumber(seconds)} s`;
}

/** A sentence of a program with its 3.1e-9 written as 3.1 × 10⁻⁹. @param {string} sentence */
export function withPowers(sentence) {
  return sentence.replace(/(\d)e([+-]?)(\d+)\b/g, (_, digit, sign, exponent) => {
    return `${digit}\u00a0×\u00a0${powerOfTen(Number(`${sign}${exponent}`))}`;
  });
}

/** A number with a fixed count of decimals, for the ticks of one axis. */
export function formatDecimals(/** @type {number} */ value, /** @type {number} */ decimals) {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return minus((value === 0 ? 0 : value).toLocaleString('en-GB', options));
}

/** Estimated width in pixels, from the advances of a wide sans serif. @param {string} text @param {number} size */
export function textWidth(text, size) {
  let ems = 0;
  for (const character of text) {
    if (/[ilj.,:;|'! \u00a0]/.test(character)) ems += 0.34;
    else if (/[mwMW@%×−+=≤≥]/.test(character)) ems += 0.9;
    else if (/[A-Z]/.test(character)) ems += 0.72;
    else ems += character > '\u2e80' ? 1 : 0.62;
  }
  return ems * size;
}

/**
 * The words of a text in lines no wider than `width` pixels.
 * @param {string} text
 * @param {number} width
 * @param {number} size
 */
export function wrapText(text, width, size) {
  const lines = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A hyphen before a number becomes a minus sign. @param {string} text */
function minus(text) {
  return text.replace('-', '−');
}
