// What a row promises, and whether a measurement keeps it. A target judges one kernel
// set: `met` is undefined where something it compares with was not measured.

/**
 * @typedef {{ met: boolean | undefined, promise: string, compared: string }} Verdict
 * @typedef {{ rate: number, limit: number | undefined, rivals: Map<string, number>, format: (rate: number) => string }} Measured
 * @typedef {(measured: Measured) => Verdict} Target
 */

/** At least that share of the limit. @returns {Target} */
export function ofLimit(share) {
  return ({ rate, limit, format }) =>
    verdict(`≥ ${percent(share)} of the limit`, rate, limit === undefined ? undefined : share * limit, format);
}

/**
 * At least so many times as fast as a rival. With `orShare`, that share of the limit will do where the limit is under
 * `whereLimitUnder` times the rival. @returns {Target}
 */
export function timesRival(name, times, { orShare, whereLimitUnder } = {}) {
  return ({ rate, limit, rivals, format }) => {
    const rival = rivals.get(name);
    const promise = `≥ ${times.toFixed(1)} × ${name}`;
    const asked = verdict(promise, rate, rival === undefined ? undefined : times * rival, format);
    if (asked.met !== false || orShare === undefined || limit === undefined) return asked;
    const excuse = `the limit is ${(limit / rival).toFixed(1)} × ${name}`;
    if (limit >= whereLimitUnder * rival) return { ...asked, compared: `${asked.compared}; ${excuse}` };
    const other = verdict(`${promise} or ${percent(orShare)} of the limit`, rate, orShare * limit, format);
    return { ...other, compared: `${other.compared}; ${excuse}` };
  };
}

function verdict(promise, rate, least, format) {
  if (least === undefined) return { met: undefined, promise, compared: 'nothing to compare with' };
  return { met: rate >= least, promise, compared: `${format(rate)} against ${format(least)}` };
}

export function percent(share) {
  return `${(100 * share).toFixed(0)} %`;
}
