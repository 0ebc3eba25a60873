// Says whether a publish would ship what it should: the files that npm would pack,
// held against package-contents.mjs, with the prebuild of this machine or, with
// --all, of every platform. Builds nothing: `npm run build` and a prebuild come first.

import { parseArgs } from 'node:util';
import { run } from './commands.mjs';
import {
  binaryProblems,
  contentProblems,
  distProblems,
  expectedFiles,
  hostPrebuild,
  prebuilds,
} from './package-contents.mjs';

const { values: flags } = parseArgs({ options: { all: { type: 'boolean' } } });

const { ok, stdout, output } = run('npm', ['pack', '--dry-run', '--json'], { capture: true });
if (!ok) stop([output]);
const [packed] = JSON.parse(stdout);
const platforms = flags.all ? prebuilds : [hostPrebuild()];
const binaries = packed.files.map(({ path }) => path).filter((path) => prebuilds.includes(path));
const problems = [
  ...contentProblems(packed, { expected: expectedFiles(), platforms }),
  ...distProblems(),
  ...binaries.flatMap(binaryProblems),
];
console.log(
  `${packed.name} ${packed.version}: ${packed.entryCount} files, ${binaries.length} of ${prebuilds.length} platforms, ` +
    `${packed.size} bytes packed, ${packed.unpackedSize} unpacked`,
);
if (problems.length > 0) stop(problems);

function stop(sentences) {
  for (const sentence of sentences) console.error(sentence);
  process.exit(1);
}
