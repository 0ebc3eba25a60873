// The quickstart, in three acts: five methods on a line, the same five on a real study against
// the exact answer, and a million rows fitted inside an HTTP server that keeps answering. This
// file conducts; the acts are in quickstart/. It prints a short table for each, writes one HTML
// page with the pictures, and ends with an exit code other than 0 when results that must have
// equal bits do not. Run it with `npm run quickstart`.

import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { kernels } from 'gradus';
import { diabetesAct } from './quickstart/diabetes-act.mjs';
import { lineAct } from './quickstart/line-act.mjs';
import { writeReport } from './quickstart/report.mjs';
import { serviceAct } from './quickstart/service-act.mjs';
import { createTerminal } from './quickstart/terminal.mjs';

// Where there is no addon the build has just said why, and the last line below does: no third notice.
process.env.GRADUS_SILENT ??= '1';

const started = performance.now();
const terminal = createTerminal();
const cleanUps = [];
for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15 })) {
  process.on(signal, () => {
    for (const cleanUp of cleanUps) cleanUp();
    terminal.erase();
    terminal.print('Interrupted: no report was written');
    process.exit(128 + number);
  });
}

terminal.heading('1. The line y = θ₀ + θ₁ x');
const line = await lineAct(terminal);
terminal.heading('2. The diabetes study');
const diabetes = await diabetesAct(terminal);
terminal.heading('3. Training inside a server');
const { sameBits, ...service } = await serviceAct(terminal, (cleanUp) => cleanUps.push(cleanUp));

const { name, native, threads, available, reason } = kernels();
const processor = `${cpus()[0]?.model.trim() || 'unknown'}, ${cpus().length} cores`;
const date = new Date().toLocaleDateString('en-GB', { dateStyle: 'long' });
const environment = { processor, node: process.version, kernels: name, threads, available, date };
const path = resolve('gradus-quickstart.html');
await writeReport(path, { environment: reason ? { ...environment, reason } : environment, line, diabetes, service });

const serving = native ? `native, ${threads} threads` : 'TypeScript';
terminal.print(`\nKernel set ${name} (${serving}) of ${available.join(', ')}`);
if (reason !== undefined) terminal.print(`Why: ${reason}`);
terminal.print(`Done in ${((performance.now() - started) / 1000).toFixed(1)} s. The report with the pictures: ${path}`);
if (!sameBits) process.exitCode = 1;
