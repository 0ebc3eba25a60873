// Fused update steps in float32, every rule: at 16 million parameters (from memory)
// and at 10,000 (in cache, one crossing from JavaScript a step), measured and printed
// as by `npm run bench -- limits`, which has the three with targets. Flags: --rounds N
// (default 5), --rules adam,adagrad. GRADUS_BENCH_PYTHON names the interpreter that has
// PyTorch.

import { parseArgs } from 'node:util';
import { measureRow } from './limits/measure.mjs';
import { textOf } from './limits/report.mjs';
import { startSession } from './limits/session.mjs';
import { everyUpdateRow } from './limits/updates.mjs';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string' }, rules: { type: 'string' } } });
const rounds = Number(flags.rounds ?? 5);
const session = await startSession();
const rows = everyUpdateRow(session, flags.rules?.split(','));
for (const { rivals } of rows) for (const rival of rivals) await rival.open(session);
console.log(`${session.describe()}\n${session.method()}; medians of ${rounds} rounds\n`);
for (const row of rows) console.log(`${textOf(await measureRow(row, session, rounds))}\n`);
session.stop();
