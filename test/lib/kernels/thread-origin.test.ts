// Where the number of threads comes from, in words, for machines that are made up.

import { setThreads } from 'gradus';
import { afterEach, expect, test, vi } from 'vitest';
import { threadOrigin } from '../../../lib/kernels/select.js';

const facts = vi.hoisted(() => ({ available: ['sse2'], threads: 1, processors: 1, quota: Number.POSITIVE_INFINITY }));

vi.mock('../../../lib/kernels/native/binding.js', () => {
  const addon = { info: () => facts };
  return { loadBinding: () => ({ addon, file: '', attempts: [] }), loadedAddon: () => addon };
});
vi.mock('node:os', async (original) => ({
  ...(await original<typeof import('node:os')>()),
  cpus: () => Array.from({ length: 512 }),
}));

afterEach(() => {
  setThreads();
  vi.unstubAllEnvs();
});

test.each([
  [2, 512, 1.5, "a control group's quota of 1.5 processors"],
  [2, 512, 2, "a control group's quota of 2 processors"],
  [8, 8, Number.POSITIVE_INFINITY, 'the affinity mask: 8 of 512 processors'],
  [8, 8, 16, 'the affinity mask: 8 of 512 processors'],
  [256, 512, Number.POSITIVE_INFINITY, 'the most that are used; the process may run on 512 processors'],
  [512, 512, Number.POSITIVE_INFINITY, 'the 512 processors of the machine'],
])('%i threads on %i processors with a quota of %d: %s', (threads, processors, quota, words) => {
  vi.stubEnv('GRADUS_KERNELS', '');
  Object.assign(facts, { threads, processors, quota });
  expect(threadOrigin()).toBe(words);
});

test('setThreads, and the one thread of the TypeScript kernels', () => {
  vi.stubEnv('GRADUS_KERNELS', '');
  setThreads(3);
  expect(threadOrigin()).toBe('setThreads');
  vi.stubEnv('GRADUS_KERNELS', 'portable');
  expect(threadOrigin()).toBe('the TypeScript kernels run on one thread');
});
