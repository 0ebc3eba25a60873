// Charts over a logarithmic axis, one below the other, as one picture that stands alone and is legible on light
// and on dark pages, drawn with the charts of the quickstart: docs/img/scaling.svg and
// docs/img/solvers.svg.

import { convergenceChart } from '../examples/quickstart/charts.mjs';
import { escapeText } from '../examples/quickstart/numbers.mjs';
import { colours, drawing } from '../examples/quickstart/style.mjs';
import { element, label } from '../examples/quickstart/svg.mjs';

const width = 880;
const margin = 24;
const headRoom = 64;

/**
 * @param {string} title
 * @param {(Omit<Parameters<typeof convergenceChart>[0], 'title'> & { head: string })[]} parts  each with the line above it
 * @param {string} note  at the foot
 */
export function stackedCharts(title, parts, note) {
  let bottom = margin;
  const drawn = parts.map(({ head, ...chart }) => {
    const top = bottom;
    const svg = convergenceChart({ ...chart, logX: true, divergence: Number.POSITIVE_INFINITY, title: head, width });
    const height = Number(/viewBox="0 0 \S+ (\S+)"/.exec(svg)[1]);
    bottom = top + height + headRoom;
    const heading = label(margin, top + 16, head, { class: 'strong', 'font-size': 16 });
    return heading + svg.replace('<svg', `<svg x="${margin}" y="${top + 32}" width="${width}" height="${height}"`);
  });
  const whole = { width: width + 2 * margin, height: bottom + 8 };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole.width} ${whole.height}" role="img" ${fonts}>`,
    `<title>${escapeText(title)}</title>`,
    `<style>${colours}${drawing}</style>`,
    element('rect', { ...whole, rx: 8, style: 'fill: var(--paper)' }),
    ...drawn,
    label(margin, bottom - 12, note, { class: 'muted', 'font-size': 12 }),
    '</svg>\n',
  ].join('\n');
}

const fonts = `font-family="${escapeText("system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif")}" font-size="13"`;
