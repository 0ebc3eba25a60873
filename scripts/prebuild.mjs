// Builds the addon for this machine as a prebuild: the file that node-gyp-build
// finds in an installed package, prebuilds/<platform>-<arch>/gradus.node, on
// Linux with the C library in its name (gradus.glibc.node, gradus.musl.node).
// With scripts ignored (.npmrc) npm does not run it before every `npm run build`.

import { buildDist, runTool } from './commands.mjs';

buildDist();
const { nodeHeaders } = await import('../dist/cli/node-headers.js');

const headers = nodeHeaders();
const args = ['--napi', '--strip', '--name', 'gradus', '--target', process.version];
if (process.platform === 'linux') args.push('--tag-libc');
const { status } = runTool('prebuildify', args, { env: headers === undefined ? {} : { npm_config_nodedir: headers } });
process.exit(status);
