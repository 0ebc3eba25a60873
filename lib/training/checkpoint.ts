// Checkpoints of a run: when to write one, what makes a file belong to a run, and
// taking a run up again. A resumed run goes on with the bits of the uninterrupted
// one, so whatever decides these bits is in the fingerprint.

import { accessSync, constants } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expected, expectedBut } from '../errors.js';
import type { Job } from '../kernels/kernels.js';
import type { EpochPoint, Work } from '../models/objective.js';
import { checkBoolean, checkNumber, checkOptions } from '../options.js';
import { readCheckpoint, sha256, toBase64, unusable, writeCheckpoint } from './checkpoint-file.js';

export interface CheckpointOptions {
  /** The file; replaced in one step each time. */
  readonly path: string;
  /** Milliseconds between two writes; default 10,000, or never when only `everyEpochs` is given. */
  readonly everyMs?: number;
  /** Epochs between two writes; default none. */
  readonly everyEpochs?: number;
  /** Go on from the file when it is there; default false: start afresh and replace it. */
  readonly resume?: boolean;
}

/** What decides the bits of a run, by name; the values are compared one by one. */
export type Fingerprint = Readonly<Record<string, unknown>>;

interface Saved {
  readonly fingerprint: Fingerprint;
  readonly run: unknown;
}

const defaultEveryMs = 10_000;

export function checkCheckpoint(options: CheckpointOptions): CheckpointOptions {
  checkOptions(options, ['path', 'everyMs', 'everyEpochs', 'resume'], '`checkpoint`');
  if (typeof options.path !== 'string' || options.path === '') {
    throw expected('ERR_GRADUS_OPTION', '`checkpoint.path`', 'the path of a file', options.path);
  }
  if (options.everyMs !== undefined) checkNumber(options.everyMs, '`checkpoint.everyMs`', { min: 0 });
  if (options.everyEpochs !== undefined) {
    checkNumber(options.everyEpochs, '`checkpoint.everyEpochs`', { integer: true, min: 1 });
  }
  checkBoolean(options.resume ?? false, '`checkpoint.resume`');
  const folder = dirname(resolve(options.path));
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const got = `'${options.path}' (${(error as Error).message})`;
    throw expectedBut('ERR_GRADUS_CHECKPOINT', '`checkpoint.path`', 'in a folder that can be written to', got);
  }
  return options;
}

export class Checkpoint {
  readonly everyEpochs: number | undefined;
  readonly #options: CheckpointOptions;
  readonly #path: string;
  readonly #everyMs: number;
  #fingerprint: Fingerprint;
  #written = performance.now();
  #writtenEpoch = 0;

  /** @param fingerprint what is known of the run before its first evaluation. */
  constructor(options: CheckpointOptions, fingerprint: Fingerprint) {
    this.#options = options;
    this.#path = resolve(options.path);
    this.#fingerprint = fingerprint;
    this.everyEpochs = options.everyEpochs;
    this.#everyMs = options.everyMs ?? (options.everyEpochs === undefined ? defaultEveryMs : Number.POSITIVE_INFINITY);
    // A file of another kind is refused before any work, whether or not it would be read.
    readCheckpoint(this.#path);
  }

  /**
   * The saved run, when there is one and it is to be taken up.
   * @param start the evaluated start. Loss and gradient there depend on every value of the data.
   * @throws ERR_GRADUS_CHECKPOINT when the file is of another run.
   */
  resume<Run>(start: EpochPoint): Run | undefined {
    const { parameters, loss, gradientNorm, validationLoss } = start;
    const point = Float64Array.of(...parameters, loss, gradientNorm, validationLoss ?? 0);
    this.#fingerprint = { ...this.#fingerprint, data: sha256(toBase64(point)) };
    if (!this.#options.resume) return undefined;
    const saved = readCheckpoint(this.#path) as Saved | undefined;
    if (saved === undefined) return undefined;
    for (const [name, value] of Object.entries(this.#fingerprint)) {
      const wanted = JSON.stringify(value);
      const got = JSON.stringify(saved.fingerprint[name]);
      if (got !== wanted) {
        const what =
          name === 'data' ? 'other data, model options or start' : `${name} ${got}, where this has ${wanted}`;
        throw unusable(this.#options.path, `one of a run with ${what}`);
      }
    }
    return saved.run as Run;
  }

  due(epoch: number): boolean {
    const epochs = epoch - this.#writtenEpoch;
    const byEpochs = this.everyEpochs !== undefined && epochs >= this.everyEpochs;
    const due = byEpochs || performance.now() - this.#written >= this.#everyMs;
    if (due) this.#writtenEpoch = epoch;
    return due;
  }

  *save(run: unknown): Work<void> {
    yield this.write(run);
  }

  /** The job that writes the file. */
  write(run: unknown): Job {
    const content: Saved = { fingerprint: this.#fingerprint, run };
    this.#written = performance.now();
    return writeCheckpoint(this.#path, content);
  }
}
