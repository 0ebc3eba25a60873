// The avx2 table: two __m256d make one logical vector. Fused bit class. Sixteen
// registers, two multiply-adds a cycle with a latency of four: eight accumulators
// at least, twelve beside what they are multiplied by (gram.inc, triangular.inc).
#if defined(__x86_64__) || defined(_M_X64)

#include <immintrin.h>

#include <cstring>

#include "kernels/kernels.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#elif defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
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

alignas(64) constexpr int64_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
alignas(64) constexpr int32_t kFloatMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

struct Bits {
  __m256i a, b;

  static Bits broadcast(uint64_t x) noexcept {
    const __m256i v = _mm256_set1_epi64x(static_cast<int64_t>(x));
    return {v, v};
  }
  static Bits add(Bits x, Bits y) noexcept { return {_mm256_add_epi64(x.a, y.a), _mm256_add_epi64(x.b, y.b)}; }
  static Bits sub(Bits x, Bits y) noexcept { return {_mm256_sub_epi64(x.a, y.a), _mm256_sub_epi64(x.b, y.b)}; }
  static Bits both(Bits x, Bits y) noexcept { return {_mm256_and_si256(x.a, y.a), _mm256_and_si256(x.b, y.b)}; }
  static Bits either(Bits x, Bits y) noexcept { return {_mm256_or_si256(x.a, y.a), _mm256_or_si256(x.b, y.b)}; }
  template <int N>
  static Bits left(Bits x) noexcept {
    return {_mm256_slli_epi64(x.a, N), _mm256_slli_epi64(x.b, N)};
  }
  template <int N>
  static Bits right(Bits x) noexcept {
    return {_mm256_srli_epi64(x.a, N), _mm256_srli_epi64(x.b, N)};
  }
};

struct Lanes {
  __m256d a, b;
  static constexpr bool kFused = true;

  static Lanes load(const double* p) noexcept { return {_mm256_loadu_pd(p), _mm256_loadu_pd(p + 4)}; }
  static Lanes load(const float* p) noexcept {
    return {_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p + 4))};
  }
  // The masks of the first n of 8 lanes: low half, high half.
  static __m256i mask(size_t n, size_t half) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMask + 8 - n + 4 * half));
  }
  static Lanes load_part(const double* p, size_t n) noexcept {
    return {_mm256_maskload_pd(p, mask(n, 0)), _mm256_maskload_pd(p + 4, mask(n, 1))};
  }
  static Lanes load_part(const float* p, size_t n) noexcept {
    const auto half = [p, n](size_t first) {
      const __m128i m = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kFloatMask + 8 - n + first));
      return _mm256_cvtps_pd(_mm_maskload_ps(p + first, m));
    };
    return {half(0), half(4)};
  }
  // load_part that touches no line beyond the numbers, for rows that are not read in order.
  static Lanes load_tail(const double* p, size_t n) noexcept {
    if (n > 4) return load_part(p, n);
    if (n > 2) return {_mm256_maskload_pd(p, mask(n, 0)), _mm256_setzero_pd()};
    return {_mm256_zextpd128_pd256(n == 2 ? _mm_loadu_pd(p) : _mm_load_sd(p)), _mm256_setzero_pd()};
  }
  void store(double* p) const noexcept {
    _mm256_storeu_pd(p, a);
    _mm256_storeu_pd(p + 4, b);
  }
  void store_part(double* p, size_t n) const noexcept {
    _mm256_maskstore_pd(p, mask(n, 0), a);
    _mm256_maskstore_pd(p + 4, mask(n, 1), b);
  }
  static Lanes broadcast(double x) noexcept {
    const __m256d v = _mm256_set1_pd(x);
    return {v, v};
  }
  static Lanes first_only(double x) noexcept { return {_mm256_zextpd128_pd256(_mm_set_sd(x)), _mm256_setzero_pd()}; }
  static Lanes zero() noexcept { return {_mm256_setzero_pd(), _mm256_setzero_pd()}; }
  static Lanes add(Lanes x, Lanes y) noexcept { return {_mm256_add_pd(x.a, y.a), _mm256_add_pd(x.b, y.b)}; }
  static Lanes sub(Lanes x, Lanes y) noexcept { return {_mm256_sub_pd(x.a, y.a), _mm256_sub_pd(x.b, y.b)}; }
  static Lanes mul(Lanes x, Lanes y) noexcept { return {_mm256_mul_pd(x.a, y.a), _mm256_mul_pd(x.b, y.b)}; }
  static Lanes div(Lanes x, Lanes y) noexcept { return {_mm256_div_pd(x.a, y.a), _mm256_div_pd(x.b, y.b)}; }
  static Lanes sqrt(Lanes x) noexcept { return {_mm256_sqrt_pd(x.a), _mm256_sqrt_pd(x.b)}; }
  static Lanes mul_add(Lanes x, Lanes y, Lanes z) noexcept {
    return {_mm256_fmadd_pd(x.a, y.a, z.a), _mm256_fmadd_pd(x.b, y.b, z.b)};
  }
  static double square_root(double x) noexcept {
    const __m128d v = _mm_set_sd(x);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
  }
  // z - x*y.
  static Lanes negative_multiply_add(Lanes x, Lanes y, Lanes z) noexcept {
    return {_mm256_fnmadd_pd(x.a, y.a, z.a), _mm256_fnmadd_pd(x.b, y.b, z.b)};
  }
  using Mask = Lanes;  // all bits of a lane or none
  static Mask less(Lanes x, Lanes y) noexcept {
    return {_mm256_cmp_pd(x.a, y.a, _CMP_LT_OQ), _mm256_cmp_pd(x.b, y.b, _CMP_LT_OQ)};
  }
  static Lanes select(Mask m, Lanes x, Lanes y) noexcept {
    return {_mm256_blendv_pd(y.a, x.a, m.a), _mm256_blendv_pd(y.b, x.b, m.b)};
  }
  static Lanes smaller(Lanes x, Lanes y) noexcept { return {_mm256_min_pd(x.a, y.a), _mm256_min_pd(x.b, y.b)}; }
  static Lanes larger(Lanes x, Lanes y) noexcept { return {_mm256_max_pd(x.a, y.a), _mm256_max_pd(x.b, y.b)}; }
  Bits bits() const noexcept { return {_mm256_castpd_si256(a), _mm256_castpd_si256(b)}; }
  static Lanes of(Bits x) noexcept { return {_mm256_castsi256_pd(x.a), _mm256_castsi256_pd(x.b)}; }
  // The first number of x / y, and others of no account.
  static Lanes quotient(Lanes x, Lanes y) noexcept {
    const __m128d first = _mm_div_sd(_mm256_castpd256_pd128(x.a), _mm256_castpd256_pd128(y.a));
    return {_mm256_castpd128_pd256(first), _mm256_setzero_pd()};
  }
  // c - a*b, fused.
  static double negative_multiply_add(double a, double b, double c) noexcept {
#if defined(__GNUC__)
    return __builtin_fma(-a, b, c);  // for the intrinsic GCC clears what lies beside each operand
#else
    return _mm_cvtsd_f64(_mm_fnmadd_sd(_mm_set_sd(a), _mm_set_sd(b), _mm_set_sd(c)));
#endif
  }
  double first() const noexcept { return _mm256_cvtsd_f64(a); }
  double sum() const noexcept {
    const __m256d four = _mm256_add_pd(a, b);
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd(four, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  // The sums of four, in fewer instructions than one by one, at lanes 0 to 3.
  static constexpr size_t kSumStride = 1;
  static Lanes sums_of_four(Lanes w, Lanes x, Lanes y, Lanes z) noexcept {
    const auto halves = [](Lanes p, Lanes q) {
      const __m256d a = _mm256_add_pd(p.a, p.b), b = _mm256_add_pd(q.a, q.b);
      return _mm256_add_pd(_mm256_permute2f128_pd(a, b, 0x20), _mm256_permute2f128_pd(a, b, 0x31));
    };
    const __m256d wy = halves(w, y), xz = halves(x, z);
    return {_mm256_add_pd(_mm256_unpacklo_pd(wy, xz), _mm256_unpackhi_pd(wy, xz)), _mm256_setzero_pd()};
  }
  static void sum_four(Lanes w, Lanes x, Lanes y, Lanes z, double* out) noexcept {
    _mm256_storeu_pd(out, sums_of_four(w, x, y, z).a);
  }
};

// A logical vector of float32, for the update rules.
struct FloatLanes {
  __m256 a, b;

  static FloatLanes load(const float* p) noexcept { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
  void store(float* p) const noexcept {
    _mm256_storeu_ps(p, a);
    _mm256_storeu_ps(p + 8, b);
  }
  static FloatLanes broadcast(double x) noexcept {
    const __m256 v = _mm256_set1_ps(static_cast<float>(x));
    return {v, v};
  }
  static FloatLanes add(FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)};
  }
  static FloatLanes sub(FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)};
  }
  static FloatLanes mul(FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)};
  }
  static FloatLanes div(FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_div_ps(x.a, y.a), _mm256_div_ps(x.b, y.b)};
  }
  static FloatLanes sqrt(FloatLanes x) noexcept { return {_mm256_sqrt_ps(x.a), _mm256_sqrt_ps(x.b)}; }
  using Mask = FloatLanes;  // all bits of a lane or none
  static Mask less(FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_cmp_ps(x.a, y.a, _CMP_LT_OQ), _mm256_cmp_ps(x.b, y.b, _CMP_LT_OQ)};
  }
  static FloatLanes select(Mask m, FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_blendv_ps(y.a, x.a, m.a), _mm256_blendv_ps(y.b, x.b, m.b)};
  }
  static FloatLanes smaller(FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)};
  }
  static FloatLanes larger(FloatLanes x, FloatLanes y) noexcept {
    return {_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)};
  }
  // Eight rows of eight, by quarters.
  static void transpose(const double* x, size_t x_row, double* out, size_t out_row) noexcept {
    for (size_t i = 0; i < 8; i += 4) {
      for (size_t j = 0; j < 8; j += 4) {
        const double* from = x + i * x_row + j;
        double* to = out + j * out_row + i;
        const __m256d r0 = _mm256_loadu_pd(from), r1 = _mm256_loadu_pd(from + x_row);
        const __m256d r2 = _mm256_loadu_pd(from + 2 * x_row), r3 = _mm256_loadu_pd(from + 3 * x_row);
        const __m256d even = _mm256_unpacklo_pd(r0, r1), odd = _mm256_unpackhi_pd(r0, r1);
        const __m256d even2 = _mm256_unpacklo_pd(r2, r3), odd2 = _mm256_unpackhi_pd(r2, r3);
        _mm256_storeu_pd(to, _mm256_permute2f128_pd(even, even2, 0x20));
        _mm256_storeu_pd(to + out_row, _mm256_permute2f128_pd(odd, odd2, 0x20));
        _mm256_storeu_pd(to + 2 * out_row, _mm256_permute2f128_pd(even, even2, 0x31));
        _mm256_storeu_pd(to + 3 * out_row, _mm256_permute2f128_pd(odd, odd2, 0x31));
      }
    }
  }
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

Kernels avx2_kernels() noexcept {
  Kernels table{};
  install(&table, "avx2");
  install_gram<6, 1>(&table);
  install_elementary(&table);
  install_likelihoods(&table);
  install_losses(&table);
  install_outputs<2, 3, 6, 1>(&table);
  install_gradients(table.gradient);
  install_gradients(table.gradient_f32);
  install_random(&table);
  install_steps(&table);
  install_triangular<6, 4, 1>(&table);
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
