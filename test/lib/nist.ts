// NIST's linear reference data sets, in NIST's own text format: the folder is named by
// GRADUS_NIST_DIR, or lies beside the repository. The files are not part of it.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dataset } from 'gradus';

const folders = [process.env.GRADUS_NIST_DIR, fileURLToPath(new URL('../../../shared/data/nist', import.meta.url))];

/** The folder of the data sets; undefined where there is none. */
export const nistFolder = folders.find((folder) => folder !== undefined && existsSync(join(folder, 'Longley.dat')));

export interface Certified {
  readonly data: Dataset;
  readonly intercept: boolean;
  /** Coefficients, then the intercept where there is one. */
  readonly estimates: readonly number[];
  readonly standardErrors: readonly number[];
  readonly residualStandardDeviation: number;
  readonly rSquared: number;
}

/** @param degree of the polynomial in the only column of the file; 1 for its columns as they are. */
export function readNist(name: string, degree = 1): Certified {
  const text = readFileSync(join(nistFolder as string, `${name}.dat`), 'utf8');
  const lines = text.split(/\r?\n/);
  const [, first, last] = /Data +\(lines (\d+) to (\d+)\)/.exec(text) as RegExpExecArray;
  const rows = lines.slice(Number(first) - 1, Number(last)).map((line) => line.trim().split(/\s+/).map(Number));
  const certified = lines
    .map((line) => /^ *B(\d+) +(\S+) +(\S+) *$/.exec(line)?.slice(1).map(Number))
    .filter((values) => values !== undefined) as [number, number, number][];
  // B0 is the intercept, which comes last with us.
  const ordered = [...certified.filter(([j]) => j > 0), ...certified.filter(([j]) => j === 0)];
  const statistic = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  const columns = (row: number[]): number[] =>
    degree === 1 ? row.slice(1) : Array.from({ length: degree }, (_, k) => (row[1] as number) ** (k + 1));
  return {
    data: Dataset.from(
      rows.map(columns),
      rows.map((row) => row[0] as number),
    ),
    intercept: ordered.length > certified.filter(([j]) => j > 0).length,
    estimates: ordered.map(([, estimate]) => estimate),
    standardErrors: ordered.map(([, , error]) => error),
    residualStandardDeviation: statistic(/Residual\s+Standard Deviation +(\S+)/),
    rSquared: statistic(/R-Squared +(\S+)/),
  };
}

/** Right decimal digits of the worst value: −log₁₀ of the largest relative error, at most 17. */
export function digits(actual: ArrayLike<number>, wanted: readonly number[]): number {
  const errors = wanted.map((value, j) => {
    const error = Math.abs((actual[j] as number) - value);
    return value === 0 ? error : error / Math.abs(value);
  });
  return Math.min(17, -Math.log10(Math.max(...errors)));
}
