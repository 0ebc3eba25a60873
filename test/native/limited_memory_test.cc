// The two loops of L-BFGS against the matrix that they stand for, in long double, and
// against each other in every table of a class.
#include "core/limited_memory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "tables.h"

namespace gradus {
namespace {

struct Pairs {
  size_t n, room;
  std::vector<double> steps, changes, inverses, gradient;

  Pairs(size_t numbers, size_t pairs)
      : n(numbers),
        room(pairs),
        steps(random_values(n * room, 1)),
        changes(steps),
        inverses(room),
        gradient(random_values(n, 2)) {
    // Changes are steps times a diagonal matrix with positive elements, so that every product is positive.
    for (size_t i = 0; i < n * room; ++i) changes[i] *= 1 + static_cast<double>(i % n % 7);
    for (size_t k = 0; k < room; ++k) {
      double product = 0;
      for (size_t i = 0; i < n; ++i) product += steps[k * n + i] * changes[k * n + i];
      inverses[k] = 1 / product;
    }
  }
  LimitedMemory memory(size_t pairs, size_t next) const {
    return {n, room, pairs, next, steps.data(), changes.data(), inverses.data(), 0.25};
  }
};

// H by its definition: H <- V^T H V + s s^T / s^T y with V = I - y s^T / s^T y, from the oldest pair on.
std::vector<double> direction_by_matrix(const Pairs& p, size_t pairs, size_t next) {
  const size_t n = p.n;
  std::vector<long double> h(n * n, 0), v(n * n), t(n * n);
  for (size_t i = 0; i < n; ++i) h[i * n + i] = 0.25L;
  for (size_t k = pairs; k >= 1; --k) {
    const size_t slot = (next + p.room - k) % p.room;
    const double *s = &p.steps[slot * n], *y = &p.changes[slot * n];
    const long double rho = p.inverses[slot];
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) v[i * n + j] = (i == j ? 1.0L : 0.0L) - rho * y[i] * s[j];
    }
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        t[i * n + j] = 0;
        for (size_t l = 0; l < n; ++l) t[i * n + j] += h[i * n + l] * v[l * n + j];
      }
    }
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        h[i * n + j] = rho * s[i] * s[j];
        for (size_t l = 0; l < n; ++l) h[i * n + j] += v[l * n + i] * t[l * n + j];
      }
    }
  }
  std::vector<double> direction(n);
  for (size_t i = 0; i < n; ++i) {
    long double sum = 0;
    for (size_t j = 0; j < n; ++j) sum -= h[i * n + j] * p.gradient[j];
    direction[i] = static_cast<double>(sum);
  }
  return direction;
}

TEST(LimitedMemory, IsTheMatrixOfItsPairs) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : {1, 2, 7, 33}) {
      const Pairs p(n, 4);
      for (size_t pairs = 0; pairs <= 4; ++pairs) {
        for (size_t next = 0; next < 4; ++next) {
          std::vector<double> weights(4), direction(n);
          const double slope =
              limited_memory_direction(*k, p.memory(pairs, next), p.gradient.data(), weights.data(), direction.data());
          const std::vector<double> wanted = direction_by_matrix(p, pairs, next);
          double size = 0, along = 0;
          for (size_t i = 0; i < n; ++i) {
            size += wanted[i] * wanted[i];
            along += wanted[i] * p.gradient[i];
          }
          for (size_t i = 0; i < n; ++i) {
            EXPECT_NEAR(direction[i], wanted[i], 1e-12 * std::sqrt(size)) << k->name << " " << n << " " << pairs;
          }
          EXPECT_NEAR(slope, along, 1e-12 * std::fabs(along) + 1e-12 * std::sqrt(size));
          EXPECT_LT(slope, 0);
        }
      }
    }
  }
}

TEST(LimitedMemory, TablesOfAClassAgreeBitForBit) {
  for (const size_t n : {1, 8, 31, 32, 100, 1003}) {
    const Pairs p(n, 10);
    std::vector<double> of_class[2];
    for (const Kernels* k : all_tables()) {
      std::vector<double> weights(10), direction(n);
      limited_memory_direction(*k, p.memory(10, 3), p.gradient.data(), weights.data(), direction.data());
      std::vector<double>& first = of_class[k->fused];
      if (first.empty()) first = direction;
      EXPECT_EQ(std::memcmp(first.data(), direction.data(), n * sizeof(double)), 0) << k->name << " " << n;
    }
  }
}

}  // namespace
}  // namespace gradus
