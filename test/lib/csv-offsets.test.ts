// Offsets of rows in a CSV file.

import { Readable } from 'node:stream';
import { readCsv } from 'gradus';
import { expect, test } from 'vitest';

const read = (text: string, options: Partial<Parameters<typeof readCsv>[1]> = {}) =>
  readCsv(Readable.from([text]), { target: 'y', ...options });

test('a column may hold offsets, beside weights', async () => {
  const text = 'a,o,w,y\n1,-0.5,0,2\n3,2.5,4,7\n5,,1,8\n';
  const data = await read(text, { weights: 'w', offset: 'o', missing: 'skip' });
  expect([data.columns, ...(data.weights ?? []), ...(data.offsets ?? [])]).toEqual([1, 0, 4, -0.5, 2.5]);
  expect([...data.x, ...data.y]).toEqual([1, 3, 2, 7]);
  expect((await read('a,y\n1,2\n')).offsets).toBeUndefined();
  expect([...((await read('a,y,o\n1,2,-3\n', { offset: 'o', rows: 1 })).offsets ?? [])]).toEqual([-3]);
});

test('blocks are joined with their offsets', async () => {
  const lines = Array.from({ length: 150_000 }, (_, i) => `${i % 7},${i},${-i}`);
  const data = await read(`a,y,o\n${lines.join('\n')}\n`, { offset: 'o' });
  expect(data.rows).toBe(150_000);
  expect(data.offsets?.every((offset, i) => offset === -i)).toBe(true);
});

test.each([
  ['the target', 'a,y\n1,2', 'y', /`offset`.*other than target and weights.*'y'/],
  ['no column of the file', 'a,y\n1,2', 'o', /`offset`.*\(a, y\).*'o'/],
  ['a column with text', 'a,o,y\n1,x,2', 'o', /line 2.*'o'.*'x'/],
  ['a column that is also read from', 'a,o,y\n1,1,2', 'o', /each of `columns`.*target, weights and offset.*'o'/],
])('%s as offset is named', async (what, text, offset, message) => {
  const columns = what.includes('also') ? { columns: ['a', 'o'] } : {};
  await expect(read(text, { offset, ...columns })).rejects.toThrow(message);
});
