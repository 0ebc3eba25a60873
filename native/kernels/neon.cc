// The neon table: four float64x2_t make one logical vector. Fused bit class: it
// equals avx2 and avx512 bit for bit. Every 64-bit ARM processor has these
// instructions, so there is no target region. Thirty-two registers; 24 accumulators
// fit (four multiply-adds a cycle with a latency of four need sixteen on the
// widest cores).
#if defined(__aarch64__) || defined(_M_ARM64)

#include <arm_neon.h>

#include <cstring>

#include "kernels/kernels.h"

namespace gradus {
namespace {

// Registers hold the parameters and the state of narrow rows.
constexpr bool kRowsInRegisters = true;
constexpr size_t kPrefetchBytes = 4096, kStreamBytes = 8192;
#if defined(__GNUC__)
inline void prefetch_line(const char* p) noexcept { __builtin_prefetch(p, 0, 3); }
inline void prefetch_far(const char* p) noexcept { __builtin_prefetch(p, 0, 2); }
#else
inline void prefetch_line(const char* p) noexcept { __prefetch(p); }
inline void prefetch_far(const char* p) noexcept { __prefetch(p); }
#endif
inline void prefetch(const void* p) noexcept { prefetch_line(static_cast<const char*>(p) + kStreamBytes); }
template <class T>
inline void prefetch_row(const T* p, size_t bytes) noexcept {
  const char* at = reinterpret_cast<const char*>(p) + kPrefetchBytes;
  for (size_t i = 0; i < bytes; i += 64) prefetch_line(at + i);
}

struct Bits {
  uint64x2_t a, b, c, d;

  static Bits broadcast(uint64_t x) noexcept {
    const uint64x2_t v = vdupq_n_u64(x);
    return {v, v, v, v};
  }
  static Bits add(Bits x, Bits y) noexcept {
    return {vaddq_u64(x.a, y.a), vaddq_u64(x.b, y.b), vaddq_u64(x.c, y.c), vaddq_u64(x.d, y.d)};
  }
  static Bits sub(Bits x, Bits y) noexcept {
    return {vsubq_u64(x.a, y.a), vsubq_u64(x.b, y.b), vsubq_u64(x.c, y.c), vsubq_u64(x.d, y.d)};
  }
  static Bits both(Bits x, Bits y) noexcept {
    return {vandq_u64(x.a, y.a), vandq_u64(x.b, y.b), vandq_u64(x.c, y.c), vandq_u64(x.d, y.d)};
  }
  static Bits either(Bits x, Bits y) noexcept {
    return {vorrq_u64(x.a, y.a), vorrq_u64(x.b, y.b), vorrq_u64(x.c, y.c), vorrq_u64(x.d, y.d)};
  }
  template <int N>
  static Bits left(Bits x) noexcept {
    return {vshlq_n_u64(x.a, N), vshlq_n_u64(x.b, N), vshlq_n_u64(x.c, N), vshlq_n_u64(x.d, N)};
  }
  template <int N>
  static Bits right(Bits x) noexcept {
    return {vshrq_n_u64(x.a, N), vshrq_n_u64(x.b, N), vshrq_n_u64(x.c, N), vshrq_n_u64(x.d, N)};
  }
};

struct Lanes {
  float64x2_t a, b, c, d;
  static constexpr bool kFused = true;

  static Lanes load(const double* p) noexcept {
    return {vld1q_f64(p), vld1q_f64(p + 2), vld1q_f64(p + 4), vld1q_f64(p + 6)};
  }
  static Lanes load(const float* p) noexcept {
    const float32x4_t low = vld1q_f32(p), high = vld1q_f32(p + 4);
    return {vcvt_f64_f32(vget_low_f32(low)), vcvt_high_f64_f32(low), vcvt_f64_f32(vget_low_f32(high)),
            vcvt_high_f64_f32(high)};
  }
  // Up to two numbers, the rest zero; reads no further.
  static float64x2_t pair(const double* p, size_t n) noexcept {
    if (n >= 2) return vld1q_f64(p);
    return n == 1 ? vcombine_f64(vld1_f64(p), vdup_n_f64(0)) : vdupq_n_f64(0);
  }
  static float64x2_t pair(const float* p, size_t n) noexcept {
    if (n >= 2) return vcvt_f64_f32(vld1_f32(p));
    return n == 1 ? vcvt_f64_f32(vset_lane_f32(*p, vdup_n_f32(0), 0)) : vdupq_n_f64(0);
  }
  template <class T>
  static Lanes load_part(const T* p, size_t n) noexcept {
    return {pair(p, n), pair(p + 2, n > 2 ? n - 2 : 0), pair(p + 4, n > 4 ? n - 4 : 0), pair(p + 6, n > 6 ? n - 6 : 0)};
  }
  static Lanes load_tail(const double* p, size_t n) noexcept { return load_part(p, n); }
  void store(double* p) const noexcept {
    vst1q_f64(p, a);
    vst1q_f64(p + 2, b);
    vst1q_f64(p + 4, c);
    vst1q_f64(p + 6, d);
  }
  static void store_pair(double* p, float64x2_t v, size_t n) noexcept {
    if (n >= 2) {
      vst1q_f64(p, v);
    } else if (n == 1) {
      vst1q_lane_f64(p, v, 0);
    }
  }
  void store_part(double* p, size_t n) const noexcept {
    store_pair(p, a, n);
    store_pair(p + 2, b, n > 2 ? n - 2 : 0);
    store_pair(p + 4, c, n > 4 ? n - 4 : 0);
    store_pair(p + 6, d, n > 6 ? n - 6 : 0);
  }
  static Lanes broadcast(double x) noexcept {
    const float64x2_t v = vdupq_n_f64(x);
    return {v, v, v, v};
  }
  static Lanes first_only(double x) noexcept {
    const float64x2_t zero = vdupq_n_f64(0);
    return {vcombine_f64(vdup_n_f64(x), vdup_n_f64(0)), zero, zero, zero};
  }
  static Lanes zero() noexcept { return broadcast(0); }
  static Lanes add(Lanes x, Lanes y) noexcept {
    return {vaddq_f64(x.a, y.a), vaddq_f64(x.b, y.b), vaddq_f64(x.c, y.c), vaddq_f64(x.d, y.d)};
  }
  static Lanes sub(Lanes x, Lanes y) noexcept {
    return {vsubq_f64(x.a, y.a), vsubq_f64(x.b, y.b), vsubq_f64(x.c, y.c), vsubq_f64(x.d, y.d)};
  }
  static Lanes mul(Lanes x, Lanes y) noexcept {
    return {vmulq_f64(x.a, y.a), vmulq_f64(x.b, y.b), vmulq_f64(x.c, y.c), vmulq_f64(x.d, y.d)};
  }
  static Lanes div(Lanes x, Lanes y) noexcept {
    return {vdivq_f64(x.a, y.a), vdivq_f64(x.b, y.b), vdivq_f64(x.c, y.c), vdivq_f64(x.d, y.d)};
  }
  static Lanes sqrt(Lanes x) noexcept { return {vsqrtq_f64(x.a), vsqrtq_f64(x.b), vsqrtq_f64(x.c), vsqrtq_f64(x.d)}; }
  static Lanes mul_add(Lanes x, Lanes y, Lanes z) noexcept {
    return {vfmaq_f64(z.a, x.a, y.a), vfmaq_f64(z.b, x.b, y.b), vfmaq_f64(z.c, x.c, y.c), vfmaq_f64(z.d, x.d, y.d)};
  }
  static double square_root(double x) noexcept { return vget_lane_f64(vsqrt_f64(vdup_n_f64(x)), 0); }
  // z - x*y.
  static Lanes negative_multiply_add(Lanes x, Lanes y, Lanes z) noexcept {
    return {vfmsq_f64(z.a, x.a, y.a), vfmsq_f64(z.b, x.b, y.b), vfmsq_f64(z.c, x.c, y.c), vfmsq_f64(z.d, x.d, y.d)};
  }
  using Mask = Bits;  // all bits of a lane or none
  static Mask less(Lanes x, Lanes y) noexcept {
    return {vcltq_f64(x.a, y.a), vcltq_f64(x.b, y.b), vcltq_f64(x.c, y.c), vcltq_f64(x.d, y.d)};
  }
  static Lanes select(Mask m, Lanes x, Lanes y) noexcept {
    return {vbslq_f64(m.a, x.a, y.a), vbslq_f64(m.b, x.b, y.b), vbslq_f64(m.c, x.c, y.c), vbslq_f64(m.d, x.d, y.d)};
  }
  // Not vminq_f64 and vmaxq_f64, which give NaN whichever operand it is.
  static Lanes smaller(Lanes x, Lanes y) noexcept { return select(less(x, y), x, y); }
  static Lanes larger(Lanes x, Lanes y) noexcept { return select(less(y, x), x, y); }
  Bits bits() const noexcept {
    return {vreinterpretq_u64_f64(a), vreinterpretq_u64_f64(b), vreinterpretq_u64_f64(c), vreinterpretq_u64_f64(d)};
  }
  static Lanes of(Bits x) noexcept {
    return {vreinterpretq_f64_u64(x.a), vreinterpretq_f64_u64(x.b), vreinterpretq_f64_u64(x.c),
            vreinterpretq_f64_u64(x.d)};
  }
  // The first number of x / y, and others of no account.
  static Lanes quotient(Lanes x, Lanes y) noexcept {
    const float64x2_t zero = vdupq_n_f64(0);
    return {vcombine_f64(vdiv_f64(vget_low_f64(x.a), vget_low_f64(y.a)), vdup_n_f64(0)), zero, zero, zero};
  }
  // c - a*b, fused.
  static double negative_multiply_add(double a, double b, double c) noexcept {
    return vget_lane_f64(vfms_f64(vdup_n_f64(c), vdup_n_f64(a), vdup_n_f64(b)), 0);
  }
  double first() const noexcept { return vgetq_lane_f64(a, 0); }
  // Lanes i+4, then i+2.
  float64x2_t two() const noexcept { return vaddq_f64(vaddq_f64(a, c), vaddq_f64(b, d)); }
  double sum() const noexcept { return vaddvq_f64(two()); }
  // The sums of four, in fewer instructions than one by one, at lanes 0 to 3.
  static constexpr size_t kSumStride = 1;
  static Lanes sums_of_four(Lanes w, Lanes x, Lanes y, Lanes z) noexcept {
    const float64x2_t zero = vdupq_n_f64(0);
    return {vpaddq_f64(w.two(), x.two()), vpaddq_f64(y.two(), z.two()), zero, zero};
  }
  static void sum_four(Lanes w, Lanes x, Lanes y, Lanes z, double* out) noexcept {
    const Lanes sums = sums_of_four(w, x, y, z);
    vst1q_f64(out, sums.a);
    vst1q_f64(out + 2, sums.b);
  }
};

// A logical vector of float32, for the update rules.
struct FloatLanes {
  float32x4_t a, b, c, d;

  static FloatLanes load(const float* p) noexcept {
    return {vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)};
  }
  void store(float* p) const noexcept {
    vst1q_f32(p, a);
    vst1q_f32(p + 4, b);
    vst1q_f32(p + 8, c);
    vst1q_f32(p + 12, d);
  }
  static FloatLanes broadcast(double x) noexcept {
    const float32x4_t v = vdupq_n_f32(static_cast<float>(x));
    return {v, v, v, v};
  }
  static FloatLanes add(FloatLanes x, FloatLanes y) noexcept {
    return {vaddq_f32(x.a, y.a), vaddq_f32(x.b, y.b), vaddq_f32(x.c, y.c), vaddq_f32(x.d, y.d)};
  }
  static FloatLanes sub(FloatLanes x, FloatLanes y) noexcept {
    return {vsubq_f32(x.a, y.a), vsubq_f32(x.b, y.b), vsubq_f32(x.c, y.c), vsubq_f32(x.d, y.d)};
  }
  static FloatLanes mul(FloatLanes x, FloatLanes y) noexcept {
    return {vmulq_f32(x.a, y.a), vmulq_f32(x.b, y.b), vmulq_f32(x.c, y.c), vmulq_f32(x.d, y.d)};
  }
  static FloatLanes div(FloatLanes x, FloatLanes y) noexcept {
    return {vdivq_f32(x.a, y.a), vdivq_f32(x.b, y.b), vdivq_f32(x.c, y.c), vdivq_f32(x.d, y.d)};
  }
  static FloatLanes sqrt(FloatLanes x) noexcept {
    return {vsqrtq_f32(x.a), vsqrtq_f32(x.b), vsqrtq_f32(x.c), vsqrtq_f32(x.d)};
  }
  struct Mask {  // all bits of a lane or none
    uint32x4_t a, b, c, d;
  };
  static Mask less(FloatLanes x, FloatLanes y) noexcept {
    return {vcltq_f32(x.a, y.a), vcltq_f32(x.b, y.b), vcltq_f32(x.c, y.c), vcltq_f32(x.d, y.d)};
  }
  static FloatLanes select(Mask m, FloatLanes x, FloatLanes y) noexcept {
    return {vbslq_f32(m.a, x.a, y.a), vbslq_f32(m.b, x.b, y.b), vbslq_f32(m.c, x.c, y.c), vbslq_f32(m.d, x.d, y.d)};
  }
  static FloatLanes smaller(FloatLanes x, FloatLanes y) noexcept { return select(less(x, y), x, y); }
  static FloatLanes larger(FloatLanes x, FloatLanes y) noexcept { return select(less(y, x), x, y); }
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

Kernels neon_kernels() noexcept {
  Kernels table{};
  install(&table, "neon");
  install_gram<6, 1>(&table);
  install_elementary(&table);
  install_likelihoods(&table);
  install_losses(&table);
  install_outputs<2, 2, 6, 1>(&table);
  install_gradients(table.gradient);
  install_gradients(table.gradient_f32);
  install_random(&table);
  install_steps(&table);
  install_triangular<6, 6, 1>(&table);
  install_rows_ahead(&table);
  return table;
}

}  // namespace gradus
#endif
