// Where this package lies and what its package.json says.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly version: string;
  /** What this package was built and tested with. */
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The folder of the package, with a separator at its end. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

export function manifest(): Manifest {
  return JSON.parse(readFileSync(`${packageFolder}package.json`, 'utf8')) as Manifest;
}
