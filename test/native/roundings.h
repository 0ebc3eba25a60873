// Bounds from the number of roundings that stand between a result and the exact one,
// for the tests that judge kernels by sums in long double. u = ε/2 is one rounding,
// γ(n) = n u / (1 − n u) covers n in a chain (Higham 2002, "Accuracy and stability of
// numerical algorithms", lemma 3.1).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/kernels.h"
#include "tables.h"

namespace gradus {

using Real = long double;

inline constexpr Real kUnit = std::numeric_limits<double>::epsilon() / 2;

inline Real gamma(size_t n) { return static_cast<Real>(n) * kUnit / (1 - static_cast<Real>(n) * kUnit); }

// Roundings of one term on its way through eight lanes: its product, the lane's chain, and three more additions.
inline size_t in_lanes(size_t n) { return 1 + (n + kLanes - 1) / kLanes + 3; }

// Roundings of one term of a sum over rows: two products, the chain of its leaf and the tree of the leaves.
inline size_t in_rows(size_t rows) {
  return 2 + std::min(rows, kLeafRows) + static_cast<size_t>(std::bit_width(rows / kLeafRows + 1));
}

// A sum, and the sum of its terms' sizes.
struct Sum {
  Real value = 0, size = 0;
  void add(Real term) {
    value += term;
    size += std::fabs(term);
  }
};

inline std::vector<double> positive(size_t n, unsigned seed) {
  std::vector<double> v = random_values(n, seed);
  for (double& x : v) x = std::fabs(x) + 0.1;
  return v;
}

#define EXPECT_WITHIN(got, wanted, bound) \
  EXPECT_LE(std::fabs((got) - (wanted)), (bound)) << (got) << " for " << (wanted)

}  // namespace gradus
