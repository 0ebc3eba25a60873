// Which C library this Node runs on, and its version. Prebuilt binaries for Linux
// are made for one of the two.

import { runProgram } from './run-program.js';

interface Report {
  readonly header: { readonly glibcVersionRuntime?: string };
  readonly sharedObjects: readonly string[];
}

/** `glibc 2.36`, `musl 1.2.5`; null on other platforms than Linux. */
export function libc(): string | null {
  if (process.platform !== 'linux') return null;
  const { header, sharedObjects } = process.report.getReport() as unknown as Report;
  if (header.glibcVersionRuntime !== undefined) return `glibc ${header.glibcVersionRuntime}`;
  const musl = sharedObjects.find((file) => /\/(ld-musl-|libc\.musl-)/.test(file));
  return musl === undefined ? 'unknown' : `musl ${muslVersion(musl)}`;
}

/** musl's loader says its version when it is started as a program. */
export function muslVersion(loader: string): string {
  return /^Version (\S+)/m.exec(runProgram(loader, []).output)?.[1] ?? 'of an unknown version';
}
