// One Cholesky factorisation in place, counted as n³/3 operations; copying the matrix
// back before the next is not timed, here or in the rival: LAPACK's dpotrf through
// SciPy on a matrix in Fortran's order, overwritten, the other triangle left alone.

import { inProgram, inPython } from './contenders.mjs';
import { multiplyAdds } from './limits.mjs';
import { ofLimit, timesRival } from './targets.mjs';

/** @returns {import('./measure.mjs').Row[]} */
export function choleskyRows({ quick, threads }) {
  const sizes = [
    { n: 100, share: 0.25, times: 2, peakOf: 1 },
    { n: 500, share: 0.4, times: 1.8, peakOf: threads },
    { n: quick ? 600 : 2000, share: 0.7, times: 2, peakOf: threads },
  ];
  return sizes.map(({ n, share, times, peakOf }) => ({
    title: `Cholesky ${n} × ${n}${peakOf === 1 && threads > 1 ? ', limit of one thread' : ''}`,
    work: n ** 3 / 3,
    unit: 'GFLOP/s',
    threads,
    prepare: `cholesky ${n}`,
    ours: (set) => inProgram('cholesky', set),
    limit: { ...multiplyAdds(peakOf), threads: peakOf },
    rivals: [
      inPython({
        name: 'dpotrf',
        script: 'limits/blas_rivals.py',
        prepare: `prepare cholesky ${n}`,
        request: 'cholesky',
        timed: true,
      }),
    ],
    targets: [ofLimit(share), timesRival('dpotrf', times)],
  }));
}
