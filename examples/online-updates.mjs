// Learning from a service's stream of events, one row at a time. Each update is
// synchronous and takes well under a microsecond, and the next prediction sees it.
// In the middle the learner is saved as JSON, as a service does before it
// restarts; the restored one goes on with the very same bits.
//
//   npm run build && node examples/online-updates.mjs

import { AdaGrad, LinearRegression, online } from 'gradus';

/** A seeded generator (mulberry32): the same events on every run. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Deliveries as they are completed: how far, how many parcels, rush hour or not; and the minutes they took. */
async function* deliveries(count) {
  const random = randomOf(7);
  for (let i = 0; i < count; i += 1) {
    if (i % 1000 === 0) await new Promise(setImmediate); // events come in bursts
    const x = { kilometres: 10 * random(), parcels: Math.ceil(5 * random()), rush: random() < 0.3 ? 1 : 0 };
    const noise = random() + random() + random() - 1.5;
    yield { x, minutes: 4 + 2.5 * x.kilometres + 1.5 * x.parcels + 8 * x.rush + noise };
  }
}

const model = new LinearRegression();
const learner = online(model, { optimizer: new AdaGrad({ learningRate: 1 }) });
let restored;

// The progressive loss: each event is predicted before it is learnt from, so the
// mean loss is an honest estimate without a test set.
let sum = 0;
for await (const { x, minutes } of deliveries(10_000)) {
  sum += learner.update(x, minutes); // ½(ŷ − y)² before the step
  if (restored) restored.update(x, minutes);
  if (learner.step % 1000 === 0) {
    console.log(`after ${String(learner.step).padStart(5)} events: mean loss ${(sum / 1000).toFixed(4)}`);
    sum = 0;
  }
  if (learner.step === 5000) restored = online.restore(JSON.stringify(learner.save()));
}

const { coefficients, intercept } = model;
console.log(`learnt: minutes = ${intercept.toFixed(2)} + ${[...coefficients].map((c) => c.toFixed(2)).join(', ')}`);
console.log(
  `a delivery of 3 km with 2 parcels: ${model.predictOne({ kilometres: 3, parcels: 2, rush: 0 }).toFixed(1)} min`,
);

const bits = (parameters) => Buffer.from(parameters.buffer).toString('hex');
const same = bits(restored.model.parameters) === bits(model.parameters);
console.log(`saved after 5000 events, restored and fed the rest: ${same ? 'the same bits' : 'OTHER BITS'}`);
if (!same || learner.rejected > 0) process.exitCode = 1;
