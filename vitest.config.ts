// The TypeScript suite. `gradus` is the source itself, so a test imports what a
// user imports. Long timeouts: some tests watch fits of a million rows.

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: [{ find: /^gradus$/, replacement: fileURLToPath(new URL('./lib/index.ts', import.meta.url)) }],
  },
  test: {
    environment: 'node',
    include: ['test/lib/**/*.test.ts'],
    testTimeout: 120_000,
    // The lifecycle tests measure latencies: nothing else may run beside them.
    fileParallelism: false,
  },
});
