// Keeps a program running beside the benchmark that answers each line with a line,
// so that its turns lie between those of the others: the rivals in Python, and
// limits.cc. An answer that begins with `error` is thrown.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts it and waits for its first line, the greeting; undefined when there is none. */
export async function startLineProgram(command, args, env = process.env) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const greeting = await lines.next();
  if (greeting.done) return undefined;
  const ask = async (request) => {
    child.stdin.write(`${request}\n`);
    const answer = await lines.next();
    if (answer.done) throw new Error(`${[command, ...args].join(' ')} stopped at: ${request}`);
    if (answer.value.startsWith('error')) throw new Error(`${request}: ${answer.value}`);
    return answer.value;
  };
  return {
    greeting: greeting.value.trim(),
    ask,
    /** Seconds of one run of the named work. */
    measure: async (request) => Number(await ask(request)),
    stop: () => child.stdin.end(),
  };
}
