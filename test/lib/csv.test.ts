// readCsv: the same numbers whatever the source, the size of its chunks and the
// dialect; one row for each wrong option and bad file; nothing left open after an
// error or an abort; a free event loop while a large stream comes in.

import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type CsvSource, fitSync, LinearRegression, type ReadCsvOptions, type ReadCsvProgress, readCsv } from 'gradus';
import { afterAll, describe, expect, test } from 'vitest';
import { diabetes } from './diabetes.js';
import { emulated } from './left-out.js';

const folder = mkdtempSync(join(tmpdir(), 'gradus-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));
const diabetesPath = new URL('../../examples/data/diabetes.csv', import.meta.url);

/** The bytes of a text in chunks of one size, through one buffer that is written over. */
async function* bytesOf(text: string, size = 2 ** 16): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  const buffer = new Uint8Array(size);
  for (let i = 0; i < bytes.length; i += size) {
    const chunk = bytes.subarray(i, i + size);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
  }
}

async function* stringsOf(text: string, size: number): AsyncGenerator<string> {
  for (let i = 0; i < text.length; i += size) yield text.slice(i, i + size);
}

const read = (text: string, options: Partial<ReadCsvOptions> = {}) =>
  readCsv(bytesOf(text), { target: 'y', ...options });

/** Files of this process that are open at a path; on Linux, where that can be told. */
function openAt(path: string): number {
  if (!existsSync('/proc/self/fd')) return 0;
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link === path).length;
}

describe('values', () => {
  const wanted = diabetes();
  const text = readFileSync(diabetesPath, 'utf8');
  const options = { target: 'target' };
  const web = () => new Blob([text]).stream();

  const sources: [string, () => CsvSource][] = [
    ['a path', () => diabetesPath.pathname],
    ['a URL', () => diabetesPath],
    ['a file stream', () => createReadStream(diabetesPath)],
    ['a file stream of strings', () => createReadStream(diabetesPath, { encoding: 'utf8', highWaterMark: 999 })],
    ['a web stream', web],
    ['a web stream of strings', () => web().pipeThrough(new TextDecoderStream())],
    ...[1, 2, 3, 7, 2 ** 16].map((size): [string, () => CsvSource] => [`chunks of ${size}`, () => bytesOf(text, size)]),
    ['strings of 1', () => stringsOf(text, 1)],
    ['one string', () => stringsOf(text, text.length)],
    ['CRLF', () => bytesOf(text.replaceAll('\n', '\r\n'), 1)],
    ['CR', () => bytesOf(text.replaceAll('\n', '\r'), 5)],
    ['a BOM', () => bytesOf(`\ufeff${text}`, 2)],
    ['a BOM in a string', () => stringsOf(`\ufeff${text}`, 100)],
    ['no last line end', () => bytesOf(text.trimEnd())],
    ['empty lines', () => bytesOf(`\n${text.replaceAll('\n', '\n\n')}\n\n`)],
    ['quotes everywhere', () => bytesOf(text.trim().replaceAll(/[^,\n]+/g, '"$&"'), 3)],
    ['spaces', () => bytesOf(text.replaceAll(',', ' ,\t '))],
  ];
  test.each(sources)('are those of Dataset.from, bit for bit: %s', async (_, source) => {
    const data = await readCsv(source(), options);
    expect(data.x).toEqual(wanted.x);
    expect(data.y).toEqual(wanted.y);
    expect(data.columnNames).toEqual(wanted.columnNames);
    expect(data.x.buffer.byteLength).toBe(8 * data.rows * data.columns);
  });

  test.each([442, 440, 1000, 1])('do not depend on the expected number of rows: %i', async (rows) => {
    const data = await readCsv(diabetesPath, { ...options, rows, weights: 'age' });
    expect(data.columns).toBe(9);
    expect([...(data.weights ?? [])]).toEqual(Array.from({ length: 442 }, (_, i) => wanted.x[i * 10]));
    expect(data.y).toEqual(wanted.y);
  });

  test('are float32 when asked', async () => {
    const data = await readCsv(diabetesPath, { ...options, type: 'float32' });
    expect(data.x).toEqual(Float32Array.from(wanted.x));
  });

  test('are ready for a fit', async () => {
    const data = await readCsv(diabetesPath, options);
    const model = new LinearRegression();
    const same = new LinearRegression();
    expect(fitSync(model, data).converged && fitSync(same, wanted).converged).toBe(true);
    expect(model.parameters).toEqual(same.parameters);
  });

  test('of every decimal form', async () => {
    const forms = ['1', '+1', '-0', '007', '1.', '.5', '-1.25e3', '1E-2', '4.9e-324', '0.1', '123456789012345678'];
    const data = await read(`a,y\n${forms.map((form) => `${form},0`).join('\n')}`);
    expect([...data.x]).toEqual(forms.map(Number));
  });
});

describe('columns', () => {
  test('are chosen by name, in order; cells that are not used are not looked at', async () => {
    const text = 'id,"a, ""b"" é𝄞", y ,,c\n"n\r\no,1",1,2,,3\n"n\no""2",4,5,?,6\n';
    for (const source of [bytesOf(text, 1), stringsOf(text, 1)]) {
      const data = await readCsv(source, { target: 'y', columns: ['c', 'a, "b" é𝄞'] });
      expect(data.columnNames).toEqual(['c', 'a, "b" é𝄞']);
      expect([...data.x, ...data.y]).toEqual([3, 1, 6, 4, 2, 5]);
      expect(data.weights).toBeUndefined();
    }
  });

  test('without a header are x0, x1, … in the order of the file', async () => {
    const data = await read('1,2,3\n4,5,6\n', { header: false, target: 'x1' });
    expect(data.columnNames).toEqual(['x0', 'x2']);
    expect([...data.x, ...data.y]).toEqual([1, 3, 4, 6, 2, 5]);
  });

  test('with decimal commas', async () => {
    const data = await read('a;y\n1,5;2\n"-,25e1";3,\n', { delimiter: ';', decimal: ',' });
    expect([...data.x, ...data.y]).toEqual([1.5, -2.5, 2, 3]);
    expect([...(await read("a,y\n'1,5','2'\n", { decimal: ',', quote: "'" })).x]).toEqual([1.5]);
  });

  test('may hold weights', async () => {
    const data = await read('a,w,y\n1,0,2\n3,2.5,4\n', { weights: 'w' });
    expect([data.columns, ...(data.weights ?? [])]).toEqual([1, 0, 2.5]);
  });

  test('with missing cells are left out when asked', async () => {
    const text = 'a,b,y,w\n1,,2,1\n,,3,1\n4,,NA,1\n5,,6, null \n7,,8,0.5\nnan,,9,1\n';
    const seen: ReadCsvProgress[] = [];
    const data = await read(text, {
      columns: ['a'],
      weights: 'w',
      missing: 'skip',
      onProgress: (progress) => seen.push(progress),
    });
    expect([...data.x, ...data.y, ...(data.weights ?? [])]).toEqual([1, 7, 2, 8, 1, 0.5]);
    expect(seen.at(-1)).toEqual({ bytes: text.length, rows: 2, skipped: 4 });
  });
});

const wrong = (value: unknown): never => value as never;
type Failure = [string, () => Promise<unknown>, 'OPTION' | 'SHAPE' | 'VALUE', RegExp];
const failures: Failure[] = [
  ['a source that is none', () => readCsv(wrong(3), { target: 'y' }), 'OPTION', /source.*path.*got 3$/],
  ['a URL of the web', () => readCsv(new URL('http://a/b'), { target: 'y' }), 'OPTION', /file: URL/],
  ['bytes', () => readCsv(wrong(Buffer.from('a')), { target: 'y' }), 'OPTION', /source.*Buffer/],
  ['no options', () => readCsv('a.csv', wrong(undefined)), 'OPTION', /readCsv.*object.*undefined/],
  ['an unknown option', () => read('', wrong({ sep: ';' })), 'OPTION', /delimiter.*got 'sep'/],
  ['no target', () => read('', { target: wrong(undefined) }), 'OPTION', /`target`.*undefined/],
  ['columns in words', () => read('', { columns: wrong('a') }), 'OPTION', /`columns`.*array.*'a'/],
  ['no columns', () => read('', { columns: [] }), 'OPTION', /`columns`.*at least one/],
  ['a column twice', () => read('', { columns: ['a', 'a'] }), 'OPTION', /once.*'a'/],
  ['a column that is no name', () => read('', { columns: wrong([1]) }), 'OPTION', /string.*got 1/],
  ['the target as a column', () => read('', { columns: ['y'] }), 'OPTION', /`columns`.*target.*'y'/],
  ['the target as weights', () => read('', { weights: 'y' }), 'OPTION', /`weights`.*target.*'y'/],
  ['a type of 16 bits', () => read('', { type: wrong('float16') }), 'OPTION', /`type`.*'float16'/],
  ['a delimiter of two', () => read('', { delimiter: '::' }), 'OPTION', /`delimiter`.*one character.*'::'/],
  ['a delimiter that ends lines', () => read('', { delimiter: '\n' }), 'OPTION', /`delimiter`/],
  ['no quote', () => read('', { quote: '' }), 'OPTION', /`quote`.*one character/],
  ['a quote that delimits', () => read('', { quote: ',' }), 'OPTION', /`quote`.*delimiter/],
  ['an unknown decimal', () => read('', { decimal: wrong('·') }), 'OPTION', /`decimal`.*'\.' or ','/],
  ['a header by name', () => read('', { header: wrong('a') }), 'OPTION', /`header`.*true or false/],
  ['missing as a value', () => read('', { missing: wrong(0) }), 'OPTION', /`missing`.*'skip', but got 0/],
  ['0 rows', () => read('', { rows: 0 }), 'OPTION', /`rows`.*at least 1/],
  ['a callback that is none', () => read('', { onProgress: wrong(1) }), 'OPTION', /`onProgress`.*function/],
  ['a signal that is none', () => read('', { signal: wrong({}) }), 'OPTION', /`signal`/],
  ['an unknown target', () => read('a,b\n1,2'), 'OPTION', /`target` to be a column of the CSV \(a, b\).*'y'/],
  ['unknown weights', () => read('a,y\n1,2', { weights: 'w' }), 'OPTION', /`weights`.*\(a, y\).*'w'/],
  ['an unknown column', () => read('a,y\n1,2', { columns: ['b'] }), 'OPTION', /columns.*\(a, y\).*'b'/],
  ['no such column by number', () => read('1,2', { header: false }), 'OPTION', /\(x0, x1\).*'y'/],
  ['a wide file', () => read(','.repeat(98)), 'OPTION', /and 59 more\)/],
  ['a name twice', () => read('a,y, a\n1,2,3'), 'OPTION', /header.*'a' twice/],
  ['a column without a name', () => read(',y\n1,2'), 'OPTION', /column name.*''/],
  ['nothing but a target', () => read('y\n1'), 'SHAPE', /more than its target.*no column/],
  ['an empty file', () => read(''), 'SHAPE', /CSV.*at least one row of data.*an empty file/],
  ['a BOM alone', () => read('\ufeff'), 'SHAPE', /an empty file/],
  ['a header alone', () => read('a,y\n'), 'SHAPE', /at least one row of data.*only a header/],
  ['rows all left out', () => read('a,y\n,1\n,2', { missing: 'skip' }), 'SHAPE', /2 rows, each with a missing/],
  ['a short row', () => read('a,y\n1,2\n3\n'), 'SHAPE', /row 1 \(line 3\).*2 fields long, as line 1 is.*got 1/],
  ['a long row', () => read('\n"a\nb",y\n1,2,3'), 'SHAPE', /row 0 \(line 4\).*as line 3 is.*got 3/],
  ['a word', () => read('a,y\n1,2\n\nx,2'), 'VALUE', /cell at row 1 \(line 4\), column 'a',.*decimal.*'x'/],
  ['a word among numbers of the target', () => read('a,y\n1,2\n1,x'), 'VALUE', /row 1 \(line 3\), column 'y'/],
  ['a number among names of the target', () => read('a,y\n1,x\n1,2'), 'VALUE', /row 1.*'y'.*name of a class.*'2'/],
  ['a target with a decimal comma', () => read('a,y\n1,"1,5"'), 'VALUE', /row 0.*'y'.*a decimal number.*'1,5'/],
  ['a missing name', () => read('a,y\n1,x\n1,NA'), 'VALUE', /row 1.*'y'.*`missing: 'skip'`.*'NA'/],
  ['a bad cell after a missing one', () => read('a,y\n1,2\n,x', { missing: 'skip' }), 'VALUE', /column 'y'.*'x'/],
  ['lines inside quotes', () => read('a,b,y\n1,"\r\n\n",2\n?,,3', { columns: ['a'] }), 'VALUE', /line 5/],
  ['an empty cell', () => read('a,y\n,2'), 'VALUE', /decimal number.*`missing: 'skip'`.*got ''/],
  ...['0x10', 'Infinity', '1e', '.', '1 2', '1_0', '--1', '1,5', '٣', '1\u00a0', '1n'].map(
    (cell): Failure => [
      `${cell} as a number`,
      () => read(`a,y\n"${cell}",1`),
      'VALUE',
      /column 'a',.*a decimal number, but got/,
    ],
  ),
  ['a point for a comma', () => read('a;y\n1.5;2', { delimiter: ';', decimal: ',' }), 'VALUE', /'1\.5'/],
  ['too large a number', () => read('a,y\n1e999,2'), 'VALUE', /column 'a'.*range of float64.*'1e999'/],
  ['too large for float32', () => read('a,y\n1e39,2', { type: 'float32' }), 'VALUE', /float32.*'1e39'/],
  ['a negative weight', () => read('a,w,y\n1,-1,2', { weights: 'w' }), 'VALUE', /line 2.*'w'.*at least 0.*'-1'/],
  ['weights all 0', () => read('a,w,y\n1,0,2', { weights: 'w' }), 'VALUE', /`weights`.*positive/],
  ['an open quote', () => read('a,y\n1,2\n"3,4\n'), 'VALUE', /row that starts on line 3.*never closed/],
  ['text after a quote', () => read('a,y\n"1"0,2\n'), 'VALUE', /line 2.*after a closing quote/],
  ['a quote inside', () => read('a,y\n1"0",2\n'), 'VALUE', /line 2.*quote inside a field/],
  ['chunks of numbers', () => readCsv(Readable.from([1]), { target: 'y' }), 'VALUE', /chunk.*Uint8Array.*1/],
];

async function* endless(): AsyncGenerator<string> {
  const chunk = 'x'.repeat(2 ** 20);
  for (;;) yield chunk;
}

describe('failures', () => {
  test.each(failures)('%s', async (_, run, code, message) => {
    await expectFailure(run(), code, message);
  });

  test.skipIf(emulated)('no line ends', async () => {
    await expectFailure(readCsv(endless(), { target: 'y' }), 'VALUE', /line 1.*more than 67108864 char/);
  });

  async function expectFailure(failure: Promise<unknown>, code: string, message: RegExp): Promise<void> {
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({ name: 'GradusError', code: `ERR_GRADUS_${code}` });
    await expect(failure).rejects.toThrow(/^Expected .* to be .*, but got/s);
  }

  test('of the file system pass through', async () => {
    const nowhere = join(folder, 'nowhere.csv');
    await expect(readCsv(nowhere, { target: 'y' })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readCsv(createReadStream(nowhere), { target: 'y' })).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(readCsv(folder, { target: 'y' })).rejects.toMatchObject({ code: 'EISDIR' });
  });

  test('of the stream pass through', async () => {
    const broken = new Error('broken');
    const stream = new Readable({ read() {} });
    stream.push('a,y\n1,2\n');
    setTimeout(() => stream.destroy(broken), 10);
    await expect(readCsv(stream, { target: 'y' })).rejects.toBe(broken);
  });

  test('close the file and destroy the stream', async () => {
    const path = join(folder, 'bad.csv');
    await writeFile(path, `a,y\n?,1\n${'1,2\n'.repeat(100_000)}`);
    await expect(readCsv(pathToFileURL(path), { target: 'y' })).rejects.toThrow(/'\?'/);
    expect(openAt(path)).toBe(0);
    for (const options of [{ target: 'y' }, wrong({ target: 3 })]) {
      const stream = createReadStream(path);
      await expect(readCsv(stream, options)).rejects.toThrow(/Expected/);
      expect(stream.destroyed).toBe(true);
    }
  });

  test('of a callback reject', async () => {
    const onProgress = () => {
      throw new Error('from the callback');
    };
    await expect(read('a,y\n1,2', { onProgress })).rejects.toThrow('from the callback');
  });
});

describe('abort', () => {
  test('before the start opens nothing', async () => {
    const signal = AbortSignal.abort('early');
    await expect(readCsv(join(folder, 'nowhere.csv'), { target: 'y', signal })).rejects.toBe('early');
  });

  test('in the middle of a file closes it', async () => {
    const path = join(folder, 'long.csv');
    await writeFile(path, `a,y\n${'1,2\n'.repeat(2_000_000)}`);
    const controller = new AbortController();
    const reason = new Error('enough');
    const reading = readCsv(path, {
      target: 'y',
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(reading).rejects.toBe(reason);
    expect(openAt(path)).toBe(0);
  });

  test('ends generators', async () => {
    let ended = false;
    async function* rows(): AsyncGenerator<string> {
      try {
        yield 'a,y\n';
        for (;;) yield '1,2\n';
      } finally {
        ended = true;
      }
    }
    const signal = AbortSignal.timeout(30);
    await expect(readCsv(rows(), { target: 'y', signal })).rejects.toMatchObject({ name: 'TimeoutError' });
    await delay(10);
    expect(ended).toBe(true);
  });

  test.skipIf(emulated)('does not wait for a stream that has stalled', async () => {
    let cancelled: unknown = 'not cancelled';
    const web = new ReadableStream<string>({
      start: (controller) => controller.enqueue('a,y\n1,2\n'),
      cancel: (reason) => {
        cancelled = reason;
      },
    });
    async function* stalled(): AsyncGenerator<string> {
      yield 'a,y\n';
      await new Promise(() => undefined);
    }
    const readable = new Readable({ read() {} });
    for (const source of [web, stalled(), readable]) {
      const signal = AbortSignal.timeout(20);
      const start = performance.now();
      await expect(readCsv(source, { target: 'y', signal })).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(performance.now() - start).toBeLessThan(1000);
    }
    await delay(10);
    expect(cancelled).not.toBe('not cancelled');
    expect(readable.destroyed).toBe(true);
  });
});

test.skipIf(emulated)('progress rises to the end', async () => {
  const path = join(folder, 'progress.csv');
  const text = `a,y\n${'1.5,2\n'.repeat(1_000_000)}`;
  await writeFile(path, text);
  const seen: (ReadCsvProgress & { readonly at: number })[] = [];
  const data = await readCsv(path, {
    target: 'y',
    onProgress: (progress) => seen.push({ ...progress, at: performance.now() }),
  });
  expect(data.rows).toBe(1_000_000);
  expect(seen.length).toBeGreaterThan(1);
  seen.reduce((before, now) => {
    expect(now.bytes).toBeGreaterThanOrEqual(before.bytes);
    expect(now.rows).toBeGreaterThanOrEqual(before.rows);
    expect(now.totalBytes).toBe(text.length);
    if (now !== seen.at(-1)) expect(now.at - before.at).toBeGreaterThan(95);
    return now;
  });
  expect(seen.at(-1)).toMatchObject({ bytes: text.length, totalBytes: text.length, rows: 1_000_000, skipped: 0 });
});

test.skipIf(emulated)('a large stream leaves the event loop free and arrives whole', async () => {
  const rows = 300_000;
  const columns = 20;
  const value = (i: number, j: number) => ((i * 31 + j * 17) % 10_007) / 8 - 600;
  let streaming = true;
  async function* lines(): AsyncGenerator<string> {
    yield `${Array.from({ length: columns }, (_, j) => `c${j}`).join()},y\n`;
    for (let i = 0; i < rows; i += 100) {
      let text = '';
      for (let k = i; k < i + 100; k += 1) {
        for (let j = 0; j < columns; j += 1) text += `${value(k, j)},`;
        text += `${k}\n`;
      }
      yield text;
    }
    streaming = false;
  }

  // From the last row on the matrix is taken at once, and zeroed, by the addon.
  const waits: number[] = [];
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    waits.push(now - last);
    last = now;
    if (streaming) setImmediate(look);
  };
  setImmediate(look);

  const data = await readCsv(lines(), { target: 'y' });
  waits.sort((a, b) => a - b);
  expect(waits.length).toBeGreaterThan(100);
  expect(waits[Math.floor(waits.length * 0.95)]).toBeLessThan(10);
  expect(waits.at(-1)).toBeLessThan(100);

  expect([data.rows, data.columns]).toEqual([rows, columns]);
  let wrongs = 0;
  for (let i = 0; i < rows; i += 1) {
    if (data.y[i] !== i) wrongs += 1;
    for (let j = 0; j < columns; j += 1) if (data.x[i * columns + j] !== value(i, j)) wrongs += 1;
  }
  expect(wrongs).toBe(0);
});
