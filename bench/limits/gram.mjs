// XᵀWX, one triangle, with a weight for each row: bound by multiply-adds. Operations
// are counted as n·d² for the triangle; NumPy's product as most people write it
// computes the whole square and is counted by the same number.

import { inProgram, inPython } from './contenders.mjs';
import { multiplyAdds } from './limits.mjs';
import { ofLimit, timesRival } from './targets.mjs';

/** @returns {import('./measure.mjs').Row[]} */
export function gramRows({ quick, threads }) {
  const sizes = [
    { rows: 100_000, columns: 100, share: 0.6, times: 6 },
    { rows: 20_000, columns: 1000, share: 0.8, times: 4 },
  ];
  return sizes.map(({ rows, columns, share, times }) => {
    const n = quick ? rows / 1000 : rows;
    return {
      title: `XᵀWX ${n.toLocaleString('en')} × ${columns}`,
      work: n * columns ** 2,
      unit: 'GFLOP/s',
      threads,
      prepare: `gram ${n} ${columns}`,
      ours: (set) => inProgram('gram', set),
      limit: multiplyAdds(threads),
      rivals: [
        inPython({
          name: 'NumPy',
          script: 'limits/blas_rivals.py',
          prepare: `prepare gram ${n} ${columns}`,
          request: 'gram',
          timed: true,
        }),
      ],
      targets: [ofLimit(share), timesRival('NumPy', times)],
    };
  });
}
