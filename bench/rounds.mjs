// How contenders are timed: in turn, so that all of them see the same machine, each
// after a rest and a run that does not count; a warm-up round first, and the median
// of the others.

import { setTimeout } from 'node:timers/promises';

// The threads of OpenBLAS spin for a while after their work (100 ms is not enough) and would take a processor from
// whoever is next.
const settleMs = 200;

/**
 * Seconds by contender, one a round, from functions that give the seconds of one run. `warmUp: false` when they warm up
 * by themselves; `rest` says before which of them there is a rest, given the one before.
 */
export async function takeRounds(contenders, rounds, { warmUp = true, rest = () => true } = {}) {
  const times = new Map(contenders.map((contender) => [contender, []]));
  let before;
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      if (rest(before)) await setTimeout(settleMs);
      // After a rest the second processor of a virtual machine may take ten milliseconds to come back.
      if (warmUp) await contender();
      const seconds = await contender();
      if (round > 0) times.get(contender).push(seconds);
      before = contender;
    }
  }
  return times;
}

export function median(values) {
  const sorted = [...values].sort((u, v) => u - v);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
