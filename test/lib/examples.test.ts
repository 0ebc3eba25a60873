// The programs in examples/ as a reader starts them: in processes of their own and in
// another folder, against the built package. They must end well, say what they promise
// and complain of nothing; the report of the quickstart must be whole; and Ctrl-C must
// end it at once, with the client that it has started.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernels } from 'gradus';
import { afterAll, describe, expect, test } from 'vitest';
import { noPrograms } from './left-out.js';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'gradus-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const sets = [...new Set([kernels().available.at(-1) as string, 'portable'])];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Sees all output so far, at every new piece. */
  readonly onOutput?: (output: string, child: ChildProcess) => void;
}

function run(program: string, { args = [], env = {}, cwd = folder, onOutput }: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [join(examples, program), ...args], {
      cwd,
      env: { ...process.env, GRADUS_SILENT: '1', ...env },
      timeout: 60_000,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      onOutput?.(stdout, child);
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, seconds: (performance.now() - started) / 1000 }));
  });
}

function expectWell({ code, stderr }: Ended): void {
  expect(stderr).toBe('');
  expect(code).toBe(0);
}

describe.skipIf(noPrograms).each(sets)('with %s', (set) => {
  const env = { GRADUS_KERNELS: set, GRADUS_QUICKSTART_ROWS: '50000' };

  test('the quickstart: three acts, three tables, one report', async () => {
    const cwd = mkdtempSync(join(folder, 'quickstart-'));
    const ended = await run('quickstart.mjs', { cwd, env });
    expectWell(ended);
    const { stdout } = ended;
    expect(stdout).not.toMatch(/NaN|undefined|Infinity|\[object|\r/);
    expect(stdout).not.toContain('\u001b');
    for (const name of ['梯度下降法', '随机梯度下降法', '动态学习率', '自适应学习率', '第二阶差分法']) {
      expect(stdout).toContain(name);
    }
    const rows = (name: string): string[] => stdout.split('\n').filter((line) => line.startsWith(name));
    for (const name of ['Gradient descent', 'Stochastic', 'Decaying rate', 'Adaptive', 'Second order']) {
      expect(rows(name), name).toHaveLength(2);
    }
    expect(rows('Second order')[1]).toMatch(/converged +\d+ +\d+ +< 1e-15 +0\.53\d\d/);
    expect(stdout).toMatch(/^TypeScript +\d.* m?s/m);
    expect(stdout).toMatch(/^NumPy +(\d|not installed)/m);
    expect(stdout).toMatch(/^idle server( +[\d.]+ ms){3}$/m);
    expect(stdout).toMatch(/^during a fit( +[\d.]+ ms){3}$/m);
    expect(stdout).toMatch(/An aborted fit ended after [\d.]+ ms at most/);
    expect(stdout).toMatch(/^plain +portable(, sse2)? +\d+ +[0-9a-f]{12}$/m);
    if (set === 'avx512') expect(stdout).toMatch(/^fused +avx2, avx512 +\d+ +[0-9a-f]{12}$/m);
    expect(stdout).not.toContain('≠');
    expect(stdout).toContain(join(cwd, 'gradus-quickstart.html'));
    expect(readdirSync(cwd)).toEqual(['gradus-quickstart.html']);

    const page = readFileSync(join(cwd, 'gradus-quickstart.html'), 'utf8');
    for (const id of ['line', 'diabetes', 'service']) expect(page).toContain(`<section id="${id}">`);
    expect(page).not.toContain('class="skipped"');
    expect(page).not.toMatch(/NaN|undefined|Infinity|not finite|\[object/);
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|<link|@import/);
    expect(page).toContain('of the plain class gave the same bits.');
  });

  test('Ctrl-C in the last act ends the quickstart and its client', async () => {
    const cwd = mkdtempSync(join(folder, 'interrupted-'));
    let asked: number | undefined;
    const interrupt = (output: string, child: ChildProcess): void => {
      if (asked !== undefined || !/^ {2}NumPy {2}/m.test(output)) return;
      asked = Number.POSITIVE_INFINITY;
      // Long enough for the server and its client to be busy, short enough to be in the middle.
      setTimeout(() => {
        asked = performance.now();
        child.kill('SIGINT');
      }, 700);
    };
    const { code, stdout, stderr } = await run('quickstart.mjs', { cwd, env, onOutput: interrupt });
    // The client holds the pipes of the output as well: they have closed, so it has ended.
    expect(performance.now() - (asked as number)).toBeLessThan(2000);
    expect(stderr).toBe('');
    expect(code).toBe(130);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('Interrupted: no report was written');
    expect(existsSync(join(cwd, 'gradus-quickstart.html'))).toBe(false);
  });

  test('a fit in an HTTP handler: an answer, a refusal, a deadline', async () => {
    const ended = await run('http-handler.mjs', { args: ['--demo'], env });
    expectWell(ended);
    expect(ended.stdout).toContain('good data: 200 {"coefficients":{"rooms":15.037,"area":2.5002}');
    expect(ended.stdout).toMatch(/a number: 400 .*row 200, column 'rooms'.*"code":"ERR_GRADUS_VALUE"/);
    expect(ended.stdout).toMatch(/within 1 ms: 503 \{"error":"aborted .*timeout/);
  });

  test('the nightly retrain: interrupted, taken up, and the same bits', async () => {
    const ended = await run('nightly-retrain.mjs', { env });
    expectWell(ended);
    expect(ended.stdout).toContain('started again: went on with epoch 31, early-stopped');
    expect(ended.stdout).toContain('the same model, bit for bit');
  });

  test('minimises functions of a vector', async () => {
    const ended = await run('minimize.mjs', { env });
    expectWell(ended);
    expect(ended.stdout).toContain('minimum at 1.000000, 1.000000');
    expect(ended.stdout).toContain('x at most 0.5: 0.500000, 0.250000');
    expect(ended.stdout).toContain('half-life 2.66 hours');
  });

  test('explains a model: a table, odds ratios, robust errors', async () => {
    const ended = await run('inference.mjs', { env });
    expectWell(ended);
    expect(ended.stdout).toMatch(/^bmi +0\.20585 +0\.041023 +5\.018 +5\.225e-7 /m);
    expect(ended.stdout).toContain('bmi: odds ratio 1.229, from 1.134 to 1.331 (95 %)');
    expect(ended.stdout).toContain('standard error of bmi: 0.0410, robust (HC3): 0.0398');
  });

  test('chooses the strength of the lasso along its path', async () => {
    const ended = await run('lasso-path.mjs', { env });
    expectWell(ended);
    expect(ended.stdout).toContain('best: strength 3.795, 7 of 10 columns');
    expect(ended.stdout).toMatch(/^CoordinateDescent keeps .*bmi.*s5/m);
    expect(Number(/minimum by at most (\S+)$/m.exec(ended.stdout)?.[1])).toBeLessThan(1e-8);
  });

  test.skipIf(!existsSync(join(examples, 'online-updates.mjs')))('updates from a stream', async () => {
    const ended = await run('online-updates.mjs', { env });
    expectWell(ended);
    expect(ended.stdout).toContain('restored and fed the rest: the same bits');
  });
});

test.skipIf(noPrograms)('the nightly retrain as a command writes the model and leaves nothing else', async () => {
  const cwd = mkdtempSync(join(folder, 'nightly-'));
  const args = [join(examples, 'data', 'diabetes.csv'), 'target', 'model.json'];
  expectWell(await run('nightly-retrain.mjs', { cwd, args }));
  expect(readdirSync(cwd)).toEqual(['model.json']);
  expect(JSON.parse(readFileSync(join(cwd, 'model.json'), 'utf8')).model).toBe('LinearRegression');
});
