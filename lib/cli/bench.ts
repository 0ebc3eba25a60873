// `gradus bench`: what the native kernels bring on this machine, against the
// TypeScript kernels in the same run. The two take turns and the medians count, within a
// budget of time. The public interface only: it measures what a program would get.

import { cpus } from 'node:os';
import { expected } from '../errors.js';
import { kernels } from '../index.js';
import { type Work, works } from './bench-works.js';
import { manifest } from './package-folder.js';
import { table } from './table.js';

interface Measured {
  readonly name: string;
  readonly unit: string;
  /** Seconds a unit; null without native kernels. */
  readonly nativeSeconds: number | null;
  readonly portableSeconds: number;
  /** How many times as fast the native kernels are. */
  readonly ratio: number | null;
  readonly rounds: number;
}

/** @param seconds the budget, 20 by default, counted from the start of the process. @param json one object, not a table. */
export async function bench({
  seconds = '20',
  json = false,
}: {
  readonly seconds?: string | undefined;
  readonly json?: boolean | undefined;
}): Promise<void> {
  const budget = checkSeconds(seconds);
  const { name, native, threads, reason } = kernels();
  const sets = native ? [name, 'portable'] : ['portable'];
  const processor = cpus()[0]?.model.trim() || 'unknown processor';
  if (!json) {
    console.log(`gradus ${manifest().version}, Node ${process.version}, ${processor}, ${cpus().length} processors`);
    console.log(native ? `Kernels ${name}, ${threads} threads, against portable` : `Portable kernels only: ${reason}`);
    console.log(`Medians of rounds in turn, ${budget} s in all\n`);
  }
  const measured: Measured[] = [];
  const all = works();
  for (const [i, work] of all.entries()) {
    // performance.now() counts from the start of the process.
    const now = performance.now();
    measured.push(await measure(work, sets, now + (budget * 1000 - now) / (all.length - i)));
  }
  const facts = { version: manifest().version, node: process.version, processor, kernels: name, native, threads };
  console.log(json ? JSON.stringify({ ...facts, measured }, null, 2) : table(rows(measured, name), [1, 2, 3]));
}

function checkSeconds(seconds: string): number {
  const number = Number(seconds);
  if (seconds.trim() !== '' && number >= 1 && number <= 3600) return number;
  throw expected('ERR_GRADUS_OPTION', '--seconds', 'a number from 1 to 3600', seconds);
}

/** A round that does not count, then as many as fit, one at least. */
async function measure({ name, unit, prepare }: Work, sets: readonly string[], until: number): Promise<Measured> {
  const run = prepare();
  const times = sets.map((): number[] => []);
  let rounds = -1;
  let started: number;
  do {
    started = performance.now();
    for (const [i, set] of sets.entries()) {
      const seconds = await run(set);
      if (rounds >= 0) times[i]?.push(seconds);
    }
    rounds += 1;
    // Another round takes as long as this one did.
  } while (rounds < 1 || 2 * performance.now() - started < until);
  const portableSeconds = median(times.at(-1) ?? []);
  const nativeSeconds = sets.length > 1 ? median(times[0] ?? []) : null;
  const ratio = nativeSeconds === null ? null : portableSeconds / nativeSeconds;
  return { name, unit, nativeSeconds, portableSeconds, ratio, rounds };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

function rows(measured: readonly Measured[], set: string): string[][] {
  const native = measured.some(({ ratio }) => ratio !== null);
  return [
    ['', ...(native ? [set, 'portable', 'ratio'] : ['portable'])],
    ...measured.map(({ name, unit, nativeSeconds, portableSeconds, ratio }) => {
      const times = nativeSeconds === null ? [portableSeconds] : [nativeSeconds, portableSeconds];
      return [`${name}, ${unit}`, ...times.map(duration), ...(ratio === null ? [] : [ratio.toFixed(1)])];
    }),
  ];
}

/** Three digits in the unit that suits. */
function duration(seconds: number): string {
  const [factor, unit] = (
    [
      [1, 's'],
      [1e3, 'ms'],
      [1e6, 'us'],
      [1e9, 'ns'],
    ] as const
  ).find(([f]) => seconds * f >= 1) ?? [1e9, 'ns'];
  return `${(seconds * factor).toPrecision(3)} ${unit}`;
}
