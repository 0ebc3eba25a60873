// Measures one row: starts its contenders, lets them and the limit take turns for some
// rounds, and gives rates and verdicts. A limit with many variants is first narrowed to
// the fastest few; which of these is best the rounds decide. In every round the peak of
// multiply-adds on one thread and on all tells whether the machine was ours alone.

import { median, takeRounds } from '../rounds.mjs';
import { inProgram } from './contenders.mjs';

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {number} work  of one run, in what `unit` counts
 * @property {'GB/s' | 'GFLOP/s' | 'G numbers/s' | 'M rows/s' | 'G parameters/s'} unit
 * @property {number} threads
 * @property {string} [prepare]  what limits.cc prepares for it
 * @property {string[]} [sets]  of ours; those with targets unless told otherwise
 * @property {(set: string) => import('./contenders.mjs').Contender} [ours]
 * @property {import('./contenders.mjs').Contender[]} [rivals]
 * @property {{ work: string, bySet?: boolean, amount?: number, threads?: number }} [limit]  a work of limits.cc; `bySet` when
 *   each set has its own (the variant of its name), else the best variant is that of all; `amount` of one run and `threads`
 *   are those of the row by default
 * @property {import('./targets.mjs').Target[]} targets
 * @property {{ warmUpMs: number, measureMs: number }} [times]  of the native program and of this process, other than usual
 * @property {boolean} [watched]  false: no look at whether the machine was ours alone
 */

const mostVariants = 4;
const disturbedBelow = 0.75;

/** @param {Row} row @param {import('./session.mjs').Session} session @param {number} rounds */
export async function measureRow(row, session, rounds) {
  await session.take(row.times);
  if (row.prepare !== undefined) await session.program?.ask(`prepare ${row.prepare}`);
  const sets = row.sets ?? session.sets;
  const ours = await startAll(row.ours ? sets.map(row.ours) : [], session, row.threads);
  const rivals = await startAll(row.rivals ?? [], session, row.threads);
  const limits = await startLimits(row, session);
  const watch = row.watched === false ? [] : await startWatch(session);
  const entries = [...ours, ...limits, ...watch, ...rivals].filter(({ measure }) => measure);
  const spinning = new Set(entries.filter(({ contender }) => contender.spins).map(({ measure }) => measure));
  const turns = entries.map(({ measure }) => measure);
  const times = await takeRounds(turns, rounds, { warmUp: false, rest: (before) => spinning.has(before) });
  const rateOf = ({ measure, amount = row.work }) => (measure ? amount / median(times.get(measure)) : undefined);
  const rivalRates = new Map(rivals.flatMap((rival) => (rival.measure ? [[rival.contender.name, rateOf(rival)]] : [])));
  const limitOf = (set) => bestOf(limits.filter(({ contender }) => !row.limit?.bySet || contender.name === set));
  function bestOf(variants) {
    const best = variants.map((each) => ({ name: each.contender.name, rate: rateOf(each) }));
    return best.sort((one, other) => other.rate - one.rate)[0];
  }
  return {
    row,
    ours: ours
      .filter(({ measure }) => measure)
      .map((entry) => {
        const set = entry.contender.name;
        const limit = limitOf(set);
        const rate = rateOf(entry);
        const measured = { rate, limit: limit?.rate, rivals: rivalRates, format: rateFormat(row.unit) };
        const verdicts = session.sets.includes(set) ? row.targets.map((target) => target(measured)) : [];
        return { set, rate, seconds: row.work / rate, limit, verdicts };
      }),
    rivals: [...rivalRates].map(([name, rate]) => ({ name, rate, seconds: row.work / rate })),
    missing: missing(row, session, { ours, rivals, limits }),
    disturbed: !session.quick && disturbed(watch.map(rateOf), session.threads),
  };
}

async function startAll(contenders, session, threads) {
  const entries = [];
  for (const contender of contenders) {
    entries.push({ contender, measure: await contender.start(session, threads) });
  }
  return entries;
}

async function startLimits({ limit, work, threads }, session) {
  if (limit === undefined || session.program === undefined) return [];
  const variants = (await session.program.ask(`variants ${limit.work}`)).split(' ').filter(Boolean);
  const contenders = variants.map((variant) => inProgram(limit.work, variant));
  const entries = await startAll(contenders, session, limit.threads ?? threads);
  for (const entry of entries) entry.amount = limit.amount ?? work;
  if (limit.bySet || entries.length <= mostVariants) return entries;
  for (const entry of entries) entry.first = await entry.measure();
  return entries.sort((one, other) => one.first - other.first).slice(0, mostVariants);
}

/** The peak of multiply-adds on one thread and on all. */
async function startWatch(session) {
  if (session.threads === 1 || session.program === undefined) return [];
  const variant = (await session.program.ask('variants multiply-adds')).split(' ').at(-1);
  if (variant === '') return [];
  const entries = [];
  for (const threads of [1, session.threads]) {
    const [entry] = await startAll([inProgram('multiply-adds', variant)], session, threads);
    entries.push({ ...entry, amount: threads });
  }
  return entries;
}

function disturbed([one, all], threads) {
  return one !== undefined && all < disturbedBelow * threads * one;
}

function missing(row, session, { ours, rivals, limits }) {
  const absent = (entries) => entries.filter(({ measure }) => !measure).map(({ contender }) => contender.name);
  const without = absent(rivals).map((name) => `${name} was not measured: python3 cannot run its script`);
  if (absent(ours).length > 0) return [`not measured: ${session.reason ?? 'no native program'}`, ...without];
  if (row.limit !== undefined && limits.length === 0) {
    without.push(`the limit was not measured: ${session.reason ?? 'no loops for this processor in bench/native'}`);
  }
  return without;
}

/** A rate in words: three digits and the unit. */
export function rateFormat(unit) {
  const scale = unit.startsWith('M ') ? 1e6 : 1e9;
  return (rate) => {
    const value = rate / scale;
    return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)} ${unit}`;
  };
}
