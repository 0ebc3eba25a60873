// The loops of the bandwidth benchmark for AVX-512: a register is eight
// float64, one cache line, and there are thirty-two of them.
#if defined(__x86_64__) || defined(_M_X64)

#include <immintrin.h>

#include "kernels/avx512_target.h"
#include "loops.h"

// GCC 12 takes the deliberately undefined operands of its own intrinsics for a mistake (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target(GRADUS_AVX512_TARGET))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma")
#endif

namespace gradus::bench {
namespace {

constexpr size_t kWidth = 8;
constexpr int kTileRows = 4, kRowAccumulators = 2, kColumnVectors = 2, kColumnChains = 2;

struct Vector {
  __m512d v;

  static __mmask8 mask(size_t n) noexcept { return static_cast<__mmask8>((1u << n) - 1); }
  static Vector load(const double* p) noexcept { return {_mm512_loadu_pd(p)}; }
  static Vector load_part(const double* p, size_t n) noexcept { return {_mm512_maskz_loadu_pd(mask(n), p)}; }
  void store(double* p) const noexcept { _mm512_storeu_pd(p, v); }
  void store_part(double* p, size_t n) const noexcept { _mm512_mask_storeu_pd(p, mask(n), v); }
  static Vector broadcast(double x) noexcept { return {_mm512_set1_pd(x)}; }
  static Vector zero() noexcept { return {_mm512_setzero_pd()}; }
  static Vector add(Vector x, Vector y) noexcept { return {_mm512_add_pd(x.v, y.v)}; }
  static Vector mul_add(Vector x, Vector y, Vector z) noexcept { return {_mm512_fmadd_pd(x.v, y.v, z.v)}; }
  double sum() const noexcept { return _mm512_reduce_add_pd(v); }
};

#include "loops.inc"

}  // namespace

Loops avx512_loops() noexcept { return make_loops("avx512"); }

}  // namespace gradus::bench

#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#endif
