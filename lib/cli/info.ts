// `gradus info`: what serves on this machine and why. The first thing to ask for
// when a fit is slower than expected, and to put into a report of a fault.

import { cpus } from 'node:os';
import type { FailedAttempt } from '../kernels/native/binding.js';
import { loadBinding } from '../kernels/native/binding.js';
import { availableKernelSets, kernels, threadOrigin } from '../kernels/select.js';
import { CommandFailure } from './failure.js';
import { libc } from './libc.js';
import { manifest } from './package-folder.js';
import { table } from './table.js';

/** What `gradus info --json` prints. */
export interface Facts {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  /** null where the platform has no choice of C libraries. */
  readonly libc: string | null;
  readonly cpu: string;
  /** The file the addon was loaded from. */
  readonly binary: string | null;
  /** Files that were tried in vain. */
  readonly attempts: readonly FailedAttempt[];
  /** Why there is no addon. */
  readonly reason: string | null;
  /** Sets of instructions for which the addon has kernels, and this machine the instructions. */
  readonly instructionSets: readonly string[];
  /** null when GRADUS_KERNELS names a set that this machine cannot run. */
  readonly kernels: string | null;
  readonly kernelsChosenBy: string;
  readonly threads: number | null;
  readonly threadsFrom: string | null;
}

/** @param json one object instead of the table. */
export function info({ json = false }: { readonly json?: boolean | undefined }): void {
  const facts = collect();
  console.log(json ? JSON.stringify(facts, null, 2) : table(rows(facts)));
  if (facts.kernels === null) throw new CommandFailure(facts.kernelsChosenBy);
}

function collect(): Facts {
  const loaded = loadBinding();
  return {
    version: manifest().version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    libc: libc(),
    cpu: `${cpus()[0]?.model.trim() || 'unknown'}, ${cpus().length} processors`,
    binary: 'addon' in loaded ? loaded.file : null,
    attempts: loaded.attempts,
    reason: 'addon' in loaded ? null : loaded.reason,
    instructionSets: availableKernelSets().filter((name) => name !== 'portable'),
    ...serving(),
  };
}

function serving(): Pick<Facts, 'kernels' | 'kernelsChosenBy' | 'threads' | 'threadsFrom'> {
  const forced = process.env.GRADUS_KERNELS;
  try {
    const { name, native, threads } = kernels();
    const widest = native ? 'the widest this machine can run' : 'the addon could not be loaded';
    return {
      kernels: name,
      kernelsChosenBy: forced ? `GRADUS_KERNELS=${forced}` : widest,
      threads,
      threadsFrom: threadOrigin(),
    };
  } catch (error) {
    return {
      kernels: null,
      kernelsChosenBy: `GRADUS_KERNELS=${forced}: ${(error as Error).message}`,
      threads: null,
      threadsFrom: null,
    };
  }
}

function rows(facts: Facts): string[][] {
  const { binary, attempts, instructionSets, kernels, kernelsChosenBy, threads, threadsFrom } = facts;
  return [
    ['gradus', facts.version],
    ['Node', facts.node],
    ['platform', facts.platform],
    ...(facts.libc === null ? [] : [['C library', facts.libc]]),
    ['processor', facts.cpu],
    ['binary', binary ?? `none${attempts.length === 0 ? `: ${facts.reason}` : ''}`],
    ...attempts.map(({ file, message }) => ['  failed', `${file}: ${message}`]),
    ...(binary === null ? [['  cure', 'npx gradus build (needs a C++20 compiler)']] : []),
    ['instruction sets', binary === null ? 'not known without the addon' : instructionSets.join(', ')],
    ['kernels', `${kernels ?? 'none'} (${kernelsChosenBy})`],
    ...(threads === null ? [] : [['threads', `${threads} (${threadsFrom})`]]),
  ];
}
