// Builds the addon for this machine as a prebuild: the file that node-gyp-build
// finds in an installed package, prebuilds/<platform>-<arch>/gradus.node, on
// Linux with the C library in its name (gradus.glibc.node, gradus.musl.node).
// npm also runs a script of this name before every `npm run build`: then it does nothing.

import { readFileSync } from 'node:fs';
import { buildDist, run, runTool } from './commands.mjs';

if (isHookOfBuild()) process.exit(0);
buildDist();
const { nodeHeaders } = await import('../dist/cli/node-headers.js');

const headers = nodeHeaders();
const args = ['--napi', '--strip', '--name', 'gradus', '--target', process.version];
if (process.platform === 'linux') args.push('--tag-libc');
const { status } = runTool('prebuildify', args, { env: headers === undefined ? {} : { npm_config_nodedir: headers } });
process.exit(status);

/** npm gives a hook and a script of the same name the same environment; only the npm process above knows which it is. */
function isHookOfBuild() {
  if (process.env.npm_lifecycle_event !== 'prebuild') return false;
  for (let pid = process.ppid, depth = 0; pid > 1 && depth < 4; depth += 1) {
    const { parent, command } = describeProcess(pid);
    const script = /\bnpm(?:-cli\.js)?\W+(?:run|run-script|rum|urn)\W+(?:-\S+\W+)*([\w:]+)/.exec(command)?.[1];
    if (script !== undefined) return script !== 'prebuild';
    pid = parent;
  }
  return false;
}

function describeProcess(pid) {
  if (process.platform === 'linux') {
    const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    return { parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
  }
  const [parent = '0', ...command] = run('ps', ['-o', 'ppid=,command=', '-p', `${pid}`], { capture: true })
    .output.trim()
    .split(/\s+/);
  return { parent: Number(parent) || 0, command: command.join(' ') };
}
