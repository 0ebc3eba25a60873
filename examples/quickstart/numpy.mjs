// Runs numpy_job.py where python3 has NumPy. The variables by which some machines pin the
// kernels of OpenBLAS are taken away, so that NumPy is as fast as it can be.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/**
 * @param {{ rows: number, columns: number, batchSize: number, rate: number }} job
 * @param {(cleanUp: () => void) => void} atEnd
 * @returns {Promise<{ version: string, sgd: number, newton: number } | undefined>}  undefined where it is not installed
 */
export async function numpySeconds({ rows, columns, batchSize, rate }, atEnd) {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const script = fileURLToPath(new URL('./numpy_job.py', import.meta.url));
  const child = spawn('python3', [script, ...[rows, columns, batchSize, rate].map(String)], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  atEnd(() => child.kill('SIGKILL'));
  const ended = once(child, 'close').catch(() => {}); // no python3 at all
  try {
    const [answer] = await Promise.all([text(child.stdout), ended]);
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}
