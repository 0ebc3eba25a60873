// The three sections of the report: the line, the diabetes study, the service. Each says
// in a sentence what to see, shows it in charts, and gives the numbers in a table. A
// sentence that claims something is made from the results, so it cannot say what they do not.

import { barChart, contourChart, convergenceChart, scatterWithLines, tableHtml } from './charts.mjs';
import { counted, escapeText, formatCount, formatNumber, formatSeconds, withPowers } from './numbers.mjs';
import { rangeOf } from './scales.mjs';
import { widths } from './style.mjs';

/** @typedef {(name: string) => number} StyleOf  the same number, colour and marker for a method everywhere */

/** @param {import('./report.mjs').LineResults} line @param {StyleOf} styleOf */
export function lineAct(line, styleOf) {
  const { points, exact, methods } = line;
  const excess = excessLoss(line);
  const named = methods.map((method) => ({ ...method, style: styleOf(method.name) }));
  const sameStart = methods.every(({ path }) => path[0].every((value, k) => value === methods[0].path[0][k]));
  const bySteps = [...methods].sort((a, b) => a.steps - b.steps);
  const [fewest, most] = [bySteps[0], bySteps.at(-1)];
  const sentences = [
    sameStart ? 'Every path starts at the same point.' : '',
    'The cross is the exact least-squares answer.',
    methods.length > 1
      ? `${fewest.name} took ${counted(fewest.steps, 'step')}, ${most.name} ${counted(most.steps, 'step')}.`
      : '',
    'Gradient descent follows the slope of the whole loss; a random row points there only on average;',
    'a second-order step knows the curvature too.',
  ];
  const paths = named.map(({ name, style, path, steps }) => ({
    name,
    style,
    points: path,
    note: counted(steps, 'step'),
  }));
  const ranges = [0, 1].map((k) =>
    typicalRange(
      methods.map(({ path }) => path.map((point) => point[k])),
      exact[k],
    ),
  );
  const distances = named.map(({ name, style, path, steps }) => ({
    name,
    style,
    xs: path.map((_, i) => (i * steps) / Math.max(1, path.length - 1)),
    ys: path.map(([t0, t1]) => excess(t0, t1)),
  }));
  return [
    paragraph(sentences),
    figure(contourChart, {
      title: 'The paths on the contours of the loss',
      description: `Contours of the mean squared loss over intercept and slope, with the paths of ${listOf(methods)}.`,
      caption: 'The number on a contour is by how much the loss there is above its minimum, J − J*.',
      f: excess,
      xRange: ranges[0],
      yRange: ranges[1],
      levels: contourLevels(excess, ranges),
      paths,
      minimum: exact,
      xLabel: 'intercept θ₀',
      yLabel: 'slope θ₁',
    }),
    figure(convergenceChart, {
      title: 'How fast each comes down',
      description: 'Loss above its minimum against the number of steps, both on logarithmic axes.',
      caption: 'A step of a stochastic method looks at one row or one batch, a step of the others at all rows.',
      series: distances,
      xLabel: 'steps',
      yLabel: 'loss above the minimum, J − J*',
      logX: true,
      logY: true,
      floor: 1e-16,
    }),
    figure(scatterWithLines, {
      title: 'The fitted lines',
      description: `${formatCount(points.length)} points and the line y = θ₀ + θ₁ x that each method found.`,
      caption: 'Where the lines lie on each other the methods agree.',
      points,
      lines: named,
      xLabel: 'x',
      yLabel: 'y',
    }),
    tableHtml({
      caption: 'The methods',
      columns: ['Method', 'Step and code', number('Steps'), number('Loss J'), number('θ₀'), number('θ₁')],
      rows: named.map((method) => [
        { style: method.style, lines: [method.name, { text: method.chinese, language: 'zh', class: 'muted' }] },
        {
          lines: [
            { text: method.formula, class: 'formula' },
            { text: method.code, class: 'code' },
          ],
        },
        formatCount(method.steps),
        formatNumber(method.loss, 6),
        formatNumber(method.intercept, 6),
        formatNumber(method.slope, 6),
      ]),
    }),
    paragraph([`Exact answer: θ₀ = ${formatNumber(exact[0], 6)}, θ₁ = ${formatNumber(exact[1], 6)}.`]),
  ].join('\n');
}

/** @param {import('./report.mjs').DiabetesResults} diabetes @param {StyleOf} styleOf */
export function diabetesAct({ rows, columns, exactLoss, methods }, styleOf) {
  const named = methods.map((method) => ({ ...method, style: styleOf(method.name) }));
  const close = methods.filter(({ relativeToMinimum }) => relativeToMinimum <= 1e-6).length;
  const series = named.map(({ name, style, curve }) => ({
    name,
    style,
    xs: curve.map(([epoch]) => epoch),
    ys: curve.map(([, loss]) => (loss - exactLoss) / exactLoss),
  }));
  return [
    paragraph([
      `The disease progression of ${counted(rows, 'patient')} from ${counted(columns, 'measurement')}:`,
      `${close} of ${counted(methods.length, 'method')} came within one part in a million of the exact minimum.`,
      'The lower a line ends, the closer; the further right, the more passes over the data it took.',
    ]),
    figure(convergenceChart, {
      title: 'Distance to the exact minimum',
      description: `Distance of the loss to its minimum against epochs, on logarithmic axes, for ${listOf(methods)}.`,
      caption: 'An epoch is one pass over all rows. The smallest distance double precision can tell is near 10⁻¹⁶.',
      series,
      xLabel: 'epochs',
      yLabel: 'distance to the minimum, (J − J*) / J*',
      logX: true,
      logY: true,
      floor: 1e-16,
    }),
    figure(barChart, {
      title: 'Time of the whole fit',
      description: 'Milliseconds that each method took, on a logarithmic axis.',
      caption: 'Each method until its own stopping rule was met, on the kernel set in the table.',
      bars: named.map(({ name, style, ms, status }) => ({ label: name, style, value: ms, note: status })),
      unit: 'ms',
      xLabel: 'milliseconds',
      log: true,
    }),
    tableHtml({
      caption: 'Against the exact answer',
      columns: [
        'Method',
        'Status',
        number('Epochs'),
        number('Steps'),
        number('Loss J'),
        number('(J − J*) / J*'),
        number('R²'),
        number('Distance'),
        number('ms'),
      ],
      rows: named.map((method) => [
        { style: method.style, lines: [method.name, { text: method.kernels, class: 'muted' }] },
        { lines: [method.status, { text: withPowers(method.reason), class: 'muted' }] },
        formatCount(method.epochs),
        formatCount(method.steps),
        formatNumber(method.loss, 7),
        formatNumber(method.relativeToMinimum, 2),
        formatNumber(method.r2, 4),
        formatNumber(method.distance, 2),
        formatNumber(method.ms, 3),
      ]),
    }),
    paragraph([
      `Exact loss J* = ${formatNumber(exactLoss, 9)}.`,
      'Distance is that of the coefficients to the exact ones, relative to their size.',
    ]),
  ].join('\n');
}

/** @param {import('./report.mjs').ServiceResults} service */
export function serviceAct({ rows, columns, times, newtonTimes, latency, abortMs, digests }) {
  const { idle, busy } = latency;
  const quantities = [
    ['median', 'p50'],
    ['99th percentile', 'p99'],
    ['slowest', 'worst'],
  ];
  const letters = new Map();
  const groups = new Map(); // runs of a kernel set with the same bits are one line
  for (const { threads, ...run } of digests) {
    if (!letters.has(run.digest)) letters.set(run.digest, letters.size);
    const name = `${run.kernels} ${run.digest}`;
    groups.set(name, { ...run, threads: [...(groups.get(name)?.threads ?? []), threads] });
  }
  return [
    paragraph([
      `${formatCount(rows)} rows of ${formatCount(columns)} columns are fitted while the HTTP server of the process answers.`,
      `The 99th percentile of its latency was ${formatNumber(busy.p99 / idle.p99, 3)} times that of the idle server.`,
    ]),
    figures([
      ['99th percentile, fit against idle', `${formatNumber(busy.p99 / idle.p99, 3)} ×`],
      ['From the abort signal to the end of the fit', `${formatNumber(abortMs, 3)} ms`],
      ...times.slice(0, 1).map(({ label, seconds }) => [`Epoch of SGD, ${label}`, formatSeconds(seconds)]),
    ]),
    timeFigure('Time of one epoch of mini-batch SGD', times),
    newtonTimes === undefined ? '' : timeFigure('Time of one Newton step', newtonTimes),
    figure(barChart, {
      title: 'Latency of a request, idle and during the fit',
      description: quantities
        .map(
          ([name, field]) =>
            `${name}: ${spoken(idle[field] / 1000)} idle, ${spoken(busy[field] / 1000)} during the fit`,
        )
        .join('; '),
      caption: `${counted(idle.requests, 'request')} to the idle server, ${formatCount(busy.requests)} during the fit.`,
      bars: quantities.flatMap(([name, field]) => [
        { label: `${name}, idle`, value: idle[field], tone: 'quiet' },
        {
          label: `${name}, during the fit`,
          value: busy[field],
          note: `${formatNumber(busy[field] / idle[field], 3)} × idle`,
          tone: 'accent',
        },
      ]),
      unit: 'ms',
      xLabel: 'milliseconds',
      log: true,
    }),
    tableHtml({
      caption: 'The bits of the result',
      columns: ['Kernel set', number('Threads'), 'Class', 'Digest of the parameters'],
      rows: [...groups.values()].map(({ kernels, threads, class: bitClass, digest }) => [
        kernels,
        threads.join(', '),
        bitClass,
        {
          style: letters.get(digest),
          mark: String.fromCharCode(65 + letters.get(digest)),
          lines: [{ text: digest, class: 'code' }],
        },
      ]),
    }),
    paragraph([digestSentence(digests)]),
  ].join('\n');
}

function timeFigure(title, times) {
  const spokenTimes = times.map(({ label, seconds }) => `${label}: ${spoken(seconds)}`);
  return figure(barChart, {
    title,
    description: spokenTimes.join(', '),
    caption: 'The same rows and the same method, one after the other on this machine.',
    bars: times.map(({ label, seconds, note }, i) => ({
      label,
      value: seconds,
      note,
      tone: i === 0 ? 'accent' : 'quiet',
    })),
    unit: 's',
    xLabel: 'seconds',
  });
}

/** What the digests show, class by class. */
function digestSentence(digests) {
  return [...new Set(digests.map((run) => run.class))]
    .map((name) => {
      const runs = digests.filter((run) => run.class === name);
      const different = new Set(runs.map(({ digest }) => digest)).size;
      const what = different === 1 ? 'the same bits' : `${different} different results`;
      return `${counted(runs.length, 'run')} of the ${name} class gave ${what}.`;
    })
    .join(' ');
}

/** J − J* of the line as a quadratic form around the exact answer: no digits cancel near it. */
function excessLoss({ exact, lossAt: { n, sx, sxx } }) {
  return (t0, t1) => {
    const [d0, d1] = [t0 - exact[0], t1 - exact[1]];
    return (d0 * d0 + (2 * d0 * d1 * sx) / n + (d1 * d1 * sxx) / n) / 2;
  };
}

/** Eight levels at 1 and 3 times powers of ten, down from what the corners of the picture reach. */
function contourLevels(excess, [xRange, yRange]) {
  const highest = Math.max(...xRange.flatMap((x) => yRange.map((y) => excess(x, y)))) || 1;
  let exponent = Math.floor(Math.log10(highest));
  let factor = 3;
  const levels = [];
  while (levels.length < 8) {
    const level = factor * 10 ** exponent;
    if (level < highest) levels.push(level);
    if (factor === 1) exponent -= 1;
    factor = factor === 3 ? 1 : 3;
  }
  return levels;
}

/**
 * The range of the paths in one coordinate without the rarest excursions and no more than three times as far from the
 * minimum as they start, so that a path that diverges leaves the picture.
 */
function typicalRange(paths, exact) {
  const typical = paths.flatMap((values) => {
    const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
    const rare = Math.floor(sorted.length * 0.002);
    return [sorted[rare], sorted.at(-1 - rare)];
  });
  const starts = paths.map(([start]) => start);
  const far = 3 * Math.max(...starts.map((start) => Math.abs(start - exact)));
  const near = typical.filter((value) => far === 0 || Math.abs(value - exact) <= far);
  return rangeOf([exact, ...starts, ...near], 0.1);
}

/** A chart in both widths, of which the style sheet shows one. */
function figure(chart, { caption, ...options }) {
  const wide = chart({ ...options, width: widths.wide });
  const narrow = chart({ ...options, width: widths.narrow });
  return `<figure>
<h3>${escapeText(options.title)}</h3>
<div class="wide">${wide}</div>
<div class="narrow">${narrow}</div>
<figcaption>${escapeText(caption)}</figcaption>
</figure>`;
}

function figures(pairs) {
  const items = pairs.map(([name, value]) => `<div><dt>${escapeText(name)}</dt><dd>${escapeText(value)}</dd></div>`);
  return `<dl class="figures">${items.join('')}</dl>`;
}

function paragraph(sentences) {
  return `<p>${escapeText(sentences.filter((sentence) => sentence !== '').join(' '))}</p>`;
}

function number(label) {
  return { label, numeric: true };
}

function listOf(methods) {
  return methods.map(({ name }) => name).join('; ');
}

function spoken(seconds) {
  return Number.isFinite(seconds) ? formatSeconds(seconds) : 'not measured';
}
