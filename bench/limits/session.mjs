// What all rows of one run share: the native program, the rivals in Python (started
// when first asked for), the kernel sets, and how long a measurement takes.

import { cpus, release, type } from 'node:os';
import { kernels } from 'gradus';
import { buildNative } from '../build-native.mjs';
import { startLineProgram } from '../line-program.mjs';
import { startPython } from '../python.mjs';

/** @typedef {Awaited<ReturnType<typeof startSession>>} Session */

/**
 * How long a measurement warms up and goes on. After a rest the second processor of a virtual machine may take ten
 * milliseconds to come back. `quick` is a few milliseconds, to see that everything runs.
 */
export async function startSession({
  quick = false,
  avx2 = false,
  warmUpMs = quick ? 1 : 20,
  measureMs = quick ? 2 : 40,
} = {}) {
  const { available: all, threads } = kernels();
  const available = avx2 ? all.filter((name) => name !== 'avx512') : all;
  const timeOf = (times) => `time ${times.warmUpMs} ${times.measureMs}`;
  const usual = { warmUpMs, measureMs };
  const built = buildNative('limits');
  const program = built.program && (await startLineProgram(built.program, []));
  await program?.ask(timeOf(usual));
  const pythons = new Map();
  return {
    quick,
    /** Of the measurements to come in this process. */
    times: usual,
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
        const started = await startPython(script, { avx2 });
        if (timed) await started?.ask(timeOf(usual));
        pythons.set(script, started);
      }
      return pythons.get(script);
    },
    /** Other times than usual for the native program and this process, or the usual ones again. */
    async take(times = usual) {
      this.times = quick ? usual : times;
      await program?.ask(timeOf(this.times));
    },
    /** The machine and the versions of whoever was started. */
    describe() {
      const versions = [...pythons.values()].flatMap((python) => (python ? python.version.split(', ') : []));
      return [
        `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, ${type()} ${release().split('.', 2).join('.')}, Node ${process.version}`,
        ...new Set(versions),
        ...(avx2 ? ['ours and rivals without AVX-512'] : []),
        ...(built.reason === undefined ? [] : [`the native program was not built: ${built.reason}`]),
      ].join(', ');
    },
    /** What a measurement is. */
    method: () =>
      `Contenders in turn; the median of the single runs in ${measureMs} ms after ${warmUpMs} ms of warm-up`,
    stop() {
      program?.stop();
      for (const python of pythons.values()) python?.stop();
    },
  };
}
