// The loops of the bandwidth benchmark for AVX2 with FMA: a register is four
// float64, and there are sixteen of them.
#if defined(__x86_64__) || defined(_M_X64)

#include <immintrin.h>

#include <cstdint>

#include "loops.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

namespace gradus::bench {
namespace {

constexpr size_t kWidth = 4;
constexpr int kTileRows = 2, kRowAccumulators = 4, kColumnVectors = 4, kColumnChains = 2;

alignas(32) constexpr int64_t kMask[8] = {-1, -1, -1, -1, 0, 0, 0, 0};

struct Vector {
  __m256d v;

  static __m256i mask(size_t n) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMask + kWidth - n));
  }
  static Vector load(const double* p) noexcept { return {_mm256_loadu_pd(p)}; }
  static Vector load_part(const double* p, size_t n) noexcept { return {_mm256_maskload_pd(p, mask(n))}; }
  void store(double* p) const noexcept { _mm256_storeu_pd(p, v); }
  void store_part(double* p, size_t n) const noexcept { _mm256_maskstore_pd(p, mask(n), v); }
  static Vector broadcast(double x) noexcept { return {_mm256_set1_pd(x)}; }
  static Vector zero() noexcept { return {_mm256_setzero_pd()}; }
  static Vector add(Vector x, Vector y) noexcept { return {_mm256_add_pd(x.v, y.v)}; }
  static Vector mul_add(Vector x, Vector y, Vector z) noexcept { return {_mm256_fmadd_pd(x.v, y.v, z.v)}; }
  double sum() const noexcept {
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(v), _mm256_extractf128_pd(v, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
};

#include "loops.inc"

}  // namespace

Loops avx2_loops() noexcept { return make_loops("avx2"); }

}  // namespace gradus::bench

#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#endif
