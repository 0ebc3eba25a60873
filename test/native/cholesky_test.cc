// Cholesky's factorisation on every table: the decreed chain bit for bit, the same
// at any number of threads and inside a class; by identity against long double, on
// Hilbert and Vandermonde matrices too; failing pivots, NaN, and the scaled system.
#include "core/cholesky.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "core/triangular.h"
#include "matrices.h"
#include "tables.h"

namespace gradus {
namespace {

using Values = std::vector<double>;

// Blocks are 48, 72 and 120 columns, strips 24.
std::vector<size_t> sizes() {
  std::vector<size_t> list;
  for (size_t n = 0; n <= 67; ++n) list.push_back(n);
  for (const size_t n : {71, 72, 73, 95, 96, 97, 121, 143, 144, 145, 193, 256, 257, 289}) list.push_back(n);
  return list;
}

// The largest of |A - L transpose(L)| / sum |l| |l|, in units of n * 2^-53; of large matrices in some rows.
double identity_error(const Values& a, const Values& l, size_t n) {
  double worst = 0;
  for (size_t i = 0; i < n; i += 1 + n / 64) {
    for (size_t j = 0; j <= i; ++j) {
      long double sum = 0, size = 0;
      for (size_t k = 0; k <= j; ++k) {
        const long double term = static_cast<long double>(l[i * n + k]) * l[j * n + k];
        sum += term;
        size += std::fabs(term);
      }
      const double error = static_cast<double>(std::fabs(a[i * n + j] - sum) / size);
      worst = std::max(worst, error / (static_cast<double>(n) * std::ldexp(1, -53)));
    }
  }
  return worst;
}

TEST(Cholesky, IsTheDecreedChain) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : sizes()) {
      const Values a = positive_definite(n);
      Values l = a;
      EXPECT_EQ(cholesky(*k, l.data(), n, nullptr), kCholeskyDone);
      for (size_t i = 0; i < n; ++i) {
        for (size_t j = 0; j <= i; ++j) {
          double s = a[i * n + j];
          for (size_t q = 0; q < j; ++q) s = negative_multiply_add(*k, l[i * n + q], l[j * n + q], s);
          ASSERT_EQ(l[i * n + j], i == j ? std::sqrt(s) : s * (1 / l[j * n + j])) << k->name << " " << n;
        }
        for (size_t j = i + 1; j < n; ++j) ASSERT_EQ(l[i * n + j], kGuard);
      }
    }
  }
}

TEST(Cholesky, ThreadsAndTablesOfAClassGiveTheSameBits) {
  for (const size_t n : {size_t{301}, size_t{457}, size_t{505}, size_t{787}}) {
    const Values a = positive_definite(n);
    Values plain, fused;
    for (const Kernels* k : all_tables()) {
      Values& first = k->fused ? fused : plain;
      for (const int threads : {1, 2, 3, 7}) {
        Control control;
        control.threads = threads;
        Values l = a;
        ASSERT_EQ(cholesky(*k, l.data(), n, &control), kCholeskyDone);
        if (first.empty()) {
          first = l;
          EXPECT_LE(identity_error(a, l, n), 1) << k->name << " " << n;
        }
        ASSERT_TRUE(same_bits(first, l)) << k->name << " " << n << " " << threads;
      }
    }
  }
}

TEST(Cholesky, ReproducesTheMatrixAtAnyAlignment) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : sizes()) {
      const Values a = positive_definite(n);
      for (const size_t offset : {size_t{0}, size_t{1}, size_t{3}}) {
        Values memory(n * n + offset + 8, kGuard);
        std::copy(a.begin(), a.end(), memory.begin() + static_cast<ptrdiff_t>(offset));
        ASSERT_EQ(cholesky(*k, memory.data() + offset, n, nullptr), kCholeskyDone);
        const auto begin = memory.begin() + static_cast<ptrdiff_t>(offset);
        const Values l(begin, begin + static_cast<ptrdiff_t>(n * n));
        ASSERT_LE(identity_error(a, l, n), 1) << k->name << " " << n;
        for (size_t i = 0; i < offset; ++i) ASSERT_EQ(memory[i], kGuard);
        for (size_t i = offset + n * n; i < memory.size(); ++i) ASSERT_EQ(memory[i], kGuard);
      }
    }
  }
}

TEST(Cholesky, FactorsHilbertMatricesUntilTheyAreSingular) {
  for (const Kernels* k : all_tables()) {
    size_t failed = 0;
    for (size_t n = 1; n <= 20; ++n) {
      const Values a = hilbert(n);
      Values l = a;
      const ptrdiff_t row = cholesky(*k, l.data(), n, nullptr);
      if (row == kCholeskyDone) {
        EXPECT_LE(identity_error(a, l, n), 1) << k->name << " " << n;
        continue;
      }
      // Pivot k is 1 / (2k over k)^2 of its element: 1.4e-13 in row 12, 9e-15 in row 13, which rounding may spoil, and
      // 6e-16 in row 14, below the threshold.
      EXPECT_GE(row, 13) << k->name << " " << n;
      EXPECT_LE(row, 14) << k->name << " " << n;
      failed = failed == 0 ? n : failed;
    }
    EXPECT_GE(failed, size_t{14}) << k->name;
    EXPECT_LE(failed, size_t{15}) << k->name;
  }
}

TEST(Cholesky, FactorsGramMatricesOfPowers) {
  for (const Kernels* k : all_tables()) {
    for (const size_t degree : {2, 4, 6, 8}) {
      const Values a = vandermonde_gram(200, degree);
      Values l = a;
      const size_t n = degree + 1;
      ASSERT_EQ(cholesky(*k, l.data(), n, nullptr), kCholeskyDone);
      EXPECT_LE(identity_error(a, l, n), 1) << k->name << " " << n;
    }
  }
}

TEST(Cholesky, ReportsThePivot) {
  for (const Kernels* k : all_tables()) {
    for (const size_t n : {size_t{70}, size_t{200}, size_t{520}}) {
      for (const size_t row : {size_t{0}, size_t{5}, size_t{60}, n - 1}) {
        for (const double bad : {-1.0, 0.0, std::nan(""), -HUGE_VAL}) {
          Control control;
          control.threads = 3;
          Values a = positive_definite(n);
          a[row * n + row] = bad;
          EXPECT_EQ(cholesky(*k, a.data(), n, &control), static_cast<ptrdiff_t>(row)) << k->name;
        }
      }
      Values nothing(n * n, std::nan(""));
      EXPECT_EQ(cholesky(*k, nothing.data(), n, nullptr), 0);
      Values infinite = positive_definite(n);
      infinite[3 * n + 1] = HUGE_VAL;
      EXPECT_EQ(cholesky(*k, infinite.data(), n, nullptr), 3);
    }
    Values twice{1, 0, 1, 1};  // two equal columns
    EXPECT_EQ(cholesky(*k, twice.data(), 2, nullptr), 1);
    Control stopped;
    stopped.abort = true;
    Values a = positive_definite(20);
    EXPECT_EQ(cholesky(*k, a.data(), 20, &stopped), kCholeskyAborted);
  }
}

TEST(Cholesky, KeepsPowersOfTwoExact) {
  for (const Kernels* k : all_tables()) {
    for (const int exponent : {-1000, -500, 0, 500, 1000}) {
      Values a = positive_definite(30), l = a;
      for (double& x : l) x = x == kGuard ? x : std::ldexp(x, exponent);
      ASSERT_EQ(cholesky(*k, a.data(), 30, nullptr), kCholeskyDone);
      ASSERT_EQ(cholesky(*k, l.data(), 30, nullptr), kCholeskyDone);
      for (size_t i = 0; i < 30; ++i) {
        for (size_t j = 0; j <= i; ++j) EXPECT_EQ(l[i * 30 + j], std::ldexp(a[i * 30 + j], exponent / 2));
      }
    }
  }
}

TEST(Cholesky, SolvesTheScaledSystem) {
  constexpr size_t n = 12;
  Values gram = positive_definite(n), rhs = random_values(n, 11), diagonal(n, 0.25), direction(n);
  for (size_t i = 0; i < n; ++i) {  // badly scaled
    for (size_t j = 0; j <= i; ++j) gram[i * n + j] *= std::ldexp(1.0, static_cast<int>(3 * (i + j)));
  }
  const Values before = gram;
  for (const Kernels* k : all_tables()) {
    Control control;
    SolveResult result;
    ASSERT_TRUE(
        solve_scaled(*k, gram.data(), n, 2, diagonal.data(), 0, rhs.data(), control, direction.data(), &result));
    EXPECT_EQ(result.failed_pivot, -1);
    EXPECT_GE(result.condition, 1);
    EXPECT_LT(result.condition, 100);
    EXPECT_TRUE(same_bits(gram, before));
    for (size_t i = 0; i < n; ++i) {
      double s = rhs[i] + diagonal[i] * direction[i], size = std::fabs(rhs[i]);
      for (size_t j = 0; j < n; ++j) {
        const double term = gram[std::max(i, j) * n + std::min(i, j)] / 2 * direction[j];
        s += term;
        size += std::fabs(term);
      }
      EXPECT_LE(std::fabs(s), 1e-12 * size);
    }
    const Values zero(n * n);
    const Values none(n);
    ASSERT_TRUE(solve_scaled(*k, zero.data(), n, 2, none.data(), 0, rhs.data(), control, direction.data(), &result));
    EXPECT_EQ(result.failed_pivot, 0);
    EXPECT_EQ(result.condition, HUGE_VAL);
    control.abort = true;
    EXPECT_FALSE(
        solve_scaled(*k, gram.data(), n, 2, diagonal.data(), 0, rhs.data(), control, direction.data(), &result));
  }
}

}  // namespace
}  // namespace gradus
