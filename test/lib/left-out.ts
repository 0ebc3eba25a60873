// What some platforms leave out of the suite; scripts/test-platforms.mjs sets the
// variables. Where a processor is emulated (GRADUS_EMULATED=1) a measurement of time says
// nothing, and thousands of epochs or megabytes of text take minutes: the digest holds the
// bits of that arithmetic. There, and where Node needs a loader of its own
// (GRADUS_NO_PROGRAMS=1), tests that start Node would start another one than the platform's;
// the smoke test starts its programs in the right way. All files share
// one process there, whose memory says nothing about one of them.

export const emulated = process.env.GRADUS_EMULATED === '1';
export const noPrograms = emulated || process.env.GRADUS_NO_PROGRAMS === '1';
