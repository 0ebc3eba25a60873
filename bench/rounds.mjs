// How contenders are timed: in turn and at rest, so that all of them see the same
// machine, a warm-up round first, and the median of the rest.

import { setTimeout } from 'node:timers/promises';

// The threads of OpenBLAS spin for 26 ms (2^26 ticks) after their work and would take a processor from whoever is next.
const settleMs = 60;

/** Seconds by contender, one a round, from functions that give the seconds of one run. */
export async function takeRounds(contenders, rounds) {
  const times = new Map(contenders.map((contender) => [contender, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const contender of contenders) {
      await setTimeout(settleMs);
      const seconds = await contender();
      if (round > 0) times.get(contender).push(seconds);
    }
  }
  return times;
}

export function median(values) {
  const sorted = [...values].sort((u, v) => u - v);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
