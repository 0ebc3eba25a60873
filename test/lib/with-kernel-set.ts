// What takes the default kernel set, as summaries do, on a set by name for the tests of the block.

import { afterEach, beforeEach } from 'vitest';

export function withKernelSet(set: string): void {
  let before: string | undefined;
  beforeEach(() => {
    before = process.env.GRADUS_KERNELS;
    process.env.GRADUS_KERNELS = set;
  });
  afterEach(() => {
    if (before === undefined) delete process.env.GRADUS_KERNELS;
    else process.env.GRADUS_KERNELS = before;
  });
}
