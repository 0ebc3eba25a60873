// The results of the rows as text for a terminal, row by row, and as one table for
// docs/performance.md.

import { rateFormat } from './measure.mjs';
import { percent } from './targets.mjs';

/** One row with all that took part in it. */
export function textOf({ row, ours, rivals, missing, disturbed }) {
  const format = rateFormat(row.unit);
  const lines = [`${row.title}${row.threads > 1 ? `, ${row.threads} threads` : ''}`];
  const line = (name, seconds, rate, ...notes) =>
    lines.push(
      `  ${name.padEnd(12)} ${duration(seconds).padStart(10)} ${format(rate).padStart(18)}  ${notes.join('  ')}`,
    );
  for (const { set, rate, seconds, limit } of ours) {
    const share = limit ? [`${percent(rate / limit.rate)} of the limit, ${format(limit.rate)} by ${limit.name}`] : [];
    const times = rivals.map((rival) => `${(rate / rival.rate).toFixed(2)} × ${rival.name}`);
    line(set, seconds, rate, ...share, ...times);
  }
  for (const { name, rate, seconds } of rivals) line(name, seconds, rate);
  for (const { set, verdicts } of ours) {
    for (const verdict of verdicts) lines.push(`  ${set}: ${verdict.promise}: ${judgement(verdict)}`);
  }
  for (const reason of missing) lines.push(`  ${reason}`);
  if (disturbed) lines.push('  something else is running: the threads did not get a processor each, measure again');
  return lines.join('\n');
}

function judgement({ met, compared }) {
  if (met === undefined) return `not judged, ${compared}`;
  return `${met ? 'met' : 'MISSED'}, ${compared}`;
}

/** How many targets are met, and which are not. */
export function summaryOf(results) {
  const verdicts = results.flatMap(({ row, ours }) =>
    ours.flatMap(({ set, verdicts: all }) => all.map((verdict) => ({ ...verdict, name: `${row.title}, ${set}` }))),
  );
  const judged = verdicts.filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => !met);
  const disturbed = results.filter((result) => result.disturbed).length;
  return [
    `${judged.length - missed.length} of ${judged.length} targets met, ${verdicts.length - judged.length} not judged`,
    ...(disturbed > 0 ? [`${disturbed} rows were disturbed by something else on the machine: measure again`] : []),
    ...missed.map(({ name, promise, compared }) => `  missed: ${name}: ${promise}: ${compared}`),
  ].join('\n');
}

/** The table in Markdown: a line for each set of each row. */
export function markdownOf(results) {
  const heads = ['work', 'set', 'time', 'rate', 'of the limit', 'against', 'targets'];
  const lines = results.flatMap(({ row, ours, rivals, missing, disturbed }) => {
    const format = rateFormat(row.unit);
    if (ours.length === 0) return [[row.title, '', '', '', '', '', missing.join('; ')]];
    return ours.map(({ set, rate, seconds, limit, verdicts }) => [
      `${row.title}${disturbed ? ' (disturbed)' : ''}`,
      set,
      duration(seconds),
      format(rate),
      limit ? `${percent(rate / limit.rate)} of ${format(limit.rate)}` : '',
      rivals.map((rival) => `${(rate / rival.rate).toFixed(2)} × ${rival.name}, ${duration(rival.seconds)}`).join('; '),
      [...verdicts.map(({ promise, met }) => `${promise}: ${word(met)}`), ...missing].join('; '),
    ]);
  });
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function word(met) {
  if (met === undefined) return 'not judged';
  return met ? 'met' : '**missed**';
}

function duration(seconds) {
  if (seconds < 1e-3) return `${(seconds * 1e6).toFixed(2)} µs`;
  return seconds < 1 ? `${(seconds * 1e3).toFixed(2)} ms` : `${seconds.toFixed(2)} s`;
}
