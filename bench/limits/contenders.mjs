// Who takes part in a row, in three kinds: works of bench/native/limits.cc, scripts in
// Python, and functions in this process. A contender is a name, `start`, which makes
// the function that measures it once, whether its threads spin after their work, and
// for a script `open`, which only starts it, so that its version can be told.

/**
 * @typedef {() => Promise<number>} Measure  seconds of one run, after a warm-up
 * @typedef {import('./session.mjs').Session} Session
 * @typedef {{ name: string, spins?: boolean, open?: (session: Session) => Promise<unknown>, start: (session: Session, threads: number) => Promise<Measure | undefined> }} Contender
 */

/** A work of bench/native/works.h that the row's `prepare` has made. @returns {Contender} */
export function inProgram(work, variant) {
  return {
    name: variant,
    start: async ({ program }, threads) => program && (() => program.measure(`run ${work} ${variant} ${threads}`)),
  };
}

/**
 * A script of bench/ that answers `prepare` and then `request` with the seconds of so many runs. It knows the request
 * `time` when `timed`. @returns {Contender}
 */
export function inPython({ name, script, prepare, request, runs = 1, timed = false }) {
  return {
    name,
    spins: true,
    open: (session) => session.python(script, timed),
    async start(session) {
      const python = await session.python(script, timed);
      await python?.ask(prepare);
      return python && (async () => (await python.measure(request)) / runs);
    },
  };
}

/**
 * A function of this process: `make(threads)` gives `once`, which is timed, and perhaps `reset`, which runs before each
 * time and is not. @returns {Contender}
 */
export function inProcess(name, make) {
  return {
    name,
    async start({ times }, threads) {
      const run = make(threads);
      const calls = callsPerBlock(run);
      return async () => {
        repeat(run, calls, times.warmUpMs);
        const seconds = repeat(run, calls, times.measureMs).sort((u, v) => u - v);
        return seconds[seconds.length >> 1] / calls;
      };
    },
  };
}

/** Something that times itself: `make(threads)` gives a function with the promise of the seconds of one run. @returns {Contender} */
export function timingItself(name, make) {
  return { name, start: async (_, threads) => make(threads) };
}

const blockMs = 0.2;

/** How many calls are timed together: those of a short work, unless there is something to reset between them. */
function callsPerBlock(run) {
  if (run.reset !== undefined) return 1;
  run.once();
  const started = performance.now();
  run.once();
  return Math.max(1, Math.ceil(blockMs / Math.max(performance.now() - started, 1e-4)));
}

function repeat({ once, reset }, calls, milliseconds) {
  const seconds = [];
  const first = performance.now();
  do {
    reset?.();
    const started = performance.now();
    for (let i = 0; i < calls; i += 1) once();
    seconds.push((performance.now() - started) / 1000);
  } while (performance.now() - first < milliseconds);
  return seconds;
}
