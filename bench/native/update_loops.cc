// Copying loops for AVX2 and AVX-512, and their pass over threads.
#include "update_loops.h"

#include <algorithm>

#include "core/thread_pool.h"
#include "kernels/select.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>

#include "kernels/avx512_target.h"

namespace gradus::bench {
namespace {

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2")
#endif
namespace avx2 {
struct Vector {
  static constexpr size_t kWidth = 8;
  __m256 v;

  static Vector zero() noexcept { return {_mm256_setzero_ps()}; }
  static Vector load(const float* p) noexcept { return {_mm256_loadu_ps(p)}; }
  void store(float* p) const noexcept { _mm256_storeu_ps(p, v); }
  static Vector either(Vector x, Vector y) noexcept { return {_mm256_or_ps(x.v, y.v)}; }
  int first() const noexcept { return _mm256_movemask_ps(v); }
};
#include "update_loops.inc"
}  // namespace avx2
#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target(GRADUS_AVX512_TARGET))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx2,fma")
#endif
namespace avx512 {
struct Vector {
  static constexpr size_t kWidth = 16;
  __m512i v;

  static Vector zero() noexcept { return {_mm512_setzero_si512()}; }
  static Vector load(const float* p) noexcept { return {_mm512_loadu_si512(p)}; }
  void store(float* p) const noexcept { _mm512_storeu_si512(p, v); }
  static Vector either(Vector x, Vector y) noexcept { return {_mm512_or_si512(x.v, y.v)}; }
  int first() const noexcept { return _mm512_cmpneq_epi32_mask(v, _mm512_setzero_si512()); }
};
#include "update_loops.inc"
}  // namespace avx512
#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif

}  // namespace
}  // namespace gradus::bench
#endif

namespace gradus::bench {

std::vector<UpdateLoop> update_loops() {
  std::vector<UpdateLoop> all;
#if defined(__x86_64__) || defined(_M_X64)
  if (find_kernels("avx2")) avx2::add_loops("avx2", &all);
  if (find_kernels("avx512")) avx512::add_loops("avx512", &all);
#endif
  return all;
}

void pass_all(const UpdateLoop& loop, size_t n, const float* gradient, float* const* arrays, size_t written,
              int threads) noexcept {
  constexpr size_t kBlock = size_t{1} << 16;
  auto body = [=](size_t i) noexcept {
    const size_t from = i * kBlock;
    float* part[kMostWritten] = {};
    for (size_t w = 0; w < written; ++w) part[w] = arrays[w] + from;
    loop.passes[written - 1](std::min(kBlock, n - from), gradient + from, part, part);
  };
  parallel_for((n + kBlock - 1) / kBlock, threads, body);
}

}  // namespace gradus::bench
