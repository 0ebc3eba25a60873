// Keeps a rival in Python running beside the benchmark and asks it for one
// measurement at a time, so that its rounds lie between those of the others.
// OpenBLAS chooses its kernels by itself, whatever this shell says. The interpreter
// is python3, or what GRADUS_BENCH_PYTHON names.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The script of this folder; undefined when the interpreter is missing or lacks what the script imports. */
export async function startPython(name) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const env = { ...process.env };
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const child = spawn(process.env.GRADUS_BENCH_PYTHON ?? 'python3', [script], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const greeting = await lines.next();
  if (greeting.done) return undefined;
  return {
    version: greeting.value,
    /** Seconds of one run of the named work. */
    async measure(request) {
      child.stdin.write(`${request}\n`);
      const answer = await lines.next();
      if (answer.done) throw new Error(`${name} stopped at: ${request}`);
      return Number(answer.value);
    },
    stop() {
      child.stdin.end();
    },
  };
}
