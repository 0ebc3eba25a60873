// The HTML report of the quickstart, rendered from results made up here by tiny loops.
// It must stand on its own, print no number that is none, and show every chart whole and
// legible in a real browser: light and dark, on a desk and on a phone. To look at the
// pictures: `SCREENSHOTS=/tmp/report npx vitest run test/lib/report.test.ts`.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { noPrograms } from './left-out.js';

type Pair = [number, number];

const module = new URL('../../examples/quickstart/report.mjs', import.meta.url);
const { renderReport, writeReport } = (await import(module.href)) as {
  renderReport(results: object): string;
  writeReport(path: string, results: object): Promise<void>;
};

const browser =
  process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const folder = mkdtempSync(join(tmpdir(), 'gradus-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const environment = {
  processor: 'A processor of the test, 2 cores',
  node: 'v20.19.0',
  kernels: 'avx2',
  threads: 2,
  available: ['portable', 'sse2', 'avx2'],
  date: '1 March 2026',
};
const results = { environment, line: lineResults(), diabetes: diabetesResults(), service: serviceResults() };

const awkward = {
  environment: { ...environment, reason: 'no addon for "this" machine & <that>' },
  line: lineResults({ diverging: true }),
  service: {
    ...serviceResults(),
    times: [
      { label: '<native>', seconds: 0.2 },
      { label: 'NumPy', note: 'not installed' },
    ],
  },
  skipped: { diabetes: 'the file <diabetes.csv> is not here' },
};

describe('the page', () => {
  test.each([
    ['whole', results],
    ['with a part missing and a method that diverged', awkward],
    ['with nothing run', { environment }],
  ])('%s stands on its own', (_, given) => {
    const page = renderReport(given);
    expect(unclosedTags(page)).toEqual([]);
    expect(around(page, /https?:|<script|<link|@import|url\((?!#)/)).toBe('');
    expect(around(page, /NaN|undefined|Infinity|\[object/)).toBe('');
    expect(new Set(ids(page)).size).toBe(ids(page).length);
    expect(page.length).toBeLessThan(1_000_000);
  });

  test('escapes what it is given', () => {
    const page = renderReport(awkward);
    expect(page).toContain('Not run: the file &lt;diabetes.csv&gt; is not here');
    expect(page).toContain('no addon for &quot;this&quot; machine &amp; &lt;that&gt;');
    expect(page).toContain('&lt;native&gt;');
  });

  test('says only what the digests say', () => {
    expect(renderReport(results)).toContain('3 runs of the fused class gave the same bits. 2 runs of the plain class');
    const service = serviceResults();
    service.digests[0] = { kernels: 'avx2', threads: 1, class: 'fused', digest: 'ffff' };
    expect(renderReport({ environment, service })).toContain('3 runs of the fused class gave 2 different results.');
  });

  test('is written as a file', async () => {
    const path = join(folder, 'written.html');
    await writeReport(path, results);
    expect(readFileSync(path, 'utf8')).toBe(renderReport(results));
  });
});

interface Findings {
  readonly dark: boolean;
  readonly pageWidth: number;
  readonly width: number;
  readonly paper: string;
  readonly charts: number;
  readonly problems: readonly string[];
}

const noBrowser = noPrograms || (browser === undefined && process.env.GRADUS_EXPECT_BROWSER !== '1');
describe.skipIf(noBrowser)('in a browser', () => {
  test.each([
    ['whole', 'light', 1280, results, 7],
    ['whole', 'dark', 1280, results, 7],
    ['whole', 'light', 400, results, 7],
    ['whole', 'dark', 400, results, 7],
    ['partial', 'light', 1280, awkward, 5],
    ['partial', 'dark', 400, awkward, 5],
  ] as const)('%s, %s at %d pixels: every chart is whole and legible', (name, scheme, width, given, charts) => {
    expect(browser, 'no Chromium: set CHROMIUM to its path').toBeDefined();
    const { findings, messages, picture } = look(`${name}-${scheme}-${width}`, given, scheme, width);
    expect(messages).toEqual([]);
    expect(findings.problems).toEqual([]);
    expect(findings.charts).toBe(charts);
    expect(findings.width).toBe(width);
    expect(findings.pageWidth).toBeLessThanOrEqual(width);
    expect(findings.dark).toBe(scheme === 'dark');
    expect(findings.paper).toBe(scheme === 'dark' ? 'rgb(20, 23, 26)' : 'rgb(252, 252, 250)');
    expect(statSync(picture).size).toBeGreaterThan(50_000);
  });
});

/**
 * Opens the page in the browser with `examine` appended; its findings, the console's messages and a picture.
 * The page stands in a frame, because a window of the browser is never narrower than 500 pixels.
 */
function look(name: string, given: object, scheme: 'light' | 'dark', width: number) {
  const height = width < 700 ? 8600 : 5600;
  const screenshots = process.env.SCREENSHOTS ?? folder;
  mkdirSync(screenshots, { recursive: true });
  const frame = join(folder, `${name}.html`);
  const picture = join(screenshots, `${name}.png`);
  const script = `<script>parent.document.documentElement.dataset.findings = JSON.stringify((${examine})());</script>`;
  const page = renderReport(given).replace('</body>', () => `${script}</body>`);
  const source = page.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const style = `border: 0; width: ${width}px; height: ${height}px`;
  writeFileSync(frame, `<!doctype html><body style="margin: 0"><iframe style="${style}" srcdoc="${source}"></iframe>`);
  const { error, stdout, stderr } = spawnSync(
    browser as string,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--user-data-dir=${join(folder, name)}`,
      '--hide-scrollbars',
      '--enable-logging=stderr',
      `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`,
      `--window-size=${Math.max(500, width)},${height}`,
      `--screenshot=${picture}`,
      '--dump-dom',
      pathToFileURL(frame).href,
    ],
    { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 },
  );
  if (error !== undefined) throw error;
  const found = /data-findings="([^"]*)"/.exec(stdout)?.[1] ?? '{}';
  const findings = JSON.parse(
    found.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
  ) as Findings;
  return { findings, picture, messages: stderr.split('\n').filter((line) => line.includes('CONSOLE')) };
}

/** Runs in the page, so it is JavaScript: charts inside the page, texts of 12 pixels or more that do not touch. */
const examine = `() => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  const shown = (svg) => getComputedStyle(svg.parentElement).display !== 'none';
  const charts = [...document.querySelectorAll('svg')].filter(shown);
  for (const svg of charts) {
    const box = svg.getBoundingClientRect();
    const title = svg.querySelector('title').textContent;
    if (!(box.width > 0 && box.height > 0)) problems.push(title + ' is empty');
    if (box.left < 0 || box.right > width) problems.push(title + ' is wider than the page');
    const scale = box.width / svg.viewBox.baseVal.width;
    const texts = [...svg.querySelectorAll('text')].map((text) => ({ text, at: text.getBoundingClientRect() }));
    for (const { text, at } of texts) {
      const name = title + ': "' + text.textContent + '"';
      if (parseFloat(getComputedStyle(text).fontSize) * scale < 12) problems.push(name + ' is too small');
      const cut = at.left < box.left - 1 || at.right > box.right + 1 || at.bottom > box.bottom + 1;
      if (cut) problems.push(name + ' is cut');
    }
    for (const [i, one] of texts.entries()) {
      for (const other of texts.slice(i + 1)) {
        const across = Math.min(one.at.right, other.at.right) - Math.max(one.at.left, other.at.left);
        const down = Math.min(one.at.bottom, other.at.bottom) - Math.max(one.at.top, other.at.top);
        const names = one.text.textContent + ' and ' + other.text.textContent;
        if (across > 1 && down > 3) problems.push(title + ': ' + names + ' touch');
      }
    }
  }
  return {
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    width: innerWidth,
    pageWidth: document.documentElement.scrollWidth,
    paper: getComputedStyle(document.body).backgroundColor,
    charts: charts.length,
    problems,
  };
}`;

/** Tags left open or closed in the wrong order, as an XML parser would say. */
function unclosedTags(page: string): string[] {
  const open: string[] = [];
  for (const [, closing, name, inside] of page.replace('<!doctype html>', '').matchAll(/<(\/?)([a-z0-9]+)([^>]*)>/gi)) {
    if (closing === '/') {
      if (open.at(-1) !== name) return [...open, `/${name}`];
      open.pop();
    } else if (!inside?.endsWith('/')) open.push(name as string);
  }
  return open;
}

/** The place where something stands that should not, short enough to read in a failure. */
function around(page: string, pattern: RegExp): string {
  const at = page.search(pattern);
  return at < 0 ? '' : page.slice(Math.max(0, at - 100), at + 100);
}

function ids(page: string): string[] {
  return [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id as string);
}

/** Numbers in [0, 1) from a seed (Park and Miller 1988). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function lineResults({ diverging = false } = {}) {
  const random = generator(20260301);
  const normal = () => random() + random() + random() + random() - 2;
  const points = Array.from({ length: 120 }, (): Pair => {
    const x = 3 * random() - 0.6;
    return [x, 1.2 + 0.9 * x + 0.9 * normal()];
  });
  const n = points.length;
  const sum = (f: (x: number, y: number) => number) => points.reduce((total, [x, y]) => total + f(x, y), 0);
  const [sx, sxx, sy, sxy, syy] = [
    sum((x) => x),
    sum((x) => x * x),
    sum((_, y) => y),
    sum((x, y) => x * y),
    sum((_, y) => y * y),
  ];
  const slope = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  const exact: Pair = [(sy - slope * sx) / n, slope];
  const gradient = ([a, b]: Pair): Pair => [(n * a + sx * b - sy) / n, (sx * a + sxx * b - sxy) / n];
  const ofOneRow = ([a, b]: Pair): Pair => {
    const [x, y] = points[Math.floor(random() * n)] as Pair;
    return [a + b * x - y, (a + b * x - y) * x];
  };
  const walk = (steps: number, step: (at: Pair, k: number) => Pair): Pair[] => {
    const path: Pair[] = [[-1.4, -1.1]];
    for (let k = 0; k < steps; k += 1) path.push(step(path.at(-1) as Pair, k));
    return path;
  };
  const descend =
    (slopeAt: (at: Pair) => Pair, rate: (k: number) => number) =>
    (at: Pair, k: number): Pair => {
      const [g0, g1] = slopeAt(at);
      return [at[0] - rate(k) * g0, at[1] - rate(k) * g1];
    };
  const squares: Pair = [0, 0];
  const adaptive = (at: Pair): Pair => {
    const g = gradient(at);
    return at.map((value, j) => {
      squares[j] = (squares[j] as number) + (g[j] as number) ** 2;
      return value - (0.4 * (g[j] as number)) / Math.sqrt(squares[j] as number);
    }) as Pair;
  };
  const walks: [string, string, string, string, Pair[]][] = [
    [
      'Gradient descent',
      '梯度下降法',
      'θ ← θ − η ∇J(θ)',
      'new GradientDescent({ learningRate: 0.35 })',
      walk(
        diverging ? 2000 : 130,
        descend(gradient, () => (diverging ? 9 : 0.35)),
      ),
    ],
    [
      'Stochastic gradient descent',
      '随机梯度下降法',
      'θ ← θ − η ∇Jᵢ(θ)',
      'new SGD({ learningRate: 0.05 })',
      walk(
        3000,
        descend(ofOneRow, () => 0.05),
      ),
    ],
    [
      'SGD with a decaying rate',
      '动态学习率',
      'ηₜ = η₀ / (1 + r t)',
      'new SGD({ learningRate: inverseTimeDecay(0.3, 0.02) })',
      walk(
        3000,
        descend(ofOneRow, (k) => 0.3 / (1 + 0.02 * k)),
      ),
    ],
    [
      'Adaptive rate (AdaGrad)',
      '自适应学习率',
      's ← s + g²; θ ← θ − η g / (√s + ε)',
      'new AdaGrad({ learningRate: 0.4 })',
      walk(240, adaptive),
    ],
    ['Second order (Newton)', '第二阶差分法', 'θ ← θ − H⁻¹ g', 'new Newton()', [[-1.4, -1.1], exact]],
  ];
  const methods = walks.map(([name, chinese, formula, code, path]) => {
    const [a, b] = path.at(-1) as Pair;
    const loss = sum((x, y) => (a + b * x - y) ** 2) / (2 * n);
    return { name, chinese, formula, code, path, intercept: a, slope: b, steps: path.length - 1, loss };
  });
  return { points, lossAt: { n, sx, sxx, sy, sxy, syy }, exact, methods };
}

function diabetesResults() {
  const exactLoss = 1429.8481;
  const kinds: [string, string, number, (epoch: number) => number, number][] = [
    [
      'Gradient descent',
      'completed',
      2600,
      (epoch) => 1.2 * Math.exp(-0.0058 * epoch) + 0.2 * Math.exp(-0.5 * epoch),
      41,
    ],
    [
      'Stochastic gradient descent',
      'completed',
      400,
      (epoch) => Math.exp(-0.9 * epoch) + 8e-4 * (1 + 0.6 * Math.sin(epoch * 1.7)),
      18,
    ],
    ['SGD with a decaying rate', 'completed', 1500, (epoch) => 1 / (1 + 2 * epoch ** 1.45), 55],
    ['Adaptive rate (AdaGrad)', 'converged', 1800, (epoch) => 1.3 * Math.exp(-0.0098 * epoch), 33],
    ['Second order (Newton)', 'converged', 2, (epoch) => (epoch === 0 ? 1.03 : 0), 0.41],
  ];
  const methods = kinds.map(([name, status, epochs, distanceAt, ms]) => {
    const curve = Array.from({ length: epochs + 1 }, (_, epoch): Pair => [epoch, exactLoss * (1 + distanceAt(epoch))]);
    const relativeToMinimum = distanceAt(epochs);
    return {
      name,
      status,
      reason: status === 'converged' ? '‖gradient‖ 3.1e-9 ≤ tolerance 1e-8' : `${epochs} epochs done`,
      epochs,
      steps: name.includes('S') ? epochs * 442 : epochs,
      loss: exactLoss * (1 + relativeToMinimum),
      relativeToMinimum,
      r2: 0.5177 - relativeToMinimum,
      distance: Math.sqrt(relativeToMinimum),
      ms,
      kernels: 'avx2',
      curve,
    };
  });
  return { rows: 442, columns: 10, exactLoss, methods };
}

function serviceResults() {
  const fused = '9f2c61d07be4a35810c4d7f2a6b3e59018f7c2d4aa61b05e37d9c8f4026b1e7d';
  const plain = '41ab08e2cc97d615f03b84a7d2690fe5b71c3a9d5e8264f0a1b7c6d3928f405e';
  return {
    rows: 1_000_000,
    columns: 50,
    times: [
      { label: 'native, 2 threads', seconds: 0.214, note: '8.1 × faster than TypeScript' },
      { label: 'TypeScript', seconds: 1.73 },
      { label: 'NumPy', seconds: 0.69, note: 'version 2.1, 2 threads' },
    ],
    latency: {
      idle: { p50: 0.21, p99: 0.62, worst: 2.9, requests: 4100 },
      busy: { p50: 0.23, p99: 0.78, worst: 4.4, requests: 3874 },
    },
    abortMs: 3.4,
    digests: [
      { kernels: 'avx2', threads: 1, class: 'fused', digest: fused },
      { kernels: 'avx2', threads: 2, class: 'fused', digest: fused },
      { kernels: 'avx2', threads: 3, class: 'fused', digest: fused },
      { kernels: 'sse2', threads: 2, class: 'plain', digest: plain },
      { kernels: 'portable', threads: 1, class: 'plain', digest: plain },
    ],
  };
}
