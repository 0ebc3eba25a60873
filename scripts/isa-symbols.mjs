// The guard over the objects of the instruction-set files. An inline function or
// a template instantiated in such a file is a weak symbol, and the linker may keep
// that copy for everybody: then baseline code calls it and dies with an illegal
// instruction on an older processor. So these objects may define no weak symbol
// and call no C++ function that lives elsewhere. Linux objects, read with nm.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './commands.mjs';

const sets = { x64: ['sse2', 'avx2', 'avx512'], arm64: ['neon'] };
const allowed = [
  'gradus::scalar_kernels()',
  'memcpy',
  'memset',
  // What compilers refer to by themselves: no code of ours.
  '__gxx_personality_v0',
  '_GLOBAL_OFFSET_TABLE_',
];
/** A weak datum that GCC makes for the line above. */
const allowedWeak = ['DW.ref.__gxx_personality_v0'];

/** Whether this machine makes objects that the guard can read. */
export function isaSymbolsReadable() {
  return process.platform === 'linux' && process.arch in sets;
}

/**
 * One sentence for every symbol that must not be there, over the objects of a plain CMake build in `folder` for the
 * architecture of this machine.
 */
export function isaSymbolViolations(folder) {
  return sets[process.arch].flatMap((set) => {
    const object = `${folder}/CMakeFiles/gradus_core.dir/native/kernels/${set}.cc.o`;
    if (!existsSync(join(root, object))) return [`${object} is missing: where does the build put it?`];
    const { ok, output } = run('nm', ['-C', object], { capture: true });
    return ok ? violationsIn(set, output) : [`nm -C ${object} failed: ${output.trim()}`];
  });
}

/** The same for the text that `nm -C` prints: lines of an address or blanks, a letter, and the name. */
export function violationsIn(set, listing) {
  return listing.split('\n').flatMap((line) => {
    const [, kind, name] = /^[0-9a-f ]{16,} ([A-Za-z]) (.*)$/.exec(line) ?? [];
    if (kind !== undefined && 'WVuwv'.includes(kind) && !allowedWeak.includes(name)) {
      return [`${set}.cc must not share ${name} with other files: the linker may keep its copy for baseline code`];
    }
    return kind === 'U' && !allowed.includes(name) ? [`${set}.cc must not use ${name} from another file`] : [];
  });
}
