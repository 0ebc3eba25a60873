// What a server notices of training in its own process: latency of an HTTP server
// at 70% of what it can do, without a fit and while fits run on the other cores'
// budget, in alternating phases of one run. The client is a process of its own
// with a fixed schedule of arrivals, and a latency counts from the time a request
// was due, so waiting in a queue is not hidden. Flags: --seconds N (length of a
// phase, default 4), --rounds N (default 5), --kernels NAME.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Dataset, fit, GradientDescent, kernels, LinearRegression, SGD } from 'gradus';

const load = 0.7;
// Work of a request besides what Node itself does, as a handler that renders or validates something has it.
const handlerMs = 0.5;

if (process.send === undefined) await main();
else await client();

async function main() {
  const { values: flags } = parseArgs({
    options: { seconds: { type: 'string' }, rounds: { type: 'string' }, kernels: { type: 'string' } },
  });
  const seconds = Number(flags.seconds ?? 4);
  const rounds = Number(flags.rounds ?? 5);
  const set = flags.kernels ?? kernels().name;
  const threads = Math.max(1, availableParallelism() - 1);
  const server = createServer((request, response) => {
    const until = performance.now() + handlerMs;
    while (performance.now() < until);
    response.end(request.url);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const child = fork(fileURLToPath(import.meta.url));
  const ask = async (message) => {
    child.send({ port: server.address().port, ...message });
    return (await once(child, 'message'))[0];
  };
  const capacity = (await ask({ kind: 'capacity', seconds: 2 })).rate;
  const rate = load * capacity;
  const data = makeData(500_000, 50);
  const fits = {
    'no fit': undefined,
    'gradient descent': new GradientDescent({ learningRate: 1e-3 }),
    'single-row SGD': new SGD({ learningRate: 1e-5 }),
  };
  const seen = Object.fromEntries(Object.keys(fits).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, optimizer] of Object.entries(fits)) {
      const controller = new AbortController();
      const options = { optimizer, epochs: 1e7, tolerance: 0, signal: controller.signal, kernels: set, threads };
      const running = optimizer && fit(new LinearRegression(), data, options);
      const phase = await ask({ kind: 'open', seconds, rate });
      controller.abort();
      await running;
      if (round > 0) seen[name].push(phase);
    }
  }
  child.kill();
  server.close();
  console.log(`${cpus()[0]?.model}, Node ${process.version}, kernels ${set}, ${threads} thread(s) for the fits`);
  console.log(
    `HTTP server with ${handlerMs} ms of its own work a request: ${capacity.toFixed(0)} requests/s at most, ` +
      `asked for ${rate.toFixed(0)} (${100 * load}%); medians of ${rounds} phases of ${seconds} s, in ms\n`,
  );
  const [idle] = Object.values(seen);
  for (const [name, phases] of Object.entries(seen)) {
    const cell = (key) =>
      median(phases.map((phase) => phase[key]))
        .toFixed(2)
        .padStart(8);
    const ratio = median(phases.map(({ p99 }) => p99)) / median(idle.map(({ p99 }) => p99));
    console.log(
      `  ${name.padEnd(18)} p50 ${cell('p50')}  p99 ${cell('p99')}  worst ${cell('worst')}   p99 ${ratio.toFixed(2)}x idle`,
    );
  }
}

function makeData(rows, columns) {
  const data = Dataset.allocate(rows, columns);
  for (let i = 0, state = 1; i < data.x.length; i += 1) {
    state = (state * 48271) % 2147483647;
    data.x[i] = state / 1073741823.5 - 1;
  }
  for (let i = 0; i < rows; i += 1) data.y[i] = data.x[i * columns];
  return data;
}

async function client() {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const request = (port) =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent }, (response) => response.resume().once('end', resolve)).once(
        'error',
        reject,
      );
    });
  process.on('message', async ({ kind, port, seconds, rate }) => {
    process.send(
      kind === 'capacity' ? await closedLoop(request, port, seconds) : await openLoop(request, port, seconds, rate),
    );
  });
}

/** Eight requests always under way: how many a second the server answers at most. */
async function closedLoop(request, port, seconds) {
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  const started = performance.now();
  const one = async () => {
    while (performance.now() < until) {
      await request(port);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
  return { rate: (answered / (performance.now() - started)) * 1000 };
}

/** Requests at evenly spaced times, whether or not earlier ones have been answered. */
async function openLoop(request, port, seconds, rate) {
  const started = performance.now();
  const count = Math.floor(seconds * rate);
  const latencies = [];
  const pending = [];
  for (let i = 0; i < count; ) {
    const due = started + (i / rate) * 1000;
    if (performance.now() < due) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    pending.push(request(port).then(() => latencies.push(performance.now() - due)));
    i += 1;
  }
  await Promise.all(pending);
  latencies.sort((a, b) => a - b);
  const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))];
  return { p50: at(0.5), p99: at(0.99), worst: latencies.at(-1) };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
