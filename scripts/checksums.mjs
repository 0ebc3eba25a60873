// SHA256SUMS over what a release ships and does not keep in git: dist/ and
// prebuilds/. `write` makes the list, `verify` fails on a file that differs, is
// missing or is not on it. The release carries one set of files from machine to
// machine and publishes the set that was tested. In the format of sha256sum.

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesIn, root } from './commands.mjs';

const list = join(root, 'SHA256SUMS');
const sums = ['dist', 'prebuilds'].flatMap((folder) => filesIn(folder, [''])).map((path) => `${sha256(path)}  ${path}`);

const action = process.argv[2];
if (action === 'write') {
  writeFileSync(list, sums.map((line) => `${line}\n`).join(''));
} else if (action === 'verify') {
  const listed = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  const missing = listed.filter((line) => !sums.includes(line)).map((line) => `listed, not here: ${line}`);
  const foreign = sums.filter((line) => !listed.includes(line)).map((line) => `here, not listed: ${line}`);
  if (missing.length + foreign.length > 0) stop([...missing, ...foreign].join('\n'));
} else {
  stop(`expected the argument to be write or verify, but got ${action}`);
}

function sha256(path) {
  return createHash('sha256')
    .update(readFileSync(join(root, path)))
    .digest('hex');
}

function stop(message) {
  console.error(`gradus: ${message}`);
  process.exit(1);
}
