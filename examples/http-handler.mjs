// A service that fits a small model per request. POST records as JSON and get the coefficients:
//
//   curl -d '[{"rooms":3,"price":210}, …]' 'localhost:8080/fit?target=price&deadline=200'
//
// A fit stops when its deadline passes or when the client goes away, whichever comes first, and
// the server answers others meanwhile. Wrong data are the client's fault (400), a deadline that
// was too short is nobody's (503). With --demo the program sends itself three requests and ends.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Dataset, fit, GradusError, LinearRegression, l2 } from 'gradus';

const mostBytes = 10_000_000;

/** The handler: reads, fits, answers. Never throws. */
async function handle(request, response) {
  const url = new URL(request.url, 'http://service');
  if (request.method !== 'POST' || url.pathname !== '/fit') return answer(response, 404, { error: 'POST /fit' });
  // The deadline counts from the arrival of the request: reading and checking it are part of the wait.
  const deadline = AbortSignal.timeout(numberIn(url, 'deadline', 1000));
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client went away')));
  try {
    const records = JSON.parse(await bodyOf(request));
    const data = Dataset.fromRecords(records, { target: url.searchParams.get('target') ?? 'y' });
    const model = new LinearRegression({ standardize: true, penalty: l2(1e-6) });
    const signal = AbortSignal.any([deadline, gone.signal]);
    const result = await fit(model, data, { signal });
    if (result.status === 'aborted') {
      return answer(response, 503, { error: result.reason, cause: signal.reason.message });
    }
    if (!result.converged) return answer(response, 422, { error: `${result.status}: ${result.reason}` });
    const coefficients = Object.fromEntries(data.columnNames.map((name, j) => [name, model.coefficients[j]]));
    answer(response, 200, { coefficients, intercept: model.intercept, r2: model.score(data) });
  } catch (error) {
    if (error instanceof GradusError) answer(response, 400, { error: error.message, code: error.code });
    else if (error instanceof SyntaxError) answer(response, 400, { error: `not JSON: ${error.message}` });
    else if (error instanceof RangeError) answer(response, 413, { error: error.message });
    else if (!gone.signal.aborted) answer(response, 500, { error: 'internal error' });
  }
}

async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new RangeError(`more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answer(response, status, body) {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A whole number of milliseconds from the query; the default where it makes no sense. */
function numberIn(url, name, otherwise) {
  const value = Number(url.searchParams.get(name) ?? otherwise);
  return Number.isInteger(value) && value >= 0 && value <= 60_000 ? value : otherwise;
}

const { values: flags } = parseArgs({ options: { demo: { type: 'boolean' }, port: { type: 'string' } } });
const server = createServer(handle).listen(flags.demo ? 0 : Number(flags.port ?? 8080), '127.0.0.1');
await once(server, 'listening');
const address = `http://127.0.0.1:${server.address().port}`;
console.log(`listening on ${flags.demo ? 'a free port' : address}`);
if (flags.demo) {
  await demo();
  server.close();
  server.closeAllConnections();
}

async function demo() {
  const houses = Array.from({ length: 200 }, (_, i) => {
    const [rooms, area] = [1 + (i % 6), 30 + ((17 * i) % 90)];
    return { rooms, area, price: 20 + 15 * rooms + 2.5 * area + Math.sin(i) };
  });
  const many = Array.from({ length: 50_000 }, (_, i) => houses[i % houses.length]);
  await post('good data', houses, 'deadline=2000');
  await post('a record with text for a number', [...houses, { rooms: 'three', area: 80, price: 250 }], 'deadline=2000');
  await post('50,000 records within 1 ms', many, 'deadline=1');
}

async function post(what, records, query) {
  const response = await fetch(`${address}/fit?target=price&${query}`, {
    method: 'POST',
    body: JSON.stringify(records),
  });
  console.log(`${what}: ${response.status} ${JSON.stringify(await response.json(), rounded)}`);
}

/** Numbers as a reader wants them. */
function rounded(_, value) {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}
