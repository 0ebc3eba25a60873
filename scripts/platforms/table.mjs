// The table of platforms: what was built, how it was run, and what came out.

import { readFileSync, writeFileSync } from 'node:fs';

const heads = ['platform', 'prebuilt', 'run on', 'kernel set', 'smoke test', 'suite', 'digest', 'inspected'];
const begin = '<!-- table: npm run test:platforms -- --write -->';
const end = '<!-- end of the table -->';

/** One line of Markdown a row, in the order of the heads. */
export function tableOf(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [
    line(heads),
    line(heads.map(() => '---')),
    ...rows.map((row) => line(heads.map((head) => row[head] ?? ''))),
  ].join('\n');
}

/** Replaces what stands between the two markers of the page. */
export function writeTable(path, table) {
  const page = readFileSync(path, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has no place for the table`);
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n${table}\n${page.slice(to)}`);
}
