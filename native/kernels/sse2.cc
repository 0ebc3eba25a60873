// The sse2 table: four __m128d make one logical vector. Plain bit class: no
// fused multiply-add, so it equals the scalar and the TypeScript kernels bit
// for bit. Sixteen registers hold two logical vectors of accumulators.
#if defined(__x86_64__) || defined(_M_X64)

#include <emmintrin.h>

#include <cstring>

#include "kernels/kernels.h"

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
  __m128i a, b, c, d;

  static Bits broadcast(uint64_t x) noexcept {
    const __m128i v = _mm_set1_epi64x(static_cast<int64_t>(x));
    return {v, v, v, v};
  }
  static Bits add(Bits x, Bits y) noexcept {
    return {_mm_add_epi64(x.a, y.a), _mm_add_epi64(x.b, y.b), _mm_add_epi64(x.c, y.c), _mm_add_epi64(x.d, y.d)};
  }
  static Bits sub(Bits x, Bits y) noexcept {
    return {_mm_sub_epi64(x.a, y.a), _mm_sub_epi64(x.b, y.b), _mm_sub_epi64(x.c, y.c), _mm_sub_epi64(x.d, y.d)};
  }
  static Bits both(Bits x, Bits y) noexcept {
    return {_mm_and_si128(x.a, y.a), _mm_and_si128(x.b, y.b), _mm_and_si128(x.c, y.c), _mm_and_si128(x.d, y.d)};
  }
  static Bits either(Bits x, Bits y) noexcept {
    return {_mm_or_si128(x.a, y.a), _mm_or_si128(x.b, y.b), _mm_or_si128(x.c, y.c), _mm_or_si128(x.d, y.d)};
  }
  template <int N>
  static Bits left(Bits x) noexcept {
    return {_mm_slli_epi64(x.a, N), _mm_slli_epi64(x.b, N), _mm_slli_epi64(x.c, N), _mm_slli_epi64(x.d, N)};
  }
  template <int N>
  static Bits right(Bits x) noexcept {
    return {_mm_srli_epi64(x.a, N), _mm_srli_epi64(x.b, N), _mm_srli_epi64(x.c, N), _mm_srli_epi64(x.d, N)};
  }
};

struct Lanes {
  __m128d a, b, c, d;
  static constexpr bool kFused = false;

  static Lanes load(const double* p) noexcept {
    return {_mm_loadu_pd(p), _mm_loadu_pd(p + 2), _mm_loadu_pd(p + 4), _mm_loadu_pd(p + 6)};
  }
  static Lanes load(const float* p) noexcept {
    const __m128 low = _mm_loadu_ps(p), high = _mm_loadu_ps(p + 4);
    return {_mm_cvtps_pd(low), _mm_cvtps_pd(_mm_movehl_ps(low, low)), _mm_cvtps_pd(high),
            _mm_cvtps_pd(_mm_movehl_ps(high, high))};
  }
  // Up to two numbers, the rest zero; reads no further.
  static __m128d pair(const double* p, size_t n) noexcept {
    if (n >= 2) return _mm_loadu_pd(p);
    return n == 1 ? _mm_load_sd(p) : _mm_setzero_pd();
  }
  static __m128d pair(const float* p, size_t n) noexcept {
    if (n >= 2) return _mm_cvtps_pd(_mm_castsi128_ps(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))));
    return n == 1 ? _mm_cvtps_pd(_mm_load_ss(p)) : _mm_setzero_pd();
  }
  template <class T>
  static Lanes load_part(const T* p, size_t n) noexcept {
    return {pair(p, n), pair(p + 2, n > 2 ? n - 2 : 0), pair(p + 4, n > 4 ? n - 4 : 0), pair(p + 6, n > 6 ? n - 6 : 0)};
  }
  static Lanes load_tail(const double* p, size_t n) noexcept { return load_part(p, n); }
  void store(double* p) const noexcept {
    _mm_storeu_pd(p, a);
    _mm_storeu_pd(p + 2, b);
    _mm_storeu_pd(p + 4, c);
    _mm_storeu_pd(p + 6, d);
  }
  void store_part(double* p, size_t n) const noexcept {
    double full[kLanes];
    store(full);
    for (size_t i = 0; i < n; ++i) p[i] = full[i];
  }
  static Lanes broadcast(double x) noexcept {
    const __m128d v = _mm_set1_pd(x);
    return {v, v, v, v};
  }
  static Lanes first_only(double x) noexcept {
    const __m128d zero = _mm_setzero_pd();
    return {_mm_set_sd(x), zero, zero, zero};
  }
  static Lanes zero() noexcept { return broadcast(0.0); }
  static Lanes add(Lanes x, Lanes y) noexcept {
    return {_mm_add_pd(x.a, y.a), _mm_add_pd(x.b, y.b), _mm_add_pd(x.c, y.c), _mm_add_pd(x.d, y.d)};
  }
  static Lanes sub(Lanes x, Lanes y) noexcept {
    return {_mm_sub_pd(x.a, y.a), _mm_sub_pd(x.b, y.b), _mm_sub_pd(x.c, y.c), _mm_sub_pd(x.d, y.d)};
  }
  static Lanes mul(Lanes x, Lanes y) noexcept {
    return {_mm_mul_pd(x.a, y.a), _mm_mul_pd(x.b, y.b), _mm_mul_pd(x.c, y.c), _mm_mul_pd(x.d, y.d)};
  }
  static Lanes div(Lanes x, Lanes y) noexcept {
    return {_mm_div_pd(x.a, y.a), _mm_div_pd(x.b, y.b), _mm_div_pd(x.c, y.c), _mm_div_pd(x.d, y.d)};
  }
  static Lanes sqrt(Lanes x) noexcept {
    return {_mm_sqrt_pd(x.a), _mm_sqrt_pd(x.b), _mm_sqrt_pd(x.c), _mm_sqrt_pd(x.d)};
  }
  static Lanes mul_add(Lanes x, Lanes y, Lanes z) noexcept { return add(mul(x, y), z); }
  static double square_root(double x) noexcept {
    const __m128d v = _mm_set_sd(x);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
  }
  // z - x*y.
  static double negative_multiply_add(double x, double y, double z) noexcept { return z - x * y; }
  static Lanes negative_multiply_add(Lanes x, Lanes y, Lanes z) noexcept { return sub(z, mul(x, y)); }
  using Mask = Lanes;  // all bits of a lane or none
  static Mask less(Lanes x, Lanes y) noexcept {
    return {_mm_cmplt_pd(x.a, y.a), _mm_cmplt_pd(x.b, y.b), _mm_cmplt_pd(x.c, y.c), _mm_cmplt_pd(x.d, y.d)};
  }
  static __m128d select(__m128d mask, __m128d x, __m128d y) noexcept {
    return _mm_or_pd(_mm_and_pd(mask, x), _mm_andnot_pd(mask, y));
  }
  static Lanes select(Mask m, Lanes x, Lanes y) noexcept {
    return {select(m.a, x.a, y.a), select(m.b, x.b, y.b), select(m.c, x.c, y.c), select(m.d, x.d, y.d)};
  }
  static Lanes smaller(Lanes x, Lanes y) noexcept {
    return {_mm_min_pd(x.a, y.a), _mm_min_pd(x.b, y.b), _mm_min_pd(x.c, y.c), _mm_min_pd(x.d, y.d)};
  }
  static Lanes larger(Lanes x, Lanes y) noexcept {
    return {_mm_max_pd(x.a, y.a), _mm_max_pd(x.b, y.b), _mm_max_pd(x.c, y.c), _mm_max_pd(x.d, y.d)};
  }
  Bits bits() const noexcept {
    return {_mm_castpd_si128(a), _mm_castpd_si128(b), _mm_castpd_si128(c), _mm_castpd_si128(d)};
  }
  static Lanes of(Bits x) noexcept {
    return {_mm_castsi128_pd(x.a), _mm_castsi128_pd(x.b), _mm_castsi128_pd(x.c), _mm_castsi128_pd(x.d)};
  }
  double first() const noexcept { return _mm_cvtsd_f64(a); }
  // Lanes i+4, then i+2.
  __m128d two() const noexcept { return _mm_add_pd(_mm_add_pd(a, c), _mm_add_pd(b, d)); }
  double sum() const noexcept {
    const __m128d even_odd = two();
    return _mm_cvtsd_f64(_mm_add_sd(even_odd, _mm_unpackhi_pd(even_odd, even_odd)));
  }
  static void sum_four(Lanes w, Lanes x, Lanes y, Lanes z, double* out) noexcept {
    const auto pair = [](__m128d p, __m128d q) { return _mm_add_pd(_mm_unpacklo_pd(p, q), _mm_unpackhi_pd(p, q)); };
    _mm_storeu_pd(out, pair(w.two(), x.two()));
    _mm_storeu_pd(out + 2, pair(y.two(), z.two()));
  }
};

// A logical vector of float32, for the update rules.
struct FloatLanes {
  __m128 a, b, c, d;

  static FloatLanes load(const float* p) noexcept {
    return {_mm_loadu_ps(p), _mm_loadu_ps(p + 4), _mm_loadu_ps(p + 8), _mm_loadu_ps(p + 12)};
  }
  void store(float* p) const noexcept {
    _mm_storeu_ps(p, a);
    _mm_storeu_ps(p + 4, b);
    _mm_storeu_ps(p + 8, c);
    _mm_storeu_ps(p + 12, d);
  }
  static FloatLanes broadcast(double x) noexcept {
    const __m128 v = _mm_set1_ps(static_cast<float>(x));
    return {v, v, v, v};
  }
  static FloatLanes add(FloatLanes x, FloatLanes y) noexcept {
    return {_mm_add_ps(x.a, y.a), _mm_add_ps(x.b, y.b), _mm_add_ps(x.c, y.c), _mm_add_ps(x.d, y.d)};
  }
  static FloatLanes sub(FloatLanes x, FloatLanes y) noexcept {
    return {_mm_sub_ps(x.a, y.a), _mm_sub_ps(x.b, y.b), _mm_sub_ps(x.c, y.c), _mm_sub_ps(x.d, y.d)};
  }
  static FloatLanes mul(FloatLanes x, FloatLanes y) noexcept {
    return {_mm_mul_ps(x.a, y.a), _mm_mul_ps(x.b, y.b), _mm_mul_ps(x.c, y.c), _mm_mul_ps(x.d, y.d)};
  }
  static FloatLanes div(FloatLanes x, FloatLanes y) noexcept {
    return {_mm_div_ps(x.a, y.a), _mm_div_ps(x.b, y.b), _mm_div_ps(x.c, y.c), _mm_div_ps(x.d, y.d)};
  }
  static FloatLanes sqrt(FloatLanes x) noexcept {
    return {_mm_sqrt_ps(x.a), _mm_sqrt_ps(x.b), _mm_sqrt_ps(x.c), _mm_sqrt_ps(x.d)};
  }
  using Mask = FloatLanes;  // all bits of a lane or none
  static Mask less(FloatLanes x, FloatLanes y) noexcept {
    return {_mm_cmplt_ps(x.a, y.a), _mm_cmplt_ps(x.b, y.b), _mm_cmplt_ps(x.c, y.c), _mm_cmplt_ps(x.d, y.d)};
  }
  static __m128 select(__m128 mask, __m128 x, __m128 y) noexcept {
    return _mm_or_ps(_mm_and_ps(mask, x), _mm_andnot_ps(mask, y));
  }
  static FloatLanes select(Mask m, FloatLanes x, FloatLanes y) noexcept {
    return {select(m.a, x.a, y.a), select(m.b, x.b, y.b), select(m.c, x.c, y.c), select(m.d, x.d, y.d)};
  }
  static FloatLanes smaller(FloatLanes x, FloatLanes y) noexcept {
    return {_mm_min_ps(x.a, y.a), _mm_min_ps(x.b, y.b), _mm_min_ps(x.c, y.c), _mm_min_ps(x.d, y.d)};
  }
  static FloatLanes larger(FloatLanes x, FloatLanes y) noexcept {
    return {_mm_max_ps(x.a, y.a), _mm_max_ps(x.b, y.b), _mm_max_ps(x.c, y.c), _mm_max_ps(x.d, y.d)};
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
#include "kernels/triangular.inc"

}  // namespace

Kernels sse2_kernels() noexcept {
  Kernels table{};
  install(&table, "sse2");
  install_gram<2, 1>(&table);
  install_elementary(&table);
  install_likelihoods(&table);
  install_losses(&table);
  install_outputs<1, 2, 2, 1>(&table);
  install_gradients(table.gradient);
  install_gradients(table.gradient_f32);
  install_random(&table);
  install_steps(&table);
  install_triangular<2, 2, 1>(&table);
  return table;
}

}  // namespace gradus
#endif
