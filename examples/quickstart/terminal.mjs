// What the quickstart prints: headings, lines, tables, and a progress bar that is drawn over
// itself on a terminal and is one plain line when the output goes to a file or a pipe.
// Colours only on a terminal and never against NO_COLOR (https://no-color.org).

const barWidth = 24;
const drawEveryMs = 40;

/**
 * @param {NodeJS.WriteStream} stream
 * @param {NodeJS.ProcessEnv} env
 */
export function createTerminal(stream = process.stdout, env = process.env) {
  const live = stream.isTTY === true && env.TERM !== 'dumb';
  const coloured = live && !env.NO_COLOR;
  const paint = (code, text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const print = (text) => stream.write(`${text}\n`);
  let unfinished = false;

  /** Draws a line over itself; cut to the width of the terminal, for what wraps cannot be drawn over. */
  const redraw = (text, note) => {
    const room = (stream.columns || 80) - 1 - displayWidth(text);
    stream.write(`\r\x1b[K${text}${paint(2, cut(note, room))}`);
    unfinished = true;
  };
  const erase = () => {
    if (unfinished) stream.write('\r\x1b[K');
    unfinished = false;
  };

  return {
    print,
    erase,
    heading: (text) => print(`\n${paint(1, text)}`),
    failure: (text) => print(paint('1;31', text)),
    /** @param {string[]} columns  a name that starts with '<' is of a column of texts @param {string[][]} rows */
    table: (columns, rows) => {
      const heads = columns.map((column) => column.replace(/^</, ''));
      const widths = heads.map((head, j) => Math.max(...[head, ...rows.map((row) => row[j])].map(displayWidth)));
      const total = widths.reduce((sum, width) => sum + width + 2, -2);
      const gap = live && total > (stream.columns || 80) ? ' ' : '  ';
      const line = (cells) => cells.map((cell, j) => pad(cell, widths[j], columns[j].startsWith('<'))).join(gap);
      print(paint(2, line(heads).trimEnd()));
      for (const row of rows) print(line(row).trimEnd());
    },
    /** A bar with a label of a fixed width; `done` leaves one line in its place. */
    progress: (label, labelWidth = displayWidth(label)) => {
      const name = pad(label, labelWidth, true);
      let drawnAt = Number.NEGATIVE_INFINITY;
      return {
        update: (fraction, note = '') => {
          const now = performance.now();
          if (!live || now - drawnAt < drawEveryMs) return;
          drawnAt = now;
          const full = Math.round(barWidth * Math.min(1, Math.max(0, fraction)));
          const bar = paint(36, '█'.repeat(full)) + paint(2, '░'.repeat(barWidth - full));
          redraw(`  ${name}  ${coloured ? '' : '['}${bar}${coloured ? '' : ']'} `, note);
        },
        done: (text) => {
          erase();
          print(`  ${name}  ${text}`);
        },
      };
    },
  };
}

/** @typedef {ReturnType<typeof createTerminal>} Terminal */

/** How far above a minimum, where what is left may be rounding alone. @param {number} value */
export function excess(value) {
  return Math.abs(value) < 1e-15 ? '< 1e-15' : value.toExponential(1);
}

/** Cells on a terminal: two for a Chinese character, none for colours. @param {string} text */
export function displayWidth(text) {
  let width = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  for (const character of text.replace(/\x1b\[[\d;]*m/g, '')) width += character > '\u2e80' ? 2 : 1;
  return width;
}

function pad(text, width, left) {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return left ? text + space : space + text;
}

function cut(text, room) {
  return text.length <= room ? text : text.slice(0, Math.max(0, room));
}
