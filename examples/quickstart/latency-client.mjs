// A client in a process of its own, forked by service.mjs, so that what it measures is the
// server's waiting and not its own. It sends requests at a fixed rate whether or not earlier
// ones have been answered, so a server that pauses is seen by every request in the pause; a
// latency counts from the moment a request is sent.

import { Agent, get } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 32 });

process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the parent says when it is over
process.on('disconnect', () => process.exit());
process.on('message', async ({ port, requests, rate }) => {
  try {
    await measure(port, Math.ceil(requests / 10), rate); // connections, and code that is not compiled yet
    send({ latencies: await measure(port, requests, rate) });
  } catch (error) {
    send({ error: error.message });
  }
});

/** Milliseconds of each request. */
function measure(port, requests, rate) {
  const started = performance.now();
  const one = async (i) => {
    const due = started + (i * 1000) / rate;
    await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const sent = performance.now();
    await ask(port);
    return performance.now() - sent;
  };
  return Promise.all(Array.from({ length: requests }, (_, i) => one(i)));
}

function ask(port) {
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port, path: '/predict', agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`the server answered ${response.statusCode}`));
      response.resume().once('end', resolve);
    });
    request.once('error', reject);
  });
}

/** A parent that has gone needs no answer. */
function send(message) {
  process.send(message, () => {});
}
