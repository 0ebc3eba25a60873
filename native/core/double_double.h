// Sums of products in about twice the working precision: error-free
// transformations (Knuth 1969, Dekker 1971) and the accumulation of Ogita, Rump
// and Oishi (Accurate sum and dot product, 2005, algorithm Dot2). Only + − ×, no
// fused operation: a machine without one needs no slow emulation, and every
// kernel set gets the same bits. Exact unless something over- or underflows.
#pragma once

namespace gradus {

struct DoubleDouble {
  double high = 0, low = 0;
  double value() const noexcept { return high + low; }
};

// high + low = a + b exactly.
inline DoubleDouble two_sum(double a, double b) noexcept {
  const double sum = a + b, other = sum - a;
  return {sum, (a - (sum - other)) + (b - other)};
}

// high + low = a * b exactly.
inline DoubleDouble two_product(double a, double b) noexcept {
  constexpr double kSplit = 134217729;  // 2^27 + 1
  const double ca = kSplit * a, a1 = ca - (ca - a), a2 = a - a1;
  const double cb = kSplit * b, b1 = cb - (cb - b), b2 = b - b1;
  const double product = a * b;
  return {product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}

inline void add(DoubleDouble* sum, double x) noexcept {
  const DoubleDouble s = two_sum(sum->high, x);
  *sum = {s.high, sum->low + s.low};
}

inline void add_product(DoubleDouble* sum, double a, double b) noexcept {
  const DoubleDouble product = two_product(a, b), s = two_sum(sum->high, product.high);
  *sum = {s.high, sum->low + (s.low + product.low)};
}

}  // namespace gradus
