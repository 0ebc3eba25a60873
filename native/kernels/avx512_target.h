// The features of the AVX-512 files for clang's target attribute. A macro only:
// no code may be shared between instruction sets.
#pragma once

// Clang 18 to 21 asks for the 512-bit registers by a name of their own (evex512).
#if defined(__apple_build_version__) && __clang_major__ >= 17 || \
    !defined(__apple_build_version__) && __clang_major__ >= 18 && __clang_major__ < 22
#define GRADUS_AVX512_TARGET "avx512f,avx512dq,avx512vl,avx2,fma,evex512"
#else
#define GRADUS_AVX512_TARGET "avx512f,avx512dq,avx512vl,avx2,fma"
#endif
