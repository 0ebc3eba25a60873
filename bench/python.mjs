// Starts a rival in Python beside the benchmark. OpenBLAS chooses its kernels by
// itself, whatever this shell says. The interpreter is python3, or what
// GRADUS_BENCH_PYTHON names.

import { fileURLToPath } from 'node:url';
import { startLineProgram } from './line-program.mjs';

// NumPy's own names of what lies beyond AVX2, in its versions; unknown ones are no error.
const beyondAvx2 = 'X86_V4 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR';

/**
 * The script of this folder; undefined when the interpreter is missing or lacks what the script imports. With `avx2` NumPy and
 * OpenBLAS work as on a processor that has no more, with `threads` OpenBLAS has so many.
 */
export async function startPython(name, { avx2 = false, threads } = {}) {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const env = { ...process.env };
  delete env.OPENBLAS_CORETYPE;
  delete env.OPENBLAS_L2_SIZE;
  if (avx2) Object.assign(env, { OPENBLAS_CORETYPE: 'Haswell', NPY_DISABLE_CPU_FEATURES: beyondAvx2 });
  if (threads !== undefined) env.OPENBLAS_NUM_THREADS = String(threads);
  const program = await startLineProgram(process.env.GRADUS_BENCH_PYTHON ?? 'python3', [script], env);
  return program && { ...program, version: program.greeting };
}
