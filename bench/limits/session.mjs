// What all rows of one run share: the native program, the rivals in Python (started
// when first asked for), the kernel sets, and how long a measurement takes.

import { cpus } from 'node:os';
import { kernels } from 'gradus';
import { buildNative } from '../build-native.mjs';
import { startLineProgram } from '../line-program.mjs';
import { startPython } from '../python.mjs';

/** @typedef {Awaited<ReturnType<typeof startSession>>} Session */

/** `quick`: a few milliseconds a measurement, to see that everything runs. */
export async function startSession({ quick = false } = {}) {
  const { available, threads } = kernels();
  const [warmUpMs, measureMs] = quick ? [1, 2] : [20, 40];
  const time = `time ${warmUpMs} ${measureMs}`;
  const built = buildNative('limits');
  const program = built.program && (await startLineProgram(built.program, []));
  await program?.ask(time);
  const pythons = new Map();
  return {
    quick,
    warmUpMs,
    measureMs,
    threads,
    program,
    /** Why there is no program. */
    reason: built.reason,
    /** The sets with targets: the narrower ones are compared with portable only. */
    sets: available.filter((name) => name !== 'portable' && name !== 'sse2').reverse(),
    nativeSets: available.filter((name) => name !== 'portable').reverse(),
    /** The script, started once and asked for its version; undefined where it cannot run. */
    async python(script, timed) {
      if (!pythons.has(script)) {
        const started = await startPython(script);
        if (timed) await started?.ask(time);
        pythons.set(script, started);
      }
      return pythons.get(script);
    },
    /** What a measurement is. */
    method: () =>
      `Contenders in turn; the median of the single runs in ${measureMs} ms after ${warmUpMs} ms of warm-up`,
    describe: () => `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}`,
    versions: () => [...pythons.values()].flatMap((python) => (python ? [python.version] : [])),
    stop() {
      program?.stop();
      for (const python of pythons.values()) python?.stop();
    },
  };
}
