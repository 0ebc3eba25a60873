// The avx512 table: one __m512d is one logical vector. Fused bit class: it
// equals avx2 bit for bit. Thirty-two registers, two multiply-adds a cycle with a
// latency of four: 24 accumulators fit beside what they are multiplied by
// (gram.inc, triangular.inc).
#if defined(__x86_64__) || defined(_M_X64)

#include <immintrin.h>

#include <cstring>

#include "kernels/avx512_target.h"
#include "kernels/kernels.h"

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

namespace gradus {
namespace {

// Registers hold the parameters and the state of narrow rows.
constexpr bool kRowsInRegisters = true;
constexpr size_t kPrefetchBytes = 4096, kStreamBytes = 8192;
inline void prefetch(const void* p) noexcept { _mm_prefetch(static_cast<const char*>(p) + kStreamBytes, _MM_HINT_T0); }
inline void prefetch_line(const char* p) noexcept { _mm_prefetch(p, _MM_HINT_T0); }
inline void prefetch_far(const char* p) noexcept { _mm_prefetch(p, _MM_HINT_T1); }
template <class T>
inline void prefetch_row(const T* p, size_t bytes) noexcept {
  const char* at = reinterpret_cast<const char*>(p) + kPrefetchBytes;
  for (size_t i = 0; i < bytes; i += 64) _mm_prefetch(at + i, _MM_HINT_T0);
}

struct Bits {
  __m512i v;

  static Bits broadcast(uint64_t x) noexcept { return {_mm512_set1_epi64(static_cast<int64_t>(x))}; }
  static Bits add(Bits x, Bits y) noexcept { return {_mm512_add_epi64(x.v, y.v)}; }
  static Bits sub(Bits x, Bits y) noexcept { return {_mm512_sub_epi64(x.v, y.v)}; }
  static Bits both(Bits x, Bits y) noexcept { return {_mm512_and_si512(x.v, y.v)}; }
  static Bits either(Bits x, Bits y) noexcept { return {_mm512_or_si512(x.v, y.v)}; }
  template <int N>
  static Bits left(Bits x) noexcept {
    return {_mm512_slli_epi64(x.v, N)};
  }
  template <int N>
  static Bits right(Bits x) noexcept {
    return {_mm512_srli_epi64(x.v, N)};
  }
};

struct Lanes {
  __m512d v;
  static constexpr bool kFused = true;

  static __mmask8 mask(size_t n) noexcept { return static_cast<__mmask8>((1u << n) - 1); }
  static Lanes load(const double* p) noexcept { return {_mm512_loadu_pd(p)}; }
  static Lanes load(const float* p) noexcept { return {_mm512_cvtps_pd(_mm256_loadu_ps(p))}; }
  static Lanes load_part(const double* p, size_t n) noexcept { return {_mm512_maskz_loadu_pd(mask(n), p)}; }
  static Lanes load_part(const float* p, size_t n) noexcept {
    return {_mm512_cvtps_pd(_mm256_maskz_loadu_ps(mask(n), p))};
  }
  // load_part that touches no line beyond the numbers, for rows that are not read in order.
  static Lanes load_tail(const double* p, size_t n) noexcept {
    if (n > 4) return load_part(p, n);
    if (n > 2) return {_mm512_zextpd256_pd512(_mm256_maskz_loadu_pd(mask(n), p))};
    return {_mm512_zextpd128_pd512(_mm_maskz_loadu_pd(mask(n), p))};
  }
  void store(double* p) const noexcept { _mm512_storeu_pd(p, v); }
  void store_part(double* p, size_t n) const noexcept { _mm512_mask_storeu_pd(p, mask(n), v); }
  static Lanes broadcast(double x) noexcept { return {_mm512_set1_pd(x)}; }
  static Lanes first_only(double x) noexcept { return {_mm512_zextpd128_pd512(_mm_set_sd(x))}; }
  static Lanes zero() noexcept { return {_mm512_setzero_pd()}; }
  static Lanes add(Lanes x, Lanes y) noexcept { return {_mm512_add_pd(x.v, y.v)}; }
  static Lanes sub(Lanes x, Lanes y) noexcept { return {_mm512_sub_pd(x.v, y.v)}; }
  static Lanes mul(Lanes x, Lanes y) noexcept { return {_mm512_mul_pd(x.v, y.v)}; }
  static Lanes div(Lanes x, Lanes y) noexcept { return {_mm512_div_pd(x.v, y.v)}; }
  static Lanes sqrt(Lanes x) noexcept { return {_mm512_sqrt_pd(x.v)}; }
  static Lanes mul_add(Lanes x, Lanes y, Lanes z) noexcept { return {_mm512_fmadd_pd(x.v, y.v, z.v)}; }
  static double square_root(double x) noexcept {
    const __m128d v = _mm_set_sd(x);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
  }
  // z - x*y.
  static Lanes negative_multiply_add(Lanes x, Lanes y, Lanes z) noexcept { return {_mm512_fnmadd_pd(x.v, y.v, z.v)}; }
  using Mask = __mmask8;
  static Mask less(Lanes x, Lanes y) noexcept { return _mm512_cmp_pd_mask(x.v, y.v, _CMP_LT_OQ); }
  static Lanes select(Mask m, Lanes x, Lanes y) noexcept { return {_mm512_mask_blend_pd(m, y.v, x.v)}; }
  static Lanes smaller(Lanes x, Lanes y) noexcept { return {_mm512_min_pd(x.v, y.v)}; }
  static Lanes larger(Lanes x, Lanes y) noexcept { return {_mm512_max_pd(x.v, y.v)}; }
  // x * 2^k for a whole k, rounded once: what elementary.inc does in six instructions elsewhere.
  static Lanes scale(Lanes x, Lanes k) noexcept { return {_mm512_scalef_pd(x.v, k.v)}; }
  Bits bits() const noexcept { return {_mm512_castpd_si512(v)}; }
  static Lanes of(Bits x) noexcept { return {_mm512_castsi512_pd(x.v)}; }
  // The first number of x / y, and others of no account.
  static Lanes quotient(Lanes x, Lanes y) noexcept {
    return {_mm512_castpd128_pd512(_mm_div_sd(_mm512_castpd512_pd128(x.v), _mm512_castpd512_pd128(y.v)))};
  }
  // c - a*b, fused.
  static double negative_multiply_add(double a, double b, double c) noexcept {
#if defined(__GNUC__)
    return __builtin_fma(-a, b, c);  // for the intrinsic GCC clears what lies beside each operand
#else
    return _mm_cvtsd_f64(_mm_fnmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c)));
#endif
  }
  double first() const noexcept { return _mm512_cvtsd_f64(v); }
  double sum() const noexcept {
    const __m256d four = _mm256_add_pd(_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd(v, 1));
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  // The sums of four, in fewer instructions than one by one, at lanes 0, 2, 4 and 6.
  static constexpr size_t kSumStride = 2;
  static Lanes sums_of_four(Lanes w, Lanes x, Lanes y, Lanes z) noexcept {
    const auto halves = [](__m512d a, __m512d b) {
      return _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x44), _mm512_shuffle_f64x2(a, b, 0xee));
    };
    const __m512d wx = halves(w.v, x.v), yz = halves(y.v, z.v);
    const __m512d two = _mm512_add_pd(_mm512_shuffle_f64x2(wx, yz, 0x88), _mm512_shuffle_f64x2(wx, yz, 0xdd));
    return {_mm512_add_pd(two, _mm512_permute_pd(two, 0x55))};
  }
  static void sum_four(Lanes w, Lanes x, Lanes y, Lanes z, double* out) noexcept {
    const __m512i even = _mm512_set_epi64(7, 6, 5, 4, 6, 4, 2, 0);
    _mm256_storeu_pd(out, _mm512_castpd512_pd256(_mm512_permutexvar_pd(even, sums_of_four(w, x, y, z).v)));
  }
  // Eight rows of eight.
  static void transpose(const double* x, size_t x_row, double* out, size_t out_row) noexcept {
    __m512d pairs[8], fours[8];
    for (int i = 0; i < 8; i += 2) {
      const __m512d a = _mm512_loadu_pd(x + i * x_row), b = _mm512_loadu_pd(x + (i + 1) * x_row);
      pairs[i] = _mm512_unpacklo_pd(a, b);
      pairs[i + 1] = _mm512_unpackhi_pd(a, b);
    }
    for (int i = 0; i < 8; i += 4) {
      for (int j = 0; j < 2; ++j) {
        fours[i + j] = _mm512_shuffle_f64x2(pairs[i + j], pairs[i + j + 2], 0x88);
        fours[i + j + 2] = _mm512_shuffle_f64x2(pairs[i + j], pairs[i + j + 2], 0xdd);
      }
    }
    for (int j = 0; j < 4; ++j) {
      _mm512_storeu_pd(out + j * out_row, _mm512_shuffle_f64x2(fours[j], fours[j + 4], 0x88));
      _mm512_storeu_pd(out + (j + 4) * out_row, _mm512_shuffle_f64x2(fours[j], fours[j + 4], 0xdd));
    }
  }
};

// A logical vector of float32, for the update rules.
struct FloatLanes {
  __m512 v;

  static FloatLanes load(const float* p) noexcept { return {_mm512_loadu_ps(p)}; }
  void store(float* p) const noexcept { _mm512_storeu_ps(p, v); }
  static FloatLanes broadcast(double x) noexcept { return {_mm512_set1_ps(static_cast<float>(x))}; }
  static FloatLanes add(FloatLanes x, FloatLanes y) noexcept { return {_mm512_add_ps(x.v, y.v)}; }
  static FloatLanes sub(FloatLanes x, FloatLanes y) noexcept { return {_mm512_sub_ps(x.v, y.v)}; }
  static FloatLanes mul(FloatLanes x, FloatLanes y) noexcept { return {_mm512_mul_ps(x.v, y.v)}; }
  static FloatLanes div(FloatLanes x, FloatLanes y) noexcept { return {_mm512_div_ps(x.v, y.v)}; }
  static FloatLanes sqrt(FloatLanes x) noexcept { return {_mm512_sqrt_ps(x.v)}; }
  using Mask = __mmask16;
  static Mask less(FloatLanes x, FloatLanes y) noexcept { return _mm512_cmp_ps_mask(x.v, y.v, _CMP_LT_OQ); }
  static FloatLanes select(Mask m, FloatLanes x, FloatLanes y) noexcept { return {_mm512_mask_blend_ps(m, y.v, x.v)}; }
  static FloatLanes smaller(FloatLanes x, FloatLanes y) noexcept { return {_mm512_min_ps(x.v, y.v)}; }
  static FloatLanes larger(FloatLanes x, FloatLanes y) noexcept { return {_mm512_max_ps(x.v, y.v)}; }
};

#include "kernels/bodies.inc"
#include "kernels/elementary.inc"
#include "kernels/gram.inc"
#include "kernels/likelihoods.inc"
#include "kernels/outputs.inc"
#include "kernels/pointwise.inc"
#include "kernels/pointwise_gradient.inc"
#include "kernels/random.inc"
#include "kernels/rules.inc"
#include "kernels/steps.inc"
#include "kernels/steps_ahead.inc"
#include "kernels/triangular.inc"

}  // namespace

Kernels avx512_kernels() noexcept {
  Kernels table{};
  install(&table, "avx512");
  install_gram<8, 3>(&table);
  install_elementary(&table);
  install_likelihoods(&table);
  install_losses(&table);
  install_outputs<4, 5, 5, 4>(&table);
  install_gradients(table.gradient);
  install_gradients(table.gradient_f32);
  install_random(&table);
  install_steps(&table);
  install_triangular<8, 8, 3>(&table);
  install_rows_ahead(&table);
  return table;
}

}  // namespace gradus

#if defined(__clang__)
#pragma clang attribute pop
#elif defined(__GNUC__)
#pragma GCC pop_options
#endif
#endif
