// What every wrong argument must give: a typed error with a code, in the one
// sentence shape of the library.

import { expect } from 'vitest';

export function expectRefused(act: () => unknown, code: string, message: RegExp): void {
  let caught: unknown;
  try {
    act();
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ name: 'GradusError', code });
  expect((caught as Error).message).toMatch(message);
  expect((caught as Error).message).toMatch(/^Expected .* to .*, but got /);
  expect((caught as Error).message).not.toMatch(/,,/);
}
