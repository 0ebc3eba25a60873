// Every JavaScript snippet of the README runs as it stands there, in a process of
// its own. What a snippet takes for granted is in the comment above it.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { noPrograms } from './left-out.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');
const snippets = [...readme.matchAll(/(?:<!-- setup\n([\s\S]*?)-->\n)?```js\n([\s\S]*?)```/g)].map(
  ([, setup = '', code = '']) => ({ title: code.trim().split('\n').at(-1) as string, setup, code }),
);

test('there are snippets', () => expect(snippets.length).toBeGreaterThanOrEqual(3));

test.skipIf(noPrograms).each(snippets)('… $title', ({ setup, code }) => {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', `${setup}\n${code}`], {
    cwd: root,
    env: { ...process.env, GRADUS_ROOT: root.replace(/\/$/, '') },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(child.stderr).toBe('');
  expect(child.status).toBe(0);
});
