// Draws docs/img/scaling.svg from the measurements of scaling.mjs.

import { stackedCharts } from './chart-page.mjs';

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
  return stackedCharts('How the cost of training grows with rows, columns and threads', parts, machine);
}

function lineOf(name, measured, point) {
  const points = measured.map(point);
  return { name, xs: points.map(([x]) => x), ys: points.map(([, y]) => y) };
}

function microseconds(seconds) {
  return 1e6 * seconds;
}
