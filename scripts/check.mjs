// Everything that can be judged without running the library: types, lint and
// format of the TypeScript and JavaScript, format of the C++, and the layering.
// Runs all of them and fails when one does.

import { filesIn, has, run, runTool } from './commands.mjs';
import { layerViolations } from './layers.mjs';

const checks = {
  'types of lib': () => runTool('typescript', ['-p', 'tsconfig.json', '--noEmit']).ok,
  'types of test': () => runTool('typescript', ['-p', 'tsconfig.test.json']).ok,
  'lint and format': () =>
    runTool('@biomejs/biome', ['check', '--error-on-warnings', 'lib', 'test', 'scripts', 'bench', 'examples']).ok,
  'format of C++': formatOfNative,
  layering: layering,
};

const failed = Object.entries(checks).filter(([name, check]) => {
  const ok = check();
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`);
  return !ok;
});
process.exit(failed.length > 0 ? 1 : 0);

function formatOfNative() {
  if (!has('clang-format')) {
    console.log('clang-format is not installed: the format of the C++ files was not checked');
    return true;
  }
  const files = ['native', 'test/native', 'test/sanitized', 'bench/native'].flatMap((folder) =>
    filesIn(folder, ['.cc', '.h', '.inc']),
  );
  return run('clang-format', ['--dry-run', '-Werror', '--style=file', ...files]).ok;
}

function layering() {
  const violations = layerViolations();
  for (const violation of violations) console.error(violation);
  return violations.length === 0;
}
