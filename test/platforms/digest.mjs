// Fits a fixed set of problems on every kernel set of this machine, or on the one
// that GRADUS_KERNELS names, and prints for each set the SHA-256 over the bytes of
// all results, as one line of JSON. Sets of one bit class must give the digest that
// digests.json has for it, on every machine: the exit code is 1 when one does not.
// No dependencies: it runs where only Node and the package are. `--each` prints the
// digest of every problem instead, to find the first one that two machines disagree on.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as gradus from 'gradus';
import { problems } from './problems.mjs';

const published = JSON.parse(readFileSync(new URL('digests.json', import.meta.url), 'utf8'));
const classOf = (set) => (set === 'portable' || set === 'sse2' ? 'plain' : 'fused');
const each = process.argv.includes('--each');
const sets = process.env.GRADUS_KERNELS ? [process.env.GRADUS_KERNELS] : gradus.kernels().available;

for (const set of sets) {
  // What names no set, as the scaler and the predictions, follows this variable too.
  process.env.GRADUS_KERNELS = set;
  const digest = await digestOf(set);
  const bitClass = classOf(set);
  const equal = digest === published[bitClass];
  if (!equal) process.exitCode = 1;
  if (!each) console.log(JSON.stringify({ kernels: set, class: bitClass, digest, equal }));
}

async function digestOf(set) {
  const hash = createHash('sha256');
  for (const problem of problems()) {
    const { text, numbers } = await problem.run(gradus);
    // Which NaN it is differs between machines; a suite that makes one proves nothing.
    if (numbers.some(Number.isNaN)) throw new Error(`${problem.name} gave NaN on ${set}`);
    const bytes = Buffer.from(Float64Array.from(numbers).buffer);
    hash.update(text.replace(set, '')).update(bytes);
    if (each) console.log(set, createHash('sha256').update(bytes).digest('hex').slice(0, 16), text, problem.name);
  }
  return hash.digest('hex');
}
