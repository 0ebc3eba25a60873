// Starts a rival in Python beside the benchmark. OpenBLAS chooses its kernels by
// itself, whatever this shell says.

import { fileURLToPath } from 'node:url';
import { startLineProgram } from './line-program.mjs';

/** The script of this folder; undefined when python3 is missing or lacks what the script imports. */
export async function startPython(name) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const env = { ...process.env };
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  const program = await startLineProgram('python3', [script], env);
  return program && { ...program, version: program.greeting };
}
