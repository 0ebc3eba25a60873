// What can be said of a prebuilt binary without running it, read with LLVM's tools from
// ELF, Mach-O and PE alike: it offers the two entry points of Node-API and nothing else,
// takes from Node only functions of Node-API 8, uses only libraries that every system
// has, needs no newer system than is promised, and carries no symbols for a debugger.

import { createRequire } from 'node:module';
import { run } from '../commands.mjs';
import { tool } from './downloads.mjs';

const { symbols } = createRequire(import.meta.url)('node-api-headers');
const nodeApi = new Set(symbols.v8.node_api_symbols.concat(symbols.v8.js_native_api_symbols));
const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** What the linkers of each system add to the exports by themselves. */
const linkerExports = ['__mh_dylib_header', '___dso_handle', '_mh_dylib_header', '__dso_handle'];

const rules = {
  glibc: { libraries: /^(lib(c|m|pthread|dl|rt)\.so\.\d|ld-linux-(x86-64|aarch64)\.so\.\d)$/, newest: [2, 17] },
  musl: { libraries: /^libc\.(so|musl-\w+\.so\.1)$/ },
  darwin: { libraries: /^\/usr\/lib\/libSystem\.B\.dylib$/, newest: [11, 0] },
  win32: { libraries: /^(node\.exe|kernel32\.dll|ntdll\.dll|advapi32\.dll|api-ms-win-[\w-]+\.dll)$/i, newest: [10, 0] },
};

/**
 * operator new and delete of libc++, which Zig's linker exports as weak symbols on macOS whatever it is told. The dynamic
 * linker may take the system's in their place; both are malloc and free.
 */
const weakOperators = /^_Z(n[wa]|d[la])[mP]/;

/** Sentences on what is wrong, none when all is well, and what the binary needs at least. `kind` names a rule. */
export function inspect(file, kind) {
  const { libraries, newest } = rules[kind];
  const found = readers[kind](file);
  const foreign = found.libraries.filter((name) => !libraries.test(name));
  const unknown = found.fromNode.filter((name) => !nodeApi.has(name));
  const operators = kind === 'darwin' && found.exports.some((name) => weakOperators.test(name));
  const extra = found.exports.filter(
    (name) => !entryPoints.includes(name) && !linkerExports.includes(name) && !(operators && weakOperators.test(name)),
  );
  const missing = entryPoints.filter((name) => !found.exports.includes(name));
  const [major, minor] = found.needs ?? [0, 0];
  const tooNew = newest !== undefined && (major > newest[0] || (major === newest[0] && minor > newest[1]));
  const problems = [
    ...foreign.map((name) => `needs the library ${name}`),
    ...unknown.map((name) => `takes ${name} from its host, which is not of Node-API 8`),
    ...extra.map((name) => `exports ${name}`),
    ...missing.map((name) => `does not export ${name}`),
    ...(found.fromNode.length === 0 ? ['takes nothing of Node-API'] : []),
    ...(tooNew ? [`needs ${kind} ${major}.${minor}, and ${newest.join('.')} is promised`] : []),
    ...(found.stripped ? [] : ['is not stripped']),
  ];
  const remarks = operators ? ['operators new and delete exported weakly'] : [];
  return { problems, remarks, needs: found.needs && `${major}.${minor}` };
}

const readers = { glibc: readElf, musl: readElf, darwin: readMachO, win32: readPe };

function read(name, args) {
  const { ok, output } = run(tool([name, `${name}-14`], 'llvm'), args, { capture: true });
  if (!ok) throw new Error(`${name} ${args.join(' ')} failed: ${output}`);
  return output;
}

const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found);
const newestOf = (versions) => versions.sort(([a, b], [c, d]) => a - c || b - d).at(-1);
const versionsIn = (text, pattern) => [...text.matchAll(pattern)].map(([, a, b]) => [Number(a), Number(b)]);

function readElf(file) {
  const wanted = read('llvm-nm', ['--dynamic', '--undefined-only', file]);
  const strong = all(wanted, / U (\S+)$/gm);
  return {
    libraries: all(read('llvm-readobj', ['--needed-libs', file]), /^ {2}(\S+)$/gm),
    // Where symbols have versions, one without is the host's; otherwise its name must tell.
    fromNode: strong.filter((name) => /^(napi|node_api)_/.test(name) || /GLIBCXX|CXXABI|^_Z/.test(name)),
    exports: all(read('llvm-nm', ['--dynamic', '--defined-only', file]), / [A-Zi] ([^@\s]+)/gm),
    needs: newestOf(versionsIn(wanted, /@GLIBC_(\d+)\.(\d+)/g)),
    stripped: !/Name: \.(symtab|debug_info)\b/.test(read('llvm-readobj', ['--sections', file])),
  };
}

/** Names have an underscore in front. */
function readMachO(file) {
  const wanted = read('llvm-nm', ['-m', '--undefined-only', file]);
  const used = read('llvm-objdump', ['--macho', '--dylibs-used', file]);
  const own = read('llvm-objdump', ['--macho', '--dylib-id', file]).trim().split('\n').at(-1);
  return {
    libraries: all(used, /^\t(\S+) \(/gm).filter((name) => name !== own),
    fromNode: all(wanted, /external _(\S+)(?: \(dynamically looked up\))?$/gm),
    exports: all(read('llvm-nm', ['--extern-only', '--defined-only', file]), / [A-Z] _(\S+)$/gm),
    needs: newestOf(versionsIn(read('llvm-objdump', ['--macho', '--private-headers', file]), /minos (\d+)\.(\d+)/g)),
    // The linker's own stubs stay.
    stripped: all(read('llvm-nm', [file]), / t (\S+)$/gm).every((name) => name.endsWith('__thunk')),
  };
}

function readPe(file) {
  const text = read('llvm-readobj', ['--file-headers', '--coff-imports', '--coff-exports', file]);
  const imports = [...text.matchAll(/^(?:Delay)?Import \{\n {2}Name: (\S+)\n([\s\S]*?)^\}/gm)];
  const host = imports.filter(([, library]) => library.toLowerCase() === 'node.exe');
  const field = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(text)?.[1]);
  return {
    libraries: imports.map(([, library]) => library),
    fromNode: host.flatMap(([, , body]) => all(body, /Symbol: (\S+)/g)),
    exports: all(text, /^Export \{[^}]*?Name: (\S+)/gm),
    needs: [field('MajorSubsystemVersion'), field('MinorSubsystemVersion')],
    stripped: field('SymbolCount') === 0,
  };
}
