// The report of the quickstart: one HTML page that needs nothing else, neither network
// nor script. `renderReport` makes its text from the results, `writeReport` writes it to a
// file. A part that was not run says why instead of showing a picture.

import { writeFile } from 'node:fs/promises';
import { diabetesAct, lineAct, serviceAct } from './acts.mjs';
import { escapeText } from './numbers.mjs';
import { styleSheet } from './style.mjs';

/**
 * @typedef {readonly [number, number]} Pair
 *
 * @typedef {object} Environment
 * @property {string} processor
 * @property {string} node  version
 * @property {string} kernels  the set that served
 * @property {number} threads
 * @property {readonly string[]} available  kernel sets this machine can run
 * @property {string} date
 * @property {string} [reason]  why not a faster set
 *
 * @typedef {object} LineMethod
 * @property {string} name
 * @property {string} chinese
 * @property {string} formula  one step
 * @property {string} code  the line of Gradus
 * @property {readonly Pair[]} path  [θ₀, θ₁] from the start, evenly apart in steps
 * @property {number} intercept
 * @property {number} slope
 * @property {number} steps
 * @property {number} loss
 *
 * @typedef {object} LineResults
 * @property {readonly Pair[]} points  [x, y]
 * @property {{ n: number, sx: number, sxx: number, sy: number, sxy: number, syy: number }} lossAt  sums over the points
 * @property {Pair} exact  [θ₀, θ₁] of least squares
 * @property {LineMethod[]} methods
 *
 * @typedef {object} DiabetesMethod
 * @property {string} name
 * @property {string} status
 * @property {string} reason
 * @property {number} epochs
 * @property {number} steps
 * @property {number} loss
 * @property {number} relativeToMinimum  (J − J*) / J*
 * @property {number} r2
 * @property {number} distance  of the coefficients to the exact ones, relative
 * @property {number} ms
 * @property {string} kernels
 * @property {readonly Pair[]} curve  [epoch, loss]
 *
 * @typedef {{ rows: number, columns: number, exactLoss: number, methods: DiabetesMethod[] }} DiabetesResults
 *
 * @typedef {{ p50: number, p99: number, worst: number, requests: number }} Latency  milliseconds
 *
 * @typedef {{ label: string, seconds?: number, note?: string }} Time  without seconds the note says why
 *
 * @typedef {object} ServiceResults
 * @property {number} rows
 * @property {number} columns
 * @property {Time[]} times  of the job that is run first
 * @property {Time[]} [newtonTimes]  of a Newton step on the same data
 * @property {{ idle: Latency, busy: Latency }} latency
 * @property {number} abortMs
 * @property {{ kernels: string, threads: number, class: string, digest: string }[]} digests
 *
 * @typedef {object} Results
 * @property {Environment} environment
 * @property {LineResults} [line]
 * @property {DiabetesResults} [diabetes]
 * @property {ServiceResults} [service]
 * @property {{ line?: string, diabetes?: string, service?: string }} [skipped]  why a part is missing
 */

/** Writes the page to the file `path`. @param {string | URL} path @param {Results} results */
export async function writeReport(path, results) {
  await writeFile(path, renderReport(results));
}

/** The page as text. @param {Results} results */
export function renderReport({ environment, line, diabetes, service, skipped = {} }) {
  const styles = new Map();
  for (const { name } of [...(line?.methods ?? []), ...(diabetes?.methods ?? [])]) {
    if (!styles.has(name)) styles.set(name, styles.size);
  }
  const styleOf = (name) => styles.get(name);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<title>Gradus quickstart</title>
<style>${styleSheet}</style>
</head>
<body>
<header>
<h1>Gradus quickstart</h1>
<p class="lead">Five methods of training a model, shown on a line, measured on the diabetes study, and run inside a
server that keeps answering.</p>
</header>
<main>
${section('line', '1. The line y = θ₀ + θ₁ x', line && lineAct(line, styleOf), skipped.line)}
${section('diabetes', '2. The diabetes study', diabetes && diabetesAct(diabetes, styleOf), skipped.diabetes)}
${section('service', '3. Training inside a server', service && serviceAct(service), skipped.service)}
</main>
<footer>
<h2>Where this was measured</h2>
${environmentHtml(environment)}
</footer>
</body>
</html>
`;
}

function section(id, heading, content, reason = 'this part was not asked for.') {
  const body = content ?? `<p class="skipped">Not run: ${escapeText(reason)}</p>`;
  return `<section id="${id}">\n<h2>${escapeText(heading)}</h2>\n${body}\n</section>`;
}

/** @param {Environment} environment */
function environmentHtml({ processor, node, kernels, threads, available, date, reason }) {
  const pairs = [
    ['Processor', processor],
    ['Node', node],
    ['Kernel set', kernels],
    ['Threads', threads],
    ['This machine can run', available.join(', ')],
    ['Date', date],
  ];
  if (reason !== undefined) pairs.push(['Why this kernel set', reason]);
  const items = pairs.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeText(value)}</dd></div>`);
  return `<dl class="environment">${items.join('')}</dl>`;
}
