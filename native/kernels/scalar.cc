// The reference table: portable C++, plain bit class. It serves processors
// without a table of their own, and every other table starts as a copy of it.
// The kernels of the pointwise losses live here alone: they use + - * / only, so
// one body gives the same bits in every table and the compiler's vectors are enough.

#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/kernels.h"

namespace gradus {
namespace {

// The compiler would not keep vectors in registers: steps of one row go in passes.
constexpr bool kRowsInRegisters = false;
constexpr size_t kPrefetchBytes = 0;
inline void prefetch(const void*) noexcept {}
inline void prefetch_line(const char*) noexcept {}
inline void prefetch_far(const char*) noexcept {}
template <class T>
inline void prefetch_row(const T*, size_t) noexcept {}

struct Bits {
  uint64_t v[kLanes];

  static Bits broadcast(uint64_t x) noexcept {
    Bits r;
    for (uint64_t& lane : r.v) lane = x;
    return r;
  }
  static Bits add(Bits a, const Bits& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] += b.v[i];
    return a;
  }
  static Bits sub(Bits a, const Bits& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] -= b.v[i];
    return a;
  }
  static Bits both(Bits a, const Bits& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] &= b.v[i];
    return a;
  }
  static Bits either(Bits a, const Bits& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] |= b.v[i];
    return a;
  }
  template <int N>
  static Bits left(Bits a) noexcept {
    for (uint64_t& lane : a.v) lane <<= N;
    return a;
  }
  template <int N>
  static Bits right(Bits a) noexcept {
    for (uint64_t& lane : a.v) lane >>= N;
    return a;
  }
};

struct Lanes {
  double v[kLanes];
  static constexpr bool kFused = false;

  template <class T>
  static Lanes load_part(const T* p, size_t n) noexcept {
    Lanes r{};
    for (size_t i = 0; i < n; ++i) r.v[i] = static_cast<double>(p[i]);
    return r;
  }
  template <class T>
  static Lanes load(const T* p) noexcept {
    return load_part(p, kLanes);
  }
  static Lanes load_tail(const double* p, size_t n) noexcept { return load_part(p, n); }
  void store_part(double* p, size_t n) const noexcept { std::memcpy(p, v, n * sizeof(double)); }
  void store(double* p) const noexcept { store_part(p, kLanes); }
  static Lanes broadcast(double x) noexcept {
    Lanes r;
    for (double& lane : r.v) lane = x;
    return r;
  }
  static Lanes first_only(double x) noexcept { return load_part(&x, 1); }
  static Lanes zero() noexcept { return Lanes{}; }
  static Lanes add(Lanes a, const Lanes& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] += b.v[i];
    return a;
  }
  static Lanes sub(Lanes a, const Lanes& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] -= b.v[i];
    return a;
  }
  static Lanes mul(Lanes a, const Lanes& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] *= b.v[i];
    return a;
  }
  static Lanes div(Lanes a, const Lanes& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] /= b.v[i];
    return a;
  }
  static Lanes sqrt(Lanes a) noexcept {
    for (double& lane : a.v) lane = std::sqrt(lane);
    return a;
  }
  static Lanes mul_add(const Lanes& a, const Lanes& b, const Lanes& c) noexcept { return add(mul(a, b), c); }
  static double square_root(double x) noexcept { return std::sqrt(x); }
  // z - x*y.
  static double negative_multiply_add(double x, double y, double z) noexcept { return z - x * y; }
  static Lanes negative_multiply_add(const Lanes& x, const Lanes& y, const Lanes& z) noexcept {
    return sub(z, mul(x, y));
  }
  using Mask = uint64_t;  // bit i for lane i
  static Mask less(const Lanes& a, const Lanes& b) noexcept {
    Mask r = 0;
    for (size_t i = 0; i < kLanes; ++i) r |= static_cast<Mask>(a.v[i] < b.v[i]) << i;
    return r;
  }
  static Lanes select(Mask mask, Lanes a, const Lanes& b) noexcept {
    for (size_t i = 0; i < kLanes; ++i) a.v[i] = mask >> i & 1 ? a.v[i] : b.v[i];
    return a;
  }
  static Lanes smaller(Lanes a, const Lanes& b) noexcept { return select(less(a, b), a, b); }
  static Lanes larger(Lanes a, const Lanes& b) noexcept { return select(less(b, a), a, b); }
  Bits bits() const noexcept { return std::bit_cast<Bits>(v); }
  static Lanes of(const Bits& b) noexcept { return std::bit_cast<Lanes>(b); }
  double first() const noexcept { return v[0]; }
  double sum() const noexcept { return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])); }
  static void sum_four(const Lanes& w, const Lanes& x, const Lanes& y, const Lanes& z, double* out) noexcept {
    const Lanes* const all[4] = {&w, &x, &y, &z};
    for (int i = 0; i < 4; ++i) out[i] = all[i]->sum();
  }
};

// A logical vector of float32, for the update rules.
struct FloatLanes {
  static constexpr size_t kCount = kVectorBytes / sizeof(float);
  float v[kCount];

  static FloatLanes load(const float* p) noexcept {
    FloatLanes r;
    std::memcpy(r.v, p, sizeof r.v);
    return r;
  }
  void store(float* p) const noexcept { std::memcpy(p, v, sizeof v); }
  static FloatLanes broadcast(double x) noexcept {
    FloatLanes r;
    for (float& lane : r.v) lane = static_cast<float>(x);
    return r;
  }
  static FloatLanes add(FloatLanes a, const FloatLanes& b) noexcept {
    for (size_t i = 0; i < kCount; ++i) a.v[i] += b.v[i];
    return a;
  }
  static FloatLanes sub(FloatLanes a, const FloatLanes& b) noexcept {
    for (size_t i = 0; i < kCount; ++i) a.v[i] -= b.v[i];
    return a;
  }
  static FloatLanes mul(FloatLanes a, const FloatLanes& b) noexcept {
    for (size_t i = 0; i < kCount; ++i) a.v[i] *= b.v[i];
    return a;
  }
  static FloatLanes div(FloatLanes a, const FloatLanes& b) noexcept {
    for (size_t i = 0; i < kCount; ++i) a.v[i] /= b.v[i];
    return a;
  }
  static FloatLanes sqrt(FloatLanes a) noexcept {
    for (float& lane : a.v) lane = std::sqrt(lane);
    return a;
  }
  using Mask = uint32_t;  // bit i for lane i
  static Mask less(const FloatLanes& a, const FloatLanes& b) noexcept {
    Mask r = 0;
    for (size_t i = 0; i < kCount; ++i) r |= static_cast<Mask>(a.v[i] < b.v[i]) << i;
    return r;
  }
  static FloatLanes select(Mask mask, FloatLanes a, const FloatLanes& b) noexcept {
    for (size_t i = 0; i < kCount; ++i) a.v[i] = mask >> i & 1 ? a.v[i] : b.v[i];
    return a;
  }
  static FloatLanes smaller(FloatLanes a, const FloatLanes& b) noexcept { return select(less(a, b), a, b); }
  static FloatLanes larger(FloatLanes a, const FloatLanes& b) noexcept { return select(less(b, a), a, b); }
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

Kernels scalar_kernels() noexcept {
  Kernels table{};
  install(&table, "scalar");
  install_gram<4, 1>(&table);
  install_elementary(&table);
  install_likelihoods(&table);
  install_losses(&table);
  install_outputs<1, 1, 1, 1>(&table);
  install_gradients(table.gradient);
  install_gradients(table.gradient_f32);
  install_random(&table);
  install_steps(&table);
  install_triangular<4, 4, 1>(&table);
  return table;
}

}  // namespace gradus
