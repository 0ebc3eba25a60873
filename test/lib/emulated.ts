// Under an emulator of a processor (GRADUS_EMULATED=1, set by scripts/test-platforms.mjs)
// two kinds of tests say nothing, and are skipped: those that measure time, and those
// that start programs, which the system would start without the emulator. The platform's
// smoke test starts its programs under the emulator again.

export const emulated = process.env.GRADUS_EMULATED === '1';
