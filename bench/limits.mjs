// Everything that has a target, beside the limit of the machine and the rivals, in one
// run: which targets are met, for every kernel set with FMA. Contenders take turns;
// each measurement warms up for 20 ms and is the median of the single runs in 40 ms;
// numbers are medians of rounds. Flags: --rows gradient,gram (families of
// limits/rows.mjs), --rounds N (default 5), --avx2 (our sets and the rivals as on a
// processor without AVX-512), --quick (tiny sizes, one round: only shows that every row
// runs), --markdown (the table for docs/performance.md).

import { parseArgs } from 'node:util';
import { measureRow } from './limits/measure.mjs';
import { markdownOf, summaryOf, textOf } from './limits/report.mjs';
import { families } from './limits/rows.mjs';
import { startSession } from './limits/session.mjs';

const { values: flags } = parseArgs({
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string' },
    avx2: { type: 'boolean' },
    quick: { type: 'boolean' },
    markdown: { type: 'boolean' },
  },
});
const names = flags.rows?.split(',') ?? Object.keys(families);
const unknown = names.find((name) => !Object.hasOwn(families, name));
if (unknown !== undefined) {
  console.error(`gradus: expected --rows to be of ${Object.keys(families).join(', ')}, but got ${unknown}`);
  process.exit(2);
}
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 5));
const session = await startSession({ quick: flags.quick, avx2: flags.avx2 });
const rows = names.flatMap((name) => families[name](session));
for (const { rivals = [] } of rows) for (const rival of rivals) await rival.open?.(session);
const quick = flags.quick ? '. Quick: the numbers mean nothing, only that every row runs' : '';
const head = `${session.describe()}\n${session.method()}; medians of ${rounds} rounds${quick}\n`;

// With --markdown the rows are told as they come, beside the table.
const say = flags.markdown ? console.error : console.log;
say(head);
const results = [];
for (const row of rows) {
  const result = await measureRow(row, session, rounds);
  results.push(result);
  say(`${textOf(result)}\n`);
}
session.stop();
say(summaryOf(results));
if (flags.markdown) console.log(`${head}\n${markdownOf(results)}`);
