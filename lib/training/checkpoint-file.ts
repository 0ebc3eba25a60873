// The file of a checkpoint: one line that names the format, its version, the
// length and the SHA-256 of what follows, then JSON in which typed arrays stand
// as base64 and numbers that JSON does not know by name. Written to a temporary
// file beside it, flushed to the disk and renamed, so that a reader sees the old
// file or the new one and never a part.

import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expectedBut, type GradusError } from '../errors.js';
import type { Job } from '../kernels/kernels.js';

const format = 'gradus-checkpoint';
const version = 1;

/** The file's content, or undefined when there is no file. @throws ERR_GRADUS_CHECKPOINT for a file that is no whole checkpoint. */
export function readCheckpoint(path: string): unknown {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, `one that cannot be read (${(error as Error).message})`);
  }
  const end = bytes.indexOf(0x0a);
  const [name, number, length, digest] = bytes.toString('latin1', 0, Math.max(end, 0)).split(' ');
  if (name !== format) throw unusable(path, 'a file of another kind, which is left as it is');
  if (number !== String(version)) throw unusable(path, `one of version ${number}, where this is version ${version}`);
  const body = bytes.subarray(end + 1);
  if (body.length !== Number(length)) {
    throw unusable(path, `one of ${body.length} bytes where its first line says ${length}: it was cut off or changed`);
  }
  if (sha256(body) !== digest) throw unusable(path, 'one whose checksum does not fit: it was changed');
  return JSON.parse(body.toString('utf8'), revive);
}

/** Replaces the file in one step. */
export function writeCheckpoint(path: string, content: unknown): Job {
  const body = Buffer.from(JSON.stringify(encode(content)), 'utf8');
  const bytes = Buffer.concat([Buffer.from(`${format} ${version} ${body.length} ${sha256(body)}\n`, 'latin1'), body]);
  const temporary = `${path}.tmp`;
  return {
    inline: false,
    run: () => {
      const file = openSync(temporary, 'w');
      try {
        writeSync(file, bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
      syncFolder(path);
    },
    start: async () => {
      const file = await open(temporary, 'w');
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      syncFolder(path);
      return true;
    },
  };
}

/** Makes the rename last through a power cut; Windows knows no such thing. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function unusable(path: string, got: string): GradusError {
  return expectedBut('ERR_GRADUS_CHECKPOINT', `'${path}'`, 'a checkpoint of this run, or absent', got);
}

/** The bits of an array as text. */
export function toBase64(array: Float64Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

export function fromBase64(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** JSON has no typed arrays, no NaN, no infinities and no -0. */
function encode(value: unknown): unknown {
  if (value instanceof Float64Array) return { $float64: toBase64(value) };
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { $number: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, encode(field)]));
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$float64' in value) return fromBase64(String(value.$float64));
  if ('$number' in value) return Number(value.$number);
  return value;
}
