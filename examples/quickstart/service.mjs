// An HTTP server that answers with the predictions of a model, in the process that trains,
// and the client beside it that measures how long an answer takes. `close` ends both.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const rate = 300; // requests a second

/**
 * @param {() => number} predict  called once a request
 * @param {(cleanUp: () => void) => void} atEnd  takes what must also happen when the program is interrupted
 */
export async function startService(predict, atEnd) {
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ prediction: predict() }));
  });
  const client = fork(fileURLToPath(new URL('./latency-client.mjs', import.meta.url)));
  const gone = once(client, 'exit').then(() => [{ error: 'it ended' }]);
  const close = () => {
    client.kill('SIGKILL');
    server.close();
    server.closeAllConnections();
  };
  atEnd(close);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    /** Milliseconds of each of so many requests. @returns {Promise<number[]>} */
    async measure(requests) {
      client.send({ port, requests, rate });
      const [{ latencies, error }] = await Promise.race([once(client, 'message'), gone]);
      if (error !== undefined) throw new Error(`the client that measures latency failed: ${error}`);
      return latencies;
    },
    close,
  };
}
