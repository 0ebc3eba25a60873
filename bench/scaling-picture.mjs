// Draws docs/img/scaling.svg from the measurements of scaling.mjs, with the charts of the
// quickstart: one picture that stands alone and is legible on light and on dark pages.

import { convergenceChart } from '../examples/quickstart/charts.mjs';
import { escapeText } from '../examples/quickstart/numbers.mjs';
import { colours, drawing } from '../examples/quickstart/style.mjs';
import { element, label } from '../examples/quickstart/svg.mjs';

const width = 880;
const margin = 24;
const headRoom = 64;
const workNames = { gradient: 'gradient', gram: 'XᵀWX', cholesky: 'Cholesky' };

/**
 * @param {object} measured
 * @param {string} measured.machine
 * @param {string} measured.widest  the kernel set measured
 * @param {number} measured.threads
 * @param {{ n: number, seconds: Map<string, number> }[]} measured.byRows
 * @param {{ d: number, seconds: Map<string, number> }[]} measured.byColumns
 * @param {Record<string, { seconds: number, speedUp: number }[]>} measured.byThreads
 */
export function scalingPicture({ machine, widest, threads, byRows, byColumns, byThreads }) {
  const names = [...byRows[0].seconds.keys()];
  const shown = (name) => (name.endsWith('thread') || name.endsWith('threads') ? `${widest}, ${name}` : name);
  const parts = [
    {
      head: 'Rows: a gradient over n rows of 100 columns, float64',
      series: names.map((name) =>
        lineOf(shown(name), byRows, ({ n, seconds }) => [n, microseconds(seconds.get(name))]),
      ),
      xLabel: 'rows n',
      yLabel: 'microseconds a call',
    },
    {
      head: `Columns: gradient and XᵀWX of 10,000 rows, Cholesky of order d (${widest}, ${threads} threads)`,
      series: Object.entries(workNames).map(([work, name]) =>
        lineOf(name, byColumns, ({ d, seconds }) => [d, microseconds(seconds.get(work))]),
      ),
      xLabel: 'columns d',
      yLabel: 'microseconds a call',
    },
    {
      head: `Threads: how many times as fast ${threads} are as one (${widest}; gradient and XᵀWX of 100 columns)`,
      series: Object.entries(workNames).map(([work, name]) =>
        lineOf(name, byThreads[work], ({ seconds, speedUp }) => [microseconds(seconds), speedUp]),
      ),
      xLabel: 'microseconds of the call on one thread',
      yLabel: 'times as fast',
      logY: false,
      reach: 1.1 * threads,
    },
  ];
  let bottom = margin;
  const drawn = parts.map(({ head, ...chart }) => {
    const top = bottom;
    const svg = convergenceChart({ ...chart, logX: true, divergence: Number.POSITIVE_INFINITY, title: head, width });
    const height = Number(/viewBox="0 0 \S+ (\S+)"/.exec(svg)[1]);
    bottom = top + height + headRoom;
    const title = label(margin, top + 16, head, { class: 'strong', 'font-size': 16 });
    return title + svg.replace('<svg', `<svg x="${margin}" y="${top + 32}" width="${width}" height="${height}"`);
  });
  const whole = { width: width + 2 * margin, height: bottom + 8 };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole.width} ${whole.height}" role="img" ${fonts}>`,
    `<title>How the cost of training grows with rows, columns and threads</title>`,
    `<style>${colours}${drawing}</style>`,
    element('rect', { ...whole, rx: 8, style: 'fill: var(--paper)' }),
    ...drawn,
    label(margin, bottom - 12, machine, { class: 'muted', 'font-size': 12 }),
    '</svg>\n',
  ].join('\n');
}

const fonts = `font-family="${escapeText("system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif")}" font-size="13"`;

function lineOf(name, measured, point) {
  const points = measured.map(point);
  return { name, xs: points.map(([x]) => x), ys: points.map(([, y]) => y) };
}

function microseconds(seconds) {
  return 1e6 * seconds;
}
