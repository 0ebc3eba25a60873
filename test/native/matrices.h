// Matrices that the tests of factorisations share, and how they compare bits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

#include "kernels/kernels.h"
#include "tables.h"

namespace gradus {

// What stands where nobody may write.
inline constexpr double kGuard = -7.0;

inline bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

// c - a b as the table's class rounds it.
inline double negative_multiply_add(const Kernels& kernels, double a, double b, double c) {
  return kernels.fused ? std::fma(-a, b, c) : c - a * b;
}

// A lower triangle, well conditioned; the upper one is kGuard.
inline std::vector<double> positive_definite(size_t n) {
  constexpr size_t kDepth = 24;
  const std::vector<double> b = random_values(n * kDepth, 9, 0.3);
  std::vector<double> a(n * n, kGuard);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) {
      double s = i == j ? 12 : 0;
      for (size_t k = 0; k < kDepth; ++k) s += b[i * kDepth + k] * b[j * kDepth + k];
      a[i * n + j] = s;
    }
  }
  return a;
}

// 1 / (i + j + 1), both triangles.
inline std::vector<double> hilbert(size_t n) {
  std::vector<double> a(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) a[i * n + j] = 1 / static_cast<double>(i + j + 1);
  }
  return a;
}

// The Gram matrix of 1, x, ..., x^degree at points of [0, 2], both triangles, its diagonal scaled to [1, 4) by powers
// of two.
inline std::vector<double> vandermonde_gram(size_t points, size_t degree) {
  const size_t n = degree + 1;
  std::vector<double> a(n * n), power(n), scale(n);
  for (size_t p = 0; p < points; ++p) {
    const double x = 2 * static_cast<double>(p) / static_cast<double>(points - 1);
    power[0] = 1;
    for (size_t i = 1; i < n; ++i) power[i] = power[i - 1] * x;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) a[i * n + j] += power[i] * power[j];
    }
  }
  for (size_t i = 0; i < n; ++i) scale[i] = std::ldexp(1.0, -(std::ilogb(a[i * n + i]) >> 1));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) a[i * n + j] *= scale[i] * scale[j];
  }
  return a;
}

}  // namespace gradus
