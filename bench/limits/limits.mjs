// The limits a row can name: works of bench/native/limit_works.cc.

// kPeakOperations of works.h.
const peakOperations = 2 ** 28;

/** Reading the array that `prepare` made, by the best of the loops. */
export const reading = { work: 'read' };

/** The reads and writes of an update step without its arithmetic. */
export const passing = { work: 'pass' };

/** Multiply-adds in registers on so many threads, in the instructions of the kernel set itself. */
export function multiplyAdds(threads) {
  return { work: 'multiply-adds', bySet: true, amount: peakOperations * threads };
}
