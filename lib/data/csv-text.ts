// From a file or stream to rows of fields. The bytes come in chunks of any size
// and are handed to csv-parse in small pieces, because parsing one piece is the
// longest time the event loop waits. Rows are handed on one by one from inside
// the parser, and never queued.

import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { isUint8Array } from 'node:util/types';
import { CsvError, Parser } from 'csv-parse';
import { expected, expectedBut, type GradusError } from '../errors.js';

/** A path, a `file:` URL, or a stream (or any async iterable) of strings or Uint8Arrays. */
export type CsvSource = string | URL | AsyncIterable<string | Uint8Array>;

/** Where the text comes from. */
export interface CsvInput {
  /** Bytes of the file, known once it is open; undefined for a stream. */
  readonly totalBytes: number | undefined;
  open(): Promise<AsyncIterable<unknown>>;
  /** Ends the stream; waits until the file is closed. */
  close(): Promise<void>;
}

interface TextSettings {
  readonly delimiter: string;
  readonly quote: string;
}

// In bytes, or characters of a string. csv-parse takes about 1 ms for this much.
const pieceLength = 2 ** 14;
// In characters. Text without line ends, or with a quote that is never closed, is refused at this length.
const longestRow = 2 ** 26;

/** @throws ERR_GRADUS_OPTION */
export function inputOf(source: unknown): CsvInput {
  if (typeof source === 'string' || (source instanceof URL && source.protocol === 'file:')) {
    return new FileInput(source);
  }
  if (source instanceof Readable) return new StreamInput(source);
  if (source instanceof ReadableStream) return new StreamInput(Readable.fromWeb(source, { objectMode: true }));
  if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) {
    return new IterableInput(source as AsyncIterable<unknown>);
  }
  const expectation = 'a path, a file: URL or a stream of strings or Uint8Arrays';
  throw expected('ERR_GRADUS_OPTION', 'the source of readCsv', expectation, source);
}

class FileInput implements CsvInput {
  totalBytes: number | undefined;
  readonly #path: string | URL;
  #file: FileHandle | undefined;
  #stream: Readable | undefined;
  #closed = false;

  constructor(path: string | URL) {
    this.#path = path;
  }

  async open(): Promise<Readable> {
    this.#file = await open(this.#path);
    const status = await this.#file.stat();
    if (status.isFile()) this.totalBytes = status.size;
    const stream = this.#file.createReadStream();
    this.#stream = stream;
    // An abort may have come meanwhile.
    if (this.#closed) await this.close();
    return stream;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const stream = this.#stream;
    if (stream === undefined) {
      await this.#file?.close();
      return;
    }
    stream.destroy();
    if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
  }
}

/** A Node stream, or a web stream made one: `destroy` ends it even while it is being waited for. */
class StreamInput implements CsvInput {
  readonly totalBytes = undefined;
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
    // Whoever iterates gets the error; a listener keeps one that comes earlier from ending the process.
    stream.on('error', () => undefined);
  }

  async open(): Promise<Readable> {
    return this.#stream;
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }
}

class IterableInput implements CsvInput {
  readonly totalBytes = undefined;
  readonly #iterator: AsyncIterator<unknown>;

  constructor(iterable: AsyncIterable<unknown>) {
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  async open(): Promise<AsyncIterable<unknown>> {
    return { [Symbol.asyncIterator]: () => this.#iterator };
  }

  /** Does not wait: a generator that has stalled answers when it goes on. */
  async close(): Promise<void> {
    Promise.resolve()
      .then(() => this.#iterator.return?.())
      .catch(() => undefined);
  }
}

/**
 * Calls `onRow` with the fields of every row, empty lines left out, and the number of the line it ends on, from 1.
 * @param onPiece is awaited after each piece of `size` bytes; what it throws ends the parsing.
 * @throws what `onRow` throws, and ERR_GRADUS_VALUE where the text is not CSV.
 */
export async function parseRows(
  chunks: AsyncIterable<unknown>,
  settings: TextSettings,
  onRow: (fields: readonly string[], line: number) => void,
  onPiece: (size: number) => Promise<void>,
): Promise<void> {
  let lastLine = 0;
  let countedTwice = 0;
  const parser = new Parser({
    bom: true,
    delimiter: settings.delimiter,
    quote: settings.quote,
    escape: settings.quote,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: longestRow,
    on_record: (fields, { lines }) => {
      // csv-parse counts a CRLF inside quotes as two lines.
      if (lines - countedTwice > lastLine + 1) countedTwice += fields.join('').split('\r\n').length - 1;
      lastLine = lines - countedTwice;
      onRow(fields, lastLine);
      return null;
    },
  });
  // Errors come back through the callbacks of write and end.
  parser.on('error', () => undefined);
  try {
    for await (const piece of piecesOf(chunks)) {
      await settled((done) => parser.write(piece, done));
      await onPiece(piece.length);
    }
    await settled((done) => parser.end(done));
  } catch (error) {
    throw error instanceof CsvError ? malformed(error, lastLine + 1) : error;
  } finally {
    parser.destroy();
  }
}

function settled(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

/** Small pieces of bytes, copied, since csv-parse keeps the end of one until the next has come. */
async function* piecesOf(chunks: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  // The first half of a character outside the basic plane, when a string ends with it.
  let half = '';
  for await (const chunk of chunks) {
    if (typeof chunk === 'string') {
      const text = half + chunk;
      let start = 0;
      let end = 0;
      for (; start < text.length; start = end) {
        end = Math.min(start + pieceLength, text.length);
        const last = text.charCodeAt(end - 1);
        if (last >= 0xd800 && last < 0xdc00) end -= 1;
        if (end === start) break;
        yield Buffer.from(text.slice(start, end));
      }
      half = text.slice(start);
    } else if (isUint8Array(chunk)) {
      for (let start = 0; start < chunk.length; start += pieceLength) {
        yield Buffer.from(chunk.subarray(start, start + pieceLength));
      }
    } else {
      throw expected('ERR_GRADUS_VALUE', 'each chunk of the stream', 'a string or a Uint8Array', chunk);
    }
  }
  if (half !== '') yield Buffer.from(half);
}

function malformed(error: CsvError, line: number): GradusError {
  const words: Record<string, string> = {
    CSV_INVALID_CLOSING_QUOTE: 'text after a closing quote',
    CSV_MAX_RECORD_SIZE: `more than ${longestRow} characters`,
    CSV_QUOTE_NOT_CLOSED: 'a quote that is never closed',
    INVALID_OPENING_QUOTE: 'a quote inside a field that does not start with one',
  };
  const what = `the row that starts on line ${line}`;
  return expectedBut('ERR_GRADUS_VALUE', what, 'well-formed CSV', words[error.code] ?? error.message);
}
